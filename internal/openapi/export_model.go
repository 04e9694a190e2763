package openapi

import (
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// models writes the models whose schemas are JSON. References to models become references
// within the document.
func (w *exporter) models() (*node, error) {
	prefix := "#/components/schemas/"
	if w.swagger {
		prefix = "#/definitions/"
	}
	all := newObject()
	models := slices.Clone(w.api.Models)
	slices.SortFunc(models, func(a, b apigw.Model) int {
		return strings.Compare(apigw.Value(a.Name), apigw.Value(b.Name))
	})
	for _, m := range models {
		schema, err := jsonNode(apigw.Value(m.Schema))
		if err != nil || !isJSONType(apigw.Value(m.ContentType)) {
			continue // a schema in another language has no place in the document
		}
		localise(schema, modelAddress+apigw.Value(w.api.RestAPI.Id)+"/models/", prefix)
		all.set(apigw.Value(m.Name), schema)
	}
	return all, nil
}

// localise gives the references in a schema that begin with one prefix another.
func localise(n *node, from, to string) {
	for _, item := range n.items {
		localise(item, from, to)
	}
	for _, m := range n.members {
		if m.key == "$ref" && m.value.kind == kindString {
			if name, ok := strings.CutPrefix(m.value.text, from); ok {
				m.value.text = to + name
			}
			continue
		}
		localise(m.value, from, to)
	}
}
