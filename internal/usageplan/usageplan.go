// Package usageplan is the index of usage plans and API keys by which the pipeline admits requests: whose key it is,
// which plan lets it use an API stage, and which throttles and quota apply.
//
// An Index is made of what the control plane keeps, whenever that changes, and is never changed itself. It
// counts nothing: that is package limit. Start with New, then Index.Find.
//
// AWS: Create and use usage plans with API keys.
package usageplan

import (
	"crypto/sha256"
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
	Stages   map[Stage]*StagePlan
	Keys     []Member
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

// Member is an API key in a usage plan, with the quota that it has there.
type Member struct {
	KeyID string
	Quota quota.Quota
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

// Index finds keys by their values. The zero Index has none. It is immutable and safe for concurrent use.
type Index struct {
	keys map[digest]*key
	uses map[string]*Use // by Use.Limit.Counter
}

// digest stands for the value of a key in a space. Keys are found by digests, not by their values, so that how long a
// look-up takes tells nothing about values that are almost right.
type digest struct {
	space Space
	value [sha256.Size]byte
}

// key is an API key with its uses.
type key struct {
	Key
	uses []*Use
}

// Use is the use of a usage plan by an API key.
type Use struct {
	Key   *Key
	Plan  *Plan
	Limit limit.Use // how it is counted
}

// New makes an index. Keys of plans that do not exist are left out, as are those of other spaces.
func New(plans []*Plan, keys []Key) *Index {
	x := &Index{keys: make(map[digest]*key, len(keys)), uses: make(map[string]*Use)}
	type id struct {
		Space
		id string
	}
	byID := make(map[id]*key, len(keys))
	for i := range keys {
		k := &key{Key: keys[i]}
		byID[id{k.Space, k.ID}] = k
		x.keys[digestOf(k.Space, k.Value)] = k
	}
	for _, p := range plans {
		for _, member := range p.Keys {
			k := byID[id{p.Space, member.KeyID}]
			if k == nil {
				continue
			}
			u := &Use{Key: &k.Key, Plan: p, Limit: limit.Use{Counter: Counter(p.Space, p.ID, k.ID), Quota: member.Quota}}
			k.uses = append(k.uses, u)
			x.uses[u.Limit.Counter] = u
		}
	}
	return x
}

// The lengths that values of API keys have. Others are not looked up.
const (
	minValueBytes = 20
	maxValueBytes = 128
)

func digestOf(space Space, value string) digest {
	var buf [maxValueBytes]byte
	return digest{space, sha256.Sum256(buf[:copy(buf[:], value)])}
}

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

// Find returns the use of the plan that lets the key with a value call a stage. Nil comes with the reason.
func (x *Index) Find(space Space, value string, stage Stage) (*Use, Refusal) {
	switch {
	case value == "":
		return nil, NoKey
	case len(value) < minValueBytes || len(value) > maxValueBytes:
		return nil, UnknownKey
	}
	k := x.keys[digestOf(space, value)]
	switch {
	case k == nil:
		return nil, UnknownKey
	case !k.Enabled:
		return nil, Disabled
	}
	for _, u := range k.uses {
		if u.Plan.Stages[stage] != nil {
			return u, Found
		}
	}
	return nil, NoPlan
}

// Use returns the use of a plan by a key, nil where the key is not in the plan.
func (x *Index) Use(space Space, plan, key string) *Use { return x.uses[Counter(space, plan, key)] }

// Missing returns the counters of uses that x has and next does not.
func (x *Index) Missing(next *Index) (counters []string) {
	for counter := range x.uses {
		if next.uses[counter] == nil {
			counters = append(counters, counter)
		}
	}
	return counters
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
