// Package localcache keeps responses in the memory of the process. What is used most stays when room is short.
package localcache

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/sluice-gateway/sluice/internal/respcache"
)

// Config configures a [Cache].
type Config struct {
	// MaxBytes bounds the memory of all responses together; 0 is 64 MiB.
	MaxBytes int64

	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// DefaultMaxBytes is the memory that a Cache has unless told otherwise.
const DefaultMaxBytes = 64 << 20

// Cache implements [respcache.Cache]. It has no goroutine: an expired response goes when it is asked for, or when its room is
// needed.
type Cache struct {
	entries *otter.Cache[key, *entry]
	now     func() time.Time

	mu          sync.RWMutex
	generations map[string]uint64 // of the spaces that were ever flushed
}

// key is that of a response in the generation of its space: a flush begins a new one, and what is in older ones is never found
// again.
type key struct {
	respcache.Key
	generation uint64
}

// entry is a response with its end.
type entry struct {
	response *respcache.Response
	expires  time.Time
}

var _ respcache.Cache = (*Cache)(nil)

// New returns an empty Cache.
func New(config Config) *Cache {
	if config.MaxBytes <= 0 {
		config.MaxBytes = DefaultMaxBytes
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Cache{
		entries: otter.Must(&otter.Options[key, *entry]{
			MaximumWeight: uint64(config.MaxBytes),
			Weigher: func(k key, e *entry) uint32 {
				return uint32(min(len(k.Space)+len(k.Name)+e.response.Size(), math.MaxUint32))
			},
			Executor: func(task func()) { task() }, // no goroutine outlives its caller
		}),
		now:         config.Now,
		generations: make(map[string]uint64),
	}
}

// Get implements [respcache.Cache].
func (c *Cache) Get(_ context.Context, name respcache.Key) *respcache.Response {
	k := c.key(name)
	e, ok := c.entries.GetIfPresent(k)
	if !ok {
		return nil
	}
	if !c.now().Before(e.expires) {
		c.entries.Invalidate(k)
		return nil
	}
	return e.response
}

// Put implements [respcache.Cache].
func (c *Cache) Put(_ context.Context, name respcache.Key, r *respcache.Response, ttl time.Duration) {
	c.entries.Set(c.key(name), &entry{r, c.now().Add(ttl)})
}

// Flush implements [respcache.Cache].
func (c *Cache) Flush(_ context.Context, space string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generations[space]++
	return nil
}

// key returns the key of the current generation.
func (c *Cache) key(name respcache.Key) key {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return key{name, c.generations[name.Space]}
}
