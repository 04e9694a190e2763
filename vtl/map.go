package vtl

// Hot path.

import "iter"

// MapClass is the Java class of a [Map].
type MapClass uint8

// The classes of maps. They differ in the order of their entries.
const (
	LinkedHashMap MapClass = iota // in the order of insertion; what {"a": 1} is
	HashMap                       // in the order of Java's hash table
)

// MapSource is what a map is read from when a template first looks into it.
type MapSource interface {
	// LoadMap adds the entries to m with [Map.Put], in order. It is called once.
	LoadMap(m *Map)
}

// MapLookup is a [MapSource] that can find one entry without loading the map.
type MapLookup interface {
	MapSource
	// LookupMap returns the value of a key. What it returns for a key, and what LoadMap later puts
	// there, must be the same object.
	LookupMap(key string) (Value, bool)
}

// MapPathLookup is a [MapLookup] that can go several names deep without making the maps between.
type MapPathLookup interface {
	MapLookup
	// LookupMapPath returns the value that the first of the names lead to, and how many it went, at least one: all, or
	// as far as there are maps that it knows all of. The value is null where a name leads nowhere.
	LookupMapPath(names []string) (Value, int)
}

// Map is a java.util.LinkedHashMap or HashMap. Keys are compared as Java's equals does; they
// are nearly always strings. It is not safe for concurrent use.
//
// Entries lie in the order of insertion. Up to smallMap of them are found by looking at each,
// beyond that through an open hash table of their positions. A HashMap's order is
// worked out when someone asks for it: entries sort by bucket, and within a bucket by insertion, which
// is what Java's table gives, as splitting a bucket keeps the order (bins that became
// trees, from eight collisions on, are not imitated).
type Map struct {
	entries []mapEntry
	source  MapSource // nil once loaded
	more    *mapMore  // nil in small maps
	changes *Changes
	live    int32 // entries that are not removed
	mod     uint32
	table   int32 // length of Java's table, for HashMap
	class   MapClass
	silent  bool
}

// mapMore is what only some maps need.
type mapMore struct {
	index []int32 // open addressing: position in entries + 1; length a power of two
	order []int32 // HashMap: positions of the live entries in Java's order
	upTo  uint32  // the value of mod that order holds for
}

type mapEntry struct {
	key, value Value
	hash       int32
	dead       bool // removed; the place is kept until the entries are packed
}

const smallMap = 8

// NewMap returns an empty map with room for n entries.
func NewMap(class MapClass, n int) *Map {
	m := &Map{class: class}
	if n > 0 {
		m.entries = make([]mapEntry, 0, n)
	}
	return m
}

// NewLazyMap returns a map that is read from source once a template looks into it.
// Changes that are made to it later are noted in changes, which may be nil.
func NewLazyMap(class MapClass, source MapSource, changes *Changes) *Map {
	m := new(Map)
	m.InitLazy(class, source, changes)
	return m
}

// InitLazy makes the zero Map m what [NewLazyMap] returns, for callers that allocate many
// maps at once.
func (m *Map) InitLazy(class MapClass, source MapSource, changes *Changes) {
	m.class, m.source, m.changes = class, source, changes
}

// SetSilent makes the map print as nothing, as $context and the maps in it do.
func (m *Map) SetSilent() { m.silent = true }

// Class returns the Java class of the map.
func (m *Map) Class() MapClass { return m.class }

// Source returns what the map will be read from, nil if it has been read or never had one.
func (m *Map) Source() MapSource { return m.source }

// Grow makes room for n more entries.
func (m *Map) Grow(n int) {
	if cap(m.entries)-len(m.entries) < n {
		grown := make([]mapEntry, len(m.entries), len(m.entries)+n)
		copy(grown, m.entries)
		m.entries = grown
	}
}

// Len returns the number of entries.
func (m *Map) Len() int {
	m.load()
	return int(m.live)
}

// Get returns the value of a key that is a string.
func (m *Map) Get(key string) (Value, bool) {
	if m.source != nil {
		if l, ok := m.source.(MapLookup); ok {
			return l.LookupMap(key)
		}
		m.load()
	}
	if i := m.findString(key); i >= 0 {
		return m.entries[i].value, true
	}
	return Null, false
}

// Put sets the value of a key that is a string. A new key comes last, a known one keeps its place.
// It is not noted as a change: see [Changes].
func (m *Map) Put(key string, v Value) {
	m.load()
	if i := m.findString(key); i >= 0 {
		m.entries[i].value = v
		return
	}
	m.add(String(key), hashString(key), v)
}

// All goes through the entries in the map's order.
func (m *Map) All() iter.Seq2[Value, Value] {
	return func(yield func(k, v Value) bool) {
		m.load()
		for i, ok := m.next(-1); ok; i, ok = m.next(i) {
			e := &m.entries[m.position(i)]
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

func (m *Map) load() {
	if m.source != nil {
		s := m.source
		m.source = nil
		s.LoadMap(m)
	}
}

// next returns the iteration step after i, starting from -1. A step is a position in
// entries, or for a HashMap a position in its order.
func (m *Map) next(i int) (int, bool) {
	if m.class == HashMap {
		i++
		return i, i < len(m.javaOrder())
	}
	for i++; i < len(m.entries); i++ {
		if !m.entries[i].dead {
			return i, true
		}
	}
	return i, false
}

// position returns the place in entries of an iteration step.
func (m *Map) position(step int) int {
	if m.class == HashMap {
		return int(m.javaOrder()[step])
	}
	return step
}

// get returns the value of any key.
func (m *Map) get(key Value) (Value, bool) {
	if s, ok := key.Text(); ok {
		return m.Get(s)
	}
	m.load()
	if i := m.find(key, hashCode(key)); i >= 0 {
		return m.entries[i].value, true
	}
	return Null, false
}

// put is Java's Map.put, for any key. It returns the value that was there before, or null.
func (m *Map) put(key, v Value) Value {
	m.load()
	m.changes.note()
	h := hashCode(key)
	if i := m.find(key, h); i >= 0 {
		old := m.entries[i].value
		m.entries[i].value = v
		return old
	}
	m.add(key, h, v)
	return Null
}

// remove is Java's Map.remove.
func (m *Map) remove(key Value) (Value, bool) {
	m.load()
	i := m.find(key, hashCode(key))
	if i < 0 {
		return Null, false
	}
	old := m.entries[i].value
	m.removeEntry(i)
	return old, true
}

func (m *Map) removeEntry(i int) {
	m.changes.note()
	m.mod++
	m.live--
	m.entries[i] = mapEntry{dead: true}
	if len(m.entries) > 2*smallMap && int(m.live) < len(m.entries)/2 {
		m.pack()
	}
}

// Delete removes the entry of a key that is a string. Like [Map.Put] it is not noted as a change.
func (m *Map) Delete(key string) {
	m.load()
	if i := m.findString(key); i >= 0 {
		changes := m.changes
		m.changes = nil
		m.removeEntry(i)
		m.changes = changes
	}
}

// reset removes all entries.
func (m *Map) reset() {
	m.load()
	m.changes.note()
	m.mod++
	m.entries, m.live, m.more = nil, 0, nil
}

// pack closes the gaps that removed entries left.
func (m *Map) pack() {
	n := 0
	for _, e := range m.entries {
		if !e.dead {
			m.entries[n] = e
			n++
		}
	}
	clear(m.entries[n:])
	m.entries = m.entries[:n]
	m.more = nil
}
