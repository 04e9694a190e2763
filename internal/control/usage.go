package control

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
	"github.com/sluice-gateway/sluice/internal/quota"
	"github.com/sluice-gateway/sluice/internal/store"
)

// The data plane counts requests and writes the counts to the store from time to time; the operations of
// this file read them there.

// UsageCounts is what counts requests by usage plan and API key.
type UsageCounts interface {
	// Sync returns when everything that was counted so far stands in the store.
	Sync(ctx context.Context) error

	// SetRemaining sets how many requests a key may still send in the running period of the
	// plan's quota, and returns when that stands in the store.
	SetRemaining(ctx context.Context, space store.Space, plan, apiKey string, remaining int64) error
}

// UsageMonth is the record of how an API key used a usage plan in one month, and of the quota's period that the
// last day of it that is known belongs to.
type UsageMonth struct {
	Days map[int]UsageDay `json:"days"` // by the day of the month

	Period  string `json:"period"`           // first day of the quota's period, YYYY-MM-DD
	Used    int64  `json:"used"`             // requests in that period
	Granted int64  `json:"granted,omitzero"` // what UpdateUsage added to the period's quota; may be negative
}

// UsageDay is how many requests a key sent on one day, and how many it could still send at its end: 0
// without a quota.
type UsageDay struct {
	Used      int64 `json:"used"`
	Remaining int64 `json:"remaining"`
}

// QuotaFor returns the quota that the plan has for one of its keys; the zero Quota where it has none. The offset counts
// in the period in which the key came into the plan, or the plan got its quota, whichever is later.
func (p *UsagePlan) QuotaFor(key *UsagePlanKey) quota.Quota {
	if p.Quota == nil {
		return quota.Quota{}
	}
	first := key.CreatedDate
	if p.QuotaSince != nil && p.QuotaSince.After(first) {
		first = *p.QuotaSince
	}
	return quota.Quota{
		Limit: int64(apigw.Value(p.Quota.Limit)), Offset: int64(apigw.Value(p.Quota.Offset)),
		Period: quota.ParsePeriod(string(apigw.Value(p.Quota.Period))), First: quota.DayOf(first),
	}
}

// maximumUsageDays is the most days that one GetUsage may ask for. It is ours: the service's is not known.
const maximumUsageDays = 366

func (c *Control) getUsage(ctx context.Context, in *apigw.GetUsageRequest) (*apigw.Usage, error) {
	from, to, err := usageInterval(in.StartDate, in.EndDate)
	if err != nil {
		return nil, err
	}
	if err := c.syncUsage(ctx); err != nil {
		return nil, err
	}
	return read(ctx, c, func(t *tx) (*apigw.Usage, error) {
		plan, keys, err := t.usagePlanAndKeys(in.UsagePlanId, apigw.Value(in.KeyId))
		if err != nil {
			return nil, err
		}
		paged, next, err := page(keys, func(k *UsagePlanKey) string { return k.KeyID }, in.Limit, in.Position)
		if err != nil {
			return nil, err
		}
		return t.usage(plan, paged, from, to, next)
	})
}

// syncUsage makes the store know what was counted so far.
func (c *Control) syncUsage(ctx context.Context) error {
	if c.usage == nil {
		return nil
	}
	if err := c.usage.Sync(ctx); err != nil {
		return fmt.Errorf("store the usage: %w", err)
	}
	return nil
}

// usageInterval reads the first and the last day of an interval.
func usageInterval(start, end string) (from, to quota.Day, err error) {
	if from, err = quota.ParseDay(start); err != nil {
		return from, to, apigw.BadRequest("Invalid start date specified: it must have the form YYYY-MM-DD")
	}
	if to, err = quota.ParseDay(end); err != nil {
		return from, to, apigw.BadRequest("Invalid end date specified: it must have the form YYYY-MM-DD")
	}
	switch {
	case to < from:
		return from, to, apigw.BadRequest("Invalid date range specified: the end date is before the start date")
	case to-from >= maximumUsageDays:
		return from, to, apigw.BadRequest(fmt.Sprintf("Invalid date range specified: it has more than %d days", maximumUsageDays))
	}
	return from, to, nil
}

