package jsonvalue

// Hot path.

import (
	"strings"
	"unicode/utf8"
)

// quoted reads a string in double quotes.
func (p *parser) quoted() (at, n uint32, err error) {
	start := p.pos + 1
	for i := start; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '"':
			p.pos = i + 1
			return uint32(start), uint32(i - start), nil
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			return 0, 0, p.errorAt(i, "a control character in a string must be escaped")
		}
	}
	return 0, 0, p.errorAt(len(p.src), "the string is not closed")
}

// escaped reads the rest of a string from its first backslash on.
func (p *parser) escaped(start, i int) (at, n uint32, err error) {
	begin := p.reserve()
	p.extra = append(p.extra, p.src[start:i]...)
	for i < len(p.src) {
		switch c := p.src[i]; {
		case c == '"':
			p.pos = i + 1
			return uint32(len(p.src) + begin), uint32(len(p.extra) - begin), nil
		case c == '\\':
			size := p.escape(p.src[i:])
			if size == 0 {
				return 0, 0, p.errorAt(i, "unknown escape in a string")
			}
			i += size
		case c < ' ' || c == 0x7F && p.lenient: // which the lenient reading drops
			return 0, 0, p.errorAt(i, "a control character in a string must be escaped")
		default:
			plain := i
			for i++; i < len(p.src) && inString[p.src[i]]; i++ {
			}
			p.extra = append(p.extra, p.src[plain:i]...)
		}
	}
	return 0, 0, p.errorAt(len(p.src), "the string is not closed")
}

// reserve returns where the next text with escapes begins in p.extra, and makes room when there is the first one.
func (p *parser) reserve() int {
	if cap(p.extra) == 0 {
		p.extra = make([]byte, 0, len(p.src)/4+16)
	}
	return len(p.extra)
}

// escape appends what the escape at the start of s stands for and returns its length, 0 if it is none.
func (p *parser) escape(s string) int {
	if len(s) < 2 {
		return 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		p.extra = append(p.extra, "\"\\/\b\f\n\r\t"[i])
		return 2
	}
	if s[1] != 'u' {
		return 0
	}
	r, ok := hexDigits(s[2:], 4)
	if !ok {
		return 0
	}
	return 6 + p.surrogate(r, s[6:])
}

// hexDigits reads n hexadecimal digits at the start of s.
func hexDigits(s string, n int) (r rune, ok bool) {
	if len(s) < n {
		return 0, false
	}
	for i := range n {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// surrogate appends the character that the UTF-16 unit r begins; rest follows its escape. It returns how
// much of rest belongs to the character. A surrogate without its other half is kept as the three bytes that UTF-8 would have for it.
func (p *parser) surrogate(r rune, rest string) int {
	if r < 0xD800 || r > 0xDFFF {
		p.extra = utf8.AppendRune(p.extra, r)
		return 0
	}
	if r < 0xDC00 && len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
		if low, ok := hexDigits(rest[2:], 4); ok && low >= 0xDC00 && low <= 0xDFFF {
			p.extra = utf8.AppendRune(p.extra, (r-0xD800)<<10|(low-0xDC00)+0x10000)
			return 6
		}
	}
	p.extra = append(p.extra, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0xBF, 0x80|byte(r)&0xBF)
	return 0
}
