// Package limittest is the contract of limit.Limiter as tests, which every implementation runs.
package limittest

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/quota"
)

// Run tests the Limiters that open returns, each of which knows nothing yet.
func Run(t *testing.T, open func(t *testing.T) limit.Limiter) {
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, l *judged)
	}{
		{"Burst", testBurst},
		{"Rate", testRate},
		{"ZeroBlocks", testZeroBlocks},
		{"RateWithoutRefill", testRateWithoutRefill},
		{"BucketsAreApart", testBucketsAreApart},
		{"ChangedThrottle", testChangedThrottle},
		{"ClockGoesBack", testClockGoesBack},
		{"RefusedTakesNothing", testRefusedTakesNothing},
		{"Quota", testQuota},
		{"QuotaAfterThrottle", testQuotaAfterThrottle},
		{"Periods", testPeriods},
		{"Offset", testOffset},
		{"NoQuota", testNoQuota},
		{"SetRemaining", testSetRemaining},
		{"ChangedQuota", testChangedQuota},
		{"Changed", testChanged},
		{"Restore", testRestore},
		{"Forget", testForget},
		{"Concurrency", testConcurrency},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, &judged{t, open(t)}) })
	}
}

// judged is the Limiter that is tested.
type judged struct {
	t *testing.T
	limit.Limiter
}

// noon is a Sunday.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// at returns a time some seconds after noon.
func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

// bucket is a request for one token of a bucket.
func bucket(owner string, rate float64, burst int) *limit.Request {
	return &limit.Request{Buckets: []limit.Bucket{{Owner: owner, Throttle: limit.Throttle{RatePerSecond: rate, Burst: burst}}}}
}

// use is a request that uses a plan with a quota.
func use(counter string, allowed int64, period quota.Period) *limit.Request {
	return &limit.Request{Use: limit.Use{Counter: counter, Quota: quota.Quota{Limit: allowed, Period: period}}}
}

// admit decides over a request.
func (l *judged) admit(now time.Time, r *limit.Request) limit.Decision {
	l.t.Helper()
	decision, err := l.Admit(l.t.Context(), now, r)
	if err != nil {
		l.t.Fatal(err)
	}
	return decision
}

// want says what becomes of the next n requests, and of the one after them.
func (l *judged) want(n int, now time.Time, r *limit.Request, last limit.Verdict) {
	l.t.Helper()
	for i := range n {
		if got := l.admit(now, r); got.Verdict != limit.Admitted {
			l.t.Fatalf("request %d of %d: got %+v, want it admitted", i+1, n, got)
		}
	}
	if got := l.admit(now, r); got.Verdict != last {
		l.t.Fatalf("request %d: got %+v, want verdict %d", n+1, got, last)
	}
}

func testBurst(_ *testing.T, l *judged) {
	l.want(5, noon, bucket("a", 1, 5), limit.Throttled)
}

func testRate(_ *testing.T, l *judged) {
	r := bucket("a", 4, 2)
	l.want(2, noon, r, limit.Throttled)
	l.want(0, at(0.24), r, limit.Throttled)
	l.want(1, at(0.25), r, limit.Throttled)
	l.want(1, at(0.5), r, limit.Throttled)
	l.want(2, at(100), r, limit.Throttled) // the bucket never holds more than the burst
}

func testZeroBlocks(_ *testing.T, l *judged) {
	l.want(0, noon, bucket("a", 0, 0), limit.Throttled)
	l.want(0, at(1000), bucket("a", 0, 0), limit.Throttled)
	l.want(0, at(1000), bucket("b", 100, 0), limit.Throttled)
}

func testRateWithoutRefill(_ *testing.T, l *judged) {
	l.want(3, noon, bucket("a", 0, 3), limit.Throttled)
	l.want(0, at(1e6), bucket("a", 0, 3), limit.Throttled)
}

func testBucketsAreApart(_ *testing.T, l *judged) {
	l.want(1, noon, bucket("a", 1, 1), limit.Throttled)
	l.want(1, noon, bucket("b", 1, 1), limit.Throttled)
	part := bucket("a", 1, 1)
	part.Buckets[0].Part = "GET /"
	l.want(1, noon, part, limit.Throttled)
}

func testChangedThrottle(_ *testing.T, l *judged) {
	l.want(10, noon, bucket("a", 1, 10), limit.Throttled)
	l.want(0, noon, bucket("a", 1, 20), limit.Throttled) // what is spent stays spent
	l.want(20, at(30), bucket("a", 1, 20), limit.Throttled)
	l.want(2, at(60), bucket("a", 1, 2), limit.Throttled) // what is too much is gone
	l.want(0, at(60), bucket("a", 1, 10), limit.Throttled)
}

