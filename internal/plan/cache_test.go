package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

func TestCacheSettings(t *testing.T) {
	mock := apigw.Method{MethodIntegration: &apigw.Integration{Type: new(apigw.IntegrationTypeMock)}}
	p, _ := plan.Compile(&snapshot.API{RestAPI: apigw.RestApi{Id: new("api1")}, Resources: []snapshot.Resource{
		{Path: "/a", Methods: map[string]apigw.Method{"GET": mock, "POST": mock, "ANY": mock}},
	}})
	byDefault := &plan.Cache{TTL: 300 * time.Second, Protected: true}
	tests := []struct {
		name    string
		cluster bool
		set     map[string]apigw.MethodSetting
		want    map[string]*plan.Cache // by verb
	}{
		{"no cluster", false, map[string]apigw.MethodSetting{"*/*": {CachingEnabled: new(true)}}, map[string]*plan.Cache{}},
		{"no settings: GET only", true, nil, map[string]*plan.Cache{"GET": byDefault, "ANY": byDefault}},
		{"all methods: GET only", true, map[string]apigw.MethodSetting{"*/*": {CachingEnabled: new(true)}},
			map[string]*plan.Cache{"GET": byDefault, "ANY": byDefault}},
		{"switched off", true, map[string]apigw.MethodSetting{"*/*": {CachingEnabled: new(false)}}, map[string]*plan.Cache{}},
		{"no time", true, map[string]apigw.MethodSetting{"*/*": {CachingEnabled: new(true), CacheTtlInSeconds: new(int32(0))}}, map[string]*plan.Cache{}},
		{"a method's own", true, map[string]apigw.MethodSetting{
			"*/*": {CachingEnabled: new(false)},
			"a/POST": {CachingEnabled: new(true), CacheTtlInSeconds: new(int32(3600)), RequireAuthorizationForCacheControl: new(false),
				UnauthorizedCacheControlHeaderStrategy: new(apigw.UnauthorizedCacheControlHeaderStrategyFailWith403)},
		}, map[string]*plan.Cache{"POST": {TTL: time.Hour, AllVerbs: true, Unauthorized: apigw.UnauthorizedCacheControlHeaderStrategyFailWith403}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stage, _ := plan.Bind(p, &apigw.Stage{StageName: new("v1"), CacheClusterEnabled: &tt.cluster, MethodSettings: tt.set})
			got := map[string]*plan.Cache{}
			for _, m := range p.Methods {
				if c := stage.Settings(m).Cache; c != nil {
					got[m.Verb] = c
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("caches differ (-want +got):\n%s", diff)
			}
		})
	}
}

// A key that would not tell two requests apart which should be is worse than no cache.
func TestBrokenCacheKey(t *testing.T) {
	p, found := plan.Compile(&snapshot.API{RestAPI: apigw.RestApi{Id: new("api1")}, Resources: []snapshot.Resource{
		{Path: "/a", Methods: map[string]apigw.Method{"GET": {MethodIntegration: &apigw.Integration{
			Type: new(apigw.IntegrationTypeMock), CacheKeyParameters: []string{"method.request.cookie.x"},
		}}}},
	}})
	want := "warning: api1 GET /a methodIntegration.cacheKeyParameters: mapping expression \"method.request.cookie.x\": not a source of a mapping: responses are not cached\n"
	if diff := cmp.Diff(want, printDiagnostics(found)); diff != "" {
		t.Errorf("diagnostics differ (-want +got):\n%s", diff)
	}
	stage, _ := plan.Bind(p, &apigw.Stage{StageName: new("v1"), CacheClusterEnabled: new(true)})
	if stage.Settings(p.Methods[0]).Cache != nil {
		t.Error("it is cached")
	}
}
