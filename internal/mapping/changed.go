package mapping

import (
	"github.com/sluice-gateway/sluice/jsonvalue"
	"github.com/sluice-gateway/sluice/vtl"
)

// changedCopy is a document as it is after templates changed its maps and lists, for evaluating a path. Its values
// lead back to the maps and lists that they were copied from.
type changedCopy struct {
	root jsonvalue.Value
	back map[int]vtl.Value // by ordinal: the map or list
}

// maxCopied and maxCopyDepth bound the copy: a template can put a map into itself.
const (
	maxCopied    = 1_000_000
	maxCopyDepth = jsonvalue.MaxDepth
)

// copyChanged copies the document.
func (d *document) copyChanged() *changedCopy {
	c := copier{}
	root := d.valueOf(d.root)
	c.add(root, 0)
	copied := &changedCopy{root: c.b.Finish(), back: make(map[int]vtl.Value)}
	copied.link(copied.root, root)
	return copied
}

// copier writes templates' values into a document.
type copier struct {
	b jsonvalue.Builder
	n int
}

// add adds one value. What is no JSON becomes the string that it prints as, what is too deep or too much null.
func (c *copier) add(v vtl.Value, depth int) {
	if c.n++; c.n > maxCopied || depth > maxCopyDepth {
		c.b.Null()
		return
	}
	switch v.Kind() {
	case vtl.KindNull:
		c.b.Null()
	case vtl.KindBool:
		b, _ := v.Truth()
		c.b.Bool(b)
	case vtl.KindString:
		s, _ := v.Text()
		c.b.Str(s)
	case vtl.KindFloat, vtl.KindDouble:
		f, _ := v.Float64()
		c.b.Float(f)
	case vtl.KindByte, vtl.KindShort, vtl.KindInt, vtl.KindLong:
		n, _ := v.Int64()
		c.b.Int(n)
	case vtl.KindBigInt, vtl.KindBigDecimal:
		c.b.Num(textOf(v))
	case vtl.KindList:
		c.b.BeginArray()
		for _, e := range v.List().All() {
			c.add(e, depth+1)
		}
		c.b.End()
	case vtl.KindMap:
		c.b.BeginObject()
		for key, e := range v.Map().All() {
			c.b.Key(textOf(key))
			c.add(e, depth+1)
		}
		c.b.End()
	default:
		elems, ok := v.Elements()
		if !ok {
			c.b.Str(textOf(v))
			break
		}
		c.b.BeginArray()
		for _, e := range elems {
			c.add(e, depth+1)
		}
		c.b.End()
	}
}

// textOf returns what a value prints as, cut off where it is too long.
func textOf(v vtl.Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	text, _ := v.AppendText(nil, maxOverrideBytes)
	return string(text)
}

// link notes which map or list each array and object of the copy came from.
func (c *changedCopy) link(copied jsonvalue.Value, from vtl.Value) {
	switch {
	case copied.Kind() == jsonvalue.Array && from.List() != nil:
		c.back[copied.Ordinal()] = from
		for i := range min(copied.Len(), from.List().Len()) {
			c.link(copied.At(i), from.List().At(i))
		}
	case copied.Kind() == jsonvalue.Object && from.Map() != nil:
		c.back[copied.Ordinal()] = from
		for i := range copied.Len() {
			if v, ok := from.Map().Get(copied.Key(i)); ok {
				c.link(copied.At(i), v)
			}
		}
	}
}

// valueOf returns what a value of the copy is in a template.
func (c *changedCopy) valueOf(v jsonvalue.Value) vtl.Value {
	if v.SharesDocument(c.root) {
		if from, ok := c.back[v.Ordinal()]; ok {
			return from
		}
	}
	return (&document{root: v}).valueOf(v)
}
