package vtl

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// compiler turns a syntax tree into the nodes that render it. Every variable gets a place, its slot.
type compiler struct {
	t      *Template
	slots  map[string]int
	base   map[string]int // slots that exist already, of the template that evaluates this one
	macros map[string]*macro
	known  map[string]*macro // macros that exist already
	calls  []*call
}

// names is what #evaluate adds to a template while it is rendered.
type names struct {
	slots  map[string]int
	macros map[string]*macro
}

// compile compiles a template that is made while rendering.
func (r *run) compile(source string) (block, error) {
	if !r.charge(syntax.Pos{Line: 1, Col: 1}, 16*len(source)) {
		return nil, r.err
	}
	tree, err := syntax.Parse(r.t.name+"#evaluate", source)
	if err != nil {
		return nil, err
	}
	if r.names == nil {
		r.names = &names{slots: map[string]int{}, macros: map[string]*macro{}}
	}
	c := compiler{t: r.t, base: r.t.slots, slots: r.names.slots, macros: r.names.macros, known: r.t.macros}
	before := len(c.base) + len(c.slots)
	b := c.block(tree.Body)
	c.link()
	for len(r.vars) < len(r.t.slots)+len(c.slots) {
		r.vars = append(r.vars, Null)
	}
	for _, v := range r.given {
		if slot, ok := c.slots[v.Name]; ok && slot >= before {
			r.vars[slot] = v.Value
		}
	}
	return b, nil
}

// link finds the macros that are used: a macro can be defined behind the place that uses it.
func (c *compiler) link() {
	for _, use := range c.calls {
		use.target = c.macro(use.name)
	}
}

func (c *compiler) macro(name string) *macro {
	if m := c.known[name]; m != nil {
		return m
	}
	return c.macros[name]
}

func (c *compiler) slot(name string) int {
	if slot, ok := c.base[name]; ok {
		return slot
	}
	slot, ok := c.slots[name]
	if !ok {
		slot = len(c.base) + len(c.slots)
		c.slots[name] = slot
	}
	return slot
}

func (c *compiler) block(nodes []syntax.Node) block {
	b := make(block, 0, len(nodes))
	for _, n := range nodes {
		compiled := c.node(n)
		if compiled == nil {
			continue
		}
		if t, ok := compiled.(text); ok && len(b) > 0 {
			if before, ok := b[len(b)-1].(text); ok {
				b[len(b)-1] = before + t
				continue
			}
		}
		b = append(b, compiled)
	}
	return b
}

// node compiles a node; nil if it prints nothing and does nothing.
func (c *compiler) node(n syntax.Node) node {
	switch n := n.(type) {
	case *syntax.Text:
		if n.Value == "" {
			return nil
		}
		return text(n.Value)
	case *syntax.Reference:
		if n.Bare {
			if n.Formal {
				return text(n.Prefix)
			}
			return text(n.Prefix + n.Name)
		}
		return c.reference(n)
	case *syntax.Set:
		lost := len(n.Target.Path) == 0 && (n.Target.Formal || n.Target.Quiet)
		return &assign{pos: n.Pos(), target: c.reference(n.Target), value: c.expr(n.Value), lost: lost}
	case *syntax.If:
		return c.cond(n)
	case *syntax.Directive:
		return c.directive(n)
	}
	return nil
}

func (c *compiler) cond(n *syntax.If) node {
	out := &cond{branches: make([]branch, len(n.Branches))}
	for i, b := range n.Branches {
		out.branches[i] = branch{pos: b.Pos(), cond: c.expr(b.Cond), body: c.block(b.Body)}
	}
	if n.Else != nil {
		out.other = c.block(n.Else.Body)
	}
	return out
}

func (c *compiler) directive(d *syntax.Directive) node {
	switch d.Name {
	case "foreach":
		return c.foreach(d)
	case "define":
		return &define{slot: c.blockName(d.Args[0]), body: c.block(d.Body)}
	case "macro":
		c.define(d)
		return nil
	case "literal":
		c.block(d.Body) // for the macros in it
		return text(d.Literal())
	case "evaluate":
		note(&c.t.keepsLoops) // what it will do is not known
		note(&c.t.countsRounds)
		return &evaluate{pos: d.Pos(), arg: c.expr(d.Args[0])}
	case "break":
		b := &breakOut{pos: d.Pos()}
		if len(d.Args) > 0 {
			b.scope = c.expr(d.Args[0])
		}
		return b
	case "stop":
		return stop{}
	case "include", "parse":
		return &load{pos: d.Pos(), name: d.Name, args: c.exprs(d.Args)}
	}
	return c.call(d)
}

