package server

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are the numbers that the admin listener shows.
type metrics struct {
	registry *prometheus.Registry

	controlRequests *prometheus.CounterVec   // by operation and status
	controlSeconds  *prometheus.HistogramVec // by operation
	gatewayRequests *prometheus.CounterVec   // by class of status
	gatewaySeconds  prometheus.Histogram
	inFlight        prometheus.Gauge

	apis         *apiMetrics
	droppedLines prometheus.Counter

	stages          prometheus.Gauge
	compileSeconds  prometheus.Histogram
	publishSeconds  prometheus.Histogram
	publishFailures prometheus.Counter
}

// newMetrics returns metrics in a registry of their own.
func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		controlRequests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_control_requests_total", Help: "Requests to the control plane.",
		}, []string{"operation", "status"}),
		controlSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sluice_control_request_seconds", Help: "Time of requests to the control plane.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 7),
		}, []string{"operation"}),
		gatewayRequests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_gateway_requests_total", Help: "Requests to the APIs, by class of the answer's status.",
		}, []string{"class"}),
		gatewaySeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sluice_gateway_request_seconds", Help: "Time of requests to the APIs, from their last byte to the answer's first.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10),
		}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sluice_gateway_requests_in_flight", Help: "Requests to the APIs that have no answer yet.",
		}),
		apis: newAPIMetrics(),
		droppedLines: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sluice_log_lines_dropped_total", Help: "Lines of access and execution logs that could not be written in time, or at all.",
		}),
		stages: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sluice_stages", Help: "Stages that are served.",
		}),
		compileSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sluice_compile_seconds", Help: "Time to compile a deployment.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 8),
		}),
		publishSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sluice_publish_seconds", Help: "Time from a commit's arrival to the swap of the table.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 8),
		}),
		publishFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sluice_publish_failures_total", Help: "Stages that kept what they had because what they should have does not work.",
		}),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sluice_build_info", Help: "Always 1; the label says which version runs.",
		ConstLabels: prometheus.Labels{"version": version},
	}, func() float64 { return 1 })
	m.registry.MustRegister(
		m.controlRequests, m.controlSeconds, m.gatewayRequests, m.gatewaySeconds, m.inFlight,
		m.droppedLines, m.stages, m.compileSeconds, m.publishSeconds, m.publishFailures, build,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.apis.register(m.registry)
	return m
}

// dropLines counts lines of logs that are lost.
func (m *metrics) dropLines(lines int) { m.droppedLines.Add(float64(lines)) }

// observeControl counts a request to the control plane.
func (m *metrics) observeControl(operation string, status int, elapsed time.Duration) {
	m.controlRequests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
	m.controlSeconds.WithLabelValues(operation).Observe(elapsed.Seconds())
}
