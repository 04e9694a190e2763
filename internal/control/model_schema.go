package control

import (
	"fmt"
	"mime"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/dlclark/regexp2/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// checkModel says whether a model, whose name is lawful, is. That what its schema refers to
// exists is for others to see.
func (t *tx) checkModel(m *apigw.Model) error {
	if !isContentType(apigw.Value(m.ContentType)) {
		return apigw.BadRequest(contentTypeProblem(apigw.Value(m.ContentType)))
	}
	schema := apigw.Value(m.Schema)
	if strings.TrimSpace(schema) == "" {
		return apigw.BadRequest("Model schema must have at least 1 property or array items defined")
	}
	if exceeds(len(schema), t.limits.ModelBytes) {
		return apigw.LimitExceeded(fmt.Sprintf("Maximum model size of %d KB has been exceeded.", t.limits.ModelBytes>>10))
	}
	if !isJSONType(*m.ContentType) {
		return nil
	}
	document, err := jsonvalue.ParseString(schema)
	if err != nil {
		return invalidModel("Invalid model schema specified")
	}
	for _, ref := range schemaReferences(document) {
		if _, _, ok := splitModelReference(ref); !ok {
			return invalidModel("Model reference must be in canonical form")
		}
	}
	if !isSchema(schema) {
		return invalidModel("Invalid model schema specified")
	}
	return nil
}

func invalidModel(problem string) error {
	return apigw.BadRequest("Invalid model specified: " + validationResult([]string{problem}))
}

// isJSONType reports whether a content type is JSON.
func isJSONType(contentType string) bool {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}

// draft4 is the meta-schema of JSON Schema draft 4.
var draft4 = sync.OnceValue(func() *jsonschema.Schema {
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(compilePattern)
	return compiler.MustCompile("http://json-schema.org/draft-04/schema")
})

// isSchema reports whether text, which is JSON, is a JSON Schema of draft 4.
func isSchema(text string) bool {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	return err == nil && draft4().Validate(document) == nil
}

// compilePattern compiles a regular expression of a schema. Those with look-around, which
// the standard library lacks, go to regexp2.
func compilePattern(pattern string) (jsonschema.Regexp, error) {
	if re, err := regexp.Compile(pattern); err == nil {
		return re, nil
	}
	re, err := regexp2.Compile(pattern, regexp2.None)
	if err != nil {
		return nil, err
	}
	return backtracking{re}, nil
}

// backtracking makes a regexp2 expression one of package jsonschema.
type backtracking struct{ *regexp2.Regexp }

// MatchString implements jsonschema.Regexp. Patterns are only compiled here, not matched.
func (b backtracking) MatchString(s string) bool {
	ok, err := b.Regexp.MatchString(s)
	return ok && err == nil
}

// modelReferencePrefix begins every reference to a model.
//
// AWS: "Data models for REST APIs", canonical form of a reference.
const modelReferencePrefix = "https://apigateway.amazonaws.com/restapis/"

// modelReference returns the reference to a model of an API.
func modelReference(api, name string) string {
	return modelReferencePrefix + api + "/models/" + name
}

// splitModelReference takes a reference to a model apart.
func splitModelReference(ref string) (api, name string, ok bool) {
	rest, ok := strings.CutPrefix(ref, modelReferencePrefix)
	if !ok {
		return "", "", false
	}
	api, name, ok = strings.Cut(rest, "/models/")
	return api, name, ok && checkModelName(name) == nil
}

// moveModelReferences returns schema with the references to models of one API turned to
// those of another.
func moveModelReferences(schema, from, to string) string {
	return strings.ReplaceAll(schema, modelReference(from, ""), modelReference(to, ""))
}

// modelReferences returns the names of the models that a schema of an API refers to,
// each once, in order.
func modelReferences(schema, api string) []string {
	document, err := jsonvalue.ParseString(schema)
	if err != nil {
		return nil // not a JSON schema, see checkModel
	}
	var names []string
	for _, ref := range schemaReferences(document) {
		if of, name, ok := splitModelReference(ref); ok && of == api {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// schemaReferences returns all references within a schema.
func schemaReferences(v jsonvalue.Value) []string {
	var refs []string
	if ref := v.Get("$ref"); ref.Kind() == jsonvalue.String {
		refs = append(refs, ref.Text())
	}
	for _, member := range v.Members() {
		refs = append(refs, schemaReferences(member)...)
	}
	for _, element := range v.Elements() {
		refs = append(refs, schemaReferences(element)...)
	}
	return refs
}

// schemas resolves references between the models of an API.
type schemas struct {
	api    *api
	parsed map[string]jsonvalue.Value
}

// resolve returns the schema that v refers to and the model that it belongs to, v itself and ""
// where it is no reference.
func (s *schemas) resolve(v jsonvalue.Value) (schema jsonvalue.Value, model string, err error) {
	_, name, ok := splitModelReference(v.Get("$ref").Text())
	if !ok {
		return v, "", nil
	}
	if schema, ok := s.parsed[name]; ok {
		return schema, name, nil
	}
	m, err := s.api.model(name)
	if err != nil {
		return jsonvalue.Value{}, "", err
	}
	if schema, err = jsonvalue.ParseString(*m.Schema); err != nil {
		return jsonvalue.Value{}, "", fmt.Errorf("read schema of model %s: %w", name, err)
	}
	s.parsed[name] = schema
	return schema, name, nil
}

// flattener writes schemas with their references replaced by what they refer to. A reference
// back to a model that is just being written becomes one into the definitions at the top.
type flattener struct {
	schemas
	writing []string // the models being written, outermost first
	circled []string // those that were referred to meanwhile
	err     error
}

// flatSchema returns the schema of a model without references to other models.
func (a *api) flatSchema(m *apigw.Model) (*string, error) {
	document, err := jsonvalue.ParseString(*m.Schema)
	if err != nil {
		return m.Schema, nil // not a JSON schema, see checkModel
	}
	f := &flattener{schemas: schemas{a, map[string]jsonvalue.Value{*m.Name: document}}}
	text := f.model(nil, *m.Name, document)
	if len(f.circled) > 0 {
		text = append(text[:len(text)-1], `,"definitions":{`...)
		for i := 0; i < len(f.circled); i++ { // grows within
			name := f.circled[i]
			text = appendName(text, name)
			text = f.model(text, name, f.parsed[name])
		}
		text = append(text, "}}"...)
	}
	return new(string(text)), f.err
}

// model appends the schema of a model.
func (f *flattener) model(dst []byte, name string, schema jsonvalue.Value) []byte {
	f.writing = append(f.writing, name)
	dst = f.append(dst, schema)
	f.writing = f.writing[:len(f.writing)-1]
	return dst
}

func (f *flattener) append(dst []byte, v jsonvalue.Value) []byte {
	switch v.Kind() {
	case jsonvalue.Array:
		return appendArray(dst, v, f.append)
	case jsonvalue.Object:
		schema, name, err := f.resolve(v)
		switch {
		case err != nil:
			f.err = err
		case name == "":
			return appendObject(dst, v, func(dst []byte, _ string, member jsonvalue.Value) []byte { return f.append(dst, member) })
		case slices.Contains(f.writing, name):
			if !slices.Contains(f.circled, name) {
				f.circled = append(f.circled, name)
			}
			return append(dst, `{"$ref":"#/definitions/`+name+`"}`...)
		default:
			return f.model(dst, name, schema)
		}
	}
	return v.Append(dst, jsonvalue.Verbatim)
}
