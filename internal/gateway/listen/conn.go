package listen

// Hot path.

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/internal/edge"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/http1"
)

const (
	// drainGrace is how long a drain waits for a request that a client may just have sent.
	drainGrace = 100 * time.Millisecond

	// lingerTime and lingerBytes bound what is read after a refusal, so that the client sees the
	// answer instead of a reset while it is still sending.
	lingerTime  = time.Second
	lingerBytes = 64 << 20

	// keepBodyBytes is the largest body memory that a connection keeps for its next request.
	keepBodyBytes = 64 << 10
)

// phase says what a connection reads; each phase has its own deadline.
type phase int

const (
	phaseIdle phase = iota // waiting for the first byte of a request
	phaseHead
	phaseBody
	phaseNone // no deadline is set
)

// errDrained ends an idle connection of a server that is shutting down.
var errDrained = errors.New("connection drained")

// conn is one client connection. One goroutine serves it; only wake and sever are called by others.
//
// Deadlines are costly to set, so one is set only when a read really blocks, and the idle
// deadline and the write deadline only when a sixteenth of their time has passed.
type conn struct {
	srv *Server
	nc  net.Conn

	in   http1.Reader
	out  []byte // written but not sent
	body []byte // memory for request bodies

	client    *presence
	peerIP    string
	localPort int
	security  *gateway.Security // nil without TLS

	phase    phase
	armed    phase     // phase whose deadline is set
	armedAt  time.Time // when it was set
	deadline time.Time // the deadline that is set
	writeAt  time.Time // when the write deadline was set
	wroteAt  time.Time // when the last answer was written, or zero; see lately

	ahead    [1]byte // what a watch read of the next request
	hasAhead bool

	held held
}

// newConn returns the state of a fresh connection.
func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc, armed: phaseNone, client: newPresence(nc)}
	c.peerIP, c.localPort = ends(nc)
	if secured, ok := nc.(*tls.Conn); ok {
		state := secured.ConnectionState()
		c.security = gateway.NewSecurity(&state)
	}
	c.in.Reset(c)
	if c.held.socket = edge.New(nc, c.takeTurn); c.held.socket != nil {
		c.client.left = c.wake
	}
	return c
}

// ends returns the address of the other end of a connection, and the port of this one.
func ends(nc net.Conn) (peerIP string, localPort int) {
	if addr, err := netip.ParseAddrPort(nc.RemoteAddr().String()); err == nil {
		peerIP = addr.Addr().Unmap().WithZone("").String()
	}
	if addr, err := netip.ParseAddrPort(nc.LocalAddr().String()); err == nil {
		localPort = int(addr.Port())
	}
	return peerIP, localPort
}

// serve answers the connection's requests one after the other and closes it.
func (c *conn) serve() {
	defer c.nc.Close()
	defer c.client.close()
	for {
		// Pipelined requests are answered without sending in between: Read sends what has gathered
		// before it blocks.
		c.phase = phaseIdle
		if c.held.socket != nil && c.in.Buffered() == 0 && !c.hasAhead {
			if !c.hold() {
				return
			}
			c.phase = phaseIdle
		}
		if c.in.Wait() != nil {
			return
		}
		if c.exchange() != served {
			_ = c.flush() // nobody is there to be told
			return
		}
	}
}

// outcome is what became of a request.
type outcome int

const (
	served outcome = iota // the connection serves another one
	over                  // the connection is over
	putOff                // nothing was done yet, or its answer is still to be written; see hold
)

// exchange reads one request and answers it.
func (c *conn) exchange() outcome {
	x := gateway.Acquire()
	x.Request.PeerIP, x.Request.LocalPort = c.peerIP, c.localPort
	x.Request.TLS, x.Request.Security = c.security != nil, c.security
	req := http1.Request{Headers: x.Request.Headers}
	refusal, err := c.read(x, &req)
	switch {
	case err == errPutOff:
		x.Release()
		return putOff
	case err != nil:
		x.Release()
		return over
	case refusal >= 0:
		c.srv.cfg.Handler.Refuse(x, refusal)
		c.respond(x, &req, false)
		x.Release()
		c.linger()
		return over
	}
	if !c.handle(x) {
		// The handler's state is unknown: the exchange is not used again, nor is the connection.
		x = internalError()
		req.Close = true
	}
	if c.held.running && x.Response.Stream != nil {
		c.held.answer, c.held.request = x, req
		return putOff
	}
	return c.finish(x, &req)
}

// finish writes the answer to a request and releases x.
func (c *conn) finish(x *gateway.Exchange, req *http1.Request) outcome {
	keep := !req.Close && !c.srv.draining.Load()
	keep = c.respond(x, req, keep) && keep
	x.Release()
	if cap(c.body) > keepBodyBytes {
		c.body = nil
	}
	if !keep {
		return over
	}
	return served
}

// handle calls the handler. It reports false after a panic, which is logged.
func (c *conn) handle(x *gateway.Exchange) (ok bool) {
	defer func() {
		if ok {
			return
		}
		c.srv.cfg.Logger.Error("panic while serving a request", "panic", recover(),
			"method", x.Request.Method, "host", x.Request.Host, "target", x.Request.Target, "stack", string(debug.Stack()))
	}()
	c.client.begin(x.Request.Received)
	defer c.client.end()
	c.srv.cfg.Handler.Serve(c.client.ctx, x)
	return true
}

