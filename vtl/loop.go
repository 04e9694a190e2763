package vtl

// Hot path.

import (
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// The variables that tell of a loop's round, as $foreach.count and $foreach.hasNext do.
const (
	nameCount   = "velocityCount"
	nameHasNext = "velocityHasNext"
)

// foreach is #foreach.
type foreach struct {
	pos                      syntax.Pos
	variable, count, hasNext int // slots: of the loop's variable, $velocityCount, $velocityHasNext
	scope                    int // slot of $foreach
	over                     expr
	body                     block
}

func (f *foreach) render(r *run) bool {
	if !r.enter(f.pos) {
		return false
	}
	over := f.over.eval(r)
	if r.ended() {
		return false
	}
	var it iterator
	if !it.over(over) {
		r.depth--
		return true
	}
	from := len(r.out)
	old := [...]Value{r.get(f.variable), r.get(f.count), r.get(f.hasNext), r.get(f.scope)}
	l := r.newLoop()
	l.f, l.template, l.replaced = f, r.t.name, old[3]
	l.parent, _ = old[3].ref.(*loop)
	r.set(f.scope, builtin(l))
	ok := f.rounds(r, &it, l)
	if ok || r.leaves(l) {
		ok = true
		r.set(f.variable, old[0])
		r.set(f.count, old[1])
		r.set(f.hasNext, old[2])
		r.set(f.scope, old[3])
		r.dropLoop(l)
	}
	r.depth--
	if r.tracer != nil {
		r.trace(f.pos, "foreach", over, from)
	}
	return ok
}

func (f *foreach) rounds(r *run, it *iterator, l *loop) bool {
	for n := 0; n < r.t.limits.Loops && it.hasNext(); n++ {
		if !r.step(f.pos) {
			return false
		}
		v, err := it.next()
		if err != nil {
			return r.fail(f.pos, err)
		}
		l.index, l.hasNext = n, it.hasNext()
		if r.frame == nil {
			r.vars[f.variable] = v
		} else {
			r.set(f.variable, v)
		}
		if r.t.countsRounds {
			r.set(f.count, Int(int32(n+1)))
			r.set(f.hasNext, Bool(l.hasNext))
		}
		if !r.render(f.body) {
			return false
		}
	}
	return true
}

// loop is $foreach.
type loop struct {
	f        *foreach
	template string // its name
	parent   *loop
	replaced Value // what $foreach was before
	index    int
	hasNext  bool
	own      *Map // what the template has put into it
}

// newLoop returns an empty loop.
func (r *run) newLoop() *loop {
	n := len(r.spare)
	if n == 0 {
		return &loop{}
	}
	l := r.spare[n-1]
	r.spare = r.spare[:n-1]
	return l
}

// dropLoop takes a loop that is over for the next one, unless something can still refer to it.
func (r *run) dropLoop(l *loop) {
	if r.t.keepsLoops || r.tracer != nil {
		return
	}
	*l = loop{}
	r.spare = append(r.spare, l)
}

// custom returns what the template has put into the loop's scope.
func (l *loop) custom() *Map {
	if l.own == nil {
		l.own = NewMap(HashMap, 0)
	}
	return l.own
}

func (l *loop) property(name string) (Value, bool) {
	switch name {
	case "index", "Index":
		return size(l.index), true
	case "count", "Count":
		return size(l.index + 1), true
	case "hasNext", "HasNext":
		return Bool(l.hasNext), true
	case "first", "First":
		return Bool(l.index == 0), true
	case "last", "Last":
		return Bool(!l.hasNext), true
	case "parent", "Parent":
		return l.outer(), true
	case "topmost", "Topmost":
		top := l
		for top.parent != nil {
			top = top.parent
		}
		return builtin(top), true
	case "replaced", "Replaced":
		if l.parent != nil {
			return Null, true
		}
		return l.replaced, true
	case "info", "Info":
		return builtin(&loopInfo{l}), true
	case "class":
		return Null, false
	}
	if l.own == nil {
		return Null, false
	}
	return l.own.Get(name)
}

func (l *loop) outer() Value {
	if l.parent == nil {
		return Null
	}
	return builtin(l.parent)
}

func (l *loop) appendText(p *printer, dst []byte) []byte {
	return p.mapText(dst, l.custom())
}

// loopInfo is $foreach.info.
type loopInfo struct{ l *loop }

func (i *loopInfo) appendText(_ *printer, dst []byte) []byte {
	pos := i.l.f.pos
	return fmt.Appendf(dst, "#foreach[type:block template:%s line:%d column:%d]", i.l.template, pos.Line, pos.Col)
}

var errConcurrent = errors.New("java.util.ConcurrentModificationException: the collection was changed while it was gone through")

var errNoElement = errors.New("java.util.NoSuchElementException")

// iterator is a java.util.Iterator, over a list, a view of a map or elements that nothing changes.
type iterator struct {
	elems []Value
	list  *List    // changes of it are noticed
	view  *mapView // changes of its map are noticed
	pos   int      // of the next element
	step  int      // of the view: the next entry
	more  bool     // of the view: there is a next entry
	last  int      // of the element that remove() removes, -1: none
	mod   uint32
}

// over makes the iterator go through what #foreach can go through; it reports false for anything else.
func (it *iterator) over(v Value) bool {
	it.last = -1
	switch x := v.ref.(type) {
	case *List:
		if x.isArray() {
			it.elems = x.items()
			return true
		}
		it.list = x
		x.items()
		it.mod = x.mod
		return true
	case *Map:
		it.overView(&mapView{m: x, part: viewValues})
		return true
	case *mapView:
		it.overView(x)
		return true
	case *iterator:
		*it = *x
		it.elems = x.rest()
		it.list, it.view, it.pos = nil, nil, 0
		return true
	case *loop:
		it.overView(&mapView{m: x.custom(), part: viewValues})
		return true
	case Iterable:
		it.elems = x.Elements()
		return true
	}
	return false
}

func (it *iterator) overView(v *mapView) {
	v.m.load()
	it.view, it.mod = v, v.m.mod
	it.step, it.more = v.m.next(-1)
}

// rest goes to the end and returns what was left.
func (it *iterator) rest() []Value {
	var elems []Value
	for it.hasNext() {
		v, err := it.next()
		if err != nil {
			break
		}
		elems = append(elems, v)
	}
	return elems
}

func (it *iterator) hasNext() bool {
	switch {
	case it.list != nil:
		return it.pos != len(it.list.items())
	case it.view != nil:
		return it.more
	}
	return it.pos < len(it.elems)
}

func (it *iterator) next() (Value, error) {
	switch {
	case it.list != nil:
		items := it.list.items()
		if it.mod != it.list.mod {
			return Null, errConcurrent
		}
		if it.pos >= len(items) {
			return Null, errNoElement
		}
		it.last = it.pos
		it.pos++
		return items[it.last], nil
	case it.view != nil:
		m := it.view.m
		if it.mod != m.mod {
			return Null, errConcurrent
		}
		if !it.more {
			return Null, errNoElement
		}
		at := m.position(it.step)
		it.last = at
		e := &m.entries[at]
		v := it.view.of(e.key, e.value)
		it.step, it.more = m.next(it.step)
		return v, nil
	}
	if it.pos >= len(it.elems) {
		return Null, errNoElement
	}
	it.pos++
	return it.elems[it.pos-1], nil
}
