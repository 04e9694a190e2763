package server

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// counts returns the counters that are not 0: name{stage resource method} value.
func counts(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			value := m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			if value > 0 {
				name := strings.TrimPrefix(family.GetName(), "sluice_api_")
				found[strings.TrimSpace(name+" "+labels["stage"]+" "+labels["method"]+" "+labels["resource"])] = value
			}
		}
	}
	return found
}

// Each request counts once: under its method if that has metrics of its own. The numbers survive a new binding of the stage and go with the
// stage.
func TestAPIMetrics(t *testing.T) {
	mock := apigw.Method{
		MethodIntegration: &apigw.Integration{
			Type: new(apigw.IntegrationTypeMock), RequestTemplates: map[string]*string{"application/json": new(`{"statusCode": 200}`)},
			IntegrationResponses: map[string]apigw.IntegrationResponse{"200": {StatusCode: new("200")}},
		},
		MethodResponses: map[string]apigw.MethodResponse{"200": {}},
	}
	p, _ := plan.Compile(&snapshot.API{RestAPI: apigw.RestApi{Id: new("api1"), Name: new("pets")}, Resources: []snapshot.Resource{
		{Path: "/a", Methods: map[string]apigw.Method{"GET": mock}}, {Path: "/b", Methods: map[string]apigw.Method{"GET": mock}},
	}})
	bind := func() *plan.Stage {
		stage, _ := plan.Bind(p, &apigw.Stage{StageName: new("v1"), MethodSettings: map[string]apigw.MethodSetting{"b/GET": {MetricsEnabled: new(true)}}})
		return stage
	}
	m := newAPIMetrics()
	registry := prometheus.NewRegistry()
	m.register(registry)
	gw := gateway.New(gateway.Config{})
	call := func(stage *plan.Stage, target string) {
		table, err := gateway.NewTable(gateway.TableConfig{Stages: []*plan.Stage{stage}})
		if err != nil {
			t.Fatal(err)
		}
		gw.Swap(table)
		x := gateway.Acquire()
		defer x.Release()
		x.Request.Method, x.Request.Target, x.Request.Host = "GET", target, "api1.execute-api.localhost"
		gw.Serve(t.Context(), x)
		m.observe(x, time.Millisecond)
	}
	first, second := bind(), bind()
	call(first, "/v1/a")
	call(first, "/v1/none")
	call(first, "/other/a")
	m.retain([]*plan.Stage{second})
	call(second, "/v1/a")
	call(second, "/v1/b")
	want := map[string]float64{
		"requests_total v1": 3, "latency_seconds v1": 3, "4xx_errors_total v1": 1,
		"requests_total v1 GET /b": 1, "latency_seconds v1 GET /b": 1,
	}
	if diff := cmp.Diff(want, counts(t, registry)); diff != "" {
		t.Errorf("metrics differ (-want +got):\n%s", diff)
	}
	m.retain(nil)
	if diff := cmp.Diff(map[string]float64{}, counts(t, registry)); diff != "" {
		t.Errorf("metrics of a stage that is gone (-want +got):\n%s", diff)
	}
}
