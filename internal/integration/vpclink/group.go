package vpclink

// Hot path.

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// group is the targets of one link.
type group struct {
	name    string
	balance Balance
	health  HealthCheck
	targets []*target
	turn    atomic.Uint32 // where the next choice begins
}

// newGroup returns a group whose targets count as healthy until a check says otherwise.
func newGroup(name string, targets Targets) *group {
	g := &group{name: name, balance: targets.Balance, health: targets.Health}
	for _, address := range targets.Addresses {
		t := &target{address: address}
		t.healthy.Store(true)
		g.targets = append(g.targets, t)
	}
	return g
}

// pick returns a healthy target that was not tried yet, or nil. With RoundRobin it is the next in turn,
// with LeastPending the one with the fewest calls in flight, the next in turn of several.
func (g *group) pick(tried []*target) *target {
	n := uint32(len(g.targets))
	first := g.turn.Add(1)
	var best *target
	var bestPending int64
	for i := range n {
		t := g.targets[(first+i)%n]
		if !t.healthy.Load() || slices.Contains(tried, t) {
			continue
		}
		if g.balance == RoundRobin {
			return t
		}
		if pending := t.pending.Load(); best == nil || pending < bestPending {
			best, bestPending = t, pending
		}
	}
	return best
}

// target is one address.
type target struct {
	address  string
	healthy  atomic.Bool
	pending  atomic.Int64
	calls    atomic.Int64
	failures atomic.Int64

	mu     sync.Mutex
	streak int // checks in a row with the same result: positive when they passed
}

// call makes a call to the target. A streamed answer keeps it pending until its body is closed.
func (t *target) call(ctx context.Context, next integration.Integration, req *integration.Request, resp *integration.Response) error {
	t.calls.Add(1)
	t.pending.Add(1)
	err := next.Call(ctx, req, resp)
	switch {
	case err != nil:
		t.failures.Add(1)
	case resp.Stream != nil:
		resp.Stream = &stream{Stream: resp.Stream, target: t}
		return nil
	}
	t.pending.Add(-1)
	return err
}

// stream is a body that keeps its target pending.
type stream struct {
	integration.Stream
	target *target
}

// Close closes the body.
func (s *stream) Close() error {
	s.target.pending.Add(-1)
	return s.Stream.Close()
}
