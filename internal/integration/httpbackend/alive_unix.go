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
	if c.raw == nil {
		source, ok := c.transport.(syscall.Conn)
		if !ok {
			return true
		}
		raw, err := source.SyscallConn()
		if err != nil {
			return false
		}
		c.raw = raw
	}
	// The deadline of an earlier call would keep the descriptor from being read once it is over.
	if !time.Now().Before(c.armedRead) {
		c.armedRead = time.Time{}
		if c.transport.SetReadDeadline(time.Time{}) != nil {
			return false
		}
	}
	alive := false
	err := c.raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, err := syscall.Read(int(fd), b[:])
		alive = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true // never wait
	})
	return err == nil && alive
}
