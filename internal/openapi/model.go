package openapi

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// Model is a model whose references to other models still lack the id of the API.
type Model struct {
	Name, Description, ContentType string
	Position

	schema string // with idMark where the id of the API belongs
}

// idMark cannot stand in JSON text, where control characters are escaped.
const idMark = "\x00"

// modelAddress begins the reference to a model; the id of its API follows.
//
// AWS: Create a model: references
const modelAddress = "https://apigateway.amazonaws.com/restapis/"

// Shape returns the model as a model of the API with the given id.
func (m *Model) Shape(apiID string) apigw.Model {
	shape := apigw.Model{
		Name:        new(m.Name),
		ContentType: new(m.ContentType),
		Schema:      new(strings.ReplaceAll(m.schema, idMark, apiID)),
	}
	if m.Description != "" {
		shape.Description = new(m.Description)
	}
	return shape
}

// modelSet holds the models while the document is read.
type modelSet struct {
	named     *node             // the named schemas
	generated map[*node]string  // inline schemas to the names that they were given
	byName    map[string]string // generated names to their schemas
	bytes     int               // length of all schemas
}

// maxModelBytes bounds the schemas of a document together.
const maxModelBytes = 64 << 20

// namedModels finds the named schemas; finishModels writes them.
func (b *builder) namedModels() {
	b.models = modelSet{generated: make(map[*node]string), byName: make(map[string]string)}
	if b.swagger {
		b.models.named = b.object(b.root.get("definitions"), "definitions")
	} else if components := b.object(b.root.get("components"), "components"); components != nil {
		b.models.named = b.object(components.get("schemas"), "schemas")
	}
	if b.models.named == nil {
		return
	}
	for _, m := range b.models.named.members {
		b.site(ModelFrame(m.key), m.pos, nil)
		if b.object(m.value, m.key) == nil {
			continue
		}
		schema, ok := b.schema(m.key, m.value)
		if !ok {
			continue
		}
		model := Model{Name: m.key, ContentType: "application/json", Position: m.pos, schema: schema}
		if description := b.text(m.value.get("description"), "description"); description != nil {
			model.Description = *description
		}
		b.api.Models = append(b.api.Models, model)
	}
}

// modelOf returns the name of the model of a schema that a request or a response has: that of the
// named schema that it refers to, or that of a model generated for it. It is empty where
// there is none; a primitive schema, which can be no model, is told to unsupported by its kind.
func (b *builder) modelOf(schema *node, unsupported func(pos Position, kind string)) string {
	if schema == nil || schema.kind == kindNull || b.object(schema, "schema") == nil {
		return ""
	}
	if ref := schema.get("$ref"); ref.is(kindString) {
		if name, ok := modelName(ref.text); ok {
			if b.models.named.get(name) == nil && !strings.HasPrefix(ref.text, modelAddress) {
				b.serviceWarn(ref.pos, "Reference to model '%s' not found. Ignoring.", name)
				return ""
			}
			return name
		}
		if schema = b.resolve(schema); schema == nil {
			return ""
		}
	}
	if kind := primitive(schema); kind != "" {
		unsupported(schema.pos, kind)
		return ""
	}
	if len(schema.members) == 0 {
		return "" // admits everything, as no model does
	}
	return b.generate(schema)
}

// modelName returns the name of the model that a reference names, and whether it names one whole.
func modelName(ref string) (string, bool) {
	for _, prefix := range []string{"#/definitions/", "#/components/schemas/"} {
		if token, ok := strings.CutPrefix(ref, prefix); ok && !strings.Contains(token, "/") {
			return pointerUnescaper.Replace(token), true
		}
	}
	if rest, ok := strings.CutPrefix(ref, modelAddress); ok {
		_, name, ok := strings.Cut(rest, "/models/")
		return name, ok && !strings.Contains(name, "/")
	}
	return "", false
}

// primitive returns the kind of a schema that is neither object nor array nor a combination, as
// the warnings of the service name it.
func primitive(schema *node) string {
	switch kind := schema.get("type").keyText(); kind {
	case "string":
		formats := map[string]string{
			"date": "Date", "date-time": "DateTime", "binary": "Binary", "byte": "ByteArray",
			"email": "Email", "password": "Password", "uuid": "UUID",
		}
		if name, ok := formats[schema.get("format").keyText()]; ok {
			return name
		}
		return "String"
	case "integer", "number", "boolean", "file":
		return strings.ToUpper(kind[:1]) + kind[1:]
	}
	return ""
}

// generate makes a model for an inline schema. Its name comes from its text, so that importing
// a document again finds the models of the first time.
func (b *builder) generate(schema *node) string {
	if name, ok := b.models.generated[schema]; ok {
		return name
	}
	text, ok := b.schema("", schema)
	if !ok {
		return ""
	}
	var name string
	for salt := text; ; salt += "." {
		sum := sha256.Sum256([]byte(salt))
		name = "MODEL" + hex.EncodeToString(sum[:3])
		known, taken := b.models.byName[name]
		if b.models.named.get(name) == nil && (!taken || known == text) {
			break
		}
	}
	b.models.generated[schema] = name
	if _, ok := b.models.byName[name]; !ok {
		b.models.byName[name] = text
		b.site(ModelFrame(name), schema.pos, nil)
		b.api.Models = append(b.api.Models, Model{Name: name, ContentType: "application/json", Position: schema.pos, schema: text})
	}
	return name
}
