package vtl

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// translation is a pattern of Java's in words that others understand.
type translation struct {
	re2      string // for package regexp, if not beyond
	perl     string // for a RegexpEngine
	beyond   bool   // package regexp can't do it
	lineEnds bool   // it has ^ or $, and so depends on what ends a line
	edges    bool   // it has \b or \B, and so depends on what is a letter
	empty    bool   // it can match nothing
	names    map[string]int
}

// translate rewrites a pattern. Characters that are meant as they are, and classes, are written out; flags are
// resolved, so that i folds ASCII only, as in Java.
func translate(pattern string) (*translation, error) {
	t := &translator{in: pattern, names: map[string]int{}}
	if err := t.alternatives(0); err != nil {
		return nil, err
	}
	if t.pos < len(t.in) {
		return nil, errors.New("unmatched closing ')'")
	}
	out := &translation{re2: t.re2.String(), perl: t.perl.String(), beyond: t.beyond, lineEnds: t.lineEnds, edges: t.edges, names: t.names}
	if !out.beyond {
		parsed, err := syntax.Parse(out.re2, syntax.Perl)
		if err != nil {
			var e *syntax.Error
			if errors.As(err, &e) && (e.Code == syntax.ErrInvalidRepeatSize || e.Code == syntax.ErrLarge) {
				out.beyond = true
				return out, nil
			}
			return nil, err
		}
		out.empty = canBeEmpty(parsed)
	}
	return out, nil
}

// canBeEmpty reports whether a pattern can match nothing.
func canBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return re.Op == syntax.OpLiteral && len(re.Rune) == 0
	case syntax.OpCapture, syntax.OpPlus:
		return canBeEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || canBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !canBeEmpty(sub) {
				return false
			}
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if canBeEmpty(sub) {
				return true
			}
		}
		return false
	}
	return true
}

// regexpFlags are Java's flags, those that matter here.
type regexpFlags struct{ fold, multiline, dotAll, comments, unixLines, unicodeCase bool }

type translator struct {
	in        string
	pos       int
	re2, perl strings.Builder
	flags     regexpFlags
	groups    int
	names     map[string]int
	beyond    bool
	lineEnds  bool
	edges     bool
}

const maxGroupDepth = 100

func (t *translator) more() bool { return t.pos < len(t.in) }

func (t *translator) has(s string) bool { return strings.HasPrefix(t.in[t.pos:], s) }

func (t *translator) take(s string) bool {
	if t.has(s) {
		t.pos += len(s)
		return true
	}
	return false
}

func (t *translator) rune() rune {
	r, n := utf8.DecodeRuneInString(t.in[t.pos:])
	t.pos += n
	return r
}

// both writes the same for both kinds of engine.
func (t *translator) both(s string) {
	t.re2.WriteString(s)
	t.perl.WriteString(s)
}

// alternatives translates up to the closing parenthesis or the end.
func (t *translator) alternatives(depth int) error {
	if depth > maxGroupDepth {
		return errors.New("groups nested too deeply")
	}
	saved := t.flags
	defer func() { t.flags = saved }()
	for t.more() {
		switch {
		case t.has(")"):
			return nil
		case t.take("|"):
			t.both("|")
			continue
		}
		if t.flags.comments && t.skipComment() {
			continue
		}
		a, b := t.re2.Len(), t.perl.Len()
		quantifiable, err := t.atom(depth)
		if err != nil {
			return err
		}
		if err := t.quantifier(a, b, quantifiable); err != nil {
			return err
		}
	}
	return nil
}

// skipComment skips what the flag x makes a comment.
func (t *translator) skipComment() bool {
	switch c := t.in[t.pos]; {
	case c == '#':
		for t.more() && t.in[t.pos] != '\n' {
			t.pos++
		}
		return true
	case c == ' ' || c >= '\t' && c <= '\r':
		t.pos++
		return true
	}
	return false
}

// atom translates something that a quantifier may follow.
func (t *translator) atom(depth int) (quantifiable bool, err error) {
	switch r := t.rune(); r {
	case '(':
		return t.group(depth)
	case '[':
		set, err := t.class(0)
		if err != nil {
			return false, err
		}
		t.both(set.text())
	case '.':
		t.both(t.dot().text())
	case '^':
		t.caret()
	case '$':
		t.dollar(t.flags.multiline)
	case '\\':
		return true, t.escape()
	case '*', '+', '?':
		return false, fmt.Errorf("dangling meta character '%c'", r)
	case '{':
		return false, errors.New("illegal repetition")
	default:
		t.char(r)
	}
	return true, nil
}

