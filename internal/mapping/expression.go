package mapping

// Hot path.

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/jsonpath"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// ErrInvalidJSON is the error of an expression that reads a body which begins like JSON and is none.
var ErrInvalidJSON = errors.New("invalid JSON in the body")

// Expression is the source of a parameter mapping, such as method.request.header.X-Trace or 'a constant'.
// It doesn't change and is safe for concurrent use.
//
// AWS: API Gateway API request and response data mapping reference.
type Expression struct {
	text    string
	source  source
	name    string         // of a parameter
	path    *jsonpath.Path // of a value in a body; nil: the whole body
	context contextPath
}

// source is where an expression reads.
type source uint8

const (
	sourceStatic source = iota
	sourcePath
	sourceQuery
	sourceQueryValues
	sourceHeader
	sourceHeaderValues
	sourceBody
	sourceResponseHeader
	sourceResponseHeaderValues
	sourceResponseBody
	sourceStageVariable
	sourceContext
)

// sources are the beginnings of expressions. Those that end with a dot are followed by a name.
var sources = []struct {
	prefix string
	source source
}{
	{"method.request.path.", sourcePath},
	{"method.request.querystring.", sourceQuery},
	{"method.request.multivaluequerystring.", sourceQueryValues},
	{"method.request.header.", sourceHeader},
	{"method.request.multivalueheader.", sourceHeaderValues},
	{"method.request.body", sourceBody},
	{"integration.response.header.", sourceResponseHeader},
	{"integration.response.multivalueheader.", sourceResponseHeaderValues},
	{"integration.response.body", sourceResponseBody},
	{"stageVariables.", sourceStageVariable},
	{"context.", sourceContext},
}

// CompileExpression compiles the source of a parameter mapping.
func CompileExpression(text string) (*Expression, error) {
	if n := len(text); n >= 2 && text[0] == '\'' && text[n-1] == '\'' {
		return &Expression{text: text, source: sourceStatic, name: text[1 : n-1]}, nil
	}
	for _, s := range sources {
		rest, ok := strings.CutPrefix(text, s.prefix)
		if !ok {
			continue
		}
		e := &Expression{text: text, source: s.source, name: rest}
		switch {
		case s.source == sourceBody || s.source == sourceResponseBody:
			if rest == "" {
				return e, nil
			}
			return e, e.compileBodyPath()
		case rest == "":
			return nil, fmt.Errorf("mapping expression %q: a name is missing", text)
		case s.source == sourceContext:
			e.context = resolveContext(rest)
		}
		return e, nil
	}
	return nil, fmt.Errorf("mapping expression %q: not a source of a mapping", text)
}

// compileBodyPath compiles what follows the word body: a JSONPath without its $.
func (e *Expression) compileBodyPath() error {
	path := "$" + e.name
	if rest, ok := strings.CutPrefix(e.name, ".$"); ok {
		path = "$" + rest
	}
	var err error
	e.path, err = pathOptions.Compile(path)
	if err != nil {
		return fmt.Errorf("mapping expression %q: %w", e.text, err)
	}
	return nil
}

// String returns the text of the expression.
func (e *Expression) String() string { return e.text }

// Static reports whether the expression is a constant, which is sent without being encoded.
func (e *Expression) Static() bool { return e.source == sourceStatic }

// AppendValues appends the values that the expression has in an exchange to dst: one, several for a source of
// multiple values, none where there is no value. response is nil on the request side, where
// integration.response has no values. The error is [ErrInvalidJSON].
func (e *Expression) AppendValues(dst []string, s *Scope, response *EndpointResponse) ([]string, error) {
	switch e.source {
	case sourceStatic:
		return append(dst, e.name), nil
	case sourcePath:
		return appendLast(dst, s.Path, e.name, false), nil
	case sourceQuery:
		return appendLast(dst, s.Query, e.name, false), nil
	case sourceQueryValues:
		return appendAll(dst, s.Query, e.name, false), nil
	case sourceHeader:
		return appendLast(dst, s.Header, e.name, s.FoldNames), nil
	case sourceHeaderValues:
		return appendAll(dst, s.Header, e.name, s.FoldNames), nil
	case sourceStageVariable:
		return appendLast(dst, s.StageVariables, e.name, false), nil
	case sourceContext:
		if text, ok := e.context.text(s.Context); ok {
			dst = append(dst, text)
		}
		return dst, nil
	case sourceBody:
		return e.appendBody(dst, s.Body, s.json)
	}
	if response == nil {
		return dst, nil
	}
	return e.appendResponse(dst, response)
}

func (e *Expression) appendResponse(dst []string, r *EndpointResponse) ([]string, error) {
	switch e.source {
	case sourceResponseHeader:
		if v, ok := r.header(e.name); ok {
			dst = append(dst, v)
		}
		return dst, nil
	case sourceResponseHeaderValues:
		return appendAll(dst, r.Header, e.name, true), nil
	}
	return e.appendBody(dst, r.Body, r.json)
}

// appendBody appends a body or a value of it: text as it is, the rest as JSON.
func (e *Expression) appendBody(dst []string, body []byte, parse func() (jsonvalue.Value, error)) ([]string, error) {
	if e.path == nil {
		if len(body) == 0 {
			return append(dst, "{}"), nil
		}
		return append(dst, string(body)), nil
	}
	doc, err := parse()
	if err != nil {
		if looksLikeJSON(body) {
			return dst, ErrInvalidJSON
		}
		return dst, nil
	}
	v, err := e.path.Get(doc)
	switch {
	case err != nil || v.IsNull():
		return dst, nil
	case v.Kind() == jsonvalue.String:
		return append(dst, v.Text()), nil
	}
	return append(dst, v.String()), nil
}

func appendLast(dst []string, list []Param, name string, fold bool) []string {
	if v, ok := last(list, name, fold); ok {
		dst = append(dst, v)
	}
	return dst
}

func appendAll(dst []string, list []Param, name string, fold bool) []string {
	for i := range list {
		if list[i].Name == name || fold && header.EqualName(list[i].Name, name) {
			dst = append(dst, list[i].Value)
		}
	}
	return dst
}
