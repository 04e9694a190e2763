package httpbackend

// Hot path.

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"
)

// trustedIdle is how long a connection may have been idle without being looked at before it is used
// again. Under load connections are used again at once, and looking costs a system call.
const trustedIdle = 5 * time.Millisecond

// errClosed is the failure of calls after Close.
var errClosed = errors.New("HTTP back end is shut down")

// pool keeps connections per endpoint: at most maxOpen open, at most maxIdle of them unused. The
// connection that was used last is used first, so that surplus ones grow old and are closed.
//
// One lock guards everything; what happens under it is a few assignments, and never a dial.
type pool struct {
	maxOpen, maxIdle int
	idleTimeout      time.Duration
	trustedIdle      time.Duration
	dial             func(ctx context.Context, key endpoint, deadline time.Time) (*conn, error)

	mu        sync.Mutex
	endpoints map[endpoint]*slot
	conns     map[*conn]struct{}
	closed    bool
	stop      chan struct{} // closed by close
	swept     chan struct{} // closed when the sweeper has ended
}

// slot is the connections to one endpoint. It exists as long as one is open or being opened.
type slot struct {
	open    int     // connections that are open or being opened
	idle    []*conn // oldest first
	waiters []chan *conn
}

// newPool returns a pool whose sweeper runs until close.
func newPool(maxOpen, maxIdle int, idleTimeout time.Duration, dial func(context.Context, endpoint, time.Time) (*conn, error)) *pool {
	p := &pool{
		maxOpen: maxOpen, maxIdle: maxIdle, idleTimeout: idleTimeout, trustedIdle: trustedIdle, dial: dial,
		endpoints: make(map[endpoint]*slot), conns: make(map[*conn]struct{}),
		stop: make(chan struct{}), swept: make(chan struct{}),
	}
	go p.sweepRegularly()
	return p
}

// get returns a connection to the endpoint, reused if there is one and fresh is not asked for. The
// caller gives it back with put or discard.
func (p *pool) get(ctx context.Context, key endpoint, deadline time.Time, fresh bool) (c *conn, reused bool, err error) {
	for {
		c, wait, err := p.reserve(key, fresh)
		if err != nil {
			return nil, false, err
		}
		if wait != nil {
			if c, err = p.await(ctx, key, wait, deadline); err != nil {
				return nil, false, err
			}
		}
		switch {
		case c == nil:
			c, err = p.open(ctx, key, deadline)
			return c, false, err
		case !fresh && (time.Since(c.idleSince) < p.trustedIdle || c.isAlive()):
			return c, true, nil
		}
		p.discard(c)
	}
}

// reserve takes an idle connection (c), or the right to open one (all nil), or a place in the queue.
func (p *pool) reserve(key endpoint, fresh bool) (c *conn, wait chan *conn, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, errClosed
	}
	s := p.endpoints[key]
	if s == nil {
		s = new(slot)
		p.endpoints[key] = s
	}
	n := len(s.idle)
	switch {
	case n > 0 && (!fresh || s.open >= p.maxOpen):
		c = s.idle[n-1]
		s.idle[n-1] = nil
		s.idle = s.idle[:n-1]
		return c, nil, nil
	case s.open < p.maxOpen:
		s.open++
		return nil, nil, nil
	}
	wait = make(chan *conn, 1)
	s.waiters = append(s.waiters, wait)
	return nil, wait, nil
}

// await waits for a connection, or for nil, which is the right to open one.
func (p *pool) await(ctx context.Context, key endpoint, wait chan *conn, deadline time.Time) (*conn, error) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	var err error
	select {
	case c := <-wait:
		return c, nil
	case <-timer.C:
		err = os.ErrDeadlineExceeded
	case <-ctx.Done():
		err = ctx.Err()
	case <-p.stop:
		err = errClosed
	}
	p.mu.Lock()
	queued := false
	if s := p.endpoints[key]; s != nil {
		if i := slices.Index(s.waiters, wait); i >= 0 {
			s.waiters = slices.Delete(s.waiters, i, i+1)
			queued = true
		}
	}
	p.mu.Unlock()
	if !queued {
		// It was served in the same moment: pass on what it got.
		if c := <-wait; c != nil {
			p.put(c)
		} else {
			p.release(key)
		}
	}
	return nil, err
}

// open makes a connection with a right that reserve or await gave.
func (p *pool) open(ctx context.Context, key endpoint, deadline time.Time) (*conn, error) {
	c, err := p.dial(ctx, key, deadline)
	if err != nil {
		p.release(key)
		return nil, err
	}
	c.key = key
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.conns[c] = struct{}{}
	}
	p.mu.Unlock()
	if closed {
		c.nc.Close()
		return nil, errClosed
	}
	return c, nil
}

// put gives back a connection that can be used again.
func (p *pool) put(c *conn) {
	c.idleSince = time.Now()
	p.mu.Lock()
	s := p.endpoints[c.key]
	switch {
	case p.closed:
	case len(s.waiters) > 0:
		s.waiters[0] <- c
		s.waiters = slices.Delete(s.waiters, 0, 1)
		p.mu.Unlock()
		return
	case len(s.idle) < p.maxIdle:
		s.idle = append(s.idle, c)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.discard(c)
}

// discard closes a connection that was taken from the pool.
func (p *pool) discard(c *conn) {
	c.nc.Close()
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
	p.release(c.key)
}

// release gives back the right to a connection: to the next in the queue, if there is one.
func (p *pool) release(key endpoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.endpoints[key]
	if s == nil {
		return // after close
	}
	if len(s.waiters) > 0 {
		s.waiters[0] <- nil
		s.waiters = slices.Delete(s.waiters, 0, 1)
		return
	}
	if s.open--; s.open == 0 {
		delete(p.endpoints, key)
	}
}

// sweepRegularly closes connections that were idle too long, until the pool is closed.
func (p *pool) sweepRegularly() {
	defer close(p.swept)
	ticker := time.NewTicker(max(p.idleTimeout/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case now := <-ticker.C:
			for _, c := range p.takeExpired(now.Add(-p.idleTimeout)) {
				p.discard(c)
			}
		}
	}
}

// takeExpired takes the connections out that are idle since before limit.
func (p *pool) takeExpired(limit time.Time) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	var expired []*conn
	for _, s := range p.endpoints {
		n := 0
		for n < len(s.idle) && s.idle[n].idleSince.Before(limit) {
			n++
		}
		expired = append(expired, s.idle[:n]...)
		s.idle = slices.Delete(s.idle, 0, n)
	}
	return expired
}

// close closes all connections and ends the sweeper.
func (p *pool) close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	conns := p.conns
	p.conns, p.endpoints = nil, nil
	close(p.stop)
	p.mu.Unlock()
	for c := range conns {
		c.nc.Close()
	}
	<-p.swept
}
