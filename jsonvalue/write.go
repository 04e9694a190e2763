package jsonvalue

// Hot path.

import (
	"strings"
	"unicode/utf8"
)

// Style is a manner of writing JSON.
type Style uint8

// The styles. None puts white space between values.
const (
	// Verbatim writes numbers as they were read and escapes nothing but what RFC 8259 asks for.
	Verbatim Style = iota

	// Compact is json-smart's LT_COMPRESS, in which templates see $input.json: numbers as Java
	// prints them, and escapes for control characters up to U+009F and for U+2000 to U+20FF.
	Compact

	// WebSafe is json-smart's NO_COMPRESS, in which lists of a document print in templates: as Compact,
	// and "/" is written as "\/".
	WebSafe
)

// Append appends v to dst as JSON text. No value at all is written as null. Half a character, which an escape can
// bring into a document, is escaped again in Verbatim; in the other styles it is kept as its three bytes.
func (v Value) Append(dst []byte, style Style) []byte {
	if v.doc == nil {
		return append(dst, "null"...)
	}
	switch n := v.node(); n.kind {
	case False:
		return append(dst, "false"...)
	case True:
		return append(dst, "true"...)
	case Number:
		if style == Verbatim {
			return append(dst, v.doc.text(n.at, n.n)...)
		}
		return appendNumber(dst, v)
	case String:
		return AppendString(dst, v.doc.text(n.at, n.n), style)
	case Array:
		dst = append(dst, '[')
		for i := range n.n {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Value{v.doc, n.at + i}.Append(dst, style)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i := range n.n {
			if i > 0 {
				dst = append(dst, ',')
			}
			m := &v.doc.nodes[n.at+i]
			dst = AppendString(dst, v.doc.text(m.keyAt, m.keyLen), style)
			dst = append(dst, ':')
			dst = Value{v.doc, n.at + i}.Append(dst, style)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// AppendString appends s to dst as a JSON string, quotes included.
func AppendString(dst []byte, s string, style Style) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c]&(1<<style) != 0 {
			i++
			continue
		}
		size, escape := 1, true
		if c >= utf8.RuneSelf {
			size, escape = unusual(s[i:], style)
		}
		if escape {
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, s[i:i+size])
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// plain tells which bytes need no second look, one bit for each style.
var plain = func() (t [256]uint8) {
	for c := range t {
		bits := uint8(1<<Verbatim | 1<<Compact | 1<<WebSafe)
		switch {
		case c < ' ' || c == '"' || c == '\\':
			bits = 0
		case c == '/':
			bits = 1<<Verbatim | 1<<Compact
		case c == 0x7F, c == 0xC2, c == 0xE2: // what starts U+0080 to U+009F and U+2000 to U+20FF
			bits = 1 << Verbatim
		case c == 0xED: // what starts a surrogate
			bits = 1<<Compact | 1<<WebSafe
		}
		t[c] = bits
	}
	return t
}()

// unusual looks at a character beyond ASCII. It returns its length and whether it is escaped.
func unusual(s string, style Style) (size int, escape bool) {
	if style == Verbatim && isSurrogate(s) {
		return 3, true
	}
	r, size := utf8.DecodeRuneInString(s)
	return size, style != Verbatim && (r >= 0x80 && r <= 0x9F || r >= 0x2000 && r <= 0x20FF)
}

// isSurrogate reports whether s begins with half a character, which [Parse] keeps as three bytes.
func isSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0
}

const hex = "0123456789ABCDEF"

// appendEscape appends the escape of one character.
func appendEscape(dst []byte, s string) []byte {
	if i := strings.IndexByte("\"\\/\b\f\n\r\t", s[0]); i >= 0 {
		return append(dst, '\\', `"\/bfnrt`[i])
	}
	r, _ := utf8.DecodeRuneInString(s)
	if isSurrogate(s) {
		r = 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F)
	}
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
