//go:build !linux

package edge

import "net"

// Socket is this end of a TCP connection. There is none on this system.
type Socket struct{}

// New returns nil: there is no epoll.
func New(net.Conn, func() (wait bool)) *Socket { return nil }

// Run is never called.
func (*Socket) Run() error { return ErrNothing }

// Try is never called.
func (*Socket) Try([]byte) (int, error) { return 0, ErrNothing }

// Send is never called.
func (*Socket) Send([]byte) int { return 0 }
