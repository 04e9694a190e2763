package vtl

// Hot path.

import (
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// text prints itself.
type text string

func (t text) render(r *run) bool {
	r.out = append(r.out, t...)
	return true
}

// assign is #set.
type assign struct {
	pos    syntax.Pos
	target *reference
	value  expr
	lost   bool // the target is ${name} or $!name, to which Velocity gives a name that can't be read
}

func (a *assign) render(r *run) bool {
	if !r.step(a.pos) {
		return false
	}
	v := a.value.eval(r)
	if r.ended() {
		return false
	}
	if r.tracer != nil {
		r.trace(a.pos, "set", v, len(r.out))
	}
	if v.IsNull() || a.lost {
		return true // an operation without a result leaves the variable as it was
	}
	if len(a.target.path) == 0 {
		r.set(a.target.slot, v)
		return true
	}
	return a.target.assign(r, v)
}

// cond is #if.
type cond struct {
	branches []branch
	other    block // #else
}

type branch struct {
	pos  syntax.Pos
	cond expr
	body block
}

func (c *cond) render(r *run) bool {
	for i := range c.branches {
		b := &c.branches[i]
		if !r.enter(b.pos) {
			return false
		}
		ok := b.cond.truth(r)
		if r.ended() {
			return false
		}
		if r.tracer != nil {
			r.trace(b.pos, "if", Bool(ok), len(r.out))
		}
		if ok {
			ok = r.render(b.body)
			r.depth--
			return ok
		}
		r.depth--
	}
	return r.render(c.other)
}

// define is #define: the variable's value is the block, which is rendered wherever it is printed.
type define struct {
	slot int // -1: the name is none that could be referred to
	body block
}

func (d *define) render(r *run) bool {
	if d.slot >= 0 {
		r.set(d.slot, r.newBlock(d.body))
	}
	return true
}

// blockValue is what #define and the body of a macro's use give to a variable.
type blockValue struct {
	r     *run // nil: the rendering is over, the block prints nothing
	body  block
	inUse int
}

// newBlock makes a value of a block.
func (r *run) newBlock(body block) Value {
	b := &blockValue{r: r, body: body}
	r.blocks = append(r.blocks, b)
	return builtin(b)
}

// render prints the block. It reports printed as false where the block is in use within itself too often;
// Velocity prints the reference's own text then.
func (b *blockValue) render(r *run, pos syntax.Pos) (printed, ok bool) {
	if b.inUse >= defineDepth {
		return false, true
	}
	if !r.enter(pos) {
		return true, false
	}
	b.inUse++
	ok = r.render(b.body) || r.leaves(nil)
	b.inUse--
	r.depth--
	return true, ok
}

// text returns what the block prints.
func (b *blockValue) text(r *run) string {
	mark := len(r.out)
	r.nested++
	b.render(r, syntax.Pos{})
	r.nested--
	s := string(r.out[mark:])
	r.out = r.out[:mark]
	return s
}

// appendText is how a block prints that lies in a list or map.
func (b *blockValue) appendText(p *printer, dst []byte) []byte {
	r := b.r
	if r == nil {
		return dst
	}
	saved := r.out
	r.out = make([]byte, 0, 64)
	s := b.text(r)
	r.out = saved
	if r.err != nil {
		p.err = r.err
	}
	return append(dst, s...)
}

// evaluate is #evaluate: a template that is made while rendering.
type evaluate struct {
	pos syntax.Pos
	arg expr
}

func (e *evaluate) render(r *run) bool {
	v := e.arg.eval(r)
	if r.ended() || !r.enter(e.pos) {
		return false
	}
	source := r.text(e.pos, v)
	if r.ended() {
		return false
	}
	from := len(r.out)
	body, err := r.compile(source)
	if err != nil {
		return r.fail(e.pos, err)
	}
	ok := r.render(body) || r.leaves(nil)
	if r.how == stopAll {
		r.how, ok = goOn, true // Velocity's #stop ends no more than the evaluation
	}
	r.depth--
	if r.tracer != nil {
		r.trace(e.pos, "evaluate", String(source), from)
	}
	return ok
}

// breakOut is #break, of the innermost scope or that of a loop.
type breakOut struct {
	pos   syntax.Pos
	scope expr // nil: the innermost
}

func (b *breakOut) render(r *run) bool {
	r.how, r.breakTo = breakScope, nil
	if b.scope == nil {
		return false
	}
	r.how = goOn
	v := b.scope.eval(r)
	if r.ended() {
		return false
	}
	l, ok := v.ref.(*loop)
	if !ok {
		return r.fail(b.pos, errors.New("the argument of #break is no scope"))
	}
	r.how, r.breakTo = breakScope, l
	return false
}

// stop is #stop.
type stop struct{}

func (stop) render(r *run) bool {
	r.how = stopAll
	return false
}

// refuse is a directive that fails when it is reached.
type refuse struct {
	pos     syntax.Pos
	message string
}

func (f *refuse) render(r *run) bool { return r.fail(f.pos, errors.New(f.message)) }

// load is #include or #parse.
type load struct {
	pos  syntax.Pos
	name string
	args []expr
}

// Observed: the service ends both in an error; vtl/cases.jsonl has them under the assumption no-loading.
func (l *load) render(r *run) bool {
	if len(l.args) == 0 && l.name == "include" {
		return true
	}
	return r.fail(l.pos, fmt.Errorf("#%s: no other template can be loaded", l.name))
}

// trace tells the tracer what was evaluated. The output of what isn't printed itself counts from where it is made.
func (r *run) trace(pos syntax.Pos, what string, v Value, from int) {
	r.tracer.Trace(Event{Pos: pos, What: what, Value: v, From: from - r.base, To: len(r.out) - r.base})
}

// text returns the text of any value.
func (r *run) text(pos syntax.Pos, v Value) string {
	switch x := v.ref.(type) {
	case stringData:
		return v.str()
	case *blockValue:
		return x.text(r)
	}
	limit := min(r.memory, r.t.limits.OutputBytes)
	b, err := v.AppendText(nil, max(limit, 0))
	if err != nil {
		r.fail(pos, err)
		return ""
	}
	r.charge(pos, len(b))
	return string(b)
}
