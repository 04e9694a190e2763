package listen

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// lookInterval is how long a request is served before it is looked whether its client is still there, and
// how long until the next look. What is answered sooner costs nothing but a timer.
const lookInterval = 200 * time.Millisecond

// presence tells the handler of a request that its client has gone: it ends the context that the handler
// has. It looks at the connection without reading from it, so that a request that is already on its way
// stays where it is.
//
// A timer that runs is left running when a request ends, since to set it costs more than to let it find nothing.
type presence struct {
	ctx  context.Context // of the whole connection
	gone context.CancelFunc
	raw  syscall.RawConn // nil where a connection can't be looked at
	left func()          // called when the client was seen to have gone between two requests; nil where the reader sees it

	timer *time.Timer  // calls look
	armed atomic.Bool  // the timer runs; whoever makes it true sets the timer
	since atomic.Int64 // when the request that is being served began, in nanoseconds of the clock; 0: there is none
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
	p.timer = time.AfterFunc(time.Hour, p.look)
	p.timer.Stop()
	return p
}

// begin says that a request is being served, from now on.
func (p *presence) begin(now time.Time) {
	if p.raw == nil {
		return
	}
	p.since.Store(now.UnixNano())
	if p.armed.CompareAndSwap(false, true) {
		p.timer.Reset(lookInterval)
	}
}

// end says that the request is answered.
func (p *presence) end() { p.since.Store(0) }

// close ends the context: the connection is over.
func (p *presence) close() {
	p.gone()
	p.timer.Stop()
}

// look ends the context if the client has gone, and else looks again later.
func (p *presence) look() {
	since := p.since.Load()
	if since == 0 {
		p.armed.Store(false)
		// The end of what the client sends may have come together with its last request, see edge.Socket.
		if p.left != nil && hasGone(p.raw) {
			p.left()
			return
		}
		// A request that began before that found the timer running.
		if since = p.since.Load(); since == 0 || !p.armed.CompareAndSwap(false, true) {
			return
		}
	}
	next := lookInterval
	if served := time.Duration(time.Now().UnixNano() - since); served >= 0 && served < lookInterval {
		next -= served
	} else if hasGone(p.raw) {
		p.gone()
		return
	}
	p.timer.Reset(next)
}
