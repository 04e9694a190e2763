package vtl

import (
	"fmt"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// macro is what #macro defines.
type macro struct {
	name    string
	params  []int // slots
	body    block
	content int // slot of $bodyContent
}

// call is the use of a macro, or what looks like one.
type call struct {
	pos     syntax.Pos
	name    string
	args    []expr
	sources []string // the arguments as they are written
	word    string   // an argument that is a bare word, which no macro takes
	body    block    // of #@name() … #end
	block   bool
	literal string // what is printed if there is no such macro
	end     string // the same behind the body
	target  *macro // nil: not known when the template was compiled
}

func (c *call) render(r *run) bool {
	m := c.target
	if m == nil && r.names != nil {
		m = r.names.macros[c.name]
	}
	if m == nil {
		return c.unknown(r)
	}
	if c.word != "" {
		return r.fail(c.pos, fmt.Errorf("macro #%s: the argument %s is no value", c.name, c.word))
	}
	if !r.enter(c.pos) {
		return false
	}
	if r.macros >= macroDepth {
		return r.fail(c.pos, fmt.Errorf("macro #%s: more than %d macros in use within each other", c.name, macroDepth))
	}
	from := len(r.out)
	f := &frame{outer: r.frame, pos: c.pos, macro: m}
	if !f.bind(r, c) {
		return false
	}
	r.frame = f
	r.macros++
	ok := r.render(m.body) || r.leaves(nil)
	r.macros--
	r.frame = f.outer
	r.depth--
	if r.tracer != nil {
		r.trace(c.pos, "macro", String(m.name), from)
	}
	return ok
}

// unknown prints a use of a macro that doesn't exist as it is written.
func (c *call) unknown(r *run) bool {
	r.out = append(r.out, c.literal...)
	if c.block {
		if !r.render(c.body) {
			return false
		}
		r.out = append(r.out, c.end...)
	}
	return true
}

// frame is a macro in use. A macro's parameters stand for the arguments' text, evaluated where the macro
// is used each time a parameter is; only constants are evaluated once. What the macro
// sets is set outside too, but seen inside first.
type frame struct {
	outer  *frame
	pos    syntax.Pos // of the use
	macro  *macro
	params []binding
	locals []binding
}

type binding struct {
	slot   int
	value  Value  // of a local
	arg    expr   // of a parameter
	source string // the argument as it is written
}

// bind makes the parameters of the arguments.
func (f *frame) bind(r *run, c *call) bool {
	for i, slot := range f.macro.params {
		if i >= len(c.args) {
			break
		}
		switch x := c.args[i].(type) {
		case *constant:
			f.locals = append(f.locals, binding{slot: slot, value: x.value})
			f.params = append(f.params, binding{slot: slot, source: c.sources[i]})
		case boolean:
			f.locals = append(f.locals, binding{slot: slot, value: Bool(bool(x))})
			f.params = append(f.params, binding{slot: slot, source: c.sources[i]})
		default:
			f.params = append(f.params, binding{slot: slot, arg: x, source: c.sources[i]})
		}
	}
	if c.block {
		f.locals = append(f.locals, binding{slot: f.macro.content, value: r.newBlock(c.body)})
	}
	return r.charge(c.pos, elementBytes*(len(f.params)+len(f.locals)))
}

// get returns a variable as the macro sees it.
func (f *frame) get(r *run, slot int) Value {
	for ; f != nil; f = f.outer {
		for i := len(f.locals) - 1; i >= 0; i-- {
			if f.locals[i].slot == slot {
				return f.locals[i].value
			}
		}
		for i := len(f.params) - 1; i >= 0; i-- {
			if f.params[i].slot == slot && f.params[i].arg != nil {
				return f.argument(r, f.params[i].arg)
			}
		}
	}
	return r.vars[slot]
}

// argument evaluates an argument where the macro is used.
func (f *frame) argument(r *run, arg expr) Value {
	saved := r.frame
	r.frame = f.outer
	r.depth++
	defer func() {
		r.frame = saved
		r.depth--
	}()
	if r.depth > r.t.limits.Depth {
		r.fail(f.pos, limitError("levels of nesting", r.t.limits.Depth))
		return Null
	}
	if ref, ok := arg.(*reference); ok {
		return ref.lookup(r)
	}
	return arg.eval(r)
}

// set gives a variable a value inside of the macro; null takes it away, even a parameter.
func (f *frame) set(slot int, v Value) {
	for i := range f.locals {
		if f.locals[i].slot == slot {
			f.locals[i].value = v
			return
		}
	}
	if !v.IsNull() {
		f.locals = append(f.locals, binding{slot: slot, value: v})
		return
	}
	for i := range f.params {
		if f.params[i].slot == slot {
			f.params[i].arg = nil
		}
	}
}

// literal returns an argument as it is written.
func (f *frame) literal(slot int) (string, bool) {
	for ; f != nil; f = f.outer {
		for i := len(f.params) - 1; i >= 0; i-- {
			if p := &f.params[i]; p.slot == slot && p.source != "" {
				return p.source, true
			}
		}
	}
	return "", false
}
