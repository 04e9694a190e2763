package dev

import (
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/openapi"
)

// load reads a document and looks for mistakes that the control plane does not look for: those in
// mapping templates, which it takes as they are and which would only show when a request
// comes.
func load(text []byte) (*openapi.API, []openapi.Problem) {
	document, problems := openapi.Parse(text, openapi.Options{})
	if document == nil {
		return nil, problems
	}
	for i := range document.Resources {
		for j := range document.Resources[i].Methods {
			problems = append(problems, templateProblems(document, &document.Resources[i].Methods[j])...)
		}
	}
	return document, problems
}

// templateProblems compiles the mapping templates of a method, if its integration uses any.
func templateProblems(document *openapi.API, m *openapi.Method) []openapi.Problem {
	i := m.Shape.MethodIntegration
	if i == nil {
		return nil
	}
	switch apigw.Value(i.Type) {
	case apigw.IntegrationTypeHttpProxy, apigw.IntegrationTypeAwsProxy:
		return nil
	}
	integration := m.Pointer + "/x-amazon-apigateway-integration"
	problems := compileTemplates(document, integration+"/requestTemplates", i.RequestTemplates)
	for _, status := range slices.Sorted(maps.Keys(i.IntegrationResponses)) {
		response := i.IntegrationResponses[status]
		key := "default"
		if response.SelectionPattern != nil {
			key = *response.SelectionPattern
		}
		at := integration + "/responses/" + openapi.Escape(key) + "/responseTemplates"
		problems = append(problems, compileTemplates(document, at, response.ResponseTemplates)...)
	}
	return problems
}

// compileTemplates compiles the templates by content type that stand at a place of the document.
func compileTemplates(document *openapi.API, pointer string, templates map[string]*string) []openapi.Problem {
	var problems []openapi.Problem
	for _, contentType := range slices.Sorted(maps.Keys(templates)) {
		_, err := mapping.CompileTemplate(contentType, apigw.Value(templates[contentType]))
		if err == nil {
			continue
		}
		line, column, message := mapping.Position(err)
		within := openapi.Position{Line: max(line, 1), Column: max(column, 1)}
		pos, _ := document.PositionIn(pointer+"/"+openapi.Escape(contentType), within)
		problems = append(problems, openapi.Problem{
			Position: pos,
			Severity: openapi.SeverityError,
			Message:  "Mapping template for " + contentType + ": " + message,
		})
	}
	return problems
}
