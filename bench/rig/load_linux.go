package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"

	"github.com/sluice-gateway/sluice/internal/http1"
)

const (
	// answerTimeout is how long after the end of a load answers may come.
	answerTimeout = 10 * time.Second

	// tick is how long a generator sleeps at least where requests are due at a rate. What is due within it is sent together, and answers
	// wait to be read: to wake up for each costs more than the request.
	tick = 200 * time.Microsecond

	// longestWait is how long a generator sleeps at most, so that it notices when it is told to end.
	longestWait = 20 * time.Millisecond

	soTimestampNS  = 35  // SO_TIMESTAMPNS, and the type of its control message
	sysEpollPwait2 = 441 // the same on all architectures
)

// generator drives its connections from one thread, with one wait for all of them: a goroutine for each, with a timer for each
// request, takes twice the CPU time, and that of the server under test with it.
type generator struct {
	pace
	epoll    int
	asking   []*asking
	request  []byte
	waiting  int // connections that wait for an answer
	latency  Histogram
	events   [128]syscall.EpollEvent
	control  [64]byte
	response http1.Response
}

// asking is a connection that asks. All times are nanoseconds of the system's clock, in which it tells when data came.
type asking struct {
	fd      int
	waiting bool
	from    int64 // when the latency of the request under way begins
	due     int64 // when the next request is due
	late    int64 // by how much the generator is behind with this connection
	answer  []byte
	length  int // of the whole answer, once its head is there
}

// newGenerator makes the connections of a generator.
func newGenerator(address string, request []byte, connections int) (_ *generator, err error) {
	g := &generator{request: request}
	if g.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	for i := range connections {
		fd, err := dial(address)
		if err != nil {
			g.close()
			return nil, fmt.Errorf("connect to %s: %w", address, err)
		}
		g.asking = append(g.asking, &asking{fd: fd})
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(i)}
		if err := syscall.EpollCtl(g.epoll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
			g.close()
			return nil, os.NewSyscallError("epoll_ctl", err)
		}
	}
	return g, nil
}

// close closes the connections.
func (g *generator) close() {
	for _, a := range g.asking {
		_ = syscall.Close(a.fd)
	}
	_ = syscall.Close(g.epoll)
}

// load asks at the given pace, and counts latencies anew.
func (g *generator) load(ctx context.Context, p pace) error {
	g.pace, g.latency = p, Histogram{}
	for i, a := range g.asking {
		a.late, a.due = 0, p.begin.Add(p.every*time.Duration(i)/time.Duration(len(g.asking))).UnixNano()
	}
	return g.run(ctx)
}

// dial connects a socket that does not block and says when data came.
func dial(address string) (int, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !to.Addr().Is4() {
		return 0, &net.AddrError{Err: "not an IPv4 address and a port", Addr: address}
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	set := func() error {
		// An answer has room while nobody reads it. More than the system allows is not asked for in vain: it gives what it can.
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1<<20); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
		if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
			return os.NewSyscallError("connect", err)
		}
		if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soTimestampNS, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
		return os.NewSyscallError("fcntl", syscall.SetNonblock(fd, true))
	}
	if err := set(); err != nil {
		_ = syscall.Close(fd)
		return 0, err
	}
	return fd, nil
}

// run asks until the end, and then until all is answered.
func (g *generator) run(ctx context.Context) error {
	end := g.end.UnixNano()
	turn := 0 // whose request is due next: as all have the same pace, they take turns
	if g.every == 0 {
		for _, a := range g.asking {
			if err := g.ask(a, time.Now().UnixNano()); err != nil {
				return err
			}
		}
	}
	for {
		now := time.Now().UnixNano()
		wait := longestWait
		for g.every > 0 {
			a := g.asking[turn%len(g.asking)]
			due := g.begin.Add(g.every * time.Duration(turn) / time.Duration(len(g.asking))).UnixNano()
			if due >= end {
				break
			}
			if due > now {
				wait = max(tick, min(wait, time.Duration(due-now)))
				break
			}
			turn++
			if a.waiting || a.due > due {
				continue // it asks when it is answered, or has done so
			}
			if err := g.askLate(a); err != nil {
				return err
			}
		}
		if now >= end && g.waiting == 0 {
			return nil
		}
		if now >= end+answerTimeout.Nanoseconds() {
			return fmt.Errorf("%d requests were not answered within %v", g.waiting, answerTimeout)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := g.wait(wait)
		if err != nil {
			return err
		}
		for _, event := range g.events[:n] {
			if err := g.read(g.asking[event.Fd], end); err != nil {
				return err
			}
		}
	}
}

// wait returns how many answers, or parts of one, are there: as soon as there is one, or where requests are due at a rate, when the
// time is over. Go's scheduler is not told of the calls: it would wake another thread meanwhile.
func (g *generator) wait(most time.Duration) (int, error) {
	timeout := syscall.NsecToTimespec(most.Nanoseconds())
	if g.every > 0 {
		syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&timeout)), 0, 0) // it may be interrupted
		timeout = syscall.Timespec{}
	}
	n, _, errno := syscall.RawSyscall6(sysEpollPwait2, uintptr(g.epoll), uintptr(unsafe.Pointer(&g.events[0])), uintptr(len(g.events)), uintptr(unsafe.Pointer(&timeout)), 0, 0)
	switch errno {
	case 0:
		return int(n), nil
	case syscall.EINTR:
		return 0, nil
	}
	return 0, os.NewSyscallError("epoll_pwait2", errno)
}

