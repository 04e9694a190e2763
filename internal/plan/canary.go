package plan

import (
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
)

// Canary is the part of a stage's traffic that another deployment serves.
//
// AWS: Set up an API Gateway canary release deployment.
type Canary struct {
	Percent float64 // of the requests, 0 to 100
	Stage   *Stage
}

// canarySuffix follows the stage's name where its canary has logs and metrics of its own.
const canarySuffix = "/Canary"

// BindCanary gives the plan of a stage's canary the settings of the stage, with the variables that the canary overrides,
// and returns a copy of the bound stage that has it. What Bind has said of the stage's settings is not said again.
func BindCanary(base *Stage, p *Plan, stage *apigw.Stage) (*Stage, Diagnostics) {
	settings := stage.CanarySettings
	overridden := *stage
	overridden.Variables = make(map[string]string, len(stage.Variables)+len(settings.StageVariableOverrides))
	maps.Copy(overridden.Variables, stage.Variables)
	maps.Copy(overridden.Variables, settings.StageVariableOverrides)
	canary, found := Bind(p, &overridden)
	canary.IsCanary = true
	canary.ExecutionLog += canarySuffix
	if !value(settings.UseStageCache) {
		canary.CacheName = canarySuffix
	}
	bound := *base
	bound.Canary = &Canary{Percent: value(settings.PercentTraffic), Stage: canary}
	return &bound, slices.DeleteFunc(found, func(d Diagnostic) bool { return d.Resource == "" })
}
