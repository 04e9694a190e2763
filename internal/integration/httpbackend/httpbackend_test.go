package httpbackend_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/httpbackend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script serves raw connections: serve gets each with its number, from 1.
func script(t *testing.T, serve func(n int, c net.Conn, r *bufio.Reader)) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { ln.Close(); <-done })
	go func() {
		defer close(done)
		for n := 1; ; n++ {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(20 * time.Second))
				serve(n, c, bufio.NewReader(c))
			}()
		}
	}()
	return ln.Addr().String()
}

// answering serves every request of every connection with the raw answer.
func answering(t *testing.T, answer string) string {
	return script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for readRequest(r) != nil {
			if _, err := io.WriteString(c, answer); err != nil || strings.Contains(answer, "Connection: close") {
				return
			}
		}
	})
}

// readRequest reads a request with its body; nil at the end of the connection.
func readRequest(r *bufio.Reader) *http.Request {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil
	}
	return req
}

// newBackend returns a back end that is closed with the test.
func newBackend(t *testing.T, cfg httpbackend.Config) *httpbackend.Backend {
	t.Helper()
	b := httpbackend.New(cfg)
	t.Cleanup(b.Close)
	return b
}

// request returns a GET request to addr.
func request(addr string) *integration.Request {
	return &integration.Request{
		Method:           "GET",
		URI:              integration.URI{Scheme: "http", Host: addr, Path: "/"},
		Timeout:          10 * time.Second,
		MaxResponseBytes: 1 << 20,
	}
}

