// Package cachetest is the contract of [respcache.Cache] as tests. Every implementation runs them.
package cachetest

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/respcache"
)

// Run runs the contract. open returns an empty cache and what makes its time pass.
func Run(t *testing.T, open func(t *testing.T) (respcache.Cache, func(time.Duration))) {
	tests := []struct {
		name string
		run  func(t *testing.T, c respcache.Cache, pass func(time.Duration))
	}{
		{"keeps", keeps}, {"replaces", replaces}, {"expires", expires}, {"keeps keys apart", keepsApart}, {"flushes", flushes},
		{"is safe for concurrent use", concurrent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, pass := open(t)
			tt.run(t, c, pass)
		})
	}
}

var ctx = context.Background()

// response returns a response that can be told from others.
func response(name string) *respcache.Response {
	return &respcache.Response{Status: 203, Headers: header.List{{Name: "X-a", Value: name}, {Name: "x-A", Value: "two"}}, Body: []byte("\x00body of " + name)}
}

// want fails the test if the cache has not what is wanted under a key; nil is nothing.
func want(t *testing.T, c respcache.Cache, key respcache.Key, want *respcache.Response) {
	t.Helper()
	if diff := cmp.Diff(want, c.Get(ctx, key)); diff != "" {
		t.Errorf("%v: the response differs (-want +got):\n%s", key, diff)
	}
}

func keeps(t *testing.T, c respcache.Cache, _ func(time.Duration)) {
	key := respcache.Key{Space: "s", Name: "n"}
	want(t, c, key, nil)
	c.Put(ctx, key, response("one"), time.Minute)
	want(t, c, key, response("one"))
	want(t, c, key, response("one"))
}

func replaces(t *testing.T, c respcache.Cache, pass func(time.Duration)) {
	key := respcache.Key{Space: "s", Name: "n"}
	c.Put(ctx, key, response("one"), time.Minute)
	pass(50 * time.Second)
	c.Put(ctx, key, response("two"), time.Minute)
	pass(50 * time.Second)
	want(t, c, key, response("two"))
}

func expires(t *testing.T, c respcache.Cache, pass func(time.Duration)) {
	short, long := respcache.Key{Space: "s", Name: "short"}, respcache.Key{Space: "s", Name: "long"}
	c.Put(ctx, short, response("short"), time.Minute)
	c.Put(ctx, long, response("long"), time.Hour)
	pass(59 * time.Second)
	want(t, c, short, response("short"))
	pass(time.Second)
	want(t, c, short, nil)
	want(t, c, long, response("long"))
}

func keepsApart(t *testing.T, c respcache.Cache, _ func(time.Duration)) {
	keys := []respcache.Key{{Space: "s", Name: "n"}, {Space: "sn", Name: ""}, {Space: "", Name: "sn"}, {Space: "s", Name: "N"}, {Space: "s/", Name: "n"}}
	for i, key := range keys {
		c.Put(ctx, key, response(strconv.Itoa(i)), time.Minute)
	}
	for i, key := range keys {
		want(t, c, key, response(strconv.Itoa(i)))
	}
}

func flushes(t *testing.T, c respcache.Cache, _ func(time.Duration)) {
	one, two, other := respcache.Key{Space: "s", Name: "1"}, respcache.Key{Space: "s", Name: "2"}, respcache.Key{Space: "s2", Name: "1"}
	for range 2 {
		for _, key := range []respcache.Key{one, two, other} {
			c.Put(ctx, key, response("x"), time.Minute)
		}
		if err := c.Flush(ctx, "s"); err != nil {
			t.Fatal(err)
		}
		want(t, c, one, nil)
		want(t, c, two, nil)
		want(t, c, other, response("x"))
	}
	if err := c.Flush(ctx, "never used"); err != nil {
		t.Error(err)
	}
}

func concurrent(t *testing.T, c respcache.Cache, _ func(time.Duration)) {
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				name := strconv.Itoa(i % 7)
				key := respcache.Key{Space: "s" + strconv.Itoa(g%2), Name: name}
				c.Put(ctx, key, response(name), time.Minute)
				if r := c.Get(ctx, key); r != nil && string(r.Body) != "\x00body of "+name {
					t.Errorf("got %q under %q", r.Body, name)
				}
				if i%50 == 0 {
					if err := c.Flush(ctx, key.Space); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}
