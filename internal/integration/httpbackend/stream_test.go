package httpbackend_test

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/httpbackend"
)

// streamed calls addr for a streamed answer.
func streamed(t *testing.T, b *httpbackend.Backend, addr string, edit func(*integration.Request)) *integration.Response {
	t.Helper()
	req, resp := request(addr), new(integration.Response)
	req.Stream, req.StreamIdle = true, 10*time.Second
	if edit != nil {
		edit(req)
	}
	if err := b.Call(t.Context(), req, resp); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(resp.Reset)
	return resp
}

// The head arrives before the body, and each piece before the next is sent.
func TestStreamPieces(t *testing.T) {
	next := make(chan string)
	addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		readRequest(r)
		for text := range next {
			_, _ = io.WriteString(c, text)
		}
	})
	go func() { next <- "HTTP/1.1 201 Created\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n" }()
	resp := streamed(t, newBackend(t, httpbackend.Config{}), addr, nil)
	if resp.Status != 201 || resp.StreamLength != -1 || resp.Headers.Get("X-A") != "1" {
		t.Fatalf("got %d, length %d, %v", resp.Status, resp.StreamLength, resp.Headers)
	}
	buf := make([]byte, 100)
	for _, piece := range []string{"5;x=y\r\nhello\r\n", "1\r\n \r\n", "5\r\nworld\r\n"} {
		next <- piece
		want := map[string]string{"5;x=y\r\nhello\r\n": "hello", "1\r\n \r\n": " ", "5\r\nworld\r\n": "world"}[piece]
		if n, err := resp.Stream.Read(buf); err != nil || string(buf[:n]) != want {
			t.Errorf("got %q, %v, want %q", buf[:n], err, want)
		}
	}
	next <- "0\r\nTrailer: x\r\n\r\n"
	close(next)
	if n, err := resp.Stream.Read(buf); n != 0 || err != io.EOF {
		t.Errorf("got %d, %v, want EOF", n, err)
	}
}

// A connection whose streamed body was read to its end is used again, any other is not.
func TestStreamReuse(t *testing.T) {
	tests := []struct {
		name, answer string
		read         bool
		want         int // connections for two calls
	}{
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true, 1},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", true, 1},
		{"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, 1},
		{"not read", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, 2},
		{"to be closed", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", true, 2},
		{"to the end of the connection", "HTTP/1.1 200 OK\r\n\r\nhello", true, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conns := make(chan int, 10)
			addr := script(t, func(n int, c net.Conn, r *bufio.Reader) {
				conns <- n
				for readRequest(r) != nil {
					_, _ = io.WriteString(c, tt.answer)
					if tt.name == "to the end of the connection" {
						return
					}
				}
			})
			b := newBackend(t, httpbackend.Config{})
			for range 2 {
				resp := streamed(t, b, addr, nil)
				if tt.read {
					if _, err := io.ReadAll(resp.Stream); err != nil {
						t.Fatal(err)
					}
				}
				resp.Reset()
			}
			if len(conns) != tt.want {
				t.Errorf("got %d connections, want %d", len(conns), tt.want)
			}
		})
	}
}

func TestStreamFailures(t *testing.T) {
	tests := []struct {
		name, answer string
		hang         bool
		edit         func(*integration.Request)
		want         integration.Kind
	}{
		{"breaks off before its length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", false, nil, integration.Network},
		{"breaks off before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false, nil, integration.Network},
		{"no chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nrubbish\r\n", false, nil, integration.Network},
		{"silent for the idle time", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", true,
			func(r *integration.Request) { r.StreamIdle = 50 * time.Millisecond }, integration.Timeout},
		{"longer than its timeout", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", true,
			func(r *integration.Request) { r.Timeout = 300 * time.Millisecond }, integration.Timeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			release := make(chan struct{})
			addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
				readRequest(r)
				_, _ = io.WriteString(c, tt.answer)
				if tt.hang {
					<-release
				}
			})
			resp := streamed(t, newBackend(t, httpbackend.Config{}), addr, tt.edit)
			text, err := io.ReadAll(resp.Stream)
			close(release)
			if got := kindOf(t, err); got != tt.want || string(text) != "hello" {
				t.Errorf("got %q, %v, want hello and %v", text, err, tt.want)
			}
		})
	}
}

func TestStreamInterrupt(t *testing.T) {
	gone := make(chan struct{})
	addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		readRequest(r)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		_, _ = r.ReadByte() // until the gateway has closed the connection
		close(gone)
	})
	resp := streamed(t, newBackend(t, httpbackend.Config{}), addr, nil)
	failed := make(chan error)
	go func() {
		_, err := resp.Stream.Read(make([]byte, 10))
		failed <- err
	}()
	resp.Stream.Interrupt()
	if got := kindOf(t, <-failed); got != integration.Canceled {
		t.Errorf("got %v, want canceled", got)
	}
	resp.Reset()
	<-gone
}
