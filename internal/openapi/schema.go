package openapi

import "strings"

// schema returns the text of a schema as JSON schema draft 4: references to named schemas become
// references to models, words that only OpenAPI knows are left out. The name is that of the
// model, empty for one without.
func (b *builder) schema(name string, n *node) (string, bool) {
	w := &schemaWriter{b: b, name: name, inside: make(map[*node]bool)}
	w.schema(n)
	if w.full {
		b.fail(n.pos, "The schema has more than %d bytes as JSON text", maxTextBytes)
		return "", false
	}
	if b.models.bytes += len(w.text); b.models.bytes > maxModelBytes {
		b.fail(n.pos, "The schemas of the document have more than %d bytes as JSON text", maxModelBytes)
		return "", false
	}
	return string(w.text), true
}

// schemaWriter writes one schema. Lengths are bounded as for every text.
type schemaWriter struct {
	textWriter
	b      *builder
	name   string
	inside map[*node]bool // targets of references that are being written in place
}

// The words of a schema that hold schemas.
var (
	schemaMaps = map[string]bool{"properties": true, "patternProperties": true, "definitions": true, "dependencies": true}
	schemaOnes = map[string]bool{"items": true, "additionalItems": true, "additionalProperties": true, "not": true}
	schemaMany = map[string]bool{"allOf": true, "anyOf": true, "oneOf": true, "items": true}
)

// schemaDropped are the words that mean nothing in JSON schema draft 4.
var schemaDropped = map[string]bool{
	"deprecated": true, "discriminator": true, "example": true, "externalDocs": true,
	"nullable": true, "readOnly": true, "writeOnly": true, "xml": true,
}

// schema writes n as a schema.
func (w *schemaWriter) schema(n *node) {
	if w.full || n.kind != kindObject {
		w.value(n)
		return
	}
	if ref := n.get("$ref"); ref.is(kindString) {
		w.reference(ref)
		return
	}
	w.raw("{")
	first := true
	for _, m := range n.members {
		if schemaDropped[m.key] {
			continue
		}
		if !first {
			w.raw(",")
		}
		first = false
		w.quoted(m.key)
		w.raw(":")
		switch {
		case schemaMaps[m.key] && m.value.kind == kindObject:
			w.object(m.value, func(m member) { w.schema(m.value) })
		case schemaMany[m.key] && m.value.kind == kindArray:
			w.array(m.value, w.schema)
		case schemaOnes[m.key]:
			w.schema(m.value)
		default:
			w.value(m.value)
		}
	}
	w.raw("}")
}

// reference writes a reference to another schema: to a model, or the schema in place where it
// is a part of something else.
func (w *schemaWriter) reference(ref *node) {
	if name, ok := modelName(ref.text); ok {
		switch {
		case strings.HasPrefix(ref.text, modelAddress):
			w.raw(`{"$ref":`)
			w.quoted(ref.text)
			w.raw("}")
		case w.b.models.named.get(name) == nil:
			w.b.serviceWarn(ref.pos, "Reference to model '%s' not found. Ignoring.", name)
			w.raw("{}")
		default:
			w.raw(`{"$ref":"` + modelAddress + idMark + "/models/")
			w.raw(strings.TrimPrefix(quote(name), `"`)) // the opening quote stands before the address
			w.raw("}")
		}
		return
	}
	if !strings.HasPrefix(ref.text, "#") {
		w.b.serviceFail(ref.pos, "%sInvalid model specified: Validation Result: warnings : [], errors : [Model reference must be in canonical form]", ModelFrame(w.name))
		w.raw("{}")
		return
	}
	target := w.b.lookup(ref)
	switch {
	case target == nil || !w.b.spend(ref.pos, target):
		w.raw("{}")
	case w.inside[target]:
		w.b.fail(ref.pos, "Reference '%s' leads back to itself; only references to named schemas may do so", ref.text)
		w.raw("{}")
	default:
		w.inside[target] = true
		w.schema(target)
		delete(w.inside, target)
	}
}
