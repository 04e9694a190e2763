package listen_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"

	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
)

// startTLS runs a server with TLS and returns it with its address and a client that trusts it.
func startTLS(t *testing.T, cfg listen.Config) (*listen.Server, string, *http.Client) {
	t.Helper()
	authority, err := certificate.OpenAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := listen.New(cfg)
	served := make(chan error, 1)
	go func() {
		served <- s.ServeTLS(ln, certificate.NewSelector(certificate.Config{Development: authority}).Config())
	}()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.PEM())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx)
		if err := <-served; err != listen.ErrServerClosed {
			t.Errorf("ServeTLS = %v, want ErrServerClosed", err)
		}
	})
	return s, ln.Addr().String(), &http.Client{Transport: transport}
}

// exchange sends a request and returns status and body of the answer.
func exchange(t *testing.T, client *http.Client, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func newRequest(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["User-Agent"] = nil
	return req
}

// The exchange has the raw target, and all headers in lower case, sorted, with the host first.
func TestHTTP2(t *testing.T) {
	var seen gateway.Request
	h := &handler{serve: func(x *gateway.Exchange) {
		echo(x)
		seen = x.Request
		x.Response.Headers.Add("x-test", "2")
	}}
	_, addr, client := startTLS(t, listen.Config{Handler: h})
	req := newRequest(t, "POST", "https://"+addr+"/v1//a%2Fb/?b=1&a=%20&a=", strings.NewReader("body"))
	req.Host = "API.example.com"
	req.Header["X-Two"] = []string{"b", "a"}
	req.Header["A-One"] = []string{"1"}
	resp, body := exchange(t, client, req)
	if resp.ProtoMajor != 2 || resp.TLS.Version != tls.VersionTLS13 {
		t.Errorf("got %s over %x, want HTTP/2 over TLS 1.3", resp.Proto, resp.TLS.Version)
	}
	want := "POST /v1//a%2Fb/?b=1&a=%20&a= host=API.example.com\nHost: API.example.com\na-one: 1\ncontent-length: 4\nx-two: b\nx-two: a\n\nbody"
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("request differs (-want +got):\n%s", diff)
	}
	if !seen.FoldNames || !seen.TLS || seen.PeerIP != "127.0.0.1" || seen.Security.Version != tls.VersionTLS13 {
		t.Errorf("got %+v, want a request over TLS 1.3 whose names are folded", seen)
	}
	if diff := cmp.Diff([]string{"1", "2"}, resp.Header["X-Test"]); diff != "" {
		t.Errorf("headers of the answer differ (-want +got):\n%s", diff)
	}
	for _, name := range []string{"Connection", "Content-Type", "Transfer-Encoding"} {
		if _, there := resp.Header[name]; there {
			t.Errorf("the answer has %s", name)
		}
	}
	resp, body = exchange(t, client, newRequest(t, "HEAD", "https://"+addr+"/", nil))
	if body != "" || resp.ContentLength != 0 {
		t.Errorf("HEAD: got %q and length %d, want nothing", body, resp.ContentLength)
	}
}

// A client that does not speak HTTP/2 gets HTTP/1.1, with the case of its headers.
func TestHTTP1OverTLS(t *testing.T) {
	_, addr, client := startTLS(t, listen.Config{Handler: &handler{}})
	c := client.Transport.(*http.Transport).TLSClientConfig.Clone()
	c.ServerName = "localhost"
	conn, err := tls.Dial("tcp", addr, c)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	send(t, conn, "GET /x HTTP/1.1\nHost: a\nX-aB: 1\nConnection: close\n\n")
	if got := all(t, conn); !strings.HasSuffix(got, "GET /x host=a\nHost: a\nX-aB: 1\nConnection: close\n\n") {
		t.Errorf("got %q, want the request as it was sent", got)
	}
}

func TestHTTP2Limits(t *testing.T) {
	_, addr, client := startTLS(t, listen.Config{Handler: &handler{}, MaxBodyBytes: 1 << 20})
	long := func(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }
	tests := []struct {
		name   string
		target string
		header int // bytes of a header
		body   io.Reader
		want   int
	}{
		{"longest body", "/", 0, long(1 << 20), 200},
		{"declared body", "/", 0, long(1<<20 + 1), 413},
		{"undeclared body", "/", 0, io.MultiReader(long(1<<20 + 1)), 413},
		{"target", "/" + strings.Repeat("a", gateway.MaxTargetBytes), 0, nil, 414},
		{"headers", "/", gateway.MaxHeaderBytes, nil, 431},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := newRequest(t, "POST", "https://"+addr+tt.target, tt.body)
			req.Header.Set("X-Long", strings.Repeat("a", tt.header))
			resp, body := exchange(t, client, req)
			if resp.StatusCode != tt.want || tt.want != 200 && body != "refused" {
				t.Errorf("got %d %.40q, want %d", resp.StatusCode, body, tt.want)
			}
		})
	}
}

// The pieces of a streamed response arrive one by one; a client that leaves interrupts it, and one that breaks off
// is no whole answer.
func TestHTTP2Stream(t *testing.T) {
	s := newStream()
	h := streaming(s, -1)
	_, addr, client := startTLS(t, listen.Config{Handler: h})
	resp, err := client.Do(newRequest(t, "GET", "https://"+addr+"/", nil))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		piece := fmt.Sprintf("piece %d", i)
		s.pieces <- piece
		got := make([]byte, len(piece))
		if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != piece {
			t.Fatalf("got %q, %v, want %q", got, err, piece)
		}
	}
	resp.Body.Close()
	select {
	case <-s.interrupted:
	case <-time.After(5 * time.Second):
		t.Error("the endpoint was not interrupted when the client left")
	}

	broken := newStream()
	broken.fail = errors.New("broken")
	h.serve = streaming(broken, -1).serve
	broken.pieces <- "piece"
	close(broken.pieces)
	resp, err = client.Do(newRequest(t, "GET", "https://"+addr+"/", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("got %q without an error, want the stream reset", got)
	}
}

