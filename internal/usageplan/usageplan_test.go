package usageplan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/quota"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

var (
	here  = usageplan.Space{AccountID: "111122223333", Region: "eu-west-1"}
	there = usageplan.Space{AccountID: "111122223333", Region: "us-east-1"}
	dev   = usageplan.Stage{API: "api", Name: "dev"}
	prod  = usageplan.Stage{API: "api", Name: "prod"}
)

const (
	goldValue   = "gold-value-0123456789"
	silverValue = "silver-value-0123456789"
	idleValue   = "idle-value-0123456789"
	loneValue   = "lone-value-0123456789"
)

// index has a gold key for dev and prod by two plans, a silver one for dev, and others that may do nothing.
func index() *usageplan.Index {
	gold := &usageplan.Plan{
		Space: here, ID: "gold", Throttle: &limit.Throttle{RatePerSecond: 5, Burst: 7},
		Stages: map[usageplan.Stage]*usageplan.StagePlan{dev: usageplan.NewStagePlan(dev, map[usageplan.Method]limit.Throttle{
			{Path: "/pets", Verb: "GET"}: {RatePerSecond: 1, Burst: 2},
			{Path: "/pets", Verb: "ANY"}: {RatePerSecond: 3, Burst: 4},
		})},
		Quota: quota.Quota{Limit: 9, Period: quota.Daily, First: 5},
	}
	other := &usageplan.Plan{
		Space: here, ID: "other", Stages: map[usageplan.Stage]*usageplan.StagePlan{prod: usageplan.NewStagePlan(prod, nil)},
	}
	silver := &usageplan.Plan{
		Space: here, ID: "silver", Stages: map[usageplan.Stage]*usageplan.StagePlan{dev: usageplan.NewStagePlan(dev, nil)},
	}
	edit := new(usageplan.Index).Edit()
	for _, plan := range []*usageplan.Plan{gold, other, silver} {
		edit.SetPlan(plan)
	}
	for _, m := range []usageplan.Member{{PlanID: "gold", KeyID: "g"}, {PlanID: "gold", KeyID: "idle", Since: 7}, {PlanID: "gold", KeyID: "unknown"}, {PlanID: "other", KeyID: "g"}, {PlanID: "silver", KeyID: "s"}} {
		m.Space = here
		edit.SetMember(m)
	}
	for _, key := range []usageplan.Key{
		{Space: here, ID: "g", Value: goldValue, Enabled: true},
		{Space: here, ID: "s", Value: silverValue, Enabled: true},
		{Space: here, ID: "idle", Value: idleValue},
		{Space: here, ID: "lone", Value: loneValue, Enabled: true},
		{Space: there, ID: "g", Value: silverValue + "-there", Enabled: true},
	} {
		edit.SetKey(key)
	}
	x, _ := edit.Finish()
	return x
}

func TestFind(t *testing.T) {
	tests := []struct {
		name    string
		space   usageplan.Space
		value   string
		stage   usageplan.Stage
		plan    string
		refusal usageplan.Refusal
	}{
		{"first plan", here, goldValue, dev, "gold", usageplan.Found},
		{"second plan", here, goldValue, prod, "other", usageplan.Found},
		{"plan of the other key", here, silverValue, dev, "silver", usageplan.Found},
		{"stage in no plan of the key", here, silverValue, prod, "", usageplan.NoPlan},
		{"key in no plan", here, loneValue, dev, "", usageplan.NoPlan},
		{"disabled", here, idleValue, dev, "", usageplan.Disabled},
		{"no key", here, "", dev, "", usageplan.NoKey},
		{"unknown", here, "unknown-value-0123456789", dev, "", usageplan.UnknownKey},
		{"too short", here, "short", dev, "", usageplan.UnknownKey},
		{"case", here, "GOLD-value-0123456789", dev, "", usageplan.UnknownKey},
		{"prefix of a value", here, goldValue[:20], dev, "", usageplan.UnknownKey},
		{"value and a zero byte", here, goldValue + "\x00", dev, "", usageplan.UnknownKey},
		{"other space", there, goldValue, dev, "", usageplan.UnknownKey},
		{"key of the same id elsewhere", there, silverValue + "-there", dev, "", usageplan.NoPlan},
	}
	x := index()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			use, refusal := x.Find(tt.space, tt.value, tt.stage)
			got := ""
			if use.Plan != nil {
				got = use.Plan.ID
			}
			if got != tt.plan || refusal != tt.refusal {
				t.Errorf("got plan %q, refusal %d, want %q, %d", got, refusal, tt.plan, tt.refusal)
			}
		})
	}
	if use, _ := x.Find(here, goldValue, dev); use.Limit.Counter != "111122223333/eu-west-1/usageplans/gold/g" || use.Limit.Quota != (quota.Quota{Limit: 9, Period: quota.Daily, First: 5}) || use.Key.ID != "g" {
		t.Errorf("got %+v, want the counter, the quota and the key of the use", use)
	}
	if _, refusal := new(usageplan.Index).Find(here, goldValue, dev); refusal != usageplan.UnknownKey {
		t.Errorf("got refusal %d of an empty index", refusal)
	}
}

