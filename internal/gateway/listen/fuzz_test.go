package listen_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
	"github.com/sluice-gateway/sluice/internal/http1"
)

// FuzzConnection: whatever a client sends, it gets well-formed responses, as many as the handler was
// called or refused, and the connection ends.
func FuzzConnection(f *testing.F) {
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"\r\nHEAD http://b/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	counted := &countingHandler{}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	s := listen.New(listen.Config{Handler: counted, MaxBodyBytes: 1000})
	go func() { _ = s.Serve(ln) }()
	f.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	f.Fuzz(func(t *testing.T, sent []byte) {
		counted.answers.Store(0)
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(sent) // the server may have refused and gone
		_ = c.(*net.TCPConn).CloseWrite()
		received, err := io.ReadAll(c)
		if err != nil {
			t.Fatalf("after %q: %v", received, err)
		}
		var r http1.Reader
		r.Reset(bytes.NewReader(received))
		n := 0
		for r.Wait() == nil {
			head, err := r.Head(10_000)
			var resp http1.Response
			if err != nil || http1.ParseResponse(head, &resp) != nil {
				t.Fatalf("%q answered %q", sent, received)
			}
			if resp.Status == 100 {
				continue
			}
			if body, err := r.Sized(nil, resp.ContentLength, 10_000); err != nil || resp.ContentLength < 0 {
				t.Fatalf("%q answered %q: body %q, %v", sent, received, body, err)
			}
			n++
		}
		if n != int(counted.answers.Load()) {
			t.Errorf("%q: %d responses for %d requests: %q", sent, n, counted.answers.Load(), received)
		}
	})
}

// countingHandler answers everything with a few bytes and counts. It serves one connection at a time.
type countingHandler struct{ answers atomic.Int32 }

func (h *countingHandler) Serve(_ context.Context, x *gateway.Exchange) {
	h.answers.Add(1)
	x.Response.Status = 200
	if x.Request.Method != "HEAD" {
		x.Response.Body = []byte("fine")
	}
}

func (h *countingHandler) Refuse(x *gateway.Exchange, _ gateway.Refusal) {
	h.answers.Add(1)
	x.Response.Status = 400
}