func (t *translator) dot() runeSet {
	switch {
	case t.flags.dotAll:
		return runeSet{}.negate()
	case t.flags.unixLines:
		return runeSet{}.add('\n', '\n').negate()
	}
	return lineTerminators.negate()
}

// char writes a character that is meant as it is.
func (t *translator) char(r rune) {
	set := runeSet{}.add(r, r)
	if t.flags.fold {
		set = set.folded(t.flags.unicodeCase)
	}
	if len(set) == 2 {
		t.both(quoteRune(r))
		return
	}
	t.both(set.text())
}

func (t *translator) caret() {
	if !t.flags.multiline {
		t.both(`\A`)
		return
	}
	t.lineEnds = true
	t.re2.WriteString(`(?m:^)`)
	t.perl.WriteString("(?:\\A|(?<=[\n\u0085\u2028\u2029])(?!\\z)|(?<=\r)(?!\n|\\z))")
}

func (t *translator) dollar(multiline bool) {
	t.lineEnds = true
	if multiline {
		t.re2.WriteString(`(?m:$)`)
		t.perl.WriteString("(?:\\z|(?=[\r\u0085\u2028\u2029])|(?<!\r)(?=\n))")
		return
	}
	t.re2.WriteString(`\z`)
	t.perl.WriteString("(?:\\z|(?=(?:\r\n|[\r\u0085\u2028\u2029])\\z)|(?<!\r)(?=\n\\z))")
}

// quantifier translates *, +, ?, {n,m} with ? or + behind, if one follows what was written from a and b on.
func (t *translator) quantifier(a, b int, quantifiable bool) error {
	if t.flags.comments {
		for t.more() && t.skipComment() {
		}
	}
	q := t.quantifierText()
	if q == "" {
		return nil
	}
	if q == "{" {
		return errors.New("illegal repetition")
	}
	if !quantifiable {
		return nil
	}
	wrap := func(s *strings.Builder, from int, open string) {
		text := s.String()
		s.Reset()
		s.WriteString(text[:from])
		s.WriteString(open + "(?:" + text[from:] + ")" + q)
	}
	wrap(&t.re2, a, "")
	switch {
	case t.take("+"):
		t.beyond = true
		wrap(&t.perl, b, "(?>")
		t.perl.WriteString(")")
	case t.take("?"):
		wrap(&t.perl, b, "")
		t.both("?")
	default:
		wrap(&t.perl, b, "")
	}
	return nil
}

// quantifierText takes a quantifier without what may follow it; "{" if it is wrong.
func (t *translator) quantifierText() string {
	if !t.more() {
		return ""
	}
	switch c := t.in[t.pos]; c {
	case '*', '+', '?':
		t.pos++
		return string(c)
	case '{':
		end := strings.IndexByte(t.in[t.pos:], '}')
		if end < 0 {
			return "{"
		}
		q := t.in[t.pos : t.pos+end+1]
		low, high, ranged := strings.Cut(q[1:end], ",")
		n, err := strconv.ParseUint(low, 10, 31)
		if err != nil {
			return "{"
		}
		if ranged && high != "" {
			m, err := strconv.ParseUint(high, 10, 31)
			if err != nil || m < n {
				return "{"
			}
		}
		t.pos += end + 1
		return q
	}
	return ""
}

// group translates what stands behind an opening parenthesis.
func (t *translator) group(depth int) (bool, error) {
	saved := t.flags
	defer func() { t.flags = saved }()
	switch {
	case !t.has("?"):
		t.groups++
		t.both("(")
	case t.take("?<=") || t.take("?<!") || t.take("?=") || t.take("?!") || t.take("?>"):
		t.beyond = true
		t.both("(" + t.in[strings.LastIndexByte(t.in[:t.pos], '?'):t.pos])
	case t.take("?<"):
		end := strings.IndexByte(t.in[t.pos:], '>')
		if end <= 0 {
			return false, errors.New("named capturing group is missing trailing '>'")
		}
		t.groups++
		t.names[t.in[t.pos:t.pos+end]] = t.groups
		t.pos += end + 1
		t.both("(")
	default:
		t.pos++
		closed, err := t.flagGroup()
		if err != nil {
			return false, err
		}
		if closed {
			saved = t.flags
			return false, nil
		}
		t.both("(?:")
	}
	if err := t.alternatives(depth + 1); err != nil {
		return false, err
	}
	if !t.take(")") {
		return false, errors.New("unclosed group")
	}
	t.both(")")
	return true, nil
}

