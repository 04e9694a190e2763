package vtl

import "github.com/sluice-gateway/sluice/vtl/syntax"

// expr is something that has a value.
type expr interface {
	// eval returns the value. It is null where an operation has no result; undefined
	// references are the empty string. When it ends the rendering, run.ended reports it.
	eval(r *run) Value

	// truth is what #if makes of it.
	truth(r *run) bool
}

// never is embedded in what #if takes for false whatever its value: in Velocity 1.7 only
// references, true and operators can be true.
type never struct{}

func (never) truth(*run) bool { return false }

// constant is a literal whose value is known: a number, a string that isn't a template.
type constant struct {
	never
	value Value
}

func (c *constant) eval(*run) Value { return c.value }

// boolean is true or false.
type boolean bool

func (b boolean) eval(*run) Value { return Bool(bool(b)) }
func (b boolean) truth(*run) bool { return bool(b) }

// word is a bare name as an argument; it is null.
type word struct{ never }

func (word) eval(*run) Value { return Null }

// interpolated is a string in double quotes that is a template.
type interpolated struct {
	never
	pos  syntax.Pos
	body block
	cut  bool // the last character is the parser's blank, and doesn't count
}

func (s *interpolated) eval(r *run) Value {
	if !r.enter(s.pos) {
		return Null
	}
	text, ok := r.capture(s.body)
	r.depth--
	if !ok || !r.charge(s.pos, len(text)) {
		return Null
	}
	if s.cut && text != "" {
		text = dropLast(text)
	}
	return String(text)
}

// dropLast removes the last UTF-16 unit.
func dropLast(s string) string {
	if s[len(s)-1] < 0x80 {
		return s[:len(s)-1]
	}
	return unitSlice(s, 0, unitLen(s)-1)
}

// list is [a, b].
type list struct {
	never
	pos   syntax.Pos
	elems []expr
}

const elementBytes = 32 // about what an element of a list takes

func (l *list) eval(r *run) Value {
	if !r.step(l.pos) || !r.charge(l.pos, elementBytes*len(l.elems)) {
		return Null
	}
	elems := make([]Value, len(l.elems))
	for i, x := range l.elems {
		if elems[i] = x.eval(r); r.ended() {
			return Null
		}
	}
	return ListOf(NewList(ArrayList, elems))
}

// dict is {key: value}.
type dict struct {
	never
	pos          syntax.Pos
	keys, values []expr
}

const entryBytes = 64 // about what an entry of a map takes

func (d *dict) eval(r *run) Value {
	if !r.step(d.pos) || !r.charge(d.pos, entryBytes*len(d.keys)) {
		return Null
	}
	m := NewMap(LinkedHashMap, len(d.keys))
	for i := range d.keys {
		k := d.keys[i].eval(r)
		if r.ended() {
			return Null
		}
		v := d.values[i].eval(r)
		if r.ended() {
			return Null
		}
		m.put(k, v)
	}
	return MapOf(m)
}

// numbers is [from..to].
type numbers struct {
	never
	pos      syntax.Pos
	from, to expr
}

func (n *numbers) eval(r *run) Value {
	from, ok := n.bound(r, n.from)
	to, also := n.bound(r, n.to)
	if !ok || !also || !r.step(n.pos) {
		return Null
	}
	count := to - from
	if count < 0 {
		count = -count
	}
	count++
	if int64(r.memory) < count*elementBytes {
		r.charge(n.pos, r.memory+1)
		return Null
	}
	r.memory -= int(count) * elementBytes
	elems := make([]Value, count)
	for i := range elems {
		elems[i] = Int(int32(from))
		if from < to {
			from++
		} else {
			from--
		}
	}
	return ListOf(NewList(ArrayList, elems))
}

// bound returns an end of the range. Any number will do; what is none leaves the range without value.
func (n *numbers) bound(r *run, x expr) (int64, bool) {
	v := x.eval(r)
	if !v.isNumber() || r.ended() {
		return 0, false
	}
	return int64(v.int32()), true
}
