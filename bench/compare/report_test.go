package main

import (
	"strings"
	"testing"
	"time"
)

// The table has the medians of rounds, ratios to nginx of the same scenario, and says which goals are held.
func TestReport(t *testing.T) {
	r := newRun(options{rounds: 3, time: time.Second, connections: 64, rate: 2000})
	r.note("nginx", "1.22.1")
	r.leaveOut("caddy", "it is not installed")
	add := func(scenario, server string, cpu ...float64) {
		for _, c := range cpu {
			r.add(scenario, server, measurement{CPU: c, Rate: 1000, Full: percentiles{1, 2, 3}, Fixed: percentiles{4, 5, 6}, Resident: 20e6})
		}
	}
	add(proxy1K, ours, 12, 100, 11)
	add(proxy1K, nginx, 10, 9, 11)
	add(mock, ours, 40, 40, 40)
	add(mock, nginx, 10, 10, 10)
	add(cached, ours, 6, 6, 6)
	var out strings.Builder
	if err := r.report(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Left out: caddy: it is not installed.",
		"nginx 1.22.1. 64 connections, 3 rounds of 1s",
		"| HTTP_PROXY at 1 KiB against nginx | 1.20 | 1.30 | held |",
		"| HTTP_PROXY at 1 KiB against Caddy | | 0.33 | not measured |",
		"| MOCK with both templates against nginx's return | 4.00 | 3.00 | **missed** |",
		"| a cache hit against the proxied call | 0.50 | 1.00 | held |",
		"| HTTP_PROXY, 1 KiB | Sluice | 12.0 | 11.0 – 100.0 | 1.20 | 1000 | 1.00 / 2.00 / 3.00 | 4.00 / 5.00 / 6.00 | 20 |",
		"|  | nginx | 10.0 | 9.0 – 11.0 | 1.00 |",
		"| cache hit | Sluice | 6.0 | 6.0 – 6.0 | – |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "| JWT |") {
		t.Error("there is a row of a scenario that was not measured")
	}
}

// Bodies have the length that scenarios are named for, and every scenario has a name of its own.
func TestScenarios(t *testing.T) {
	for name, want := range map[string]int{"p16": 16, "p1k": 1 << 10, "p100k": 100 << 10} {
		if got := len(payloads[name]); got != want {
			t.Errorf("%s has %d bytes, want %d", name, got, want)
		}
	}
	seen := make(map[string]bool)
	for _, s := range scenarios {
		if seen[s.name] || s.what == "" {
			t.Errorf("scenario %q has no name of its own, or no description", s.name)
		}
		seen[s.name] = true
	}
	for _, g := range goals {
		if !seen[g.scenario] || !seen[g.of] {
			t.Errorf("goal %q is about scenarios that are not there", g.text)
		}
	}
}
