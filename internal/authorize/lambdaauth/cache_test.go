package lambdaauth_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
)

// result returns a result whose principal is the text.
func result(t testing.TB, principal string) *lambdaauth.Result {
	t.Helper()
	r, err := lambdaauth.ParseResult([]byte(`{"principalId":` + strconv.Quote(principal) + `,"policyDocument":` + document("Allow", "*") + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// calls counts calls and answers them.
type calls struct {
	mu     sync.Mutex
	count  int
	answer lambdaauth.Answer
	hold   chan struct{} // not nil: calls wait until it is closed or their context ends
	ended  error         // of the last context that ended
}

func (c *calls) call(ctx context.Context) lambdaauth.Answer {
	c.mu.Lock()
	c.count++
	c.mu.Unlock()
	if c.hold != nil {
		select {
		case <-c.hold:
		case <-ctx.Done():
			c.mu.Lock()
			c.ended = ctx.Err()
			c.mu.Unlock()
			return lambdaauth.Answer{Err: ctx.Err()}
		}
	}
	return c.answer
}

func TestDo(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	cache := lambdaauth.NewCache(lambdaauth.CacheConfig{Now: func() time.Time { return now }})
	c := &calls{answer: lambdaauth.Answer{Result: result(t, "u"), Latency: time.Second}}
	a, b := lambdaauth.NewKey("space", "auth", "token"), lambdaauth.NewKey("space", "autht", "oken")
	failure := lambdaauth.Answer{Err: errors.New("no")}
	steps := []struct {
		name   string
		before func()
		key    lambdaauth.Key
		how    lambdaauth.How
		count  int // calls in all
	}{
		{"first", func() {}, a, lambdaauth.Called, 1},
		{"kept", func() {}, a, lambdaauth.Hit, 1},
		{"parts count, not their text", func() {}, b, lambdaauth.Called, 2},
		{"another stage", func() {}, lambdaauth.NewKey("other", "auth", "token"), lambdaauth.Called, 3},
		{"until it expires", func() { now = now.Add(time.Minute - 1) }, a, lambdaauth.Hit, 3},
		{"expired", func() { now = now.Add(1) }, a, lambdaauth.Called, 4},
		{"flushed", func() { cache.Flush("space") }, a, lambdaauth.Called, 5},
		{"kept again", func() {}, a, lambdaauth.Hit, 5},
		{"the other stage was not flushed", func() { now = now.Add(-1) }, lambdaauth.NewKey("other", "auth", "token"), lambdaauth.Hit, 5},
		{"a failure", func() { cache.Flush("space"); c.answer = failure }, a, lambdaauth.Called, 6},
		{"is not kept", func() {}, a, lambdaauth.Called, 7},
	}
	for _, step := range steps {
		step.before()
		answer, how, err := cache.Do(t.Context(), step.key, time.Minute, c.call)
		if err != nil || how != step.how || c.count != step.count {
			t.Errorf("%s: got %v, %d calls, error %v; want %v, %d calls", step.name, how, c.count, err, step.how, step.count)
		}
		if (answer.Result == nil) != (c.answer.Result == nil) || how == lambdaauth.Hit && answer.Latency != 0 {
			t.Errorf("%s: got %+v", step.name, answer)
		}
	}
	if got := cache.Once(t.Context(), c.call); got.Err == nil {
		t.Errorf("once: got %+v", got)
	}
	if got, want := cache.Stats(), (lambdaauth.Stats{Calls: 8, Failures: 3, Hits: 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Requests that come together have the function called once, and all get its answer, also a failure.
func TestOneCallForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := lambdaauth.NewCache(lambdaauth.CacheConfig{})
		for _, answer := range []lambdaauth.Answer{{Err: errors.New("no")}, {Result: result(t, "u")}} {
			c := &calls{answer: answer, hold: make(chan struct{})}
			var waiting sync.WaitGroup
			hows := make([]lambdaauth.How, 50)
			for i := range hows {
				waiting.Go(func() {
					got, how, err := cache.Do(t.Context(), lambdaauth.NewKey("s", "k"), time.Minute, c.call)
					if err != nil || got != answer {
						t.Errorf("got %+v, %v, want %+v", got, err, answer)
					}
					hows[i] = how
				})
			}
			synctest.Wait()
			close(c.hold)
			waiting.Wait()
			called := 0
			for _, how := range hows {
				if how == lambdaauth.Called {
					called++
				}
			}
			if got := cache.Stats().Joined % 49; got != 0 {
				t.Errorf("%d requests have joined the call, want 49 each time", got)
			}
			if c.count != 1 || called != 1 {
				t.Errorf("%d calls, %d requests say that it was theirs, want one each", c.count, called)
			}
		}
	})
}

// The client that began a call may go: those that wait get the answer, which is kept. When all have gone the
// call ends, and who comes later calls anew.
func TestClientsThatGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := lambdaauth.NewCache(lambdaauth.CacheConfig{})
		key := lambdaauth.NewKey("s", "k")
		c := &calls{answer: lambdaauth.Answer{Result: result(t, "u")}, hold: make(chan struct{})}
		do := func(ctx context.Context, errs chan<- error) {
			_, _, err := cache.Do(ctx, key, time.Minute, c.call)
			errs <- err
		}
		first, leave := context.WithCancel(t.Context())
		firstErr, secondErr := make(chan error, 1), make(chan error, 1)
		go do(first, firstErr)
		synctest.Wait()
		second, leaveToo := context.WithCancel(t.Context())
		defer leaveToo()
		go do(second, secondErr)
		synctest.Wait()
		leave()
		if err := <-firstErr; !errors.Is(err, context.Canceled) {
			t.Errorf("the client that left: got %v", err)
		}
		synctest.Wait()
		if c.ended != nil {
			t.Fatalf("the call ended with the client that began it: %v", c.ended)
		}
		close(c.hold)
		if err := <-secondErr; err != nil {
			t.Errorf("the client that stayed: got %v", err)
		}
		if cache.Get(key) == nil || c.count != 1 {
			t.Errorf("the result of %d calls was not kept", c.count)
		}

		cache.Flush("s")
		c.hold = make(chan struct{})
		only, leaveLast := context.WithCancel(t.Context())
		go do(only, firstErr)
		synctest.Wait()
		leaveLast()
		<-firstErr
		synctest.Wait()
		if !errors.Is(c.ended, context.Canceled) {
			t.Errorf("the call that nobody waits for did not end: %v", c.ended)
		}
		close(c.hold)
		if _, how, err := cache.Do(t.Context(), key, time.Minute, c.call); how != lambdaauth.Called || err != nil {
			t.Errorf("after it: got %v, %v", how, err)
		}
	})
}

