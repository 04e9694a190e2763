package vtl

// Hot path.

import (
	"errors"
	"sync"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// outcome says how the rendering goes on behind a node.
type outcome uint8

const (
	goOn       outcome = iota
	breakScope         // #break: leave the innermost loop, macro, block or evaluation, or run.breakTo
	stopAll            // #stop
	failed             // run.err says why
)

// run is one rendering.
type run struct {
	t      *Template
	out    []byte
	vars   []Value // by slot; null: not defined
	args   []Value // of the calls that are being made, a stack
	frame  *frame  // the macro that is in use, nil outside
	spare  []*loop // empty ones, for the next loops
	given  []Var   // variables that the template's text doesn't name
	names  *names  // slots and macros made by #evaluate, nil: none
	tracer Tracer
	blocks []*blockValue // all there are: one that is kept outside must not use the run later

	callPos syntax.Pos // of the call that is being made
	how     outcome
	breakTo *loop // what #break($scope) leaves; nil: the innermost
	err     error

	base   int // where the rendering's own output begins
	nested int // how many texts are being made that aren't printed: strings, blocks
	steps  int // what is left of Limits.Steps
	memory int // what is left of Limits.MemoryBytes
	depth  int
	macros int // macros in use within each other
}

var runs = sync.Pool{New: func() any { return new(run) }}

func newRun(t *Template, tracer Tracer) *run {
	r, _ := runs.Get().(*run)
	r.t, r.tracer = t, tracer
	n := len(t.slots)
	if cap(r.vars) < n {
		r.vars = make([]Value, n, n+8)
	}
	r.vars = r.vars[:n]
	r.steps, r.memory = t.limits.Steps, t.limits.MemoryBytes
	return r
}

// free gives the run back, without anything that refers to what was rendered.
func (r *run) free() {
	clear(r.vars)
	clear(r.args[:cap(r.args)])
	clear(r.given)
	for _, b := range r.blocks {
		b.r = nil
	}
	*r = run{vars: r.vars[:0], args: r.args[:0], spare: r.spare, given: r.given[:0]}
	runs.Put(r)
}

// block is a sequence of nodes.
type block []node

// node is something that prints. It reports false when the rendering doesn't go on behind
// it; run.how says why.
type node interface {
	render(r *run) bool
}

func (r *run) render(b block) bool {
	for _, n := range b {
		if !n.render(r) {
			return false
		}
	}
	return true
}

// step counts a statement or call.
func (r *run) step(pos syntax.Pos) bool {
	r.steps--
	return r.steps >= 0 || r.exhausted(pos)
}

// exhausted ends a rendering that has taken too many steps.
func (r *run) exhausted(pos syntax.Pos) bool {
	return r.fail(pos, limitError("steps", r.t.limits.Steps))
}

// charge counts memory that the template has made.
func (r *run) charge(pos syntax.Pos, bytes int) bool {
	r.memory -= bytes
	if r.memory < 0 {
		return r.fail(pos, limitError("bytes of memory", r.t.limits.MemoryBytes))
	}
	return true
}

// enter counts a block, macro or evaluation within others. The caller does r.depth-- afterwards.
func (r *run) enter(pos syntax.Pos) bool {
	r.depth++
	if r.depth > r.t.limits.Depth {
		return r.fail(pos, limitError("levels of nesting", r.t.limits.Depth))
	}
	return r.step(pos)
}

// fail ends the rendering. It returns false.
func (r *run) fail(pos syntax.Pos, err error) bool {
	if r.err == nil {
		var already *RenderError
		if !errors.As(err, &already) {
			err = &RenderError{Name: r.t.name, Pos: pos, Err: err}
		}
		r.err = err
	}
	r.how = failed
	return false
}

// wrote checks the length of the output.
func (r *run) wrote(pos syntax.Pos) bool {
	if len(r.out)-r.base > r.t.limits.OutputBytes {
		return r.fail(pos, limitError("bytes of output", r.t.limits.OutputBytes))
	}
	return true
}

// ended reports whether something that was evaluated ended the rendering.
func (r *run) ended() bool { return r.how != goOn }

// leaves ends a #break at the scope that it leaves, a loop or (nil) anything else. It reports whether the
// rendering goes on behind the scope.
func (r *run) leaves(l *loop) bool {
	if r.how == breakScope && (r.breakTo == nil || r.breakTo == l) {
		r.how, r.breakTo = goOn, nil
	}
	return r.how == goOn
}

// get returns a variable's value; null if it has none.
func (r *run) get(slot int) Value {
	if r.frame != nil {
		return r.frame.get(r, slot)
	}
	return r.vars[slot]
}

// set gives a variable a value, or takes it away if that is null.
func (r *run) set(slot int, v Value) {
	for f := r.frame; f != nil; f = f.outer {
		f.set(slot, v)
	}
	r.vars[slot] = v
}

// capture renders a block to a string.
func (r *run) capture(b block) (string, bool) {
	mark := len(r.out)
	r.nested++
	ok := r.render(b)
	r.nested--
	s := string(r.out[mark:])
	r.out = r.out[:mark]
	return s, ok
}
