package vtl

// Hot path.

// maxKeptEntries is the largest room that a map or list keeps for its next use.
const maxKeptEntries = 256

// Reset makes m the zero Map, with room for what was in it. It is for callers that use the same maps for one rendering
// after the other: no value may refer to m any more.
func (m *Map) Reset() {
	entries := m.entries
	if cap(entries) > maxKeptEntries {
		entries = nil
	}
	clear(entries)
	*m = Map{entries: entries[:0]}
}

// Reset makes l the zero List, with room for what was in it, as [Map.Reset] does.
func (l *List) Reset() {
	elems := l.elems
	if cap(elems) > maxKeptEntries {
		elems = nil
	}
	clear(elems)
	*l = List{elems: elems[:0]}
}
