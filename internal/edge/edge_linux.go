package edge

// Hot path.

import (
	"io"
	"net"
	"os"
	"syscall"
)

// Socket is this end of a TCP connection. One goroutine uses it; deadlines are set and the connection
// is closed as usual, by anyone.
type Socket struct {
	raw syscall.RawConn
	fd  int
	run func(fd uintptr) bool
}

// New returns a socket whose Run calls step, or nil where there can't be one: for what is no TCP connection,
// and on systems without epoll.
func New(nc net.Conn, step func() (wait bool)) *Socket {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	s := &Socket{raw: raw}
	s.run = func(fd uintptr) bool {
		s.fd = int(fd)
		return !step()
	}
	return s
}

// Run calls step, and calls it again whenever something has arrived since it began to run the last time, until
// it does not ask to wait. What arrives while step runs is not overlooked; what arrived before Run was called is,
// unless step looks for it with Try. Between two calls Run waits within the connection's read deadline.
//
// The error is that of the wait: the deadline is over, or the connection is closed. While Run runs, nobody
// may read from the connection otherwise: it would wait until Run returns.
func (s *Socket) Run() error { return s.raw.Read(s.run) }

// Try reads what has arrived, without waiting. It may be called within step only. If it fills less than p, everything
// is read that had arrived, also the end of the data if that came alone; an end that came together with
// data is seen by the next Try, and may not end the wait of Run. The error is io.EOF at the end, or ErrNothing.
func (s *Socket) Try(p []byte) (int, error) {
	for {
		n, errno := read(s.fd, p)
		switch {
		case errno == 0 && n > 0:
			return n, nil
		case errno == 0:
			return 0, io.EOF
		case errno == syscall.EAGAIN:
			return 0, ErrNothing
		case errno != syscall.EINTR:
			return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", errno)}
		}
	}
}

// Send sends as much of p as there is room for, without waiting, and returns how much that was. It may be called within step
// only. It has no errors: whoever sends the rest as usual gets them.
func (s *Socket) Send(p []byte) int {
	for {
		n, errno := write(s.fd, p)
		if errno == 0 {
			return n
		}
		if errno != syscall.EINTR {
			return 0
		}
	}
}
