package syntax

import "strings"

// set parses #set($target = value).
func (p *parser) set() Node {
	t := p.next()
	image := p.image(t)
	hash := strings.LastIndexByte(image, '#')
	s := &Set{At: p.at(t), Lead: image[:hash], Braced: strings.HasPrefix(image[hash:], "#{")}
	p.space()
	if k := p.peek(0).kind; k != tokIdent && (k != tokRefOpen || p.peek(1).kind != tokIdent) {
		p.unexpected("a reference")
		return s
	}
	s.Target = p.reference()
	p.space()
	p.expect(tokAssign)
	s.Value = p.expression(1)
	s.Tail = p.closeParen()
	return s
}

// closeParen takes a directive's closing parenthesis and returns what it swallows.
func (p *parser) closeParen() string {
	t := p.expect(tokParenClose)
	if p.err != nil {
		return ""
	}
	return p.scan.src[t.core+1 : t.end]
}

// ifStatement parses #if up to its #end.
func (p *parser) ifStatement() Node {
	n := &If{At: p.at(p.peek(0))}
	n.Branches = append(n.Branches, p.branch())
	for p.err == nil && p.peek(0).kind == tokElseIf {
		n.Branches = append(n.Branches, p.branch())
	}
	if p.err == nil && p.peek(0).kind == tokElse {
		t := p.next()
		b := Branch{At: p.at(t), Lead: p.lead(t)}
		b.Braced, b.Tail = p.mark(t, "else")
		b.Body = p.body()
		n.Else = &b
	}
	n.End = p.end()
	return n
}

// branch parses #if or #elseif with its condition and body.
func (p *parser) branch() Branch {
	t := p.next()
	b := Branch{At: p.at(t), Lead: p.lead(t), Braced: p.scan.src[t.core] == '{'}
	p.space()
	p.expect(tokParenOpen)
	b.Cond = p.expression(1)
	b.Tail = p.closeParen()
	b.Body = p.body()
	return b
}

// end takes an #end.
func (p *parser) end() Mark {
	if p.err != nil {
		return Mark{}
	}
	t := p.expect(tokEnd)
	if p.err != nil {
		return Mark{}
	}
	braced, tail := p.mark(t, "end")
	return Mark{Lead: p.lead(t), Braced: braced, Tail: tail}
}

// lead returns what the scanner put before the # of a token.
func (p *parser) lead(t token) string {
	return strings.TrimSuffix(p.scan.src[t.offset:t.core], "#")
}

// mark takes apart an #end or #else.
func (p *parser) mark(t token, word string) (braced bool, tail string) {
	s := p.scan.src[t.core:t.end]
	if s[0] == '{' {
		return true, s[len(word)+2:]
	}
	return false, s[len(word):]
}

// isBlock reports whether a directive has a body and an #end.
func isBlock(name string) bool {
	switch name {
	case "foreach", "macro", "define", "literal":
		return true
	}
	return len(name) > 0 && name[0] == '@'
}

// directive parses #name, with arguments where a parenthesis follows.
func (p *parser) directive() Node {
	t := p.next()
	word := p.scan.src[t.core:t.end]
	d := &Directive{At: p.at(t), Name: strings.Trim(word, "{}"), Braced: word[0] == '{'}
	d.Source = p.image(t)
	if p.scan.src[t.offset:t.core] != "#" {
		d.Name = d.Source[1:] // what stands before makes it another name than a directive's
	}
	if !p.scan.parenFollows(t.end) {
		p.scan.pop()
		switch {
		case strings.HasPrefix(d.Name, "@"):
			return &Text{At: d.At, Value: d.Source, Source: d.Source}
		case word[0] == '@':
			return &Text{At: d.At, Value: word, Source: d.Source}
		case d.Name == "break" || d.Name == "stop" || d.Name == "include" || d.Name == "parse":
			return d
		case p.known(d.Name) && !(*p.macros)[d.Name]:
			p.fail(t.core, "expected the arguments of #%s in parentheses", d.Name)
			return d
		}
		return d
	}
	d.Parens = true
	p.beginShown()
	defer p.endShown()
	open := p.peek(0).offset
	p.space()
	p.expect(tokParenOpen)
	first, end := p.args(d, open)
	if p.err != nil {
		return d
	}
	if !isDirective(d.Name) {
		d.Shown = d.Source[:t.end-t.offset] + p.shown(extent{open, end})
		if word[0] == '@' && !strings.HasPrefix(d.Name, "@") {
			d.Shown = d.Shown[t.core-t.offset:]
		}
	}
	p.checkArgs(d, t)
	if d.Block = isBlock(d.Name); d.Block && p.err == nil {
		from := p.peek(0).offset
		d.Body = p.body()
		if d.Name == "literal" {
			p.literal(d, first, extent{from, p.peek(0).offset})
		}
		d.End = p.end()
		if d.Name == "macro" && p.err == nil {
			(*p.macros)[d.Args[0].(*WordLit).Word] = true
		}
	}
	return d
}

