package usageplan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/quota"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

// id names a key, or a plan.
type id struct {
	usageplan.Space
	id string
}

// model is what an index has, as plain maps.
type model struct {
	keys    map[id]usageplan.Key
	plans   map[id]*usageplan.Plan
	members map[string]usageplan.Member // by counter
}

func newModel() *model {
	return &model{keys: map[id]usageplan.Key{}, plans: map[id]*usageplan.Plan{}, members: map[string]usageplan.Member{}}
}

func (m *model) clone() *model {
	return &model{keys: maps.Clone(m.keys), plans: maps.Clone(m.plans), members: maps.Clone(m.members)}
}

// build makes an index of the model anew.
func (m *model) build() *usageplan.Index {
	edit := new(usageplan.Index).Edit()
	m.fill(edit)
	x, _ := edit.Finish()
	return x
}

func (m *model) fill(edit *usageplan.Edit) {
	for _, key := range m.keys {
		edit.SetKey(key)
	}
	for _, plan := range m.plans {
		edit.SetPlan(plan)
	}
	for _, member := range m.members {
		edit.SetMember(member)
	}
}

const randomKeys, randomPlans = 40, 5

var randomSpaces = []usageplan.Space{here, there}

// valueOf returns a value of a key: different ones have different values, of which each has two.
func valueOf(key, version int) string { return fmt.Sprintf("value-of-a-key-%05d-%d", key, version) }

// seen returns all that can be found in an index of the random test.
func seen(x *usageplan.Index) []string {
	var all []string
	note := func(what string, use usageplan.Use, found any) {
		if use.Plan == nil {
			all = append(all, fmt.Sprint(what, " ", found))
			return
		}
		all = append(all, fmt.Sprint(what, " ", found, " ", *use.Key, " ", use.Plan.ID, " ", use.Plan.Throttle, " ", use.Limit))
	}
	for _, space := range randomSpaces {
		for key := range randomKeys {
			for version := range 2 {
				for _, stage := range []usageplan.Stage{dev, prod} {
					use, refusal := x.Find(space, valueOf(key, version), stage)
					note(fmt.Sprint("find ", space, key, version, stage), use, refusal)
				}
			}
			for plan := range randomPlans {
				use, ok := x.Use(space, strconv.Itoa(plan), strconv.Itoa(key))
				note(fmt.Sprint("use ", space, plan, key), use, ok)
			}
		}
	}
	return all
}

// change makes one change at random in an edit and in the model. A plan has one of the two stages, so that which of a
// key's plans has a stage does not depend on their order.
func change(random *rand.Rand, edit *usageplan.Edit, m *model) {
	space := randomSpaces[random.IntN(len(randomSpaces))]
	n, p := random.IntN(randomKeys), random.IntN(randomPlans)
	key, plan := strconv.Itoa(n), strconv.Itoa(p)
	counter := usageplan.Counter(space, plan, key)
	switch random.IntN(9) {
	case 0, 1:
		k := usageplan.Key{Space: space, ID: key, Value: valueOf(n, random.IntN(2)), Enabled: random.IntN(4) > 0}
		m.keys[id{space, key}] = k
		edit.SetKey(k)
	case 2:
		delete(m.keys, id{space, key})
		edit.DropKey(space, key)
	case 3, 4:
		changed := &usageplan.Plan{
			Space: space, ID: plan, Throttle: &limit.Throttle{Burst: random.IntN(100)},
			Quota:  quota.Quota{Limit: random.Int64N(100), Period: quota.Period(random.IntN(4)), First: quota.Day(random.IntN(10))},
			Stages: map[usageplan.Stage]*usageplan.StagePlan{},
		}
		if p < 2 {
			stage := []usageplan.Stage{dev, prod}[p]
			changed.Stages[stage] = usageplan.NewStagePlan(stage, nil)
		}
		m.plans[id{space, plan}] = changed
		edit.SetPlan(changed)
	case 5:
		delete(m.plans, id{space, plan})
		edit.DropPlan(space, plan)
	case 6, 7:
		member := usageplan.Member{Space: space, PlanID: plan, KeyID: key, Since: quota.Day(random.IntN(10))}
		m.members[counter] = member
		edit.SetMember(member)
	case 8:
		delete(m.members, counter)
		edit.DropMember(space, plan, key)
	}
}

