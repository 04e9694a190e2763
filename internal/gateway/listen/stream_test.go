package listen_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// stream is a body whose pieces a test sends one by one.
type stream struct {
	pieces      chan string // closed at the end of the body
	fail        error       // instead of the end
	interrupted chan struct{}
	once        sync.Once
}

func newStream() *stream {
	return &stream{pieces: make(chan string, 10), interrupted: make(chan struct{})}
}

func (s *stream) Read(p []byte) (int, error) {
	select {
	case piece, ok := <-s.pieces:
		if !ok && s.fail != nil {
			return 0, s.fail
		}
		if !ok {
			return 0, io.EOF
		}
		return copy(p, piece), nil
	case <-s.interrupted:
		return 0, &integration.Error{Kind: integration.Canceled}
	}
}

func (s *stream) Interrupt()   { s.once.Do(func() { close(s.interrupted) }) }
func (s *stream) Close() error { return nil }

// streaming returns a handler that answers with the body.
func streaming(s *stream, length int64) *handler {
	return &handler{serve: func(x *gateway.Exchange) {
		x.Response.Status = 200
		x.Response.Headers.Add("x-Test", "1")
		x.Response.Stream, x.Response.StreamLength = s, length
	}}
}

// readUntil reads until the text ends with end.
func readUntil(t *testing.T, r *bufio.Reader, end string) string {
	t.Helper()
	var b strings.Builder
	for !strings.HasSuffix(b.String(), end) {
		c, err := r.ReadByte()
		if err != nil {
			t.Fatalf("after %q: %v", b.String(), err)
		}
		b.WriteByte(c)
	}
	return b.String()
}

// The head is sent before the body begins, and each piece when it is there.
func TestStreamedResponse(t *testing.T) {
	s := newStream()
	_, addr := start(t, listen.Config{Handler: streaming(s, -1)})
	c := dial(t, addr)
	r := bufio.NewReader(c)
	send(t, c, "GET / HTTP/1.1\nHost: a\n\n")
	head := readUntil(t, r, "\r\n\r\n")
	for _, line := range []string{"HTTP/1.1 200 OK\r\n", "x-Test: 1\r\n", "Transfer-Encoding: chunked\r\n", "Connection: keep-alive\r\n"} {
		if !strings.Contains(head, line) {
			t.Errorf("head %q has no %q", head, line)
		}
	}
	s.pieces <- "hello"
	if got := readUntil(t, r, "hello\r\n"); got != "5\r\nhello\r\n" {
		t.Errorf("got %q", got)
	}
	s.pieces <- strings.Repeat("x", 32<<10)
	if got := readUntil(t, r, "x\r\n"); len(got) != 32<<10+8 || !strings.HasPrefix(got, "8000\r\n") {
		t.Errorf("got %d bytes", len(got))
	}
	close(s.pieces)
	if got := readUntil(t, r, "\r\n\r\n"); got != "0\r\n\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestStreamedFraming(t *testing.T) {
	tests := []struct {
		name, request string
		length        int64
		fail          error
		want          string // what follows Date and x-Test
	}{
		{"length known", "GET / HTTP/1.1\nHost: a\nConnection: close\n\n", 5, nil, "Content-Length: 5\r\nConnection: close\r\n\r\nhello"},
		{"HTTP/1.0", "GET / HTTP/1.0\nHost: a\n\n", -1, nil, "Connection: close\r\n\r\nhello"},
		{"HTTP/1.0, length known", "GET / HTTP/1.0\nHost: a\n\n", 5, nil, "Content-Length: 5\r\nConnection: close\r\n\r\nhello"},
		{"shorter than its length", "GET / HTTP/1.1\nHost: a\n\n", 9, nil, "Content-Length: 9\r\nConnection: keep-alive\r\n\r\nhello"},
		{"longer than its length", "GET / HTTP/1.1\nHost: a\n\n", 3, nil, "Content-Length: 3\r\nConnection: keep-alive\r\n\r\nhel"},
		{"broken off", "GET / HTTP/1.1\nHost: a\n\n", -1, errors.New("gone"), "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5\r\nhello\r\n"},
		{"broken off, length known", "GET / HTTP/1.1\nHost: a\n\n", 9, errors.New("gone"), "Content-Length: 9\r\nConnection: keep-alive\r\n\r\nhello"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStream()
			s.fail = tt.fail
			s.pieces <- "hello"
			close(s.pieces)
			_, addr := start(t, listen.Config{Handler: streaming(s, tt.length)})
			c := dial(t, addr)
			send(t, c, tt.request)
			if _, got, _ := strings.Cut(all(t, c), "x-Test: 1\r\n"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A connection serves further requests after a stream, also those that were sent meanwhile.
func TestRequestsAfterStream(t *testing.T) {
	s := newStream()
	h := streaming(s, -1)
	stream := h.serve
	h.serve = func(x *gateway.Exchange) {
		if x.Request.Target == "/stream" {
			stream(x)
			return
		}
		echo(x)
	}
	_, addr := start(t, listen.Config{Handler: h})
	c := dial(t, addr)
	r := bufio.NewReader(c)
	send(t, c, "GET /stream HTTP/1.1\nHost: a\n\n")
	readUntil(t, r, "\r\n\r\n")
	send(t, c, "GET /next HTTP/1.1\nHost: a\n\n")
	s.pieces <- "hello"
	close(s.pieces)
	readUntil(t, r, "0\r\n\r\n")
	if _, body := response(t, r, "GET"); !strings.HasPrefix(body, "GET /next ") {
		t.Errorf("got %q", body)
	}
	send(t, c, "GET /last HTTP/1.1\nHost: a\n\n")
	if _, body := response(t, r, "GET"); !strings.HasPrefix(body, "GET /last ") {
		t.Errorf("got %q", body)
	}
}

// A client that goes away ends a stream that has nothing to say.
func TestStreamClientGone(t *testing.T) {
	s := newStream()
	_, addr := start(t, listen.Config{Handler: streaming(s, -1)})
	c := dial(t, addr)
	send(t, c, "GET / HTTP/1.1\nHost: a\n\n")
	readUntil(t, bufio.NewReader(c), "\r\n\r\n")
	c.Close()
	select {
	case <-s.interrupted:
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on")
	}
}

// A stream that is under way when a drain begins is sent to its end.
func TestStreamDrain(t *testing.T) {
	s := newStream()
	server, addr := start(t, listen.Config{Handler: streaming(s, -1)})
	c := dial(t, addr)
	r := bufio.NewReader(c)
	send(t, c, "GET / HTTP/1.1\nHost: a\n\n")
	readUntil(t, r, "\r\n\r\n")
	done := make(chan error, 1)
	go func() { done <- server.Shutdown(context.Background()) }()
	s.pieces <- "hello"
	if got := readUntil(t, r, "hello\r\n"); got != "5\r\nhello\r\n" {
		t.Errorf("got %q", got)
	}
	select {
	case err := <-done:
		t.Fatalf("Shutdown = %v in the middle of a stream", err)
	default:
	}
	close(s.pieces)
	if got := readUntil(t, r, "\r\n\r\n"); got != "0\r\n\r\n" {
		t.Errorf("got %q", got)
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
}