func testClockGoesBack(_ *testing.T, l *judged) {
	r := bucket("a", 1, 2)
	l.want(2, noon, r, limit.Throttled)
	l.want(0, at(-100), r, limit.Throttled)
	l.want(1, at(1), r, limit.Throttled)
}

func testRefusedTakesNothing(t *testing.T, l *judged) {
	both := &limit.Request{
		Buckets: append(bucket("a", 0, 3).Buckets, bucket("b", 1, 1).Buckets...),
		Use:     limit.Use{Counter: "c", Quota: quota.Quota{Limit: 2, Period: quota.Daily}},
	}
	l.want(1, noon, both, limit.Throttled)
	for range 5 {
		if got, want := l.admit(noon, both), (limit.Decision{Verdict: limit.Throttled, Bucket: 1}); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
	l.want(1, at(1), both, limit.Throttled) // the first bucket and the quota have one left
	l.want(0, at(2), both, limit.QuotaExceeded)
	l.want(0, at(2), both, limit.QuotaExceeded) // which took no token of b
	l.want(1, at(2), bucket("a", 0, 3), limit.Throttled)
}

func testQuota(_ *testing.T, l *judged) {
	l.want(3, noon, use("a", 3, quota.Daily), limit.QuotaExceeded)
	l.want(3, noon, use("b", 3, quota.Daily), limit.QuotaExceeded)
	l.want(3, noon.AddDate(0, 0, 1), use("a", 3, quota.Daily), limit.QuotaExceeded)
}

func testQuotaAfterThrottle(_ *testing.T, l *judged) {
	r := use("a", 1, quota.Daily)
	r.Buckets = bucket("a", 1, 1).Buckets
	l.want(1, noon, r, limit.Throttled)
	l.want(0, at(1), r, limit.QuotaExceeded)
}

func testPeriods(_ *testing.T, l *judged) {
	for _, tt := range []struct {
		period     quota.Period
		last, next time.Time // of the period of noon, and of the one after it
	}{
		{quota.Daily, time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
		{quota.Weekly, time.Date(2026, 11, 28, 23, 59, 59, 0, time.UTC), time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)},
		{quota.Monthly, time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
	} {
		r := use(tt.period.String(), 2, tt.period)
		l.want(2, noon, r, limit.QuotaExceeded)
		l.want(0, tt.last, r, limit.QuotaExceeded)
		l.want(2, tt.next, r, limit.QuotaExceeded)
	}
}

func testOffset(_ *testing.T, l *judged) {
	r := use("a", 5, quota.Daily)
	r.Use.Quota.Offset, r.Use.Quota.First = 2, quota.DayOf(noon)
	l.want(3, noon, r, limit.QuotaExceeded)
	l.want(5, noon.AddDate(0, 0, 1), r, limit.QuotaExceeded)
}

func testNoQuota(t *testing.T, l *judged) {
	r := use("a", 0, quota.None)
	l.want(10, noon, r, limit.Admitted)
	if got := l.changed(noon)[0]; got.Used != 11 || got.Remaining != 0 {
		t.Errorf("got %+v, want 11 requests counted and none remaining", got)
	}
}

func testSetRemaining(t *testing.T, l *judged) {
	r := use("a", 3, quota.Weekly)
	l.want(3, noon, r, limit.QuotaExceeded)
	for _, remaining := range []int64{2, 10, 0} {
		if err := l.SetRemaining(t.Context(), noon, &r.Use, remaining); err != nil {
			t.Fatal(err)
		}
		l.want(int(remaining), noon, r, limit.QuotaExceeded)
	}
	l.want(3, noon.AddDate(0, 0, 7), r, limit.QuotaExceeded) // the next period is as usual
	fresh := use("b", 3, quota.Daily)
	if err := l.SetRemaining(t.Context(), noon, &fresh.Use, 1); err != nil {
		t.Fatal(err)
	}
	l.want(1, noon, fresh, limit.QuotaExceeded)
}

func testChangedQuota(_ *testing.T, l *judged) {
	l.want(3, noon, use("a", 3, quota.Weekly), limit.QuotaExceeded)
	l.want(2, noon, use("a", 5, quota.Weekly), limit.QuotaExceeded) // what is used stays used
	l.want(0, noon, use("a", 1, quota.Weekly), limit.QuotaExceeded)
	l.want(4, noon, use("a", 4, quota.Monthly), limit.QuotaExceeded) // another period begins anew
}

// changed returns what has changed, sorted.
func (l *judged) changed(now time.Time) []limit.Count {
	l.t.Helper()
	counts, err := l.Changed(l.t.Context(), now)
	if err != nil {
		l.t.Fatal(err)
	}
	slices.SortFunc(counts, func(a, b limit.Count) int {
		return cmp.Or(cmp.Compare(a.Counter, b.Counter), cmp.Compare(a.Day, b.Day))
	})
	return counts
}

func testChanged(t *testing.T, l *judged) {
	today, tomorrow := quota.DayOf(noon), noon.AddDate(0, 0, 1)
	r := use("a", 10, quota.Weekly)
	l.want(1, noon, r, limit.Admitted)
	l.want(0, noon, use("b", 10, quota.Daily), limit.Admitted)
	l.want(2, tomorrow, r, limit.Admitted)
	want := []limit.Count{
		{Counter: "a", Day: today, Used: 2, Remaining: 8, Period: today, PeriodUsed: 2},
		{Counter: "a", Day: today + 1, Used: 3, Remaining: 5, Period: today, PeriodUsed: 5},
		{Counter: "b", Day: today, Used: 1, Remaining: 9, Period: today, PeriodUsed: 1},
	}
	if diff := gocmp.Diff(want, l.changed(tomorrow)); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if got := l.changed(tomorrow); len(got) > 0 {
		t.Errorf("got %+v, want nothing told twice", got)
	}
	if err := l.SetRemaining(t.Context(), tomorrow, &r.Use, 7); err != nil {
		t.Fatal(err)
	}
	want = []limit.Count{{Counter: "a", Day: today + 1, Used: 3, Remaining: 7, Period: today, PeriodUsed: 5, Granted: 2}}
	if diff := gocmp.Diff(want, l.changed(tomorrow)); diff != "" {
		t.Errorf("changed by SetRemaining (-want +got):\n%s", diff)
	}
}

func testRestore(t *testing.T, l *judged) {
	today := quota.DayOf(noon)
	count := limit.Count{Counter: "a", Day: today, Used: 3, Remaining: 2, Period: today, PeriodUsed: 3, Granted: 1}
	if err := l.Restore(t.Context(), []limit.Count{count}); err != nil {
		t.Fatal(err)
	}
	if got := l.changed(noon); len(got) > 0 {
		t.Errorf("got %+v, want what was restored not to count as changed", got)
	}
	r := use("a", 4, quota.Weekly)
	l.want(2, noon, r, limit.QuotaExceeded)
	count.Used, count.Remaining, count.PeriodUsed = 5, 0, 5
	if diff := gocmp.Diff([]limit.Count{count}, l.changed(noon)); diff != "" {
		t.Errorf("changed after Restore (-want +got):\n%s", diff)
	}
	if err := l.Restore(t.Context(), []limit.Count{{Counter: "a", Day: today, Period: today}}); err != nil {
		t.Fatal(err)
	}
	l.want(0, noon, r, limit.QuotaExceeded) // a counter that counts is left alone
	old := limit.Count{Counter: "b", Day: today - 7, Used: 9, Period: today - 7, PeriodUsed: 9, Granted: 50}
	if err := l.Restore(t.Context(), []limit.Count{old}); err != nil {
		t.Fatal(err)
	}
	l.want(4, noon, use("b", 4, quota.Weekly), limit.QuotaExceeded) // its period is over
}

func testForget(t *testing.T, l *judged) {
	r := use("a", 2, quota.Daily)
	l.want(2, noon, r, limit.QuotaExceeded)
	if err := l.Forget(t.Context(), []string{"a", "unknown"}); err != nil {
		t.Fatal(err)
	}
	if got := l.changed(noon); len(got) > 0 {
		t.Errorf("got %+v, want nothing told of a counter that is forgotten", got)
	}
	l.want(2, noon, r, limit.QuotaExceeded)
}

// testConcurrency holds a bucket and a quota to their limits under 64 clients at once.
func testConcurrency(t *testing.T, l *judged) {
	const clients, each, burst, allowed = 64, 100, 500, 400
	r := bucket("a", 0, burst)
	r.Buckets = append(r.Buckets, bucket("b", 0, clients*each).Buckets...)
	r.Use = limit.Use{Counter: "c", Quota: quota.Quota{Limit: allowed, Period: quota.Daily}}
	var verdicts [3]atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range each {
				decision, err := l.Admit(t.Context(), noon, r)
				if err != nil {
					t.Error(err)
					return
				}
				verdicts[decision.Verdict].Add(1)
			}
		})
	}
	wg.Wait()
	if got := verdicts[limit.Admitted].Load(); got != allowed {
		t.Errorf("got %d requests admitted, want the quota, %d", got, allowed)
	}
	rest := bucket("a", 0, burst)
	l.want(burst-allowed, noon, rest, limit.Throttled) // refused requests have given their tokens back
}
