package httpbackend

// Hot path.

import (
	"context"
	"io"
	"time"

	"github.com/sluice-gateway/sluice/internal/http1"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// stream is the body of an answer that is still coming. It owns its connection until it is closed.
type stream struct {
	backend  *Backend
	ctx      context.Context // of the call, whose end breaks the connection
	c        *conn
	body     http1.BodyReader
	keep     bool // the connection can be used again once the body was read to its end
	deadline time.Time
	idle     time.Duration
	finish   func() error // ends the sending of the request's body, or nil
	failed   bool
}

// Read reads what has come of the body. It fails when the endpoint sends nothing for the idle time, and
// at the call's deadline.
func (s *stream) Read(p []byte) (int, error) {
	limit := s.deadline
	if s.c.in.Buffered() == 0 {
		if idle := time.Now().Add(s.idle); idle.Before(limit) {
			limit = idle
		}
		s.c.limit(limit)
	}
	n, err := s.body.Read(p)
	if err != nil && err != io.EOF {
		return n, s.fail(err, limit)
	}
	return n, err
}

// fail returns the error of a body that broke off.
func (s *stream) fail(err error, limit time.Time) error {
	s.failed = true
	if s.c.interrupted.Load() {
		return &integration.Error{Kind: integration.Canceled, Err: err}
	}
	return fault(s.ctx, err, limit)
}

// Interrupt makes Read fail.
func (s *stream) Interrupt() {
	s.c.interrupted.Store(true)
	_ = s.c.nc.SetReadDeadline(time.Unix(1, 0)) // fails only when the connection is closed
}

// Close gives the connection back to the pool. One whose body was not read to its end is broken.
func (s *stream) Close() error {
	reusable := s.keep && !s.failed && !s.c.interrupted.Load() && s.body.Ended() && s.c.in.Buffered() == 0
	if s.finish != nil {
		reusable = s.finish() == nil && reusable
	}
	if reusable {
		s.c.end()
		s.backend.pool.put(s.c)
	} else {
		s.backend.pool.discard(s.c)
	}
	return nil
}
