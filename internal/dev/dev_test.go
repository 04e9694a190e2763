package dev

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

// screen collects output and lets a test wait for a text.
type screen struct {
	t       *testing.T
	reader  *io.PipeReader
	writer  *io.PipeWriter
	chunks  chan string
	pending string
}

func newScreen(t *testing.T) *screen {
	s := &screen{t: t, chunks: make(chan string, 1000)}
	s.reader, s.writer = io.Pipe()
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := s.reader.Read(buf)
			if n > 0 {
				s.chunks <- string(buf[:n])
			}
			if err != nil {
				close(s.chunks)
				return
			}
		}
	}()
	t.Cleanup(func() { _ = s.writer.Close() })
	return s
}

// until returns the output up to and including text.
func (s *screen) until(text string) string {
	s.t.Helper()
	deadline := time.After(10 * time.Second)
	for !strings.Contains(s.pending, text) {
		select {
		case chunk, ok := <-s.chunks:
			if !ok {
				s.t.Fatalf("the output ended without %q: %s", text, s.pending)
			}
			s.pending += chunk
		case <-deadline:
			s.t.Fatalf("no %q in the output: %s", text, s.pending)
		}
	}
	at := strings.Index(s.pending, text) + len(text)
	shown := s.pending[:at]
	s.pending = s.pending[at:]
	return shown
}

// controlPlane serves an empty control plane and returns its URL.
func controlPlane(t *testing.T) string {
	t.Helper()
	store := memstore.New()
	mux := restjson.NewMux(restjson.Config{Authenticator: restjson.Open{AccountID: "000000000000", Region: "us-east-1"}})
	control.New(control.Config{Store: store}).Bind(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.Close()
		_ = store.Close()
	})
	return server.URL
}

