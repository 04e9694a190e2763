package listen

// Hot path.

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// HTTP/2 is the standard library's: it frames, decompresses headers and keeps the order of streams, and this file
// turns its requests into exchanges. What it does not hand on, or what the protocol itself does not have:
//
//   - the order of headers with different names, so that they are sorted here, the host first;
//   - the case of names, which is lower, so that mappings compare them without regard to case;
//   - targets that net/url can't parse, such as one with "%zz": the stream is reset;
//   - cookies, which clients may send in pieces, are one header again.
//
// The rest is as over HTTP/1.1: the raw target, repeated headers in their order, the limits and their answers.

const (
	// maxStreams is how many requests of one connection are served at once.
	maxStreams = 128

	// maxFrameBytes is the longest frame that is read: the least that the protocol allows.
	maxFrameBytes = 16 << 10

	// maxHTTP2HeadBytes is the longest header block that is read, so that those that are longer than
	// allowed can be told so; longer ones are refused by the library.
	maxHTTP2HeadBytes = 64 << 10

	// pingAfter is how long a connection is silent before it is asked whether it is still there, and pingTimeout how
	// long it may take to answer.
	pingAfter   = 30 * time.Second
	pingTimeout = 15 * time.Second
)

// http2Server serves the connections that negotiated HTTP/2.
type http2Server struct {
	srv    *Server
	http   *http.Server
	feed   *connFeed
	begin  sync.Once
	bodies sync.Pool // of *[]byte

	mu   sync.Mutex
	open map[net.Conn]chan struct{} // closed when the connection is over
}

// connFeed is a listener to which connections are handed.
type connFeed struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Accept implements net.Listener.
func (f *connFeed) Accept() (net.Conn, error) {
	select {
	case nc := <-f.conns:
		return nc, nil
	case <-f.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (f *connFeed) Close() error {
	f.once.Do(func() { close(f.closed) })
	return nil
}

// Addr implements net.Listener.
func (f *connFeed) Addr() net.Addr { return &net.TCPAddr{} }

// clientKey is under which the context of a connection has its *client.
type clientKey struct{}

// client is what is known of the client of a connection.
type client struct {
	security  *gateway.Security
	peerIP    string
	localPort int
}

// newHTTP2Server returns a server without connections.
func newHTTP2Server(s *Server) *http2Server {
	h := &http2Server{
		srv: s, open: make(map[net.Conn]chan struct{}),
		feed:   &connFeed{conns: make(chan net.Conn), closed: make(chan struct{})},
		bodies: sync.Pool{New: func() any { return new([]byte) }},
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true) // what it gets is decrypted already
	h.http = &http.Server{
		Handler: h, Protocols: protocols,
		MaxHeaderBytes: maxHTTP2HeadBytes, IdleTimeout: s.cfg.IdleTimeout,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams, MaxReadFrameSize: maxFrameBytes,
			SendPingTimeout: pingAfter, PingTimeout: pingTimeout, WriteByteTimeout: s.cfg.WriteTimeout,
		},
		ErrorLog:    slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
		ConnState:   h.connState,
		ConnContext: connContext,
	}
	return h
}

// connContext gives the requests of a connection what is known of its client.
func connContext(ctx context.Context, nc net.Conn) context.Context {
	c := &client{}
	c.peerIP, c.localPort = ends(nc)
	if framed, ok := nc.(*framedConn); ok {
		nc = framed.Conn
	}
	if tc, ok := nc.(*tls.Conn); ok {
		state := tc.ConnectionState()
		c.security = gateway.NewSecurity(&state)
	}
	return context.WithValue(ctx, clientKey{}, c)
}

// serve serves a connection to its end.
func (h *http2Server) serve(tc *tls.Conn) {
	h.begin.Do(func() { go h.http.Serve(h.feed) }) // its error says that it was shut down
	nc := newFramedConn(tc)
	over := make(chan struct{})
	h.mu.Lock()
	h.open[nc] = over
	h.mu.Unlock()
	select {
	case h.feed.conns <- nc:
		<-over
	case <-h.feed.closed:
		h.connState(nc, http.StateClosed)
		nc.Close()
	}
}

// connState notes that a connection is over.
func (h *http2Server) connState(nc net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if over := h.open[nc]; over != nil {
		close(over)
		delete(h.open, nc)
	}
}

// shutdown lets the requests of all connections be answered and ends them.
func (h *http2Server) shutdown(ctx context.Context) {
	h.begin.Do(func() {}) // those who negotiate from now on are too late
	h.feed.Close()
	// When ctx ends first, close breaks the rest.
	_ = h.http.Shutdown(ctx)
}

// close breaks all connections.
func (h *http2Server) close() { h.http.Close() }

// ServeHTTP makes an exchange of a request and writes its response.
func (h *http2Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, _ := r.Context().Value(clientKey{}).(*client)
	x := gateway.Acquire()
	x.Request.PeerIP, x.Request.LocalPort, x.Request.TLS, x.Request.Security = c.peerIP, c.localPort, true, c.security
	x.Request.Received = time.Now()
	body := h.bodies.Get().(*[]byte)
	defer h.keepBody(body)
	control := http.NewResponseController(w)
	size := fillHTTP2(&x.Request, r)
	refusal, err := h.read(control, x, r, size, body)
	switch {
	case err != nil:
		x.Release()
		panic(http.ErrAbortHandler) // nobody is there to be answered
	case refusal >= 0:
		h.srv.cfg.Handler.Refuse(x, refusal)
	case !h.handle(r.Context(), x):
		x = internalError()
	}
	defer x.Release()
	h.respond(control, w, r, x)
}

// keepBody keeps the memory of a body for another one, unless it has grown large.
func (h *http2Server) keepBody(body *[]byte) {
	if cap(*body) <= keepBodyBytes {
		h.bodies.Put(body)
	}
}

// fillHTTP2 makes a request that of an exchange, without its body. It returns how many bytes its line and headers
// would have over HTTP/1.1.
func fillHTTP2(to *gateway.Request, r *http.Request) (size int) {
	to.Method, to.Target, to.Host, to.FoldNames = r.Method, r.RequestURI, r.Host, true
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	to.Headers = append(to.Headers, header.Field{Name: "Host", Value: r.Host})
	for _, name := range names {
		lower := strings.ToLower(name)
		for _, value := range r.Header[name] {
			to.Headers = append(to.Headers, header.Field{Name: lower, Value: value})
		}
	}
	size = len(to.Method) + len(to.Target) + len("  HTTP/1.1\r\n")
	for _, f := range to.Headers {
		size += len(f.Name) + len(f.Value) + len(": \r\n")
	}
	return size
}

// read reads the body into *body and x. A refusal is to be answered; after an error nobody listens.
func (h *http2Server) read(control *http.ResponseController, x *gateway.Exchange, r *http.Request, size int, body *[]byte) (gateway.Refusal, error) {
	limit := h.srv.cfg.MaxBodyBytes
	switch {
	case len(x.Request.Target) > gateway.MaxTargetBytes:
		return gateway.TargetTooLong, nil
	case size > h.srv.cfg.MaxHeadBytes:
		return gateway.HeadersTooLarge, nil
	case r.ContentLength > int64(limit):
		return gateway.BodyTooLarge, nil
	case r.ContentLength == 0:
		return accepted, nil
	}
	if err := control.SetReadDeadline(time.Now().Add(h.srv.cfg.BodyTimeout)); err != nil {
		return accepted, err
	}
	buf := (*body)[:0]
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, max(512, min(len(buf), 1<<20)))
		}
		n, err := r.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		*body = buf
		switch {
		case len(buf) > limit:
			return gateway.BodyTooLarge, nil
		case err == io.EOF:
			x.Request.Body = buf
			return accepted, control.SetReadDeadline(time.Time{})
		case err != nil:
			return accepted, err
		}
	}
}

