package usageplan

import (
	"maps"
	"slices"
)

// Edit makes an Index of another one. It costs what is changed, not what there is: of the keys it copies those that
// are changed, and of each table the maps that these are in. Use and plan are brought together by Find, so
// that a plan is changed without touching its keys.
//
// Its methods may be called in any order: a key may come into a plan before either is there. An Edit is used by one
// goroutine, once.
type Edit struct {
	from        *Index
	values, ids draft
	plans       map[planID]*Plan
	plansCopied bool
	left        map[string]Member // by counter: those that were taken out of a plan
}

// Edit begins to make another Index.
func (x *Index) Edit() *Edit {
	return &Edit{from: x, values: draft{table: x.values}, ids: draft{table: x.ids}, plans: x.plans, left: make(map[string]Member)}
}

// Finish returns the Index, and the counters of keys that were in a plan and are not any more. The Edit is not used
// afterwards.
func (e *Edit) Finish() (x *Index, gone []string) {
	x = &Index{values: e.values.table, ids: e.ids.table, plans: e.plans}
	for counter, m := range e.left {
		if e.from.has(&m) && !x.has(&m) {
			gone = append(gone, counter)
		}
	}
	return x, gone
}

// has reports whether a key is in a plan, though either may not be there.
func (x *Index) has(m *Member) bool {
	k := x.ids.get(digestOf(m.Space, m.KeyID))
	return k != nil && k.member(m.PlanID) >= 0
}

// Clear drops everything.
func (e *Edit) Clear() {
	if e.ids.shards != nil {
		for _, shard := range e.ids.shards {
			for _, k := range shard {
				for i := range k.members {
					e.leave(k, &k.members[i])
				}
			}
		}
	}
	e.values, e.ids, e.plans, e.plansCopied = draft{}, draft{}, nil, false
}

// leave notes that a key is taken out of a plan.
func (e *Edit) leave(k *entry, m *member) {
	e.left[m.counter] = Member{Space: k.Space, PlanID: m.plan, KeyID: k.ID, Since: m.since}
}

// SetKey adds a key, or changes the one of that id. It is the one that has its value, until a later SetKey.
func (e *Edit) SetKey(key Key) {
	k, d := e.entry(key.Space, key.ID)
	e.forgetValue(&k)
	k.Key, k.exists = key, true
	e.values.set(digestOf(key.Space, key.Value), &k)
	e.put(d, &k)
}

// DropKey drops a key. That it is in plans is for DropMember to change.
func (e *Edit) DropKey(space Space, id string) {
	k, d := e.entry(space, id)
	e.forgetValue(&k)
	k.Key, k.exists = Key{Space: space, ID: id}, false
	e.put(d, &k)
}

// SetPlan adds a plan, or changes the one of that id. The plan must not be changed afterwards.
func (e *Edit) SetPlan(plan *Plan) { e.ownPlans()[planID{plan.Space, plan.ID}] = plan }

// DropPlan drops a plan. That keys are in it is for DropMember to change.
func (e *Edit) DropPlan(space Space, id string) { delete(e.ownPlans(), planID{space, id}) }

// SetMember puts a key into a plan.
func (e *Edit) SetMember(m Member) {
	k, d := e.entry(m.Space, m.KeyID)
	in := member{plan: m.PlanID, since: m.Since, counter: Counter(m.Space, m.PlanID, m.KeyID)}
	k.members = slices.Clone(k.members)
	if i := k.member(m.PlanID); i >= 0 {
		k.members[i] = in
	} else {
		k.members = append(k.members, in)
	}
	e.put(d, &k)
}

// DropMember takes a key out of a plan.
func (e *Edit) DropMember(space Space, plan, key string) {
	k, d := e.entry(space, key)
	i := k.member(plan)
	if i < 0 {
		return
	}
	e.leave(&k, &k.members[i])
	k.members = slices.Delete(slices.Clone(k.members), i, i+1)
	e.put(d, &k)
}

// entry returns a copy of what there is of a key.
func (e *Edit) entry(space Space, id string) (entry, digest) {
	d := digestOf(space, id)
	if k := e.ids.get(d); k != nil {
		return *k, d
	}
	return entry{Key: Key{Space: space, ID: id}}, d
}

// forgetValue lets a key not be found by its value any more.
func (e *Edit) forgetValue(k *entry) {
	if d := digestOf(k.Space, k.Value); e.holds(k, d) {
		e.values.set(d, nil)
	}
}

// holds reports whether a key is the one that is found by its value: another key may have got it since.
func (e *Edit) holds(k *entry, value digest) bool {
	holder := e.values.get(value)
	return holder != nil && holder.ID == k.ID
}

// put puts what there is of a key in the place of what there was.
func (e *Edit) put(d digest, k *entry) {
	if value := digestOf(k.Space, k.Value); e.holds(k, value) {
		e.values.set(value, k)
	}
	if !k.exists && len(k.members) == 0 {
		k = nil
	}
	e.ids.set(d, k)
}

// ownPlans returns the plans for writing. There are few.
func (e *Edit) ownPlans() map[planID]*Plan {
	if !e.plansCopied {
		if e.plans = maps.Clone(e.plans); e.plans == nil {
			e.plans = make(map[planID]*Plan)
		}
		e.plansCopied = true
	}
	return e.plans
}
