package syntax

import (
	"fmt"
	"strings"
)

// maxNesting bounds how deep a template's parts may lie in each other.
const maxNesting = 400

// Parse reads a template. The name is for errors only. An error is an *[Error].
func Parse(name, source string) (*Template, error) {
	p := &parser{name: name, scan: newScanner(source), macros: new(map[string]bool{})}
	body := p.template()
	if p.err != nil {
		return nil, p.err
	}
	return &Template{Name: name, Body: body}, nil
}

// parser makes a tree of the scanner's tokens. The first error ends it: from then on every
// token is a tokEOF that fits nowhere.
type parser struct {
	name   string
	scan   *scanner
	tokens []token // read and not yet used
	macros *map[string]bool
	depth  int
	err    *Error

	shows  int    // how many parts of the source that will be shown there are around
	edits  []edit // how they show, in the order of the source
	inArgs int    // how many macros' arguments there are around
}

// peek returns the token after n others.
func (p *parser) peek(n int) token {
	for len(p.tokens) <= n {
		t, ok := p.scan.scan()
		if !ok {
			t.kind = tokBad
		}
		p.tokens = append(p.tokens, t)
	}
	return p.tokens[n]
}

func (p *parser) next() token {
	t := p.peek(0)
	p.tokens = p.tokens[1:]
	if p.inArgs > 0 {
		switch t.kind {
		case tokIdent, tokRefOpen, tokTrue, tokFalse:
		default:
			p.edit(t.offset, t.core, "")
		}
	}
	return t
}

// image returns the text of a token.
func (p *parser) image(t token) string { return p.scan.src[t.offset:t.end] }

func (p *parser) at(t token) At { return At{p.scan.position(t.offset)} }

// fail notes the first error.
func (p *parser) fail(offset int, format string, args ...any) {
	if p.err == nil {
		p.err = &Error{Name: p.name, Pos: p.scan.position(offset), Msg: fmt.Sprintf(format, args...)}
	}
}

// unexpected notes that the next token isn't what must stand there.
func (p *parser) unexpected(want string) {
	t := p.peek(0)
	found := t.kind.String()
	switch {
	case t.kind == tokBad && p.scan.err != "":
		p.fail(t.offset, "%s", p.scan.err)
		return
	case t.kind == tokBad && t.core < len(p.scan.src):
		found = fmt.Sprintf("%q", firstChar(p.scan.src[t.core:]))
	case t.kind == tokBad:
		found = fmt.Sprintf("%q at the end of the template", p.scan.src[t.offset:])
	case t.kind != tokEOF:
		found = fmt.Sprintf("%q", clip(p.scan.src[t.core:t.end]))
	}
	p.fail(t.core, "expected %s, found %s", want, found)
}

