package server

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
)

func TestVPCLinksOfFile(t *testing.T) {
	file := writeFile(t, `
data: x
vpc_links:
  orders: [10.0.1.5:8080, orders.internal:80]
  arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/stock/1:
    targets: [10.0.1.7:443]
    balance: round-robin
    health: {protocol: http, path: /health, interval: 1s, timeout: 500ms, healthy: 3, unhealthy: 4}
  quiet: {targets: [10.0.1.8:80], health: off}
`)
	got, err := LoadConfig(Sources{File: file})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]vpclink.Targets{
		"orders": {Addresses: []string{"10.0.1.5:8080", "orders.internal:80"}},
		"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/stock/1": {
			Addresses: []string{"10.0.1.7:443"}, Balance: vpclink.RoundRobin,
			Health: vpclink.HealthCheck{Protocol: vpclink.HTTP, Path: "/health", Interval: time.Second, Timeout: 500 * time.Millisecond, Rise: 3, Fall: 4},
		},
		"quiet": {Addresses: []string{"10.0.1.8:80"}, Health: vpclink.HealthCheck{Protocol: vpclink.Unchecked}},
	}
	if diff := cmp.Diff(want, got.VPCLinks); diff != "" {
		t.Errorf("VPC links (-want +got):\n%s", diff)
	}
}

func TestVPCLinksOfFileRefused(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no mapping", "vpc_links: [a]", "2: vpc_links: not a mapping of links to targets"},
		{"no targets", "vpc_links:\n  a: 10.0.0.1:80", "3: vpc_links: a: neither a list of addresses nor a mapping with targets"},
		{"no port", "vpc_links:\n  a: [10.0.0.1]", `3: vpc_links: a: target "10.0.0.1" is not of the form host:port`},
		{"unknown member", "vpc_links:\n  a: {target: [10.0.0.1:80]}", "3: vpc_links: a: line 3: there is no target"},
		{"unknown member of the check", "vpc_links:\n  a: {targets: [10.0.0.1:80], health: {port: 1}}", "3: vpc_links: a: line 3: there is no port"},
		{"twice", "vpc_links:\n  a: [10.0.0.1:80]\n  a: [10.0.0.2:80]", "4: vpc_links: a: named twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadConfig(Sources{File: writeFile(t, "data: x\n"+tt.text+"\n")})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestLinkMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newLinkMetrics(func() []vpclink.TargetStats {
		return []vpclink.TargetStats{{Link: "orders", Address: "a:1", Healthy: true, Pending: 2, Calls: 5, Failures: 3}}
	}))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	want := map[string]float64{
		"sluice_vpc_link_target_healthy orders a:1": 1, "sluice_vpc_link_target_calls_pending orders a:1": 2,
		"sluice_vpc_link_target_calls_total orders a:1": 5, "sluice_vpc_link_target_failures_total orders a:1": 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
