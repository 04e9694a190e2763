package boltstore

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/sluice-gateway/sluice/internal/store"
)

// layer is what one function has changed, not yet laid onto the transaction below.
type layer map[store.Key]edit

// edit is the new state of one key.
type edit struct {
	value   []byte
	deleted bool
}

// keys returns the keys of the layer in order.
func (l layer) keys() []store.Key { return slices.Sorted(maps.Keys(l)) }

// apply makes the edit in the bucket.
func (e edit) apply(data *bbolt.Bucket, key []byte) error {
	if e.deleted {
		return data.Delete(key)
	}
	return data.Put(key, seal(key, e.value))
}

// tx is a store.Tx: a transaction of bbolt, with a layer above it where it may write.
type tx struct {
	path  string
	data  *bbolt.Bucket
	layer layer // nil in a view
	done  bool
	err   error // the first error of a Scan
}

// end makes every later use of the transaction an error.
func (x *tx) end() { x.done = true }

// Get implements store.Tx.
func (x *tx) Get(key store.Key) (value []byte, ok bool, err error) {
	if x.done {
		return nil, false, store.ErrTxDone
	}
	if e, ok := x.layer[key]; ok {
		return e.value, !e.deleted, nil
	}
	value, ok, err = x.stored([]byte(key))
	if err != nil {
		return nil, false, fmt.Errorf("read store %s: %w", x.path, err)
	}
	return value, ok, nil
}

// stored returns a copy of the value below the layer.
func (x *tx) stored(key []byte) (value []byte, ok bool, err error) {
	defer guard(&err)
	sealed := x.data.Get(key)
	if sealed == nil {
		return nil, false, nil
	}
	value, err = unseal(key, sealed)
	return bytes.Clone(value), err == nil, err
}

// Scan implements store.Tx. It merges the transaction below with the layer.
func (x *tx) Scan(prefix store.Prefix, after store.Key) iter.Seq2[store.Key, []byte] {
	return func(yield func(store.Key, []byte) bool) {
		if x.done {
			x.fail(store.ErrTxDone)
			return
		}
		edits := x.edits(prefix, after)
		below := scan{cursor: x.data.Cursor(), prefix: []byte(prefix)}
		for key, value, ok := below.first(after); ok; key, value, ok = below.next() {
			for len(edits) > 0 && edits[0] < key {
				if !x.yieldEdit(edits[0], yield) {
					return
				}
				edits = edits[1:]
			}
			if len(edits) > 0 && edits[0] == key {
				continue
			}
			if !yield(key, value) {
				return
			}
		}
		if below.err != nil {
			x.fail(fmt.Errorf("read store %s: %w", x.path, below.err))
			return
		}
		for _, key := range edits {
			if !x.yieldEdit(key, yield) {
				return
			}
		}
	}
}

// edits returns the keys of the layer that a scan meets.
func (x *tx) edits(prefix store.Prefix, after store.Key) []store.Key {
	var keys []store.Key
	for key := range x.layer {
		if key > after && strings.HasPrefix(string(key), string(prefix)) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// yieldEdit yields a key of the layer unless it is deleted there.
func (x *tx) yieldEdit(key store.Key, yield func(store.Key, []byte) bool) bool {
	e := x.layer[key]
	return e.deleted || yield(key, e.value)
}

// fail keeps the first error of a scan.
func (x *tx) fail(err error) {
	if x.err == nil {
		x.err = err
	}
}

// Put implements store.Tx.
func (x *tx) Put(key store.Key, value []byte) error {
	if err := x.writable(); err != nil {
		return err
	}
	// bbolt would refuse these when the layer is laid onto the transaction, at the cost of
	// the whole group.
	if key == "" || len(key) > bbolt.MaxKeySize || len(value) > bbolt.MaxValueSize-sealBytes {
		return fmt.Errorf("write store %s: key of %d bytes with value of %d bytes is out of bounds",
			x.path, len(key), len(value))
	}
	x.layer[key] = edit{value: value}
	return nil
}

// Delete implements store.Tx.
func (x *tx) Delete(key store.Key) error {
	if err := x.writable(); err != nil {
		return err
	}
	_, exists, err := x.Get(key)
	if err != nil {
		return err
	}
	if exists {
		x.layer[key] = edit{deleted: true}
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
	case x.layer == nil:
		return store.ErrReadOnly
	}
	return nil
}

// scan walks over the keys with a prefix below the layer. Its steps are guarded one by
// one: what the receiver of the keys does between them is no fault of the file.
type scan struct {
	cursor *bbolt.Cursor
	prefix []byte
	err    error
}

// first goes to the first key greater than after.
func (s *scan) first(after store.Key) (store.Key, []byte, bool) {
	from := max(string(s.prefix), string(after))
	key, value, ok := s.step(func() ([]byte, []byte) { return s.cursor.Seek([]byte(from)) })
	if ok && key == after {
		return s.next()
	}
	return key, value, ok
}

// next goes to the next key.
func (s *scan) next() (store.Key, []byte, bool) { return s.step(s.cursor.Next) }

// step moves the cursor and returns copies of what it points at.
func (s *scan) step(move func() (key, sealed []byte)) (key store.Key, value []byte, ok bool) {
	defer guard(&s.err)
	k, sealed := move()
	if k == nil || !bytes.HasPrefix(k, s.prefix) {
		return "", nil, false
	}
	value, s.err = unseal(k, sealed)
	return store.Key(k), bytes.Clone(value), s.err == nil
}
