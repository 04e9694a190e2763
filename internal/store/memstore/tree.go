package memstore

import (
	"hash/maphash"

	"github.com/sluice-gateway/sluice/internal/store"
)

// A tree is a treap: a search tree by key in which each node's priority is at least
// that of its children. Priorities are hashes of the keys under a random seed, so the
// tree is balanced whatever the keys are, and equal contents have one shape.
//
// Nodes never change once they are reachable from a tree. put and delete copy the path
// from the root and share the rest: O(log n) time and memory, and every older tree
// stays as it was.

// tree is an ordered map of keys to values that never changes. The zero tree is empty.
type tree struct{ root *node }

// node is one key with its value.
type node struct {
	key         store.Key
	value       []byte
	priority    uint64
	left, right *node
}

// seed makes the priorities unpredictable to whoever chooses the keys.
var seed = maphash.MakeSeed()

// get returns the value of key.
func (t tree) get(key store.Key) ([]byte, bool) {
	for n := t.root; n != nil; {
		switch {
		case key < n.key:
			n = n.left
		case key > n.key:
			n = n.right
		default:
			return n.value, true
		}
	}
	return nil, false
}

// ascend calls yield for the keys from the given one on, in order, while it returns true.
func (t tree) ascend(from store.Key, yield func(store.Key, []byte) bool) {
	t.root.ascend(from, yield)
}

// ascend is tree.ascend for the keys under n; it reports whether to go on.
func (n *node) ascend(from store.Key, yield func(store.Key, []byte) bool) bool {
	if n == nil {
		return true
	}
	if n.key < from {
		return n.right.ascend(from, yield)
	}
	return n.left.ascend(from, yield) && yield(n.key, n.value) && n.right.ascend(from, yield)
}

// put returns the tree with key set to value.
func (t tree) put(key store.Key, value []byte) tree {
	leaf := &node{key: key, value: value, priority: maphash.String(seed, string(key))}
	return tree{t.root.put(leaf)}
}

// put returns n with leaf in it, or in place of the node of the same key.
func (n *node) put(leaf *node) *node {
	switch {
	case n == nil:
		return leaf
	case leaf.key == n.key:
		leaf.left, leaf.right = n.left, n.right
		return leaf
	case leaf.priority > n.priority:
		leaf.left, leaf.right = n.split(leaf.key)
		return leaf
	}
	same := *n
	if leaf.key < n.key {
		same.left = n.left.put(leaf)
	} else {
		same.right = n.right.put(leaf)
	}
	return &same
}

// split returns the nodes under n with lesser and with greater keys than key.
func (n *node) split(key store.Key) (less, greater *node) {
	if n == nil {
		return nil, nil
	}
	same := *n
	switch {
	case key == n.key:
		return n.left, n.right
	case key < n.key:
		less, same.left = n.left.split(key)
		return less, &same
	default:
		same.right, greater = n.right.split(key)
		return &same, greater
	}
}

// delete returns the tree without key.
func (t tree) delete(key store.Key) tree { return tree{t.root.delete(key)} }

// delete returns n without the node of key.
func (n *node) delete(key store.Key) *node {
	if n == nil {
		return nil
	}
	if key == n.key {
		return join(n.left, n.right)
	}
	same := *n
	if key < n.key {
		same.left = n.left.delete(key)
	} else {
		same.right = n.right.delete(key)
	}
	return &same
}

// join returns the nodes of both sides, where every key of less is less than those of greater.
func join(less, greater *node) *node {
	switch {
	case less == nil:
		return greater
	case greater == nil:
		return less
	case less.priority > greater.priority:
		same := *less
		same.right = join(less.right, greater)
		return &same
	default:
		same := *greater
		same.left = join(less, greater.left)
		return &same
	}
}
