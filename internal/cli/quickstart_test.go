package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// devServer is `sluice dev` in the test process.
type devServer struct {
	gateway string // base URL
	lines   chan string
	shown   []string // lines of the output so far
}

// startDev runs `sluice dev` with the arguments until the test ends, and returns when it has
// told what it serves.
func startDev(t *testing.T, arguments ...string) *devServer {
	t.Helper()
	reader, writer := io.Pipe()
	d := &devServer{lines: make(chan string, 1000)}
	go func() {
		defer close(d.lines)
		for scanner := bufio.NewScanner(reader); scanner.Scan(); {
			d.lines <- scanner.Text()
		}
	}()
	ctx, stop := context.WithCancel(t.Context())
	status := make(chan int, 1)
	var problems strings.Builder
	go func() {
		arguments = append([]string{"dev", "--gateway", "127.0.0.1:0", "--control", "127.0.0.1:0"}, arguments...)
		status <- Main(ctx, arguments, Streams{
			In: strings.NewReader(""), Out: writer, Err: &problems,
			LookupEnv: func(string) (string, bool) { return "", false },
		})
		_ = writer.Close()
	}()
	t.Cleanup(func() {
		stop()
		go func() {
			for range d.lines { // so that writing does not block
			}
		}()
		if got := <-status; got != 0 {
			t.Errorf("status %d: %s", got, problems.String())
		}
	})
	d.until(t, "Watching ")
	for _, line := range d.shown {
		if match := regexp.MustCompile(`curl '?(http://127\.0\.0\.1:\d+)/`).FindStringSubmatch(line); match != nil {
			d.gateway = match[1]
		}
	}
	if d.gateway == "" {
		t.Fatalf("no curl line in:\n%s", strings.Join(d.shown, "\n"))
	}
	return d
}

// until waits for a line that contains text and returns it.
func (d *devServer) until(t *testing.T, text string) string {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case line, ok := <-d.lines:
			if !ok {
				t.Fatalf("the output ended before %q:\n%s", text, strings.Join(d.shown, "\n"))
			}
			d.shown = append(d.shown, line)
			if strings.Contains(line, text) {
				return line
			}
		case <-deadline:
			t.Fatalf("no %q in:\n%s", text, strings.Join(d.shown, "\n"))
		}
	}
}

// TestQuickStart runs the commands of the README's quick start against the example and compares
// the answers with those printed there.
func TestQuickStart(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	d := startDev(t, "../../examples/petstore.yaml")
	commands := 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			command, want, _ := strings.Cut(part, "\n")
			if !strings.HasPrefix(command, "curl ") {
				continue
			}
			commands++
			got := curl(t, strings.ReplaceAll(command, "http://127.0.0.1:8080", d.gateway))
			if diff := got.compare(want); diff != "" {
				t.Errorf("%s\n%s", command, diff)
			}
		}
	}
	if commands < 5 {
		t.Errorf("the README has %d commands, want at least 5", commands)
	}
}

// TestDevPrintsWhatWorks runs the commands that `sluice dev` prints for the example, and looks for the
// line of each in the log of requests.
func TestDevPrintsWhatWorks(t *testing.T) {
	d := startDev(t, "../../examples/petstore.yaml")
	want := map[string]struct {
		status      int
		integration string
	}{
		"GET /":                 {200, "MOCK"},
		"GET /pets?type=dog":    {200, "HTTP"},
		"POST /pets":            {201, "HTTP"},
		"OPTIONS /pets":         {204, "MOCK"},
		"GET /pets/1":           {200, "HTTP"},
		"DELETE /pets/1":        {204, "HTTP"},
		"GET /echo/hello/world": {200, "HTTP_PROXY"},
	}
	var commands []string
	for _, line := range d.shown {
		if command, ok := strings.CutPrefix(line, "  curl "); ok {
			commands = append(commands, "curl "+command)
		}
	}
	if len(commands) != len(want) {
		t.Errorf("%d commands, want %d:\n%s", len(commands), len(want), strings.Join(commands, "\n"))
	}
	for _, command := range commands {
		answer := curl(t, command)
		request := answer.request.Method + " " + answer.request.URL.RequestURI()
		w := want[request]
		if answer.status != w.status {
			t.Errorf("%s: got %d %s, want %d", command, answer.status, answer.body, w.status)
		}
		logged := regexp.MustCompile(`^\d\d:\d\d:\d\d (\d+) (\S+) +(\S+)  (\S+)  \S+s$`).FindStringSubmatch(d.until(t, "  "+w.integration+"  "))
		if diff := cmp.Diff([]string{strconv.Itoa(w.status), answer.request.Method, answer.request.URL.RequestURI(), w.integration},
			logLine(logged)); diff != "" {
			t.Errorf("log of %s (-want +got):\n%s", command, diff)
		}
	}
}