// flagGroup reads flags up to a colon, or up to the closing parenthesis; then they hold from there on.
func (t *translator) flagGroup() (closed bool, err error) {
	on := true
	for t.more() {
		c := t.in[t.pos]
		t.pos++
		switch c {
		case ':':
			return false, nil
		case ')':
			return true, nil
		case '-':
			on = false
		case 'i':
			t.flags.fold = on
		case 'm':
			t.flags.multiline = on
		case 's':
			t.flags.dotAll = on
		case 'x':
			t.flags.comments = on
		case 'd':
			t.flags.unixLines = on
		case 'u':
			t.flags.unicodeCase = on
		case 'U':
			return false, errors.New("the flag U is not supported")
		default:
			return false, errors.New("unknown inline modifier")
		}
	}
	return false, errors.New("unknown inline modifier")
}

// escape translates what stands behind a backslash.
func (t *translator) escape() error {
	if !t.more() {
		return errors.New("unexpected internal error: a backslash at the end")
	}
	if set, ok, err := t.classEscape(); ok || err != nil {
		if err == nil {
			t.both(set.text())
		}
		return err
	}
	c := t.in[t.pos]
	switch c {
	case 'b', 'B', 'A', 'z':
		t.pos++
		t.edges = t.edges || c == 'b' || c == 'B'
		t.both(`\` + string(c))
		return nil
	case 'Z':
		t.pos++
		t.dollar(false)
		return nil
	case 'R':
		t.pos++
		t.both("(?:\r\n|" + verticalSpace.text() + ")")
		return nil
	case 'Q':
		t.pos++
		text, rest, _ := strings.Cut(t.in[t.pos:], `\E`)
		t.pos = len(t.in) - len(rest)
		for _, r := range text {
			t.char(r)
		}
		return nil
	case 'E':
		t.pos++
		return nil
	case 'k':
		return t.namedReference()
	case 'G', 'X':
		return fmt.Errorf(`\%c is not supported`, c)
	}
	if c >= '1' && c <= '9' {
		return t.backReference()
	}
	r, err := t.escapedChar()
	if err == nil {
		t.char(r)
	}
	return err
}

func (t *translator) namedReference() error {
	end := strings.IndexByte(t.in[t.pos:], '>')
	if end < 0 || !t.has("k<") {
		return errors.New(`\k is not followed by '<' for named capturing group`)
	}
	group, ok := t.names[t.in[t.pos+2:t.pos+end]]
	if !ok {
		return errors.New("named capturing group does not exist")
	}
	t.pos += end + 1
	t.refer(group)
	return nil
}

// backReference reads the number of a group: as many digits as there are groups for.
func (t *translator) backReference() error {
	n := int(t.in[t.pos] - '0')
	t.pos++
	for t.more() && isDigit(t.in[t.pos]) && n*10+int(t.in[t.pos]-'0') <= t.groups {
		n = n*10 + int(t.in[t.pos]-'0')
		t.pos++
	}
	t.refer(n)
	return nil
}

func (t *translator) refer(group int) {
	t.beyond = true
	t.perl.WriteString(fmt.Sprintf(`(?:\%d)`, group))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// escapedChar reads an escape that stands for one character, behind its backslash.
func (t *translator) escapedChar() (rune, error) {
	r := t.rune()
	switch r {
	case 't':
		return '\t', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 'f':
		return '\f', nil
	case 'a':
		return 7, nil
	case 'e':
		return 0x1B, nil
	case '0':
		n := 0
		for n < 3 && t.pos+n < len(t.in) && t.in[t.pos+n] >= '0' && t.in[t.pos+n] <= '7' && (n < 2 || t.in[t.pos] <= '3') {
			n++
		}
		return t.number(n, 8)
	case 'x':
		if t.take("{") {
			end := strings.IndexByte(t.in[t.pos:], '}')
			c, err := t.number(max(end, 0), 16)
			t.pos++
			return c, err
		}
		return t.number(2, 16)
	case 'u':
		c, err := t.number(4, 16)
		if err == nil && isHigh(uint16(c)) && t.take(`\u`) {
			low, err := t.number(4, 16)
			return joinSurrogates(c, low), err
		}
		return c, err
	case 'c':
		if !t.more() {
			return 0, errors.New("illegal control escape sequence")
		}
		return t.rune() ^ 64, nil
	}
	if r < utf8.RuneSelf && unicode.IsLetter(r) {
		return 0, errors.New("illegal/unsupported escape sequence")
	}
	return r, nil
}

// number reads a character's number of so many digits.
func (t *translator) number(digits, base int) (rune, error) {
	if digits == 0 || t.pos+digits > len(t.in) {
		return 0, errors.New("illegal escape sequence")
	}
	n, err := strconv.ParseUint(t.in[t.pos:t.pos+digits], base, 32)
	if err != nil || n > unicode.MaxRune {
		return 0, errors.New("illegal escape sequence")
	}
	t.pos += digits
	return rune(n), nil
}
