package mapping

// Hot path.

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Param is a named value: a path parameter, a query parameter, a header or a stage variable.
type Param struct {
	Name  string
	Value string
}

// Scope is what one exchange shows to mappings. In the integration request Body is the client's body, in the
// integration response the endpoint's; everything else stays. A Scope belongs to one exchange
// and is not safe for concurrent use.
type Scope struct {
	// Body is the text that $input reads. Empty: there is none, which templates see as {}.
	Body []byte

	// Path, Query and Header are the request's parameters. Names may repeat in Query and Header: a single value
	// is the last then. Values are decoded except for those of Path.
	Path   []Param
	Query  []Param
	Header []Param

	// FoldNames says that header names carry no case (HTTP/2), so that they are found without regard to it.
	FoldNames bool

	// HeadersAsGiven keeps the headers in their order in $input.params(); else they are sorted by name.
	//
	// Observed: headers came sorted in the output of the console's passthrough template.
	HeadersAsGiven bool

	// StageVariables are those of the stage.
	StageVariables []Param

	// Context is $context. It must not be nil; it lives as long as the exchange.
	Context *Context

	// Variables, if it is an object, holds further variables that templates find by their names.
	Variables jsonvalue.Value

	parsed parsedBody // for expressions
}

// parsedBody is the last body that an expression read.
type parsedBody struct {
	of    []byte
	value jsonvalue.Value
	err   error
}

// last returns the value of the last parameter of that name.
func last(list []Param, name string, fold bool) (string, bool) {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Name == name || fold && header.EqualName(list[i].Name, name) {
			return list[i].Value, true
		}
	}
	return "", false
}

// json returns the body as a JSON document.
func (s *Scope) json() (jsonvalue.Value, error) {
	if p := &s.parsed; p.value.Exists() && sameBytes(p.of, s.Body) {
		return p.value, p.err
	}
	return s.parsed.read(s.Body)
}

func (p *parsedBody) read(body []byte) (jsonvalue.Value, error) {
	text := "{}"
	if len(body) > 0 {
		text = string(body)
	}
	p.of = body
	p.value, p.err = jsonvalue.ParseLenientString(text)
	return p.value, p.err
}

// sameBytes reports whether a and b are the same memory.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// EndpointResponse is what parameter mappings of an integration response read.
type EndpointResponse struct {
	Header []Param // in the order in which they came
	Body   []byte

	parsed parsedBody
}

// json returns the body as a JSON document.
func (r *EndpointResponse) json() (jsonvalue.Value, error) {
	if r.parsed.value.Exists() {
		return r.parsed.value, r.parsed.err
	}
	return r.parsed.read(r.Body)
}

// header returns the last value of a header: of the exact name, else without regard to case.
//
// Differs: see docs/differences.md, "Names of an endpoint's headers in mappings".
func (r *EndpointResponse) header(name string) (string, bool) {
	if v, ok := last(r.Header, name, false); ok {
		return v, true
	}
	return last(r.Header, name, true)
}

// looksLikeJSON reports whether a text begins like a JSON document, so that a mistake in it is one.
func looksLikeJSON(body []byte) bool {
	text := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n")
	return text != "" && strings.IndexByte(`{["'`, text[0]) >= 0
}
