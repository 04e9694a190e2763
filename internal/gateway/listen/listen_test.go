package listen_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
	"github.com/sluice-gateway/sluice/internal/header"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handler answers by serve, or echoes, and counts its calls.
type handler struct {
	serve func(x *gateway.Exchange)
	calls atomic.Int32
}

func (h *handler) Serve(_ context.Context, x *gateway.Exchange) {
	h.calls.Add(1)
	if h.serve != nil {
		h.serve(x)
		return
	}
	echo(x)
}

// Refuse names the refusal in the body.
func (h *handler) Refuse(x *gateway.Exchange, refusal gateway.Refusal) {
	x.Response.Status = map[gateway.Refusal]int{
		gateway.BodyTooLarge: 413, gateway.TargetTooLong: 414, gateway.HeadersTooLarge: 431, gateway.Malformed: 400,
	}[refusal]
	x.Response.Body = []byte("refused")
}

// echo answers with the request as it was read.
func echo(x *gateway.Exchange) {
	var b bytes.Buffer
	r := &x.Request
	fmt.Fprintf(&b, "%s %s host=%s\n", r.Method, r.Target, r.Host)
	for _, f := range r.Headers {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	fmt.Fprintf(&b, "\n%s", r.Body)
	x.Response.Status = http.StatusOK
	x.Response.Headers = header.List{{Name: "x-Test", Value: "1"}}
	if r.Method != http.MethodHead {
		x.Response.Body = b.Bytes()
	}
}

// start runs a server and returns it with its address.
func start(t *testing.T, cfg listen.Config) (*listen.Server, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := listen.New(cfg)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx)
		if err := <-served; err != listen.ErrServerClosed {
			t.Errorf("Serve = %v, want ErrServerClosed", err)
		}
	})
	return s, ln.Addr().String()
}

// dial connects to addr; the connection fails the test rather than hang.
func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// send writes text with CRLF line ends.
func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
}

// response reads one response to a request of the given method.
func response(t *testing.T, r *bufio.Reader, method string) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// connection returns what the response says of the connection; net/http takes the field away.
func connection(resp *http.Response) string {
	if resp.Close {
		return "close"
	}
	return resp.Header.Get("Connection")
}

// all reads the connection to its end.
func all(t *testing.T, c net.Conn) string {
	t.Helper()
	text, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("%v after %q", err, text)
	}
	return string(text)
}

func TestRequestIsKeptAsSent(t *testing.T) {
	_, addr := start(t, listen.Config{Handler: new(handler)})
	c := dial(t, addr)
	send(t, c, "PATCH //v1/a%2Fb/../c?x=1&x=%20;y HTTP/1.1\nx-b: 1\nHOST: [::1]:8080\nX-B:  2 \naccept: */*\nContent-Length: 3\nConnection: close\n\nabc")
	text := all(t, c)
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	want := "PATCH //v1/a%2Fb/../c?x=1&x=%20;y host=[::1]:8080\nx-b: 1\nHOST: [::1]:8080\nX-B: 2\naccept: */*\nContent-Length: 3\nConnection: close\n\nabc"
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	lines := strings.Split(head, "\r\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[1], "Date: ") {
		t.Fatalf("head = %q", head)
	}
	lines[1] = "Date"
	if diff := cmp.Diff([]string{"HTTP/1.1 200 OK", "Date", "x-Test: 1", fmt.Sprintf("Content-Length: %d", len(want)), "Connection: close"}, lines); diff != "" {
		t.Errorf("head (-want +got):\n%s", diff)
	}
}

