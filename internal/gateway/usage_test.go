package gateway_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/limit/memlimit"
	"github.com/sluice-gateway/sluice/internal/quota"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

const goodKey = "good-key-0123456789"

// limited is a world's gateway with limits.
type limited struct {
	w       *world
	limiter limit.Limiter
	account *limit.Throttle
	plan    usageplan.Plan
	keys    []string // that are in the plan; nil is key1
	now     time.Time
}

// open returns a gateway with a key of 20 characters, goodKey and "X", in the usage plan.
func (l *limited) open(t *testing.T) *gateway.Gateway {
	t.Helper()
	table, err := gateway.NewTable(gateway.TableConfig{Stages: l.w.bind(t)})
	if err != nil {
		t.Fatal(err)
	}
	if l.limiter == nil {
		l.limiter = memlimit.New()
	}
	l.now = arrival
	gw := gateway.New(gateway.Config{HTTP: l.w, Limiter: l.limiter, AccountThrottle: l.account, Now: func() time.Time { return l.now }})
	gw.Swap(table)
	space := usageplan.Space{AccountID: "111122223333", Region: "us-east-1"}
	l.plan.Space, l.plan.ID = space, "plan1"
	if l.keys == nil {
		l.keys = []string{"key1"}
	}
	if l.plan.Stages == nil {
		stage := usageplan.Stage{API: "api1", Name: "v1"}
		l.plan.Stages = map[usageplan.Stage]*usageplan.StagePlan{stage: usageplan.NewStagePlan(stage, nil)}
	}
	edit := new(usageplan.Index).Edit()
	edit.SetPlan(&l.plan)
	edit.SetKey(usageplan.Key{Space: space, ID: "key1", Value: goodKey + "X", Enabled: true})
	edit.SetKey(usageplan.Key{Space: space, ID: "key2", Value: goodKey + "Y", Enabled: true})
	for _, key := range l.keys {
		edit.SetMember(usageplan.Member{Space: space, PlanID: l.plan.ID, KeyID: key})
	}
	plans, _ := edit.Finish()
	gw.SwapUsagePlans(plans)
	return gw
}

func keyMethod() apigw.Method {
	m := mockMethod("$context.identity.apiKey $context.identity.apiKeyId")
	m.ApiKeyRequired = new(true)
	return m
}

