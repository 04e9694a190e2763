package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
)

// linkMetrics shows the numbers of the targets of VPC links as metrics.
type linkMetrics struct {
	stats func() []vpclink.TargetStats

	healthy, pending, calls, failures *prometheus.Desc
}

func newLinkMetrics(stats func() []vpclink.TargetStats) *linkMetrics {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("sluice_vpc_link_target_"+name, help, []string{"link", "target"}, nil)
	}
	return &linkMetrics{
		stats:    stats,
		healthy:  describe("healthy", "1 for a target of a VPC link that is called, 0 for one that failed its checks."),
		pending:  describe("calls_pending", "Calls to a target of a VPC link that are not over."),
		calls:    describe("calls_total", "Calls to a target of a VPC link."),
		failures: describe("failures_total", "Calls to a target of a VPC link that ended without an answer."),
	}
}

// Describe tells what metrics there are.
func (m *linkMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.healthy, m.pending, m.calls, m.failures} {
		descriptions <- d
	}
}

// Collect tells their values.
func (m *linkMetrics) Collect(values chan<- prometheus.Metric) {
	for _, s := range m.stats() {
		send := func(d *prometheus.Desc, kind prometheus.ValueType, value int64) {
			values <- prometheus.MustNewConstMetric(d, kind, float64(value), s.Link, s.Address)
		}
		healthy := int64(0)
		if s.Healthy {
			healthy = 1
		}
		send(m.healthy, prometheus.GaugeValue, healthy)
		send(m.pending, prometheus.GaugeValue, s.Pending)
		send(m.calls, prometheus.CounterValue, s.Calls)
		send(m.failures, prometheus.CounterValue, s.Failures)
	}
}
