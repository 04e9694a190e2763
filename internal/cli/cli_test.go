package cli

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// run runs the program and returns what it printed and its exit status.
func run(t *testing.T, environment map[string]string, arguments ...string) (out, errors string, status int) {
	t.Helper()
	var outBuffer, errBuffer bytes.Buffer
	status = Main(t.Context(), arguments, Streams{
		In:  strings.NewReader(""),
		Out: &outBuffer,
		Err: &errBuffer,
		LookupEnv: func(name string) (string, bool) {
			value, ok := environment[name]
			return value, ok
		},
	})
	return outBuffer.String(), errBuffer.String(), status
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name      string
		arguments string
		want      string
		status    int
	}{
		{"unknown command", "frobnicate", "sluice: unknown command \"frobnicate\" for \"sluice\"\nhint: see `sluice --help`\n", 2},
		{"unknown flag", "serve --frobnicate", "sluice: unknown flag: --frobnicate\nhint: see `sluice serve --help`\n", 2},
		{"too many arguments", "version now", "sluice: unknown command \"now\" for \"sluice version\"\nhint: see `sluice version --help`\n", 2},
		{"several problems", "serve --data :memory: --region x --auth maybe",
			"sluice: region: \"x\" is not the name of a region, such as us-east-1\n" +
				"sluice: auth: \"maybe\" is neither verify nor off\n" +
				"hint: see `sluice serve --help`\n", 2},
		{"auth off for the network", "serve --data :memory: --auth off --control 0.0.0.0:4567",
			"sluice: auth: off is for loopback addresses only, and the control plane listens on \"0.0.0.0:4567\"\n" +
				"hint: see `sluice serve --help`\n", 2},
		{"unknown shell", "env --shell tcsh", "sluice: --shell: \"tcsh\" is none of bash, fish and powershell\nhint: zsh and sh understand bash's\n", 2},
		{"free port", "env --control 127.0.0.1:0", "sluice: control: port 0 is any that is free, so nobody knows it in advance\n" +
			"hint: give the address that `sluice serve` has printed, with --control\n", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errors, status := run(t, nil, strings.Fields(tt.arguments)...)
			if diff := cmp.Diff(tt.want, errors); diff != "" || out != "" || status != tt.status {
				t.Errorf("got output %q and status %d, want none and %d; errors (-want +got):\n%s", out, status, tt.status, diff)
			}
		})
	}
}

func TestServeSaysWhatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, errors, status := run(t, nil, "serve", "--data", ":memory:", "--control", taken.Addr().String())
	if status != 1 || !strings.Contains(errors, "in use") || !strings.Contains(errors, "hint: choose another address with --control") {
		t.Errorf("got status %d and errors:\n%s", status, errors)
	}
}