// blockName returns the slot of the variable that #define sets. Velocity takes the text of the first token behind its $, whatever
// it is; only a plain reference makes that a name.
func (c *compiler) blockName(x syntax.Expr) int {
	if r, ok := x.(*syntax.Reference); ok && !r.Formal && !r.Quiet && r.Slashes == 0 && r.Prefix == "" {
		return c.slot(r.Name)
	}
	return -1
}

// foreach compiles #foreach. Velocity goes through the third argument whatever the second is, and takes what comes
// fourth for the body.
func (c *compiler) foreach(d *syntax.Directive) node {
	pos := d.Pos()
	if len(d.Args) < 2 {
		return &refuse{pos, "#foreach needs a variable and what to go through"}
	}
	if len(d.Args) == 2 {
		c.block(d.Body) // for the macros in it
		return nil
	}
	f := &foreach{pos: pos, over: c.expr(d.Args[2]), variable: c.slot("")}
	f.count, f.hasNext, f.scope = c.slot(nameCount), c.slot(nameHasNext), c.slot("foreach")
	if r, ok := d.Args[0].(*syntax.Reference); ok {
		f.variable = c.slot(r.Name)
	}
	f.body = c.block(d.Body)
	if len(d.Args) > 3 {
		f.body = nil
		if r, ok := d.Args[3].(*syntax.Reference); ok {
			f.body = block{c.node(r)}
		}
	}
	return f
}

// define keeps a macro, unless there is one of the name.
func (c *compiler) define(d *syntax.Directive) {
	name, ok := d.Args[0].(*syntax.WordLit)
	if !ok {
		return
	}
	m := &macro{name: name.Word, content: c.slot("bodyContent")}
	for _, a := range d.Args[1:] {
		slot := -1
		if r, ok := a.(*syntax.Reference); ok && !r.Formal && !r.Quiet {
			slot = c.slot(r.Name)
		}
		m.params = append(m.params, slot)
	}
	m.body = c.block(d.Body)
	if c.macro(m.name) == nil { // one defined within is the first
		c.macros[m.name] = m
	}
}

func (c *compiler) call(d *syntax.Directive) node {
	out := &call{pos: d.Pos(), name: strings.TrimPrefix(d.Name, "@"), literal: d.Literal(), block: d.Block}
	for _, a := range d.Args {
		if w, ok := a.(*syntax.WordLit); ok && out.word == "" {
			out.word = w.Word
		}
		out.args = append(out.args, c.expr(a))
		source := ""
		switch a.(type) {
		case *syntax.NumberLit, *syntax.BoolLit: // these have no text
		default:
			source = syntax.Source(a)
		}
		out.sources = append(out.sources, source)
	}
	if d.Block {
		out.body = c.block(d.Body)
		out.end = "#end" + d.End.Tail
		if d.End.Braced {
			out.end = "#{end}" + d.End.Tail
		}
	}
	c.calls = append(c.calls, out)
	return out
}

