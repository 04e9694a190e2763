package syntax

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// The scanner is a machine with a state and a stack of states, as Velocity's own is. What a
// character means depends on the state alone, not on what the parser expects: "(" is
// text, or opens a directive's arguments, or those of a method.
//
//	inText   everything that isn't one of the following
//	inRef    behind a $ and behind a reference's name
//	inMember behind the dot of a reference, and behind the name that follows it
//	inCall   between the parentheses of a method call
//	inIndex  between the brackets behind a reference
//	inName   behind a # that may begin a directive
//	inDir    between a directive's name and its closing parenthesis
//
// A $ or # is scanned first and then belongs to the token that follows, whatever that is: "$ 5" is one
// token of text. A template can't end behind one.
type state uint8

const (
	inText state = iota
	inRef
	inMember
	inCall
	inIndex
	inName
	inDir
)

// frame is a state with the parentheses that were seen in it.
type frame struct {
	state        state
	opened, shut int
}

// scanner reads tokens. It is made by newScanner.
type scanner struct {
	src   string
	pos   int
	cur   frame
	stack []frame
	lines []int // offsets of the beginnings of lines, made when first needed
	base  Pos   // where the source begins in the template that it is part of
	err   string
}

// newScanner returns a scanner for the source.
func newScanner(src string) *scanner {
	return &scanner{src: src, base: Pos{1, 1}}
}

// position returns the place of an offset in the source.
func (s *scanner) position(offset int) Pos {
	if s.lines == nil {
		s.lines = lineStarts(s.src)
	}
	line := sort.SearchInts(s.lines, offset+1)
	col := 1 + utf8.RuneCountInString(s.src[s.lines[line-1]:offset])
	if line == 1 {
		return Pos{Line: s.base.Line, Col: s.base.Col + col - 1}
	}
	return Pos{Line: s.base.Line + line - 1, Col: col}
}

