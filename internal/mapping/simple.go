package mapping

import "strings"

// Simple is the template of a gateway response, in which variables are replaced and nothing else: $context.NAME,
// $stageVariables.NAME and $method.request.{header|path|querystring}.NAME, each also written with braces. It doesn't
// change and is safe for concurrent use.
//
// AWS: Gateway responses in API Gateway.
type Simple struct {
	parts []simplePart
}

// simplePart is a text, and the variable that follows it.
type simplePart struct {
	text     string
	variable *Expression // nil at the end
}

// simplePrefixes are what a variable begins with. Only those of method.request may stand without the dollar sign.
var simplePrefixes = []string{
	"context.", "stageVariables.",
	"method.request.header.", "method.request.path.", "method.request.querystring.",
}

// CompileSimple compiles the template of a gateway response. Whatever is no variable is text.
func CompileSimple(source string) (*Simple, error) {
	t := &Simple{}
	start := 0
	for i := 0; i < len(source); {
		n, expression := simpleVariable(source[i:])
		if n == 0 {
			i++
			continue
		}
		variable, err := CompileExpression(expression)
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, simplePart{text: source[start:i], variable: variable})
		i += n
		start = i
	}
	t.parts = append(t.parts, simplePart{text: source[start:]})
	return t, nil
}

// simpleVariable returns the length of the variable at the start of s and its expression; 0 if there is none.
func simpleVariable(s string) (int, string) {
	begin, bare := 0, true
	if s[0] == '$' {
		begin, bare = 1, false
	}
	braces := !bare && strings.HasPrefix(s[begin:], "{")
	if braces {
		begin++
	}
	for _, prefix := range simplePrefixes {
		if !strings.HasPrefix(s[begin:], prefix) || bare && !strings.HasPrefix(prefix, "method.") {
			continue
		}
		end := begin + nameLength(s[begin:])
		for end > begin+len(prefix) && s[end-1] == '.' {
			end-- // the end of a sentence
		}
		if end == begin+len(prefix) || braces && (end == len(s) || s[end] != '}') {
			return 0, ""
		}
		if braces {
			return end + 1, s[begin:end]
		}
		return end, s[begin:end]
	}
	return 0, ""
}

// nameLength returns how long the name of a variable is that begins s. The name of a claim may have a colon in it: cognito:groups.
func nameLength(s string) int {
	n := 0
	for n < len(s) && (isNameChar(s[n]) || s[n] == ':' && n+1 < len(s) && isNameChar(s[n+1]) && strings.Contains(s[:n], "authorizer.claims.")) {
		n++
	}
	return n
}

func isNameChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
}

// Render appends the text to dst. A variable without a value is replaced by nothing.
func (t *Simple) Render(dst []byte, s *Scope) []byte {
	var values [1]string
	for i := range t.parts {
		p := &t.parts[i]
		dst = append(dst, p.text...)
		if p.variable == nil {
			continue
		}
		found, err := p.variable.AppendValues(values[:0], s, nil)
		if err == nil && len(found) > 0 {
			dst = append(dst, found[0]...)
		}
	}
	return dst
}
