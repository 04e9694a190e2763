package control

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
)

// errNoUsagePlan answers requests for a usage plan that does not exist.
//
// Observed: UpdateUsagePlan of an unknown id.
var errNoUsagePlan = apigw.NotFound("Invalid Usage Plan ID specified")

// UsagePlan is the record of a usage plan.
type UsagePlan struct {
	apigw.UsagePlan
	CreatedDate *time.Time `json:"createdDate"`

	// QuotaSince is when the plan got the quota that it has; nil where it has none. The quota's offset
	// counts in the period of that time.
	QuotaSince *time.Time `json:"quotaSince,omitzero"`
}

// shown returns the plan as get and update show it: untagged things have empty tags there.
func (p *UsagePlan) shown() *apigw.UsagePlan {
	shown := p.UsagePlan
	if shown.Tags == nil {
		shown.Tags = map[string]string{}
	}
	return &shown
}

// apiStage returns where the plan has a stage of an API, -1 where it has not.
func (p *UsagePlan) apiStage(api, stage string) int {
	return slices.IndexFunc(p.ApiStages, func(s apigw.ApiStage) bool {
		return apigw.Value(s.ApiId) == api && apigw.Value(s.Stage) == stage
	})
}

func (c *Control) createUsagePlan(ctx context.Context, in *apigw.CreateUsagePlanRequest) (*apigw.UsagePlan, error) {
	return publish(ctx, c, func(t *tx) (*apigw.UsagePlan, error) {
		if err := checkTags(in.Tags); err != nil {
			return nil, err
		}
		plan := &UsagePlan{UsagePlan: apigw.UsagePlan{
			Name: &in.Name, Description: in.Description, ApiStages: in.ApiStages, Quota: in.Quota, Throttle: in.Throttle,
		}, CreatedDate: &t.now}
		if len(in.Tags) > 0 {
			plan.Tags = in.Tags
		}
		id, err := t.freshID(partIDLength, t.space.UsagePlan)
		if err != nil {
			return nil, err
		}
		plan.Id = &id
		return &plan.UsagePlan, t.saveUsagePlan(plan)
	})
}

// saveUsagePlan completes, checks and stores a usage plan that is new or was changed.
func (t *tx) saveUsagePlan(plan *UsagePlan) error {
	if apigw.Value(plan.Description) == "" {
		plan.Description = nil
	}
	if plan.ApiStages == nil {
		plan.ApiStages = []apigw.ApiStage{}
	}
	switch {
	case plan.Quota == nil:
		plan.QuotaSince = nil
	case plan.QuotaSince == nil:
		plan.QuotaSince = &t.now
	}
	if q := plan.Quota; q != nil && q.Offset == nil {
		q.Offset = new(int32(0))
	}
	if err := t.checkUsagePlan(&plan.UsagePlan); err != nil {
		return err
	}
	return save(t, t.space.UsagePlan(*plan.Id), plan)
}

// usagePlan returns a usage plan of the caller's.
func (t *tx) usagePlan(id string) (*UsagePlan, error) {
	return loadOr[UsagePlan](t, t.space.UsagePlan(id), errNoUsagePlan)
}

// usagePlansOf returns the usage plans that an API key is in.
func (t *tx) usagePlansOf(apiKey string) ([]UsagePlan, error) {
	plans, err := list[UsagePlan](t, t.space.UsagePlans())
	if err != nil {
		return nil, err
	}
	return t.usagePlansWith(plans, apiKey)
}

// usagePlansWith returns those of the plans that an API key is in.
func (t *tx) usagePlansWith(plans []UsagePlan, apiKey string) ([]UsagePlan, error) {
	var of []UsagePlan
	for _, plan := range plans {
		in, err := t.exists(t.space.UsagePlanKey(*plan.Id, apiKey))
		if err != nil {
			return nil, err
		}
		if in {
			of = append(of, plan)
		}
	}
	return of, nil
}

func (c *Control) getUsagePlan(ctx context.Context, in *apigw.GetUsagePlanRequest) (*apigw.UsagePlan, error) {
	return read(ctx, c, func(t *tx) (*apigw.UsagePlan, error) {
		plan, err := t.usagePlan(in.UsagePlanId)
		if err != nil {
			return nil, err
		}
		return plan.shown(), nil
	})
}

