// Package feed delivers the commits of a store to those who watch it: each commit
// once and in order, or the word to read everything again.
//
// It is the part of store.Store.Watch that every embedded backend shares. A backend
// publishes under the lock that orders its commits; nothing here waits for a watcher.
package feed

import (
	"context"
	"sync"

	"github.com/sluice-gateway/sluice/internal/store"
)

// maxPending is how many changes wait for one watcher before they are given up for a
// resynchronisation.
const maxPending = 1024

// Hub tells watchers of commits. It is safe for concurrent use.
type Hub struct {
	mu       sync.Mutex
	revision store.Revision
	watchers map[*watcher]struct{}
	closed   chan struct{}
}

// New returns a hub for a store that stands at that revision.
func New(at store.Revision) *Hub {
	return &Hub{revision: at, watchers: map[*watcher]struct{}{}, closed: make(chan struct{})}
}

// Publish tells every watcher of a commit. Calls must come in the order of revisions.
func (h *Hub) Publish(change store.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.revision = change.Revision
	for w := range h.watchers {
		w.add(change)
	}
}

// Watch is store.Store.Watch. It returns store.ErrClosed after Close.
func (h *Hub) Watch(ctx context.Context) (<-chan store.Change, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
		return nil, store.ErrClosed
	default:
	}
	w := &watcher{out: make(chan store.Change), wake: make(chan struct{}, 1)}
	w.add(store.Change{Revision: h.revision, Resync: true})
	h.watchers[w] = struct{}{}
	go func() {
		defer close(w.out)
		defer h.remove(w)
		w.run(ctx.Done(), h.closed)
	}()
	return w.out, nil
}

// Close ends every watch. It does not wait for the receivers; closing again does nothing.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
	default:
		close(h.closed)
	}
}

// remove forgets a watcher that has ended.
func (h *Hub) remove(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

// watcher is one receiver with the changes that it has not taken yet.
type watcher struct {
	out  chan store.Change
	wake chan struct{} // holds a token when pending may have grown

	mu      sync.Mutex
	pending []store.Change
}

// add queues a change, or one resynchronisation in place of a queue that is full.
func (w *watcher) add(change store.Change) {
	w.mu.Lock()
	if len(w.pending) < maxPending {
		w.pending = append(w.pending, change)
	} else {
		w.pending = []store.Change{{Revision: change.Revision, Resync: true}}
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take removes the first queued change.
func (w *watcher) take() (store.Change, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) == 0 {
		return store.Change{}, false
	}
	change := w.pending[0]
	w.pending = w.pending[1:]
	return change, true
}

// run delivers changes until one of the two channels closes.
func (w *watcher) run(done, closed <-chan struct{}) {
	for {
		change, ok := w.take()
		if !ok {
			select {
			case <-w.wake:
				continue
			case <-done:
				return
			case <-closed:
				return
			}
		}
		select {
		case w.out <- change:
		case <-done:
			return
		case <-closed:
			return
		}
	}
}