// What comes of a call that began before a flush answers those who waited and nobody else.
func TestFlushDuringACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := lambdaauth.NewCache(lambdaauth.CacheConfig{})
		key := lambdaauth.NewKey("s", "k")
		c := &calls{answer: lambdaauth.Answer{Result: result(t, "u")}, hold: make(chan struct{})}
		done := make(chan error)
		go func() {
			_, _, err := cache.Do(t.Context(), key, time.Minute, c.call)
			done <- err
		}()
		synctest.Wait()
		cache.Flush("s")
		close(c.hold)
		if err := <-done; err != nil {
			t.Errorf("got %v", err)
		}
		if cache.Get(key) != nil {
			t.Error("the result of a call that began before the flush was kept")
		}
	})
}

// Whatever functions return, the cache stays within its memory.
func TestMemoryIsBounded(t *testing.T) {
	const limit, size, count = 1 << 20, 8 << 10, 1000
	cache := lambdaauth.NewCache(lambdaauth.CacheConfig{MaxBytes: limit})
	r := result(t, strings.Repeat("u", size))
	for i := range count {
		if _, _, err := cache.Do(t.Context(), lambdaauth.NewKey("s", strconv.Itoa(i)), time.Minute, func(context.Context) lambdaauth.Answer {
			return lambdaauth.Answer{Result: r}
		}); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for i := range count {
		if cache.Get(lambdaauth.NewKey("s", strconv.Itoa(i))) != nil {
			kept++
		}
	}
	if kept == 0 || kept > limit/size {
		t.Errorf("%d results of %d bytes kept, want some, at most %d", kept, size, limit/size)
	}
}

func BenchmarkHit(b *testing.B) {
	cache := lambdaauth.NewCache(lambdaauth.CacheConfig{})
	c := &calls{answer: lambdaauth.Answer{Result: result(b, "u")}}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = cache.Do(ctx, lambdaauth.NewKey("s", "auth", "token"), time.Hour, c.call)
	}
}
