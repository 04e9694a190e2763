package jsonvalue

// Hot path.

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// The lenient reading follows json-smart 2.2 in its permissive mode, oddities included: all of them can be
// seen in a mapping template. In short:
//
//   - A value that is neither a bracket nor a quote begins an unquoted string, which ends before
//     the next separator of where it stands; blanks around it don't count. What then looks like a number,
//     true, false, null or NaN is one.
//   - Commas between the elements of an array are needed only where an unquoted string would go on.
//     Too many commas are skipped anywhere.
//   - Quotes are single or double. Unknown escapes vanish, \x41 is known, and control characters vanish
//     from strings that have an escape.
//   - What follows the document is not looked at. Nothing at all is the empty string.

// endOfInput is a character that ends the text wherever it stands outside of quotes.
const endOfInput = 0x1A

// stops says what ends an unquoted string.
type stops uint8

const (
	stopAtEnd   stops = iota // the end of the text
	stopKey                  // also ":"
	stopMember               // also "," and "}"
	stopElement              // also "," and "]"
)

func (s stops) at(c byte) bool {
	switch c {
	case ':':
		return s == stopKey
	case ',':
		return s >= stopMember
	case '}':
		return s == stopMember
	case ']':
		return s == stopElement
	}
	return false
}

// wordEnd is the first character that ends a number without making it an unquoted string.
const wordEnd = '~'

// ended reports whether the text ends at the position.
func (p *parser) ended() bool { return p.pos >= len(p.src) || p.src[p.pos] == endOfInput }

// lenientValue reads a value that ends before one of the stops.
func (p *parser) lenientValue(stop stops) (node, error) {
	p.space()
	if p.ended() {
		if stop != stopAtEnd {
			return node{}, p.errorAt(p.pos, "unexpected end of the text, want a value")
		}
		return node{kind: String}, nil
	}
	switch c := p.src[p.pos]; {
	case c == '{':
		return p.lenientObject()
	case c == '[':
		return p.lenientArray()
	case c == '"' || c == '\'':
		at, n, err := p.lenientQuoted(c)
		return node{kind: String, at: at, n: n}, err
	case c == ':' || c == '}' || c == ']':
		return node{}, p.unexpected("want a value")
	case c == '-' || c >= '0' && c <= '9':
		return p.lenientNumber(stop)
	}
	return p.word(stop), nil
}

// word reads an unquoted string, or what is spelled like a word of the language.
func (p *parser) word(stop stops) node {
	n := p.bare(p.pos, stop)
	switch p.text(n.at, n.n) {
	case "null":
		n.kind = Null
	case "true":
		n.kind = True
	case "false":
		n.kind = False
	case "NaN":
		n.kind, n.class = Number, NaN
	}
	return n
}

// bare goes to the end of the unquoted string that begins at start and returns it without the blanks around it.
func (p *parser) bare(start int, stop stops) node {
	for !p.ended() && !stop.at(p.src[p.pos]) {
		p.pos++
	}
	end := p.pos
	for start < end {
		r, size := utf8.DecodeRuneInString(p.src[start:end])
		if size == end-start || !javaSpace(r) {
			break
		}
		start += size
	}
	for start < end {
		r, size := utf8.DecodeLastRuneInString(p.src[start:end])
		if size == end-start || !javaSpace(r) {
			break
		}
		end -= size
	}
	return node{kind: String, at: uint32(start), n: uint32(end - start)}
}

// javaSpace is Java's Character.isWhitespace.
func javaSpace(r rune) bool {
	switch r {
	case 0x85, 0xA0, 0x2007, 0x202F:
		return false
	case 0x1C, 0x1D, 0x1E, 0x1F:
		return true
	}
	return unicode.IsSpace(r)
}

// lenientNumber reads what begins like a number.
func (p *parser) lenientNumber(stop stops) (node, error) {
	start, whole, exponent := p.pos, true, true
	p.pos++
	p.digits()
	if p.peek() == '.' {
		whole = false
		p.pos++
		p.digits()
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		whole = false
		p.pos++
		if c := p.peek(); c == '+' || c == '-' || c >= '0' && c <= '9' {
			p.pos++
			exponent = p.digits() > 0 || c >= '0' && c <= '9'
		} else {
			return p.bare(start, stop), nil
		}
	}
	end := p.pos
	p.space()
	if !p.ended() && p.src[p.pos] < wordEnd && !stop.at(p.src[p.pos]) {
		return p.bare(start, stop), nil
	}
	if !exponent {
		return node{}, p.errorAt(start, fmt.Sprintf("%q is no number", p.src[start:end]))
	}
	return p.numberNode(start, end, whole), nil
}

