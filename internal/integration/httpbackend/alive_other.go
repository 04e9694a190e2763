//go:build !unix

package httpbackend

// isAlive reports whether an idle connection may be used again. A connection can't be looked at
// without waiting here; one that turns out closed is found out by the call.
func (c *conn) isAlive() bool { return c.in.Buffered() == 0 }
