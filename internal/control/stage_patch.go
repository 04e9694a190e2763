package control

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// stagePatch is what UpdateStage may change.
var stagePatch = patch.Table[apigw.Stage]{
	Resource: "Stage",
	Source:   "Patch operations",
	Family:   stageFamily,
	Rows: slices.Concat([]patch.Row[apigw.Stage]{
		patch.Text("/deploymentId", func(s *apigw.Stage) **string { return &s.DeploymentId }),
		{
			Path: "/deploymentId", Ops: patch.Copy, Value: "from /canarySettings/deploymentId",
			Apply: promoteDeployment,
		},
		patch.Text("/description", func(s *apigw.Stage) **string { return &s.Description }),
		patch.Flag("/cacheClusterEnabled", func(s *apigw.Stage) **bool { return &s.CacheClusterEnabled }),
		optional(patch.Choice("/cacheClusterSize", "CacheClusterSize",
			inputEnum[apigw.CacheClusterSize](apigw.CreateStage.Input, "cacheClusterSize"), cacheClusterSize), cacheClusterSize),
		patch.Text("/clientCertificateId", func(s *apigw.Stage) **string { return &s.ClientCertificateId }),
		patch.Text("/documentationVersion", func(s *apigw.Stage) **string { return &s.DocumentationVersion }),
		patch.Flag("/tracingEnabled", func(s *apigw.Stage) **bool { return &s.TracingEnabled }),
		patch.Entries("/variables/{name}", "", func(s *apigw.Stage) *map[string]string { return &s.Variables }, textValue),
		{
			Path: "/variables", Ops: patch.Copy, Value: "from /canarySettings/stageVariableOverrides",
			Apply: promoteVariables, Source: "Observed: other variables stay",
		},
	}, accessLogRows(), canaryRows(), methodSettingRows()),
}

func cacheClusterSize(s *apigw.Stage) **apigw.CacheClusterSize { return &s.CacheClusterSize }

// textValue returns the value of a patch operation, empty or not.
func textValue(c patch.Change) (string, error) { return c.Text(), nil }

// accessLogRows are the rows of where the access log goes and what is in it.
func accessLogRows() []patch.Row[apigw.Stage] {
	row := func(path string, member func(*apigw.AccessLogSettings) **string) patch.Row[apigw.Stage] {
		return patch.Row[apigw.Stage]{
			Path: path, Ops: patch.Add | patch.Replace, Value: "text; empty removes it",
			Apply: func(s *apigw.Stage, c patch.Change) error {
				if s.AccessLogSettings == nil {
					s.AccessLogSettings = &apigw.AccessLogSettings{}
				}
				*member(s.AccessLogSettings) = nil
				if c.Text() != "" {
					*member(s.AccessLogSettings) = c.Value
				}
				if *s.AccessLogSettings == (apigw.AccessLogSettings{}) {
					s.AccessLogSettings = nil
				}
				return nil
			},
		}
	}
	return []patch.Row[apigw.Stage]{
		row("/accessLogSettings/destinationArn", func(l *apigw.AccessLogSettings) **string { return &l.DestinationArn }),
		row("/accessLogSettings/format", func(l *apigw.AccessLogSettings) **string { return &l.Format }),
		{
			Path: "/accessLogSettings", Ops: patch.Remove, Value: "none", Source: "Observed: the only removal",
			Apply: func(s *apigw.Stage, _ patch.Change) error {
				s.AccessLogSettings = nil
				return nil
			},
		},
	}
}