// logLine returns the parts of a matched line of the log.
func logLine(match []string) []string {
	if match == nil {
		return nil
	}
	return match[1:]
}

// curlAnswer is what came back for a curl command.
type curlAnswer struct {
	request     *http.Request
	status      int
	headers     http.Header
	body        string
	withHeaders bool
}

// curl carries out a curl command, as far as this package's commands go: -X, -H, -d, -i and -s.
func curl(t *testing.T, command string) curlAnswer {
	t.Helper()
	var answer curlAnswer
	method, address, body := "", "", ""
	headers := http.Header{}
	words := shellWords(command)[1:]
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "-i":
			answer.withHeaders = true
		case "-s":
		case "-X":
			i++
			method = words[i]
		case "-H":
			i++
			name, value, _ := strings.Cut(words[i], ":")
			headers.Set(name, strings.TrimSpace(value))
		case "-d":
			i++
			body = words[i]
		default:
			address = words[i]
		}
	}
	if method == "" {
		method = map[bool]string{true: http.MethodGet, false: http.MethodPost}[body == ""]
	}
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	request.Header = headers
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	answer.request, answer.status, answer.headers, answer.body = request, response.StatusCode, response.Header, string(text)
	return answer
}

// shellWords splits a command with single quotes into words.
func shellWords(command string) []string {
	var words []string
	for _, match := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(command, -1) {
		words = append(words, match[1]+match[2])
	}
	return words
}

// compare says how an answer differs from what is printed for it: JSON is compared as JSON; of a
// command with -i the status and the headers that are printed.
func (a curlAnswer) compare(want string) string {
	if a.withHeaders {
		got := []string{}
		for line := range strings.Lines(strings.TrimSpace(want)) {
			line = strings.TrimSpace(line)
			name, _, isHeader := strings.Cut(line, ": ")
			switch {
			case strings.HasPrefix(line, "HTTP/"):
				got = append(got, "HTTP/1.1 "+strconv.Itoa(a.status)+" "+http.StatusText(a.status))
			case isHeader:
				got = append(got, name+": "+a.headers.Get(name))
			}
		}
		return cmp.Diff(strings.TrimSpace(want), strings.Join(got, "\n"))
	}
	var wanted, given any
	if json.Unmarshal([]byte(want), &wanted) == nil && json.Unmarshal([]byte(a.body), &given) == nil {
		return cmp.Diff(wanted, given)
	}
	return cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(a.body))
}

// TestMistake makes the mistake that the README shows and compares what `sluice dev` says of it; the
// last good version stays up, and the next good one is deployed.
func TestMistake(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```\n(examples/petstore.yaml:\\d+:\\d+: .*?)```").FindSubmatch(readme)
	if shown == nil {
		t.Fatal("the README shows no mistake")
	}
	example, err := os.ReadFile("../../examples/petstore.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "petstore.yaml")
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(string(example))
	d := startDev(t, file)
	begin := len(d.shown) + 1 // after the blank line
	save(strings.Replace(string(example), "uri: http://${stageVariables.backend}/pets\n", "uri: nowhere\n", 1))
	d.until(t, "The last good version stays deployed")
	got := strings.ReplaceAll(strings.Join(d.shown[begin:], "\n"), file, "examples/petstore.yaml")
	if diff := cmp.Diff(strings.TrimSpace(string(shown[1])), got); diff != "" {
		t.Errorf("mistake (-README +got):\n%s", diff)
	}
	if answer := curl(t, "curl "+d.gateway+"/pets/1"); answer.status != http.StatusOK {
		t.Errorf("after the mistake: got %d %s", answer.status, answer.body)
	}
	save(strings.Replace(string(example), "Welcome to the pet store", "Welcome back", 1))
	d.until(t, "changed: deployed 7 routes")
	if answer := curl(t, "curl "+d.gateway+"/"); !strings.Contains(answer.body, "Welcome back") {
		t.Errorf("after the change: got %d %s", answer.status, answer.body)
	}
}
