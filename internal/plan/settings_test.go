package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/limit"
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

func TestMethodThrottles(t *testing.T) {
	in := apigw.Method{MethodIntegration: &apigw.Integration{Type: new(apigw.IntegrationTypeMock)}}
	p, _ := plan.Compile(&snapshot.API{
		AccountID: "111122223333", Region: "eu-west-1", RestAPI: apigw.RestApi{Id: new("api1")},
		Resources: []snapshot.Resource{
			{Path: "/", Methods: map[string]apigw.Method{"GET": in}},
			{Path: "/a", Methods: map[string]apigw.Method{"DELETE": in, "GET": in, "HEAD": in, "PATCH": in, "POST": in, "PUT": in}},
		},
	})
	stage, _ := plan.Bind(p, &apigw.Stage{StageName: new("v1"), MethodSettings: map[string]apigw.MethodSetting{
		"*/*":      {ThrottlingRateLimit: new(3.5), ThrottlingBurstLimit: new(int32(7))},
		"a/GET":    {ThrottlingRateLimit: new(-1.0), ThrottlingBurstLimit: new(int32(-1))},
		"a/PUT":    {ThrottlingRateLimit: new(0.0), ThrottlingBurstLimit: new(int32(0))},
		"a/POST":   {ThrottlingRateLimit: new(2.0)},
		"a/PATCH":  {ThrottlingBurstLimit: new(int32(2)), ThrottlingRateLimit: new(-1.0)},
		"a/DELETE": {},
	}})
	bucket := func(part string, rate float64, burst int) *limit.Bucket {
		return &limit.Bucket{Owner: "111122223333/eu-west-1/api1/v1", Part: part, Throttle: limit.Throttle{RatePerSecond: rate, Burst: burst}}
	}
	want := map[string]*limit.Bucket{
		"GET /": bucket("GET /", 3.5, 7), "HEAD /a": bucket("HEAD /a", 3.5, 7), "GET /a": nil, "DELETE /a": nil,
		"PUT /a": bucket("PUT /a", 0, 0), "POST /a": bucket("POST /a", 2, 5000), "PATCH /a": bucket("PATCH /a", 10000, 2),
	}
	got := map[string]*limit.Bucket{}
	for _, m := range p.Methods {
		got[m.Verb+" "+m.ResourcePath] = stage.Settings(m).Throttle
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("throttles differ (-want +got):\n%s", diff)
	}
	if p.Space != "111122223333/eu-west-1" {
		t.Errorf("got space %q of the account", p.Space)
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