// canaryRows are the rows of the canary. Each but the last makes one where there is none.
//
// Observed: replacing the deployment or the share of traffic creates the canary.
func canaryRows() []patch.Row[apigw.Stage] {
	overrides := patch.Entries("/canarySettings/stageVariableOverrides/{name}", "",
		func(s *apigw.Stage) *map[string]string { return &canaryOf(s).StageVariableOverrides }, textValue)
	overrides.Ops = patch.Replace | patch.Remove
	return []patch.Row[apigw.Stage]{
		patch.Text("/canarySettings/deploymentId", func(s *apigw.Stage) **string { return &canaryOf(s).DeploymentId }),
		doubleRow("/canarySettings/percentTraffic", func(s *apigw.Stage) **float64 { return &canaryOf(s).PercentTraffic }),
		patch.Flag("/canarySettings/useStageCache", func(s *apigw.Stage) **bool { return &canaryOf(s).UseStageCache }),
		overrides,
		{
			Path: "/canarySettings", Ops: patch.Remove, Value: "none",
			Apply: func(s *apigw.Stage, _ patch.Change) error {
				s.CanarySettings = nil
				return nil
			},
		},
	}
}

// doubleRow is the row of a number with a fraction.
func doubleRow(path string, member func(*apigw.Stage) **float64) patch.Row[apigw.Stage] {
	return patch.Row[apigw.Stage]{
		Path: path, Ops: patch.Replace, Value: "decimal number",
		Apply: func(s *apigw.Stage, c patch.Change) error {
			f, err := parseDouble(c)
			if err != nil {
				return err
			}
			*member(s) = &f
			return nil
		},
	}
}

// promoteDeployment makes the canary's deployment the stage's. The canary remains.
func promoteDeployment(s *apigw.Stage, c patch.Change) error {
	if c.From != "/canarySettings/deploymentId" {
		return copyRefusal(c.Path, c.From)
	}
	if s.CanarySettings == nil {
		return errNoCanary
	}
	s.DeploymentId = s.CanarySettings.DeploymentId
	return nil
}

// promoteVariables merges the canary's variables into the stage's. The canary remains.
func promoteVariables(s *apigw.Stage, c patch.Change) error {
	if c.From != "/canarySettings/stageVariableOverrides" {
		return copyRefusal(c.Path, c.From)
	}
	if s.CanarySettings == nil {
		return errNoCanary
	}
	s.Variables = mergedVariables(s)
	return nil
}

// mergedVariables returns the variables that the canary of a stage has.
func mergedVariables(s *apigw.Stage) map[string]string {
	variables := map[string]string{}
	maps.Copy(variables, s.Variables)
	maps.Copy(variables, s.CanarySettings.StageVariableOverrides)
	return variables
}

// errNoCanary answers a promotion on a stage without canary.
var errNoCanary = apigw.BadRequest("Promotion not available. Canary does not exist.")

func copyRefusal(path, from string) error {
	return apigw.BadRequest("Invalid copy operation with path: " + path + " and from " + from +
		". Valid copy:path are [/deploymentId, /variables] and valid copy:from are " +
		"[/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]")
}

// stagePaths is how the service lists the paths of stages, misplaced commas included.
//
// Observed: UpdateStage with an unknown path.
const stagePaths = "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, " +
	"/accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, " +
	"/{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, " +
	"/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, " +
	"/{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, " +
	"/{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, " +
	"/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, " +
	"/*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, " +
	"/*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, " +
	"/variables/{variable_name}, /tracingEnabled"

// stageFamily is how stages refuse an operation.
//
// Observed: every refusal but those of copies and of the access log speaks of method settings.
func stageFamily(_ patch.Offer, op apigw.PatchOperation) error {
	path := "null"
	if op.Path != nil {
		path = *op.Path
	}
	switch kind := apigw.Value(op.Op); {
	case kind == apigw.OpCopy:
		return copyRefusal(path, apigw.Value(op.From))
	case strings.HasPrefix(path, "/accessLogSettings") && (kind == apigw.OpAdd || kind == apigw.OpReplace):
		return apigw.BadRequest("Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]")
	}
	return methodSettingRefusal(path)
}

func methodSettingRefusal(path string) error {
	return apigw.BadRequest("Invalid method setting path: " + path + ". Must be one of: [" + stagePaths + "]")
}

// parseDouble returns the value of a patch operation as a number.
func parseDouble(c patch.Change) (float64, error) {
	f, err := strconv.ParseFloat(c.Text(), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, patch.InvalidValue(c)
	}
	return f, nil
}
