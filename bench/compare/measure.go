package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// measurement is one turn of a server in one scenario.
type measurement struct {
	CPU      float64     `json:"cpuMicros"` // per request, at saturation
	Rate     float64     `json:"rate"`      // requests a second, at saturation
	Full     percentiles `json:"saturation"`
	Fixed    percentiles `json:"fixedRate"`
	Resident int64       `json:"residentBytes"`
}

// percentiles are latencies in milliseconds.
type percentiles struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
}

// percentilesOf reads them off a histogram.
func percentilesOf(h *rig.Histogram) percentiles {
	ms := func(part float64) float64 { return float64(h.Quantile(part).Microseconds()) / 1000 }
	return percentiles{ms(0.5), ms(0.99), ms(0.999)}
}

// parts is into how many parts a load at saturation is divided, between which the other servers have their turns: a machine that
// others use is at one moment twice as fast as at the next.
const parts = 6

// turns is what the servers are measured with in one round of a scenario.
type turns struct {
	options
	of []*turn
}

// turn is that of one server.
type turn struct {
	target  *target
	session *rig.Session
	full    rig.Histogram
	cpu     time.Duration // at saturation
	took    time.Duration
	measurement
}

// measure loads all servers that know a scenario: to warm them up, at saturation in several turns, and at the fixed rate. What it costs
// to make the connections is not in it.
func measure(ctx context.Context, scenario string, targets []*target, o options) ([]*turn, error) {
	ts := turns{options: o}
	defer ts.close()
	for _, t := range targets {
		c, ok := t.calls[scenario]
		if !ok {
			continue
		}
		session, err := rig.Connect(t.address, rig.Get(c.path, c.host, c.headers), o.connections)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		ts.of = append(ts.of, &turn{target: t, session: session})
	}
	steps := []func(context.Context, *turn) error{ts.warmUp}
	for range parts {
		steps = append(steps, ts.saturate)
	}
	for _, step := range append(steps, ts.atRate) {
		for _, t := range ts.of {
			if err := step(ctx, t); err != nil {
				return nil, fmt.Errorf("%s: %w", t.target.name, err)
			}
		}
	}
	return ts.of, nil
}

// close closes all connections.
func (ts *turns) close() {
	for _, t := range ts.of {
		t.session.Close()
	}
}

// warmUp loads a server for a fifth of the time.
func (ts *turns) warmUp(ctx context.Context, t *turn) error {
	_, err := t.session.Load(ctx, ts.time/5, 0)
	return err
}

// saturate loads a server for a part of the time.
func (ts *turns) saturate(ctx context.Context, t *turn) error {
	before, err := rig.CPUTime(t.target.processes...)
	if err != nil {
		return err
	}
	began := time.Now()
	h, err := t.session.Load(ctx, ts.time/parts, 0)
	if err != nil {
		return err
	}
	t.took += time.Since(began)
	after, err := rig.CPUTime(t.target.processes...)
	if err != nil {
		return err
	}
	t.cpu += after - before
	t.full.Add(h)
	return nil
}

// atRate loads a server at the fixed rate, and finds what there is to say of it.
func (ts *turns) atRate(ctx context.Context, t *turn) error {
	fixed, err := t.session.Load(ctx, ts.time, ts.rate)
	if err != nil {
		return err
	}
	t.CPU = float64(t.cpu.Nanoseconds()) / 1000 / float64(t.full.Count())
	t.Rate = float64(t.full.Count()) / t.took.Seconds()
	t.Full, t.Fixed = percentilesOf(&t.full), percentilesOf(fixed)
	t.Resident, err = rig.Resident(t.target.processes...)
	return err
}
