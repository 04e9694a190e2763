package mapping

// Hot path.

import (
	"math/big"

	"github.com/sluice-gateway/sluice/jsonpath"
	"github.com/sluice-gateway/sluice/jsonvalue"
	"github.com/sluice-gateway/sluice/vtl"
)

// document is a parsed body as templates see it: maps and lists that they can change, and whose changes
// show in whatever is read from the body later.
//
// A map or list is made when a template first reaches it, reads its members from the parsed text when it is looked
// into, and is the same one however it is reached. While nothing has been changed, paths are evaluated on the parsed text
// alone. After a change they are evaluated on a copy that is made of the maps and lists for each path:
// slow, simple and rare.
type document struct {
	root    jsonvalue.Value
	changes vtl.Changes
	refs    []uint32 // by ordinal: the number of its map or list, from 1; nil before the first use
	maps    slab[mapNode]
	lists   slab[listNode]

	// plain says that arrays are ArrayLists and print as Java's lists do: variables that were not read from a body.
	plain bool
}

// mapNode is a map with what it is read from.
type mapNode struct {
	vtl.Map
	doc   *document
	value jsonvalue.Value
}

// listNode is a list with what it is read from.
type listNode struct {
	vtl.List
	doc   *document
	value jsonvalue.Value
}

// slab is a sequence of things that stay where they are while it grows.
type slab[T any] struct {
	chunks []*[slabChunk]T
	n      int // in use
}

const slabChunk = 16

func (s *slab[T]) at(i int) *T { return &s.chunks[uint(i)/slabChunk][uint(i)%slabChunk] }

// grow returns one more.
func (s *slab[T]) grow() *T {
	if s.n == len(s.chunks)*slabChunk {
		s.chunks = append(s.chunks, new([slabChunk]T))
	}
	s.n++
	return s.at(s.n - 1)
}

// reset makes the document an empty one and keeps its memory. Nothing may refer to what is in it any more.
func (d *document) reset() {
	if len(d.refs) > maxKeptRefs {
		*d = document{}
		return
	}
	for i := range d.maps.n {
		if n := d.maps.at(i); n.Source() == nil {
			n.Reset() // others were never looked into, and hold nothing
		}
	}
	for i := range d.lists.n {
		if n := d.lists.at(i); n.Source() == nil {
			n.Reset()
		}
	}
	clear(d.refs)
	*d = document{refs: d.refs[:0], maps: d.maps, lists: d.lists}
	d.maps.n, d.lists.n = 0, 0
}

// maxKeptRefs is the largest document whose memory is used again.
const maxKeptRefs = 1 << 16

// valueOf returns what a JSON value is in a template: strings, numbers of Java's classes, maps in the order of their
// members, and lists that print as JSON.
func (d *document) valueOf(v jsonvalue.Value) vtl.Value {
	switch v.Kind() {
	case jsonvalue.Object:
		return vtl.MapOf(d.mapOf(v))
	case jsonvalue.Array:
		return vtl.ListOf(d.listOf(v))
	}
	return scalarOf(v)
}

// scalarOf returns what a JSON value that is no array or object is in a template.
func scalarOf(v jsonvalue.Value) vtl.Value {
	switch v.Kind() {
	case jsonvalue.String:
		return vtl.String(v.Text())
	case jsonvalue.Number:
		return numberOf(v)
	case jsonvalue.True, jsonvalue.False:
		return vtl.Bool(v.Bool())
	}
	return vtl.Null
}

// valueApart returns what a JSON value is in a template that cannot reach it twice: as in a document of its own.
func valueApart(v jsonvalue.Value) vtl.Value {
	if k := v.Kind(); k != jsonvalue.Object && k != jsonvalue.Array {
		return scalarOf(v)
	}
	return (&document{root: v}).valueOf(v)
}

// mapOf returns the map of an object, making it if need be.
func (d *document) mapOf(v jsonvalue.Value) *vtl.Map {
	d, ref := d.ref(v)
	if *ref != 0 {
		return &d.maps.at(int(*ref - 1)).Map
	}
	n := d.maps.grow()
	*ref = uint32(d.maps.n)
	n.doc, n.value = d, v
	n.InitLazy(vtl.LinkedHashMap, n, &d.changes)
	return &n.Map
}

// listOf returns the list of an array, making it if need be.
func (d *document) listOf(v jsonvalue.Value) *vtl.List {
	d, ref := d.ref(v)
	if *ref != 0 {
		return &d.lists.at(int(*ref - 1)).List
	}
	n := d.lists.grow()
	*ref = uint32(d.lists.n)
	n.doc, n.value = d, v
	n.InitLazy(d.listClass(), n, &d.changes)
	return &n.List
}

