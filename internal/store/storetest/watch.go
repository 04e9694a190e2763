package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/store"
)

// patience is how long a change may take to come before the test fails.
const patience = 30 * time.Second

// receive returns the next change of a feed.
func receive(t testing.TB, changes <-chan store.Change) store.Change {
	t.Helper()
	select {
	case change, ok := <-changes:
		if !ok {
			t.Fatal("the feed ended")
		}
		return change
	case <-time.After(patience):
		t.Fatal("no change came")
	}
	panic("unreachable")
}

// wantEnd fails the test unless the feed ends without a further change.
func wantEnd(t testing.TB, changes <-chan store.Change) {
	t.Helper()
	select {
	case change, ok := <-changes:
		if ok {
			t.Errorf("got %+v, want the end of the feed", change)
		}
	case <-time.After(patience):
		t.Error("the feed did not end")
	}
}

func testWatch(t *testing.T, s store.Store) {
	before := Put(t, s, map[store.Key]string{"a": "1"})
	changes, err := s.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Change{{Revision: before, Resync: true}}
	want = append(want, store.Change{
		Revision: Put(t, s, map[store.Key]string{"c": "", "b": "", "a": ""}),
		Keys:     []store.Key{"a", "b", "c"},
	})
	// Neither a failed update nor one that changes nothing is told.
	failure := errors.New("no")
	if _, err := s.Update(t.Context(), func(tx store.Tx) error { return errors.Join(tx.Put("x", nil), failure) }); !errors.Is(err, failure) {
		t.Fatal(err)
	}
	if _, err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Delete("no such key") }); err != nil {
		t.Fatal(err)
	}
	last, err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Delete("b"), tx.Put("d", nil))
	})
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, store.Change{Revision: last, Keys: []store.Key{"b", "d"}})
	for i, w := range want {
		if diff := cmp.Diff(w, receive(t, changes)); diff != "" {
			t.Errorf("change %d (-want +got):\n%s", i, diff)
		}
	}
}

func testWatchEnds(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancelled, err := s.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := s.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	receive(t, cancelled)
	receive(t, closed)
	cancel()
	wantEnd(t, cancelled)
	Put(t, s, map[store.Key]string{"a": ""})
	receive(t, closed)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantEnd(t, closed)
}

// testWatchResynchronises falls behind on purpose.
func testWatchResynchronises(t *testing.T, s store.Store) {
	changes, err := s.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const writers, each = 100, 30
	var wg sync.WaitGroup
	var mu sync.Mutex
	var last store.Revision
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				revision := Put(t, s, map[store.Key]string{store.Key(fmt.Sprintf("%d/%d", w, i)): ""})
				mu.Lock()
				last = max(last, revision)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	followFrom(t, changes, 0, last, map[store.Key]bool{})
}

func testWatchConcurrent(t *testing.T, s store.Store) {
	const writers, each = 8, 20
	seen := map[store.Key]bool{}
	changes, err := s.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				Put(t, s, map[store.Key]string{store.Key(fmt.Sprintf("%d/%d", w, i)): ""})
			}
		})
	}
	first := receive(t, changes)
	wg.Wait()
	followFrom(t, changes, first.Revision, Put(t, s, map[store.Key]string{"end": ""}), seen)
	if len(seen) != writers*each+1 {
		t.Errorf("the feed told of %d keys, want %d", len(seen), writers*each+1)
	}
}

// followFrom receives changes until the revision last and checks that each follows the
// one before or is a resynchronisation.
func followFrom(t testing.TB, changes <-chan store.Change, at, last store.Revision, seen map[store.Key]bool) {
	t.Helper()
	for at < last {
		change := receive(t, changes)
		switch {
		case change.Resync && len(change.Keys) > 0:
			t.Errorf("a resynchronisation names keys: %+v", change)
		case change.Revision <= at && at != 0:
			t.Errorf("got revision %d after %d", change.Revision, at)
		case !change.Resync && change.Revision != at+1:
			t.Errorf("got revision %d after %d, want no gap without a resynchronisation", change.Revision, at)
		case !change.Resync && (len(change.Keys) == 0 || !slices.IsSorted(change.Keys)):
			t.Errorf("got keys %q, want some, sorted", change.Keys)
		}
		at = change.Revision
		for _, key := range change.Keys {
			seen[key] = true
		}
	}
}
