package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The grammar is json-path's as its compiler reads it, which is less strict than its documentation: what is
// refused and what is let through is visible in templates, as a path that is no path is null there.

// step is one step of a path.
type step struct {
	kind   stepKind
	name   string   // stepMember
	names  []string // stepMembers
	index  int      // stepElement
	list   []int    // stepElements
	slice  slice    // stepSlice
	filter expression
	call   *call // stepFunction

	leaf     bool // it is the last step
	definite bool // so are all steps before it
}

type stepKind uint8

const (
	stepMember stepKind = iota
	stepMembers
	stepElement
	stepElements
	stepSlice
	stepWildcard
	stepFilter
	stepScan
	stepFunction
)

// isDefinite reports whether the step leads to one value at most.
func (s *step) isDefinite() bool {
	switch s.kind {
	case stepMember, stepElement, stepFunction:
		return true
	case stepMembers:
		return s.leaf // the members become one object
	}
	return false
}

// slice is [from:to]; each end may be missing.
type slice struct {
	from, to       int
	hasFrom, hasTo bool
}

// pathParser reads a path into steps.
type pathParser struct {
	cursor
	steps   []step
	options *Options
}

func compile(text string, o *Options) (*Path, error) {
	p := pathParser{cursor: newCursor(text), options: o}
	if c := p.cur(); c != '$' && c != '@' {
		p.cursor = newCursor("$." + text)
	}
	if text == "" || p.at(p.last) == '.' {
		return nil, p.fail("a path must not be empty or end with a dot")
	}
	if err := p.root(); err != nil {
		return nil, err
	}
	return newPath(text, p.steps), nil
}

// newPath completes what the steps know of each other.
func newPath(text string, steps []step) *Path {
	p := &Path{text: text, steps: hoistFunction(steps), definite: true, simple: true}
	for i := range p.steps {
		s := &p.steps[i]
		s.leaf = i == len(p.steps)-1
		s.definite = p.definite
		p.definite = p.definite && s.isDefinite()
		p.simple = p.simple && (s.kind == stepMember || s.kind == stepElement)
		p.function = s.kind == stepFunction
	}
	return p
}

// hoistFunction makes $.sum($..price) of $..price.sum(): a function at the end of a path that begins with a scan
// takes everything found, not each.
func hoistFunction(steps []step) []step {
	n := len(steps)
	if n < 2 || steps[0].kind != stepScan || steps[n-1].kind != stepFunction {
		return steps
	}
	for i := range steps {
		if s := &steps[i]; s.kind == stepFunction {
			s.call.args = []argument{{path: newPath("", steps[:i:i])}}
			return steps[i:]
		}
	}
	return steps
}

func (p *pathParser) fail(message string) error {
	return &SyntaxError{Path: p.text, Offset: max(p.pos, 0), Message: message}
}

// root reads $ or @ and everything after it.
func (p *pathParser) root() error {
	if c := p.cur(); c != '$' && c != '@' {
		return p.fail("a path must begin with $ or @")
	}
	if p.pos++; p.atEnd() {
		return nil
	}
	if c := p.cur(); c != '.' && c != '[' {
		return p.fail("want . or [")
	}
	return p.more()
}

// more reads the steps that follow, of which there must be one.
func (p *pathParser) more() error {
	for first := true; first || !p.atEnd(); first = false {
		if p.cur() == '.' {
			if err := p.dots(); err != nil {
				return err
			}
		}
		if err := p.step(); err != nil {
			return err
		}
	}
	return nil
}

// dots reads . or .. before a step.
func (p *pathParser) dots() error {
	if p.at(p.pos+1) == '.' && p.inside(p.pos+1) {
		p.steps = append(p.steps, step{kind: stepScan})
		p.pos++
	}
	p.pos++
	if p.cur() == '.' {
		return p.fail("too many dots")
	}
	return nil
}

// step reads one step; the position is after its dot.
func (p *pathParser) step() error {
	switch p.cur() {
	case '[':
		return p.bracket()
	case '*':
		p.pos++
		p.steps = append(p.steps, step{kind: stepWildcard})
		return nil
	}
	return p.nameOrCall()
}

func (p *pathParser) bracket() error {
	switch c := p.next(p.pos); {
	case c == '\'' || c == '"':
		return p.names(c)
	case c == '*':
		return p.bracketWildcard()
	case c == '?':
		return p.filter()
	case isDigit(c) || c == '-' || c == ':':
		return p.numbers()
	}
	return p.fail("want a name in quotes, a number, * or ?( after [")
}

// bracketWildcard reads [*].
func (p *pathParser) bracketWildcard() error {
	end := p.expectNext(p.nextIndex(p.pos), ']')
	if end < 0 {
		return p.fail("want ] after *")
	}
	p.pos = end + 1
	p.steps = append(p.steps, step{kind: stepWildcard})
	return nil
}