const good = `openapi: 3.0.1
info: {title: Dev, version: "1"}
paths:
  /a/{id}:
    get:
      parameters: [{name: id, in: path, required: true, example: "7"}]
      responses: {}
      x-amazon-apigateway-integration: {type: mock}
`

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "My API.yaml")
	write(t, file, good)
	base, out := controlPlane(t), newScreen(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Config{
			File: file, APIID: APIID(file), Stage: "dev", ControlURL: base, GatewayURL: "http://127.0.0.1:8080",
			Variables: map[string]string{"colour": "blue"}, Backends: map[string]string{"echo": "echo"}, Out: out.writer,
		})
	}()

	shown := out.until("stop with Ctrl-C.")
	for _, want := range []string{
		"Back end echo runs at http://127.0.0.1:",
		"is deployed to the stage dev of the API my-api in ",
		"METHOD  PATH     INTEGRATION  TARGET\nGET     /a/{id}  MOCK",
		"  curl http://127.0.0.1:8080/a/7\n",
		"http://my-api.execute-api.localhost:8080/dev\n",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in:\n%s", want, shown)
		}
	}
	stage := get(t, base+"/restapis/my-api/stages/dev")
	if !strings.Contains(stage, `"colour":"blue"`) || !strings.Contains(stage, `"echo":"127.0.0.1:`) {
		t.Errorf("stage variables: got %s", stage)
	}

	write(t, file, strings.Replace(good, "{type: mock}", "{type: http, httpMethod: GET, uri: nowhere}", 1))
	want := file + ":8:75: error: Unable to put integration on 'GET' for resource at path '/a/{id}': Invalid HTTP endpoint specified for URI\n" +
		"    8 |       x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: nowhere}\n" +
		"      |" + strings.Repeat(" ", 75) + "^\n" +
		"The last good version stays deployed; waiting for " + file + " to change.\n"
	if diff := cmp.Diff(want, strings.TrimLeft(out.until("to change.\n"), "\n")); diff != "" {
		t.Errorf("mistake (-want +got):\n%s", diff)
	}
	if after := get(t, base+"/restapis/my-api/stages/dev"); after != stage {
		t.Errorf("the mistake changed the stage from %s to %s", stage, after)
	}

	write(t, file, "paths: [")
	out.until(": error: Unable to read the document: ")

	// As editors do it that write a new file and put it in the place of the old one.
	write(t, file+"~", strings.Replace(good, "get:", "put:", 1))
	if err := os.Rename(file+"~", file); err != nil {
		t.Fatal(err)
	}
	out.until("changed: deployed 1 routes in ")
	if after := get(t, base+"/restapis/my-api/stages/dev"); after == stage {
		t.Error("the stage did not change")
	}
	if n := strings.Count(get(t, base+"/restapis/my-api/deployments"), `"createdDate"`); n != 1 {
		t.Errorf("%d deployments are kept, want 1", n)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAPIID(t *testing.T) {
	tests := []struct{ file, want string }{
		{"examples/petstore.yaml", "petstore"},
		{"My Great API.v2.json", "my-great-api-v2"},
		{"-_.yaml", "api"},
		{"ÄÖ.yaml", "api"},
		{strings.Repeat("x", 100) + ".yaml", strings.Repeat("x", 63)},
	}
	for _, test := range tests {
		if got := APIID(test.file); got != test.want {
			t.Errorf("APIID(%q): got %q, want %q", test.file, got, test.want)
		}
	}
}

func TestSettings(t *testing.T) {
	tests := []struct{ name, settings, want string }{
		{"none", "", "{map[] map[]}"},
		{"both", "x-sluice-dev: {stageVariables: {a: b}, backends: {c: echo}}", "{map[a:b] map[c:echo]}"},
		{"unknown member", "x-sluice-dev: {backend: echo}", `x-sluice-dev: json: unknown field "backend"`},
		{"unknown back end", "x-sluice-dev: {backends: {c: none}}", `x-sluice-dev: the back end "none" of the stage variable c is none of echo, petstore`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			document, _ := load([]byte("swagger: '2.0'\n" + test.settings))
			read, err := settingsOf(document)
			got := ""
			if err != nil {
				got = err.Error()
				if p := settingsProblem(document, err); p.Line != 2 {
					t.Errorf("the problem is at %v", p.Position)
				}
			} else {
				got = strings.TrimPrefix(slog.AnyValue(*read).String(), "&")
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestLogHandler(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(LogHandler(&b, slog.LevelWarn)).With("api", "x").WithGroup("stage").With("name", "dev")
	log.Info("not shown")
	log.Warn("execution failed", "status", 500, slog.Group("more", "a", 1))
	if got, want := b.String(), "warn: execution failed api=x stage.name=dev stage.status=500 stage.more.a=1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCurl(t *testing.T) {
	tests := []struct {
		route route
		want  string
	}{
		{route{verb: "GET", sample: openapi.Sample{Path: "/a"}}, "curl http://h/a"},
		{route{verb: "ANY", sample: openapi.Sample{Path: "/a", Query: []openapi.SampleValue{{Name: "q", Value: "x y"}}}}, "curl 'http://h/a?q=x+y'"},
		{route{verb: "HEAD", sample: openapi.Sample{Path: "/a", Headers: []openapi.SampleValue{{Name: "X-A", Value: "it's"}}}}, `curl --head http://h/a -H 'X-A: it'\''s'`},
		{route{verb: "POST", sample: openapi.Sample{Path: "/a", ContentType: "text/plain", Body: "x"}}, "curl -X POST http://h/a -H 'Content-Type: text/plain' -d x"},
		{route{verb: "DELETE", sample: openapi.Sample{Path: "/a"}}, "curl -i -X DELETE http://h/a"},
	}
	for _, test := range tests {
		if got := test.route.curl("http://h"); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

// A session may begin with a file that has a mistake, and with one that cannot be deployed.
func TestRunBeginsWithMistake(t *testing.T) {
	file := filepath.Join(t.TempDir(), "api.yaml")
	write(t, file, strings.Replace(good, "title", "titel: [", 1))
	base, out := controlPlane(t), newScreen(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Config{File: file, APIID: "api", Stage: "dev", ControlURL: base, GatewayURL: "http://127.0.0.1:8080", Out: out.writer})
	}()
	out.until("Nothing is deployed yet; waiting for " + file + " to change.\n")
	write(t, file, strings.Replace(good, "      x-amazon-apigateway-integration: {type: mock}\n", "", 1))
	shown := out.until("Nothing is deployed yet")
	for _, want := range []string{"api.yaml: error: No integration defined for method\n", ":5:5: note: 'GET /a/{id}' has no integration"} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in:\n%s", want, shown)
		}
	}
	write(t, file, "x-sluice-dev: {backends: {b: none}}\n"+good)
	out.until(":1:15: error: x-sluice-dev: the back end \"none\" of the stage variable b is none of echo, petstore")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	write(t, file, good)
	out.until("stop with Ctrl-C.")
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
