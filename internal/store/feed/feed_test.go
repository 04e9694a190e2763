package feed

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSlowWatcher publishes more than one watcher can have waiting.
func TestSlowWatcher(t *testing.T) {
	h := New(7)
	defer h.Close()
	changes, err := h.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Taken before anything is published: else it can be one with that for the missed changes.
	if first := <-changes; !first.Resync || first.Revision != 7 {
		t.Fatalf("the first change of a feed is %+v", first)
	}
	key := []store.Key{"a"}
	const last = 8 + 3*maxPending
	for revision := store.Revision(8); revision <= last; revision++ {
		h.Publish(store.Change{Revision: revision, Keys: key})
	}
	at, resynchronised := store.Revision(7), 0
	for at < last {
		change := <-changes
		if change.Resync {
			resynchronised++
		} else if change.Revision != at+1 {
			t.Fatalf("got revision %d after %d without a resynchronisation", change.Revision, at)
		}
		at = change.Revision
	}
	if resynchronised == 0 {
		t.Error("missed changes without a resynchronisation")
	}
	// Once caught up, the watcher gets every change again.
	want := store.Change{Revision: last + 1, Keys: key}
	h.Publish(want)
	if diff := cmp.Diff(want, <-changes); diff != "" {
		t.Errorf("the next change (-want +got):\n%s", diff)
	}
}

func TestWatchersAreApart(t *testing.T) {
	h := New(0)
	early, err := h.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.Publish(store.Change{Revision: 1, Keys: []store.Key{"a"}})
	late, err := h.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []store.Change{{Revision: 0, Resync: true}, {Revision: 1, Keys: []store.Key{"a"}}} {
		if diff := cmp.Diff(want, <-early); diff != "" {
			t.Errorf("early watcher (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(store.Change{Revision: 1, Resync: true}, <-late); diff != "" {
		t.Errorf("late watcher (-want +got):\n%s", diff)
	}
	h.Close()
	h.Close()
	for _, changes := range []<-chan store.Change{early, late} {
		if change, ok := <-changes; ok {
			t.Errorf("got %+v after the end", change)
		}
	}
	if _, err := h.Watch(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("got error %v, want %v", err, store.ErrClosed)
	}
}
