package listen

// Hot path.

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/http1"
)

const (
	// copyBodyBytes is the longest body that is copied behind its head to be sent with it.
	copyBodyBytes = 16 << 10

	// pieceBytes is how much of a long body is sent within one write deadline.
	pieceBytes = 256 << 10

	// keepOutBytes is the largest memory for responses that a connection keeps.
	keepOutBytes = 64 << 10
)

// respond writes x.Response behind what is already waiting to be sent. It reports whether the
// connection can be used further; the caller's wish keep decides the Connection header.
func (c *conn) respond(x *gateway.Exchange, req *http1.Request, keep bool) bool {
	if x.Response.Stream != nil {
		return c.relay(x, req, keep)
	}
	status := x.Response.Status
	if status < 200 || status > 999 {
		// A final response must not look like an interim one: the client would go on waiting.
		status = http.StatusInternalServerError
	}
	bodyless := status == http.StatusNoContent || status == http.StatusNotModified
	body := x.Response.Body
	if bodyless || req.Method == http.MethodHead {
		body = nil
	}
	out := http1.AppendStatusLine(c.out, status)
	out = append(out, c.srv.date.line(c.now())...)
	out = http1.AppendFields(out, x.Response.Headers)
	if !bodyless {
		out = http1.AppendLength(out, len(body))
	}
	if keep {
		out = append(out, "Connection: keep-alive\r\n\r\n"...)
	} else {
		out = append(out, "Connection: close\r\n\r\n"...)
	}
	if len(body) <= copyBodyBytes {
		c.out = append(out, body...)
		if len(c.out) < keepOutBytes {
			return true // more answers may join it; see Read
		}
		return c.flush() == nil
	}
	c.out = out
	return c.send(body) == nil
}

// send sends what is waiting and then body, without copying it.
func (c *conn) send(body []byte) error {
	first := body[:min(len(body), pieceBytes)]
	if err := c.armWrite(); err != nil {
		return err
	}
	buffers := net.Buffers{c.out, first}
	c.out = c.out[:0]
	if _, err := buffers.WriteTo(c.nc); err != nil {
		return err
	}
	for body = body[len(first):]; len(body) > 0; {
		piece := body[:min(len(body), pieceBytes)]
		body = body[len(piece):]
		if err := c.write(piece); err != nil {
			return err
		}
	}
	return nil
}

// flush sends what is waiting.
func (c *conn) flush() error {
	rest := c.out
	if c.held.running && len(rest) > 0 {
		rest = rest[c.held.socket.Send(rest):]
	}
	err := c.write(rest)
	c.out = c.out[:0]
	if cap(c.out) > keepOutBytes {
		c.out = nil
	}
	return err
}

// write sends p within the write timeout.
func (c *conn) write(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if err := c.armWrite(); err != nil {
		return err
	}
	_, err := c.nc.Write(p)
	return err
}

// armWrite sets the write deadline where that is needed.
func (c *conn) armWrite() error {
	now, timeout := c.lately(), c.srv.cfg.WriteTimeout
	if now.Sub(c.writeAt) <= timeout/16 {
		return nil
	}
	c.writeAt = now
	return c.nc.SetWriteDeadline(now.Add(timeout))
}

// now returns the time for an answer that is being written.
func (c *conn) now() time.Time {
	c.wroteAt = time.Now()
	return c.wroteAt
}

// lately returns the time, or once that of the answer that was written a moment ago: the clock is not asked again to send it, and to
// wait for the next request then.
func (c *conn) lately() time.Time {
	now := c.wroteAt
	if now.IsZero() {
		return time.Now()
	}
	c.wroteAt = time.Time{}
	return now
}

// internalError returns an exchange with the answer to a request whose handling panicked.
func internalError() *gateway.Exchange {
	x := gateway.Acquire()
	x.Response.Status = http.StatusInternalServerError
	x.Response.Headers = append(x.Response.Headers, header.Field{Name: "Content-Type", Value: "application/json"})
	x.Response.Body = []byte(`{"message": "Internal server error"}`)
	return x
}

// dateCache is the Date line of the current second. It is safe for concurrent use.
type dateCache struct {
	current atomic.Pointer[dateLine]
}

// dateLine is the Date line of one second.
type dateLine struct {
	second int64
	text   string
}

// line returns the Date line of a time, with its line end.
func (d *dateCache) line(now time.Time) string {
	line := d.current.Load()
	if line == nil || line.second != now.Unix() {
		line = &dateLine{second: now.Unix(), text: "Date: " + now.UTC().Format(http.TimeFormat) + "\r\n"}
		d.current.Store(line)
	}
	return line.text
}