func TestConnectionReuse(t *testing.T) {
	_, addr := start(t, listen.Config{Handler: new(handler)})
	tests := []struct {
		name, request, method string
		status                int
		connection            string
	}{
		{"keep-alive", "GET /1 HTTP/1.1\nHost: a\n\n", "GET", 200, "keep-alive"},
		{"chunked", "POST /2 HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3;x\nabc\n2\nde\n0\nT: u\n\n", "POST", 200, "keep-alive"},
		{"HEAD", "HEAD /3 HTTP/1.1\nHost: a\n\n", "HEAD", 200, "keep-alive"},
		{"empty line before", "\nGET /4 HTTP/1.1\nHost: a\n\n", "GET", 200, "keep-alive"},
		{"HTTP/1.0 keep-alive", "GET /5 HTTP/1.0\nConnection: keep-alive\n\n", "GET", 200, "keep-alive"},
		{"HTTP/1.0", "GET /6 HTTP/1.0\n\n", "GET", 200, "close"},
	}
	c := dial(t, addr)
	r := bufio.NewReader(c)
	for _, tt := range tests {
		send(t, c, tt.request)
		resp, body := response(t, r, tt.method)
		if resp.StatusCode != tt.status || connection(resp) != tt.connection {
			t.Errorf("%s: status %d, Connection %q", tt.name, resp.StatusCode, connection(resp))
		}
		if tt.method == "HEAD" && (body != "" || resp.Header.Get("Content-Length") != "0") {
			t.Errorf("%s: body %q, Content-Length %q", tt.name, body, resp.Header.Get("Content-Length"))
		}
		if tt.name == "chunked" && !strings.HasSuffix(body, "\n\nabcde") {
			t.Errorf("%s: body %q", tt.name, body)
		}
	}
	if _, err := r.ReadByte(); err != io.EOF {
		t.Errorf("after close: %v, want EOF", err)
	}
}

func TestPipelining(t *testing.T) {
	_, addr := start(t, listen.Config{Handler: new(handler)})
	c := dial(t, addr)
	var requests strings.Builder
	const n = 50
	for i := range n {
		fmt.Fprintf(&requests, "POST /%d HTTP/1.1\nHost: a\nContent-Length: 5\n\nbody\n", i)
	}
	send(t, c, strings.ReplaceAll(requests.String(), "body\n", "body."))
	r := bufio.NewReader(c)
	for i := range n {
		_, body := response(t, r, "POST")
		if want := fmt.Sprintf("POST /%d host=a", i); !strings.HasPrefix(body, want) {
			t.Fatalf("answer %d is %q", i, body)
		}
	}
}

func TestLimits(t *testing.T) {
	const limit = 1000
	_, addr := start(t, listen.Config{Handler: new(handler), MaxBodyBytes: limit})
	long := strings.Repeat("x", 11_000)
	head := "GET /" + strings.Repeat("y", 10_240-len("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) + " HTTP/1.1\nHost: a\n\n"
	tests := []struct {
		name, request string
		want          int
	}{
		{"head exactly", head, 200},
		{"head one more", strings.Replace(head, "/y", "/yy", 1), 431},
		{"header block", "GET / HTTP/1.1\nHost: a\nX: " + long + "\n\n", 431},
		{"header block without end", "GET / HTTP/1.1\nHost: a\nX: " + long, 431},
		{"target", "GET /" + long + " HTTP/1.1\nHost: a\n\n", 414},
		{"body exactly", "POST / HTTP/1.1\nHost: a\nContent-Length: 1000\n\n" + strings.Repeat("b", limit), 200},
		{"body declared", "POST / HTTP/1.1\nHost: a\nContent-Length: 1001\n\n", 413},
		{"body declared hugely", "POST / HTTP/1.1\nHost: a\nContent-Length: 999999999999999999\n\n", 413},
		{"chunks", "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3e8\n" + strings.Repeat("b", limit) + "\n1\nb\n0\n\n", 413},
		{"chunk declared", "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nffffffffffffffff\n", 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, addr)
			send(t, c, tt.request)
			resp, _ := response(t, bufio.NewReader(c), "GET")
			if resp.StatusCode != tt.want {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.want)
			}
			if closes := connection(resp) == "close"; closes != (tt.want != 200) {
				t.Errorf("Connection: %s with status %d", connection(resp), tt.want)
			}
		})
	}
}

// A client that is still sending its body when the refusal comes must be able to read the refusal.
func TestRefusalWhileSending(t *testing.T) {
	_, addr := start(t, listen.Config{Handler: new(handler)})
	c := dial(t, addr)
	send(t, c, fmt.Sprintf("POST / HTTP/1.1\nHost: a\nContent-Length: %d\n\n", gateway.MaxBodyBytes+1))
	if _, err := c.Write(make([]byte, gateway.MaxBodyBytes+1)); err != nil {
		t.Fatalf("while sending: %v", err)
	}
	if resp, _ := response(t, bufio.NewReader(c), "POST"); resp.StatusCode != 413 {
		t.Errorf("status %d, want 413", resp.StatusCode)
	}
}

