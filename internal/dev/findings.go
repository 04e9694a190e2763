package dev

import (
	"slices"
	"strings"
	"sync"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// Findings collects what the data plane finds in the stages that it compiles. The zero value is
// ready; it is safe for concurrent use.
type Findings struct {
	mu    sync.Mutex
	found plan.Diagnostics
}

// Add adds findings.
func (f *Findings) Add(found plan.Diagnostics) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found = append(f.found, found...)
}

// take returns the findings so far and forgets them. Those of compiling and of binding may
// say the same.
func (f *Findings) take() plan.Diagnostics {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.found
	f.found = nil
	return slices.Compact(taken)
}

// problemOf makes a problem of the document of a finding about what was made of it.
func problemOf(document *openapi.API, d plan.Diagnostic) openapi.Problem {
	severity := openapi.SeverityWarning
	if d.Severity == plan.Error {
		severity = openapi.SeverityError
	}
	message := strings.TrimSpace(d.Method + " " + d.Resource)
	if message != "" {
		message += ": "
	}
	return openapi.Problem{Position: positionOf(document, d), Severity: severity, Message: message + d.Message}
}

// positionOf returns the place in the document that a finding is about, as nearly as it can be told.
func positionOf(document *openapi.API, d plan.Diagnostic) openapi.Position {
	m := methodOf(document, d.Resource, d.Method)
	tokens := pointerOf(m, d.Field)
	for n := len(tokens); n >= 0; n-- {
		pointer := strings.Join(tokens[:n], "")
		if m != nil && !strings.HasPrefix(pointer, "/x-amazon-apigateway-gateway-responses") {
			if n == 0 {
				return m.Position
			}
			pointer = m.Pointer + pointer
		}
		if pointer == "" {
			break
		}
		if n == len(tokens) && d.Line > 0 {
			if pos, ok := document.PositionIn(pointer, openapi.Position{Line: d.Line, Column: d.Column}); ok {
				return pos
			}
		}
		if pos, ok := document.PositionOf(pointer); ok {
			return pos
		}
	}
	return openapi.Position{}
}

// methodOf returns the method of that verb at path, nil where there is none.
func methodOf(document *openapi.API, path, verb string) *openapi.Method {
	for i := range document.Resources {
		if document.Resources[i].Path != path {
			continue
		}
		methods := document.Resources[i].Methods
		for j := range methods {
			if methods[j].Verb() == verb {
				return &methods[j]
			}
		}
	}
	return nil
}

// pointerOf turns the name of a member in the model, such as
// "methodIntegration.requestTemplates[application/json]", into the tokens of its place below the operation
// in the document, or below the document for what belongs to no method.
func pointerOf(m *openapi.Method, field string) []string {
	var tokens []string
	for _, part := range fieldParts(field) {
		switch part.name {
		case "methodIntegration":
			tokens = append(tokens, "/x-amazon-apigateway-integration")
		case "gatewayResponses":
			tokens = append(tokens, "/x-amazon-apigateway-gateway-responses")
		case "integrationResponses":
			tokens = append(tokens, "/responses")
			part.key = responseKey(m, part.key)
		case "":
		default:
			tokens = append(tokens, "/"+openapi.Escape(part.name))
		}
		if part.key != "" {
			tokens = append(tokens, "/"+openapi.Escape(part.key))
		}
	}
	return tokens
}

// fieldPart is one part of the name of a member: name[key].
type fieldPart struct{ name, key string }

// fieldParts takes the name of a member apart. A key ends with a bracket before a dot or the end; it may
// hold dots itself.
func fieldParts(field string) []fieldPart {
	var parts []fieldPart
	for field != "" {
		end := strings.IndexAny(field, ".[")
		if end < 0 {
			return append(parts, fieldPart{name: field})
		}
		part := fieldPart{name: field[:end]}
		rest := field[end+1:]
		if field[end] == '[' {
			closing := strings.Index(rest, "].")
			if closing < 0 {
				part.key, rest = strings.TrimSuffix(rest, "]"), ""
			} else {
				part.key, rest = rest[:closing], rest[closing+2:]
			}
		}
		parts, field = append(parts, part), rest
	}
	return parts
}

// responseKey returns the key in the document of the integration response of a status.
func responseKey(m *openapi.Method, status string) string {
	if m == nil || m.Shape.MethodIntegration == nil {
		return status
	}
	response := m.Shape.MethodIntegration.IntegrationResponses[status]
	if response.SelectionPattern == nil {
		return "default"
	}
	return apigw.Value(response.SelectionPattern)
}