// An index that was made by changes is equal to one that is made anew, whatever the changes and their order, and the
// index that it was made of stays as it was.
func TestEdit(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	x, m, most := new(usageplan.Index), newModel(), 0
	for round := range 150 {
		before, wasSeen, next := x, seen(x), m.clone()
		edit := x.Edit()
		switch random.IntN(20) {
		case 0:
			edit.Clear()
			next.fill(edit)
		case 1:
			edit.Clear()
			next = newModel()
		}
		for range random.IntN(30) {
			change(random, edit, next)
		}
		var gone []string
		x, gone = edit.Finish()
		if diff := cmp.Diff(seen(next.build()), seen(x)); diff != "" {
			t.Fatalf("round %d: the changed index differs from one made anew (-want +got):\n%s", round, diff)
		}
		if diff := cmp.Diff(wasSeen, seen(before)); diff != "" {
			t.Fatalf("round %d: the index before has changed (-want +got):\n%s", round, diff)
		}
		want := slices.DeleteFunc(slices.Sorted(maps.Keys(m.members)), func(counter string) bool {
			_, still := next.members[counter]
			return still
		})
		slices.Sort(gone)
		if !slices.Equal(want, gone) {
			t.Fatalf("round %d: got the counters %v gone, want %v", round, gone, want)
		}
		m, most = next, max(most, min(len(next.keys), len(next.members)))
	}
	if most < 20 {
		t.Errorf("there were never more than %d keys and members: too few to tell anything", most)
	}
}

// A value goes from one key to another in one edit, whichever is told first.
func TestValueOfADroppedKey(t *testing.T) {
	next := usageplan.Key{Space: here, ID: "next", Value: goldValue, Enabled: true}
	member := usageplan.Member{Space: here, PlanID: "gold", KeyID: "next"}
	steps := []func(*usageplan.Edit){
		func(e *usageplan.Edit) { e.SetKey(next) },
		func(e *usageplan.Edit) { e.DropKey(here, "g") },
		func(e *usageplan.Edit) { e.DropMember(here, "gold", "g") },
		func(e *usageplan.Edit) { e.SetMember(member) },
	}
	for first := range steps {
		for second := range steps {
			edit := index().Edit()
			done := make([]bool, len(steps))
			for _, i := range []int{first, second, 0, 1, 2, 3} {
				if !done[i] {
					steps[i](edit)
					done[i] = true
				}
			}
			x, gone := edit.Finish()
			if use, refusal := x.Find(here, goldValue, dev); refusal != usageplan.Found || use.Key.ID != "next" {
				t.Errorf("%d, %d first: got %+v, refusal %d", first, second, use, refusal)
			}
			if want := usageplan.Counter(here, "gold", "g"); !slices.Equal(gone, []string{want}) {
				t.Errorf("%d, %d first: got the counters %v gone, want %s", first, second, gone, want)
			}
		}
	}
}

// Those who look up keys see one whole index, while others are made of it: in each, all keys are enabled or none is.
func TestFindDuringEdits(t *testing.T) {
	var current atomic.Pointer[usageplan.Index]
	publish := func(x *usageplan.Index, enabled bool) *usageplan.Index {
		edit := x.Edit()
		for key := range randomKeys {
			edit.SetKey(usageplan.Key{Space: here, ID: strconv.Itoa(key), Value: valueOf(key, 0), Enabled: enabled})
		}
		next, _ := edit.Finish()
		current.Store(next)
		return next
	}
	x := publish(new(usageplan.Index), true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 500 {
			x = publish(x, i%2 == 0)
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		seen := current.Load()
		_, first := seen.Find(here, valueOf(0, 0), dev)
		for key := range randomKeys {
			if _, refusal := seen.Find(here, valueOf(key, 0), dev); refusal != first {
				t.Fatalf("key %d: got refusal %d, the first key has %d", key, refusal, first)
			}
		}
	}
}

// BenchmarkEdit is a change of one key among many.
func BenchmarkEdit(b *testing.B) {
	for _, keys := range []int{9000, 50000, 1000000} {
		b.Run(strconv.Itoa(keys), func(b *testing.B) {
			edit := new(usageplan.Index).Edit()
			for i := range keys {
				edit.SetKey(usageplan.Key{Space: here, ID: strconv.Itoa(i), Value: valueOf(i, 0), Enabled: true})
			}
			x, _ := edit.Finish()
			n := keys
			b.ReportAllocs()
			for b.Loop() {
				n++
				edit := x.Edit()
				edit.SetKey(usageplan.Key{Space: here, ID: strconv.Itoa(n), Value: valueOf(n, 0), Enabled: true})
				edit.Finish()
			}
		})
	}
}
