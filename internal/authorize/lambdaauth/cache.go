package lambdaauth

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
)

// DefaultMaxBytes is the memory that a Cache has unless told otherwise.
const DefaultMaxBytes = 32 << 20

// CacheConfig configures a [Cache].
type CacheConfig struct {
	// MaxBytes bounds the memory of all results together; 0 is DefaultMaxBytes.
	MaxBytes int64

	Now func() time.Time // nil is time.Now
}

// Cache keeps the results of authorizers for a time, and sees to it that requests with the same identity which
// come at the same time have the function called once. What is used most stays when room is short. It is safe
// for concurrent use.
//
// A call that several wait for belongs to none of them: it goes on when the client whose request began it has
// gone, and is given up when all have. Failures are not kept.
type Cache struct {
	results *otter.Cache[cacheKey, *kept]
	now     func() time.Time

	calls, joined, hits, failures atomic.Int64

	mu          sync.RWMutex
	generations map[string]uint64 // of the spaces that were ever flushed
	flights     map[cacheKey]*flight
}

// cacheKey is a Key in the generation of its space: a flush begins a new one, and what is in older ones, or
// comes of calls that began in them, is never found again.
type cacheKey struct {
	Key
	generation uint64
}

// kept is a result with its end.
type kept struct {
	result  *Result
	expires time.Time
}

// flight is a call that goes on.
type flight struct {
	done    chan struct{} // closed when answer is there
	answer  Answer
	waiting int // requests; when none is left the call is given up
	cancel  context.CancelFunc
}

// How says where an Answer comes from.
type How uint8

// The ways to an Answer.
const (
	Called How = iota // from the call that this request began
	Joined            // from a call that another request had begun
	Hit               // it was kept
)

// NewCache returns an empty Cache.
func NewCache(cfg CacheConfig) *Cache {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Cache{
		results: otter.Must(&otter.Options[cacheKey, *kept]{
			MaximumWeight: uint64(cfg.MaxBytes),
			Weigher: func(k cacheKey, e *kept) uint32 {
				return uint32(min(len(k.Space)+e.result.size(), math.MaxUint32))
			},
			Executor: func(task func()) { task() }, // no goroutine outlives its caller
		}),
		now:         cfg.Now,
		generations: make(map[string]uint64),
		flights:     make(map[cacheKey]*flight),
	}
}

// Stats are the numbers of a Cache since it was made.
type Stats struct {
	Calls    int64 // of functions
	Failures int64 // calls that gave no result
	Joined   int64 // requests that waited for the call of another one
	Hits     int64 // requests that were answered with what was kept
}

// Stats returns the numbers so far.
func (c *Cache) Stats() Stats {
	return Stats{Calls: c.calls.Load(), Failures: c.failures.Load(), Joined: c.joined.Load(), Hits: c.hits.Load()}
}

// Once calls and keeps nothing.
func (c *Cache) Once(ctx context.Context, call func(ctx context.Context) Answer) Answer {
	answer := call(ctx)
	c.calls.Add(1)
	if answer.Result == nil {
		c.failures.Add(1)
	}
	return answer
}

// Do returns what is kept under a key, or the answer of a call that goes on for it, or else calls and keeps the
// result for ttl, which is above 0. The call's context ends when nobody waits for the answer any more. The
// error is that of ctx.
func (c *Cache) Do(ctx context.Context, key Key, ttl time.Duration, call func(ctx context.Context) Answer) (Answer, How, error) {
	if r := c.Get(key); r != nil {
		return Answer{Result: r}, Hit, nil
	}
	c.mu.Lock()
	k := cacheKey{key, c.generations[key.Space]}
	if r := c.get(k); r != nil { // a call has ended since
		c.mu.Unlock()
		c.hits.Add(1)
		return Answer{Result: r}, Hit, nil
	}
	how := Joined
	f := c.flights[k]
	if f == nil {
		how = Called
		// The call outlives the request that began it, if others wait.
		flying, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{done: make(chan struct{}), cancel: cancel}
		c.flights[k] = f
		go c.fly(flying, k, f, ttl, call)
	}
	f.waiting++
	c.mu.Unlock()
	if how == Joined {
		c.joined.Add(1)
	}
	select {
	case <-f.done:
		return f.answer, how, nil
	case <-ctx.Done():
		c.leave(k, f)
		return Answer{}, how, ctx.Err()
	}
}

// Get returns the result that is kept under a key, nil without one.
func (c *Cache) Get(key Key) *Result {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r := c.get(cacheKey{key, c.generations[key.Space]})
	if r != nil {
		c.hits.Add(1)
	}
	return r
}

// get is Get for the key of a generation.
func (c *Cache) get(k cacheKey) *Result {
	e, ok := c.results.GetIfPresent(k)
	if !ok {
		return nil
	}
	if !c.now().Before(e.expires) {
		c.results.Invalidate(k)
		return nil
	}
	return e.result
}

// fly makes a call and keeps its result. The result is there before the flight ends, so that nobody between the
// two calls again.
func (c *Cache) fly(ctx context.Context, k cacheKey, f *flight, ttl time.Duration, call func(ctx context.Context) Answer) {
	defer f.cancel()
	f.answer = c.Once(ctx, call)
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := f.answer.Result; r != nil {
		c.results.Set(k, &kept{r, c.now().Add(ttl)})
	}
	if c.flights[k] == f {
		delete(c.flights, k)
	}
	close(f.done)
}

// leave takes a request out of those that wait. The last one ends the call, which nobody joins any more.
func (c *Cache) leave(k cacheKey, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	f.cancel()
	if c.flights[k] == f {
		delete(c.flights, k)
	}
}

// Flush forgets the results of a space. None that was kept before, or comes of a call that had begun before, is
// returned to a later Do.
func (c *Cache) Flush(space string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generations[space]++
}
