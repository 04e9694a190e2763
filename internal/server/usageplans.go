package server

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/quota"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

// usagePlans keeps the gateway's index of usage plans and API keys equal to the store. A commit costs it reading what
// the commit changed, and making the next index of the last one.
//
// Reading the index is safe for concurrent use; all else belongs to the publisher's goroutine.
type usagePlans struct {
	set    func(*usageplan.Index)
	forget func(ctx context.Context, counters []string) error // drops what was counted for uses that are gone
	log    *slog.Logger

	index atomic.Pointer[usageplan.Index]
}

// newUsagePlans returns an empty usagePlans.
func newUsagePlans(set func(*usageplan.Index), forget func(context.Context, []string) error, log *slog.Logger) *usagePlans {
	p := &usagePlans{set: set, forget: forget, log: log}
	p.index.Store(&usageplan.Index{})
	return p
}

// refresh reads what the update names and makes a new index if that is anything.
func (p *usagePlans) refresh(ctx context.Context, s store.Store, u update) error {
	if !u.all && len(u.usagePlans) == 0 {
		return nil
	}
	var edit *usageplan.Edit
	err := s.View(ctx, func(tx store.Tx) error {
		edit = p.index.Load().Edit()
		if u.all {
			return p.readAll(ctx, tx, edit)
		}
		for _, key := range u.usagePlans {
			record, exists, err := tx.Get(key)
			if err != nil {
				return err
			}
			if !exists || !p.read(ctx, edit, key, record) {
				drop(edit, key)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read usage plans and API keys: %w", err)
	}
	next, gone := edit.Finish()
	p.index.Store(next)
	p.set(next)
	if len(gone) > 0 {
		return p.forget(ctx, gone)
	}
	return nil
}

// readAll reads the plans and keys of all accounts and regions.
func (p *usagePlans) readAll(ctx context.Context, tx store.Tx, edit *usageplan.Edit) error {
	edit.Clear()
	for space := range store.Spaces(tx) {
		for _, family := range []store.Prefix{space.APIKeys(), space.UsagePlans(), space.AllUsagePlanKeys()} {
			for key, record := range tx.Scan(family, "") {
				p.read(ctx, edit, key, record)
			}
		}
	}
	return tx.Err()
}

// drop takes what a record was of out of the index.
func drop(edit *usageplan.Edit, key store.Key) {
	name, _ := key.Name()
	switch space := spaceOf(name); name.Kind {
	case store.KindAPIKey:
		edit.DropKey(space, name.Last())
	case store.KindUsagePlan:
		edit.DropPlan(space, name.Last())
	case store.KindUsagePlanKey:
		edit.DropMember(space, name.Path[0], name.Last())
	}
}

// read takes a record into the index. It reports false, and the log says why, where it can't be read.
func (p *usagePlans) read(ctx context.Context, edit *usageplan.Edit, key store.Key, record []byte) bool {
	name, _ := key.Name()
	space := spaceOf(name)
	var err error
	switch name.Kind {
	case store.KindAPIKey:
		var k apigw.ApiKey
		if err = json.Unmarshal(record, &k); err == nil {
			edit.SetKey(usageplan.Key{Space: space, ID: name.Last(), Value: apigw.Value(k.Value), Enabled: apigw.Value(k.Enabled)})
		}
	case store.KindUsagePlan:
		var plan control.UsagePlan
		if err = json.Unmarshal(record, &plan); err == nil {
			edit.SetPlan(usagePlanOf(space, name.Last(), &plan))
		}
	case store.KindUsagePlanKey:
		var m control.UsagePlanKey
		if err = json.Unmarshal(record, &m); err == nil {
			edit.SetMember(usageplan.Member{Space: space, PlanID: name.Path[0], KeyID: name.Last(), Since: quota.DayOf(m.CreatedDate)})
		}
	}
	if err != nil {
		p.log.ErrorContext(ctx, "a record of usage plans or API keys can't be read", "key", key, "error", err)
	}
	return err == nil
}

func spaceOf(name store.Name) usageplan.Space {
	return usageplan.Space{AccountID: name.API.Account, Region: name.API.Region}
}

// usagePlanOf returns a usage plan from its record.
func usagePlanOf(space usageplan.Space, id string, record *control.UsagePlan) *usageplan.Plan {
	plan := &usageplan.Plan{
		Space: space, ID: id, Stages: make(map[usageplan.Stage]*usageplan.StagePlan, len(record.ApiStages)),
		Quota: record.QuotaFor(&control.UsagePlanKey{}),
	}
	if record.Throttle != nil {
		plan.Throttle = new(throttleOf(record.Throttle))
	}
	for i := range record.ApiStages {
		s := &record.ApiStages[i]
		throttles := make(map[usageplan.Method]limit.Throttle, len(s.Throttle))
		for method, settings := range s.Throttle {
			at := strings.LastIndexByte(method, '/')
			throttles[usageplan.Method{Path: method[:max(0, at)], Verb: method[at+1:]}] = throttleOf(&settings)
		}
		stage := usageplan.Stage{API: apigw.Value(s.ApiId), Name: apigw.Value(s.Stage)}
		plan.Stages[stage] = usageplan.NewStagePlan(stage, throttles)
	}
	return plan
}

// throttleOf returns a throttle from its settings. Where the rate or the burst is not given, that of accounts holds.
func throttleOf(s *apigw.ThrottleSettings) limit.Throttle {
	t := limit.Account()
	if s.RateLimit != nil {
		t.RatePerSecond = *s.RateLimit
	}
	if s.BurstLimit != nil {
		t.Burst = int(*s.BurstLimit)
	}
	return t
}
