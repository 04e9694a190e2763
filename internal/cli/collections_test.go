package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	for _, test := range []struct {
		live uint64
		want int
	}{{0, 800}, {1 << 20, 800}, {8 << 20, 400}, {32 << 20, 100}, {1 << 30, 100}} {
		if got := growth(test.live); got != test.want {
			t.Errorf("growth(%d) = %d, want %d", test.live, got, test.want)
		}
	}
}

// The less is in use the further apart are collections, and in the end everything is as it was.
func TestSpaceCollections(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	runtime.GC()
	collections := func() uint32 {
		var from, to runtime.MemStats
		runtime.ReadMemStats(&from)
		for range 4 * betweenCollections >> 20 {
			garbage = make([]byte, 1<<20)
		}
		runtime.ReadMemStats(&to)
		return to.NumGC - from.NumGC
	}
	usual := collections()
	end := spaceCollections()
	spaced := collections()
	if spaced > 5 || spaced >= usual {
		t.Errorf("%d collections while four times as much was allocated as there is between two, %d without that", spaced, usual)
	}

	held := make([]byte, 2*betweenCollections) // as much as makes no difference any more
	deadline := time.Now().Add(10 * time.Second)
	for now := 0; now != 100; { // it is set after a collection, by and by
		if time.Now().After(deadline) {
			t.Fatalf("the heap still grows by %d percent with %d bytes in use", now, len(held))
		}
		runtime.GC()
		time.Sleep(time.Millisecond)
		now = debug.SetGCPercent(100)
		debug.SetGCPercent(now)
	}
	runtime.KeepAlive(held)
	held = nil
	end()
	runtime.GC()
	time.Sleep(10 * time.Millisecond)
	if now := debug.SetGCPercent(100); now != 100 {
		t.Errorf("in the end the heap grows by %d percent", now)
	}
}

// garbage keeps the compiler from doing without it.
var garbage []byte
