package mapping

// Hot path.

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/jsonvalue"
	"github.com/sluice-gateway/sluice/vtl"
)

// util is $util of one rendering. Each of its functions takes one string; with anything else it doesn't exist.
//
// AWS: API Gateway mapping template and access logging variable reference.
type util struct {
	texts texts
}

// utilFunctions are the functions by name.
var utilFunctions = map[string]func(u *util, s string) (vtl.Value, error){
	"escapeJavaScript": func(u *util, s string) (vtl.Value, error) { return vtl.String(u.texts.escapeJavaScript(s)), nil },
	"urlEncode":        func(_ *util, s string) (vtl.Value, error) { return vtl.String(urlEncode(s)), nil },
	"urlDecode":        func(_ *util, s string) (vtl.Value, error) { return urlDecode(s) },
	"base64Encode": func(_ *util, s string) (vtl.Value, error) {
		return vtl.String(base64.StdEncoding.EncodeToString([]byte(s))), nil
	},
	"base64Decode": func(_ *util, s string) (vtl.Value, error) { return base64Decode(s) },
	"parseJson":    func(_ *util, s string) (vtl.Value, error) { return parseJSON(s) },
}

// Property implements [vtl.Object].
func (*util) Property(string) (vtl.Value, bool) { return vtl.Null, false }

// Call implements [vtl.Object].
func (u *util) Call(name string, args []vtl.Value) (vtl.Value, bool, error) {
	f := utilFunctions[name]
	if f == nil || len(args) != 1 {
		return vtl.Null, false, nil
	}
	if args[0].IsNull() {
		return vtl.Null, true, nil
	}
	s, ok := args[0].Text()
	if !ok {
		return vtl.Null, false, nil
	}
	v, err := f(u, s)
	if err != nil {
		return vtl.Null, true, fmt.Errorf("$util.%s: %w", name, err)
	}
	return v, true, nil
}

// AppendText implements [vtl.Object].
func (*util) AppendText(dst []byte) []byte { return dst }

// Class implements [vtl.Object].
func (*util) Class() string { return "com.amazonaws.apigateway.Util" }

// parseJSON reads a document like a body. Text that is none is null.
func parseJSON(s string) (vtl.Value, error) {
	v, err := jsonvalue.ParseLenientString(s)
	if err != nil {
		return vtl.Null, nil
	}
	return valueApart(v), nil
}

// escapeJavaScript is commons-lang 2.6's: it escapes quotes, backslashes, slashes, control characters and everything beyond ASCII,
// which becomes \uXXXX with capital letters, one for each UTF-16 unit.
func (t *texts) escapeJavaScript(s string) string {
	clean := 0
	for clean < len(s) && !javaScriptSpecial(s[clean]) {
		clean++
	}
	if clean == len(s) {
		return s
	}
	dst := append(t.begin(len(s)+len(s)/4+16), s[:clean]...)
	for i := clean; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = appendJavaScript(dst, c)
			i++
		} else {
			r, size := decodeRune(s[i:])
			i += size
			if r > 0xFFFF {
				r -= 0x10000
				dst = appendUnit(dst, 0xD800+r>>10)
				r = 0xDC00 + r&0x3FF
			}
			dst = appendUnit(dst, r)
		}
		plain := i
		for i < len(s) && !javaScriptSpecial(s[i]) {
			i++
		}
		dst = append(dst, s[plain:i]...)
	}
	return t.keep(dst)
}

// javaScriptSpecial reports whether a byte is escaped, or belongs to a character that is.
func javaScriptSpecial(c byte) bool { return javaScriptSpecials[c] }

var javaScriptSpecials = func() (t [256]bool) {
	for c := range t {
		t[c] = c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\'' || c == '\\' || c == '/'
	}
	return t
}()

func appendJavaScript(dst []byte, c byte) []byte {
	switch i := strings.IndexByte("\b\n\t\f\r", c); {
	case i >= 0:
		return append(dst, '\\', "bntfr"[i])
	case c < ' ':
		return appendUnit(dst, rune(c))
	case c == '"' || c == '\'' || c == '\\' || c == '/':
		return append(dst, '\\', c)
	}
	return append(dst, c)
}

const upperHex = "0123456789ABCDEF"

func appendUnit(dst []byte, u rune) []byte {
	return append(dst, '\\', 'u', upperHex[u>>12&15], upperHex[u>>8&15], upperHex[u>>4&15], upperHex[u&15])
}

// decodeRune decodes a character; half of one, which text from JSON can have as three bytes, is one too.
func decodeRune(s string) (rune, int) {
	if isHalf(s) {
		return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	return utf8.DecodeRuneInString(s)
}

// isHalf reports whether s begins with a surrogate without its other half.
func isHalf(s string) bool {
	return len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0 && s[1] <= 0xBF && s[2]&0xC0 == 0x80
}

// urlEncode is java.net.URLEncoder's: a blank becomes +, and *-._ stay.
func urlEncode(s string) string {
	dst := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("*-._", c) >= 0:
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		case isHalf(s[i:]):
			dst = append(dst, "%3F"...)
			i += 2
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return asText(dst)
}

// errPercent is java.net.URLDecoder's failure.
var errPercent = errors.New("a % is not followed by two hexadecimal digits")

// urlDecode is java.net.URLDecoder's: it fails for a % that is no escape.
func urlDecode(s string) (vtl.Value, error) {
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '+':
			dst = append(dst, ' ')
		case '%':
			if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
				return vtl.Null, errPercent
			}
			dst = append(dst, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return vtl.String(toUTF8(dst)), nil
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c - 'a' + 10)
	case c >= 'A' && c <= 'F':
		return int(c - 'A' + 10)
	}
	return -1
}

// errBase64 is java.util.Base64's failure.
var errBase64 = errors.New("the text is not base64")

// base64Decode is java.util.Base64's decoder: padding may be missing, other characters fail.
func base64Decode(s string) (vtl.Value, error) {
	if strings.ContainsAny(s, "\r\n") {
		return vtl.Null, errBase64
	}
	if strings.HasSuffix(s, "=") {
		if len(s)%4 != 0 {
			return vtl.Null, errBase64
		}
		s = strings.TrimSuffix(s[:len(s)-1], "=")
	}
	decoded, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return vtl.Null, errBase64
	}
	return vtl.String(toUTF8(decoded)), nil
}

// toUTF8 returns text in which what is no UTF-8 is U+FFFD, as often as Java's decoder finds.
func toUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	dst := make([]byte, 0, len(b)+16)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			size = malformed(b)
		}
		dst = utf8.AppendRune(dst, r)
		b = b[size:]
	}
	return asText(dst)
}

// malformed returns how many bytes at the start of b, which is no UTF-8, Java's decoder takes for one fault: a character as far as
// it is right.
func malformed(b []byte) int {
	continues := func(i int) bool { return i < len(b) && b[i]&0xC0 == 0x80 }
	lead := b[0]
	switch {
	case !continues(1) || lead < 0xE0 || lead > 0xF4,
		lead == 0xE0 && b[1] < 0xA0, lead == 0xF0 && b[1] < 0x90, lead == 0xF4 && b[1] >= 0x90:
		return 1
	case lead < 0xF0 && continues(2):
		return 3 // half a character of UTF-16
	case lead < 0xF0 || !continues(2):
		return 2
	}
	return 3
}
