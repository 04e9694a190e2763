package openapi

import (
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// Documentation parts describe what a document has a place for: their properties become members
// of the operation, the parameter, the response and so on. A part is inherited: where there is none
// for a path that of its nearest parent counts, and parts for any method or status code count
// where there is none for the one.
//
// Parts of the API itself and of models are left to the extension with all parts, since a description at
// their place would come back from an import as the API's own and as a part of the model's schema.
//
// AWS: Representation of API documentation in API Gateway; DocumentationPartLocation.

// descriptions finds the properties of documentation parts by location.
type descriptions map[partLocation]*node

// partLocation is a complete location.
type partLocation struct {
	kind                       apigw.DocumentationPartType
	path, method, status, name string
}

// newDescriptions returns the parts of a documentation version. Properties that are no object describe
// nothing.
func newDescriptions(d *ExportDocumentation) descriptions {
	if d == nil {
		return nil
	}
	parts := make(descriptions, len(d.Parts))
	for _, p := range d.Parts {
		properties, err := jsonNode(apigw.Value(p.Properties))
		if err != nil || !properties.is(kindObject) || p.Location == nil {
			continue
		}
		l := p.Location
		parts[partLocation{l.Type, apigw.Value(l.Path), apigw.Value(l.Method), apigw.Value(l.StatusCode), apigw.Value(l.Name)}] = properties
	}
	return parts
}

// of returns the properties of the part for a location, nil where there is none.
func (d descriptions) of(at partLocation) *node {
	methods, statuses := []string{at.method}, []string{at.status}
	if at.method != "" {
		methods = append(methods, "*")
	}
	if at.status != "" {
		statuses = append(statuses, "*")
	}
	for path := at.path; ; path = parentPath(path) {
		for _, method := range methods {
			for _, status := range statuses {
				if n := d[partLocation{at.kind, path, method, status, at.name}]; n != nil {
					return n
				}
			}
		}
		if path == "/" || path == "" {
			return nil
		}
	}
}

// parentPath returns the path of the parent of a resource that is not the root.
func parentPath(path string) string {
	if cut := strings.LastIndexByte(path, '/'); cut > 0 {
		return path[:cut]
	}
	return "/"
}

// describe gives n, which stands for what is at a location, the members of its part that documents have for
// such things. What is there already stays, but for a description.
func (d descriptions) describe(n *node, at partLocation) {
	properties := d.of(at)
	if properties == nil {
		return
	}
	for _, m := range properties.members {
		if !slices.Contains(describedMembers[at.kind], m.key) {
			continue
		}
		if present := n.member(m.key); present == nil {
			n.set(m.key, m.value)
		} else if m.key == "description" {
			present.value = m.value
		}
	}
}

// describedMembers are the members of documents that properties may give, by the type of their part.
var describedMembers = map[apigw.DocumentationPartType][]string{
	apigw.DocumentationPartTypeAuthorizer:     {"description"},
	apigw.DocumentationPartTypeMethod:         {"summary", "description", "tags", "externalDocs", "deprecated"},
	apigw.DocumentationPartTypePathParameter:  {"description"},
	apigw.DocumentationPartTypeQueryParameter: {"description"},
	apigw.DocumentationPartTypeRequestHeader:  {"description"},
	apigw.DocumentationPartTypeRequestBody:    {"description"},
	apigw.DocumentationPartTypeResponse:       {"description"},
	apigw.DocumentationPartTypeResponseHeader: {"description"},
}

// parameterParts are the types of the parts of parameters by their place in a document.
var parameterParts = map[string]apigw.DocumentationPartType{
	"path":   apigw.DocumentationPartTypePathParameter,
	"query":  apigw.DocumentationPartTypeQueryParameter,
	"header": apigw.DocumentationPartTypeRequestHeader,
}

// describeOperation gives an operation and its parameters their descriptions; those of responses are
// written with them.
func (w *exporter) describeOperation(n *node, path, verb string) {
	if w.descriptions == nil {
		return
	}
	at := partLocation{kind: apigw.DocumentationPartTypeMethod, path: path, method: verb}
	w.descriptions.describe(n, at)
	at.kind = apigw.DocumentationPartTypeRequestBody
	if body := n.get("requestBody"); body != nil {
		w.descriptions.describe(body, at)
	}
	parameters := n.get("parameters")
	if parameters == nil {
		return
	}
	for _, p := range parameters.items {
		at := at
		if kind, ok := parameterParts[p.get("in").keyText()]; ok {
			at.kind, at.name = kind, p.get("name").keyText()
		}
		w.descriptions.describe(p, at)
	}
}

// describeResponse gives a response and its headers their descriptions.
func (w *exporter) describeResponse(n *node, path, verb, status string) {
	if w.descriptions == nil {
		return
	}
	at := partLocation{kind: apigw.DocumentationPartTypeResponse, path: path, method: verb, status: status}
	w.descriptions.describe(n, at)
	headers := n.get("headers")
	if headers == nil {
		return
	}
	for _, h := range headers.members {
		at.kind, at.name = apigw.DocumentationPartTypeResponseHeader, h.key
		w.descriptions.describe(h.value, at)
	}
}
