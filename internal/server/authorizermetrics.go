package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
)

// authorizerMetrics shows the numbers of Lambda authorizers and of user pools as metrics.
type authorizerMetrics struct {
	results func() lambdaauth.Stats
	tokens  func() cognito.Stats

	resultsTotal, failuresTotal, tokensTotal, checksTotal, fetchesTotal *prometheus.Desc
}

func newAuthorizerMetrics(results func() lambdaauth.Stats, tokens func() cognito.Stats) *authorizerMetrics {
	return &authorizerMetrics{
		results: results, tokens: tokens,
		resultsTotal: prometheus.NewDesc("sluice_authorizer_requests_total",
			"Requests with a Lambda authorizer, by where the result came from: a call, the call of another request, or what was kept.", []string{"from"}, nil),
		failuresTotal: prometheus.NewDesc("sluice_authorizer_failures_total", "Calls of Lambda authorizers' functions that gave no result.", nil, nil),
		tokensTotal:   prometheus.NewDesc("sluice_user_pool_tokens_total", "Tokens of user pools, by what became of them.", []string{"result"}, nil),
		checksTotal:   prometheus.NewDesc("sluice_user_pool_signature_checks_total", "Checks of tokens' signatures; tokens that are kept need none.", nil, nil),
		fetchesTotal:  prometheus.NewDesc("sluice_user_pool_key_fetches_total", "Fetches of user pools' keys, by what became of them.", []string{"result"}, nil),
	}
}

// Describe tells what metrics there are.
func (m *authorizerMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.resultsTotal, m.failuresTotal, m.tokensTotal, m.checksTotal, m.fetchesTotal} {
		descriptions <- d
	}
}

// Collect tells their values.
func (m *authorizerMetrics) Collect(values chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, value int64, labels ...string) {
		values <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}
	r, t := m.results(), m.tokens()
	send(m.resultsTotal, r.Calls, "call")
	send(m.resultsTotal, r.Joined, "joined")
	send(m.resultsTotal, r.Hits, "kept")
	send(m.failuresTotal, r.Failures)
	send(m.tokensTotal, t.Accepted, "accepted")
	send(m.tokensTotal, t.Refused, "refused")
	send(m.tokensTotal, t.Unavailable, "unavailable")
	send(m.checksTotal, t.Checks)
	send(m.fetchesTotal, t.Fetches-t.Failures, "ok")
	send(m.fetchesTotal, t.Failures, "failed")
}
