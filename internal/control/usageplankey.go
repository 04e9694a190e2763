package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
)

// keyTypeAPIKey is the one type of usage plan keys.
const keyTypeAPIKey = "API_KEY"

// UsagePlanKey is the record that an API key is in a usage plan.
type UsagePlanKey struct {
	KeyID       string    `json:"keyId"`
	CreatedDate time.Time `json:"createdDate"`
}

// createUsagePlanKey puts an API key into a usage plan.
func (c *Control) createUsagePlanKey(ctx context.Context, in *apigw.CreateUsagePlanKeyRequest) (*apigw.UsagePlanKey, error) {
	return publish(ctx, c, func(t *tx) (*apigw.UsagePlanKey, error) {
		plan, err := t.usagePlan(in.UsagePlanId)
		if err != nil {
			return nil, err
		}
		if in.KeyType != keyTypeAPIKey {
			return nil, apigw.BadRequest("Invalid Usage Plan key type specified. Must be one of [" + keyTypeAPIKey + "]")
		}
		key, err := t.apiKey(in.KeyId)
		if err != nil {
			return nil, err
		}
		plans, err := list[UsagePlan](t, t.space.UsagePlans())
		if err != nil {
			return nil, err
		}
		if err := t.addUsagePlanKey(plans, plan, in.KeyId); err != nil {
			return nil, err
		}
		return usagePlanKeyOf(key), nil
	})
}

// addUsagePlanKey puts an API key into one of the plans that there are. It may be in several, but only in one for each
// API stage.
//
// AWS: "Create and use usage plans with API keys".
func (t *tx) addUsagePlanKey(plans []UsagePlan, plan *UsagePlan, apiKey string) error {
	taken, err := t.exists(t.space.UsagePlanKey(*plan.Id, apiKey))
	switch {
	case err != nil:
		return err
	case taken:
		return apigw.Conflict("API Key " + apiKey + " is already associated with Usage Plan " + *plan.Id)
	}
	others, err := t.usagePlansWith(plans, apiKey)
	if err != nil {
		return err
	}
	if exceeds(len(others)+1, t.limits.UsagePlansPerKey) {
		return apigw.LimitExceeded(fmt.Sprintf("Maximum number of Usage Plans (%d) for API Key %s has been reached.", t.limits.UsagePlansPerKey, apiKey))
	}
	record := UsagePlanKey{KeyID: apiKey, CreatedDate: t.now}
	if err := t.checkOnePlanPerStage(others, *plan.Id, plan.ApiStages, []UsagePlanKey{record}); err != nil {
		return err
	}
	return save(t, t.space.UsagePlanKey(*plan.Id, apiKey), &record)
}

// removeUsagePlanKey takes an API key out of a usage plan and forgets how it used it.
func (t *tx) removeUsagePlanKey(plan, apiKey string) error {
	if err := t.deleteAll(t.space.UsageOf(plan, apiKey)); err != nil {
		return err
	}
	return t.Delete(t.space.UsagePlanKey(plan, apiKey))
}

// usagePlanKeyOf returns an API key as usage plans show it.
func usagePlanKeyOf(key *apigw.ApiKey) *apigw.UsagePlanKey {
	return &apigw.UsagePlanKey{Id: key.Id, Name: key.Name, Type: new(keyTypeAPIKey), Value: key.Value}
}

// usagePlanKey says whether an API key is in a usage plan; the plan's absence is told first.
func (t *tx) usagePlanKey(plan, apiKey string) (*UsagePlan, error) {
	record, err := t.usagePlan(plan)
	if err != nil {
		return nil, err
	}
	if in, err := t.exists(t.space.UsagePlanKey(plan, apiKey)); err != nil || !in {
		return nil, firstError(errNoAPIKey, err)
	}
	return record, nil
}

func (c *Control) getUsagePlanKey(ctx context.Context, in *apigw.GetUsagePlanKeyRequest) (*apigw.UsagePlanKey, error) {
	return read(ctx, c, func(t *tx) (*apigw.UsagePlanKey, error) {
		if _, err := t.usagePlanKey(in.UsagePlanId, in.KeyId); err != nil {
			return nil, err
		}
		key, err := t.apiKey(in.KeyId)
		if err != nil {
			return nil, err
		}
		return usagePlanKeyOf(key), nil
	})
}

// getUsagePlanKeys lists the API keys of a usage plan, the newest in it first.
//
// Observed: a plan that does not exist has no keys.
func (c *Control) getUsagePlanKeys(ctx context.Context, in *apigw.GetUsagePlanKeysRequest) (*apigw.UsagePlanKeys, error) {
	type member struct {
		*apigw.UsagePlanKey
		added time.Time
	}
	return read(ctx, c, func(t *tx) (*apigw.UsagePlanKeys, error) {
		records, err := list[UsagePlanKey](t, t.space.UsagePlanKeys(in.UsagePlanId))
		if err != nil {
			return nil, err
		}
		var members []member
		for _, record := range records {
			key, err := t.apiKey(record.KeyID)
			if err != nil {
				return nil, err
			}
			members = append(members, member{usagePlanKeyOf(key), record.CreatedDate})
		}
		members = slices.DeleteFunc(members, func(m member) bool {
			return !strings.HasPrefix(apigw.Value(m.Name), apigw.Value(in.NameQuery))
		})
		paged, next, err := page(members, func(m *member) string { return newestFirst(&m.added, *m.Id) }, in.Limit, in.Position)
		items := make([]apigw.UsagePlanKey, len(paged))
		for i := range paged {
			items[i] = *paged[i].UsagePlanKey
		}
		return &apigw.UsagePlanKeys{Items: items, Position: next}, err
	})
}

func (c *Control) deleteUsagePlanKey(ctx context.Context, in *apigw.DeleteUsagePlanKeyRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		if _, err := t.usagePlanKey(in.UsagePlanId, in.KeyId); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, t.removeUsagePlanKey(in.UsagePlanId, in.KeyId)
	})
}
