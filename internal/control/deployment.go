package control

import (
	"context"
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// errDeploymentInUse answers the deletion of a deployment that is served.
var errDeploymentInUse = apigw.BadRequest("Active stages pointing to this deployment must be moved or deleted")

func (c *Control) createDeployment(ctx context.Context, in *apigw.CreateDeploymentRequest) (*apigw.Deployment, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Deployment, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		stage, err := a.stageToDeploy(in)
		if err != nil {
			return nil, err
		}
		d, err := a.addDeployment(in.Description)
		if err != nil {
			return nil, err
		}
		if stage == nil {
			return d, nil
		}
		deployTo(stage, *d.Id, in)
		return d, a.saveStage(stage)
	})
}

// addDeployment freezes the API as it is now.
func (a *api) addDeployment(description *string) (*apigw.Deployment, error) {
	id, err := a.freshID(partIDLength, a.keys.Deployment)
	if err != nil {
		return nil, err
	}
	d := &apigw.Deployment{CreatedDate: &a.now, Id: &id}
	if apigw.Value(description) != "" {
		d.Description = description
	}
	frozen, err := a.freeze(d)
	if err != nil {
		return nil, err
	}
	if err := a.saveSnapshot(frozen); err != nil {
		return nil, err
	}
	return d, save(a.tx, a.keys.Deployment(id), d)
}

// stageToDeploy returns the stage that a new deployment is for: the one that exists, a new one, or nil
// where none is named.
func (a *api) stageToDeploy(in *apigw.CreateDeploymentRequest) (*apigw.Stage, error) {
	const refusal = "Invalid deployment content specified."
	name := apigw.Value(in.StageName)
	if name == "" {
		if in.CanarySettings == nil {
			return nil, nil
		}
		given := "null"
		if in.StageName != nil {
			given = ""
		}
		return nil, apigw.BadRequest(refusal + "Non null and non empty stageName must be provided for canary deployment. Provided value is " + given)
	}
	stage, err := load[apigw.Stage](a.tx, a.keys.Stage(name))
	switch {
	case err != nil:
		return nil, err
	case stage != nil:
		return stage, nil
	case in.CanarySettings != nil:
		return nil, apigw.BadRequest(refusal + "Stage " + name + " must already be created before making a canary release deployment")
	}
	return &apigw.Stage{StageName: &name, CreatedDate: &a.now}, checkStageName(name)
}

// deployTo points a stage, or its canary, to a deployment and takes over what the request says of it.
func deployTo(stage *apigw.Stage, deployment string, in *apigw.CreateDeploymentRequest) {
	if s := in.CanarySettings; s != nil {
		canary := canaryOf(stage)
		canary.DeploymentId = &deployment
		if s.PercentTraffic != nil {
			canary.PercentTraffic = s.PercentTraffic
		}
		if s.UseStageCache != nil {
			canary.UseStageCache = s.UseStageCache
		}
		if s.StageVariableOverrides != nil {
			canary.StageVariableOverrides = s.StageVariableOverrides
		}
	} else {
		stage.DeploymentId = &deployment
	}
	if apigw.Value(in.StageDescription) != "" {
		stage.Description = in.StageDescription
	}
	if in.CacheClusterEnabled != nil {
		stage.CacheClusterEnabled = in.CacheClusterEnabled
	}
	if in.CacheClusterSize != nil {
		stage.CacheClusterSize = in.CacheClusterSize
	}
	if in.TracingEnabled != nil {
		stage.TracingEnabled = in.TracingEnabled
	}
	if len(in.Variables) > 0 {
		variables := map[string]string{}
		maps.Copy(variables, stage.Variables)
		maps.Copy(variables, in.Variables)
		stage.Variables = variables
	}
}

func (c *Control) getDeployment(ctx context.Context, in *apigw.GetDeploymentRequest) (*apigw.Deployment, error) {
	return read(ctx, c, func(t *tx) (*apigw.Deployment, error) {
		embed, err := embeds(in.Embed, "apisummary")
		if err != nil {
			return nil, err
		}
		a := t.place(in.RestApiId)
		d, err := a.deployment(in.DeploymentId)
		if err != nil || !embed {
			return d, err
		}
		frozen, err := a.snapshot(in.DeploymentId)
		if err != nil {
			return nil, err
		}
		d.ApiSummary = summary(frozen)
		return d, nil
	})
}

// deployment returns a deployment of the API.
func (a *api) deployment(id string) (*apigw.Deployment, error) {
	return loadOr[apigw.Deployment](a.tx, a.keys.Deployment(id), errNoDeployment)
}

func (c *Control) getDeployments(ctx context.Context, in *apigw.GetDeploymentsRequest) (*apigw.Deployments, error) {
	return read(ctx, c, func(t *tx) (*apigw.Deployments, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		all, err := list[apigw.Deployment](t, a.keys.Deployments())
		if err != nil {
			return nil, err
		}
		created := func(d *apigw.Deployment) string { return byCreation(d.CreatedDate, d.Id) }
		items, next, err := page(all, created, in.Limit, in.Position)
		return &apigw.Deployments{Items: items, Position: next}, err
	})
}

func (c *Control) updateDeployment(ctx context.Context, in *apigw.UpdateDeploymentRequest) (*apigw.Deployment, error) {
	return change(ctx, c, func(t *tx) (*apigw.Deployment, error) {
		a := t.place(in.RestApiId)
		d, err := a.deployment(in.DeploymentId)
		if err != nil {
			return nil, err
		}
		if err := deploymentPatch.Apply(d, in.PatchOperations); err != nil {
			return nil, err
		}
		return d, save(t, a.keys.Deployment(in.DeploymentId), d)
	})
}

func (c *Control) deleteDeployment(ctx context.Context, in *apigw.DeleteDeploymentRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		if _, err := a.deployment(in.DeploymentId); err != nil {
			return nil, err
		}
		stages, err := list[apigw.Stage](t, a.keys.Stages())
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(stages, func(s apigw.Stage) bool { return serves(&s, in.DeploymentId) }) {
			return nil, errDeploymentInUse
		}
		if err := t.deleteAll(a.keys.Snapshot(in.DeploymentId)); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, t.Delete(a.keys.Deployment(in.DeploymentId))
	})
}

// serves reports whether a stage or its canary points to a deployment.
func serves(s *apigw.Stage, deployment string) bool {
	return apigw.Value(s.DeploymentId) == deployment ||
		s.CanarySettings != nil && apigw.Value(s.CanarySettings.DeploymentId) == deployment
}

// deploymentPatch is what UpdateDeployment may change.
var deploymentPatch = patch.Table[apigw.Deployment]{
	Resource: "Deployment",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.Deployment]{
		patch.Text("/description", func(d *apigw.Deployment) **string { return &d.Description }),
	},
}
