// Hot path.

package gateway

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/mapping"
)

// fillScope collects what templates and mappings see of the request.
func (x *Exchange) fillScope() {
	x.scope.Context = &x.context
	x.scope.FoldNames = x.Request.FoldNames
	x.scope.Body = x.body
	x.scope.StageVariables = x.stage.Variables // shared, never written to
	if x.trial == nil {
		x.fillHeaders()
	} else {
		for _, f := range x.Request.Headers {
			x.addHeader(f.Name, f.Value)
		}
	}
	x.fillQuery()
	for _, p := range x.params {
		x.scope.Path = append(x.scope.Path, mapping.Param{Name: p.Name, Value: p.Value})
	}
	x.fillContext()
}

// resetScope empties the lists of the scope and keeps their memory.
func (x *Exchange) resetScope() {
	s := &x.scope
	*s = mapping.Scope{Path: cleared(s.Path), Query: cleared(s.Query), Header: cleared(s.Header)}
}

// fillHeaders collects the client's headers, without those that never reach a mapping, and adds the
// trace and the forwarding headers.
//
// AWS: Amazon API Gateway important notes. The case of names is kept, except for Authorization and
// User-Agent.
func (x *Exchange) fillHeaders() {
	forwarded, traced := "", false
	for _, f := range x.Request.Headers {
		switch {
		case receivedRules.of(f.Name) == drop,
			header.EqualName(f.Name, headerForwardedPort), header.EqualName(f.Name, headerForwardedProto):
			continue
		case header.EqualName(f.Name, headerForwardedFor):
			forwarded += f.Value + ", "
			continue
		case header.EqualName(f.Name, headerAuthorization):
			f.Name = headerAuthorization
		case header.EqualName(f.Name, headerUserAgent):
			f.Name = headerUserAgent
		case header.EqualName(f.Name, headerTraceID):
			traced = true
			f.Value = x.ids.continueTrace(f.Value)
		}
		x.addHeader(f.Name, f.Value)
	}
	if !traced {
		x.addHeader(headerTraceID, x.ids.newTrace())
	}
	proto := "http"
	if x.Request.TLS {
		proto = "https"
	}
	x.addHeader(headerForwardedFor, forwarded+x.Request.PeerIP)
	x.addHeader(headerForwardedPort, x.port.of(x.Request.LocalPort))
	x.addHeader(headerForwardedProto, proto)
}

// addHeader adds a header to those that mappings see.
func (x *Exchange) addHeader(name, value string) {
	x.scope.Header = append(x.scope.Header, mapping.Param{Name: name, Value: value})
}

// fillQuery decodes the query string. A semicolon separates like an ampersand.
//
// AWS: Amazon API Gateway important notes (semicolons in a query string).
func (x *Exchange) fillQuery() {
	rest := x.query
	for rest != "" {
		pair := rest
		if i := strings.IndexAny(rest, "&;"); i >= 0 {
			pair, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		x.scope.Query = append(x.scope.Query, mapping.Param{Name: decodeQuery(name), Value: decodeQuery(value)})
	}
}

// decodeQuery decodes a name or value of a query string once: "+" is a blank. A percent sign that is
// followed by anything but two hexadecimal digits stays.
func decodeQuery(text string) string {
	if strings.IndexByte(text, '%') < 0 && strings.IndexByte(text, '+') < 0 {
		return text
	}
	dst := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			dst = append(dst, ' ')
		case c == '%' && i+2 < len(text) && unhex(text[i+1]) >= 0 && unhex(text[i+2]) >= 0:
			dst = append(dst, byte(unhex(text[i+1])<<4|unhex(text[i+2])))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return string(dst)
}

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// appendQueryEscaped appends a decoded name or value in the form in which it stands in a query.
func appendQueryEscaped(dst []byte, text string) []byte {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(text); i++ {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c == '-' || c == '.' || c == '_' || c == '~' {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', digits[c>>4], digits[c&15])
	}
	return dst
}