// usagePlanAndKeys returns a usage plan and its keys, or the one that is asked for.
func (t *tx) usagePlanAndKeys(id, apiKey string) (*UsagePlan, []UsagePlanKey, error) {
	plan, err := t.usagePlan(id)
	if err != nil {
		return nil, nil, err
	}
	if apiKey == "" {
		keys, err := list[UsagePlanKey](t, t.space.UsagePlanKeys(id))
		return plan, keys, err
	}
	key, err := loadOr[UsagePlanKey](t, t.space.UsagePlanKey(id, apiKey), errNoAPIKey)
	if err != nil {
		return nil, nil, err
	}
	return plan, []UsagePlanKey{*key}, nil
}

// usage returns how keys used a plan on each day of an interval.
func (t *tx) usage(plan *UsagePlan, keys []UsagePlanKey, from, to quota.Day, position *string) (*apigw.Usage, error) {
	out := &apigw.Usage{
		UsagePlanId: plan.Id, StartDate: new(from.String()), EndDate: new(to.String()), Position: position,
		Items: make(map[string][][]int64, len(keys)),
	}
	for i := range keys {
		days, err := t.usageDays(plan, &keys[i], from, to)
		if err != nil {
			return nil, err
		}
		out.Items[keys[i].KeyID] = days
	}
	return out, nil
}

// usageDays returns how many requests a key sent on each day of an interval and how many were left at its
// end. A day without requests has what the last day before it in the quota's period had.
func (t *tx) usageDays(plan *UsagePlan, key *UsagePlanKey, from, to quota.Day) ([][]int64, error) {
	q := plan.QuotaFor(key)
	days := make([][]int64, 0, to-from+1)
	record, recordOf := (*UsageMonth)(nil), ""
	period, remaining := quota.Day(-1), int64(0)
	for day := q.Period.Start(from); day <= to; day++ {
		if start := q.Period.Start(day); start != period {
			period, remaining = start, q.Allowance(start)
		}
		month, number := day.Month()
		if month != recordOf {
			var err error
			if record, err = load[UsageMonth](t, t.space.UsageMonth(*plan.Id, key.KeyID, month)); err != nil {
				return nil, err
			}
			recordOf = month
		}
		var counted UsageDay
		if record != nil {
			if known, ok := record.Days[number]; ok {
				counted, remaining = known, known.Remaining
			}
		}
		if day >= from {
			days = append(days, []int64{counted.Used, remaining})
		}
	}
	return days, nil
}

// usageChange is what UpdateUsage changes.
type usageChange struct {
	Remaining *int64
}

// usagePatch is what UpdateUsage may change.
var usagePatch = patch.Table[usageChange]{
	Resource: "Usage",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[usageChange]{
		{
			Path: "/remaining", Ops: patch.Replace, Value: "requests left in the running period of the quota, decimal integer",
			Apply: func(u *usageChange, c patch.Change) error {
				n, err := strconv.ParseInt(c.Text(), 10, 32)
				if err != nil || n < 0 {
					return patch.InvalidValue(c)
				}
				u.Remaining = &n
				return nil
			},
		},
	},
}

// updateUsage changes how many requests a key may still send in the running period, and returns today's usage.
func (c *Control) updateUsage(ctx context.Context, in *apigw.UpdateUsageRequest) (*apigw.Usage, error) {
	var change usageChange
	space, err := read(ctx, c, func(t *tx) (*store.Space, error) {
		plan, err := t.usagePlanKey(in.UsagePlanId, in.KeyId)
		if err != nil {
			return nil, err
		}
		change = usageChange{}
		if err := usagePatch.Apply(&change, in.PatchOperations); err != nil {
			return nil, err
		}
		if change.Remaining != nil && plan.Quota == nil {
			return nil, apigw.BadRequest("Usage Plan " + in.UsagePlanId + " has no quota")
		}
		return &t.space, nil
	})
	if err != nil {
		return nil, err
	}
	switch {
	case change.Remaining == nil:
		err = c.syncUsage(ctx)
	case c.usage == nil:
		err = errors.New("there is no data plane that counts requests")
	default:
		err = c.usage.SetRemaining(ctx, *space, in.UsagePlanId, in.KeyId, *change.Remaining)
	}
	if err != nil {
		return nil, err
	}
	return read(ctx, c, func(t *tx) (*apigw.Usage, error) {
		plan, keys, err := t.usagePlanAndKeys(in.UsagePlanId, in.KeyId)
		if err != nil {
			return nil, err
		}
		today := quota.DayOf(t.now)
		return t.usage(plan, keys, today, today, nil)
	})
}
