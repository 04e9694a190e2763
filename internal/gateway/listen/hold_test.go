package listen_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
)

// However requests are cut on their way, each is answered, in turn and once.
func TestRequestsInPieces(t *testing.T) {
	requests := strings.ReplaceAll("GET /a HTTP/1.1\nHost: a\n\n"+
		"POST /b HTTP/1.1\nHost: a\nContent-Length: 5\n\nsized"+
		"\nPOST /c HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n"+
		"HEAD /d HTTP/1.1\nHost: a\n\n", "\n", "\r\n")
	want := []string{"GET /a", "POST /b", "POST /c", "HEAD /d"}
	h := &handler{serve: func(x *gateway.Exchange) {
		x.Response.Status = 200
		x.Response.Headers.Add("X-Request", x.Request.Method+" "+x.Request.Target)
		x.Response.Body = append(x.Response.Body[:0], x.Request.Body...)
	}}
	_, addr := start(t, listen.Config{Handler: h})
	c := dial(t, addr)
	if err := c.(*net.TCPConn).SetNoDelay(true); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for cut := 1; cut < len(requests); cut++ {
		go func() {
			for piece := range pieces(requests, cut) {
				if _, err := io.WriteString(c, piece); err != nil {
					t.Error(err)
					return
				}
			}
		}()
		for i, name := range want {
			method, _, _ := strings.Cut(name, " ")
			resp, body := response(t, r, method)
			wantBody := []string{"", "sized", "abc", ""}[i]
			if got := resp.Header.Get("X-Request"); got != name || body != wantBody {
				t.Fatalf("in pieces of %d: answer %d is to %q with body %q, want %q with %q", cut, i, got, body, name, wantBody)
			}
		}
	}
	if got, want := int(h.calls.Load()), len(want)*(len(requests)-1); got != want {
		t.Errorf("%d calls for %d requests", got, want)
	}
}

// pieces cuts a text into pieces of at most n bytes.
func pieces(text string, n int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > 0 {
			k := min(n, len(text))
			if !yield(text[:k]) {
				return
			}
			text = text[k:]
		}
	}
}

// A client that says with its request that it sends nothing more gets its answer, and then the end of the connection
// long before an idle one is closed.
func TestClientThatSendsNothingMore(t *testing.T) {
	_, addr := start(t, listen.Config{Handler: new(handler), IdleTimeout: time.Hour})
	for _, requests := range []int{1, 3} {
		c := dial(t, addr)
		send(t, c, strings.Repeat("GET / HTTP/1.1\nHost: a\n\n", requests))
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(all(t, c), "HTTP/1.1 200 OK"); n != requests {
			t.Errorf("%d answers to %d requests", n, requests)
		}
	}
}

// A request that comes while the one before it is served is not overlooked.
func TestRequestDuringRequest(t *testing.T) {
	serving, proceed := make(chan struct{}), make(chan struct{})
	h := &handler{serve: func(x *gateway.Exchange) {
		if x.Request.Target == "/first" {
			serving <- struct{}{}
			<-proceed
		}
		echo(x)
	}}
	_, addr := start(t, listen.Config{Handler: h})
	c := dial(t, addr)
	r := bufio.NewReader(c)
	for n := range 20 {
		send(t, c, "GET /first HTTP/1.1\nHost: a\n\n")
		<-serving
		send(t, c, fmt.Sprintf("GET /second%d HTTP/1.1\nHost: a\n\n", n))
		proceed <- struct{}{}
		response(t, r, "GET")
		if _, body := response(t, r, "GET"); !strings.HasPrefix(body, fmt.Sprintf("GET /second%d ", n)) {
			t.Fatalf("answer %q", body)
		}
	}
}
