package memlimit_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/limit/limittest"
	"github.com/sluice-gateway/sluice/internal/limit/memlimit"
	"github.com/sluice-gateway/sluice/internal/quota"
)

func TestLimiter(t *testing.T) {
	limittest.Run(t, func(*testing.T) limit.Limiter { return memlimit.New() })
}

// fullRequest is one to which everything applies.
func fullRequest() *limit.Request {
	throttle := limit.Throttle{RatePerSecond: 1e6, Burst: 1e6}
	return &limit.Request{
		Buckets: []limit.Bucket{
			{Owner: "111122223333/eu-west-1/plan/key", Part: "api/stage GET /pets", Throttle: throttle},
			{Owner: "111122223333/eu-west-1/plan/key", Throttle: throttle},
			{Owner: "111122223333/eu-west-1/api/stage", Part: "GET /pets", Throttle: throttle},
			{Owner: "111122223333/eu-west-1", Throttle: throttle},
		},
		Use: limit.Use{Counter: "111122223333/eu-west-1/plan/key", Quota: quota.Quota{Limit: 1 << 40, Period: quota.Monthly}},
	}
}

// TestAdmitAllocatesNothing holds the way of an admitted request to its budget.
func TestAdmitAllocatesNothing(t *testing.T) {
	l, r, now := memlimit.New(), fullRequest(), time.Now()
	ctx := t.Context()
	admit := func() {
		if decision, err := l.Admit(ctx, now, r); err != nil || decision.Verdict != limit.Admitted {
			t.Fatalf("got %+v, %v", decision, err)
		}
		now = now.Add(time.Millisecond)
	}
	admit() // makes the buckets
	if got := testing.AllocsPerRun(1000, admit); got != 0 {
		t.Errorf("got %v allocations for a request that is admitted, want none", got)
	}
	r.Buckets[3].Throttle = limit.Throttle{}
	refuse := func() { _, _ = l.Admit(ctx, now, r) }
	if got := testing.AllocsPerRun(1000, refuse); got != 0 {
		t.Errorf("got %v allocations for a request that is refused, want none", got)
	}
}

// TestRateOverAMinute offers 20,000 requests in 60 seconds from 64 clients at once to a bucket of 100 a second
// and 50 at once.
func TestRateOverAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients, offered, period = 64, 20000, time.Minute
		l := memlimit.New()
		r := &limit.Request{Buckets: []limit.Bucket{{Owner: "a", Throttle: limit.Throttle{RatePerSecond: 100, Burst: 50}}}}
		var admitted atomic.Int64
		var wg sync.WaitGroup
		for client := range clients {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(client)))
				n := offered / clients
				if client < offered%clients {
					n++
				}
				end := time.Now().Add(period)
				for left := n; left > 0; left-- {
					// As many requests are left as time: the clients send at random, but all of them in the minute.
					mean := time.Until(end) / time.Duration(left)
					time.Sleep(min(time.Until(end), time.Duration(random.Float64()*2*float64(mean))))
					if decision, _ := l.Admit(t.Context(), time.Now(), r); decision.Verdict == limit.Admitted {
						admitted.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if got := admitted.Load(); got > 6050 || got < 5900 {
			t.Errorf("got %d of %d requests admitted, want 5,900 to 6,050", got, offered)
		}
	})
}

// TestBucketIsExact holds a bucket to the definition: in no interval does it admit more than the burst
// and what the rate adds, and it refuses only where one more would.
func TestBucketIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 1000).Draw(t, "rate")
		burst := rapid.IntRange(1, 20).Draw(t, "burst")
		steps := rapid.SliceOfN(rapid.IntRange(0, 20), 1, 200).Draw(t, "milliseconds between requests")
		l := memlimit.New()
		r := &limit.Request{Buckets: []limit.Bucket{{Owner: "a", Throttle: limit.Throttle{RatePerSecond: float64(rate), Burst: burst}}}}
		start := time.Unix(1700000000, 0)
		const scale = 1000 // tokens in thousandths, so that milliseconds times the rate are whole
		tokens, elapsed := burst*scale, 0
		for _, step := range steps {
			elapsed += step
			tokens = min(burst*scale, tokens+step*rate)
			decision, _ := l.Admit(t.Context(), start.Add(time.Duration(elapsed)*time.Millisecond), r)
			admitted := decision.Verdict == limit.Admitted
			switch {
			case admitted && tokens < scale:
				t.Fatalf("admitted after %d ms with %d thousandths of a token", elapsed, tokens)
			case !admitted && tokens > scale: // exactly one token may be a hair less in floating point
				t.Fatalf("refused after %d ms with %d thousandths of a token", elapsed, tokens)
			case admitted:
				tokens -= scale
			}
		}
	})
}

// TestFullBucketsAreDropped holds the memory of buckets to the number of active clients.
func TestFullBucketsAreDropped(t *testing.T) {
	l, now := memlimit.New(), time.Now()
	for i := range 200000 {
		r := &limit.Request{Buckets: []limit.Bucket{{Owner: fmt.Sprint(i), Throttle: limit.Throttle{RatePerSecond: 1000, Burst: 10}}}}
		if _, err := l.Admit(t.Context(), now, r); err != nil {
			t.Fatal(err)
		}
		now = now.Add(10 * time.Millisecond)
	}
	if got := memlimit.Buckets(l); got > 10000 {
		t.Errorf("got %d buckets after 200,000 clients that went away, want few", got)
	}
}

func BenchmarkAdmit(b *testing.B) {
	b.ReportAllocs()
	l := memlimit.New()
	b.RunParallel(func(p *testing.PB) {
		r := fullRequest()
		ctx := b.Context()
		for p.Next() {
			_, _ = l.Admit(ctx, time.Now(), r)
		}
	})
}