// ref returns the place for the number of an array's or object's list or map, and the document that has it. What a path's
// function made has no place in the document, so that nothing can reach it twice: it gets a document of its own.
func (d *document) ref(v jsonvalue.Value) (*document, *uint32) {
	if !v.SharesDocument(d.root) {
		d = &document{root: v}
	}
	if len(d.refs) == 0 {
		n := d.root.Count()
		if cap(d.refs) < n {
			d.refs = make([]uint32, n)
		}
		d.refs = d.refs[:n]
	}
	return d, &d.refs[v.Ordinal()]
}

// made reports whether there is a map or list of an object or array of the document.
func (d *document) made(v jsonvalue.Value) bool {
	return len(d.refs) > 0 && d.refs[v.Ordinal()] != 0
}

// listClass returns the class of the document's lists.
func (d *document) listClass() vtl.ListClass {
	if d.plain {
		return vtl.ArrayList
	}
	return vtl.JSONArray
}

// LookupMap implements [vtl.MapLookup].
func (n *mapNode) LookupMap(key string) (vtl.Value, bool) {
	v := n.value.Get(key)
	if !v.Exists() {
		return vtl.Null, false
	}
	return n.doc.valueOf(v), true
}

// LookupMapPath implements [vtl.MapPathLookup]. It stops at a map that was made before: a template may have changed it.
func (n *mapNode) LookupMapPath(names []string) (vtl.Value, int) {
	v := n.value
	for i, name := range names {
		v = v.Get(name)
		switch {
		case !v.Exists():
			return vtl.Null, i + 1
		case i == len(names)-1 || v.Kind() != jsonvalue.Object || n.doc.made(v):
			return n.doc.valueOf(v), i + 1
		}
	}
	return vtl.Null, 0
}

// LoadMap implements [vtl.MapSource].
func (n *mapNode) LoadMap(m *vtl.Map) {
	m.Grow(n.value.Len())
	for i := range n.value.Len() {
		m.Put(n.value.Key(i), n.doc.valueOf(n.value.At(i)))
	}
}

// LoadList implements [vtl.ListSource].
func (n *listNode) LoadList(l *vtl.List) {
	l.Grow(n.value.Len())
	for i := range n.value.Len() {
		l.Append(n.doc.valueOf(n.value.At(i)))
	}
}

// numberOf returns a number as an object of its Java class.
func numberOf(v jsonvalue.Value) vtl.Value {
	switch v.Class() {
	case jsonvalue.Integer:
		n, _ := v.Int64()
		return vtl.Int(int32(n))
	case jsonvalue.Long:
		n, _ := v.Int64()
		return vtl.Long(n)
	case jsonvalue.BigInteger:
		if n, ok := new(big.Int).SetString(v.Text(), 10); ok {
			return vtl.BigInt(n)
		}
	case jsonvalue.BigDecimal:
		if d, ok := vtl.ParseDecimal(v.Text()); ok {
			return vtl.Decimal(d)
		}
	case jsonvalue.NaN:
		f, _ := v.Float64()
		return vtl.Float(float32(f))
	}
	f, _ := v.Float64()
	return vtl.Double(f)
}

// path returns what a path leads to: a list of what an indefinite path selects, null where there is nothing.
func (d *document) path(p *jsonpath.Path) vtl.Value {
	current, convert := d.root, d.valueOf
	if d.changes.Changed() {
		copied := d.copyChanged()
		current, convert = copied.root, copied.valueOf
	}
	if p.Definite() {
		v, err := p.Get(current)
		if err != nil {
			return vtl.Null
		}
		return convert(v)
	}
	found, err := p.Select(nil, current)
	if err != nil {
		return vtl.Null
	}
	elems := make([]vtl.Value, len(found))
	for i, v := range found {
		elems[i] = convert(v)
	}
	return vtl.ListOf(vtl.NewList(vtl.JSONArray, elems))
}

// appendJSON appends what a path leads to as compact JSON, two quotes where there is nothing or null.
//
// Observed only for values: what the service prints for a missing one is not known.
func (d *document) appendJSON(dst []byte, p *jsonpath.Path) []byte {
	current := d.root
	if d.changes.Changed() {
		current = d.copyChanged().root
	}
	if p.Definite() {
		v, err := p.Get(current)
		if err != nil || v.IsNull() {
			return append(dst, `""`...)
		}
		return v.Append(dst, jsonvalue.Compact)
	}
	found, err := p.Select(nil, current)
	if err != nil {
		return append(dst, `""`...)
	}
	dst = append(dst, '[')
	for i, v := range found {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.Append(dst, jsonvalue.Compact)
	}
	return append(dst, ']')
}
