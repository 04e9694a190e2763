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
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

// usagePlans keeps the gateway's index of usage plans and API keys equal to the store. It has the records in memory, so
// that a commit costs it reading what the commit changed and making the index anew.
//
// Reading the index is safe for concurrent use; all else belongs to the publisher's goroutine.
type usagePlans struct {
	set    func(*usageplan.Index)
	forget func(ctx context.Context, counters []string) error // drops what was counted for uses that are gone
	log    *slog.Logger

	index atomic.Pointer[usageplan.Index]

	keys    map[store.Key]usageplan.Key
	plans   map[store.Key]control.UsagePlan
	members map[store.Key]member
}

// member is the record of an API key in a usage plan.
type member struct {
	control.UsagePlanKey
	plan store.Key
}

// newUsagePlans returns an empty usagePlans.
func newUsagePlans(set func(*usageplan.Index), forget func(context.Context, []string) error, log *slog.Logger) *usagePlans {
	p := &usagePlans{set: set, forget: forget, log: log}
	p.clear()
	p.index.Store(&usageplan.Index{})
	return p
}

func (p *usagePlans) clear() {
	p.keys, p.plans, p.members = map[store.Key]usageplan.Key{}, map[store.Key]control.UsagePlan{}, map[store.Key]member{}
}

// refresh reads what the update names and makes a new index if that is anything.
func (p *usagePlans) refresh(ctx context.Context, s store.Store, u update) error {
	if !u.all && len(u.usagePlans) == 0 {
		return nil
	}
	err := s.View(ctx, func(tx store.Tx) error {
		if u.all {
			return p.readAll(ctx, tx)
		}
		for _, key := range u.usagePlans {
			record, exists, err := tx.Get(key)
			if err != nil {
				return err
			}
			p.drop(key)
			if exists {
				p.read(ctx, key, record)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read usage plans and API keys: %w", err)
	}
	next := p.build()
	gone := p.index.Load().Missing(next)
	p.index.Store(next)
	p.set(next)
	if len(gone) > 0 {
		return p.forget(ctx, gone)
	}
	return nil
}

// readAll reads the plans and keys of all accounts and regions.
func (p *usagePlans) readAll(ctx context.Context, tx store.Tx) error {
	p.clear()
	for space := range store.Spaces(tx) {
		for _, family := range []store.Prefix{space.APIKeys(), space.UsagePlans(), space.AllUsagePlanKeys()} {
			for key, record := range tx.Scan(family, "") {
				p.read(ctx, key, record)
			}
		}
	}
	return tx.Err()
}

func (p *usagePlans) drop(key store.Key) {
	delete(p.keys, key)
	delete(p.plans, key)
	delete(p.members, key)
}

// read takes a record in. One that can't be read is left out, and the log says so.
func (p *usagePlans) read(ctx context.Context, key store.Key, record []byte) {
	name, _ := key.Name()
	var err error
	switch name.Kind {
	case store.KindAPIKey:
		var k apigw.ApiKey
		if err = json.Unmarshal(record, &k); err == nil {
			p.keys[key] = usageplan.Key{Space: spaceOf(name), ID: name.Last(), Value: apigw.Value(k.Value), Enabled: apigw.Value(k.Enabled)}
		}
	case store.KindUsagePlan:
		var plan control.UsagePlan
		if err = json.Unmarshal(record, &plan); err == nil {
			p.plans[key] = plan
		}
	case store.KindUsagePlanKey:
		m := member{plan: name.API.UsagePlan(name.Path[0])}
		if err = json.Unmarshal(record, &m.UsagePlanKey); err == nil {
			p.members[key] = m
		}
	}
	if err != nil {
		p.log.ErrorContext(ctx, "a record of usage plans or API keys can't be read", "key", key, "error", err)
	}
}

func spaceOf(name store.Name) usageplan.Space {
	return usageplan.Space{AccountID: name.API.Account, Region: name.API.Region}
}

// build makes the index of the records.
func (p *usagePlans) build() *usageplan.Index {
	plans := make(map[store.Key]*usageplan.Plan, len(p.plans))
	list := make([]*usageplan.Plan, 0, len(p.plans))
	for key, record := range p.plans {
		name, _ := key.Name()
		plan := usagePlanOf(name, &record)
		plans[key] = plan
		list = append(list, plan)
	}
	for _, m := range p.members {
		plan, record := plans[m.plan], p.plans[m.plan]
		if plan != nil {
			plan.Keys = append(plan.Keys, usageplan.Member{KeyID: m.KeyID, Quota: record.QuotaFor(&m.UsagePlanKey)})
		}
	}
	keys := make([]usageplan.Key, 0, len(p.keys))
	for _, key := range p.keys {
		keys = append(keys, key)
	}
	return usageplan.New(list, keys)
}

// usagePlanOf returns a usage plan, without its keys, from its record.
func usagePlanOf(name store.Name, record *control.UsagePlan) *usageplan.Plan {
	plan := &usageplan.Plan{Space: spaceOf(name), ID: name.Last(), Stages: make(map[usageplan.Stage]*usageplan.StagePlan, len(record.ApiStages))}
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
