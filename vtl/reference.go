package vtl

// Hot path.

import (
	"fmt"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// undefined is what a reference without a value is.
//
// Observed: the service compares it equal to "" and to any other undefined reference, and prints
// nothing (vtl/cases.jsonl, recorded-011 to recorded-013).
var undefined = String("")

// reference is $name.path.
type reference struct {
	pos     syntax.Pos
	slot    int
	path    []part
	names   []string // of the properties in path, "" for its other parts
	chain   []int    // how many properties follow each other in path from a part on
	before  string   // printed before the value: the escaped backslashes and what else belongs to the token
	source  string   // as it is written, from the $
	whole   string   // as it is written, with all that belongs to the token
	quiet   bool
	escaped bool // it prints as it is written
	void    bool // it has no value whatever its name
	param   bool // escaped inside of a macro it prints the argument as that is written
}

// part is a step of a reference's path.
type part interface {
	// get returns what the step leads to from v, null if it leads nowhere.
	get(r *run, v Value) Value

	// set makes the step lead to a value; where it can't it does nothing.
	set(r *run, v, to Value) bool
}

// lookup returns the value; null if the reference's first name has none and nothing else follows.
func (f *reference) lookup(r *run) Value {
	if f.void {
		return undefined
	}
	v := r.get(f.slot)
	for i := 0; i < len(f.path); i++ {
		if v.IsNull() {
			return undefined
		}
		if n := f.chain[i]; n > 1 {
			if next, steps := leap(v, f.names[i:i+n]); steps > 0 {
				v, i = next, i+steps-1
				continue
			}
		}
		if v = f.path[i].get(r, v); r.how != goOn {
			return Null
		}
	}
	if v.IsNull() && len(f.path) > 0 {
		return undefined
	}
	return v
}

// leap goes several properties at once, if v is a map that can do that. It returns how many it went, or 0.
func leap(v Value, names []string) (Value, int) {
	m, ok := v.ref.(*Map)
	if !ok || m.source == nil {
		return Null, 0
	}
	l, ok := m.source.(MapPathLookup)
	if !ok {
		return Null, 0
	}
	return l.LookupMapPath(names)
}

func (f *reference) eval(r *run) Value {
	v := f.lookup(r)
	if v.IsNull() {
		return undefined
	}
	return v
}

func (f *reference) truth(r *run) bool {
	v := f.eval(r)
	if r.ended() {
		return false
	}
	if b, ok := v.Truth(); ok {
		return b
	}
	return true
}

func (f *reference) render(r *run) bool {
	r.steps--
	if r.steps < 0 {
		return r.step(f.pos)
	}
	v := f.lookup(r)
	if r.how != goOn {
		return false
	}
	from := len(r.out)
	if b, ok := v.ref.(*blockValue); ok && !f.escaped {
		return f.printBlock(r, b)
	}
	if f.before != "" {
		r.out = append(r.out, f.before...)
	}
	if f.escaped {
		return f.literal(r)
	}
	switch x := v.ref.(type) {
	case nil:
	case stringData:
		r.out = appendText(r.out, v.str())
	case Kind:
		r.out = appendScalar(r.out, x, v)
	default:
		if !f.print(r, v) {
			return false
		}
	}
	if r.tracer != nil {
		r.trace(f.pos, "reference", v, from)
	}
	if len(r.out)-r.base > r.t.limits.OutputBytes {
		return r.wrote(f.pos)
	}
	return true
}

// print appends the text of an object.
func (f *reference) print(r *run, v Value) bool {
	p := printer{max: r.base + r.t.limits.OutputBytes}
	r.out = p.text(r.out, v)
	if p.err != nil {
		return r.fail(f.pos, p.err)
	}
	return true
}

// printBlock prints what #define or a macro's use has put into the variable; where that can't be, the
// reference as it is written. What else belongs to the token is lost.
func (f *reference) printBlock(r *run, b *blockValue) bool {
	from := len(r.out)
	printed, ok := b.render(r, f.pos)
	if !printed && !f.quiet {
		r.out = append(r.out, f.whole...)
	}
	if r.tracer != nil {
		r.trace(f.pos, "reference", builtin(b), from)
	}
	return ok
}

// literal prints an escaped reference.
func (f *reference) literal(r *run) bool {
	if f.param && r.frame != nil {
		if arg, ok := r.frame.literal(f.slot); ok {
			r.out = append(r.out, arg...)
			return true
		}
	}
	r.out = append(r.out, f.source...)
	return true
}

// assign sets what the path leads to.
func (f *reference) assign(r *run, to Value) bool {
	v := r.get(f.slot)
	last := len(f.path) - 1
	for _, p := range f.path[:last] {
		if v.IsNull() {
			return true
		}
		if v = p.get(r, v); r.ended() {
			return false
		}
	}
	if v.IsNull() || f.void {
		return true
	}
	return f.path[last].set(r, v, to)
}

// property is .name. What name leads to depends on the object: an entry of a map, or what a method
// getName or isName returns.
type property struct {
	pos     syntax.Pos
	name    string
	getters []*methodSet
}

func (p *property) get(r *run, v Value) Value {
	switch x := v.ref.(type) {
	case *Map:
		if p.name == "class" {
			break
		}
		found, _ := x.Get(p.name)
		return found
	case Object:
		if found, ok := x.Property(p.name); ok {
			return found
		}
	case *loop:
		if found, ok := x.property(p.name); ok {
			return found
		}
	}
	c := classOf(v)
	if c == classArray && p.name != "class" && p.name != "Class" {
		return Null // what Velocity gives arrays of a list's methods are no getters
	}
	for _, g := range p.getters {
		if m := g.find(c, nil); m != nil {
			return r.invoke(p.pos, m, v, nil)
		}
	}
	return Null
}

func (p *property) set(r *run, v, to Value) bool {
	switch x := v.ref.(type) {
	case *Map:
		x.put(String(p.name), to)
		return r.charge(p.pos, entryBytes)
	case *entry:
		if p.name == "value" || p.name == "Value" {
			x.setValue(to)
		}
	case Setter:
		x.SetProperty(p.name, to)
	case *loop:
		x.custom().put(String(p.name), to)
	}
	return true
}

// index is [key].
type index struct {
	pos syntax.Pos
	key expr
}

// at evaluates the key; a negative integer counts from the end.
func (x *index) at(r *run, v Value) (Value, bool) {
	key := x.key.eval(r)
	if r.ended() {
		return Null, false
	}
	if i, ok := key.Int64(); ok && i < 0 && key.is(KindInt) {
		n, ok := sizeOf(v)
		if !ok {
			r.fail(x.pos, fmt.Errorf("index %d of a %s, which has no size", i, className(v)))
			return Null, false
		}
		key = Int(int32(i) + int32(n))
	}
	return key, true
}

func (x *index) get(r *run, v Value) Value {
	key, ok := x.at(r, v)
	if !ok {
		return Null
	}
	switch o := v.ref.(type) {
	case *List:
		i, ok := key.asInt()
		if !ok {
			return Null
		}
		items := o.items()
		if i < 0 || i >= len(items) {
			r.fail(x.pos, errIndex(i, len(items)))
			return Null
		}
		return items[i]
	case *Map:
		found, _ := o.get(key)
		return found
	case *loop:
		found, _ := o.custom().get(key)
		return found
	case *classObject:
		if methodSets["get"].find(o.class, []Value{key}) != nil {
			r.fail(x.pos, errNoInstance)
		}
	case Object:
		if s, ok := key.Text(); ok {
			found, _ := o.Property(s)
			return found
		}
	}
	return Null
}

func (x *index) set(r *run, v, to Value) bool {
	key, ok := x.at(r, v)
	if !ok {
		return false
	}
	switch o := v.ref.(type) {
	case *List:
		i, ok := key.asInt()
		if !ok {
			return true
		}
		if err := o.replace(i, to); err != nil {
			return r.fail(x.pos, err)
		}
	case *Map:
		o.put(key, to)
		return r.charge(x.pos, entryBytes)
	case *loop:
		o.custom().put(key, to)
	case Setter:
		if s, ok := key.Text(); ok {
			o.SetProperty(s, to)
		}
	}
	return true
}

// method is .name(args).
type method struct {
	pos  syntax.Pos
	name string
	args []expr
	sets *methodSet // nil: no class has such a method
}

func (m *method) get(r *run, v Value) Value {
	if !r.step(m.pos) {
		return Null
	}
	mark := len(r.args)
	for _, a := range m.args {
		x := a.eval(r)
		if r.ended() {
			r.args = r.args[:mark]
			return Null
		}
		r.args = append(r.args, x)
	}
	args := r.args[mark:len(r.args):len(r.args)]
	result := m.call(r, v, args)
	clear(args)
	r.args = r.args[:mark]
	return result
}

func (m *method) call(r *run, v Value, args []Value) Value {
	if o, ok := v.ref.(Object); ok {
		result, ok, err := o.Call(m.name, args)
		if err != nil {
			r.fail(m.pos, err)
			return Null
		}
		if ok {
			if s, isText := result.Text(); isText {
				r.charge(m.pos, len(s))
			}
			return result
		}
	}
	if m.sets == nil {
		return Null
	}
	found := m.sets.find(classOf(v), args)
	if c, ok := v.ref.(*classObject); ok && found == nil {
		return m.callStatic(r, c, v, args)
	}
	if found == nil {
		return Null
	}
	return r.invoke(m.pos, found, v, args)
}

// callStatic calls a method of the class that an object of java.lang.Class stands for.
func (m *method) callStatic(r *run, c *classObject, v Value, args []Value) Value {
	found := m.sets.find(c.class, args)
	if found == nil {
		return Null
	}
	if !found.static {
		r.fail(m.pos, errNoInstance)
		return Null
	}
	return r.invoke(m.pos, found, v, args)
}

// set is #set($a.b(c) = v). Velocity takes the method's name for that of a property.
func (m *method) set(r *run, v, to Value) bool {
	p := property{pos: m.pos, name: m.name}
	return p.set(r, v, to)
}