func TestRequestOnTheWire(t *testing.T) {
	tests := []struct {
		name, method string
		uri          integration.URI
		headers      header.List
		body         string
		want         string
	}{
		{"as given", "GET", integration.URI{Path: "/a%2Fb//c/../d", Query: "x=1&&x=%20;"},
			header.List{{Name: "x-B", Value: "1"}, {Name: "X-a", Value: "2"}, {Name: "x-B", Value: "3"}}, "",
			"GET /a%2Fb//c/../d?x=1&&x=%20; HTTP/1.1\r\nHost: ADDR\r\nx-B: 1\r\nX-a: 2\r\nx-B: 3\r\n\r\n"},
		{"host mapped", "GET", integration.URI{Path: "/"}, header.List{{Name: "x", Value: "1"}, {Name: "hOST", Value: "other"}}, "",
			"GET / HTTP/1.1\r\nx: 1\r\nhOST: other\r\n\r\n"},
		{"body", "POST", integration.URI{Path: "/"}, nil, "hello", "POST / HTTP/1.1\r\nHost: ADDR\r\nContent-Length: 5\r\n\r\nhello"},
		{"no body with POST", "POST", integration.URI{Path: "/"}, nil, "", "POST / HTTP/1.1\r\nHost: ADDR\r\nContent-Length: 0\r\n\r\n"},
		{"no body with DELETE", "DELETE", integration.URI{}, nil, "", "DELETE / HTTP/1.1\r\nHost: ADDR\r\n\r\n"},
		{"body with DELETE", "DELETE", integration.URI{Path: "/"}, nil, "x", "DELETE / HTTP/1.1\r\nHost: ADDR\r\nContent-Length: 1\r\n\r\nx"},
		{"framing is ours", "POST", integration.URI{Path: "/"},
			header.List{{Name: "content-length", Value: "9"}, {Name: "transfer-encoding", Value: "chunked"}, {Name: "connection", Value: "close"}}, "x",
			"POST / HTTP/1.1\r\nHost: ADDR\r\nContent-Length: 1\r\n\r\nx"},
		{"no second line in a value", "GET", integration.URI{Path: "/"}, header.List{{Name: "X", Value: "a\r\nY: b"}}, "",
			"GET / HTTP/1.1\r\nHost: ADDR\r\nX: a  Y: b\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := make(chan string, 1)
			addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
				var text bytes.Buffer
				if readRequest(bufio.NewReader(io.TeeReader(r, &text))) == nil {
					return
				}
				got <- text.String()
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			})
			req := request(addr)
			req.Method, req.URI, req.Headers, req.Body = tt.method, tt.uri, tt.headers, []byte(tt.body)
			req.URI.Scheme, req.URI.Host = "http", addr
			var resp integration.Response
			if err := newBackend(t, httpbackend.Config{}).Call(t.Context(), req, &resp); err != nil {
				t.Fatal(err)
			}
			resp.Reset()
			if diff := cmp.Diff(strings.ReplaceAll(tt.want, "ADDR", addr), <-got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	fields := func(pairs ...string) (list header.List) {
		for i := 0; i < len(pairs); i += 2 {
			list.Add(pairs[i], pairs[i+1])
		}
		return list
	}
	tests := []struct {
		name, method, answer string
		want                 integration.Response
	}{
		{"order, case and duplicates", "GET", "HTTP/1.1 201 X\r\nset-cookie: a\r\nSERVER: s\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nok",
			integration.Response{Status: 201, Headers: fields("set-cookie", "a", "SERVER", "s", "Set-Cookie", "b", "Content-Length", "2"), Body: []byte("ok")}},
		{"chunked", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: u\r\n\r\n",
			integration.Response{Status: 200, Headers: fields("Transfer-Encoding", "chunked"), Body: []byte("abc")}},
		{"to the end", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it",
			integration.Response{Status: 200, Headers: fields("Connection", "close"), Body: []byte("all of it")}},
		{"redirect is not followed", "GET", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
			integration.Response{Status: 302, Headers: fields("Location", "http://127.0.0.1:1/", "Content-Length", "0"), Body: []byte{}}},
		{"compression is kept", "GET", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x00",
			integration.Response{Status: 200, Headers: fields("Content-Encoding", "gzip", "Content-Length", "3"), Body: []byte("\x1f\x8b\x00")}},
		{"interim answers", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz",
			integration.Response{Status: 200, Headers: fields("Content-Length", "1"), Body: []byte("z")}},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
			integration.Response{Status: 200, Headers: fields("Content-Length", "100"), Body: []byte{}}},
		{"no content", "GET", "HTTP/1.1 204 No Content\r\n\r\n", integration.Response{Status: 204, Headers: header.List{}, Body: []byte{}}},
		{"not modified", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
			integration.Response{Status: 304, Headers: fields("Content-Length", "9"), Body: []byte{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBackend(t, httpbackend.Config{})
			req := request(answering(t, tt.answer))
			req.Method = tt.method
			// The second call shows that the first one read exactly its answer.
			for range 2 {
				var got integration.Response
				if err := b.Call(t.Context(), req, &got); err != nil {
					t.Fatal(err)
				}
				owner := got.Owner
				got.Owner = nil
				if diff := cmp.Diff(tt.want, got, cmp.Transformer("bytes", func(b []byte) string { return string(b) }), cmp.Transformer("list", func(l header.List) []header.Field { return append([]header.Field{}, l...) })); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				owner.Release()
			}
		})
	}
}

func TestFailures(t *testing.T) {
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing.Close()
	silent := func(t *testing.T) string {
		return script(t, func(_ int, _ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) })
	}
	answer := func(text string) func(t *testing.T) string {
		return func(t *testing.T) string { return answering(t, text) }
	}
	address := func(host string) func(t *testing.T) string {
		return func(*testing.T) string { return host }
	}
	const head = "HTTP/1.1 200 OK\r\n"
	tests := []struct {
		name string
		addr func(t *testing.T) string
		want integration.Kind
	}{
		{"refused", address(refusing.Addr().String()), integration.Network},
		{"closed without an answer", answer("Connection: close\r\n\r\n"), integration.Network},
		{"garbage", answer("220 smtp ready\r\n\r\n"), integration.Network},
		{"closed inside the head", answer(head + "Connection: close\r\n"), integration.Network},
		{"closed inside the body", answer(head + "Connection: close\r\nContent-Length: 5\r\n\r\nabc"), integration.Network},
		{"closed inside a chunk", answer(head + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"), integration.Network},
		{"malformed chunk", answer(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"), integration.Network},
		{"head without end", answer(head + "X: " + strings.Repeat("x", 300_000)), integration.Network},
		{"another protocol", answer("HTTP/1.1 101 Switching Protocols\r\n\r\n"), integration.Network},
		{"endless interim answers", answer(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 20)), integration.Network},
		{"silence", silent, integration.Timeout},
		{"silence inside the body", answer(head + "Content-Length: 5\r\n\r\nabc"), integration.Timeout},
		{"too large", answer(head + "Content-Length: 2000000\r\n\r\n"), integration.TooLarge},
		{"too large in chunks", answer(head + "Transfer-Encoding: chunked\r\n\r\n200000\r\n"), integration.TooLarge},
		{"no host", address(""), integration.InvalidAddress},
		{"no host but a port", address(":8080"), integration.InvalidAddress},
		{"port 22", address("127.0.0.1:22"), integration.InvalidAddress},
		{"port 1023", address("127.0.0.1:1023"), integration.InvalidAddress},
		{"port 70000", address("127.0.0.1:70000"), integration.InvalidAddress},
		{"port by name", address("127.0.0.1:http"), integration.InvalidAddress},
		{"user information", address("user@127.0.0.1:8080"), integration.InvalidAddress},
		{"blank in the host", address("a b"), integration.InvalidAddress},
		{"unknown host", address("no-such-host.invalid"), integration.InvalidAddress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := request(tt.addr(t))
			if tt.want == integration.Timeout {
				req.Timeout = 100 * time.Millisecond
			}
			var resp integration.Response
			err := newBackend(t, httpbackend.Config{Resolver: noResolver()}).Call(t.Context(), req, &resp)
			if got := kindOf(t, err); got != tt.want {
				t.Errorf("%v: kind %v, want %v", err, got, tt.want)
			}
		})
	}
}

// noResolver finds no name, without asking the network.
func noResolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server in tests")
	}}
}

