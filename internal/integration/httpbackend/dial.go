package httpbackend

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sluice-gateway/sluice/internal/edge"
	"github.com/sluice-gateway/sluice/internal/http1"
)

// conn is a connection to an endpoint. It belongs to one call or to the pool.
type conn struct {
	key       endpoint
	nc        net.Conn
	transport net.Conn // nc, or what nc encrypts
	in        http1.Reader
	out       []byte
	idleSince time.Time
	raw       syscall.RawConn // of transport, once it was looked at; see isAlive
	asking    asking

	ctx         context.Context // of the call
	deadline    time.Time       // of the call
	armedRead   time.Time       // the deadline of nc for reading
	armedWrite  time.Time       // and for writing; the zero Time: not known
	looked      bool            // armedRead was looked at
	interrupted atomic.Bool
}

// refusedError is an address that the guard does not let through.
type refusedError struct{ err error }

// Error describes the refusal.
func (e *refusedError) Error() string { return e.err.Error() }

// Unwrap returns what the guard said.
func (e *refusedError) Unwrap() error { return e.err }

// dial makes a connection within the call's deadline and the connect timeout.
func (b *Backend) dial(ctx context.Context, key endpoint, deadline time.Time) (*conn, error) {
	if limit := time.Now().Add(b.cfg.ConnectTimeout); limit.Before(deadline) {
		deadline = limit
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	dialer := net.Dialer{Resolver: b.cfg.Resolver}
	if b.cfg.Guard != nil && !key.trusted {
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			return b.admit(address)
		}
	}
	nc, err := dialEndpoint(ctx, &dialer, key)
	if err != nil {
		return nil, err
	}
	c := &conn{nc: nc, transport: nc}
	if key.secure {
		config, err := b.tlsConfig(key)
		if err != nil {
			nc.Close()
			return nil, err
		}
		secured := tls.Client(nc, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, fmt.Errorf("TLS handshake: %w", err)
		}
		c.nc = secured
	} else {
		c.asking.socket = edge.New(nc, c.ask)
	}
	c.in.Reset(c)
	return c, nil
}

// dialEndpoint connects to the endpoint's own address, or to the one that stands for it. That the name in
// the latter does not resolve is not the API's mistake: it counts as an endpoint that can't be reached.
func dialEndpoint(ctx context.Context, dialer *net.Dialer, key endpoint) (net.Conn, error) {
	if key.address == "" {
		return dialer.DialContext(ctx, "tcp", net.JoinHostPort(key.host, key.port))
	}
	nc, err := dialer.DialContext(ctx, "tcp", key.address)
	if unresolved := (&net.DNSError{}); errors.As(err, &unresolved) && !unresolved.IsTimeout {
		return nil, fmt.Errorf("connect to %s: %v", key.address, err)
	}
	return nc, err
}

// admit asks the guard about an address that is about to be dialled.
func (b *Backend) admit(address string) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return &refusedError{fmt.Errorf("address %s: %w", address, err)}
	}
	if err := b.cfg.Guard(addr.Addr()); err != nil {
		return &refusedError{err}
	}
	return nil
}
