package listen

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"syscall"
	"time"
)

// lookInterval is how long a request is served before it is looked whether its client is still there, and
// how long until the next look. What is answered sooner costs nothing but a timer.
const lookInterval = 200 * time.Millisecond

// presence tells the handler of a request that its client has gone: it ends the context that the handler
// has. It looks at the connection without reading from it, so that a request that is already on its way
// stays where it is.
type presence struct {
	ctx  context.Context // of the whole connection
	gone context.CancelFunc
	raw  syscall.RawConn // nil where a connection can't be looked at

	timer *time.Timer // nil until the first request

	mu      sync.Mutex
	serving bool
}

// newPresence returns the presence of the client at the other end of nc.
func newPresence(nc net.Conn) *presence {
	p := &presence{}
	p.ctx, p.gone = context.WithCancel(context.Background())
	if secured, ok := nc.(*tls.Conn); ok {
		nc = secured.NetConn()
	}
	if source, ok := nc.(syscall.Conn); ok {
		// Without it the client counts as present to the end.
		p.raw, _ = source.SyscallConn()
	}
	return p
}

// begin says that a request is being served.
func (p *presence) begin() {
	if p.raw == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serving = true
	if p.timer == nil {
		p.timer = time.AfterFunc(lookInterval, p.look)
		return
	}
	p.timer.Reset(lookInterval)
}

// end says that the request is answered.
func (p *presence) end() {
	if p.raw == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serving = false
	p.timer.Stop()
}

// look ends the context if the client has gone, and else looks again later.
func (p *presence) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.serving:
	case hasGone(p.raw):
		p.gone()
	default:
		p.timer.Reset(lookInterval)
	}
}