func TestAPIKey(t *testing.T) {
	l := &limited{w: newWorld().method("GET", "/", keyMethod()).method("GET", "/open", mockMethod("[$context.identity.apiKey]"))}
	gw := l.open(t)
	forbidden := errorAnswer("403", "ForbiddenException", `{"message":"Forbidden"}`)
	tests := []struct{ name, request, want string }{
		{"good", "GET /v1\nX-API-Key: " + goodKey + "X\n\n", goodKey + "X key1"},
		{"case of the name", "GET /v1\nx-aPI-kEY: " + goodKey + "X\n\n", goodKey + "X key1"},
		{"last of several", "GET /v1\nx-api-key: nonsense\nx-api-key: " + goodKey + "X\n\n", goodKey + "X key1"},
		{"none", "GET /v1\n\n", forbidden},
		{"empty", "GET /v1\nX-API-Key: \n\n", forbidden},
		{"unknown", "GET /v1\nX-API-Key: unknown-key-0123456789\n\n", forbidden},
		{"in no plan", "GET /v1\nX-API-Key: " + goodKey + "Y\n\n", forbidden},
		{"in the query", "GET /v1?x-api-key=" + goodKey + "X\n\n", forbidden},
		{"case of the value", "GET /v1\nX-API-Key: " + strings.ToUpper(goodKey) + "X\n\n", forbidden},
		{"not required", "GET /v1/open\nX-API-Key: " + goodKey + "X\n\n", "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := serve(gw, tt.request)
			if tt.want != forbidden {
				_, got, _ = strings.Cut(got, "\n\n")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A gateway that was told of no usage plans admits nobody to a method that requires a key.
func TestKeysAreRefusedWithoutPlans(t *testing.T) {
	gw := newWorld().method("GET", "/", keyMethod()).open(t)
	if diff := cmp.Diff(errorAnswer("403", "ForbiddenException", `{"message":"Forbidden"}`), serve(gw, "GET /v1\nX-API-Key: "+goodKey+"X\n\n")); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

// send sends a request n times and returns the statuses that it got.
func send(gw *gateway.Gateway, n int, request string) string {
	var statuses []string
	for range n {
		status, _, _ := strings.Cut(serve(gw, request), "\n")
		statuses = append(statuses, status)
	}
	return strings.Join(statuses, " ")
}

const keyed = "GET /v1\nX-API-Key: " + goodKey + "X\n\n"

func TestThrottles(t *testing.T) {
	stage := usageplan.Stage{API: "api1", Name: "v1"}
	methodThrottle := map[usageplan.Stage]*usageplan.StagePlan{stage: usageplan.NewStagePlan(stage, map[usageplan.Method]limit.Throttle{
		{Path: "/", Verb: "GET"}: {RatePerSecond: 1, Burst: 2},
	})}
	tests := []struct {
		name    string
		limited limited
		setting apigw.MethodSetting
		request string
		want    string
	}{
		{"of the plan for the method", limited{plan: usageplan.Plan{Stages: methodThrottle}}, apigw.MethodSetting{}, keyed, "200 200 429"},
		{"of the plan for the key", limited{plan: usageplan.Plan{Throttle: &limit.Throttle{RatePerSecond: 1, Burst: 2}}}, apigw.MethodSetting{}, keyed, "200 200 429"},
		{"of the stage", limited{}, apigw.MethodSetting{ThrottlingBurstLimit: new(int32(2)), ThrottlingRateLimit: new(1.0)}, "GET /v1/open\n\n", "200 200 429"},
		{"of the stage, with a key", limited{}, apigw.MethodSetting{ThrottlingBurstLimit: new(int32(2)), ThrottlingRateLimit: new(1.0)}, keyed, "200 200 429"},
		{"of the account", limited{account: &limit.Throttle{RatePerSecond: 1, Burst: 2}}, apigw.MethodSetting{}, "GET /v1/open\n\n", "200 200 429"},
		{"of zero", limited{}, apigw.MethodSetting{ThrottlingBurstLimit: new(int32(0)), ThrottlingRateLimit: new(0.0)}, "GET /v1/open\n\n", "429 429 429"},
		{"that is inherited", limited{}, apigw.MethodSetting{ThrottlingBurstLimit: new(int32(-1)), ThrottlingRateLimit: new(-1.0)}, "GET /v1/open\n\n", "200 200 200"},
		{"of a plan, without a key", limited{plan: usageplan.Plan{Throttle: &limit.Throttle{}}}, apigw.MethodSetting{}, "GET /v1/open\nX-API-Key: " + goodKey + "X\n\n", "200 200 200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := tt.limited
			l.w = newWorld().method("GET", "/", keyMethod()).method("GET", "/open", mockMethod("ok"))
			l.w.stage.MethodSettings = map[string]apigw.MethodSetting{"*/*": tt.setting}
			gw := l.open(t)
			if got := send(gw, 3, tt.request); got != tt.want {
				t.Errorf("got statuses %s, want %s", got, tt.want)
			}
		})
	}
}

// The throttle of the plan comes before that of the stage, and that before the account's; whoever refuses, nobody
// else is charged.
func TestThrottleOrder(t *testing.T) {
	l := &limited{
		w:       newWorld().method("GET", "/", keyMethod()).method("GET", "/open", mockMethod("ok")),
		account: &limit.Throttle{RatePerSecond: 0, Burst: 5},
		plan:    usageplan.Plan{Throttle: &limit.Throttle{RatePerSecond: 0, Burst: 2}},
		keys:    []string{"key1", "key2"},
	}
	l.w.stage.MethodSettings = map[string]apigw.MethodSetting{"//GET": {ThrottlingBurstLimit: new(int32(3)), ThrottlingRateLimit: new(0.0)}}
	gw := l.open(t)
	other := strings.Replace(keyed, goodKey+"X", goodKey+"Y", 1)
	for _, step := range []struct{ request, want string }{
		{keyed, "200 200 429 429 429"},              // two of the plan's for this key, of the stage's three, of the account's five
		{other, "200 429 429 429 429"},              // one is left of the stage's, though the plan has two for this key
		{"GET /v1/open\n\n", "200 200 429 429 429"}, // two are left of the account's
	} {
		if got := send(gw, 5, step.request); got != step.want {
			t.Errorf("%q: got statuses %s, want %s", step.request, got, step.want)
		}
	}
}

func TestQuota(t *testing.T) {
	l := &limited{w: newWorld().method("GET", "/", keyMethod()), plan: usageplan.Plan{
		Throttle: &limit.Throttle{RatePerSecond: 1, Burst: 3},
		Quota:    quota.Quota{Limit: 4, Period: quota.Daily},
	}}
	gw := l.open(t)
	if got := send(gw, 5, keyed); got != "200 200 200 429 429" {
		t.Errorf("got statuses %s", got)
	}
	l.now = arrival.Add(time.Minute)
	if got := send(gw, 1, keyed); got != "200" {
		t.Errorf("got status %s: what was throttled must not count", got)
	}
	want := errorAnswer("429", "LimitExceededException", `{"message":"Limit Exceeded"}`)
	if diff := cmp.Diff(want, serve(gw, keyed)); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
	l.now = arrival.AddDate(0, 0, 1)
	if got := send(gw, 1, keyed); got != "200" {
		t.Errorf("got status %s on the next day", got)
	}
}

// brokenLimiter can decide nothing.
type brokenLimiter struct{ limit.Limiter }

func (brokenLimiter) Admit(context.Context, time.Time, *limit.Request) (limit.Decision, error) {
	return limit.Decision{}, errors.New("unreachable")
}

func TestUndecidedLimitsLetPass(t *testing.T) {
	l := &limited{w: newWorld().method("GET", "/", keyMethod()), limiter: brokenLimiter{}}
	gw := l.open(t)
	if got := send(gw, 1, keyed); got != "200" {
		t.Errorf("got status %s, want the request served", got)
	}
	if got := send(gw, 1, "GET /v1\n\n"); got != "403" {
		t.Errorf("got status %s without a key, want 403", got)
	}
}

// A request with a key, throttles of all kinds and a quota allocates no more than one with nothing of that.
func TestLimitsAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	big := limit.Throttle{RatePerSecond: 1e9, Burst: 1e9}
	stage := usageplan.Stage{API: "api1", Name: "v1"}
	l := &limited{w: newWorld(), account: &big, plan: usageplan.Plan{
		Throttle: &big,
		Stages: map[usageplan.Stage]*usageplan.StagePlan{stage: usageplan.NewStagePlan(stage, map[usageplan.Method]limit.Throttle{
			{Path: "/keyed", Verb: "GET"}: big,
		})},
		Quota: quota.Quota{Limit: 1 << 40, Period: quota.Monthly},
	}}
	closed := mockMethod("ok")
	closed.ApiKeyRequired = new(true)
	l.w.method("GET", "/keyed", closed).method("GET", "/open0", mockMethod("ok"))
	l.w.stage.MethodSettings = map[string]apigw.MethodSetting{"*/*": {ThrottlingBurstLimit: new(int32(1e9)), ThrottlingRateLimit: new(1e9)}}
	limitedGateway := l.open(t)
	count := func(gw *gateway.Gateway, path string) float64 {
		request := "GET /v1/" + path + "\nX-API-Key: " + goodKey + "X\n\n"
		return testing.AllocsPerRun(500, func() {
			x := gateway.Acquire()
			fill(x, request)
			gw.Serve(t.Context(), x)
			x.Release()
		})
	}
	free, limited := count(l.w.open(t), "open0"), count(limitedGateway, "keyed")
	if limited > free {
		t.Errorf("got %v allocations for a request with limits, want no more than without, %v", limited, free)
	}
}
