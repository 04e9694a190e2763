package server

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/sluice-gateway/sluice/internal/gateway"
)

// keptFaults is how many explanations are kept: those of the last requests that were refused or failed. With texts
// of two kilobytes at most each, that is some megabytes in the worst case.
const keptFaults = 1000

// faults keeps why the last requests were refused or failed, in memory alone. It is safe for concurrent use.
type faults struct {
	mu   sync.Mutex
	ring []*gateway.Explanation // the next one replaces that at next once it is full
	next int
}

// keep keeps an explanation instead of the oldest one.
func (f *faults) keep(e *gateway.Explanation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ring) < keptFaults {
		f.ring = append(f.ring, e)
		return
	}
	f.ring[f.next] = e
	f.next = (f.next + 1) % keptFaults
}

// find returns the newest explanation of the request with an id, or with an extended id; nil without one.
func (f *faults) find(id string) *gateway.Explanation {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.ring {
		e := f.ring[(f.next+len(f.ring)-1-i)%len(f.ring)]
		if e.RequestID == id || e.ExtendedRequestID == id {
			return e
		}
	}
	return nil
}

// ServeHTTP answers with the explanation of the request that the path names, for `sluice explain`.
func (f *faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := f.find(r.PathValue("request"))
	if e == nil {
		answer(w, http.StatusNotFound, "no request of that id is among the last that were refused or failed\n")
		return
	}
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		answer(w, http.StatusInternalServerError, "the explanation can't be written\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(text, '\n'))
}