// kindOf returns the kind of a failed call.
func kindOf(t *testing.T, err error) integration.Kind {
	t.Helper()
	var e *integration.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want an *integration.Error", err)
	}
	return e.Kind
}

func TestOtherInvalidRequests(t *testing.T) {
	b := newBackend(t, httpbackend.Config{})
	for name, change := range map[string]func(*integration.URI){
		"scheme":           func(u *integration.URI) { u.Scheme = "ftp" },
		"no scheme":        func(u *integration.URI) { u.Scheme = "" },
		"blank in path":    func(u *integration.URI) { u.Path = "/a b" },
		"line in path":     func(u *integration.URI) { u.Path = "/a\r\nX: y" },
		"control in query": func(u *integration.URI) { u.Query = "a\tb" },
	} {
		req := request("127.0.0.1:8080")
		change(&req.URI)
		if got := kindOf(t, b.Call(t.Context(), req, new(integration.Response))); got != integration.InvalidAddress {
			t.Errorf("%s: kind %v, want InvalidAddress", name, got)
		}
	}
}

func TestConnectionsAreReused(t *testing.T) {
	var conns atomic.Int32
	addr := script(t, func(n int, c net.Conn, r *bufio.Reader) {
		conns.Store(int32(n))
		for readRequest(r) != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
		}
	})
	b := newBackend(t, httpbackend.Config{})
	for range 20 {
		call(t, b, request(addr))
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections for calls one after the other, want 1", n)
	}
}

// call makes a call that must succeed and returns the body.
func call(t *testing.T, b *httpbackend.Backend, req *integration.Request) string {
	t.Helper()
	var resp integration.Response
	if err := b.Call(t.Context(), req, &resp); err != nil {
		t.Fatal(err)
	}
	defer resp.Reset()
	return string(resp.Body)
}

// A connection on which the answer had no marked end, or that the endpoint wants closed, or on which
// more came than asked for, is not used again.
func TestConnectionsAreNotReused(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nstolen!",
	} {
		var conns atomic.Int32
		addr := script(t, func(n int, c net.Conn, r *bufio.Reader) {
			conns.Store(int32(n))
			for readRequest(r) != nil {
				_, _ = io.WriteString(c, answer)
			}
		})
		b := newBackend(t, httpbackend.Config{})
		for range 3 {
			if body := call(t, b, request(addr)); body != "x" {
				t.Errorf("%q: body %q", answer, body)
			}
		}
		if n := conns.Load(); n != 3 {
			t.Errorf("%q: %d connections for 3 calls, want 3", answer, n)
		}
	}
}

