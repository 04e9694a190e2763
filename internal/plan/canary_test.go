package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

func TestBindCanary(t *testing.T) {
	define := func(deployment string) *plan.Plan {
		p, _ := plan.Compile(api(func(a *snapshot.API, _ *apigw.Method, in *apigw.Integration) {
			a.DeploymentID = deployment
			in.Uri = new("http://${stageVariables.host}/")
		}))
		return p
	}
	settings := &apigw.Stage{
		StageName: new("v1"), TracingEnabled: new(true), Variables: map[string]string{"host": "h", "a": "1"},
		CanarySettings: &apigw.CanarySettings{PercentTraffic: new(10.5), StageVariableOverrides: map[string]string{"host": "", "b": "2"}},
	}
	base, _ := plan.Bind(define("one"), settings)
	stage, found := plan.BindCanary(base, define("two"), settings)
	want := "warning: api1/v1 GET /pets methodIntegration.uri: invalid endpoint address: requests are answered with 500\n"
	if diff := cmp.Diff(want, printDiagnostics(found)); diff != "" {
		t.Errorf("diagnostics differ (-want +got):\n%s", diff)
	}
	if base.Canary != nil || stage.Plan != base.Plan || stage.Canary.Percent != 10.5 {
		t.Errorf("the base was changed, or the stage is not like it: %+v", stage.Canary)
	}
	canary := stage.Canary.Stage
	variables := []mapping.Param{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}, {Name: "host"}}
	if diff := cmp.Diff(variables, canary.Variables); diff != "" {
		t.Errorf("variables differ (-want +got):\n%s", diff)
	}
	names := []string{canary.Plan.DeploymentID, canary.Name, canary.MetricsName(), canary.ExecutionLog, canary.CacheSpace, canary.CacheName, stage.MetricsName(), stage.CacheName}
	if diff := cmp.Diff([]string{"two", "v1", "v1/Canary", "API-Gateway-Execution-Logs_api1/v1/Canary", "//api1/v1", "/Canary", "v1", ""}, names); diff != "" {
		t.Errorf("names differ (-want +got):\n%s", diff)
	}
	settings.CanarySettings.UseStageCache = new(true)
	stage, _ = plan.BindCanary(base, define("two"), settings)
	if got := stage.Canary.Stage.CacheName; got != "" {
		t.Errorf("cache %q, want the stage's", got)
	}
}