// accepted is the refusal of a request that is not refused.
const accepted gateway.Refusal = -1

// read reads a request into x. A refusal is to be answered; after an error nobody listens.
func (c *conn) read(x *gateway.Exchange, req *http1.Request) (gateway.Refusal, error) {
	c.phase = phaseHead
	x.Request.Received = time.Now()
	head, err := c.in.Head(c.srv.cfg.MaxHeadBytes)
	switch {
	case err != nil && c.held.running:
		return accepted, errPutOff
	case errors.Is(err, http1.ErrHeadTooLarge):
		if !strings.Contains(head, "\n") {
			return gateway.TargetTooLong, nil
		}
		return gateway.HeadersTooLarge, nil
	case err != nil:
		return accepted, err
	}
	err = http1.ParseRequest(head, req)
	x.Request.Method, x.Request.Target, x.Request.Host = req.Method, req.Target, req.Host
	x.Request.Headers = req.Headers
	if c.held.running && (err != nil || req.Chunked || req.ContentLength > int64(c.in.Buffered())) {
		c.in.Unread(len(head))
		return accepted, errPutOff
	}
	if err != nil {
		return gateway.Malformed, nil
	}
	refusal, err := c.readBody(req)
	x.Request.Body = c.body
	return refusal, err
}

// readBody reads the request's body into c.body.
func (c *conn) readBody(req *http1.Request) (gateway.Refusal, error) {
	c.body = c.body[:0]
	limit := c.srv.cfg.MaxBodyBytes
	if !req.Chunked && req.ContentLength <= 0 {
		return accepted, nil
	}
	if req.ContentLength > int64(limit) {
		return gateway.BodyTooLarge, nil
	}
	if req.ExpectContinue && req.Minor == 1 && c.in.Buffered() == 0 {
		c.out = append(c.out, "HTTP/1.1 100 Continue\r\n\r\n"...)
	}
	c.phase = phaseBody
	var err error
	if req.Chunked {
		c.body, err = c.in.Chunked(c.body, limit)
	} else {
		c.body, err = c.in.Sized(c.body, req.ContentLength, limit)
	}
	var syntax *http1.SyntaxError
	switch {
	case err == nil:
		return accepted, nil
	case errors.Is(err, http1.ErrBodyTooLarge):
		return gateway.BodyTooLarge, nil
	case errors.As(err, &syntax):
		return gateway.Malformed, nil
	}
	return accepted, err
}

// Read sends what was written and reads from the connection within the phase's deadline. It is the
// source of c.in.
func (c *conn) Read(p []byte) (int, error) {
	if c.held.running {
		return c.held.read(p)
	}
	if c.hasAhead {
		c.hasAhead = false
		return copy(p, c.ahead[:]), nil
	}
	if err := c.flush(); err != nil {
		return 0, err
	}
	if err := c.arm(); err != nil {
		return 0, err
	}
	for {
		n, err := c.nc.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !time.Now().Before(c.deadline) {
			return n, err
		}
		// The deadline was moved by wake. A request that has begun is read to its end; an idle
		// connection gets a moment in which a request under way may still arrive.
		if c.phase == phaseIdle {
			return c.lastRead(p)
		}
		if err := c.nc.SetReadDeadline(c.deadline); err != nil {
			return 0, err
		}
	}
}

// lastRead waits for the grace of a drain. That Shutdown wakes the connection once more, which has woken itself
// because a drain began, does not shorten the grace.
func (c *conn) lastRead(p []byte) (int, error) {
	c.armed = phaseNone
	for until := time.Now().Add(drainGrace); ; {
		if err := c.nc.SetReadDeadline(until); err != nil {
			return 0, err
		}
		n, err := c.nc.Read(p)
		if n > 0 {
			return n, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || !time.Now().Before(until) {
			return 0, errDrained
		}
	}
}

// arm sets the read deadline of the phase where that is needed.
func (c *conn) arm() error {
	if c.armed == c.phase && c.phase != phaseIdle {
		return nil
	}
	var timeout time.Duration
	switch c.phase {
	case phaseIdle:
		timeout = c.srv.cfg.IdleTimeout
	case phaseHead:
		timeout = c.srv.cfg.HeadTimeout
	default:
		timeout = c.srv.cfg.BodyTimeout
	}
	now := c.lately()
	if c.armed != c.phase || now.Sub(c.armedAt) > timeout/16 {
		c.armed, c.armedAt, c.deadline = c.phase, now, now.Add(timeout)
		if err := c.nc.SetReadDeadline(c.deadline); err != nil {
			return err
		}
	}
	// Shutdown sets draining before it wakes connections, so a wake that came before the deadline
	// was set is not lost.
	if c.phase == phaseIdle && c.srv.draining.Load() {
		c.wake()
	}
	return nil
}

// wake ends the wait of an idle connection; see Read. It is safe for concurrent use.
func (c *conn) wake() {
	// An error means that the connection is closed, and then nobody waits.
	_ = c.nc.SetReadDeadline(time.Now().Add(-time.Second))
}

// linger lets the client read the answer to a request that was not read to its end.
func (c *conn) linger() {
	if c.flush() != nil {
		return
	}
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.nc.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	scratch := make([]byte, 32<<10)
	for rest := lingerBytes; rest > 0; {
		n, err := c.nc.Read(scratch)
		if err != nil {
			return
		}
		rest -= n
	}
}
