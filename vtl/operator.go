package vtl

// Hot path.

import "github.com/sluice-gateway/sluice/vtl/syntax"

// or is x || y.
type or struct{ x, y expr }

func (o *or) eval(r *run) Value { return Bool(o.truth(r)) }

func (o *or) truth(r *run) bool {
	return o.x.truth(r) || r.how == goOn && o.y.truth(r)
}

// and is x && y.
type and struct{ x, y expr }

func (a *and) eval(r *run) Value { return Bool(a.truth(r)) }

func (a *and) truth(r *run) bool { return a.x.truth(r) && a.y.truth(r) }

// not is !x.
type not struct{ x expr }

func (n *not) eval(r *run) Value { return Bool(n.truth(r)) }
func (n *not) truth(r *run) bool { return !n.x.truth(r) }

// equals is x == y and x != y.
type equals struct {
	pos    syntax.Pos
	x, y   expr
	negate bool
}

func (e *equals) eval(r *run) Value { return Bool(e.truth(r)) }

func (e *equals) truth(r *run) bool {
	x := e.x.eval(r)
	if r.ended() {
		return false
	}
	y := e.y.eval(r)
	if r.ended() {
		return false
	}
	return e.same(r, x, y) != e.negate
}

// same compares as Velocity does: numbers by value, objects of classes that have to do with each other by
// equals, all others by their text.
func (e *equals) same(r *run, x, y Value) bool {
	if x.IsNull() || y.IsNull() {
		return x.IsNull() && y.IsNull()
	}
	if a, ok := x.Text(); ok {
		if b, ok := y.Text(); ok {
			return a == b
		}
	}
	if x.isNumber() && y.isNumber() {
		return compareNumbers(x, y) == 0
	}
	if related(x, y) {
		w := newWalk()
		same := w.equal(x, y)
		r.steps -= (walkSteps - w.left) / 16
		if w.left < 0 {
			r.fail(e.pos, errTooDeep)
		}
		return same
	}
	return r.text(e.pos, x) == r.text(e.pos, y)
}

// related reports whether the class of one is that of the other or a superclass of it.
func related(x, y Value) bool {
	a, b := className(x), className(y)
	if a == b {
		return true
	}
	related := func(a, b string) bool {
		return a == "java.util.ArrayList" && b == "net.minidev.json.JSONArray" ||
			a == "java.util.HashMap" && b == "java.util.LinkedHashMap" ||
			a == "[Ljava.lang.Object;" && b == "[Ljava.lang.String;"
	}
	return related(a, b) || related(b, a)
}

// compare is x < y and its like: false for all but numbers.
type compare struct {
	op   syntax.Op
	x, y expr
}

func (c *compare) eval(r *run) Value { return Bool(c.truth(r)) }

func (c *compare) truth(r *run) bool {
	x := c.x.eval(r)
	if r.ended() {
		return false
	}
	y := c.y.eval(r)
	if r.ended() || !x.isNumber() || !y.isNumber() {
		return false
	}
	switch n := compareNumbers(x, y); c.op {
	case syntax.Less:
		return n < 0
	case syntax.LessEqual:
		return n <= 0
	case syntax.Greater:
		return n > 0
	}
	return compareNumbers(x, y) >= 0
}

// arithmetic is x + y and its like.
type arithmetic struct {
	never
	pos         syntax.Pos
	op          syntax.Op
	x, y        expr
	left, right string // what x and y are in a string if they have no value
}

func (a *arithmetic) eval(r *run) Value {
	x := a.x.eval(r)
	if r.ended() {
		return Null
	}
	y := a.y.eval(r)
	if r.ended() {
		return Null
	}
	if x.is(KindInt) && y.is(KindInt) {
		if v, ok := a.ints(x.i64(), y.i64()); ok {
			return v
		}
	}
	if a.op == syntax.Plus {
		if _, ok := x.Text(); ok {
			return a.join(r, x, y)
		}
		if _, ok := y.Text(); ok {
			return a.join(r, x, y)
		}
	}
	if !x.isNumber() || !y.isNumber() {
		return Null
	}
	if err := r.chargeBig(x, y); err != nil {
		r.fail(a.pos, err)
		return Null
	}
	v, err := calculate(a.op, x, y)
	if err != nil {
		r.fail(a.pos, err)
	}
	return v
}

// ints calculates with Integers where the result is one.
func (a *arithmetic) ints(x, y int64) (Value, bool) {
	switch a.op {
	case syntax.Plus:
		x += y
	case syntax.Minus:
		x -= y
	case syntax.Times:
		x *= y
	default:
		return Null, false
	}
	return Int(int32(x)), int64(int32(x)) == x
}

// join makes a string of two values, one of which is a string.
func (a *arithmetic) join(r *run, x, y Value) Value {
	s, t := a.left, a.right
	if !x.IsNull() {
		s = r.text(a.pos, x)
	}
	if !y.IsNull() {
		t = r.text(a.pos, y)
	}
	if r.ended() || !r.charge(a.pos, len(s)+len(t)) {
		return Null
	}
	return String(concat(s, t))
}
