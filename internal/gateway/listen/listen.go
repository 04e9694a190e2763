// Package listen is the gateway's listener, for HTTP/1.1 and, with TLS, for HTTP/2: it reads requests into
// exchanges and writes their responses.
//
// It keeps what clients sent (over HTTP/1.1 order and case of headers, and the raw target), enforces the hard
// limits that hold before the API is known, refuses requests whose framing is ambiguous, and drains without
// losing a request. It knows nothing of APIs, stages or errors' bodies: the [Handler] answers, also
// when a request can't be read. Start reading at [Server.Serve]; conn.go is the life of one
// HTTP/1.1 connection, hold.go how it waits for requests, response.go what is written, tls.go the handshake, http2.go the other protocol.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
)

// Handler answers exchanges. It is called by many connections at once.
type Handler interface {
	// Serve fills x.Response for x.Request.
	Serve(ctx context.Context, x *gateway.Exchange)

	// Refuse fills x.Response for a request that could not be read; x.Request has what is known.
	Refuse(x *gateway.Exchange, refusal gateway.Refusal)
}

// Config configures a [Server]. Zero durations and sizes stand for the defaults named.
type Config struct {
	Handler Handler
	Logger  *slog.Logger // nil logs nothing

	MaxHeadBytes int // request line and headers; gateway.MaxHeaderBytes
	MaxBodyBytes int // body after transfer coding; gateway.MaxBodyBytes

	// MaxConnections bounds the connections that are open at once; further clients wait in the
	// operating system's queue. 65,536.
	MaxConnections int

	HandshakeTimeout time.Duration // for the handshake of a TLS connection; 10 s

	HeadTimeout time.Duration // from the first byte of a request to the end of its headers; 30 s
	BodyTimeout time.Duration // for a request's body; 5 min

	// WriteTimeout is how long a client may take for each 256 KiB of a response; 1 min.
	WriteTimeout time.Duration

	// IdleTimeout is how long a connection may wait for its next request; 310 s.
	//
	// AWS: Quotas for configuring and running a REST API (idle connection timeout).
	IdleTimeout time.Duration
}

// withDefaults returns c with its zero values replaced.
func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	setDefault(&c.MaxHeadBytes, gateway.MaxHeaderBytes)
	setDefault(&c.MaxBodyBytes, gateway.MaxBodyBytes)
	setDefault(&c.MaxConnections, 65_536)
	setDefault(&c.HandshakeTimeout, 10*time.Second)
	setDefault(&c.HeadTimeout, 30*time.Second)
	setDefault(&c.BodyTimeout, 5*time.Minute)
	setDefault(&c.WriteTimeout, time.Minute)
	setDefault(&c.IdleTimeout, 310*time.Second)
	return c
}

// setDefault gives *v the value def if it has none.
func setDefault[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

// Server serves connections until it is shut down. It is safe for concurrent use.
type Server struct {
	cfg      Config
	slots    chan struct{} // one per open connection
	date     dateCache
	draining atomic.Bool
	http2    *http2Server

	running sync.WaitGroup // accept loops and connections

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	shaking   map[net.Conn]struct{} // connections whose handshake is not over
}

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = errors.New("listener is shut down")

// New returns a server that listens nowhere yet.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	s := &Server{
		cfg:       cfg,
		slots:     make(chan struct{}, cfg.MaxConnections),
		listeners: make(map[net.Listener]struct{}),
		conns:     make(map[*conn]struct{}),
		shaking:   make(map[net.Conn]struct{}),
	}
	s.http2 = newHTTP2Server(s)
	return s
}

// Serve accepts connections from ln and serves them with HTTP/1.1, until ln fails or Shutdown is called; then
// it returns ErrServerClosed. It closes ln. It may be called for several listeners.
func (s *Server) Serve(ln net.Listener) error { return s.accept(ln, s.start) }

// ServeTLS is Serve with TLS. The protocol is what config and the client agree upon: HTTP/2 or HTTP/1.1.
func (s *Server) ServeTLS(ln net.Listener, config *tls.Config) error {
	return s.accept(ln, func(nc net.Conn) { s.startTLS(tls.Server(nc, config)) })
}

// accept gives the connections from ln to start, each with a slot.
func (s *Server) accept(ln net.Listener, start func(net.Conn)) error {
	if !s.addListener(ln) {
		ln.Close()
		return ErrServerClosed
	}
	defer s.removeListener(ln)
	pause := time.Duration(0)
	for {
		s.slots <- struct{}{}
		nc, err := ln.Accept()
		if err == nil {
			pause = 0
			start(nc)
			continue
		}
		<-s.slots
		if s.draining.Load() {
			s.acceptWaiting(ln, start)
			return ErrServerClosed
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		// Most other errors mean that the process is out of descriptors: connections must end first.
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		s.cfg.Logger.Warn("accept connection", "error", err, "retry_after", pause)
		time.Sleep(pause)
	}
}

// acceptWaiting serves the connections that clients opened before the drain began and that the
// operating system still holds.
func (s *Server) acceptWaiting(ln net.Listener, start func(net.Conn)) {
	deadliner, ok := ln.(interface{ SetDeadline(time.Time) error })
	if !ok || deadliner.SetDeadline(time.Now().Add(drainGrace)) != nil {
		return
	}
	for {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		s.slots <- struct{}{}
		start(nc)
	}
}

// start serves nc, which holds a slot, with HTTP/1.1 in a goroutine of its own.
func (s *Server) start(nc net.Conn) {
	c := newConn(s, nc)
	s.register(c)
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		s.serveHTTP1(c)
		<-s.slots
	}()
}

// register makes a drain know of a connection.
func (s *Server) register(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
}

// serveHTTP1 serves a connection that is registered to its end.
func (s *Server) serveHTTP1(c *conn) {
	c.serve()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Shutdown stops accepting, lets every request that a client has sent be answered with
// "Connection: close", closes idle connections and returns when all are gone. When ctx ends before,
// it breaks the remaining connections and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.draining.Store(true)
	for ln := range s.listeners {
		wakeListener(ln)
	}
	for c := range s.conns {
		c.wake()
	}
	s.mu.Unlock()

	done := make(chan struct{})
	go func() {
		s.http2.shutdown(ctx)
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		c.sever()
	}
	for nc := range s.shaking {
		nc.Close()
	}
	s.mu.Unlock()
	s.http2.close()
	return ctx.Err()
}

// wakeListener makes Accept return at once and, where that is possible, leaves ln open.
func wakeListener(ln net.Listener) {
	if d, ok := ln.(interface{ SetDeadline(time.Time) error }); ok && d.SetDeadline(time.Now()) == nil {
		return
	}
	ln.Close()
}

// addListener registers ln. It reports false after Shutdown.
func (s *Server) addListener(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return false
	}
	s.listeners[ln] = struct{}{}
	s.running.Add(1)
	return true
}

// removeListener closes and forgets ln.
func (s *Server) removeListener(ln net.Listener) {
	ln.Close()
	s.mu.Lock()
	delete(s.listeners, ln)
	s.mu.Unlock()
	s.running.Done()
}