// handle calls the handler. It reports false after a panic, which is logged.
func (h *http2Server) handle(ctx context.Context, x *gateway.Exchange) (ok bool) {
	defer func() {
		if ok {
			return
		}
		h.srv.cfg.Logger.Error("panic while serving a request", "panic", recover(),
			"method", x.Request.Method, "host", x.Request.Host, "target", x.Request.Target, "stack", string(debug.Stack()))
	}()
	h.srv.cfg.Handler.Serve(ctx, x)
	return true
}

// respond writes x.Response. A response that can't be written to its end resets the stream.
func (h *http2Server) respond(control *http.ResponseController, w http.ResponseWriter, r *http.Request, x *gateway.Exchange) {
	out := w.Header()
	for _, f := range x.Response.Headers {
		name := http.CanonicalHeaderKey(f.Name)
		out[name] = append(out[name], f.Value)
	}
	if out["Content-Type"] == nil {
		out["Content-Type"] = nil // not to be guessed
	}
	status := x.Response.Status
	if status < 200 || status > 999 {
		// A final response must not look like an interim one: the client would go on waiting.
		status = http.StatusInternalServerError
	}
	if x.Response.Stream != nil {
		if length := x.Response.StreamLength; length >= 0 {
			out["Content-Length"] = []string{strconv.FormatInt(length, 10)}
		}
		w.WriteHeader(status)
		h.relay(control, w, r, x)
		return
	}
	body := x.Response.Body
	if r.Method == http.MethodHead {
		body = nil
	}
	if status == http.StatusNoContent || status == http.StatusNotModified {
		body = nil
	} else {
		out["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	for len(body) > 0 {
		piece := body[:min(len(body), pieceBytes)]
		body = body[len(piece):]
		if !h.write(control, w, piece) {
			panic(http.ErrAbortHandler)
		}
	}
}

// write sends a piece within the write timeout.
func (h *http2Server) write(control *http.ResponseController, w http.ResponseWriter, piece []byte) bool {
	if control.SetWriteDeadline(time.Now().Add(h.srv.cfg.WriteTimeout)) != nil {
		return false
	}
	_, err := w.Write(piece)
	return err == nil
}

// relay writes a response whose body is still coming, each piece when it is there. A client that reads slowly slows
// the endpoint down, one that has gone interrupts it.
func (h *http2Server) relay(control *http.ResponseController, w http.ResponseWriter, r *http.Request, x *gateway.Exchange) {
	stream, left := x.Response.Stream, x.Response.StreamLength
	stop := context.AfterFunc(r.Context(), stream.Interrupt)
	defer stop()
	if control.Flush() != nil {
		panic(http.ErrAbortHandler)
	}
	buf := relayBuffers.Get().(*[maxChunkLine + relayBytes + len("\r\n")]byte)
	defer relayBuffers.Put(buf)
	for {
		n, err := stream.Read(buf[:relayBytes])
		if x.Response.StreamLength >= 0 {
			if int64(n) > left || err == io.EOF && int64(n) < left {
				err = errLength
			}
			n = int(min(int64(n), left))
			left -= int64(n)
		}
		if n > 0 && (!h.write(control, w, buf[:n]) || control.Flush() != nil) {
			panic(http.ErrAbortHandler)
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			var failure *integration.Error
			if errors.As(err, &failure) && failure.Kind != integration.Canceled {
				h.srv.cfg.Logger.Warn("a streamed response broke off", "error", err,
					"method", x.Request.Method, "host", x.Request.Host, "target", x.Request.Target)
			}
			panic(http.ErrAbortHandler)
		}
	}
}
