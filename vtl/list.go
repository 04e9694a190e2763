package vtl

import "iter"

// ListClass is the Java class of a [List]. Templates can see it as $list.class.name, and it decides
// how the list prints and whether it can grow.
type ListClass uint8

// The classes of lists. Arrays are lists here too: Velocity gives them size(), get(i) and
// set(i, v), but they can't grow and print as Java arrays do.
const (
	ArrayList   ListClass = iota // java.util.ArrayList, what [1, 2] is: prints as [1, 2]
	JSONArray                    // net.minidev.json.JSONArray: an ArrayList that prints as JSON
	subList                      // java.util.ArrayList$SubList, a view
	objectArray                  // Object[]
	stringArray                  // String[]
	charArray                    // char[]
	byteArray                    // byte[]
)

// ListSource is what a list is read from when a template first looks into it.
type ListSource interface {
	// LoadList adds the elements to l with [List.Append]. It is called once.
	LoadList(l *List)
}

// List is a Java list or array. It is not safe for concurrent use.
type List struct {
	elems   []Value
	source  ListSource // nil once loaded
	parent  *List      // of a subList
	changes *Changes
	offset  int // of a subList in its parent
	length  int // of a subList
	mod     uint32
	class   ListClass
}

// NewList returns a list of the elements, which it then owns.
func NewList(class ListClass, elems []Value) *List {
	return &List{class: class, elems: elems}
}

// NewLazyList returns a list that is read from source once a template looks into it.
// Changes that are made to it later are noted in changes, which may be nil.
func NewLazyList(class ListClass, source ListSource, changes *Changes) *List {
	l := new(List)
	l.InitLazy(class, source, changes)
	return l
}

// InitLazy makes the zero List l what [NewLazyList] returns, for callers that allocate many
// lists at once.
func (l *List) InitLazy(class ListClass, source ListSource, changes *Changes) {
	l.class, l.source, l.changes = class, source, changes
}

// Init makes the zero List l a list of the elements, which it then owns; for callers that
// allocate many lists at once.
func (l *List) Init(class ListClass, elems []Value, changes *Changes) {
	l.class, l.elems, l.changes = class, elems, changes
}

// Class returns the Java class of the list.
func (l *List) Class() ListClass { return l.class }

// Source returns what the list will be read from, nil if it has been read or never had one.
func (l *List) Source() ListSource { return l.source }

// Len returns the number of elements.
func (l *List) Len() int { return len(l.items()) }

// At returns the element at i, which must be in range.
func (l *List) At(i int) Value { return l.items()[i] }

// Append adds an element at the end. It is not noted as a change while the list is loading.
func (l *List) Append(v Value) {
	l.elems = append(l.elems, v)
}

// Grow makes room for n more elements.
func (l *List) Grow(n int) {
	if cap(l.elems)-len(l.elems) < n {
		grown := make([]Value, len(l.elems), len(l.elems)+n)
		copy(grown, l.elems)
		l.elems = grown
	}
}

// All goes through the elements.
func (l *List) All() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		for i, v := range l.items() {
			if !yield(i, v) {
				return
			}
		}
	}
}

// items returns the elements for reading, loading them if need be.
func (l *List) items() []Value {
	if l.source == nil && l.parent == nil {
		return l.elems
	}
	return l.fetch()
}

// fetch loads the elements, of a view those of the list that it is a view of.
func (l *List) fetch() []Value {
	if l.source != nil {
		s := l.source
		l.source = nil
		s.LoadList(l)
	}
	if l.parent != nil {
		p := l.parent.items()
		end := min(l.offset+l.length, len(p))
		return p[min(l.offset, end):end]
	}
	return l.elems
}

// isArray reports whether the list is a Java array.
func (l *List) isArray() bool { return l.class >= objectArray }

// set replaces the element at i, which must be in range.
func (l *List) set(i int, v Value) {
	l.changes.note()
	l.items()[i] = v
}

// insert puts elements in before position i, which must be in range.
func (l *List) insert(i int, vs ...Value) {
	l.changes.note()
	l.mod++
	if l.parent != nil {
		l.items()
		l.parent.insert(l.offset+i, vs...)
		l.length += len(vs)
		return
	}
	l.items()
	n := len(l.elems)
	l.elems = append(l.elems, vs...)
	if i < n {
		tail := append([]Value(nil), l.elems[i:n]...)
		copy(l.elems[i:], vs)
		copy(l.elems[i+len(vs):], tail)
	}
}

// cut takes out the elements from i up to j.
func (l *List) cut(i, j int) {
	l.changes.note()
	l.mod++
	if l.parent != nil {
		l.parent.cut(l.offset+i, l.offset+j)
		l.length -= j - i
		return
	}
	items := l.items()
	n := copy(items[i:], items[j:])
	clear(items[i+n:])
	l.elems = items[:i+n]
}

// javaClass returns the name of the Java class.
func (l *List) javaClass() string {
	switch l.class {
	case JSONArray:
		return "net.minidev.json.JSONArray"
	case subList:
		return "java.util.ArrayList$SubList"
	case objectArray:
		return "[Ljava.lang.Object;"
	case stringArray:
		return "[Ljava.lang.String;"
	case charArray:
		return "[C"
	case byteArray:
		return "[B"
	}
	return "java.util.ArrayList"
}
