//go:build unix

package listen

import (
	"errors"
	"syscall"
)

// hasGone reports whether the other end has closed the connection or broken it. One that has closed its
// sending side only looks the same and counts as gone.
func hasGone(raw syscall.RawConn) bool {
	gone := false
	err := raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		waiting := errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR)
		gone = n <= 0 && !waiting
	})
	return err != nil || gone
}