func TestAppendBuckets(t *testing.T) {
	x := index()
	gold, _ := x.Find(here, goldValue, dev)
	plan := limit.Bucket{Owner: "111122223333/eu-west-1/usageplans/gold/g", Throttle: limit.Throttle{RatePerSecond: 5, Burst: 7}}
	get := limit.Bucket{Owner: plan.Owner, Part: "api/dev GET /pets", Throttle: limit.Throttle{RatePerSecond: 1, Burst: 2}}
	anyVerb := limit.Bucket{Owner: plan.Owner, Part: "api/dev ANY /pets", Throttle: limit.Throttle{RatePerSecond: 3, Burst: 4}}
	tests := []struct {
		name   string
		method usageplan.Method
		called string
		want   []limit.Bucket
	}{
		{"method", usageplan.Method{Path: "/pets", Verb: "GET"}, "GET", []limit.Bucket{get, plan}},
		{"verb of a method for all", usageplan.Method{Path: "/pets", Verb: "ANY"}, "GET", []limit.Bucket{get, plan}},
		{"method for all", usageplan.Method{Path: "/pets", Verb: "ANY"}, "PUT", []limit.Bucket{anyVerb, plan}},
		{"method without throttle", usageplan.Method{Path: "/cats", Verb: "GET"}, "GET", []limit.Bucket{plan}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, gold.AppendBuckets(nil, dev, tt.method, tt.called)); diff != "" {
				t.Errorf("buckets (-want +got):\n%s", diff)
			}
		})
	}
	silver, _ := x.Find(here, silverValue, dev)
	if got := silver.AppendBuckets(nil, dev, usageplan.Method{Path: "/pets", Verb: "GET"}, "GET"); len(got) > 0 {
		t.Errorf("got %+v for a plan without throttles", got)
	}
}

func TestUse(t *testing.T) {
	x := index()
	tests := []struct {
		space     usageplan.Space
		plan, key string
		first     quota.Day // of the quota
		want      bool
	}{
		{here, "gold", "g", 5, true},    // when the plan got it
		{here, "gold", "idle", 7, true}, // when the key came into the plan
		{here, "silver", "s", 0, true},  // there is none
		{here, "gold", "s", 0, false}, {here, "gold", "unknown", 0, false}, {here, "none", "g", 0, false}, {there, "gold", "g", 0, false},
	}
	for _, tt := range tests {
		use, ok := x.Use(tt.space, tt.plan, tt.key)
		if ok != tt.want || use.Limit.Quota.First != tt.first || ok && (use.Plan.ID != tt.plan || use.Key.ID != tt.key || use.Limit.Counter != usageplan.Counter(tt.space, tt.plan, tt.key)) {
			t.Errorf("%s by %s: got %+v, %v, want %v", tt.plan, tt.key, use, ok, tt.want)
		}
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	x := index()
	buckets := make([]limit.Bucket, 0, 4)
	value := string([]byte(goldValue))
	got := testing.AllocsPerRun(1000, func() {
		use, _ := x.Find(here, value, dev)
		buckets = use.AppendBuckets(buckets[:0], dev, usageplan.Method{Path: "/pets", Verb: "ANY"}, "GET")
	})
	if got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

func TestParseCounter(t *testing.T) {
	space, plan, key, ok := usageplan.ParseCounter(usageplan.Counter(here, "p1", "k1"))
	if space != here || plan != "p1" || key != "k1" || !ok {
		t.Errorf("got %v, %q, %q, %v", space, plan, key, ok)
	}
	for _, text := range []string{"", "a/b/usageplans/c", "a/b/other/c/d"} {
		if _, _, _, ok := usageplan.ParseCounter(text); ok {
			t.Errorf("%q: got it accepted", text)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	x := index()
	b.ReportAllocs()
	for b.Loop() {
		x.Find(here, goldValue, dev)
	}
}