func firstChar(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

func clip(s string) string {
	const most = 24
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// expect takes a token of the kind.
func (p *parser) expect(k kind) token {
	if p.peek(0).kind != k {
		p.unexpected(k.String())
		return p.peek(0)
	}
	return p.next()
}

// accept takes a token of the kind if it is next.
func (p *parser) accept(k kind) bool {
	if p.peek(0).kind == k {
		p.next()
		return true
	}
	return false
}

func (p *parser) space() { p.accept(tokSpace) }

// enter bounds the nesting; it reports false, having noted the error, when that is too deep.
func (p *parser) enter() bool {
	p.depth++
	if p.depth > maxNesting {
		p.fail(p.peek(0).offset, "nested more than %d deep", maxNesting)
	}
	return p.err == nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) template() []Node {
	body := p.body()
	if p.err == nil && p.peek(0).kind != tokEOF {
		p.unexpected("text or a directive")
	}
	return body
}

// body parses what stands up to a token that can't begin a statement.
func (p *parser) body() []Node {
	var nodes []Node
	if !p.enter() {
		return nil
	}
	defer p.leave()
	for p.err == nil {
		n := p.statement()
		if n == nil {
			return nodes
		}
		nodes = append(nodes, n)
	}
	return nil
}

// statement parses one node; it returns nil where none begins.
func (p *parser) statement() Node {
	t := p.peek(0)
	switch t.kind {
	case tokIf:
		return p.ifStatement()
	case tokSet:
		return p.set()
	case tokName:
		return p.directive()
	case tokLineComment:
		return p.lineComment()
	case tokBlockComment:
		p.next()
		p.edit(t.offset, t.end, shownComment(p.scan.src[t.core:t.end]))
		if t.offset < t.core && p.scan.src[t.core:t.end] == "#**#" {
			return &Text{At: p.at(t), Value: p.scan.src[t.offset:t.core], Source: p.image(t)}
		}
		return &Comment{At: p.at(t), Source: p.image(t)}
	case tokTextBlock:
		p.next()
		image := p.image(t)
		return &Text{At: p.at(t), Value: image[3 : len(image)-3], Source: image}
	case tokEscapedDirective:
		return p.escapedDirective()
	case tokDoubleBackslash:
		return p.doubleBackslash()
	case tokIdent:
		return p.reference()
	case tokRefOpen:
		if p.peek(1).kind == tokIdent {
			return p.reference()
		}
		return p.text()
	case tokText, tokBracket, tokRunt, tokDot, tokParenOpen, tokParenClose, tokInt, tokFloat, tokString, tokBackslash, tokRefClose:
		return p.text()
	}
	return nil
}

// text makes a token text. The ! of a "$!" that turned out to begin no reference is lost in front of text, and so is
// what follows an escaped $ in the token, if that is one of the characters that begin something.
func (p *parser) text() Node {
	t := p.next()
	image := p.image(t)
	value := image
	switch {
	case t.kind == tokDot:
		value = "."
	case t.kind == tokText || t.kind == tokBackslash:
		value = strings.ReplaceAll(dropEscaped(image), "$!", "$")
	}
	if value != image {
		p.edit(t.offset, t.end, value)
	}
	return &Text{At: p.at(t), Value: value, Source: image}
}

func dropEscaped(image string) string {
	n := dollarLen(image) + 1
	if n < 2 || n == len(image) || strings.IndexByte("$#!", image[n]) < 0 {
		return image
	}
	if rest := image[n+1:]; image[n] == '#' && rest != "" && (isLetter(rest[0]) || isDigit(rest[0])) {
		return image
	}
	return image[:n] + image[n+1:]
}

// lineComment makes text of what the scanner put before the comment, and else a comment.
func (p *parser) lineComment() Node {
	t := p.peek(0)
	if t.offset < t.core {
		before := p.scan.src[t.offset:t.core]
		value, _, _ := strings.Cut(p.image(t), "##")
		p.tokens[0].offset = t.core
		return &Text{At: p.at(t), Value: value, Source: before}
	}
	p.next()
	image := p.image(t)
	p.edit(t.offset, t.end, "##"+image[len(strings.TrimRight(image, "\r\n")):])
	return &Comment{At: p.at(t), Source: image}
}

// escapedDirective parses \#name: the backslash goes where the name is a directive's.
func (p *parser) escapedDirective() Node {
	t := p.next()
	image := p.scan.src[t.core:t.end]
	value := image
	slash := strings.LastIndexByte(image, '\\')
	name := strings.Trim(image[slash+2:], "{}")
	switch {
	case p.known(name), name == "if", name == "end", name == "set", name == "else", name == "elseif", name == "stop":
		value = image[:slash/2] + image[slash+1:]
		p.edit(t.core, t.end, value)
	}
	return &Text{At: p.at(t), Value: value, Source: p.image(t)}
}

// doubleBackslash parses pairs of backslashes: each is one where a directive follows, else two.
func (p *parser) doubleBackslash() Node {
	t := p.peek(0)
	count := 0
	for p.peek(0).kind == tokDoubleBackslash {
		p.next()
		count++
	}
	after := p.peek(0)
	control := false
	switch after.kind {
	case tokIf, tokElse, tokElseIf, tokEnd:
		control = true
	default:
		image := p.image(after)
		control = len(image) > 1 && p.known(image[1:])
	}
	end := after.offset
	source := p.scan.src[t.offset:end]
	value := strings.Repeat(`\\`, count)
	if control {
		value = strings.Repeat(`\`, count)
	}
	return &Text{At: p.at(t), Value: value, Source: source}
}

// known reports whether the name is a directive's or that of a macro defined so far.
func (p *parser) known(name string) bool { return isDirective(name) || (*p.macros)[name] }

// isDirective reports whether the name is that of a directive which the parser takes for a [Directive].
func isDirective(name string) bool {
	switch name {
	case "foreach", "include", "parse", "macro", "literal", "evaluate", "break", "define", "stop":
		return true
	}
	return false
}