// An endpoint that closes idle connections costs idempotent calls a second try and others the call.
func TestRetryOnReusedConnection(t *testing.T) {
	tests := []struct {
		name, method string
		body         int
		wantRetry    bool
	}{
		{"GET", "GET", 0, true}, {"PUT", "PUT", 10, true}, {"PUT, long", "PUT", 1 << 20, true}, {"POST", "POST", 10, false}, {"PATCH", "PATCH", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The first connection serves one request and hangs up at the second; it can't be seen before.
			addr := script(t, func(n int, c net.Conn, r *bufio.Reader) {
				for i := 0; readRequest(r) != nil && (n > 1 || i == 0); i++ {
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
				}
			})
			b := newBackend(t, httpbackend.Config{})
			call(t, b, request(addr))
			req := request(addr)
			req.Method, req.Body = tt.method, make([]byte, tt.body)
			var resp integration.Response
			err := b.Call(t.Context(), req, &resp)
			resp.Reset()
			if tt.wantRetry && err != nil {
				t.Errorf("error %v, want a second try", err)
			}
			if !tt.wantRetry && (err == nil || kindOf(t, err) != integration.Network) {
				t.Errorf("error %v, want a network error", err)
			}
		})
	}
}

// Once a byte of the answer has come there is no second try, and none on a fresh connection.
func TestNoRetry(t *testing.T) {
	var requests atomic.Int32
	addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for readRequest(r) != nil {
			if requests.Add(1) == 1 {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
				continue
			}
			_, _ = io.WriteString(c, "H")
			return
		}
	})
	b := newBackend(t, httpbackend.Config{})
	call(t, b, request(addr))
	err := b.Call(t.Context(), request(addr), new(integration.Response))
	if n := requests.Load(); n != 2 || err == nil {
		t.Errorf("%d requests, error %v; want 2 and a failure", n, err)
	}
}

// A connection that the endpoint closed while it was idle is not used, not even for POST.
func TestDeadIdleConnection(t *testing.T) {
	closed := make(chan struct{})
	addr := script(t, func(n int, c net.Conn, r *bufio.Reader) {
		for readRequest(r) != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
			if n == 1 {
				c.Close()
				close(closed)
				return
			}
		}
	})
	b := newBackend(t, httpbackend.Config{})
	b.TrustNoIdleConnection()
	call(t, b, request(addr))
	<-closed
	req := request(addr)
	req.Method = "POST"
	call(t, b, req)
}

func TestPoolIsBounded(t *testing.T) {
	const limit, calls = 3, 12
	var open, most atomic.Int32
	addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		n := open.Add(1)
		defer open.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		for readRequest(r) != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
		}
	})
	b := newBackend(t, httpbackend.Config{MaxConnections: limit, MaxIdleConnections: 1})
	errs := make(chan error)
	for range calls {
		go func() {
			var resp integration.Response
			errs <- b.Call(context.Background(), request(addr), &resp)
			resp.Reset()
		}()
	}
	for range calls {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := most.Load(); n > limit {
		t.Errorf("%d connections at once, want at most %d", n, limit)
	}
}

func TestWaitingForAConnectionEnds(t *testing.T) {
	entered := make(chan struct{}, 1)
	addr := script(t, func(_ int, _ net.Conn, r *bufio.Reader) {
		readRequest(r)
		entered <- struct{}{}
		_, _ = io.Copy(io.Discard, r)
	})
	b := newBackend(t, httpbackend.Config{MaxConnections: 1})
	held := make(chan error, 1)
	go func() { held <- b.Call(context.Background(), request(addr), new(integration.Response)) }()
	<-entered
	req := request(addr)
	req.Timeout = 50 * time.Millisecond
	if got := kindOf(t, b.Call(t.Context(), req, new(integration.Response))); got != integration.Timeout {
		t.Errorf("kind %v, want Timeout", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := kindOf(t, b.Call(ctx, request(addr), new(integration.Response))); got != integration.Canceled {
		t.Errorf("kind %v, want Canceled", got)
	}
	b.Close()
	if err := <-held; err == nil {
		t.Error("a call in flight survived Close")
	}
	if err := b.Call(t.Context(), request(addr), new(integration.Response)); err == nil {
		t.Error("a call after Close succeeded")
	}
}

func TestCancel(t *testing.T) {
	entered := make(chan struct{}, 1)
	addr := script(t, func(_ int, _ net.Conn, r *bufio.Reader) {
		readRequest(r)
		entered <- struct{}{}
		_, _ = io.Copy(io.Discard, r)
	})
	b := newBackend(t, httpbackend.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	if got := kindOf(t, b.Call(ctx, request(addr), new(integration.Response))); got != integration.Canceled {
		t.Errorf("kind %v, want Canceled", got)
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	closed := make(chan struct{})
	addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for readRequest(r) != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
		}
		close(closed)
	})
	call(t, newBackend(t, httpbackend.Config{IdleTimeout: 20 * time.Millisecond}), request(addr))
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Error("the idle connection is still open")
	}
}