func (c *Control) getUsagePlans(ctx context.Context, in *apigw.GetUsagePlansRequest) (*apigw.UsagePlans, error) {
	return read(ctx, c, func(t *tx) (*apigw.UsagePlans, error) {
		var plans []UsagePlan
		var err error
		if key := apigw.Value(in.KeyId); key != "" {
			plans, err = t.usagePlansOf(key)
		} else {
			plans, err = list[UsagePlan](t, t.space.UsagePlans())
		}
		if err != nil {
			return nil, err
		}
		created := func(p *UsagePlan) string { return byCreation(p.CreatedDate, p.Id) }
		paged, next, err := page(plans, created, in.Limit, in.Position)
		items := make([]apigw.UsagePlan, len(paged))
		for i := range paged {
			items[i] = paged[i].UsagePlan
		}
		return &apigw.UsagePlans{Items: items, Position: next}, err
	})
}

func (c *Control) updateUsagePlan(ctx context.Context, in *apigw.UpdateUsagePlanRequest) (*apigw.UsagePlan, error) {
	return publish(ctx, c, func(t *tx) (*apigw.UsagePlan, error) {
		plan, err := t.usagePlan(in.UsagePlanId)
		if err != nil || len(in.PatchOperations) == 0 {
			return shownOr(plan, err)
		}
		before := slices.Clone(plan.ApiStages)
		if err := usagePlanPatch.Apply(&plan.UsagePlan, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := t.saveUsagePlan(plan); err != nil {
			return nil, err
		}
		return plan.shown(), t.checkNewAPIStages(plan, before)
	})
}

// shownOr returns the plan as update shows it, or the error.
func shownOr(plan *UsagePlan, err error) (*apigw.UsagePlan, error) {
	if err != nil {
		return nil, err
	}
	return plan.shown(), nil
}

// deleteUsagePlan deletes a usage plan with its keys and what is known of its usage.
//
// Observed: a plan that has API stages is kept.
func (c *Control) deleteUsagePlan(ctx context.Context, in *apigw.DeleteUsagePlanRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		id := in.UsagePlanId
		plan, err := t.usagePlan(id)
		if err != nil {
			return nil, err
		}
		if len(plan.ApiStages) > 0 {
			return nil, apigw.BadRequest("Cannot delete Usage Plan " + id + " because there are API Stages associated with it")
		}
		keys, err := list[UsagePlanKey](t, t.space.UsagePlanKeys(id))
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			if err := t.removeUsagePlanKey(id, key.KeyID); err != nil {
				return nil, err
			}
		}
		return &apigw.Empty{}, t.Delete(t.space.UsagePlan(id))
	})
}

// removeFromUsagePlans takes the stages of an API out of all usage plans: the API is deleted.
func (t *tx) removeFromUsagePlans(api string) error {
	plans, err := list[UsagePlan](t, t.space.UsagePlans())
	if err != nil {
		return err
	}
	for i := range plans {
		plan := &plans[i]
		left := slices.DeleteFunc(slices.Clone(plan.ApiStages), func(s apigw.ApiStage) bool { return apigw.Value(s.ApiId) == api })
		if len(left) == len(plan.ApiStages) {
			continue
		}
		plan.ApiStages = left
		if err := save(t, t.space.UsagePlan(*plan.Id), plan); err != nil {
			return err
		}
	}
	return nil
}

// checkStageWithoutPlan says whether a stage may be deleted: not while a usage plan has it.
//
// AWS: "DeleteStage"; the text is ours.
func (a *api) checkStageWithoutPlan(stage string) error {
	plans, err := list[UsagePlan](a.tx, a.space.UsagePlans())
	if err != nil {
		return err
	}
	var users []string
	for i := range plans {
		if plans[i].apiStage(a.keys.ID, stage) >= 0 {
			users = append(users, *plans[i].Id)
		}
	}
	if len(users) == 0 {
		return nil
	}
	return apigw.BadRequest("Cannot delete stage " + stage + " because it is associated with Usage Plan " + strings.Join(users, ", "))
}
