// Package listen is the gateway's HTTP/1.1 listener: it reads requests into exchanges and writes
// their responses.
//
// It keeps what clients sent (order and case of headers, raw target), enforces the hard limits that
// hold before the API is known, refuses requests whose framing is ambiguous, and drains without
// losing a request. It knows nothing of APIs, stages or errors' bodies: the [Handler] answers, also
// when a request can't be read. Start reading at [Server.Serve]; conn.go is the life of one
// connection, response.go what is written.
package listen

import (
	"context"
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

	running sync.WaitGroup // accept loops and connections

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
}

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = errors.New("listener is shut down")

// New returns a server that listens nowhere yet.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	return &Server{
		cfg:       cfg,
		slots:     make(chan struct{}, cfg.MaxConnections),
		listeners: make(map[net.Listener]struct{}),
		conns:     make(map[*conn]struct{}),
	}
}

// Serve accepts connections from ln and serves them, until ln fails or Shutdown is called; then it
// returns ErrServerClosed. It closes ln. A tls.Listener that negotiates HTTP/1.1 will do.
func (s *Server) Serve(ln net.Listener) error {
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
			s.start(nc)
			continue
		}
		<-s.slots
		if s.draining.Load() {
			s.acceptWaiting(ln)
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
func (s *Server) acceptWaiting(ln net.Listener) {
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
		s.start(nc)
	}
}

// start serves nc, which holds a slot, in a goroutine of its own.
func (s *Server) start(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.running.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.running.Done()
		c.serve()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
		<-s.slots
	}()
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
		c.nc.Close()
	}
	s.mu.Unlock()
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
