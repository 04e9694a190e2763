package httpbackend

// Hot path.

import (
	"errors"

	"github.com/sluice-gateway/sluice/internal/edge"
)

// asking is how a connection sends a short request and reads the first of its answer in one go, without
// looking for the answer before it can be there.
type asking struct {
	socket *edge.Socket // nil where that can't be done
	unsent []byte       // the request; nil once it is sent
	failed error        // why it was not sent

	into []byte // memory for the answer
	n    int    // how much of it was filled
	err  error  // why nothing more was
}

// readAfterAsking sends what is unsent and reads what comes after it.
func (c *conn) readAfterAsking(p []byte) (int, error) {
	a := &c.asking
	a.into, a.n, a.err = p, 0, nil
	err := a.socket.Run()
	a.into = nil
	if err == nil {
		err = a.err
	}
	return a.n, err
}

// ask is the step of the connection's socket: at first it sends, then it reads.
func (c *conn) ask() (wait bool) {
	a := &c.asking
	if out := a.unsent; out != nil {
		a.unsent = nil
		if out = out[a.socket.Send(out):]; len(out) > 0 {
			a.failed = c.write(out)
		}
		if a.failed == nil {
			return true
		}
		// An endpoint that does not read everything may have answered.
		if a.n, _ = a.socket.Try(a.into); a.n == 0 {
			a.err = a.failed
		}
		return false
	}
	a.n, a.err = a.socket.Try(a.into)
	return errors.Is(a.err, edge.ErrNothing)
}
