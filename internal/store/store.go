// Package store keeps the configuration of the control plane: small values under
// ordered keys, changed in transactions, with a feed of what changed.
//
// It knows nothing of API Gateway except the shape of its keys (keys.go, the data
// model on one page). The backends are memstore and boltstore; storetest is
// the contract that every backend runs. Start with Store, then keys.go.
package store

import (
	"context"
	"errors"
	"iter"
)

// Key names a value. Keys are ordered as byte strings. See keys.go for the keys that exist.
type Key string

// Prefix is the beginning that a family of keys has in common: empty for every key, or
// ending in "/", so that the prefix of one thing's parts never matches those of another
// whose name merely begins alike. It is a type of its own so that a Key is not scanned.
type Prefix string

// Revision counts commits that changed something. It only grows; 0 is the empty store.
type Revision uint64

// ErrClosed is returned by every method of a store that has been closed.
var ErrClosed = errors.New("store is closed")

// ErrReadOnly is returned by Put and Delete in a View.
var ErrReadOnly = errors.New("transaction is read-only")

// ErrTxDone is returned by the methods of a Tx that is used after its function returned.
var ErrTxDone = errors.New("transaction is over")

// Store is a transactional map of keys to values. Every method is safe for concurrent use.
type Store interface {
	// View calls fn with a consistent, read-only view of the store. Put and Delete
	// in it return ErrReadOnly. The error of fn is returned as it is.
	View(ctx context.Context, fn func(Tx) error) error

	// Update calls fn in a transaction and commits what it did when fn returns nil.
	// It returns after the commit is durable, with the revision of the commit (the
	// current revision where fn changed nothing). fn may be called more than once,
	// so it must have no effect besides tx; what it returns in variables it must set
	// anew on each call. The error of fn is returned as it is and nothing is changed.
	// fn must not call View or Update of the same store: it would wait for itself.
	Update(ctx context.Context, fn func(Tx) error) (Revision, error)

	// Watch delivers every commit after the moment of the call, once and in order, until
	// ctx ends or the store closes; then the channel is closed. A receiver that falls
	// too far behind gets one Change with Resync set in place of those it missed.
	// The first Change is always one with Resync set: read the store when it comes.
	Watch(ctx context.Context) (<-chan Change, error)

	// Close waits for running transactions and releases the store.
	Close() error
}

// Tx reads and writes within a transaction. It is valid only until the function that it
// was given to returns, is not safe for concurrent use, and sees its own writes.
type Tx interface {
	// Get returns the value of key, nil and false where there is none. The value must
	// not be changed and may be kept.
	Get(key Key) (value []byte, ok bool, err error)

	// Scan yields the keys that begin with prefix and are greater than after ("" for
	// all), in order, with their values, to which the rules of Get apply. The store must
	// not be changed during the scan: collect the keys first, then Put or Delete.
	// A failure is yielded last as the error of Err.
	Scan(prefix Prefix, after Key) iter.Seq2[Key, []byte]

	// Put sets the value of key. The value must not be changed afterwards.
	Put(key Key, value []byte) error

	// Delete removes key; that it does not exist is no error.
	Delete(key Key) error

	// Err returns the first error of a Scan in this transaction.
	Err() error
}

// Change is one commit as the feed tells it.
type Change struct {
	Revision Revision
	Keys     []Key // the keys put or deleted, sorted; empty when Resync is set
	Resync   bool  // commits were missed: read everything again as of Revision or later
}
