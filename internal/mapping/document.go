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
	refs    []container // by ordinal, nil before the first use
	maps    []mapNode   // room for maps
	lists   []listNode  // room for lists

	// plain says that arrays are ArrayLists and print as Java's lists do: variables that were not read from a body.
	plain bool
}

// container is what was made of an array or object: one of the two, or nothing yet.
type container struct {
	m *mapNode
	l *listNode
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

// nodesAtOnce is how many maps or lists are allocated together.
const nodesAtOnce = 16

// valueOf returns what a JSON value is in a template: strings, numbers of Java's classes, maps in the order of their
// members, and lists that print as JSON.
func (d *document) valueOf(v jsonvalue.Value) vtl.Value {
	switch v.Kind() {
	case jsonvalue.String:
		return vtl.String(v.Text())
	case jsonvalue.Number:
		return numberOf(v)
	case jsonvalue.True, jsonvalue.False:
		return vtl.Bool(v.Bool())
	case jsonvalue.Object:
		return vtl.MapOf(&d.ref(v).m.Map)
	case jsonvalue.Array:
		return vtl.ListOf(&d.ref(v).l.List)
	}
	return vtl.Null
}

// ref returns the map or list of an object or array, making it if need be.
func (d *document) ref(v jsonvalue.Value) *container {
	if !v.SharesDocument(d.root) {
		// Made by a path's function: it has no place in the document, so that nothing can reach it twice.
		other := &document{root: v}
		return other.ref(v)
	}
	if d.refs == nil {
		d.refs = make([]container, d.root.Count())
	}
	c := &d.refs[v.Ordinal()]
	switch {
	case c.m != nil || c.l != nil:
	case v.Kind() == jsonvalue.Object:
		if len(d.maps) == 0 {
			d.maps = make([]mapNode, min(nodesAtOnce, d.root.Count()))
		}
		c.m, d.maps = &d.maps[0], d.maps[1:]
		c.m.doc, c.m.value = d, v
		c.m.InitLazy(vtl.LinkedHashMap, c.m, &d.changes)
	default:
		if len(d.lists) == 0 {
			d.lists = make([]listNode, min(nodesAtOnce, d.root.Count()))
		}
		c.l, d.lists = &d.lists[0], d.lists[1:]
		c.l.doc, c.l.value = d, v
		c.l.InitLazy(d.listClass(), c.l, &d.changes)
	}
	return c
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