func TestEnv(t *testing.T) {
	tests := []struct {
		name        string
		environment map[string]string
		arguments   string
		want        string
	}{
		{"bash", nil, "env --shell bash", `
export AWS_ENDPOINT_URL_API_GATEWAY=http://127.0.0.1:4567
export AWS_REGION=us-east-1
export AWS_DEFAULT_REGION=us-east-1
`},
		{"auth off", nil, "env --shell bash --auth off --account-id 123456789012", `
export AWS_ENDPOINT_URL_API_GATEWAY=http://127.0.0.1:4567
export AWS_REGION=us-east-1
export AWS_DEFAULT_REGION=us-east-1
export AWS_ACCESS_KEY_ID=123456789012
export AWS_SECRET_ACCESS_KEY=any
`},
		{"any address, from the environment", map[string]string{"SLUICE_CONTROL": ":1234", "SLUICE_REGION": "eu-west-1"}, "env --shell fish", `
set -gx AWS_ENDPOINT_URL_API_GATEWAY 'http://127.0.0.1:1234'
set -gx AWS_REGION 'eu-west-1'
set -gx AWS_DEFAULT_REGION 'eu-west-1'
`},
		{"powershell", nil, "env --shell powershell --control [::1]:4567", `
$env:AWS_ENDPOINT_URL_API_GATEWAY = 'http://[::1]:4567'
$env:AWS_REGION = 'us-east-1'
$env:AWS_DEFAULT_REGION = 'us-east-1'
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errors, status := run(t, tt.environment, strings.Fields(tt.arguments)...)
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), out); diff != "" || errors != "" || status != 0 {
				t.Errorf("status %d, errors %q; output (-want +got):\n%s", status, errors, diff)
			}
		})
	}
}

// TestEnvWithoutHome runs where there is no place for a data directory, and no need.
func TestEnvWithoutHome(t *testing.T) {
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "LocalAppData"} {
		t.Setenv(name, "")
	}
	if _, errors, status := run(t, nil, "env", "--shell", "bash"); status != 0 {
		t.Errorf("env: got status %d and errors:\n%s", status, errors)
	}
	if _, errors, status := run(t, nil, "serve"); status != 2 || !strings.Contains(errors, "sluice: data: name a directory") {
		t.Errorf("serve: got status %d and errors:\n%s", status, errors)
	}
}

func TestShellsQuote(t *testing.T) {
	const value = `it's \ a "test" $HOME`
	tests := map[string]string{
		"bash":       `export X='it'\''s \ a "test" $HOME'`,
		"fish":       `set -gx X 'it\'s \\ a "test" $HOME'`,
		"powershell": `$env:X = 'it''s \ a "test" $HOME'`,
	}
	for shell, want := range tests {
		if got := shells[shell].assign("X", value); got != want {
			t.Errorf("%s: got %s, want %s", shell, got, want)
		}
	}
}

func TestDefaultShell(t *testing.T) {
	for login, want := range map[string]string{"/usr/bin/fish": "fish", "/bin/zsh": "bash", "": "bash"} {
		streams := Streams{LookupEnv: func(string) (string, bool) { return login, login != "" }}
		if got := defaultShell(streams); got != want && got != "powershell" {
			t.Errorf("SHELL=%s: got %s, want %s", login, got, want)
		}
	}
}

// TestServe starts a server twice in one directory: the first start makes an access key
// and prints it, the second does not.
func TestServe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	secret := regexp.MustCompile(`AWS_SECRET_ACCESS_KEY=\S+`)
	for _, wantKey := range []bool{true, false} {
		out := serveOnce(t, "--data", dir)
		if got := secret.MatchString(out); got != wantKey {
			t.Errorf("a secret is printed: %v, want %v, in:\n%s", got, wantKey, out)
		}
		if !strings.Contains(out, dir) || !strings.Contains(out, `eval "$(sluice env --control 127.0.0.1:`) {
			t.Errorf("the banner does not say where the data is and what to do next:\n%s", out)
		}
	}
}

// serveOnce runs `sluice serve` until it answers, and returns what it printed.
func serveOnce(t *testing.T, arguments ...string) string {
	t.Helper()
	s := startServe(t, arguments...)
	s.stop()
	if got := <-s.status; got != 0 {
		t.Errorf("exit status %d; errors:\n%s", got, s.errors.String())
	}
	return s.banner
}

// serving is `sluice serve` in a goroutine.
type serving struct {
	banner string
	errors lockedBuffer
	stop   context.CancelFunc
	status chan int // gets the exit status
}

// startServe runs `sluice serve` on free ports and returns when it answers.
func startServe(t *testing.T, arguments ...string) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	s := &serving{stop: stop, status: make(chan int, 1)}
	out, outWriter := io.Pipe()
	go func() {
		defer func() { _ = outWriter.Close() }()
		s.status <- Main(ctx, append([]string{"serve", "--control", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, arguments...),
			Streams{In: strings.NewReader(""), Out: outWriter, Err: &s.errors, LookupEnv: func(string) (string, bool) { return "", false }})
	}()
	// The banner is written at once, after the sockets are open.
	buffer := make([]byte, 1<<16)
	n, err := out.Read(buffer)
	if err != nil {
		t.Fatalf("%v; errors:\n%s", err, s.errors.String())
	}
	s.banner = string(buffer[:n])
	response, err := http.Get(s.url(t, "admin") + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return s
}

// url returns an address that the banner tells.
func (s *serving) url(t *testing.T, name string) string {
	t.Helper()
	found := regexp.MustCompile(name + ` +(http://\S+)`).FindStringSubmatch(s.banner)
	if found == nil {
		t.Fatalf("there is no %s address in the banner:\n%s", name, s.banner)
	}
	return found[1]
}

// lockedBuffer is a buffer that may be read while it is written.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// TestSignals interrupts the program twice while a request is in flight: the first time it
// waits for the request, the second time it does not.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a program cannot interrupt itself")
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	interrupt := func() {
		if err := self.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	s := startServe(t, "--data", ":memory:", "--auth", "off")
	control := strings.TrimPrefix(s.url(t, "control plane"), "http://")
	conn, err := net.Dial("tcp", control)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	// The server asks for the body, so it has begun with the request.
	if _, err := io.WriteString(conn, "POST /restapis HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	interrupt()
	waitUntil(t, func() bool { return strings.Contains(s.errors.String(), "finishing the requests in flight") })
	select {
	case status := <-s.status:
		t.Fatalf("the program ended with status %d and a request in flight", status)
	default:
	}
	interrupt()
	if status := <-s.status; status != 1 || !strings.Contains(s.errors.String(), "sluice: requests to the control listener were broken off") {
		t.Errorf("got status %d and errors:\n%s", status, s.errors.String())
	}
}

// waitUntil returns when the condition holds.
func waitUntil(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatal("it takes too long")
		}
		runtime.Gosched()
	}
}
