package cli

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/server"
)

func TestDevErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "api.yaml")
	if err := os.WriteFile(file, []byte("swagger: '2.0'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name      string
		arguments []string
		want      string
		status    int
	}{
		{"no file", []string{"dev"}, "sluice: accepts 1 arg(s), received 0\nhint: see `sluice dev --help`\n", 2},
		{"missing file", []string{"dev", "missing.yaml"},
			"sluice: missing.yaml: there is no such file\nhint: name an OpenAPI file, such as examples/petstore.yaml\n", 2},
		{"bad variable", []string{"dev", file, "--var", "x"}, "sluice: --var: \"x\" is not of the form NAME=VALUE\nhint: see `sluice dev --help`\n", 2},
		{"bad back end", []string{"dev", file, "--backend", "x=none"}, "sluice: --backend: there is no back end \"none\"\nhint: choose one of echo, petstore\n", 2},
		{"unknown back end", []string{"backend", "none"}, "sluice: there is no back end \"none\": choose one of echo, petstore\nhint: see `sluice backend --help`\n", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errors, status := run(t, nil, tt.arguments...)
			if diff := cmp.Diff(tt.want, errors); diff != "" || out != "" || status != tt.status {
				t.Errorf("got output %q and status %d, want none and %d; errors (-want +got):\n%s", out, status, tt.status, diff)
			}
		})
	}
}

func TestDevSaysWhatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, flag := range []string{"--gateway", "--control"} {
		free := map[string]string{"--gateway": "--control", "--control": "--gateway"}[flag]
		_, errors, status := run(t, nil, "dev", "../../examples/petstore.yaml", flag, taken.Addr().String(), free, "127.0.0.1:0")
		if status != 1 || !strings.Contains(errors, "in use") || !strings.Contains(errors, "hint: choose another address with "+flag) {
			t.Errorf("%s: got status %d and errors:\n%s", flag, status, errors)
		}
	}
	_, errors, status := run(t, nil, "backend", "echo", "--listen", taken.Addr().String())
	if status != 1 || !strings.Contains(errors, "in use") || !strings.Contains(errors, "hint: choose another address with --listen") {
		t.Errorf("backend: got status %d and errors:\n%s", status, errors)
	}
}

func TestBackend(t *testing.T) {
	reader, writer := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	status := make(chan int, 1)
	go func() {
		status <- Main(ctx, []string{"backend", "echo", "--listen", "127.0.0.1:0"}, Streams{
			In: strings.NewReader(""), Out: writer, Err: io.Discard,
			LookupEnv: func(string) (string, bool) { return "", false },
		})
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	name, address, ok := strings.Cut(strings.TrimSpace(line), " at ")
	if !ok || name != "echo" {
		t.Fatalf("got %q", line)
	}
	response, err := http.Get(address + "/x/status/202")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusAccepted {
		t.Errorf("got status %d", response.StatusCode)
	}
	stop()
	if got := <-status; got != 0 {
		t.Errorf("status %d", got)
	}
}

// TestGuideListsSettings keeps the table in docs/guide/configure.md complete.
func TestGuideListsSettings(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guide/configure.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range server.Settings() {
		row := "| `--" + setting.Name + "` | `" + setting.Variable() + "` | "
		if value := setting.Default(); value != "" && setting.Name != "data" { // which depends on the user
			row += "`" + value + "` |"
		}
		if !strings.Contains(string(guide), row) {
			t.Errorf("docs/guide/configure.md has no row that begins with %s", row)
		}
	}
}

// TestDocumentedCommands looks for each command line of this program in the README and the guide: the
// command must exist and take the flags and arguments.
func TestDocumentedCommands(t *testing.T) {
	files, err := filepath.Glob("../../docs/guide/*.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```(?:sh|console)\n(.*?)```")
	command := regexp.MustCompile(`(?m)(?:^|\$ )(?:\./|go run \./cmd/)?sluice ([^\n]+)|\$\((?:\./|go run \./cmd/)?sluice ([^)\n]+)\)`)
	checked := 0
	for _, file := range append(files, "../../README.md", "../../CHANGELOG.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range block.FindAllStringSubmatch(string(text), -1) {
			for _, match := range command.FindAllStringSubmatch(code[1], -1) {
				checked++
				if err := parses(firstCommand(match[1] + match[2])); err != nil {
					t.Errorf("%s: sluice %s: %v", filepath.Base(file), match[1]+match[2], err)
				}
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d commands were found", checked)
	}
}

// firstCommand returns the words of a line up to a comment, a pipe or a redirection.
func firstCommand(line string) []string {
	var words []string
	for _, match := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		if plain := match[2]; plain != "" && strings.ContainsAny(plain[:1], "|>#") {
			break
		}
		words = append(words, match[1]+match[2])
	}
	return words
}

// parses says whether the program would understand its arguments.
func parses(arguments []string) error {
	root := NewRoot(Streams{LookupEnv: func(string) (string, bool) { return "", false }})
	found, rest, err := root.Find(arguments)
	if err != nil {
		return err
	}
	if err := found.ParseFlags(rest); err != nil {
		return err
	}
	return found.ValidateArgs(found.Flags().Args())
}
