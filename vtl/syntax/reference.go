package syntax

import "strings"

// reference parses $name, ${name} and what follows, or a bare name between a method's parentheses. The next token is a
// tokIdent, or a tokRefOpen and a tokIdent.
func (p *parser) reference() *Reference {
	t := p.next()
	r := &Reference{At: p.at(t)}
	head := p.image(t)
	if t.kind == tokRefOpen {
		r.Formal = true
		head = head[:len(head)-1]
		name := p.next()
		r.Name = p.image(name)
	} else {
		r.Name = p.scan.src[t.core:t.end]
		head = p.scan.src[t.offset:t.core]
	}
	if i := strings.LastIndexByte(head, '$'); i > 0 {
		p.edit(t.offset, t.offset+i, "")
	}
	end := p.path(r)
	if r.Formal {
		end = p.expect(tokRefClose).end
	}
	r.sigil(head)
	if r.Bare && r.Formal {
		// The brace was none of a reference's: it alone prints, what is in it is lost.
		r.Prefix += "{"
	}
	if p.err == nil && !r.Bare {
		r.Source = p.scan.src[t.offset+r.Slashes+len(r.Prefix) : end]
	}
	return r
}

// sigil sorts what stands before the name: backslashes, the $, the !, and before them text.
func (r *Reference) sigil(head string) {
	dollar := strings.LastIndexByte(head, '$')
	if dollar < 0 {
		r.Bare = true
		r.Prefix = head
		return
	}
	mark := head[dollar+1:]
	r.Quiet = mark != ""
	r.Void = len(mark) > 1
	r.Slashes = len(head) - len(strings.TrimLeft(head, `\`))
	r.Prefix = head[r.Slashes:dollar]
}

// path parses what follows the name; it returns where that ends.
func (p *parser) path(r *Reference) int {
	for p.err == nil {
		t := p.peek(0)
		switch {
		case t.kind == tokIndexOpen:
			r.Path = append(r.Path, p.index())
		case t.kind == tokDot && p.peek(1).kind == tokIdent:
			p.next()
			r.Path = append(r.Path, p.member())
		default:
			return t.offset
		}
	}
	return 0
}

// index parses [key].
func (p *parser) index() Part {
	t := p.expect(tokIndexOpen)
	p.space()
	x := &Index{At: p.at(t)}
	switch key := p.peek(0); key.kind {
	case tokString, tokInt, tokTrue, tokFalse, tokIdent, tokRefOpen:
		x.Key = p.operand()
	default:
		p.unexpected("a string, an integer or a reference")
	}
	p.space()
	p.expect(tokIndexClose)
	return x
}

// member parses a name behind a dot: a property, or a method where arguments can follow.
func (p *parser) member() Part {
	name := p.next()
	if p.peek(0).kind != tokParenOpen || !beginsArgs(p.peek(1).kind) {
		return &Property{At: p.at(name), Name: p.image(name)}
	}
	p.next()
	m := &Method{At: p.at(name), Name: p.image(name)}
	if !p.enter() {
		return m
	}
	defer p.leave()
	if p.peek(0).kind != tokCallClose {
		m.Args = p.params()
	}
	p.expect(tokCallClose)
	return m
}

// params parses expressions with commas between.
func (p *parser) params() []Expr {
	var args []Expr
	for p.err == nil {
		args = append(args, p.param())
		if !p.accept(tokComma) {
			break
		}
	}
	return args
}

// beginsArgs reports whether a method's arguments, or their end, can begin with the token.
func beginsArgs(k kind) bool { return k == tokSpace || k == tokCallClose || beginsOperand(k) }

func beginsOperand(k kind) bool {
	switch k {
	case tokString, tokInt, tokFloat, tokTrue, tokFalse, tokIdent, tokRefOpen, tokListOpen, tokMapOpen:
		return true
	}
	return false
}

// param parses an operand with white space around it.
func (p *parser) param() Expr {
	p.space()
	x := p.operand()
	p.space()
	return x
}

// operand parses what has a value without operators.
func (p *parser) operand() Expr {
	t := p.peek(0)
	if !p.enter() {
		return nil
	}
	defer p.leave()
	switch t.kind {
	case tokString:
		p.next()
		return p.stringLit(t)
	case tokInt, tokFloat:
		p.next()
		if strings.Contains(p.scan.src[t.offset:t.core], "#") {
			p.fail(t.offset, "expected a number, found %q", p.image(t))
		}
		return &NumberLit{At: p.at(t), Text: p.scan.src[t.core:t.end], Float: t.kind == tokFloat}
	case tokTrue, tokFalse:
		p.next()
		return &BoolLit{At: p.at(t), Value: t.kind == tokTrue}
	case tokIdent:
		return p.reference()
	case tokRefOpen:
		if p.peek(1).kind == tokIdent {
			return p.reference()
		}
	case tokListOpen:
		return p.list()
	case tokMapOpen:
		return p.mapLit()
	}
	p.unexpected("a value")
	return nil
}

// list parses [a, b] and [a..b].
func (p *parser) list() Expr {
	t := p.next()
	if p.accept(tokListClose) {
		return &ListLit{At: p.at(t)}
	}
	first := p.param()
	if p.peek(0).kind == tokDotDot && isBound(first) {
		p.next()
		r := &RangeLit{At: p.at(t), From: first, To: p.param()}
		if p.err == nil && !isBound(r.To) {
			p.fail(t.offset, "expected an integer or a reference as the end of the range")
		}
		p.expect(tokListClose)
		return r
	}
	l := &ListLit{At: p.at(t), Elems: []Expr{first}}
	if p.accept(tokComma) {
		l.Elems = append(l.Elems, p.params()...)
	}
	p.expect(tokListClose)
	return l
}

// isBound reports whether x can be the end of a range.
func isBound(x Expr) bool {
	switch x := x.(type) {
	case *Reference:
		return true
	case *NumberLit:
		return !x.Float
	}
	return false
}

// mapLit parses {key: value}.
func (p *parser) mapLit() Expr {
	t := p.next()
	m := &MapLit{At: p.at(t)}
	p.space()
	if p.accept(tokMapClose) {
		return m
	}
	for p.err == nil {
		m.Keys = append(m.Keys, p.param())
		p.expect(tokColon)
		m.Values = append(m.Values, p.param())
		if !p.accept(tokComma) {
			break
		}
	}
	if !p.accept(tokRefClose) { // what the } is behind a reference
		p.expect(tokMapClose)
	}
	return m
}

// expression parses what stands in #if and #set, with operators that bind at least as strongly as level.
func (p *parser) expression(level int) Expr {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	x := p.unary()
	for p.err == nil {
		t := p.peek(0)
		op, ok := opOf(t.kind)
		if !ok || op.level() < level {
			break
		}
		p.next()
		b := &Binary{At: p.at(t), Op: op, X: x, Y: p.expression(op.level() + 1)}
		if p.err == nil {
			b.Right = p.scan.src[t.end:p.peek(0).offset]
		}
		x = b
	}
	return x
}

// unary parses an operand, perhaps in parentheses or negated, with white space around it.
func (p *parser) unary() Expr {
	p.space()
	t := p.peek(0)
	var x Expr
	switch t.kind {
	case tokNot:
		p.next()
		if !p.enter() {
			return nil
		}
		x = &NotExpr{At: p.at(t), X: p.unary()}
		p.leave()
	case tokParenOpen:
		p.next()
		paren := &Paren{At: p.at(t), X: p.expression(1)}
		if closing := p.expect(tokParenClose); p.err == nil {
			paren.Inner = p.scan.src[t.end:closing.offset]
		}
		x = paren
	default:
		x = p.operand()
	}
	p.space()
	return x
}
