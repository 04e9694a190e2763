// Package httpbackend calls HTTP/1.1 endpoints over pooled connections: the integration behind the
// types HTTP and HTTP_PROXY.
//
// A call sends exactly the header fields, path and query that it was given and returns the answer as
// it came. It follows no redirect, asks for no compression, undoes none, and repeats a call only
// when it is sure that the endpoint never saw it. It does not build the request, map the answer or
// know what the client is told. Start reading at [Backend.Call]; pool.go keeps the connections,
// dial.go and tls.go make them, roundtrip.go is one exchange over one of them, ask.go how it is
// begun, fault.go tells failures apart.
package httpbackend

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// Config configures a [Backend]. Zero durations and counts stand for the defaults named.
type Config struct {
	// Guard, if not nil, is asked for every address that is dialled, after the host was resolved, unless
	// the request is trusted. An error keeps the connection from being made.
	Guard func(netip.Addr) error

	// Roots are the authorities that endpoints' certificates must chain to; nil stands for the
	// system's. See [Roots].
	Roots *x509.CertPool

	// ClientCertificate returns the certificate of that id, which a stage presents to its endpoints.
	// Nil knows none.
	ClientCertificate func(id string) (*tls.Certificate, error)

	Resolver *net.Resolver // nil is the system's

	// ConnectTimeout bounds name resolution, connecting and the TLS handshake, within the
	// call's own timeout; 10 s.
	ConnectTimeout time.Duration

	// FirstByteTimeout bounds the wait for the first byte of an answer once the request is sent,
	// within the call's own timeout; 0 leaves it at that.
	FirstByteTimeout time.Duration

	// IdleTimeout is how long an unused connection is kept; 60 s.
	IdleTimeout time.Duration

	MaxConnections     int // open connections to one endpoint; further calls wait; 1,024
	MaxIdleConnections int // unused connections kept for one endpoint; 256
}

// withDefaults returns c with its zero values replaced.
func (c Config) withDefaults() Config {
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	setDefault(&c.ConnectTimeout, 10*time.Second)
	setDefault(&c.IdleTimeout, time.Minute)
	setDefault(&c.MaxConnections, 1024)
	setDefault(&c.MaxIdleConnections, 256)
	return c
}

// setDefault gives *v the value def if it has none.
func setDefault[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

// Backend is an integration.Integration for HTTP endpoints. It is safe for concurrent use.
type Backend struct {
	cfg     Config
	pool    *pool
	answers answers
}

// New returns a Backend. The caller closes it.
func New(cfg Config) *Backend {
	cfg = cfg.withDefaults()
	b := &Backend{cfg: cfg}
	b.pool = newPool(cfg.MaxConnections, cfg.MaxIdleConnections, cfg.IdleTimeout, b.dial)
	return b
}

// Close breaks all connections, also those of calls in flight, which fail.
func (b *Backend) Close() { b.pool.close() }

// Call sends req and reads the whole answer into resp, as integration.Integration says.
//
// A call that fails on a reused connection before a byte of the answer has come is repeated once on a
// fresh connection if its verb is idempotent: the endpoint had closed the idle connection.
func (b *Backend) Call(ctx context.Context, req *integration.Request, resp *integration.Response) error {
	key, err := endpointOf(req)
	if err != nil {
		return err
	}
	now := time.Now()
	deadline := now.Add(req.Timeout)
	c, reused, err := b.pool.get(ctx, key, deadline, false)
	if err != nil {
		failure := fault(ctx, err, deadline)
		failure.Unsent = true
		return failure
	}
	err = b.roundTrip(ctx, c, req, resp, now, deadline)
	if reused && errors.Is(err, errUnanswered) && isIdempotent(req.Method) && ctx.Err() == nil && time.Now().Before(deadline) {
		if c, _, err = b.pool.get(ctx, key, deadline, true); err == nil {
			err = b.roundTrip(ctx, c, req, resp, time.Now(), deadline)
		}
	}
	if err != nil {
		return fault(ctx, err, deadline)
	}
	return nil
}

// isIdempotent reports whether a request of that verb may be sent twice (RFC 9110, section 9.2.2).
func isIdempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE":
		return true
	}
	return false
}

// answer is the memory of one response.
type answer struct {
	body  []byte
	owner *answers
}

// answers keeps the memory of responses. Long and short ones are kept apart, so that a short one does not hold much memory.
type answers struct{ short, long sync.Pool } // of *answer

// The largest memory of a short response, and of one that is kept at all.
const (
	shortAnswerBytes = 64 << 10
	keepAnswerBytes  = 1 << 20
)

// get returns memory for a response of that length, -1 if it isn't known.
func (p *answers) get(length int64) *answer {
	pool := &p.short
	if length > shortAnswerBytes && length <= keepAnswerBytes {
		pool = &p.long
	}
	if a, ok := pool.Get().(*answer); ok {
		return a
	}
	return &answer{owner: p}
}

// Release gives the memory back.
func (a *answer) Release() {
	switch n := cap(a.body); {
	case n <= shortAnswerBytes:
		a.owner.short.Put(a)
	case n <= keepAnswerBytes:
		a.owner.long.Put(a)
	}
}
