package gateway

import (
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// freeStreamBytes is how much of a streamed body passes as fast as it may, whatever comes behind it.
//
// AWS: Stream the integration response for your proxy integrations.
const freeStreamBytes = MaxBodyBytes

// paceStream slows the rest of a long streamed body down, where the gateway is configured so.
func (g *Gateway) paceStream(x *Exchange) {
	if x.Response.Stream == nil || g.streamRate <= 0 {
		return
	}
	x.Response.Stream = &pacedStream{
		Stream: x.Response.Stream, free: freeStreamBytes, perSecond: g.streamRate, now: g.now, interrupted: make(chan struct{}),
	}
}

// pacedStream is a body of which, behind its free bytes, no more than so many are read a second.
type pacedStream struct {
	integration.Stream
	free      int64
	perSecond int64
	now       func() time.Time

	since time.Time // when the free bytes had been read
	read  int64     // bytes behind them

	once        sync.Once
	interrupted chan struct{}
}

// Read reads what has come of the body, and returns when that much may be sent. A read that takes part of a second's bytes waits that part
// of a second, so that waits are short.
func (s *pacedStream) Read(p []byte) (int, error) {
	n, err := s.Stream.Read(p)
	over := int64(n)
	if s.free > 0 {
		over -= s.free
		s.free -= int64(n)
		s.since = s.now()
	}
	if over <= 0 {
		return n, err
	}
	s.read += over
	due := s.since.Add(time.Duration(float64(s.read) / float64(s.perSecond) * float64(time.Second)))
	wait := due.Sub(s.now())
	if wait <= 0 {
		return n, err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return n, err
	case <-s.interrupted:
		return 0, &integration.Error{Kind: integration.Canceled}
	}
}

// Interrupt makes a Read that waits, and all later ones, fail.
func (s *pacedStream) Interrupt() {
	s.once.Do(func() { close(s.interrupted) })
	s.Stream.Interrupt()
}
