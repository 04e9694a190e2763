// Package usageplan is the index of usage plans and API keys by which the pipeline admits requests: whose key it is,
// which plan lets it use an API stage, and which throttles and quota apply.
//
// An Index is made of what the control plane keeps, and is never changed itself: an Edit makes the next one of it,
// which shares with it what did not change (edit.go). It counts nothing: that is package limit. Start with
// Index.Find, then Index.Edit.
//
// AWS: Create and use usage plans with API keys.
package usageplan

import (
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/quota"
)

// Space is what one account has in one region. Its plans and keys are for its own APIs only.
type Space struct {
	AccountID string
	Region    string
}

// String returns the space as it stands in the identities of buckets and counters.
func (s Space) String() string { return s.AccountID + "/" + s.Region }

// Stage names a stage of an API.
type Stage struct {
	API  string
	Name string
}

// Method names a method of an API by the path of its resource and its verb, which may be ANY.
type Method struct {
	Path string
	Verb string
}

// Plan is a usage plan.
type Plan struct {
	Space
	ID       string
	Throttle *limit.Throttle // of each key; nil where there is none
	Quota    quota.Quota     // of each key; First is when the plan got it
	Stages   map[Stage]*StagePlan
}

// StagePlan is what a usage plan has for one API stage: further throttles of each key, by method. Make one with
// NewStagePlan.
type StagePlan struct {
	buckets map[Method]limit.Bucket // without an owner
}

// NewStagePlan returns what a usage plan has for a stage.
func NewStagePlan(stage Stage, throttles map[Method]limit.Throttle) *StagePlan {
	p := &StagePlan{buckets: make(map[Method]limit.Bucket, len(throttles))}
	for m, t := range throttles {
		p.buckets[m] = limit.Bucket{Part: stage.API + "/" + stage.Name + " " + m.Verb + " " + m.Path, Throttle: t}
	}
	return p
}

// Member is an API key in a usage plan.
type Member struct {
	Space
	PlanID string
	KeyID  string
	Since  quota.Day // when the key came into the plan
}

// Key is an API key.
type Key struct {
	Space
	ID      string
	Value   string
	Enabled bool
}

// Counter returns the identity of the counter of a plan's use by a key, which is that of their buckets, too.
func Counter(space Space, plan, key string) string {
	return space.String() + "/usageplans/" + plan + "/" + key
}

// Index finds keys by their values. The zero Index has none. It is immutable and safe for concurrent use;
// Index.Edit makes another one of it.
type Index struct {
	values table // keys by their values
	ids    table // keys, and those that plans name, by their ids
	plans  map[planID]*Plan
}

// planID names a usage plan among all spaces.
type planID struct {
	Space
	id string
}

// entry is an API key with the plans that it is in. It is immutable once an Index has it.
type entry struct {
	Key
	exists  bool // false where plans have a key that is not there
	members []member
}

// member is a plan that a key is in.
type member struct {
	plan    string
	since   quota.Day
	counter string
}

// member returns where the entry has a plan, -1 where it has not.
func (e *entry) member(plan string) int {
	return slices.IndexFunc(e.members, func(m member) bool { return m.plan == plan })
}

// Use is the use of a usage plan by an API key. The zero Use is none.
type Use struct {
	Key   *Key
	Plan  *Plan
	Limit limit.Use // how it is counted
}

// use returns the use of a plan by a key. The offset of a quota counts in the period in which the key came into the
// plan, or the plan got its quota, whichever is later.
func (e *entry) use(m *member, plan *Plan) Use {
	q := plan.Quota
	if q.Period != quota.None {
		q.First = max(q.First, m.since)
	}
	return Use{Key: &e.Key, Plan: plan, Limit: limit.Use{Counter: m.counter, Quota: q}}
}

// The lengths that values of API keys have. Others are not looked up.
const (
	minValueBytes = 20
	maxValueBytes = 128
)

// Refusal says why a key may not use a stage.
type Refusal uint8

// The refusals. A client is not told which it is.
const (
	Found      Refusal = iota
	NoKey              // the request has none
	UnknownKey         // no key has that value
	Disabled           // the key is not enabled
	NoPlan             // no plan has both the key and the stage
)

// Find returns the use of the plan that lets the key with a value call a stage. Any refusal but Found comes without
// one.
func (x *Index) Find(space Space, value string, stage Stage) (Use, Refusal) {
	switch {
	case value == "":
		return Use{}, NoKey
	case len(value) < minValueBytes || len(value) > maxValueBytes:
		return Use{}, UnknownKey
	}
	e := x.values.get(digestOf(space, value))
	switch {
	case e == nil:
		return Use{}, UnknownKey
	case !e.Enabled:
		return Use{}, Disabled
	}
	for i := range e.members {
		m := &e.members[i]
		if plan := x.plans[planID{space, m.plan}]; plan != nil && plan.Stages[stage] != nil {
			return e.use(m, plan), Found
		}
	}
	return Use{}, NoPlan
}

// Use returns the use of a plan by a key. It reports false where the key is not in the plan.
func (x *Index) Use(space Space, plan, key string) (Use, bool) {
	e, p := x.ids.get(digestOf(space, key)), x.plans[planID{space, plan}]
	if e == nil || !e.exists || p == nil {
		return Use{}, false
	}
	i := e.member(plan)
	if i < 0 {
		return Use{}, false
	}
	return e.use(&e.members[i], p), true
}

// AppendBuckets appends the buckets of the plan for a method of a stage that the plan has: that of the key and the
// method, then that of the key. The method is called by a verb that ANY may stand for.
func (u *Use) AppendBuckets(dst []limit.Bucket, stage Stage, m Method, called string) []limit.Bucket {
	buckets := u.Plan.Stages[stage].buckets
	for _, verb := range [...]string{called, m.Verb} {
		if b, ok := buckets[Method{m.Path, verb}]; ok {
			b.Owner = u.Limit.Counter
			dst = append(dst, b)
			break
		}
	}
	if t := u.Plan.Throttle; t != nil {
		dst = append(dst, limit.Bucket{Owner: u.Limit.Counter, Throttle: *t})
	}
	return dst
}

// ParseCounter takes apart what Counter made.
func ParseCounter(counter string) (space Space, plan, key string, ok bool) {
	parts := strings.Split(counter, "/")
	if len(parts) != 5 || parts[2] != "usageplans" {
		return Space{}, "", "", false
	}
	return Space{AccountID: parts[0], Region: parts[1]}, parts[3], parts[4], true
}