// names reads ['a','b'].
func (p *pathParser) names(quote byte) error {
	var names []string
	begin, end := 0, -1 // of the name; end is the last closing quote
	inName, comma := false, false
loop:
	for i := p.pos + 1; p.inside(i); i++ {
		switch c := p.text[i]; {
		case c == '\\':
			i++
		case c == ']' && !inName:
			break loop
		case c == quote && inName:
			if c := p.next(i); c != ']' && c != ',' {
				p.pos = i
				return p.fail("want , or ] after a name")
			}
			name, ok := unescape(p.text[begin:i])
			if !ok {
				return p.fail("broken \\u escape in a name")
			}
			names = append(names, name)
			inName, end = false, i
		case c == quote:
			begin, inName, comma = i+1, true, false
		case c == ',' && !inName:
			if comma {
				p.pos = i
				return p.fail("a name is missing")
			}
			comma = true
		}
	}
	closing := p.expectNext(end, ']')
	if inName || comma || end < 0 || closing < 0 {
		return p.fail("the name is not closed")
	}
	p.pos = closing + 1
	if len(names) == 1 {
		p.steps = append(p.steps, step{kind: stepMember, name: names[0]})
	} else {
		p.steps = append(p.steps, step{kind: stepMembers, names: names})
	}
	return nil
}

// numbers reads [1], [1,2] or [1:2].
func (p *pathParser) numbers() error {
	end := p.index(p.pos+1, ']')
	if end < 0 {
		return p.fail("want ]")
	}
	text := strings.Trim(p.text[p.pos+1:end], " ")
	var s step
	var ok bool
	if strings.Contains(text, ":") {
		s, ok = sliceStep(text)
	} else {
		s, ok = elementsStep(text)
	}
	if !ok {
		return p.fail("want whole numbers separated by , or :")
	}
	p.pos = end + 1
	p.steps = append(p.steps, s)
	return nil
}

func sliceStep(text string) (step, bool) {
	s := step{kind: stepSlice}
	parts := strings.Split(text, ":")
	for i, part := range parts[:min(len(parts), 2)] {
		if part == "" {
			continue
		}
		n, ok := wholeNumber(part)
		if !ok {
			return step{}, false
		}
		if i == 0 {
			s.slice.from, s.slice.hasFrom = n, true
		} else {
			s.slice.to, s.slice.hasTo = n, true
		}
	}
	return s, s.slice.hasFrom || s.slice.hasTo
}

func elementsStep(text string) (step, bool) {
	s := step{kind: stepElements}
	for part := range strings.SplitSeq(strings.TrimRight(text, ","), ",") {
		n, ok := wholeNumber(part)
		if !ok {
			return step{}, false
		}
		s.list = append(s.list, n)
	}
	if len(s.list) == 1 {
		s.kind, s.index = stepElement, s.list[0]
	}
	return s, true
}

// wholeNumber reads the number of an element.
func wholeNumber(s string) (int, bool) {
	s = strings.Trim(s, " ")
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err == nil && s[0] != '+'
}

// filter reads [?( … )].
func (p *pathParser) filter() error {
	question := p.nextIndex(p.pos)
	open := p.expectNext(question, '(')
	if open < 0 {
		return p.fail("want ( after ?")
	}
	end := p.matching(open, '(', ')', true)
	if end < 0 || p.next(end) != ']' {
		return p.fail("the filter is not closed by )]")
	}
	f, err := parseFilter(p.text[open:end+1], p.options)
	if err != nil {
		return err
	}
	p.pos = p.nextIndex(end) + 1
	p.steps = append(p.steps, step{kind: stepFilter, filter: f})
	return nil
}

// nameOrCall reads name or name(…).
func (p *pathParser) nameOrCall() error {
	if c := p.cur(); c == ' ' || !p.inside(p.pos) {
		return p.fail("want a name")
	}
	start := p.pos
	for i := start; ; i++ {
		c := byte('.')
		if p.inside(i) {
			c = p.text[i]
		}
		switch c {
		case ' ':
			return p.fail("a name with a blank must be written as ['my name']")
		case '.', '[':
			p.steps = append(p.steps, step{kind: stepMember, name: p.text[start:i]})
			p.pos = i
			return nil
		case '(':
			p.pos = i
			return p.call(p.text[start:i])
		}
	}
}

// call reads the arguments of a function; the position is at its parenthesis.
func (p *pathParser) call(name string) error {
	c := &call{name: name, function: functions[name]}
	p.steps = append(p.steps, step{kind: stepFunction, call: c})
	if p.at(p.pos+1) == ')' {
		// The parenthesis stays if more follows: json-path takes it for a member's name then, so
		// that nothing is found.
		if p.pos++; p.pos == p.last {
			p.pos++
		}
		return nil
	}
	if p.pos++; !p.inside(p.pos) {
		return p.fail("the arguments are not closed")
	}
	args, err := p.arguments()
	c.args = args
	return err
}

// unescape undoes the escapes in a name or string literal. A backslash before any other character vanishes.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, `\`) {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i == len(s)-1 {
			b = append(b, s[i])
			continue
		}
		i++
		if n := strings.IndexByte("bfnrt", s[i]); n >= 0 {
			b = append(b, "\b\f\n\r\t"[n])
		} else if s[i] != 'u' {
			b = append(b, s[i])
		} else if i+4 < len(s) {
			n, err := strconv.ParseUint(s[i+1:i+5], 16, 32)
			if err != nil {
				return "", false
			}
			b = utf8.AppendRune(b, rune(n))
			i += 4
		} else {
			break // an escape that ends too early vanishes
		}
	}
	return string(b), true
}
