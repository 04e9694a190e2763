package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// The most specific entry holds, whole: what it does not say is off, whatever the others say.
func TestMethodSettings(t *testing.T) {
	in := apigw.Method{MethodIntegration: &apigw.Integration{Type: new(apigw.IntegrationTypeMock)}}
	p, _ := plan.Compile(&snapshot.API{RestAPI: apigw.RestApi{Id: new("api1")}, Resources: []snapshot.Resource{
		{Path: "/", Methods: map[string]apigw.Method{"GET": in}},
		{Path: "/a/{b}", Methods: map[string]apigw.Method{"GET": in, "POST": in, "ANY": in}},
		{Path: "/c", Methods: map[string]apigw.Method{"GET": in, "PUT": in}},
	}})
	stage, _ := plan.Bind(p, &apigw.Stage{StageName: new("v1"), MethodSettings: map[string]apigw.MethodSetting{
		"*/*":        {LoggingLevel: new("ERROR"), MetricsEnabled: new(true)},
		"*/PUT":      {},
		"//GET":      {LoggingLevel: new("INFO")},
		"a/{b}/POST": {DataTraceEnabled: new(true), LoggingLevel: new("INFO")},
		"a/{b}/*":    {LoggingLevel: new("OFF"), DataTraceEnabled: new(true)},
	}})
	want := map[string]plan.MethodSettings{
		"GET /":       {Logging: plan.LogSteps},
		"GET /a/{b}":  {DataTrace: true},
		"ANY /a/{b}":  {DataTrace: true},
		"POST /a/{b}": {Logging: plan.LogSteps, DataTrace: true},
		"GET /c":      {Logging: plan.LogErrors, Metrics: true},
		"PUT /c":      {},
	}
	got := map[string]plan.MethodSettings{}
	for _, m := range p.Methods {
		got[m.Verb+" "+m.ResourcePath] = *stage.Settings(m)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings differ (-want +got):\n%s", diff)
	}
}

func TestLogGroup(t *testing.T) {
	tests := []struct{ arn, want string }{
		{"arn:aws:logs:us-east-1:111122223333:log-group:my/group", "my/group"},
		{"arn:aws:logs:us-east-1:111122223333:log-group:my/group:*", "my/group"},
		{"arn:aws:firehose:us-east-1:111122223333:deliverystream/amazon-apigateway-x", "amazon-apigateway-x"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := plan.LogGroup(tt.arn); got != tt.want {
			t.Errorf("LogGroup(%q) = %q, want %q", tt.arn, got, tt.want)
		}
	}
}
