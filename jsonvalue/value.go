package jsonvalue

// Hot path.

import "iter"

// Kind tells what a [Value] is.
type Kind uint8

// The kinds of values. Invalid is the kind of the zero Value, which stands for "no value".
const (
	Invalid Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
)

// String returns the kind's name in JSON's terms.
func (k Kind) String() string {
	return [...]string{"invalid", "null", "boolean", "boolean", "number", "string", "array", "object"}[k]
}

// A document is one flat table of nodes. The children of an array or object lie side by side in
// it, so that going through them is a loop over a slice and any of them is found
// by its number; the root is the last node. Nodes hold offsets instead of pointers:
// the table is one allocation that the garbage collector need not look into.
type document struct {
	src   string // the text that was parsed; offsets below len(src) point into it
	extra string // strings that are not in src literally; offsets from len(src) on
	nodes []node
}

// node is a value, with its key if it is a member of an object.
type node struct {
	keyAt, keyLen uint32
	at, n         uint32 // scalars: text; arrays and objects: first child and number of children
	kind          Kind
	class         NumberClass
	mark          uint8 // of the key: equal for equal keys
}

// text returns a string of the document.
func (d *document) text(at, n uint32) string {
	switch {
	case n == 0:
		return ""
	case int(at) < len(d.src):
		return d.src[at : at+n]
	}
	at -= uint32(len(d.src))
	return d.extra[at : at+n]
}

// Value is a JSON value, a place in a document that doesn't change. The zero Value is no value;
// its kind is [Invalid]. Values are small and comparable: two are equal if they
// are the same place of the same document. They are safe for concurrent use.
type Value struct {
	doc *document
	i   uint32
}

func (v Value) node() *node { return &v.doc.nodes[v.i] }

// Exists reports whether v is a value at all, that is whether it is not the zero Value.
func (v Value) Exists() bool { return v.doc != nil }

// Kind returns what v is.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return Invalid
	}
	return v.node().kind
}

// IsNull reports whether v is JSON's null.
func (v Value) IsNull() bool { return v.Kind() == Null }

// Bool reports whether v is true.
func (v Value) Bool() bool { return v.Kind() == True }

// Text returns what the string v says, or a number's text as it was written; "" for other kinds.
func (v Value) Text() string {
	if v.doc == nil {
		return ""
	}
	if n := v.node(); n.kind == String || n.kind == Number {
		return v.doc.text(n.at, n.n)
	}
	return ""
}

// Len returns the number of elements or members; 0 for other kinds.
func (v Value) Len() int {
	if v.doc == nil {
		return 0
	}
	if n := v.node(); n.kind >= Array {
		return int(n.n)
	}
	return 0
}

// At returns the element of an array, or the value of an object's member, at position i
// in the document's order. It is the zero Value where i is out of range.
func (v Value) At(i int) Value {
	if i < 0 || i >= v.Len() {
		return Value{}
	}
	return Value{v.doc, v.node().at + uint32(i)}
}

// Key returns the name of the object's member at position i, "" where there is none.
func (v Value) Key(i int) string {
	if v.Kind() != Object || i < 0 || i >= v.Len() {
		return ""
	}
	m := &v.doc.nodes[v.node().at+uint32(i)]
	return v.doc.text(m.keyAt, m.keyLen)
}

// Get returns the value of an object's member of that name. It is the zero Value where there is none
// or v is no object.
func (v Value) Get(name string) Value {
	if v.doc == nil {
		return Value{}
	}
	n := v.node()
	i := v.doc.member(n, name)
	if i < 0 {
		return Value{}
	}
	return Value{v.doc, n.at + uint32(i)}
}

// Find returns the position of an object's member of that name, -1 if there is none.
func (v Value) Find(name string) int {
	if v.doc == nil {
		return -1
	}
	return v.doc.member(v.node(), name)
}

// member returns the position of an object's member of that name, -1 if there is none or n is no object.
func (d *document) member(n *node, name string) int {
	if n.kind != Object {
		return -1
	}
	members := d.nodes[n.at : n.at+n.n]
	mark := markOf(name)
	for i := range members {
		m := &members[i]
		if m.mark == mark && int(m.keyLen) == len(name) && d.text(m.keyAt, m.keyLen) == name {
			return i
		}
	}
	return -1
}

// Elements goes through the elements of an array.
func (v Value) Elements() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		if v.Kind() != Array {
			return
		}
		for i := range v.Len() {
			if !yield(i, v.At(i)) {
				return
			}
		}
	}
}

// Members goes through the members of an object, in the document's order.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Kind() != Object {
			return
		}
		for i := range v.Len() {
			if !yield(v.Key(i), v.At(i)) {
				return
			}
		}
	}
}

// Ordinal returns the number of v's place in its document: at least 0 and less than
// [Value.Count], different for each value of a document. Side tables about a document use it.
func (v Value) Ordinal() int { return int(v.i) }

// SharesDocument reports whether v and w are places in the same document.
func (v Value) SharesDocument(w Value) bool { return v.doc == w.doc && v.doc != nil }

// Count returns how many values the whole document has that v is in.
func (v Value) Count() int {
	if v.doc == nil {
		return 0
	}
	return len(v.doc.nodes)
}

// String returns v as JSON text as it was written, without white space between values.
func (v Value) String() string { return string(v.Append(nil, Verbatim)) }

// Equal reports whether v and w say the same: objects with the same members in any order, arrays of equal
// elements, numbers of the same [NumberClass] and size. This is Java's equality of parsed documents:
// 1 and 1.0 are not equal.
func (v Value) Equal(w Value) bool {
	if v == w {
		return true
	}
	if v.Kind() != w.Kind() || v.Len() != w.Len() {
		return false
	}
	switch v.Kind() {
	case String:
		return v.Text() == w.Text()
	case Number:
		return equalNumbers(v, w)
	case Array:
		for i := range v.Len() {
			if !v.At(i).Equal(w.At(i)) {
				return false
			}
		}
	case Object:
		for i := range v.Len() {
			other := w.Get(v.Key(i))
			if !other.Exists() || !v.At(i).Equal(other) {
				return false
			}
		}
	}
	return true
}