func (c *compiler) reference(r *syntax.Reference) *reference {
	out := &reference{pos: r.Pos(), slot: c.slot(r.Name), source: r.Source, void: r.Void, quiet: r.Quiet}
	out.whole = strings.Repeat(`\`, r.Slashes) + r.Prefix + r.Source
	out.before = strings.Repeat(`\`, r.Slashes/2)
	if r.Void {
		out.before = ""
	} else if r.Slashes%2 == 1 {
		out.escaped = true
		out.param = r.Source == "$"+r.Name
	} else {
		out.before += r.Prefix
	}
	for _, p := range r.Path {
		out.path = append(out.path, c.part(p))
		name := ""
		if property, ok := p.(*syntax.Property); ok && property.Name != "class" {
			name = property.Name
		}
		out.names = append(out.names, name)
	}
	out.chain = chains(out.names)
	if r.Name == "foreach" && (len(out.names) == 0 || !placeInLoop[out.names[0]]) {
		note(&c.t.keepsLoops)
	}
	if r.Name == nameCount || r.Name == nameHasNext {
		note(&c.t.countsRounds)
	}
	return out
}

// note sets what a template does. A template that makes others while it is rendered, perhaps many times at once, has all of it
// noted before.
func note(does *bool) {
	if !*does {
		*does = true
	}
}

// chains returns how many names that are not empty follow each other from each place on.
func chains(names []string) []int {
	chain := make([]int, len(names)+1)
	for i := len(names) - 1; i >= 0; i-- {
		if names[i] != "" {
			chain[i] = chain[i+1] + 1
		}
	}
	return chain
}

// placeInLoop are the properties of $foreach that are no objects.
var placeInLoop = map[string]bool{"index": true, "count": true, "hasNext": true, "first": true, "last": true}

func (c *compiler) part(p syntax.Part) part {
	switch p := p.(type) {
	case *syntax.Property:
		return &property{pos: p.Pos(), name: p.Name, getters: gettersOf(p.Name)}
	case *syntax.Index:
		return &index{pos: p.Pos(), key: c.expr(p.Key)}
	case *syntax.Method:
		return &method{pos: p.Pos(), name: p.Name, args: c.exprs(p.Args), sets: methodSets[p.Name]}
	}
	return nil
}

func (c *compiler) exprs(list []syntax.Expr) []expr {
	out := make([]expr, len(list))
	for i, x := range list {
		out[i] = c.expr(x)
	}
	return out
}

func (c *compiler) expr(x syntax.Expr) expr {
	switch x := x.(type) {
	case *syntax.Reference:
		if x.Bare {
			return word{}
		}
		return c.reference(x)
	case *syntax.StringLit:
		return c.stringLit(x)
	case *syntax.NumberLit:
		return &constant{value: number(x)}
	case *syntax.BoolLit:
		return boolean(x.Value)
	case *syntax.ListLit:
		return &list{pos: x.Pos(), elems: c.exprs(x.Elems)}
	case *syntax.RangeLit:
		return &numbers{pos: x.Pos(), from: c.expr(x.From), to: c.expr(x.To)}
	case *syntax.MapLit:
		return &dict{pos: x.Pos(), keys: c.exprs(x.Keys), values: c.exprs(x.Values)}
	case *syntax.Paren:
		return c.expr(x.X)
	case *syntax.NotExpr:
		return &not{c.expr(x.X)}
	case *syntax.Binary:
		return c.binary(x)
	}
	return word{}
}

func (c *compiler) stringLit(x *syntax.StringLit) expr {
	if !x.Parsed {
		return &constant{value: String(x.Value)}
	}
	s := &interpolated{pos: x.Pos(), body: c.block(x.Body), cut: x.Padded() != x.Value}
	if n := len(s.body); s.cut && n > 0 {
		// The blank is known to be there where the last thing is text.
		if t, ok := s.body[n-1].(text); ok && strings.HasSuffix(string(t), " ") && !mayStop(s.body) {
			s.body[n-1] = t[:len(t)-1]
			s.cut = false
		}
	}
	return s
}

// mayStop reports whether something in the block could end it early.
func mayStop(b block) bool {
	for _, n := range b {
		switch n.(type) {
		case text, *reference:
		default:
			return true
		}
	}
	return false
}

// number returns the value of a number: an Integer, Long or BigInteger, whichever it fits, or a Double.
func number(x *syntax.NumberLit) Value {
	if x.Float {
		f, _ := strconv.ParseFloat(x.Text, 64)
		return Double(f)
	}
	if i, err := strconv.ParseInt(x.Text, 10, 64); err == nil {
		if int64(int32(i)) == i {
			return Int(int32(i))
		}
		return Long(i)
	}
	i, _ := new(big.Int).SetString(x.Text, 10)
	return BigInt(i)
}

func (c *compiler) binary(x *syntax.Binary) expr {
	l, r := c.expr(x.X), c.expr(x.Y)
	switch x.Op {
	case syntax.Or:
		return &or{l, r}
	case syntax.And:
		return &and{l, r}
	case syntax.Equal, syntax.NotEqual:
		return &equals{pos: x.Pos(), x: l, y: r, negate: x.Op == syntax.NotEqual}
	case syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
		return &compare{op: x.Op, x: l, y: r}
	}
	return &arithmetic{pos: x.Pos(), op: x.Op, x: l, y: r, left: nullText(x.X), right: nullText(x.Y)}
}

// nullText returns what an operand is in a string if it has no value: its text, of an operation that of its
// right side.
func nullText(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Paren:
		return x.Inner
	case *syntax.Binary:
		return x.Right
	}
	return ""
}
