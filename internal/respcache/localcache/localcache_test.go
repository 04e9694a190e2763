package localcache_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/respcache"
	"github.com/sluice-gateway/sluice/internal/respcache/cachetest"
	"github.com/sluice-gateway/sluice/internal/respcache/localcache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	cachetest.Run(t, func(t *testing.T) (respcache.Cache, func(time.Duration)) {
		now := time.Unix(1_800_000_000, 0)
		return localcache.New(localcache.Config{Now: func() time.Time { return now }}), func(d time.Duration) { now = now.Add(d) }
	})
}

// Whatever is put, the cache stays within its memory.
func TestMemoryIsBounded(t *testing.T) {
	const limit, size, count = 1 << 20, 10 << 10, 1000
	c := localcache.New(localcache.Config{MaxBytes: limit})
	ctx := context.Background()
	for i := range count {
		c.Put(ctx, respcache.Key{Space: "s", Name: strconv.Itoa(i)}, &respcache.Response{Status: 200, Body: make([]byte, size)}, time.Hour)
	}
	kept := 0
	for i := range count {
		if c.Get(ctx, respcache.Key{Space: "s", Name: strconv.Itoa(i)}) != nil {
			kept++
		}
	}
	if kept == 0 || kept > limit/size {
		t.Errorf("%d responses of %d bytes kept, want some, at most %d", kept, size, limit/size)
	}
}

// A response that is larger than the whole cache pushes nothing else out for good.
func TestLargerThanTheCache(t *testing.T) {
	c := localcache.New(localcache.Config{MaxBytes: 1000})
	key := respcache.Key{Space: "s", Name: "large"}
	c.Put(context.Background(), key, &respcache.Response{Body: make([]byte, 2000)}, time.Hour)
	if c.Get(context.Background(), key) != nil {
		t.Error("it was kept")
	}
}

func BenchmarkGet(b *testing.B) {
	c := localcache.New(localcache.Config{})
	key := respcache.Key{Space: "111122223333/us-east-1/api/v1", Name: "GET res"}
	c.Put(context.Background(), key, &respcache.Response{Status: 200}, time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		c.Get(context.Background(), key)
	}
}