func TestExpectContinue(t *testing.T) {
	_, addr := start(t, listen.Config{Handler: new(handler), MaxBodyBytes: 10})
	const expect = "POST / HTTP/1.1\nHost: a\nExpect: 100-continue\n"
	t.Run("asked for the body", func(t *testing.T) {
		c := dial(t, addr)
		r := bufio.NewReader(c)
		send(t, c, expect+"Content-Length: 3\n\n")
		if line, _ := r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("got %q", line)
		}
		_, _ = r.ReadString('\n')
		send(t, c, "abc")
		if resp, body := response(t, r, "POST"); resp.StatusCode != 200 || !strings.HasSuffix(body, "abc") {
			t.Errorf("status %d, body %q", resp.StatusCode, body)
		}
	})
	for name, rest := range map[string]string{
		"too large is refused at once": "Content-Length: 11\n\n",
		"ambiguous is refused at once": "Content-Length: 3\nTransfer-Encoding: chunked\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, addr)
			send(t, c, expect+rest)
			if text := all(t, c); strings.Contains(text, "100 Continue") || !strings.HasPrefix(text, "HTTP/1.1 4") {
				t.Errorf("got %q", text)
			}
		})
	}
	t.Run("body already there", func(t *testing.T) {
		c := dial(t, addr)
		send(t, c, expect+"Connection: close\nContent-Length: 3\n\nabc")
		if text := all(t, c); strings.Contains(text, "100 Continue") {
			t.Errorf("got %q", text)
		}
	})
}

