package openapi

import (
	"net/url"
	"slices"
	"strings"
)

// Sample is a request that an operation would take: something to try it with.
type Sample struct {
	Path        string // with values for its variables, escaped
	Query       []SampleValue
	Headers     []SampleValue
	ContentType string // empty where there is no body
	Body        string
}

// SampleValue is a query parameter or a header of a Sample.
type SampleValue struct{ Name, Value string }

// maxSampleDepth bounds the bodies that are made up from schemas.
const maxSampleDepth = 6

// Sample makes a request for a method of the resource at path. Its values are the examples that the
// document gives, else defaults, else the first that the schema allows; parameters that are neither
// required nor have an example are left out.
func (a *API) Sample(path string, m *Method) Sample {
	operation := a.root.pointer(m.Pointer)
	item := a.root.pointer(m.Pointer[:strings.LastIndexByte(m.Pointer, '/')])
	s := Sample{}
	values := make(map[string]string) // of path variables
	var seen []string
	for _, holder := range []*node{operation, item} {
		parameters := holder.get("parameters")
		if !parameters.is(kindArray) {
			continue
		}
		for _, n := range parameters.items {
			n = a.follow(n)
			in, name := n.get("in").keyText(), n.get("name").keyText()
			if key := in + "." + name; !slices.Contains(seen, key) {
				seen = append(seen, key)
				a.sampleParameter(&s, values, n, in, name)
			}
		}
	}
	if body := a.follow(operation.get("requestBody")); body != nil && s.ContentType == "" {
		a.sampleBody(&s, body)
	}
	s.Path = samplePath(path, values)
	return s
}

// sampleParameter puts one parameter into s, that of a path into values.
func (a *API) sampleParameter(s *Sample, values map[string]string, n *node, in, name string) {
	example := n.get("example")
	if example == nil {
		example = a.follow(n.get("schema")).get("example")
	}
	wanted := n.get("required").is(kindBool) && n.get("required").text == "true" || example != nil
	value, ok := example.scalar()
	if !ok {
		value = a.sampleText(n, name)
	}
	switch {
	case in == "path":
		values[name] = value
	case in == "query" && wanted:
		s.Query = append(s.Query, SampleValue{name, value})
	case in == "header" && wanted:
		s.Headers = append(s.Headers, SampleValue{name, value})
	case in == "body":
		s.ContentType = "application/json"
		s.Body = a.sampleJSON(n.get("schema"))
	}
}

// sampleText returns a value for a parameter of a simple type, which stands in its schema
// or, in Swagger, in the parameter itself.
func (a *API) sampleText(n *node, name string) string {
	schema := n
	if inner := a.follow(n.get("schema")); inner != nil {
		schema = inner
	}
	if text, ok := schema.get("default").scalar(); ok {
		return text
	}
	if enum := schema.get("enum"); enum.is(kindArray) && len(enum.items) > 0 {
		if text, ok := enum.items[0].scalar(); ok {
			return text
		}
	}
	switch schema.get("type").keyText() {
	case "integer", "number":
		return "1"
	case "boolean":
		return "true"
	}
	return strings.ToLower(name)
}

// samplePath puts values in the place of the variables of a path.
func samplePath(path string, values map[string]string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		name, ok := strings.CutPrefix(segment, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		name, greedy := strings.CutSuffix(name, "+")
		value, known := values[name]
		if !known {
			value = "1"
		}
		if greedy {
			segments[i] = strings.ReplaceAll(url.PathEscape(value), "%2F", "/")
		} else {
			segments[i] = url.PathEscape(value)
		}
	}
	return strings.Join(segments, "/")
}

// sampleBody takes the first content type of a request body, JSON where there is one.
func (a *API) sampleBody(s *Sample, body *node) {
	content := body.get("content")
	if !content.is(kindObject) || len(content.members) == 0 {
		return
	}
	m := &content.members[0]
	if found := content.member("application/json"); found != nil {
		m = found
	}
	example := m.value.get("example")
	if examples := m.value.get("examples"); example == nil && examples.is(kindObject) && len(examples.members) > 0 {
		example = a.follow(examples.members[0].value).get("value")
	}
	s.ContentType = m.key
	switch {
	case example.is(kindString):
		s.Body = example.text
	case example != nil:
		s.Body = jsonText(example)
	default:
		s.Body = a.sampleJSON(m.value.get("schema"))
	}
}

// sampleJSON makes up a JSON text that a schema might admit.
func (a *API) sampleJSON(schema *node) string {
	w := sampleWriter{api: a, inside: make(map[*node]bool)}
	if w.schema(schema); w.full {
		return "{}"
	}
	return string(w.text)
}

// sampleWriter writes a value for a schema. A property that would contain itself is left out.
type sampleWriter struct {
	textWriter
	api    *API
	inside map[*node]bool // schemas that are being written
}

func (w *sampleWriter) schema(schema *node) {
	schema = w.api.follow(schema)
	for _, word := range []string{"example", "default"} {
		if n := schema.get(word); n != nil {
			w.value(n)
			return
		}
	}
	if enum := schema.get("enum"); enum.is(kindArray) && len(enum.items) > 0 {
		w.value(enum.items[0])
		return
	}
	if schema == nil || w.full || len(w.inside) == maxSampleDepth {
		w.raw("null")
		return
	}
	w.inside[schema] = true
	defer delete(w.inside, schema)
	switch kind := schema.get("type").keyText(); {
	case kind == "object" || schema.get("properties") != nil:
		w.properties(schema.get("properties"))
	case kind == "array":
		w.raw("[")
		if items := w.api.follow(schema.get("items")); !w.inside[items] {
			w.schema(items)
		}
		w.raw("]")
	case kind == "integer", kind == "number":
		w.raw("1")
	case kind == "boolean":
		w.raw("true")
	case kind == "string":
		w.raw(`"text"`)
	default:
		w.raw("{}")
	}
}

func (w *sampleWriter) properties(properties *node) {
	shown := &node{kind: kindObject}
	if properties.is(kindObject) {
		for _, m := range properties.members {
			if !w.inside[w.api.follow(m.value)] {
				shown.members = append(shown.members, m)
			}
		}
	}
	w.object(shown, func(m member) { w.schema(m.value) })
}

// follow resolves references as far as they lead within the document.
func (a *API) follow(n *node) *node {
	for range maxReferences {
		pointer, ok := strings.CutPrefix(n.get("$ref").keyText(), "#")
		if !ok {
			return n
		}
		n = a.root.pointer(pointer)
	}
	return nil
}

// JSON returns the value at a JSON pointer of the document as JSON text, empty where there is none.
func (a *API) JSON(pointer string) string {
	n := a.root.pointer(pointer)
	if n == nil {
		return ""
	}
	return jsonText(n)
}

// jsonText returns n as JSON text, empty where it is too long.
func jsonText(n *node) string {
	var w textWriter
	if w.value(n); w.full {
		return ""
	}
	return string(w.text)
}
