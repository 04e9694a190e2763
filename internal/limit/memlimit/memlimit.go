// Hot path.

// Package memlimit keeps token buckets and counters in the memory of this program. What it counts is lost with it:
// who wants it back stores what Changed returns and gives it to Restore.
//
// Buckets and counters are spread over shards by the hash of their owner, each with a lock of its own.
// A request holds one lock at a time: it takes its tokens one after the other and gives them back when a later
// bucket, or the quota, refuses it. So a bucket never admits more than its throttle allows, and a request
// that is refused costs nothing but the moment in which others could not have its tokens.
//
// A bucket that is full says no more than one that does not exist. Buckets are therefore dropped
// when they are full, as new ones come: their number is bounded by that of the clients that were active lately.
package memlimit

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/internal/limit"
)

// shards is a power of two. 64 are enough that two busy clients rarely wait for each other.
const shards = 64

// minSweep is the number of buckets of a shard below which none is dropped.
const minSweep = 64

// Limiter is a limit.Limiter. Make one with New.
type Limiter struct {
	seed   maphash.Seed
	shards [shards]shard
}

var _ limit.Limiter = (*Limiter)(nil)

// shard is a part of the buckets and counters.
type shard struct {
	mu       sync.Mutex
	buckets  map[bucketID]*bucket
	sweepAt  int // number of buckets at which full ones are dropped
	counters map[string]*counter
	finished []limit.Count // of days that are over
}

// bucketID is the identity of a bucket.
type bucketID struct{ owner, part string }

// bucket is the state of a token bucket.
type bucket struct {
	limit.Throttle // that it had last
	tokens         float64
	at             time.Time // when it had that many
}

// New returns a Limiter that knows nothing.
func New() *Limiter {
	l := &Limiter{seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].buckets = make(map[bucketID]*bucket)
		l.shards[i].counters = make(map[string]*counter)
		l.shards[i].sweepAt = minSweep
	}
	return l
}

// shard returns where the buckets and the counter of an owner are.
func (l *Limiter) shard(owner string) *shard {
	return &l.shards[maphash.String(l.seed, owner)%shards]
}

// Admit is limit.Limiter.Admit. It never fails.
func (l *Limiter) Admit(_ context.Context, now time.Time, r *limit.Request) (limit.Decision, error) {
	for i := range r.Buckets {
		if !l.take(now, &r.Buckets[i]) {
			l.giveBack(r.Buckets[:i])
			return limit.Decision{Verdict: limit.Throttled, Bucket: i}, nil
		}
	}
	if r.Use.Counter != "" && !l.count(now, &r.Use) {
		l.giveBack(r.Buckets)
		return limit.Decision{Verdict: limit.QuotaExceeded}, nil
	}
	return limit.Decision{}, nil
}

// take takes a token from a bucket, if it has one.
func (l *Limiter) take(now time.Time, want *limit.Bucket) bool {
	s := l.shard(want.Owner)
	s.mu.Lock()
	defer s.mu.Unlock()
	id := bucketID{want.Owner, want.Part}
	b := s.buckets[id]
	if b == nil {
		b = s.newBucket(id, now, want.Throttle)
	}
	b.Throttle = want.Throttle
	b.refill(now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// refill adds the tokens that have come since the bucket was looked at last. A clock that goes back adds none.
func (b *bucket) refill(now time.Time) {
	if elapsed := now.Sub(b.at); elapsed > 0 {
		b.tokens += elapsed.Seconds() * b.RatePerSecond
		b.at = now
	}
	b.tokens = min(b.tokens, float64(b.Burst))
}

// newBucket makes a bucket, which is full, and drops others that are. The lock is held.
func (s *shard) newBucket(id bucketID, now time.Time, throttle limit.Throttle) *bucket {
	if len(s.buckets) >= s.sweepAt {
		for id, b := range s.buckets {
			if b.refill(now); b.tokens >= float64(b.Burst) {
				delete(s.buckets, id)
			}
		}
		s.sweepAt = max(minSweep, 2*len(s.buckets))
	}
	b := &bucket{Throttle: throttle, tokens: float64(throttle.Burst), at: now}
	s.buckets[id] = b
	return b
}

// giveBack returns the tokens that a request has taken which was refused.
func (l *Limiter) giveBack(buckets []limit.Bucket) {
	for i := range buckets {
		s := l.shard(buckets[i].Owner)
		s.mu.Lock()
		if b := s.buckets[bucketID{buckets[i].Owner, buckets[i].Part}]; b != nil {
			b.tokens = min(b.tokens+1, float64(b.Burst))
		}
		s.mu.Unlock()
	}
}