// literal notes what #literal prints: its body, or its first argument if it has one.
func (p *parser) literal(d *Directive, arg, body extent) {
	d.Raw = p.scan.src[body.from:body.to]
	switch {
	case len(d.Args) > 0:
		d.Shown = p.shown(arg)
	case d.Raw == "":
		p.fail(body.from, "expected text between #literal and #end")
	default:
		d.Shown = p.shown(body)
	}
}

// args parses a directive's arguments up to the closing parenthesis. It returns where the first one stands, and
// where the parenthesis ends.
func (p *parser) args(d *Directive, open int) (first extent, end int) {
	if !isDirective(d.Name) {
		p.inArgs++
		defer func() { p.inArgs-- }()
	}
	for p.err == nil {
		p.space()
		if p.accept(tokComma) {
			p.space()
			if !p.beginsArg() {
				p.unexpected("an argument")
				return first, 0
			}
		}
		if !p.beginsArg() {
			break
		}
		from := p.peek(0).offset
		d.Args = append(d.Args, p.arg())
		if len(d.Args) == 1 {
			first = extent{from, p.peek(0).offset}
		}
	}
	t := p.peek(0)
	if t.kind == tokParenClose && p.err == nil {
		d.Source += p.scan.src[open:t.end]
	}
	d.Tail = p.closeParen()
	return first, t.end
}

func (p *parser) beginsArg() bool {
	k := p.peek(0).kind
	return k == tokWord || beginsOperand(k)
}

func (p *parser) arg() Expr {
	t := p.peek(0)
	if t.kind == tokWord {
		p.next()
		return &WordLit{At: p.at(t), Word: p.image(t)}
	}
	return p.operand()
}

// checkArgs refuses what the directives refuse before anything is rendered.
func (p *parser) checkArgs(d *Directive, t token) {
	wordAt := -1
	switch d.Name {
	case "macro":
		wordAt = 0
		if len(d.Args) == 0 {
			p.fail(t.core, "expected the name of the macro")
			return
		}
		if _, ok := d.Args[0].(*WordLit); !ok {
			p.fail(t.core, "expected the name of the macro as the first argument of #macro")
		}
	case "foreach":
		wordAt = 1
	case "define":
		if len(d.Args) != 1 {
			p.fail(t.core, "expected one argument of #define")
		}
	case "evaluate":
		p.checkEvaluate(d, t)
	case "include", "parse", "break", "stop", "literal":
	default:
		return
	}
	for i, a := range d.Args {
		if w, ok := a.(*WordLit); ok && i != wordAt {
			p.fail(t.core, "expected a value as argument %d of #%s, found %q", i+1, d.Name, w.Word)
		}
	}
}

func (p *parser) checkEvaluate(d *Directive, t token) {
	if len(d.Args) != 1 {
		p.fail(t.core, "expected one argument of #evaluate")
		return
	}
	switch d.Args[0].(type) {
	case *StringLit, *Reference:
	default:
		p.fail(t.core, "expected a string or a reference as the argument of #evaluate")
	}
}
