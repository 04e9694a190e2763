package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// betweenCollections is how many bytes are allocated at least between two collections of garbage, if GOGC does not say otherwise.
//
// Go collects when the heap has doubled. What a server holds that serves a few APIs is small, so that under load that would be several
// times a second, and each time requests wait behind the marking: p99.9 at half of saturation and ten deployments a second was 5.8 ms with
// that, 4.9 with 32 MiB and 3.5 with 64. But memory that is used again sooner is still in the processor's caches: 64 MiB cost a
// proxied request 4 % of its CPU time. A server with much in memory is collected as Go would.
const betweenCollections = 32 << 20

// leastHeapBytes is below what the heap's size makes no difference to Go.
const leastHeapBytes = 4 << 20

// spacing keeps collections apart. It is of the whole process, as what it sets is.
type spacing struct {
	mu      sync.Mutex
	percent int // what is set
	ended   bool
}

// spaceCollections keeps collections of garbage apart until end is called.
func spaceCollections() (end func()) {
	s := &spacing{percent: 100}
	s.adjust()
	s.watch()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = true
		debug.SetGCPercent(100)
	}
}

// watch adjusts after each collection: garbage that is made for it, and made anew, says that there was one.
func (s *spacing) watch() {
	type sign struct{ *spacing }
	runtime.SetFinalizer(&sign{s}, func(found *sign) {
		if found.adjust() {
			found.watch()
		}
	})
}

// adjust sets by how much the heap grows until the next collection. It reports false in the end.
func (s *spacing) adjust() bool {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	wanted := growth(live[0].Value.Uint64())
	s.mu.Lock()
	defer s.mu.Unlock()
	// To set it stops the program for a moment, which is not worth a small difference.
	if !s.ended && (wanted > s.percent+s.percent/4 || wanted < s.percent-s.percent/4) {
		s.percent = wanted
		debug.SetGCPercent(wanted)
	}
	return !s.ended
}

// growth returns by how many percent a heap with so many bytes in use grows until the next collection.
func growth(live uint64) int {
	return int(max(100, betweenCollections*100/max(live, leastHeapBytes)))
}
