package mapping

// Hot path.

import (
	"cmp"
	"slices"
	"strings"
	"unsafe"

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
	texts *texts

	text   string // the body, {} if there is none; "" before it is read
	copied []byte // memory of text: that of the body is used again, while overrides live on
	doc    document
	parser jsonvalue.Parser
	parsed bool
	bad    bool // the body is no document

	params  [4]vtl.Map // all of them; path, querystring, header
	hasAll  bool       // the first of these is filled
	headers []Param    // sorted
}

// maxKeptBody is the longest body whose memory is used again.
const maxKeptBody = 1 << 20

// reset forgets everything but the memory. Nothing may refer to what is in it any more.
func (in *input) reset() {
	in.doc.reset()
	in.parser.Forget()
	for i := range in.params {
		in.params[i].Reset()
	}
	clear(in.headers)
	if cap(in.copied) > maxKeptBody {
		in.copied = nil
	}
	in.scope, in.paths, in.texts, in.text, in.headers = nil, nil, nil, "", in.headers[:0]
	in.parsed, in.bad, in.hasAll = false, false, false
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
	switch {
	case in.text != "":
	case len(in.scope.Body) == 0:
		in.text = "{}"
	default:
		in.copied = append(in.copied[:0], in.scope.Body...)
		in.text = asText(in.copied)
	}
	return in.text
}

// path returns a compiled path, nil if it is none or the body is no document: both are null in templates.
func (in *input) path(text string) *jsonpath.Path {
	if !in.parsed {
		in.parsed = true
		root, err := in.parser.ParseLenient(in.body())
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
	return in.texts.keep(in.doc.appendJSON(in.texts.begin(len(in.text)), p))
}

// asText returns b, which must not be written any more, as a string.
func asText(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

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
	all := &in.params[0]
	if !in.hasAll {
		in.hasAll = true
		s := in.scope
		headers := s.Header
		if !s.HeadersAsGiven {
			in.headers = append(in.headers[:0], headers...)
			headers = in.headers
			slices.SortStableFunc(headers, compareNames)
		}
		all.Grow(3)
		all.Put("path", putParams(&in.params[1], s.Path))
		all.Put("querystring", putParams(&in.params[2], s.Query))
		all.Put("header", putParams(&in.params[3], headers))
	}
	return vtl.MapOf(all)
}

// compareNames orders headers by name without regard to case.
func compareNames(a, b Param) int {
	if header.EqualName(a.Name, b.Name) {
		return 0
	}
	return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
}

// putParams fills a map with parameters in their order; of several with the same name the last counts.
func putParams(m *vtl.Map, list []Param) vtl.Value {
	m.Grow(len(list))
	for i := range list {
		m.Put(list[i].Name, vtl.String(list[i].Value))
	}
	return vtl.MapOf(m)
}
