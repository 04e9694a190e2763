//go:build unix

package httpbackend

import (
	"syscall"
	"time"
)

// isAlive reports whether an idle connection is still open and silent. An endpoint that has closed
// it, or has sent something that nobody asked for, can't be asked anything on it any more.
func (c *conn) isAlive() bool {
	if c.in.Buffered() > 0 {
		return false
	}
	source, ok := c.transport.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := source.SyscallConn()
	if err != nil {
		return false
	}
	// The deadline of the last call may be over; it would keep the descriptor from being read.
	alive := false
	if err := c.transport.SetReadDeadline(time.Time{}); err != nil {
		return false
	}
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, err := syscall.Read(int(fd), b[:])
		alive = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true // never wait
	})
	return err == nil && alive
}