// A panic is one answer; the connection goes on.
func TestHTTP2Panic(t *testing.T) {
	h := &handler{serve: func(x *gateway.Exchange) {
		if x.Request.Target == "/panic" {
			panic("test")
		}
		echo(x)
	}}
	_, addr, client := startTLS(t, listen.Config{Handler: h})
	for target, want := range map[string]int{"/panic": 500, "/": 200} {
		if resp, _ := exchange(t, client, newRequest(t, "GET", "https://"+addr+target, nil)); resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", target, resp.StatusCode, want)
		}
	}
}

// A drain lets the requests in flight be answered, and waits for no idle connection.
func TestHTTP2Drain(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	h := &handler{serve: func(x *gateway.Exchange) {
		if x.Request.Target == "/slow" {
			close(begun)
			<-finish
		}
		echo(x)
	}}
	s, addr, client := startTLS(t, listen.Config{Handler: h})
	exchange(t, client, newRequest(t, "GET", "https://"+addr+"/", nil))
	answered := make(chan int, 1)
	go func() {
		resp, err := client.Do(newRequest(t, "GET", "https://"+addr+"/slow", nil))
		if err != nil {
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-begun
	drained := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		drained <- s.Shutdown(ctx)
	}()
	select {
	case err := <-drained:
		t.Fatalf("drained with a request in flight: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(finish)
	if got := <-answered; got != 200 {
		t.Errorf("the request in flight: got %d, want 200", got)
	}
	if err := <-drained; err != nil {
		t.Errorf("drain: %v", err)
	}
}

// A drain whose time is over breaks what is left, handshakes that never end included.
func TestTLSDrainTimeout(t *testing.T) {
	block := make(chan struct{})
	begun := make(chan struct{})
	h := &handler{serve: func(x *gateway.Exchange) {
		close(begun)
		<-block
		echo(x)
	}}
	s, addr, client := startTLS(t, listen.Config{Handler: h})
	silent := dial(t, addr)
	failed := make(chan struct{})
	go func() {
		defer close(failed)
		resp, err := client.Do(newRequest(t, "GET", "https://"+addr+"/", nil))
		if err == nil {
			resp.Body.Close()
			t.Error("got an answer, want the connection broken")
		}
	}()
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown = %v, want the context's error", err)
	}
	<-failed
	close(block)
	if _, err := io.ReadAll(silent); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the silent connection: %v, want it closed", err)
	}
}

// Clients that do not send what they announced, or do not read what they asked for, are let go.
func TestHTTP2SlowClients(t *testing.T) {
	h := &handler{serve: func(x *gateway.Exchange) {
		x.Response.Status = 200
		x.Response.Body = make([]byte, 8<<20)
	}}
	_, addr, client := startTLS(t, listen.Config{
		Handler: h, BodyTimeout: 50 * time.Millisecond, WriteTimeout: 100 * time.Millisecond,
		Logger: slog.New(slog.DiscardHandler),
	})
	t.Run("a body that does not come", func(t *testing.T) {
		silent, stop := io.Pipe()
		defer stop.Close()
		resp, err := client.Do(newRequest(t, "POST", "https://"+addr+"/", silent))
		if err == nil {
			resp.Body.Close()
			t.Errorf("got %d, want the stream reset", resp.StatusCode)
		}
		if h.calls.Load() != 0 {
			t.Error("the handler was called without the body")
		}
	})
	t.Run("an answer that nobody reads", func(t *testing.T) {
		resp, err := client.Do(newRequest(t, "GET", "https://"+addr+"/", nil))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		// The window of the stream is smaller than the answer: without reading, the rest can't be sent.
		<-time.After(500 * time.Millisecond)
		if n, err := io.Copy(io.Discard, resp.Body); err == nil {
			t.Errorf("got the whole answer of %d bytes, want the stream reset", n)
		}
	})
}

// A connection that makes no handshake is closed in time.
func TestHandshakeTimeout(t *testing.T) {
	_, addr, _ := startTLS(t, listen.Config{Handler: &handler{}, HandshakeTimeout: 50 * time.Millisecond})
	if got := all(t, dial(t, addr)); got != "" {
		t.Errorf("got %q, want the connection closed", got)
	}
}

// HTTP/2 is not spoken over what it prohibits, whatever suites a security policy has.
func TestInadequateSecurity(t *testing.T) {
	suites := []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}
	authority, err := certificate.OpenAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	selector := certificate.NewSelector(certificate.Config{Development: authority})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := listen.New(listen.Config{Handler: &handler{}})
	served := make(chan error, 1)
	go func() {
		served <- s.ServeTLS(ln, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			config, err := selector.ConfigForClient(hello)
			if err != nil {
				return nil, err
			}
			config = config.Clone()
			config.CipherSuites = suites
			return config, nil
		}})
	}()
	t.Cleanup(func() {
		_ = s.Shutdown(context.Background())
		<-served
	})
	conn, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{
		InsecureSkipVerify: true, ServerName: "localhost", NextProtos: []string{"h2"}, MaxVersion: tls.VersionTLS12, CipherSuites: suites,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	framer := http2.NewFramer(conn, conn)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatalf("got %v, want a GOAWAY frame", err)
		}
		if away, ok := frame.(*http2.GoAwayFrame); ok {
			if away.ErrCode != http2.ErrCodeInadequateSecurity {
				t.Errorf("got %v, want %v", away.ErrCode, http2.ErrCodeInadequateSecurity)
			}
			return
		}
	}
}
