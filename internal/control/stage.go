package control

import (
	"context"
	"errors"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

func (c *Control) createStage(ctx context.Context, in *apigw.CreateStageRequest) (*apigw.Stage, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Stage, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		if err := checkStageName(in.StageName); err != nil {
			return nil, err
		}
		if taken, err := t.exists(a.keys.Stage(in.StageName)); err != nil {
			return nil, err
		} else if taken {
			return nil, apigw.Conflict("Stage already exists")
		}
		if err := checkTags(in.Tags); err != nil {
			return nil, err
		}
		s := &apigw.Stage{
			CacheClusterEnabled:  in.CacheClusterEnabled,
			CacheClusterSize:     in.CacheClusterSize,
			CanarySettings:       in.CanarySettings,
			CreatedDate:          &t.now,
			DeploymentId:         &in.DeploymentId,
			Description:          in.Description,
			DocumentationVersion: in.DocumentationVersion,
			StageName:            &in.StageName,
			Tags:                 in.Tags,
			TracingEnabled:       in.TracingEnabled,
			Variables:            in.Variables,
		}
		return s, a.saveStage(s)
	})
}

// saveStage completes, checks and stores a stage that is new or was changed.
func (a *api) saveStage(s *apigw.Stage) error {
	completeStage(s)
	if err := a.checkStage(s); err != nil {
		return err
	}
	s.LastUpdatedDate = &a.now
	return save(a.tx, a.keys.Stage(*s.StageName), s)
}

// stage returns a stage of the API.
func (a *api) stage(name string) (*apigw.Stage, error) {
	return loadOr[apigw.Stage](a.tx, a.keys.Stage(name), errNoStage)
}

func (c *Control) getStage(ctx context.Context, in *apigw.GetStageRequest) (*apigw.Stage, error) {
	return read(ctx, c, func(t *tx) (*apigw.Stage, error) {
		return t.place(in.RestApiId).stage(in.StageName)
	})
}

func (c *Control) getStages(ctx context.Context, in *apigw.GetStagesRequest) (*apigw.Stages, error) {
	return read(ctx, c, func(t *tx) (*apigw.Stages, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		stages, err := list[apigw.Stage](t, a.keys.Stages())
		if err != nil {
			return nil, err
		}
		if id := apigw.Value(in.DeploymentId); id != "" {
			stages = slices.DeleteFunc(stages, func(s apigw.Stage) bool { return !serves(&s, id) })
		}
		slices.SortFunc(stages, func(x, y apigw.Stage) int { return x.CreatedDate.Compare(*y.CreatedDate) })
		return &apigw.Stages{Item: stages}, nil
	})
}

func (c *Control) updateStage(ctx context.Context, in *apigw.UpdateStageRequest) (*apigw.Stage, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Stage, error) {
		a := t.place(in.RestApiId)
		s, err := a.stage(in.StageName)
		if err != nil || len(in.PatchOperations) == 0 {
			return s, err
		}
		if err := stagePatch.Apply(s, in.PatchOperations); err != nil {
			return nil, err
		}
		return s, a.saveStage(s)
	})
}

func (c *Control) deleteStage(ctx context.Context, in *apigw.DeleteStageRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		if _, err := a.stage(in.StageName); err != nil {
			return nil, err
		}
		if err := t.checkUnmapped(in.RestApiId, in.StageName); err != nil {
			return nil, err
		}
		if err := a.checkStageWithoutPlan(in.StageName); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, t.Delete(a.keys.Stage(in.StageName))
	})
}

// flushStageCache empties the response cache of a stage and its canary.
func (c *Control) flushStageCache(ctx context.Context, in *apigw.FlushStageCacheRequest) (*apigw.Empty, error) {
	api, err := read(ctx, c, func(t *tx) (*store.API, error) {
		a := t.place(in.RestApiId)
		_, err := a.stage(in.StageName)
		return &a.keys, err
	})
	if err != nil {
		return nil, err
	}
	if c.flushCache == nil {
		return nil, errors.New("there is no data plane with a cache")
	}
	return &apigw.Empty{}, c.flushCache(ctx, *api, in.StageName)
}
