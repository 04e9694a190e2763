package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/httpbackend"
)

// payload is what back ends answer: 1 KiB of JSON.
var payload = []byte(`{"id": 7, "name": "Rex", "note": "` + strings.Repeat("x", 1024-36) + `"}`)

// mockAnswer is what the MOCK renders; the others send it as it is.
const mockAnswer = `{"id": 7, "name": "Rex", "tags": ["a", "b"]}`

// serveRole is a server on a port that the system chooses, printed on the standard output, until ctx
// ends.
func serveRole(ctx context.Context, role, backend string) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	switch role {
	case "backend":
		return serveListen(ctx, ln, answerer{})
	case "bare":
		calls := httpbackend.New(httpbackend.Config{})
		defer calls.Close()
		return serveListen(ctx, ln, &forwarder{backend: calls, host: backend})
	case "nethttp":
		return serveNetHTTP(ctx, ln, backend)
	}
	return fmt.Errorf("unknown role %q", role)
}

// serveListen serves the handler with the gateway's listener.
func serveListen(ctx context.Context, ln net.Listener, handler listen.Handler) error {
	server := listen.New(listen.Config{Handler: handler})
	go func() {
		<-ctx.Done()
		ended, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(ended)
	}()
	if err := server.Serve(ln); err != listen.ErrServerClosed {
		return err
	}
	return nil
}

// answerer answers everything with the payload.
type answerer struct{}

// Serve answers.
func (answerer) Serve(_ context.Context, x *gateway.Exchange) {
	x.Response.Status = http.StatusOK
	x.Response.Headers.Add("Content-Type", "application/json")
	x.Response.Body = payload
}

// Refuse answers what could not be read.
func (answerer) Refuse(x *gateway.Exchange, _ gateway.Refusal) {
	x.Response.Status = http.StatusBadRequest
}

// forwarder is listener and HTTP back end with nothing in between: the floor under HTTP_PROXY.
type forwarder struct {
	answerer
	backend *httpbackend.Backend
	host    string
}

// Serve forwards.
func (f *forwarder) Serve(ctx context.Context, x *gateway.Exchange) {
	req := integration.Request{
		Method: x.Request.Method, URI: integration.URI{Scheme: "http", Host: f.host, Path: "/"}, Body: x.Request.Body,
		Timeout: 10 * time.Second, MaxResponseBytes: gateway.MaxBodyBytes,
	}
	var resp integration.Response
	if err := f.backend.Call(ctx, &req, &resp); err != nil {
		x.Response.Status = http.StatusBadGateway
		return
	}
	x.Response.Status = resp.Status
	x.Response.Headers = append(x.Response.Headers, resp.Headers...)
	x.Response.Body = append([]byte(nil), resp.Body...)
	resp.Reset()
}

// serveNetHTTP is a reverse proxy and a fixed answer with the standard library, with the settings that
// people use for such a proxy.
func serveNetHTTP(ctx context.Context, ln net.Listener, backend string) error {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: backend, Path: "/"})
	proxy.Transport = &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, DisableCompression: true}
	mux := http.NewServeMux()
	mux.Handle("/v1/proxy", proxy)
	mux.HandleFunc("/v1/mock", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, mockAnswer)
	})
	server := &http.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(ln); err != http.ErrServerClosed {
		return err
	}
	return nil
}
