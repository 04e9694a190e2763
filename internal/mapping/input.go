package mapping

// Hot path.

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/jsonpath"
	"github.com/sluice-gateway/sluice/jsonvalue"
	"github.com/sluice-gateway/sluice/vtl"
)

// input is $input of one rendering.
//
// AWS: API Gateway mapping template and access logging variable reference.
type input struct {
	scope *Scope
	paths *pathCache

	text   string // the body, {} if there is none; "" before it is read
	doc    document
	parsed bool
	bad    bool // the body is no document
	params vtl.Value
}

// Property implements [vtl.Object]: $input.body.
func (in *input) Property(name string) (vtl.Value, bool) {
	if name != "body" {
		return vtl.Null, false
	}
	return vtl.String(in.body()), true
}

// Call implements [vtl.Object].
func (in *input) Call(name string, args []vtl.Value) (vtl.Value, bool, error) {
	switch {
	case len(args) == 0 && name == "params":
		return in.allParams(), true, nil
	case len(args) == 0 && name == "getBody":
		return vtl.String(in.body()), true, nil
	case len(args) != 1:
		return vtl.Null, false, nil
	}
	if args[0].IsNull() {
		return vtl.Null, true, nil
	}
	text, ok := args[0].Text()
	if !ok {
		return vtl.Null, false, nil
	}
	switch name {
	case "path":
		p := in.path(text)
		if p == nil {
			return vtl.Null, true, nil
		}
		return in.doc.path(p), true, nil
	case "json":
		return vtl.String(in.json(text)), true, nil
	case "params":
		return vtl.String(in.param(text)), true, nil
	}
	return vtl.Null, false, nil
}

// AppendText implements [vtl.Object].
func (in *input) AppendText(dst []byte) []byte { return dst }

// Class implements [vtl.Object].
func (in *input) Class() string { return "com.amazonaws.apigateway.Input" }

func (in *input) body() string {
	if in.text == "" {
		in.text = in.scope.body()
	}
	return in.text
}

// path returns a compiled path, nil if it is none or the body is no document: both are null in templates.
func (in *input) path(text string) *jsonpath.Path {
	if !in.parsed {
		in.parsed = true
		root, err := jsonvalue.ParseLenientString(in.body())
		in.doc.root, in.bad = root, err != nil
	}
	if in.bad {
		return nil
	}
	return in.paths.compile(text)
}

func (in *input) json(text string) string {
	p := in.path(text)
	if p == nil {
		return `""`
	}
	return string(in.doc.appendJSON(make([]byte, 0, len(in.text)), p))
}

// param looks a parameter up in the path, the query string and the headers.
func (in *input) param(name string) string {
	s := in.scope
	if v, ok := last(s.Path, name, false); ok {
		return v
	}
	if v, ok := last(s.Query, name, false); ok {
		return v
	}
	v, _ := last(s.Header, name, s.FoldNames)
	return v
}

// allParams returns what $input.params() is: maps of the three kinds of parameters.
func (in *input) allParams() vtl.Value {
	if in.params.IsNull() {
		s := in.scope
		m := vtl.NewMap(vtl.LinkedHashMap, 3)
		m.Put("path", mapOfParams(s.Path))
		m.Put("querystring", mapOfParams(s.Query))
		headers := s.Header
		if !s.HeadersAsGiven {
			headers = slices.Clone(headers)
			slices.SortStableFunc(headers, compareNames)
		}
		m.Put("header", mapOfParams(headers))
		in.params = vtl.MapOf(m)
	}
	return in.params
}

// compareNames orders headers by name without regard to case.
func compareNames(a, b Param) int {
	if header.EqualName(a.Name, b.Name) {
		return 0
	}
	return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
}

// mapOfParams returns a map of parameters in their order; of several with the same name the last counts.
func mapOfParams(list []Param) vtl.Value {
	m := vtl.NewMap(vtl.LinkedHashMap, len(list))
	for i := range list {
		m.Put(list[i].Name, vtl.String(list[i].Value))
	}
	return vtl.MapOf(m)
}
