package jsonvalue

import (
	"math"
	"strconv"
)

// Builder makes a document from a program, value by value in the order in which JSON would be written: between
// [Builder.BeginObject] and [Builder.End] each value is preceded by its [Builder.Key]. The zero Builder is ready. It is not safe
// for concurrent use.
//
// Mistakes in the order (a member without a key, an End too many) panic: they are faults of the program.
type Builder struct {
	p      parser
	marks  []mark
	key    node
	hasKey bool
}

type mark struct {
	key  node
	open int
	kind Kind
}

// Key sets the name of the next member.
func (b *Builder) Key(name string) {
	if len(b.marks) == 0 || b.marks[len(b.marks)-1].kind != Object || b.hasKey {
		panic("jsonvalue: Builder.Key outside of an object")
	}
	b.key.keyAt, b.key.keyLen = b.keep(name)
	b.key.mark = b.p.mark(b.key.keyAt, b.key.keyLen)
	b.hasKey = true
}

// Null adds null.
func (b *Builder) Null() { b.add(node{kind: Null}) }

// Bool adds true or false.
func (b *Builder) Bool(v bool) {
	if v {
		b.add(node{kind: True})
		return
	}
	b.add(node{kind: False})
}

// Str adds a string.
func (b *Builder) Str(s string) {
	at, n := b.keep(s)
	b.add(node{kind: String, at: at, n: n})
}

// Int adds a whole number.
func (b *Builder) Int(i int64) { b.Num(strconv.FormatInt(i, 10)) }

// Float adds a number with a fraction. What JSON has no number for is added as null.
func (b *Builder) Float(f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		b.Null()
		return
	}
	b.number(string(AppendDouble(nil, f)), Double)
}

// Num adds the number of that text, which must be one in JSON.
func (b *Builder) Num(text string) {
	p := parser{src: text}
	n, err := p.number()
	if err != nil || p.pos != len(text) {
		panic("jsonvalue: Builder.Num with " + strconv.Quote(text))
	}
	b.number(text, n.class)
}

func (b *Builder) number(text string, class NumberClass) {
	at, n := b.keep(text)
	b.add(node{kind: Number, class: class, at: at, n: n})
}

// Value adds a copy of v; no value is added as null.
func (b *Builder) Value(v Value) {
	switch v.Kind() {
	case Invalid, Null:
		b.Null()
	case False, True:
		b.Bool(v.Bool())
	case String:
		b.Str(v.Text())
	case Number:
		b.number(v.Text(), v.Class())
	case Array:
		b.BeginArray()
		for i := range v.Len() {
			b.Value(v.At(i))
		}
		b.End()
	case Object:
		b.BeginObject()
		for i := range v.Len() {
			b.Key(v.Key(i))
			b.Value(v.At(i))
		}
		b.End()
	}
}

// BeginArray begins an array.
func (b *Builder) BeginArray() { b.begin(Array) }

// BeginObject begins an object.
func (b *Builder) BeginObject() { b.begin(Object) }

// End ends the array or object that was begun last.
func (b *Builder) End() {
	if len(b.marks) == 0 || b.hasKey {
		panic("jsonvalue: Builder.End without a beginning")
	}
	m := b.marks[len(b.marks)-1]
	b.marks = b.marks[:len(b.marks)-1]
	n := b.p.close(m.kind, m.open)
	n.keyAt, n.keyLen, n.mark = m.key.keyAt, m.key.keyLen, m.key.mark
	b.p.open = append(b.p.open, n)
}

// Finish returns the document and resets b. It panics if the document is not exactly one finished value.
func (b *Builder) Finish() Value {
	if len(b.marks) != 0 || len(b.p.open) != 1 {
		panic("jsonvalue: Builder.Finish without one finished value")
	}
	d := &document{extra: string(b.p.extra), nodes: append(b.p.nodes, b.p.open[0])}
	*b = Builder{}
	return Value{d, uint32(len(d.nodes) - 1)}
}

func (b *Builder) begin(kind Kind) {
	n := b.take(node{})
	b.marks = append(b.marks, mark{key: n, open: len(b.p.open), kind: kind})
}

func (b *Builder) add(n node) { b.p.open = append(b.p.open, b.take(n)) }

// take gives n the waiting key.
func (b *Builder) take(n node) node {
	inObject := len(b.marks) > 0 && b.marks[len(b.marks)-1].kind == Object
	if inObject != b.hasKey {
		panic("jsonvalue: Builder: a member needs a key, other values none")
	}
	n.keyAt, n.keyLen, n.mark = b.key.keyAt, b.key.keyLen, b.key.mark
	b.key, b.hasKey = node{}, false
	return n
}

// keep stores a string and returns where.
func (b *Builder) keep(s string) (at, n uint32) {
	at = uint32(len(b.p.extra))
	b.p.extra = append(b.p.extra, s...)
	return at, uint32(len(s))
}
