package server

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// apiMetrics are the metrics that the service keeps for each stage, and for each method whose settings ask for it. Their
// labels come from what is configured, never from what clients send; they go when the stage goes. Every
// request is counted once: with the labels of its method, or with empty ones.
//
// AWS: Amazon API Gateway dimensions and metrics.
type apiMetrics struct {
	count, errors4xx, errors5xx *prometheus.CounterVec
	cacheHits, cacheMisses      *prometheus.CounterVec
	latency, integrationLatency *prometheus.HistogramVec
	all                         []prometheus.Collector
	stages                      sync.Map // *plan.Stage -> *stageSeries
}

// apiLabels are the dimensions of the service: ApiName, Stage, Resource and Method. Names of APIs need not differ, ids do.
var apiLabels = []string{"account", "region", "api_id", "api_name", "stage", "resource", "method"}

// stageSeries are the series of one compiled stage.
type stageSeries struct {
	labels  prometheus.Labels // of the stage
	general *series           // of the stage and of methods without metrics of their own
	methods []*series         // by Method.Index; nil for those without their own
}

// series are the metrics with one set of labels.
type series struct {
	count, errors4xx, errors5xx prometheus.Counter
	cacheHits, cacheMisses      prometheus.Counter
	latency, integrationLatency prometheus.Observer
}

func newAPIMetrics() *apiMetrics {
	m := &apiMetrics{}
	counter := func(name, help string) *prometheus.CounterVec {
		vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sluice_api_" + name, Help: help}, apiLabels)
		m.all = append(m.all, vec)
		return vec
	}
	histogram := func(name, help string) *prometheus.HistogramVec {
		vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sluice_api_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10),
		}, apiLabels)
		m.all = append(m.all, vec)
		return vec
	}
	m.count = counter("requests_total", "Count: requests to a stage.")
	m.errors4xx = counter("4xx_errors_total", "4XXError: answers with a status of 400 to 499.")
	m.errors5xx = counter("5xx_errors_total", "5XXError: answers with a status of 500 and above.")
	m.cacheHits = counter("cache_hits_total", "CacheHitCount: requests answered from the stage's cache.")
	m.cacheMisses = counter("cache_misses_total", "CacheMissCount: requests whose answer was not in the stage's cache.")
	m.latency = histogram("latency_seconds", "Latency: from a request's last byte to its answer's first.")
	m.integrationLatency = histogram("integration_latency_seconds", "IntegrationLatency: from the call of a back end to its answer.")
	return m
}

// register makes the metrics visible.
func (m *apiMetrics) register(r *prometheus.Registry) { r.MustRegister(m.all...) }

// observe counts a request that reached a stage.
func (m *apiMetrics) observe(x *gateway.Exchange, took time.Duration) {
	stage := x.Stage()
	if stage == nil {
		return
	}
	s := m.of(stage).of(x.Method())
	s.count.Inc()
	switch status := x.Response.Status; {
	case status >= 500:
		s.errors5xx.Inc()
	case status >= 400:
		s.errors4xx.Inc()
	}
	switch hit, miss := x.Cached(); {
	case hit:
		s.cacheHits.Inc()
	case miss:
		s.cacheMisses.Inc()
	}
	s.latency.Observe(took.Seconds())
	if latency, called := x.IntegrationLatency(); called {
		s.integrationLatency.Observe(latency.Seconds())
	}
}

// of returns the series of a stage, making them with its first request.
func (m *apiMetrics) of(stage *plan.Stage) *stageSeries {
	if known, ok := m.stages.Load(stage); ok {
		return known.(*stageSeries)
	}
	made, _ := m.stages.LoadOrStore(stage, m.newStageSeries(stage))
	return made.(*stageSeries)
}

func (m *apiMetrics) newStageSeries(stage *plan.Stage) *stageSeries {
	p := stage.Plan
	s := &stageSeries{methods: make([]*series, len(p.Methods)), labels: prometheus.Labels{
		"account": p.AccountID, "region": p.Region, "api_id": p.APIID, "api_name": p.Name, "stage": stage.MetricsName(),
	}}
	s.general = m.newSeries(s.labels, "", "")
	for i, method := range p.Methods {
		if stage.Settings(method).Metrics {
			s.methods[i] = m.newSeries(s.labels, method.ResourcePath, method.Verb)
		}
	}
	return s
}

func (m *apiMetrics) newSeries(stage prometheus.Labels, resource, method string) *series {
	values := []string{stage["account"], stage["region"], stage["api_id"], stage["api_name"], stage["stage"], resource, method}
	return &series{
		count:              m.count.WithLabelValues(values...),
		errors4xx:          m.errors4xx.WithLabelValues(values...),
		errors5xx:          m.errors5xx.WithLabelValues(values...),
		cacheHits:          m.cacheHits.WithLabelValues(values...),
		cacheMisses:        m.cacheMisses.WithLabelValues(values...),
		latency:            m.latency.WithLabelValues(values...),
		integrationLatency: m.integrationLatency.WithLabelValues(values...),
	}
}

// of returns the series for a method, which may be nil.
func (s *stageSeries) of(m *plan.Method) *series {
	if m != nil && s.methods[m.Index] != nil {
		return s.methods[m.Index]
	}
	return s.general
}

// retain forgets the series of all stages that are not served any more. A stage that was bound anew goes on with its
// numbers.
func (m *apiMetrics) retain(served []*plan.Stage) {
	compiled := make(map[*plan.Stage]bool, len(served))
	labels := make(map[[3]string]bool, len(served))
	key := func(s *plan.Stage) [3]string {
		return [3]string{s.Plan.AccountID + "/" + s.Plan.Region, s.Plan.APIID, s.MetricsName()}
	}
	for _, s := range served {
		compiled[s], labels[key(s)] = true, true
		if s.Canary != nil {
			compiled[s.Canary.Stage], labels[key(s.Canary.Stage)] = true, true
		}
	}
	m.stages.Range(func(k, v any) bool {
		stage := k.(*plan.Stage)
		if compiled[stage] {
			return true
		}
		m.stages.Delete(stage)
		if !labels[key(stage)] {
			m.forget(v.(*stageSeries).labels)
		}
		return true
	})
}

// forget deletes the series of a stage.
func (m *apiMetrics) forget(stage prometheus.Labels) {
	for _, vec := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
		m.count, m.errors4xx, m.errors5xx, m.cacheHits, m.cacheMisses, m.latency, m.integrationLatency,
	} {
		vec.DeletePartialMatch(stage)
	}
}
