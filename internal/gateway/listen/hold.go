package listen

// Hot path.

import (
	"errors"

	"github.com/sluice-gateway/sluice/internal/edge"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/http1"
)

// held is how a connection serves requests from within a single wait for its socket, which package edge makes
// possible: between two requests nobody looks whether the next one is there.
//
// What is to be done must then need no more of the connection than what has arrived. So a request that has not
// arrived whole, or is to be refused, is put off, to be read again from its beginning once the socket is let go;
// and so is the answer whose body is a stream, since meanwhile the connection is read from.
type held struct {
	socket  *edge.Socket // nil where that can't be done
	running bool         // the socket is held
	emptied bool         // the last read took all that had arrived
	over    bool         // the connection is

	answer  *gateway.Exchange // an answer that was put off
	request http1.Request     // what it answers
}

// errPutOff is a request that can't be served while the socket is held.
var errPutOff = errors.New("request put off")

// hold serves requests until one is put off, or the wait for the next one ends otherwise: then who reads from the
// connection is told why. It reports false if the connection is over.
func (c *conn) hold() bool {
	h := &c.held
	if c.flush() != nil || c.arm() != nil {
		return false
	}
	h.running = true
	_ = h.socket.Run() // whoever reads next gets the same error
	h.running = false
	if x := h.answer; x != nil {
		h.answer = nil
		h.over = c.finish(x, &h.request) == over
	}
	if h.over {
		_ = c.flush() // nobody is there to be told
	}
	return !h.over
}

// takeTurn serves what has arrived. It is the step of the socket: it asks to wait once nothing is left.
func (c *conn) takeTurn() (wait bool) {
	h := &c.held
	for {
		switch err := c.in.Wait(); {
		case errors.Is(err, edge.ErrNothing):
			return true
		case err != nil:
			h.over = true
			return false
		}
		for c.in.Buffered() > 0 {
			if outcome := c.exchange(); outcome != served {
				h.over = outcome == over
				return false
			}
		}
		c.phase = phaseIdle
		if c.flush() != nil || c.arm() != nil {
			h.over = true
			return false
		}
		if h.emptied {
			return true
		}
	}
}

// read reads what has arrived into p, without waiting.
func (h *held) read(p []byte) (int, error) {
	n, err := h.socket.Try(p)
	h.emptied = n < len(p)
	return n, err
}

// sever breaks the connection, whatever is done on it. It is safe for concurrent use.
func (c *conn) sever() {
	if c.held.socket == nil {
		_ = c.nc.Close() // it is closed either way
		return
	}
	// While the socket is held, Close waits for the request that is being served.
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	go c.nc.Close()
}