// ask sends the request, whose latency begins at from.
func (g *generator) ask(a *asking, from int64) error {
	a.from, a.waiting = from, true
	a.due += g.every.Nanoseconds()
	g.waiting++
	n, err := syscall.Write(a.fd, g.request)
	if err == nil && n < len(g.request) {
		err = io.ErrShortWrite
	}
	return os.NewSyscallError("write", err)
}

// read takes what has come; when the answer is whole, it asks for what is due.
func (g *generator) read(a *asking, end int64) error {
	came, err := g.receive(a)
	if err != nil {
		return err
	}
	whole, err := g.parse(a)
	if err != nil || !whole {
		return err
	}
	g.latency.Record(time.Duration(came - a.from))
	a.answer, a.length, a.waiting = a.answer[:0], 0, false
	g.waiting--
	now := time.Now().UnixNano()
	switch {
	case g.every == 0 && now < end:
		return g.ask(a, now)
	case g.every == 0 || a.due > now || a.due >= end:
		return nil
	case came > a.due+a.late:
		return g.ask(a, a.due+a.late) // the answer was late, and makes this request late
	}
	return g.askLate(a)
}

// askLate sends a request that is due, and that no answer has made wait. By how much it is late is the generator's doing, and so is
// that what is due behind it is late.
func (g *generator) askLate(a *asking) error {
	now := time.Now().UnixNano()
	a.late = now - a.due
	return g.ask(a, now)
}

// receive reads what has come, and returns when it had come.
func (g *generator) receive(a *asking) (came int64, err error) {
	if a.length > cap(a.answer) || cap(a.answer)-len(a.answer) < 1<<10 {
		a.answer = append(make([]byte, 0, max(a.length, 2*cap(a.answer), 4<<10)), a.answer...)
	}
	room := a.answer[len(a.answer):cap(a.answer)]
	vector := syscall.Iovec{Base: &room[0]}
	vector.SetLen(len(room))
	message := syscall.Msghdr{Iov: &vector, Iovlen: 1, Control: &g.control[0]}
	message.SetControllen(len(g.control))
	n, _, errno := syscall.RawSyscall(syscall.SYS_RECVMSG, uintptr(a.fd), uintptr(unsafe.Pointer(&message)), 0)
	switch {
	case errno == syscall.EAGAIN || errno == syscall.EINTR:
		return 0, nil
	case errno != 0:
		return 0, os.NewSyscallError("recvmsg", errno)
	case n == 0:
		return 0, fmt.Errorf("read the answer: %w", io.ErrUnexpectedEOF)
	case !a.waiting:
		return 0, errors.New("an answer without a request")
	}
	a.answer = a.answer[:len(a.answer)+int(n)]
	control := (*syscall.Cmsghdr)(unsafe.Pointer(&g.control[0]))
	if message.Controllen < uint64(syscall.CmsgLen(int(unsafe.Sizeof(syscall.Timespec{})))) || control.Level != syscall.SOL_SOCKET || control.Type != soTimestampNS {
		return time.Now().UnixNano(), nil // the system begins to take the time a moment after it was asked to
	}
	stamp := (*syscall.Timespec)(unsafe.Pointer(&g.control[syscall.CmsgLen(0)]))
	return stamp.Nano(), nil
}

// parse reports whether the answer is whole. An error is anything but one answer with status 200.
func (g *generator) parse(a *asking) (whole bool, err error) {
	if a.length > 0 {
		return len(a.answer) == a.length, a.tooLong()
	}
	end := bytes.Index(a.answer, []byte("\r\n\r\n"))
	if end < 0 {
		if len(a.answer) > maxHeadBytes {
			return false, http1.ErrHeadTooLarge
		}
		return false, nil
	}
	end += len("\r\n\r\n")
	g.response = http1.Response{Headers: g.response.Headers[:0]}
	// The head refers to the memory of the answer, and nothing of it is kept.
	if err := http1.ParseResponse(unsafe.String(&a.answer[0], end), &g.response); err != nil {
		return false, err
	}
	switch {
	case g.response.Status != 200:
		return false, fmt.Errorf("answer %d: %.200s", g.response.Status, a.answer[end:])
	case g.response.Chunked:
		var r http1.Reader
		r.Reset(bytes.NewReader(a.answer[end:]))
		_, err := r.Chunked(nil, maxBodyBytes)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		return err == nil, err
	case g.response.ContentLength < 0 || g.response.ContentLength > maxBodyBytes:
		return false, errors.New("an answer of unknown length")
	}
	a.length = end + int(g.response.ContentLength)
	return len(a.answer) == a.length, a.tooLong()
}

// tooLong returns an error if there is more than one answer.
func (a *asking) tooLong() error {
	if len(a.answer) > a.length {
		return errors.New("an answer longer than it says")
	}
	return nil
}