func (p *parser) lenientArray() (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	mark := len(p.open)
	p.pos++
	for {
		p.space()
		if p.ended() {
			return node{}, p.unexpected("want ]")
		}
		switch p.src[p.pos] {
		case ']':
			return p.close(Array, mark), nil
		case ',':
			p.pos++
		default:
			elem, err := p.lenientValue(stopElement)
			if err != nil {
				return node{}, err
			}
			p.open = append(p.open, elem)
		}
	}
}

func (p *parser) lenientObject() (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	mark := len(p.open)
	p.pos++
	for {
		p.space()
		if p.ended() {
			return node{}, p.unexpected("want }")
		}
		switch c := p.src[p.pos]; c {
		case '}':
			return p.close(Object, mark), nil
		case ',':
			p.pos++
		case ':', '[', ']', '{':
			return node{}, p.unexpected("want a member's name")
		default:
			member, err := p.lenientMember(c)
			if err != nil {
				return node{}, err
			}
			p.open = append(p.open, member)
			p.space()
			if p.ended() || p.src[p.pos] != ',' && p.src[p.pos] != '}' {
				return node{}, p.unexpected("want , or }")
			}
		}
	}
}

// lenientMember reads a name, a colon and a value.
func (p *parser) lenientMember(first byte) (node, error) {
	var keyAt, keyLen uint32
	if first == '"' || first == '\'' {
		var err error
		if keyAt, keyLen, err = p.lenientQuoted(first); err != nil {
			return node{}, err
		}
		p.space()
	} else {
		key := p.bare(p.pos, stopKey)
		keyAt, keyLen = key.at, key.n
	}
	if p.ended() || p.src[p.pos] != ':' {
		return node{}, p.unexpected("want :")
	}
	p.pos++
	member, err := p.lenientValue(stopMember)
	member.keyAt, member.keyLen, member.mark = keyAt, keyLen, p.mark(keyAt, keyLen)
	return member, err
}

// lenientQuoted reads a string that is quoted with quote.
func (p *parser) lenientQuoted(quote byte) (at, n uint32, err error) {
	start := p.pos + 1
	for i := start; i < len(p.src); i++ {
		switch p.src[i] {
		case quote:
			p.pos = i + 1
			return uint32(start), uint32(i - start), nil
		case '\\':
			return p.lenientEscaped(quote, start)
		}
	}
	return 0, 0, p.errorAt(len(p.src), "the string is not closed")
}

// lenientEscaped reads a string in which there is a backslash.
func (p *parser) lenientEscaped(quote byte, start int) (at, n uint32, err error) {
	begin := p.reserve()
	for i := start; i < len(p.src) && p.src[i] != endOfInput; {
		switch c := p.src[i]; {
		case c == quote:
			p.pos = i + 1
			return uint32(len(p.src) + begin), uint32(len(p.extra) - begin), nil
		case c == '\\':
			size := p.lenientEscape(p.src[i:])
			if size == 0 {
				return 0, 0, p.errorAt(i, "a broken escape in a string")
			}
			i += size
		case c < ' ' || c == 0x7F:
			i++
		default:
			p.extra = append(p.extra, c)
			i++
		}
	}
	return 0, 0, p.errorAt(len(p.src), "the string is not closed")
}

// lenientEscape appends what the escape at the start of s stands for and returns its length, 0 if it is broken.
func (p *parser) lenientEscape(s string) int {
	if size := p.escape(s); size > 0 {
		return size
	}
	switch {
	case len(s) < 2 || s[1] == 'u' || s[1] == endOfInput:
		return 0
	case s[1] == '\'':
		p.extra = append(p.extra, '\'')
	case s[1] == 'x':
		r, ok := hexDigits(s[2:], 2)
		if !ok {
			return 0
		}
		p.extra = utf8.AppendRune(p.extra, r)
		return 4
	case s[1] >= utf8.RuneSelf:
		_, size := utf8.DecodeRuneInString(s[1:])
		return 1 + size
	}
	return 2
}
