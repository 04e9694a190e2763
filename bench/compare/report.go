package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// results is everything that a run has found.
type results struct {
	options options

	Date     string                              `json:"date"`
	Machine  []string                            `json:"machine"`
	Versions []string                            `json:"versions"`
	LeftOut  []string                            `json:"leftOut,omitempty"`
	Measured map[string]map[string][]measurement `json:"measured"` // by scenario and server
	servers  []string                            // in the order in which they were measured
}

// newRun returns the results of no measurement.
func newRun(o options) *results {
	return &results{options: o, Date: time.Now().UTC().Format("2006-01-02"), Machine: rig.Machine(), Versions: []string{"Go " + strings.TrimPrefix(runtime.Version(), "go")},
		Measured: make(map[string]map[string][]measurement)}
}

// note keeps the version of a server.
func (r *results) note(name, version string) { r.Versions = append(r.Versions, name+" "+version) }

// leaveOut says that something is not measured, and why.
func (r *results) leaveOut(name, why string) {
	r.LeftOut = append(r.LeftOut, name+": "+why)
	fmt.Fprintf(os.Stderr, "compare: %s is left out: %s\n", name, why)
}

// checkCalls leaves out what a server does not answer with 200.
func (r *results) checkCalls(ctx context.Context, t *target) {
	for _, s := range scenarios {
		c, ok := t.calls[s.name]
		if !ok {
			continue
		}
		if _, err := rig.Load(ctx, t.address, rig.Get(c.path, c.host, c.headers), 1, time.Millisecond, 0); err != nil {
			r.leaveOut(t.name+", "+s.name, err.Error())
			delete(t.calls, s.name)
		}
	}
}

// add keeps a measurement.
func (r *results) add(scenario, server string, m measurement) {
	if r.Measured[scenario] == nil {
		r.Measured[scenario] = make(map[string][]measurement)
	}
	r.Measured[scenario][server] = append(r.Measured[scenario][server], m)
	if !slices.Contains(r.servers, server) {
		r.servers = append(r.servers, server)
	}
}

// median returns the middle of one number of all rounds, and false where nothing was measured.
func (r *results) median(scenario, server string, of func(measurement) float64) (float64, bool) {
	var values []float64
	for _, m := range r.Measured[scenario][server] {
		values = append(values, of(m))
	}
	return rig.Median(values), len(values) > 0
}

// cpu returns the CPU time per request in microseconds.
func (r *results) cpu(scenario, server string) (float64, bool) {
	return r.median(scenario, server, func(m measurement) float64 { return m.CPU })
}

// report writes the tables and the files that were asked for.
func (r *results) report(out io.Writer) error {
	var b strings.Builder
	r.writeConditions(&b)
	r.writeTargets(&b)
	r.writeTable(&b)
	if _, err := io.WriteString(out, b.String()); err != nil {
		return err
	}
	if r.options.json != "" {
		if err := rig.WriteJSON(r.options.json, r); err != nil {
			return err
		}
	}
	if r.options.doc != "" {
		return rig.ReplaceSection(r.options.doc, "compare", b.String())
	}
	return nil
}

// writeConditions says what was measured where.
func (r *results) writeConditions(b *strings.Builder) {
	fmt.Fprintf(b, "%s, on %s. %s. %d connections, %d rounds of %v for each server and scenario, and as long at %d requests a second.\n\n",
		r.Date, strings.Join(r.Machine, ", "), strings.Join(r.Versions, ", "), r.options.connections, r.options.rounds, r.options.time, r.options.rate)
	for _, text := range r.LeftOut {
		fmt.Fprintf(b, "Left out: %s.\n\n", text)
	}
}

// goal is a ratio of CPU times per request that is to be held.
type goal struct {
	text             string
	scenario, server string
	of, ofServer     string // what it is compared with
	most             float64
}

// The servers that goals name.
const (
	ours  = "Sluice"
	nginx = "nginx"
	caddy = "caddy"
)

var goals = []goal{
	{"HTTP_PROXY at 1 KiB against nginx", proxy1K, ours, proxy1K, nginx, 1.3},
	{"HTTP_PROXY at 1 KiB against Caddy", proxy1K, ours, proxy1K, caddy, 1.0 / 3},
	{"MOCK with both templates against nginx's return", mock, ours, mock, nginx, 3},
	{"HTTP with both templates against HTTP_PROXY", http, ours, proxy1K, ours, 2.5},
	{"AWS_PROXY against HTTP_PROXY", function, ours, proxy1K, ours, 2},
	{"a cache hit against the proxied call", cached, ours, proxy1K, ours, 1},
	{"10,000 resources against 10", resources2, ours, resources0, ours, 1.05},
}

// writeTargets says which goals are held.
func (r *results) writeTargets(b *strings.Builder) {
	b.WriteString("| CPU time per request | ratio | at most | |\n| --- | ---: | ---: | --- |\n")
	for _, g := range goals {
		cost, ok := r.cpu(g.scenario, g.server)
		base, known := r.cpu(g.of, g.ofServer)
		if !ok || !known {
			fmt.Fprintf(b, "| %s | | %.2f | not measured |\n", g.text, g.most)
			continue
		}
		held := "held"
		if cost/base > g.most {
			held = "**missed**"
		}
		fmt.Fprintf(b, "| %s | %.2f | %.2f | %s |\n", g.text, cost/base, g.most, held)
	}
	b.WriteString("\n")
}

// writeTable writes the medians of everything.
func (r *results) writeTable(b *strings.Builder) {
	b.WriteString("| scenario | server | CPU µs/request | least – most | against nginx | requests/s | p50 / p99 / p99.9 ms, saturated | p50 / p99 / p99.9 ms, fixed rate | resident MB |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, s := range scenarios {
		name := s.name
		for _, server := range r.servers {
			rounds := r.Measured[s.name][server]
			if len(rounds) == 0 {
				continue
			}
			r.writeRow(b, name, s.name, server, rounds)
			name = ""
		}
	}
	b.WriteString("\n")
	for _, s := range scenarios {
		if len(r.Measured[s.name]) > 0 {
			fmt.Fprintf(b, "- %s: %s.\n", s.name, s.what)
		}
	}
}

// writeRow writes the medians of one server in one scenario.
func (r *results) writeRow(b *strings.Builder, shown, scenario, server string, rounds []measurement) {
	cost, _ := r.cpu(scenario, server)
	least, most := rounds[0].CPU, rounds[0].CPU
	for _, m := range rounds {
		least, most = min(least, m.CPU), max(most, m.CPU)
	}
	against := "–"
	if base, ok := r.cpu(scenario, nginx); ok {
		against = fmt.Sprintf("%.2f", cost/base)
	}
	middle := func(of func(measurement) float64) float64 {
		value, _ := r.median(scenario, server, of)
		return value
	}
	latency := func(of func(measurement) percentiles) string {
		return fmt.Sprintf("%.2f / %.2f / %.2f", middle(func(m measurement) float64 { return of(m).P50 }),
			middle(func(m measurement) float64 { return of(m).P99 }), middle(func(m measurement) float64 { return of(m).P999 }))
	}
	fmt.Fprintf(b, "| %s | %s | %.1f | %.1f – %.1f | %s | %.0f | %s | %s | %.0f |\n", shown, server, cost, least, most, against,
		middle(func(m measurement) float64 { return m.Rate }),
		latency(func(m measurement) percentiles { return m.Full }), latency(func(m measurement) percentiles { return m.Fixed }),
		middle(func(m measurement) float64 { return float64(m.Resident) / 1e6 }))
}
