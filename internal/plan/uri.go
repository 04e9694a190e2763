package plan

import (
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// URI is the compiled URI of an integration: stage variables are folded in, placeholders wait
// for the values of integration.request.path parameters. It is immutable.
//
// AWS: HTTP integrations; Amazon API Gateway stage variables reference.
type URI struct {
	scheme string
	host   text
	path   text
	query  text
	valid  bool
	aws    *serviceURI // of AWS integrations, which have neither scheme nor host
}

// text is literal text with placeholders in between.
type text []piece

// piece is literal text, or the name of a placeholder.
type piece struct {
	literal string
	name    string
}

// compileURI folds the variables into a configured URI and takes it apart. A URI that has no usable
// address is not valid, which the client learns at call time.
func compileURI(source string, variables map[string]string) *URI {
	rest := foldStageVariables(source, variables)
	u := &URI{}
	scheme, rest, ok := strings.Cut(rest, "://")
	if !ok {
		return u
	}
	u.scheme = strings.ToLower(scheme)
	rest, _, _ = strings.Cut(rest, "#")
	host := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, rest = rest[:i], rest[i:]
	} else {
		rest = ""
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	path, query, _ := strings.Cut(rest, "?")
	if path == "" {
		path = "/"
	}
	u.host, u.path, u.query = parseText(host), parseText(path), parseText(query)
	u.valid = (u.scheme == "http" || u.scheme == "https") && host != ""
	if literal, static := u.host.static(); static {
		u.valid = u.valid && validHost(literal)
	}
	return u
}

// foldStageVariables replaces ${stageVariables.NAME} by the variable's value, "" for a missing one.
// Other text with a dollar stays as it is.
func foldStageVariables(source string, variables map[string]string) string {
	const open = "${stageVariables."
	if !strings.Contains(source, open) {
		return source
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(source, open)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			b.WriteString(open + after)
			return b.String()
		}
		b.WriteString(variables[name])
		source = rest
	}
}

// parseText splits text at its {NAME} placeholders. A brace after a dollar, or one that is not
// closed, is text.
func parseText(source string) text {
	var t text
	literal := 0
	for i := 0; i < len(source); i++ {
		if source[i] != '{' || i > 0 && source[i-1] == '$' {
			continue
		}
		n := strings.IndexByte(source[i:], '}')
		if n < 2 {
			continue
		}
		if i > literal {
			t = append(t, piece{literal: source[literal:i]})
		}
		t = append(t, piece{name: strings.TrimSuffix(source[i+1:i+n], "+")})
		literal = i + n + 1
		i = literal - 1
	}
	if literal < len(source) {
		t = append(t, piece{literal: source[literal:]})
	}
	return t
}

// static returns the text if it has no placeholders.
func (t text) static() (string, bool) {
	switch len(t) {
	case 0:
		return "", true
	case 1:
		return t[0].literal, t[0].name == ""
	}
	return "", false
}

// Placeholders returns the names of the URI's placeholders.
func (u *URI) Placeholders() []string {
	var names []string
	parts := []text{u.host, u.path, u.query}
	if u.aws != nil {
		parts = append(parts, u.aws.subdomain, u.aws.target)
	}
	for _, t := range parts {
		for _, p := range t {
			if p.name != "" {
				names = append(names, p.name)
			}
		}
	}
	return names
}

// PathValues are the values of a URI's placeholders.
type PathValues interface {
	// PathValue returns the raw text for a placeholder and whether there is one.
	PathValue(name string) (string, bool)
}

// Build fills dst with the URI for the values; for an AWS service, with path and query. It reports false
// when the URI has no usable address or a placeholder has no value.
func (u *URI) Build(dst *integration.URI, values PathValues) bool {
	if !u.valid {
		return false
	}
	dst.Scheme = u.scheme
	var okHost, okPath, okQuery bool
	dst.Host, okHost = u.host.build(values, inPath)
	dst.Path, okPath = u.path.build(values, inPath)
	dst.Query, okQuery = u.query.build(values, inQuery)
	if !okHost || !okPath || !okQuery {
		return false
	}
	if _, static := u.host.static(); !static {
		return validHost(dst.Host)
	}
	return true
}

// build returns the text with the values in their places.
func (t text) build(values PathValues, keep func(byte) bool) (string, bool) {
	if literal, static := t.static(); static {
		return literal, true
	}
	var buf [256]byte
	dst := buf[:0]
	for _, p := range t {
		if p.name == "" {
			dst = append(dst, p.literal...)
			continue
		}
		value, ok := values.PathValue(p.name)
		if !ok {
			return "", false
		}
		dst = appendEncoded(dst, value, keep)
	}
	return string(dst), true
}

// appendEncoded appends value and percent-encodes the bytes that must not stand there. What is
// percent-encoded already stays as it is: path parameters are raw text.
func appendEncoded(dst []byte, value string, keep func(byte) bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(value); i++ {
		c := value[i]
		if keep(c) || c == '%' && i+2 < len(value) && isHex(value[i+1]) && isHex(value[i+2]) {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', digits[c>>4], digits[c&15])
	}
	return dst
}

// inPath reports whether a byte of a value may stand in a path as it is, slashes included.
func inPath(c byte) bool {
	return isUnreserved(c) || strings.IndexByte("/!$&'()*+,;=:@", c) >= 0
}

// inQuery reports whether a byte of a value may stand in a query as it is.
func inQuery(c byte) bool {
	return isUnreserved(c)
}

// isUnreserved reports whether a byte is unreserved in the sense of RFC 3986.
func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// isHex reports whether a byte is a hexadecimal digit.
func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// validHost reports whether an endpoint may have this address: a name or address of which every
// byte may stand in one, and a port that is allowed.
//
// AWS: Amazon API Gateway important notes (ports 80, 443 and 1024 to 65535).
func validHost(host string) bool {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i+1:]
		n, err := strconv.Atoi(port)
		if err != nil || n != 80 && n != 443 && (n < 1024 || n > 65535) {
			return false
		}
	}
	for i := 0; i < len(name); i++ {
		if !isUnreserved(name[i]) && strings.IndexByte("[]:", name[i]) < 0 {
			return false
		}
	}
	return name != ""
}
