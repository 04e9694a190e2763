package boltstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"github.com/sluice-gateway/sluice/internal/store"
)

// Group commit. One goroutine, the committer, owns the writing side of the file. It takes
// a request, opens a transaction of bbolt, and gives the request its turn: the caller of
// Update runs its function, in its own goroutine, on a layer above that transaction. When
// the function succeeds its layer is laid onto the transaction, otherwise it is dropped,
// so that one failure costs no one else anything. Then the next request that is waiting
// has its turn. When none waits, the committer flushes them all to the disk at once and
// answers everyone.
//
// A function sees what earlier ones in its group did, before that is durable. So nobody,
// not even who failed or only read, gets an answer before the flush.

// maxGroup is how many requests share one commit at most.
const maxGroup = 256

// request is one call of Update on its way.
type request struct {
	turn   chan turn    // to the caller: run your function now
	done   chan verdict // from the caller: it has run
	answer chan answer  // to the caller: it is durable, or not
}

// turn is what a request is given to run on.
type turn struct {
	tx  *tx
	err error // the transaction could not begin
}

// verdict says whether a function's layer is to be kept.
type verdict bool

// answer is what Update returns where its function succeeded.
type answer struct {
	revision store.Revision
	err      error
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) (store.Revision, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := s.usable(); err != nil {
		return 0, err
	}
	r := &request{turn: make(chan turn, 1), done: make(chan verdict, 1), answer: make(chan answer, 1)}
	select {
	case s.requests <- r:
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-s.closing:
		return 0, store.ErrClosed
	}
	t := <-r.turn
	if t.err != nil {
		return 0, t.err
	}
	fnErr := r.run(t.tx, fn)
	a := <-r.answer
	if fnErr != nil {
		return 0, fnErr
	}
	return a.revision, a.err
}

// run calls the function and tells the committer how it went, also when it panics or
// ends its goroutine.
func (r *request) run(x *tx, fn func(store.Tx) error) (err error) {
	keep := verdict(false)
	defer func() {
		x.end()
		r.done <- keep
	}()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	err = fn(x)
	keep = err == nil
	return err
}

// commitLoop is the committer.
func (s *Store) commitLoop() {
	defer close(s.stopped)
	debug.SetPanicOnFault(true)
	for {
		select {
		case r := <-s.requests:
			s.commitGroup(r)
		case <-s.closing:
			return
		}
	}
}

// member is a request of a group, with what it changed.
type member struct {
	*request
	change store.Change // its Keys are empty where it changed nothing
}

// commitGroup serves a request and those that come in the meantime.
func (s *Store) commitGroup(first *request) {
	bolt, data, err := s.beginGroup()
	if err != nil {
		first.turn <- turn{err: err}
		return
	}
	base := s.revision
	var group []member
	for r := first; r != nil && err == nil; r = s.next(len(group)) {
		var change store.Change
		change, err = s.serve(r, data)
		group = append(group, member{r, change})
	}
	if err == nil {
		err = s.finish(bolt, base)
	} else {
		s.revision = base
		_ = rollback(bolt) // err is the reason, and the better message
	}
	for _, m := range group {
		if err == nil && len(m.change.Keys) > 0 {
			s.hub.Publish(m.change)
		}
	}
	for _, m := range group {
		m.answer <- answer{revision: m.change.Revision, err: err}
	}
}

// beginGroup begins bbolt's one transaction that may write.
func (s *Store) beginGroup() (*bbolt.Tx, *bbolt.Bucket, error) {
	// A commit that panicked may have left bbolt locked: don't wait for it.
	if err := s.usable(); err != nil {
		return nil, nil, err
	}
	bolt, data, err := s.begin(true)
	if err != nil {
		return nil, nil, fmt.Errorf("write store %s: %w", s.path, err)
	}
	return bolt, data, nil
}

// next returns a request that is waiting, nil when none is or the group is full.
func (s *Store) next(size int) *request {
	if size >= maxGroup {
		return nil
	}
	// Those whom the last flush released have not had the processor yet; letting them
	// queue first makes groups of all writers instead of all but one.
	runtime.Gosched()
	select {
	case r := <-s.requests:
		return r
	default:
		return nil
	}
}

// serve gives a request its turn and lays its layer onto the transaction. The error
// concerns the whole group; that of the request's own function does not show here.
func (s *Store) serve(r *request, data *bbolt.Bucket) (change store.Change, err error) {
	x := &tx{path: s.path, data: data, layer: layer{}}
	r.turn <- turn{tx: x}
	if keep := <-r.done; !keep || len(x.layer) == 0 {
		return store.Change{Revision: s.revision}, nil
	}
	defer guard(&err)
	keys := x.layer.keys()
	for _, key := range keys {
		if err := x.layer[key].apply(data, []byte(key)); err != nil {
			return change, fmt.Errorf("write store %s: %w", s.path, err)
		}
	}
	s.revision++
	return store.Change{Revision: s.revision, Keys: keys}, nil
}

// finish commits what the group changed since the revision base. It returns after the
// commit is on the disk.
func (s *Store) finish(bolt *bbolt.Tx, base store.Revision) error {
	if s.revision == base {
		return rollback(bolt)
	}
	err := s.flush(bolt)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("write store %s: %w", s.path, err)
	_ = rollback(bolt) // bbolt has done so, unless it panicked
	s.recoverFrom(err, base)
	return err
}

// flush writes the revision and commits.
func (s *Store) flush(bolt *bbolt.Tx) (err error) {
	defer guard(&err)
	revision := binary.BigEndian.AppendUint64(nil, uint64(s.revision))
	if err := bolt.Bucket(metaBucket).Put(revisionKey, revision); err != nil {
		return err
	}
	return bolt.Commit()
}

// recoverFrom finds out what a commit that failed has left. A disk that is full leaves
// nothing, and the store stays usable; where the last flush itself failed, the commit may
// be visible all the same, and nobody knows whether it is durable: then nothing more is
// accepted, lest something is built on it.
func (s *Store) recoverFrom(cause error, base store.Revision) {
	s.revision = base
	visible, err := s.storedRevision()
	if err != nil || visible != base {
		broken := fmt.Errorf("store is unusable until a restart: %w", cause)
		s.broken.Store(&broken)
	}
}

// storedRevision reads the revision that views see.
func (s *Store) storedRevision() (revision store.Revision, err error) {
	defer guard(&err)
	err = s.db.View(func(tx *bbolt.Tx) error {
		revision = store.Revision(binary.BigEndian.Uint64(tx.Bucket(metaBucket).Get(revisionKey)))
		return nil
	})
	return revision, err
}

// rollback undoes a transaction.
func rollback(bolt *bbolt.Tx) (err error) {
	defer guard(&err)
	return bolt.Rollback()
}
