package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	nethttp "net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/httpbackend"
)

// What the back end answers, by the last segment of the path.
var payloads = map[string][]byte{
	"p16":    []byte(`{"id":7,"n":"R"} `)[:16],
	"p1k":    jsonPayload(1 << 10),
	"p100k":  jsonPayload(100 << 10),
	"invoke": functionResult(),
}

// mockAnswer is what the MOCK renders; the others send it as it is.
const mockAnswer = `{"id": 7, "name": "Rex", "tags": ["a", "b"]}`

// jsonPayload returns an object of that many bytes.
func jsonPayload(size int) []byte {
	const begin, end = `{"id": 7, "name": "Rex", "tags": ["a", "b"], "note": "`, `"}`
	return []byte(begin + strings.Repeat("x", size-len(begin)-len(end)) + end)
}

// functionResult returns what the function stub returns.
func functionResult() []byte {
	text, _ := json.Marshal(map[string]any{"statusCode": 200, "headers": map[string]string{"Content-Type": "application/json"}, "body": string(jsonPayload(1 << 10))})
	return text
}

// serveRole is a server on a port that the system chooses, printed on the standard output, until ctx ends.
func serveRole(ctx context.Context, role, backend string) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	switch role {
	case "backend":
		return serveListen(ctx, ln, &answerer{keys: []byte(os.Getenv(keysVariable))})
	case "bare":
		calls := httpbackend.New(httpbackend.Config{})
		defer calls.Close()
		return serveListen(ctx, ln, &forwarder{backend: calls, host: backend})
	case "nethttp":
		return serveNetHTTP(ctx, ln, backend)
	case "fasthttp":
		return serveFastHTTP(ctx, ln, backend)
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

// answerer is the back end: it answers everything at once.
type answerer struct{ keys []byte } // the key set of the user pool

// Serve answers.
func (a *answerer) Serve(_ context.Context, x *gateway.Exchange) {
	x.Response.Status = nethttp.StatusOK
	x.Response.Headers.Add("Content-Type", "application/json")
	path, _, _ := strings.Cut(x.Request.Target, "?")
	switch {
	case strings.HasSuffix(path, "/invocations"):
		x.Response.Body = payloads["invoke"]
	case strings.HasSuffix(path, "/jwks.json"):
		x.Response.Body = a.keys
	default:
		x.Response.Body = payloads[path[strings.LastIndexByte(path, '/')+1:]]
	}
	if x.Response.Body == nil {
		x.Response.Status = nethttp.StatusNotFound
	}
}

// Refuse answers what could not be read.
func (a *answerer) Refuse(x *gateway.Exchange, _ gateway.Refusal) {
	x.Response.Status = nethttp.StatusBadRequest
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
		Method: x.Request.Method, URI: integration.URI{Scheme: "http", Host: f.host, Path: x.Request.Target}, Body: x.Request.Body,
		Timeout: 10 * time.Second, MaxResponseBytes: gateway.MaxBodyBytes,
	}
	var resp integration.Response
	if err := f.backend.Call(ctx, &req, &resp); err != nil {
		x.Response.Status = nethttp.StatusBadGateway
		return
	}
	x.Response.Status = resp.Status
	x.Response.Headers.Add("Content-Type", resp.Headers.Get("Content-Type"))
	x.Response.Body = append([]byte(nil), resp.Body...)
	resp.Reset()
}

// serveNetHTTP is a reverse proxy and a fixed answer with the standard library, with the settings that people use for such a
// proxy.
func serveNetHTTP(ctx context.Context, ln net.Listener, backend string) error {
	proxy := &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: backend}) },
		Transport:  &nethttp.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, DisableCompression: true, WriteBufferSize: 8 << 10, ReadBufferSize: 8 << 10},
		BufferPool: newBufferPool(),
		ErrorLog:   log.New(io.Discard, "", 0),
	}
	mux := nethttp.NewServeMux()
	mux.Handle("/v1/", proxy)
	mux.HandleFunc("/v1/mock", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, mockAnswer)
	})
	server := &nethttp.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(ln); err != nethttp.ErrServerClosed {
		return err
	}
	return nil
}

// bufferPool lends the reverse proxy its copying buffers.
type bufferPool chan []byte

func newBufferPool() bufferPool { return make(bufferPool, 256) }

// Get implements httputil.BufferPool.
func (p bufferPool) Get() []byte {
	select {
	case buf := <-p:
		return buf
	default:
		return make([]byte, 32<<10)
	}
}

// Put implements httputil.BufferPool.
func (p bufferPool) Put(buf []byte) {
	select {
	case p <- buf:
	default:
	}
}

// serveFastHTTP is the least that a proxy on fasthttp does.
func serveFastHTTP(ctx context.Context, ln net.Listener, backend string) error {
	client := &fasthttp.HostClient{Addr: backend, MaxConns: 1024, NoDefaultUserAgentHeader: true, DisablePathNormalizing: true}
	server := &fasthttp.Server{
		NoDefaultServerHeader: true,
		Handler: func(x *fasthttp.RequestCtx) {
			if string(x.Path()) == "/v1/mock" {
				x.SetContentType("application/json")
				x.SetBodyString(mockAnswer)
				return
			}
			x.Request.Header.Del("Connection")
			if err := client.Do(&x.Request, &x.Response); err != nil {
				x.Error(err.Error(), fasthttp.StatusBadGateway)
			}
			x.Response.Header.Del("Connection")
		},
	}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown()
	}()
	return server.Serve(ln)
}

// keysVariable is the environment variable in which the back end is told the key set.
const keysVariable = "BENCH_KEYS"

// keySet returns the document of a key set with one key.
func keySet(modulus *big.Int) string {
	return fmt.Sprintf(`{"keys":[{"kid":"bench","kty":"RSA","alg":"RS256","use":"sig","e":"AQAB","n":%q}]}`, base64.RawURLEncoding.EncodeToString(modulus.Bytes()))
}