func lineStarts(src string) []int {
	starts := []int{0}
	for i := 0; i < len(src); i++ {
		if src[i] == '\n' || src[i] == '\r' && (i+1 == len(src) || src[i+1] != '\n') {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// scan returns the next token. Behind the last there is only tokEOF. It reports false if no
// token begins there; then the template is no Velocity.
func (s *scanner) scan() (token, bool) {
	start := s.pos
	for {
		core := s.pos
		if core == len(s.src) {
			if start < core {
				return token{kind: tokEOF, offset: start, core: core, end: core}, false
			}
			return token{kind: tokEOF, offset: core, core: core, end: core}, true
		}
		k, done, ok := s.step()
		if !ok {
			return token{kind: tokEOF, offset: start, core: core, end: core}, false
		}
		if done {
			return token{kind: k, offset: start, core: core, end: s.pos}, true
		}
	}
}

// step moves on by one token, or by a beginning that belongs to the token that follows (done is
// false then).
func (s *scanner) step() (k kind, done, ok bool) {
	switch s.cur.state {
	case inText:
		k, done = s.text()
		return k, done, s.err == ""
	case inRef, inMember:
		k, done = s.reference()
		return k, done, s.err == ""
	case inName:
		k, done = s.name()
		return k, done, s.err == ""
	case inIndex:
		return s.index()
	}
	return s.argument()
}

func (s *scanner) push(to state) {
	s.stack = append(s.stack, s.cur)
	s.cur = frame{state: to}
}

// pop goes back to the state before; it reports false at the bottom.
func (s *scanner) pop() bool {
	n := len(s.stack)
	if n == 0 {
		s.cur = frame{}
		return false
	}
	s.cur, s.stack = s.stack[n-1], s.stack[:n-1]
	return true
}

func (s *scanner) rest() string { return s.src[s.pos:] }

// text scans in the state inText.
func (s *scanner) text() (kind, bool) {
	rest := s.rest()
	if n := setLen(rest); n > 0 {
		s.pos += n
		s.push(inDir)
		s.cur.opened = 1
		return tokSet, true
	}
	switch rest[0] {
	case '$':
		if isRunt(rest) {
			s.pos += len("$.")
			return tokRunt, true
		}
		s.dollar(0)
		return 0, false
	case '\\':
		return s.backslash(rest)
	case '#':
		return s.hash(rest)
	}
	n := strings.IndexAny(rest, "$#\\")
	if n < 0 {
		n = len(rest)
	}
	s.pos += n
	return tokText, true
}

// dollar scans a $ or $! behind some backslashes.
func (s *scanner) dollar(slashes int) {
	s.pos += slashes + 1
	rest := s.rest()
	more := len(rest) - len(strings.TrimLeft(rest, `\`))
	if strings.HasPrefix(rest[more:], "!") {
		s.pos += more + 1
	}
	s.push(inRef)
}

// backslash scans what begins with a backslash in text.
func (s *scanner) backslash(rest string) (kind, bool) {
	n := len(rest) - len(strings.TrimLeft(rest, `\`))
	after := rest[n:]
	if after != "" && after[0] == '$' {
		s.dollar(n)
		return 0, false
	}
	if n%2 == 1 && after != "" && after[0] == '#' {
		if w := nameLen(after[1:]); w > 0 {
			s.pos += n + 1 + w
			return tokEscapedDirective, true
		}
	}
	if n > 1 {
		s.pos += 2
		return tokDoubleBackslash, true
	}
	s.pos++
	return tokBackslash, true
}

// hash scans what begins with # in text.
func (s *scanner) hash(rest string) (kind, bool) {
	switch {
	case strings.HasPrefix(rest, "##"):
		s.pos += lineLen(rest)
		if s.pos == len(s.src) && endsOpen(rest[2:]) {
			s.err = "the template ends behind a $ or #"
		}
		return tokLineComment, true
	case strings.HasPrefix(rest, "#*"):
		if n := blockLen(rest); n > 0 {
			s.pos += n
		} else {
			s.pos = len(s.src)
			if rest == "#*" || endsOpen(rest[2:]) {
				s.err = "the template ends behind a $ or #"
			}
		}
		return tokBlockComment, true
	case strings.HasPrefix(rest, "#[["):
		n := strings.Index(rest, "]]#")
		if n < 0 {
			s.pos, s.err = len(s.src), "the text block is not closed by ]]#"
			return 0, false
		}
		s.pos += n + 3
		return tokTextBlock, true
	}
	s.pos++
	s.push(inName)
	return 0, false
}

// name scans behind a #.
func (s *scanner) name() (kind, bool) {
	rest := s.rest()
	n := nameLen(rest)
	switch {
	case n > 0:
	case dollarLen(rest) >= 0:
		s.dollar(dollarLen(rest))
		return 0, false
	case rest[0] == '#':
		return s.hash(rest)
	default:
		s.pop()
		return 0, false
	}
	k := tokName
	switch word := strings.Trim(rest[:n], "{}"); word {
	case "if":
		k = tokIf
	case "elseif":
		k = tokElseIf
	case "else":
		k = tokElse
	case "end":
		k = tokEnd
	}
	s.pos += n
	switch k {
	case tokElse, tokEnd:
		s.pos += tailLen(s.rest())
		s.pop()
	default:
		s.cur.state = inDir
	}
	return k, true
}

// reference scans behind a $, a name or a dot of a reference. #set, block comments and text blocks
// don't end the state: what follows them is still seen as behind the reference.
func (s *scanner) reference() (kind, bool) {
	rest := s.rest()
	if setLen(rest) > 0 || strings.HasPrefix(rest, "#*") || strings.HasPrefix(rest, "#[[") {
		return s.text()
	}
	bare := strings.TrimSuffix(s.src[:s.pos], "$")
	escaped := len(bare) < s.pos && strings.HasSuffix(bare, `\`)
	first := s.pos > 0 && s.cur.state == inRef && (s.src[s.pos-1] == '$' || s.src[s.pos-1] == '!')
	if n := identLen(rest); n > 0 {
		s.pos += n
		if w := rest[:n]; w == "true" || w == "false" {
			return tokTrue, true // and so nothing can have that name
		}
		return tokIdent, true
	}
	one := func(k kind) (kind, bool) {
		s.pos++
		return k, true
	}
	switch c := rest[0]; {
	case s.cur.state == inRef && isRunt(rest):
		s.pos += len("$.") // the state stays
		return tokRunt, true
	case c == '[' && first:
		switch s.pop(); {
		case s.cur.state == inText && !escaped:
			return one(tokBracket)
		case s.cur.state != inMember:
			s.err = "expected a name between $ and ["
		}
		return 0, false
	case c == '{':
		return one(tokRefOpen)
	case c == '}':
		s.pop()
		return one(tokRefClose)
	case c == '[' && !first:
		s.push(inIndex)
		return one(tokIndexOpen)
	case c == '(' && s.cur.state == inMember:
		s.cur.state = inCall
		return one(tokParenOpen)
	case s.cur.state == inMember && dollarLen(rest) >= 0:
		s.dollar(dollarLen(rest)) // the state is left only later
		return 0, false
	case c == '#' && (s.cur.state == inRef || !strings.HasPrefix(rest, "##")):
		s.pop() // one state, whatever lies below
		return s.hash(rest)
	case c == '#':
		s.pos++ // behind a member ## begins no comment
		s.cur.state = inName
		return 0, false
	case c == '.' && len(rest) > 1 && isLetter(rest[1]):
		s.cur.state = inMember
		return one(tokDot)
	}
	s.pop()
	return 0, false
}

// index scans between the brackets behind a reference.
func (s *scanner) index() (k kind, done, ok bool) {
	rest := s.rest()
	switch c := rest[0]; {
	case c == ']':
		s.pos++
		s.pop()
		return tokIndexClose, true, true
	case c == '.' || c == '-' && !(len(rest) > 1 && isDigit(rest[1])):
		return 0, false, false
	}
	if k, n := literal(rest); n > 0 && k != tokWord && k != tokFloat {
		s.pos += n
		return k, true, true
	}
	if n := dollarLen(rest); n >= 0 {
		s.dollar(n)
		return 0, false, true
	}
	return 0, false, false
}

// argument scans between the parentheses of a directive or method call.
func (s *scanner) argument() (k kind, done, ok bool) {
	rest := s.rest()
	if setLen(rest) > 0 && s.cur.state == inCall {
		k, done = s.text()
		return k, done, true
	}
	if k, n := literal(rest); n > 0 {
		if i := identLen(rest); s.cur.state == inCall && (k == tokWord || i > n) {
			if k, n = tokIdent, i; n == 0 {
				return 0, false, false
			}
		} else if k == tokWord {
			k = wordKind(rest[:n])
		}
		s.pos += n
		return k, true, true
	}
	if n := dollarLen(rest); n >= 0 {
		s.dollar(n)
		return 0, false, true
	}
	if k, n := punctuation(rest); n > 0 {
		s.pos += n
		return k, true, true
	}
	if rest[0] == '#' {
		k, done = s.hash(rest)
		return k, done, s.err == ""
	}
	if s.cur.state == inCall {
		if rest[0] == ')' {
			s.pos++
			s.cur.state = inRef
			return tokCallClose, true, true
		}
		return 0, false, false
	}
	switch rest[0] {
	case '(':
		s.pos++
		s.cur.opened++
		return tokParenOpen, true, true
	case ')':
		s.pos += 1 + tailLen(rest[1:])
		s.closeParen()
		return tokParenClose, true, true
	}
	if k, n := operator(rest); n > 0 {
		s.pos += n
		return k, true, true
	}
	return 0, false, false
}

// parenFollows reports whether a parenthesis opens behind white space at the offset.
func (s *scanner) parenFollows(offset int) bool {
	rest := strings.TrimLeft(s.src[offset:], " \t\r\n")
	return rest != "" && rest[0] == '('
}

// closeParen leaves the state that the closing parenthesis closes.
func (s *scanner) closeParen() {
	for {
		if s.cur.opened > 0 {
			if s.cur.opened == s.cur.shut+1 {
				s.pop()
			} else {
				s.cur.shut++
			}
			return
		}
		if !s.pop() {
			return
		}
	}
}
