package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"testing"

	"github.com/sluice-gateway/sluice/internal/quota"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

// keyedStore returns a store that has so many API keys in one usage plan.
func keyedStore(t testing.TB, space store.Space, keys int) store.Store {
	t.Helper()
	s := memstore.New()
	t.Cleanup(func() { _ = s.Close() })
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.Put(space.UsagePlan("plan000001"), []byte(`{"id":"plan000001","apiStages":[{"apiId":"a","stage":"v1"}]}`)); err != nil {
			return err
		}
		for i := range keys {
			if err := putMember(tx, space, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// putMember puts an API key into the store and its plan.
func putMember(tx store.Tx, space store.Space, i int) error {
	id := fmt.Sprintf("%010d", i)
	record := `{"id":"` + id + `","enabled":true,"value":"` + keyValue(i) + `","createdDate":"2026-11-22T10:45:58Z","stageKeys":[]}`
	if err := tx.Put(space.APIKey(id), []byte(record)); err != nil {
		return err
	}
	return tx.Put(space.UsagePlanKey("plan000001", id), []byte(`{"keyId":"`+id+`","createdDate":"2026-11-22T10:45:58Z"}`))
}

// keyValue returns the value of an API key, as long as the service makes them.
func keyValue(i int) string { return fmt.Sprintf("value-of-forty-characters-%014d", i) }

func quietUsagePlans() *usagePlans {
	return newUsagePlans(func(*usageplan.Index) {}, func(context.Context, []string) error { return nil }, slog.New(slog.DiscardHandler))
}

// Each change of the store is in the index, which is the one that is made of the whole store; what is counted for a key
// that is taken out of its plan is forgotten.
func TestUsagePlansFollowTheStore(t *testing.T) {
	space := store.In("111122223333", "eu-west-1")
	here := usageplan.Space{AccountID: space.Account, Region: space.Region}
	s := keyedStore(t, space, 3)
	var forgotten []string
	follow := func() *usagePlans {
		return newUsagePlans(func(*usageplan.Index) {}, func(_ context.Context, counters []string) error {
			forgotten = append(forgotten, counters...)
			return nil
		}, slog.New(slog.DiscardHandler))
	}
	p := follow()
	if err := p.refresh(t.Context(), s, update{all: true}); err != nil {
		t.Fatal(err)
	}
	plan, key, used := space.UsagePlan("plan000001"), space.APIKey("0000000001"), space.UsagePlanKey("plan000001", "0000000001")
	steps := []struct {
		name   string
		key    store.Key
		record string // "" deletes it
		want   usageplan.Refusal
		first  quota.Day
		gone   int
	}{
		{"disabled", key, `{"id":"0000000001","enabled":false,"value":"` + keyValue(1) + `"}`, usageplan.Disabled, 0, 0},
		{"a record that can't be read", key, `{`, usageplan.UnknownKey, 0, 0},
		{"enabled", key, `{"id":"0000000001","enabled":true,"value":"` + keyValue(1) + `"}`, usageplan.Found, 0, 0},
		{"a quota", plan, `{"apiStages":[{"apiId":"a","stage":"v1"}],"quota":{"limit":9,"period":"DAY"},"quotaSince":"1970-01-05T00:00:00Z"}`, usageplan.Found, 20779, 0},
		{"a later quota", plan, `{"apiStages":[{"apiId":"a","stage":"v1"}],"quota":{"limit":9,"period":"DAY"},"quotaSince":"2026-11-24T00:00:00Z"}`, usageplan.Found, 20781, 0},
		{"no stage", plan, `{"apiStages":[]}`, usageplan.NoPlan, 0, 0},
		{"no plan", plan, "", usageplan.NoPlan, 0, 0},
		{"the plan again", plan, `{"apiStages":[{"apiId":"a","stage":"v1"}]}`, usageplan.Found, 0, 0},
		{"out of the plan", used, "", usageplan.NoPlan, 0, 1},
		{"in it again", used, `{"keyId":"0000000001","createdDate":"2026-11-22T10:45:58Z"}`, usageplan.Found, 0, 1},
		{"no key", key, "", usageplan.UnknownKey, 0, 1},
	}
	for _, step := range steps {
		_, err := s.Update(t.Context(), func(tx store.Tx) error {
			if step.record == "" {
				return tx.Delete(step.key)
			}
			return tx.Put(step.key, []byte(step.record))
		})
		if err != nil {
			t.Fatal(err)
		}
		anew := follow()
		if err := errors.Join(p.refresh(t.Context(), s, update{usagePlans: []store.Key{step.key}}), anew.refresh(t.Context(), s, update{all: true})); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*usagePlans{p, anew} {
			use, got := p.index.Load().Find(here, keyValue(1), usageplan.Stage{API: "a", Name: "v1"})
			if got != step.want || use.Limit.Quota.First != step.first {
				t.Errorf("%s: got refusal %d, quota from day %d, want %d, %d", step.name, got, use.Limit.Quota.First, step.want, step.first)
			}
			if _, other := p.index.Load().Find(here, keyValue(2), usageplan.Stage{API: "a", Name: "v1"}); other == usageplan.UnknownKey {
				t.Errorf("%s: another key is gone", step.name)
			}
		}
		if len(forgotten) != step.gone {
			t.Errorf("%s: %v is forgotten, want %d uses", step.name, forgotten, step.gone)
		}
	}
}

// BenchmarkUsagePlans is what reading all API keys costs, and what follows a change of one of them or of their plan. It
// also tells how much memory each key takes.
func BenchmarkUsagePlans(b *testing.B) {
	space := store.In("111122223333", "eu-west-1")
	for _, keys := range []int{9000, 50000} {
		s := keyedStore(b, space, keys)
		refresh := func(p *usagePlans, u update) {
			if err := p.refresh(b.Context(), s, u); err != nil {
				b.Fatal(err)
			}
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		p := quietUsagePlans()
		refresh(p, update{all: true})
		runtime.GC()
		runtime.ReadMemStats(&after)
		changes := map[string]update{
			"start": {all: true}, "key": {usagePlans: []store.Key{space.APIKey("0000000007")}}, "plan": {usagePlans: []store.Key{space.UsagePlan("plan000001")}},
		}
		for _, name := range []string{"start", "key", "plan"} {
			b.Run(name+"/"+strconv.Itoa(keys), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if name == "start" {
						p = quietUsagePlans()
					}
					refresh(p, changes[name])
				}
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(keys), "B/key")
			})
		}
	}
}
