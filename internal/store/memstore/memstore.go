// Package memstore is a store that lives in memory and is forgotten when the program ends.
//
// Every commit makes a new version of an ordered tree that shares what did not change
// with the version before (tree.go). A view holds one version and so neither waits for
// writers nor makes them wait; writers take turns.
package memstore

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/feed"
)

// Store is a store.Store in memory. Make one with New.
type Store struct {
	hub  *feed.Hub
	turn chan struct{} // holds a token while no Update runs

	mu       sync.Mutex // guards the rest
	tree     tree
	revision store.Revision
	closed   bool
	running  sync.WaitGroup // transactions that have begun; Add only under mu
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	s := &Store{hub: feed.New(0), turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t, _, err := s.begin()
	if err != nil {
		return err
	}
	defer s.running.Done()
	x := &tx{tree: t}
	defer x.end()
	return fn(x)
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) (store.Revision, error) {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { s.turn <- struct{}{} }()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	t, revision, err := s.begin()
	if err != nil {
		return 0, err
	}
	defer s.running.Done()
	x := &tx{tree: t, changed: map[store.Key]struct{}{}}
	defer x.end()
	if err := fn(x); err != nil {
		return 0, err
	}
	if len(x.changed) == 0 {
		return revision, nil
	}
	return s.commit(x), nil
}

// begin registers a transaction, to be ended with running.Done, on the current version.
func (s *Store) begin() (tree, store.Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return tree{}, 0, store.ErrClosed
	}
	s.running.Add(1)
	return s.tree, s.revision, nil
}

// commit makes the tree of x the current version and tells the watchers.
func (s *Store) commit(x *tx) store.Revision {
	s.mu.Lock()
	s.tree = x.tree
	s.revision++
	revision := s.revision
	s.mu.Unlock()
	s.hub.Publish(store.Change{Revision: revision, Keys: slices.Sorted(maps.Keys(x.changed))})
	return revision
}

// Watch implements store.Store.
func (s *Store) Watch(ctx context.Context) (<-chan store.Change, error) {
	return s.hub.Watch(ctx)
}

// Close implements store.Store. Closing again returns store.ErrClosed.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	s.hub.Close()
	return nil
}

// tx is a transaction on a version of its own.
type tx struct {
	tree    tree
	changed map[store.Key]struct{} // nil in a view
	done    bool
	err     error // the first error of a Scan
}

// end makes every later use of the transaction an error.
func (x *tx) end() { x.done = true }

// Get implements store.Tx.
func (x *tx) Get(key store.Key) ([]byte, bool, error) {
	if x.done {
		return nil, false, store.ErrTxDone
	}
	value, ok := x.tree.get(key)
	return value, ok, nil
}

// Scan implements store.Tx.
func (x *tx) Scan(prefix store.Prefix, after store.Key) iter.Seq2[store.Key, []byte] {
	return func(yield func(store.Key, []byte) bool) {
		if x.done {
			x.err = store.ErrTxDone
			return
		}
		x.tree.ascend(max(store.Key(prefix), after), func(key store.Key, value []byte) bool {
			if !strings.HasPrefix(string(key), string(prefix)) {
				return false
			}
			return key <= after || yield(key, value)
		})
	}
}

// Put implements store.Tx.
func (x *tx) Put(key store.Key, value []byte) error {
	if err := x.writable(); err != nil {
		return err
	}
	x.tree = x.tree.put(key, value)
	x.changed[key] = struct{}{}
	return nil
}

// Delete implements store.Tx.
func (x *tx) Delete(key store.Key) error {
	if err := x.writable(); err != nil {
		return err
	}
	if _, ok := x.tree.get(key); ok {
		x.tree = x.tree.delete(key)
		x.changed[key] = struct{}{}
	}
	return nil
}

// Err implements store.Tx.
func (x *tx) Err() error { return x.err }

// writable returns why the transaction cannot write, if it cannot.
func (x *tx) writable() error {
	switch {
	case x.done:
		return store.ErrTxDone
	case x.changed == nil:
		return store.ErrReadOnly
	}
	return nil
}
