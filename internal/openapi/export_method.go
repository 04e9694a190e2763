package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// operationNames are the members of a path item by verb, in the order in which they are written.
var operationNames = []struct{ verb, name string }{
	{"GET", "get"}, {"PUT", "put"}, {"POST", "post"}, {"DELETE", "delete"}, {"OPTIONS", "options"},
	{"HEAD", "head"}, {"PATCH", "patch"}, {"ANY", extension + "any-method"},
}

// paths writes the resources that have methods.
func (w *exporter) paths() (*node, error) {
	paths := newObject()
	resources := slices.Clone(w.api.Resources)
	slices.SortFunc(resources, func(a, b snapshot.Resource) int { return strings.Compare(a.Path, b.Path) })
	for i := range resources {
		if len(resources[i].Methods) == 0 {
			continue
		}
		item := newObject()
		for _, operation := range operationNames {
			m, ok := resources[i].Methods[operation.verb]
			if !ok {
				continue
			}
			n, err := w.operation(resources[i].Path, &m)
			if err != nil {
				return nil, err
			}
			item.set(operation.name, n)
		}
		paths.set(resources[i].Path, item)
	}
	return paths, nil
}

// operation writes a method.
func (w *exporter) operation(path string, m *apigw.Method) (*node, error) {
	n := newObject()
	n.setOptional("operationId", m.OperationName)
	if w.swagger {
		w.mediaTypes(n, m)
	}
	parameters := w.parameters(m)
	if w.swagger {
		bodies, err := swaggerBodies(path, m)
		if err != nil {
			return nil, err
		}
		parameters = append(parameters, bodies...)
	}
	if len(parameters) > 0 {
		n.set("parameters", newArray(parameters))
	}
	if !w.swagger && len(m.RequestModels) > 0 {
		body := newObject()
		body.set("content", w.content(m.RequestModels))
		body.setFlag("required", true)
		n.set("requestBody", body)
	}
	n.set("responses", w.responses(path, m))
	w.describeOperation(n, path, apigw.Value(m.HttpMethod))
	if security := w.security(m); len(security.items) > 0 {
		n.set("security", security)
	}
	if meta := w.postmanMeta(m); w.options.Postman && meta != nil {
		n.set("x-postman-meta", meta)
	}
	if !w.options.Integrations {
		return n, nil
	}
	if name := w.validatorName(m); name != "" {
		n.setText(extension+"request-validator", name)
	}
	if m.MethodIntegration != nil {
		n.set(extension+"integration", exportIntegration(m.MethodIntegration))
	}
	return n, nil
}

// validatorName returns the name of the request validator of a method, empty where it has none.
func (w *exporter) validatorName(m *apigw.Method) string {
	for _, v := range w.api.RequestValidators {
		if m.RequestValidatorId != nil && apigw.Value(v.Id) == *m.RequestValidatorId {
			return apigw.Value(v.Name)
		}
	}
	return ""
}

// mediaTypes writes what a method consumes and produces: the types of its models and templates.
func (w *exporter) mediaTypes(n *node, m *apigw.Method) {
	consumes, produces := map[string]bool{}, map[string]bool{}
	addKeys(consumes, m.RequestModels)
	for _, r := range m.MethodResponses {
		addKeys(produces, r.ResponseModels)
	}
	if i := m.MethodIntegration; i != nil {
		addKeys(consumes, i.RequestTemplates)
		for _, r := range i.IntegrationResponses {
			addKeys(produces, r.ResponseTemplates)
		}
	}
	for _, list := range []struct {
		name  string
		types map[string]bool
	}{{"consumes", consumes}, {"produces", produces}} {
		if len(list.types) > 0 {
			n.set(list.name, newTexts(slices.Sorted(maps.Keys(list.types))))
		}
	}
}

func addKeys[V any](to map[string]bool, from map[string]V) {
	for key := range from {
		to[key] = true
	}
}

// parameters writes the declared parameters. A parameter with several values has no other form.
func (w *exporter) parameters(m *apigw.Method) []*node {
	places := map[string]string{
		"path": "path", "querystring": "query", "header": "header",
		"multivaluequerystring": "query", "multivalueheader": "header",
	}
	var parameters []*node
	seen := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(m.RequestParameters)) {
		place, name, _ := strings.Cut(strings.TrimPrefix(key, "method.request."), ".")
		in := places[place]
		if seen[in+"."+name] {
			continue
		}
		seen[in+"."+name] = true
		n := newObject()
		n.setText("name", name)
		n.setText("in", in)
		if required := m.RequestParameters[key]; w.swagger || required {
			n.setFlag("required", required)
		}
		w.setStringType(n)
		parameters = append(parameters, n)
	}
	return parameters
}

// setStringType says that a parameter or a header is a string.
func (w *exporter) setStringType(n *node) {
	if w.swagger {
		n.setText("type", "string")
		return
	}
	schema := newObject()
	schema.setText("type", "string")
	n.set("schema", schema)
}

// swaggerBodies writes the request models of a method as body parameters. Swagger has no place for the content
// type of each.
func swaggerBodies(path string, m *apigw.Method) ([]*node, error) {
	var bodies []*node
	seen := map[string]bool{}
	hasJSON := len(m.RequestModels) == 0
	for _, contentType := range slices.Sorted(maps.Keys(m.RequestModels)) {
		hasJSON = hasJSON || isJSONType(contentType)
		model := m.RequestModels[contentType]
		if seen[model] {
			continue
		}
		seen[model] = true
		n := newObject()
		n.setText("in", "body")
		n.setText("name", model)
		n.setFlag("required", true)
		n.set("schema", modelReference("#/definitions/", model))
		bodies = append(bodies, n)
	}
	if !hasJSON {
		return nil, &ExportError{fmt.Sprintf("Only found non-JSON body models for %s %s", apigw.Value(m.HttpMethod), path)}
	}
	return bodies, nil
}

// ExportError says why an API cannot be written in a format.
type ExportError struct{ Message string }

// Error returns the message.
func (e *ExportError) Error() string { return e.Message }

// isJSONType reports whether a content type is JSON's.
func isJSONType(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.TrimSpace(strings.ToLower(mediaType))
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// content writes models by content type.
func (w *exporter) content(models map[string]string) *node {
	content := newObject()
	for _, contentType := range slices.Sorted(maps.Keys(models)) {
		n := newObject()
		n.set("schema", modelReference("#/components/schemas/", models[contentType]))
		content.set(contentType, n)
	}
	return content
}

func modelReference(prefix, model string) *node {
	n := newObject()
	n.setText("$ref", prefix+model)
	return n
}

// responses writes the method responses.
func (w *exporter) responses(path string, m *apigw.Method) *node {
	responses := newObject()
	for _, status := range slices.Sorted(maps.Keys(m.MethodResponses)) {
		r := m.MethodResponses[status]
		n := newObject()
		n.setText("description", status+" response")
		headers := newObject()
		for _, key := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
			header := newObject()
			w.setStringType(header)
			headers.set(strings.TrimPrefix(key, "method.response.header."), header)
		}
		n.setUnlessEmpty("headers", headers)
		if w.swagger {
			if types := slices.Sorted(maps.Keys(r.ResponseModels)); len(types) > 0 {
				n.set("schema", modelReference("#/definitions/", r.ResponseModels[types[0]]))
			}
		} else {
			n.set("content", w.content(r.ResponseModels))
		}
		w.describeResponse(n, path, apigw.Value(m.HttpMethod), status)
		responses.set(status, n)
	}
	return responses
}
