// Package schema validates request bodies against models.
//
// Models are JSON Schema of draft 4; they refer to each other by
// https://apigateway.{domain}/restapis/{api-id}/models/{Name}. The package compiles them once and
// words failures as the service does. It loads nothing from anywhere: a reference to something that
// is not a model of the API is an error. Start reading at [NewModels].
//
// AWS: Models and mapping templates for REST APIs; Enable request validation.
package schema

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// modelBase is where models live for the compiler; only what follows "/models/" in a reference counts.
const modelBase = "https://apigateway.amazonaws.com/restapis/api/models/"

// negationBase is where the negations of models live for the compiler.
const negationBase = "https://apigateway.amazonaws.com/restapis/api/negations/"

// builtIn are the models that every API has from the start, unless it has its own of that name.
var builtIn = map[string]string{
	"Empty": `{"$schema":"http://json-schema.org/draft-04/schema#","title":"Empty Schema","type":"object"}`,
	"Error": `{"$schema":"http://json-schema.org/draft-04/schema#","title":"Error Schema","type":"object","properties":{"message":{"type":"string"}}}`,
}

// Models compiles the models of one API. It is not safe for concurrent use; the schemas that it
// makes are.
type Models struct {
	sources  map[string]string
	compiler *jsonschema.Compiler
	compiled map[string]*Schema
	budget   *budget
}

// NewModels returns the models of an API by their names; sources are the texts of the schemas.
func NewModels(sources map[string]string) *Models {
	m := &Models{sources: sources, compiler: jsonschema.NewCompiler(), compiled: make(map[string]*Schema), budget: &budget{}}
	m.compiler.DefaultDraft(jsonschema.Draft4)
	m.compiler.UseLoader(m)
	m.compiler.UseRegexpEngine(m.budget.compileRegexp)
	return m
}

// Load returns the schema that a reference of another one names.
func (m *Models) Load(url string) (any, error) {
	_, name, ok := strings.Cut(url, "/models/")
	if !ok {
		return nil, fmt.Errorf("%s is not a model of the API", url)
	}
	source, ok := m.sources[name]
	if !ok {
		if source, ok = builtIn[name]; !ok {
			return nil, fmt.Errorf("the API has no model %s", name)
		}
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", name, err)
	}
	return doc, nil
}

// Compile returns the schema of a model. The same name gives the same schema.
func (m *Models) Compile(name string) (*Schema, error) {
	if s := m.compiled[name]; s != nil {
		return s, nil
	}
	compiled, err := m.compiler.Compile(modelBase + name)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", name, unwrapLoad(err))
	}
	negated, err := m.negate(name)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", name, err)
	}
	s := &Schema{compiled: compiled, negated: negated, budget: m.budget}
	m.compiled[name] = s
	return s, nil
}

// negate compiles the schema that everything conforms to but what conforms to a model. Under a "not"
// the library stops at the first failure and describes none.
func (m *Models) negate(name string) (*jsonschema.Schema, error) {
	url := negationBase + name
	if err := m.compiler.AddResource(url, map[string]any{"not": map[string]any{"$ref": modelBase + name}}); err != nil {
		return nil, err
	}
	return m.compiler.Compile(url)
}

// unwrapLoad takes the address out of an error of the loader: it is none that a user wrote.
func unwrapLoad(err error) error {
	var load *jsonschema.LoadURLError
	if errors.As(err, &load) {
		return load.Err
	}
	return err
}

// Schema validates bodies. It is immutable and safe for concurrent use.
type Schema struct {
	compiled *jsonschema.Schema
	negated  *jsonschema.Schema // conforms to it: what does not conform to compiled
	budget   *budget
}

const (
	// parseFailure is the text for a body that is empty or is not JSON.
	parseFailure = "[Unknown error parsing request body]"

	// vagueFailure is the text for a body whose failures would take too much to describe.
	vagueFailure = "[instance failed to match the schema]"

	// maxDescribedBytes is the longest body whose failures are described: each takes hundreds of bytes
	// of memory, and a body can have one in every second byte.
	maxDescribedBytes = 256 << 10
)

// Validate returns "" for a body that conforms, and otherwise the failures, sorted, as they stand in
// $context.error.validationErrorString. An empty body is validated as an empty object.
func (s *Schema) Validate(body []byte) string {
	empty := len(bytes.TrimSpace(body)) == 0
	if empty {
		body = []byte("{}")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return parseFailure
	}
	done := s.budget.begin()
	defer done()
	conforms := s.negated.Validate(doc) != nil
	switch {
	case s.budget.exceeded:
		return vagueFailure // whatever the patterns that were not finished would have said
	case conforms:
		return ""
	case len(body) > maxDescribedBytes:
		return vagueFailure
	case empty:
		return parseFailure
	}
	var failure *jsonschema.ValidationError
	if !errors.As(s.compiled.Validate(doc), &failure) || s.budget.exceeded {
		return vagueFailure
	}
	texts := describe(nil, failure, doc)
	slices.Sort(texts)
	return "[" + strings.Join(texts, ", ") + "]"
}
