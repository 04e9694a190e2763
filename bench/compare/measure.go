package main

import (
	"context"
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

// measure loads a server: to warm it up, at saturation, and at the fixed rate.
func measure(ctx context.Context, t *target, c call, o options) (m measurement, err error) {
	request := rig.Get(c.path, c.host, c.headers)
	if _, err := rig.Load(ctx, t.address, request, o.connections, o.time/5, 0); err != nil {
		return m, err
	}
	before, err := rig.CPUTime(t.processes...)
	if err != nil {
		return m, err
	}
	began := time.Now()
	full, err := rig.Load(ctx, t.address, request, o.connections, o.time, 0)
	if err != nil {
		return m, err
	}
	took := time.Since(began)
	after, err := rig.CPUTime(t.processes...)
	if err != nil {
		return m, err
	}
	fixed, err := rig.Load(ctx, t.address, request, o.connections, o.time, o.rate)
	if err != nil {
		return m, err
	}
	m.CPU = float64((after - before).Nanoseconds()) / 1000 / float64(full.Count())
	m.Rate = float64(full.Count()) / took.Seconds()
	m.Full, m.Fixed = percentilesOf(full), percentilesOf(fixed)
	m.Resident, err = rig.Resident(t.processes...)
	return m, err
}