// Requests that two readers could take for different requests are refused before the handler sees
// them, and whatever follows them on the connection is not read.
func TestSmugglingProbes(t *testing.T) {
	const inner = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	h := new(handler)
	_, addr := start(t, listen.Config{Handler: h})
	tests := []struct{ name, request string }{
		{"length and coding", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		{"coding and length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
		{"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n"},
		{"equal lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"},
		{"length list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 44\r\n\r\n"},
		{"signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n"},
		{"blank before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 44\r\n\r\n"},
		{"blank inside a name", "POST / HTTP/1.1\r\nHost: a\r\nTransfer Encoding: chunked\r\n\r\n"},
		{"folded line", "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n"},
		{"folded coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
		{"unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
		{"two codings", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"},
		{"coding after a control character", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"},
		{"name with a control character", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\x00: chunked\r\n\r\n0\r\n\r\n"},
		{"coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
		{"no host", "GET / HTTP/1.1\r\n\r\n"},
		{"bare LF", "GET / HTTP/1.1\nHost: a\nContent-Length: 44\n\n"},
		{"bare LF in one line", "GET / HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 44\r\n\r\n"},
		{"bare CR", "GET / HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 44\r\n\r\n"},
		{"NUL", "GET / HTTP/1.1\r\nHost: a\r\nX: y\x00\r\n\r\n"},
		{"line before the name", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n"},
		{"target with blank", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"no version", "GET /\r\nHost: a\r\n\r\n"},
		{"hexadecimal prefix in a chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n"},
		{"bare LF after a chunk size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n"},
		{"bare CR in a chunk extension", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;a\rb\r\n\r\n"},
		{"chunk longer than its size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, addr)
			if _, err := io.WriteString(c, tt.request+inner); err != nil {
				t.Fatal(err)
			}
			text := all(t, c)
			if !strings.HasPrefix(text, "HTTP/1.1 400 ") || strings.Count(text, "HTTP/1.1") != 1 {
				t.Errorf("%q answered %q, want one 400", tt.request, text)
			}
		})
	}
	if n := h.calls.Load(); n != 0 {
		t.Errorf("the handler saw %d requests, want none", n)
	}
}

func TestTimeouts(t *testing.T) {
	h := new(handler)
	_, addr := start(t, listen.Config{
		Handler: h, IdleTimeout: 80 * time.Millisecond, HeadTimeout: 80 * time.Millisecond, BodyTimeout: 80 * time.Millisecond,
	})
	for name, request := range map[string]string{
		"idle": "", "slow head": "GET / HT", "slow headers": "GET / HTTP/1.1\nHost: a\n", "slow body": "POST / HTTP/1.1\nHost: a\nContent-Length: 3\n\na",
		"slow chunk": "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\na",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, addr)
			send(t, c, request)
			if text := all(t, c); text != "" {
				t.Errorf("got %q, want a closed connection", text)
			}
			if n := h.calls.Load(); n != 0 {
				t.Errorf("the handler saw %d requests", n)
			}
		})
	}
}

// A client that does not read its answers is cut off.
func TestWriteTimeout(t *testing.T) {
	gone := make(chan struct{})
	h := &handler{serve: func(x *gateway.Exchange) {
		x.Response.Status = 200
		x.Response.Body = make([]byte, 64<<20)
	}}
	s, addr := start(t, listen.Config{Handler: h, WriteTimeout: 50 * time.Millisecond})
	c := dial(t, addr)
	send(t, c, "GET / HTTP/1.1\nHost: a\n\n")
	go func() {
		defer close(gone)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown = %v: the connection is still served", err)
		}
	}()
	<-gone
}

func TestResponses(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	tests := []struct {
		name   string
		status int
		fields header.List
		body   []byte
		want   []string // lines of the head without Date
	}{
		{"order and case", 201, header.List{{Name: "zeta", Value: "1"}, {Name: "ALPHA", Value: "2"}, {Name: "zeta", Value: "3"}}, nil,
			[]string{"HTTP/1.1 201 Created", "zeta: 1", "ALPHA: 2", "zeta: 3", "Content-Length: 0", "Connection: close"}},
		{"no content", 204, nil, []byte("ignored"), []string{"HTTP/1.1 204 No Content", "Connection: close"}},
		{"not modified", 304, nil, nil, []string{"HTTP/1.1 304 Not Modified", "Connection: close"}},
		{"unknown status", 444, nil, []byte("x"), []string{"HTTP/1.1 444 ", "Content-Length: 1", "Connection: close"}},
		{"interim status", 100, nil, nil, []string{"HTTP/1.1 500 Internal Server Error", "Content-Length: 0", "Connection: close"}},
		{"no second line in a value", 200, header.List{{Name: "X", Value: "a\r\nSet-Cookie: b"}}, nil,
			[]string{"HTTP/1.1 200 OK", "X: a  Set-Cookie: b", "Content-Length: 0", "Connection: close"}},
		{"own framing only", 200, header.List{{Name: "transfer-encoding", Value: "chunked"}, {Name: "Content-length", Value: "9"}, {Name: "connection", Value: "x"}}, nil,
			[]string{"HTTP/1.1 200 OK", "Content-Length: 0", "Connection: close"}},
		{"large body", 200, nil, large, []string{"HTTP/1.1 200 OK", "Content-Length: 1600000", "Connection: close"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, addr := start(t, listen.Config{Handler: &handler{serve: func(x *gateway.Exchange) {
				x.Response.Status, x.Response.Headers, x.Response.Body = tt.status, tt.fields, tt.body
			}}})
			c := dial(t, addr)
			send(t, c, "GET / HTTP/1.1\nHost: a\nConnection: close\n\n")
			head, body, _ := strings.Cut(all(t, c), "\r\n\r\n")
			lines := strings.Split(head, "\r\n")
			lines = append(lines[:1:1], lines[2:]...)
			if diff := cmp.Diff(tt.want, lines); diff != "" {
				t.Errorf("head (-want +got):\n%s", diff)
			}
			if tt.status != 204 && body != string(tt.body) {
				t.Errorf("body of %d bytes, want %d", len(body), len(tt.body))
			}
		})
	}
}

func TestPanic(t *testing.T) {
	var log bytes.Buffer
	_, addr := start(t, listen.Config{
		Handler: &handler{serve: func(x *gateway.Exchange) {
			if x.Request.Target == "/panic" {
				panic("out of order")
			}
			echo(x)
		}},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	c := dial(t, addr)
	send(t, c, "GET /panic HTTP/1.1\nHost: a\n\n")
	text := all(t, c)
	if !strings.HasPrefix(text, "HTTP/1.1 500 ") || !strings.HasSuffix(text, "\r\n\r\n{\"message\": \"Internal server error\"}") {
		t.Errorf("got %q", text)
	}
	if !strings.Contains(log.String(), "out of order") || !strings.Contains(log.String(), "/panic") {
		t.Errorf("log = %q", log.String())
	}
	c = dial(t, addr)
	send(t, c, "GET /fine HTTP/1.1\nHost: a\n\n")
	if resp, _ := response(t, bufio.NewReader(c), "GET"); resp.StatusCode != 200 {
		t.Errorf("after a panic: status %d", resp.StatusCode)
	}
}

func TestDrain(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s, addr := start(t, listen.Config{Handler: &handler{serve: func(x *gateway.Exchange) {
		if x.Request.Target == "/slow" {
			entered <- struct{}{}
			<-release
		}
		echo(x)
	}}})
	slow, idle, half := dial(t, addr), dial(t, addr), dial(t, addr)
	send(t, idle, "GET /idle HTTP/1.1\nHost: a\n\n")
	idleReader := bufio.NewReader(idle)
	response(t, idleReader, "GET")
	send(t, half, "POST /half HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 3\n\n")
	halfReader := bufio.NewReader(half)
	if line, _ := halfReader.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q", line)
	}
	_, _ = halfReader.ReadString('\n')
	send(t, slow, "GET /slow HTTP/1.1\nHost: a\n\n")
	<-entered

	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	if _, err := idleReader.ReadByte(); err != io.EOF {
		t.Errorf("idle connection: %v, want EOF", err)
	}
	send(t, half, "abc")
	if resp, body := response(t, halfReader, "POST"); !strings.HasSuffix(body, "abc") || connection(resp) != "close" {
		t.Errorf("half sent request: %d, Connection %q, body %q", resp.StatusCode, connection(resp), body)
	}
	select {
	case err := <-done:
		t.Fatalf("Shutdown = %v while a request was being served", err)
	default:
	}
	close(release)
	if resp, _ := response(t, bufio.NewReader(slow), "GET"); resp.StatusCode != 200 || connection(resp) != "close" {
		t.Errorf("request in flight: %d, Connection %q", resp.StatusCode, connection(resp))
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("still accepting after Shutdown")
	}
}

func TestDrainGivesUp(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s, addr := start(t, listen.Config{Handler: &handler{serve: func(x *gateway.Exchange) {
		entered <- struct{}{}
		<-release
		echo(x)
	}}})
	c := dial(t, addr)
	send(t, c, "GET / HTTP/1.1\nHost: a\n\n")
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); err != context.Canceled {
		t.Errorf("Shutdown = %v, want context.Canceled", err)
	}
	close(release)
}

func TestMaxConnections(t *testing.T) {
	entered, release := make(chan struct{}, 2), make(chan struct{})
	_, addr := start(t, listen.Config{MaxConnections: 1, Handler: &handler{serve: func(x *gateway.Exchange) {
		entered <- struct{}{}
		<-release
		echo(x)
	}}})
	first, second := dial(t, addr), dial(t, addr)
	send(t, first, "GET /1 HTTP/1.1\nHost: a\nConnection: close\n\n")
	<-entered
	send(t, second, "GET /2 HTTP/1.1\nHost: a\nConnection: close\n\n")
	select {
	case <-entered:
		t.Error("the second connection was served beside the first")
	default:
	}
	close(release)
	for _, c := range []net.Conn{first, second} {
		if text := all(t, c); !strings.HasPrefix(text, "HTTP/1.1 200") {
			t.Errorf("got %q", text)
		}
	}
}

func BenchmarkKeepAlive(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), 1024)
	s := listen.New(listen.Config{Handler: &handler{serve: func(x *gateway.Exchange) {
		x.Response.Status = 200
		x.Response.Headers.Add("Content-Type", "application/json")
		x.Response.Body = body
	}}})
	go func() { _ = s.Serve(ln) }()
	defer func() { _ = s.Shutdown(context.Background()) }()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	request := []byte("GET /v1/pets HTTP/1.1\r\nHost: a.execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n")
	answer := make([]byte, 8192)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		for n := 0; n < 1024; {
			k, err := c.Read(answer)
			if err != nil {
				b.Fatal(err)
			}
			n += k
		}
	}
}

// Clients that keep asking while the server drains lose no request: whatever they have sent is answered.
func TestDrainUnderLoad(t *testing.T) {
	const clients = 20
	s, addr := start(t, listen.Config{Handler: new(handler)})
	var busy, lost atomic.Int32
	started := make(chan struct{}, clients)
	done := make(chan struct{}, clients)
	for range clients {
		c := dial(t, addr)
		go func() {
			defer func() { done <- struct{}{} }()
			r := bufio.NewReader(c)
			for n := 0; ; n++ {
				if _, err := io.WriteString(c, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"); err != nil {
					lost.Add(1)
					return
				}
				resp, err := http.ReadResponse(r, nil)
				if err != nil {
					lost.Add(1)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				busy.Add(1)
				if n == 0 {
					started <- struct{}{}
				}
				if resp.Close {
					return
				}
			}
		}()
	}
	for range clients {
		<-started
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	for range clients {
		<-done
	}
	if n := lost.Load(); n != 0 {
		t.Errorf("%d of %d requests got no answer", n, busy.Load())
	}
}
