package vtl

// Hot path.

import (
	"slices"
	"unicode/utf8"
)

// hashString is Java's String.hashCode: over UTF-16 units, modulo 2 to the 32.
func hashString(s string) int32 {
	var h int32
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return hashUnits(h, s[i:])
		}
		h = 31*h + int32(c)
	}
	return h
}

func hashUnits(h int32, s string) int32 {
	for u := range units(s) {
		h = 31*h + int32(u)
	}
	return h
}

// spread is what Java's HashMap makes of a hash code before it takes the low bits.
func spread(h int32) uint32 { return uint32(h) ^ uint32(h)>>16 }

// findString returns the position of the entry with a key that is a string, or -1.
func (m *Map) findString(key string) int {
	if len(m.entries) <= smallMap {
		for i := range m.entries {
			if k, ok := m.entries[i].key.Text(); ok && k == key {
				return i
			}
		}
		return -1
	}
	h := hashString(key)
	index := m.tableOf()
	mask := uint32(len(index) - 1)
	for at := spread(h) & mask; index[at] != 0; at = (at + 1) & mask {
		e := &m.entries[index[at]-1]
		if e.hash == h {
			if k, ok := e.key.Text(); ok && k == key {
				return int(index[at] - 1)
			}
		}
	}
	return -1
}

// find returns the position of the entry with the key, or -1.
func (m *Map) find(key Value, h int32) int {
	if s, ok := key.Text(); ok {
		return m.findString(s)
	}
	for i := range m.entries {
		e := &m.entries[i]
		if !e.dead && e.hash == h && equal(e.key, key) {
			return i
		}
	}
	return -1
}

// add appends an entry whose key is not there yet.
func (m *Map) add(key Value, h int32, v Value) {
	m.mod++
	m.live++
	m.entries = append(m.entries, mapEntry{key: key, value: v, hash: h})
	if m.class == HashMap {
		m.resize()
	}
	if m.more != nil && m.more.index != nil {
		if 4*len(m.entries) > 3*len(m.more.index) {
			m.more.index = nil
			return
		}
		insertIndex(m.more.index, h, len(m.entries))
	}
}

// tableOf returns the index of positions, building it if there is none.
func (m *Map) tableOf() []int32 {
	if m.more == nil {
		m.more = new(mapMore)
	}
	if m.more.index == nil {
		n := 4 * smallMap
		for n < 2*len(m.entries) {
			n *= 2
		}
		m.more.index = make([]int32, n)
		for i := range m.entries {
			if !m.entries[i].dead {
				insertIndex(m.more.index, m.entries[i].hash, i+1)
			}
		}
	}
	return m.more.index
}

func insertIndex(index []int32, h int32, place int) {
	mask := uint32(len(index) - 1)
	at := spread(h) & mask
	for index[at] != 0 {
		at = (at + 1) & mask
	}
	index[at] = int32(place)
}

// resize grows the length of Java's table as HashMap does: from 16 it doubles when more than
// three quarters full. It never shrinks.
func (m *Map) resize() {
	if m.table == 0 {
		m.table = 16
	}
	for 4*m.live > 3*m.table {
		m.table *= 2
	}
}

// javaOrder returns the positions of the live entries in the order of Java's HashMap.
func (m *Map) javaOrder() []int32 {
	if m.more == nil {
		m.more = new(mapMore)
	}
	if m.more.order != nil && m.more.upTo == m.mod {
		return m.more.order
	}
	order := make([]int32, 0, m.live)
	for i := range m.entries {
		if !m.entries[i].dead {
			order = append(order, int32(i))
		}
	}
	mask := uint32(m.table - 1)
	slices.SortStableFunc(order, func(a, b int32) int {
		return int(spread(m.entries[a].hash)&mask) - int(spread(m.entries[b].hash)&mask)
	})
	m.more.order, m.more.upTo = order, m.mod
	return order
}