// An endpoint that answers while it is still being sent to does not block the call.
func TestLongBodies(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<19) // 8 MiB
	t.Run("echoed piece by piece", func(t *testing.T) {
		addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", req.ContentLength)
			_, _ = io.Copy(c, req.Body)
		})
		req := request(addr)
		req.Method, req.Body, req.MaxResponseBytes = "POST", body, len(body)
		if got := call(t, newBackend(t, httpbackend.Config{}), req); got != string(body) {
			t.Errorf("%d bytes came back, want %d", len(got), len(body))
		}
	})
	t.Run("refused without reading", func(t *testing.T) {
		addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
			if _, err := http.ReadRequest(r); err == nil {
				_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")
				_, _ = io.Copy(io.Discard, r)
			}
		})
		req := request(addr)
		req.Method, req.Body = "POST", body
		var resp integration.Response
		if err := newBackend(t, httpbackend.Config{}).Call(t.Context(), req, &resp); err != nil || resp.Status != 413 {
			t.Errorf("status %d, error %v; want 413", resp.Status, err)
		}
		resp.Reset()
	})
}

func TestGuard(t *testing.T) {
	addr := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	var asked netip.Addr
	b := newBackend(t, httpbackend.Config{Guard: func(a netip.Addr) error {
		asked = a
		return errors.New("not this one")
	}})
	err := b.Call(t.Context(), request(addr), new(integration.Response))
	if kindOf(t, err) != integration.InvalidAddress || !strings.Contains(err.Error(), "not this one") {
		t.Errorf("error %v, want an invalid address", err)
	}
	if want := netip.MustParseAddr("127.0.0.1"); asked != want {
		t.Errorf("guard was asked about %v, want %v", asked, want)
	}
	trusted := request(addr)
	trusted.Trusted = true
	var resp integration.Response
	if err := b.Call(t.Context(), trusted, &resp); err != nil {
		t.Errorf("trusted address: %v", err)
	}
	resp.Reset()
	if err := b.Call(t.Context(), request(addr), &resp); kindOf(t, err) != integration.InvalidAddress {
		t.Errorf("a connection to a trusted address was lent: %v", err)
	}
}

func BenchmarkCall(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchmarkCall(b, size) })
	}
}

func benchmarkCall(b *testing.B, size int) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: " + fmt.Sprint(size) + "\r\n\r\n" + strings.Repeat("x", size))
		buffer := make([]byte, 4096)
		for {
			if _, err := c.Read(buffer); err != nil {
				return
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	}()
	backend := httpbackend.New(httpbackend.Config{})
	defer backend.Close()
	req := request(ln.Addr().String())
	req.Headers = header.List{{Name: "Accept", Value: "*/*"}, {Name: "User-Agent", Value: "bench"}}
	var resp integration.Response
	b.ReportAllocs()
	for b.Loop() {
		if err := backend.Call(context.Background(), req, &resp); err != nil {
			b.Fatal(err)
		}
		resp.Reset()
	}
}

// An endpoint may take longer than a connection goes without looking whether its call is over.
func TestSlowAnswer(t *testing.T) {
	addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for readRequest(r) != nil {
			<-time.After(2 * httpbackend.LookInterval)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow")
		}
	})
	b := newBackend(t, httpbackend.Config{})
	for range 2 { // the second call over the connection of the first
		if got := call(t, b, request(addr)); got != "slow" {
			t.Errorf("got %q", got)
		}
	}
}
