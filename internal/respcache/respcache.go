// Package respcache says what the data plane asks of a response cache.
//
// It holds the [Cache] interface and what goes into a cache. When a response is looked up, kept or refreshed is
// decided by package gateway, by the key and the settings that package plan compiles. Implementations stand in the
// packages below; package cachetest is the contract as tests.
//
// AWS: Cache settings for REST APIs in API Gateway.
package respcache

import (
	"context"
	"time"

	"github.com/sluice-gateway/sluice/internal/header"
)

// MaxResponseBytes is the longest body that is kept.
//
// AWS: Quotas for configuring and running a REST API.
const MaxResponseBytes = 1 << 20

// Cache keeps responses for a time. It may forget one at any time. It is safe for concurrent use.
type Cache interface {
	// Get returns the response that was put under a key and has not expired, nil if there is none, or the cache can't be
	// asked.
	Get(ctx context.Context, key Key) *Response

	// Put keeps a response for ttl, which is above 0, in place of the one under its key. The response and everything it
	// refers to is never changed afterwards.
	Put(ctx context.Context, key Key, r *Response, ttl time.Duration)

	// Flush forgets the responses of a space. When it returns nil, none that was put before is returned any more.
	Flush(ctx context.Context, space string) error
}

// Key names a response. Different keys never meet.
type Key struct {
	Space string // what is flushed together: the cache of a stage
	Name  string
}

// Response is a method response as it was before compression.
type Response struct {
	Status  int
	Headers header.List
	Body    []byte
}

// Size returns about how many bytes of memory the response takes.
func (r *Response) Size() int {
	const overhead = 128 // the structure, and what a cache has for each of its entries
	size := overhead + len(r.Body)
	for _, f := range r.Headers {
		size += 2*16 + len(f.Name) + len(f.Value)
	}
	return size
}
