package boltstore

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	berrors "go.etcd.io/bbolt/errors"

	"github.com/sluice-gateway/sluice/internal/store"
)

// TestFullDisk holds the file at a size, as a disk that is full does.
func TestFullDisk(t *testing.T) {
	s, err := Open(Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	s.db.MaxSize = 4 << 20
	put := func(key store.Key) error {
		_, err := s.Update(t.Context(), func(tx store.Tx) error {
			return tx.Put(key, []byte(strings.Repeat("x", 1<<20)))
		})
		return err
	}
	var kept []store.Key
	for key := store.Key("a"); key < "z"; key = store.Key([]byte{key[0] + 1}) {
		if err = put(key); err != nil {
			break
		}
		kept = append(kept, key)
	}
	if !errors.Is(err, berrors.ErrMaxSizeReached) || !strings.Contains(err.Error(), s.path) {
		t.Fatalf("got error %v, want that of the full disk, with the file's name", err)
	}
	changes, err := s.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := <-changes
	if want := store.Revision(len(kept)); first.Revision != want {
		t.Errorf("got revision %d after %d updates", first.Revision, want)
	}

	// Nothing is lost, failing again is harmless, and once there is room all goes on.
	if err := put("z"); err == nil {
		t.Error("another update succeeds on a full disk")
	}
	if got := keysOf(t, s); !slices.Equal(got, kept) {
		t.Errorf("got keys %q, want %q", got, kept)
	}
	s.db.MaxSize = 0
	if err := put("z"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if change := <-changes; change.Revision != first.Revision+1 || !slices.Equal(change.Keys, []store.Key{"z"}) {
		t.Errorf("got change %+v after revision %d, want the one that succeeded", change, first.Revision)
	}
}

func keysOf(t *testing.T, s store.Store) (keys []store.Key) {
	t.Helper()
	err := s.View(t.Context(), func(tx store.Tx) error {
		keys = nil
		for key := range tx.Scan("", "") {
			keys = append(keys, key)
		}
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestWritersShareCommits lets updates queue behind one that runs.
func TestWritersShareCommits(t *testing.T) {
	s, err := Open(Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	const writers, each = 16, 50
	before := s.commits(t)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range each {
				_, err := s.Update(t.Context(), func(tx store.Tx) error {
					return tx.Put(store.Key('a'+rune(w)), nil)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := s.commits(t) - before; got > writers*each/2 {
		t.Errorf("%d updates of %d writers took %d commits", writers*each, writers, got)
	}
}

// commits returns how many commits the file has seen.
func (s *Store) commits(t *testing.T) int {
	t.Helper()
	tx, err := s.db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	return tx.ID()
}

func TestOutOfBounds(t *testing.T) {
	s, err := Open(Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, key := range []store.Key{"", store.Key(strings.Repeat("k", 40000))} {
		_, err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Put(key, nil) })
		if err == nil || !strings.Contains(err.Error(), "out of bounds") {
			t.Errorf("key of %d bytes: got error %v", len(key), err)
		}
	}
}
