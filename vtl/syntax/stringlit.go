package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// stringLit makes a string of its token. One in double quotes that has a $ or # in it is parsed as a template,
// a blank added at its end so that it may end in $ or #; but not where it has a line
// comment, which the blank would fall into. Rendering drops the last character again.
func (p *parser) stringLit(t token) *StringLit {
	source := p.scan.src[t.core:t.end]
	s := &StringLit{At: p.at(t), Source: source, Double: source[0] == '"'}
	s.Value = source[1 : len(source)-1]
	quote := source[:1]
	if strings.Contains(s.Value, quote) {
		s.Value = strings.ReplaceAll(s.Value, quote+quote, quote)
	}
	if !s.Double {
		return s
	}
	if strings.Contains(s.Value, `\u`) {
		value, ok := unescapeUnicode(s.Value)
		if !ok {
			p.fail(t.core, `expected four hexadecimal digits after \u`)
			return s
		}
		s.Value = value
	}
	if strings.ContainsAny(source, "$#") {
		s.Parsed = true
		s.Body = p.inner(t, s.Padded())
	}
	return s
}

// Padded returns the template that Body is parsed from, and that ends in a character which is not to
// be printed unless the two are equal.
func (s *StringLit) Padded() string {
	if strings.Contains(s.Source, "##") {
		return s.Value
	}
	return s.Value + " "
}

// inner parses the template that a string is.
func (p *parser) inner(t token, source string) []Node {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	in := &parser{name: p.name, scan: newScanner(source), macros: p.macros, depth: p.depth}
	in.scan.base = p.scan.position(t.core)
	in.scan.base.Col++
	body := in.template()
	if in.err != nil && p.err == nil {
		p.err = in.err
	}
	return body
}

// unescapeUnicode resolves each \uXXXX; two halves of a pair become one character, a half alone
// the three bytes that stand for it outside of UTF-8.
func unescapeUnicode(s string) (string, bool) {
	var b strings.Builder
	high := rune(0)
	flush := func() {
		if high != 0 {
			writeChar(&b, high)
			high = 0
		}
	}
	for {
		i := strings.Index(s, `\u`)
		if i < 0 {
			flush()
			b.WriteString(s)
			return b.String(), true
		}
		if i > 0 {
			flush()
		}
		b.WriteString(s[:i])
		if len(s) < i+6 {
			return "", false
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil {
			return "", false
		}
		s = s[i+6:]
		r := rune(n)
		switch {
		case high != 0 && r >= 0xDC00 && r <= 0xDFFF:
			b.WriteRune(0x10000 + (high-0xD800)<<10 + r - 0xDC00)
			high = 0
		case r >= 0xD800 && r < 0xDC00:
			flush()
			high = r
		default:
			flush()
			writeChar(&b, r)
		}
	}
}

func writeChar(b *strings.Builder, r rune) {
	if utf8.ValidRune(r) {
		b.WriteRune(r)
		return
	}
	b.Write([]byte{0xE0 | byte(r>>12), 0x80 | byte(r>>6)&0x3F, 0x80 | byte(r)&0x3F})
}
