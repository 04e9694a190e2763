package httpbackend

// Hot path.

import (
	"context"
	"errors"
	"os"
	"time"
)

// Deadlines cost more than the system calls that they guard, and to hear of the end of a context costs as
// much. So a connection has a deadline that lies at most lookInterval ahead and serves several calls: whoever
// runs into it looks whether the call is over, and goes on if it is not. A call notices the end of its
// context within lookInterval, and its own deadline exactly.
const (
	lookInterval = 250 * time.Millisecond

	// spareInterval is how far the deadline must lie ahead to serve another call.
	spareInterval = 100 * time.Millisecond
)

// begin prepares the connection for a call. It fails if the call is over already.
func (c *conn) begin(ctx context.Context, now, deadline time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.ctx, c.deadline = ctx, deadline
	c.asking.unsent, c.asking.failed = nil, nil
	if c.key.secure {
		c.looked = false
		return c.nc.SetWriteDeadline(deadline) // TLS can't go on writing after a deadline
	}
	c.looked = true
	if spare := now.Add(spareInterval); c.armedWrite.After(spare) && c.armedRead.After(spare) && !c.armedRead.After(deadline) {
		return nil
	}
	at := now.Add(lookInterval)
	if deadline.Before(at) {
		at = deadline
	}
	c.armedRead, c.armedWrite = at, at
	return c.nc.SetDeadline(at)
}

// end lets go of the call.
func (c *conn) end() { c.ctx = nil }

// limit changes the deadline of the call.
func (c *conn) limit(deadline time.Time) { c.deadline, c.looked = deadline, false }

// Read reads from the connection until the call is over, and sends first what is unsent. It is the source of c.in.
func (c *conn) Read(p []byte) (n int, err error) {
	for {
		if err := c.armRead(); err != nil {
			return 0, err
		}
		if c.asking.unsent != nil {
			n, err = c.readAfterAsking(p)
		} else {
			n, err = c.nc.Read(p)
		}
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || c.over() {
			return n, err
		}
	}
}

// armRead moves the read deadline, unless it was looked at a moment ago.
func (c *conn) armRead() error {
	if c.looked {
		c.looked = false
		return nil
	}
	now := time.Now()
	if c.armedRead.After(now.Add(spareInterval)) && !c.armedRead.After(c.deadline) {
		return nil
	}
	c.armedRead = now.Add(lookInterval)
	if c.deadline.Before(c.armedRead) {
		c.armedRead = c.deadline
	}
	return c.nc.SetReadDeadline(c.armedRead)
}

// write sends p until the call is over.
func (c *conn) write(p []byte) error {
	for {
		n, err := c.nc.Write(p)
		if err == nil || c.key.secure || !errors.Is(err, os.ErrDeadlineExceeded) || c.over() {
			return err
		}
		p = p[n:]
		c.armedWrite = time.Now().Add(lookInterval)
		if c.deadline.Before(c.armedWrite) {
			c.armedWrite = c.deadline
		}
		if err := c.nc.SetWriteDeadline(c.armedWrite); err != nil {
			return err
		}
	}
}

// over reports whether the call is: its time is up, nobody wants its answer any more, or it was interrupted.
func (c *conn) over() bool {
	return c.interrupted.Load() || c.ctx.Err() != nil || !time.Now().Before(c.deadline)
}
