package dev

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/plan"
)

const founded = `openapi: 3.0.1
info: {title: Findings, version: "1"}
paths:
  /a:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: http://example.com/{id}
        requestTemplates:
          application/json: |
            #if($x)
        responses:
          default: {statusCode: 200}
          "4..":
            statusCode: 404
            responseParameters: {method.response.header.A.b: integration.response.header.A}
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {responseTemplates: {application/json: "$context"}}
`

func TestPositionOf(t *testing.T) {
	document, problems := openapi.Parse([]byte(founded), openapi.Options{})
	if openapi.HasErrors(problems) {
		t.Fatal(problems)
	}
	method := plan.Diagnostic{Resource: "/a", Method: "GET"}
	tests := []struct {
		field        string
		line, column int
		of           plan.Diagnostic
		want         openapi.Position
	}{
		{"methodIntegration.uri", 0, 0, method, openapi.Position{Line: 10, Column: 14}},
		{"methodIntegration.requestTemplates[application/json]", 1, 5, method, openapi.Position{Line: 13, Column: 17}},
		{"methodIntegration.requestTemplates[text/plain]", 1, 5, method, openapi.Position{Line: 12, Column: 11}},
		{"methodIntegration.integrationResponses[200]", 0, 0, method, openapi.Position{Line: 15, Column: 20}},
		{"methodIntegration.integrationResponses[404].responseParameters[method.response.header.A.b]", 0, 0, method, openapi.Position{Line: 18, Column: 62}},
		{"apiKeyRequired", 0, 0, method, openapi.Position{Line: 5, Column: 5}},
		{"gatewayResponses[DEFAULT_4XX].responseTemplates[application/json]", 0, 0, plan.Diagnostic{}, openapi.Position{Line: 20, Column: 55}},
		{"gatewayResponses[DEFAULT_5XX].statusCode", 0, 0, plan.Diagnostic{}, openapi.Position{Line: 20, Column: 3}},
		{"methodSettings[*/*].throttling", 0, 0, plan.Diagnostic{}, openapi.Position{}},
	}
	for _, test := range tests {
		d := test.of
		d.Field, d.Line, d.Column = test.field, test.line, test.column
		if got := positionOf(document, d); got != test.want {
			t.Errorf("%s: got %v, want %v", test.field, got, test.want)
		}
	}
}

func TestFindings(t *testing.T) {
	document, _ := openapi.Parse([]byte(founded), openapi.Options{})
	var f Findings
	d := plan.Diagnostic{Severity: plan.Error, Resource: "/a", Method: "GET", Field: "methodIntegration.uri", Message: "no"}
	f.Add(plan.Diagnostics{d})
	f.Add(plan.Diagnostics{d, {Message: "careful"}})
	var got []openapi.Problem
	for _, d := range f.take() {
		got = append(got, problemOf(document, d))
	}
	want := []openapi.Problem{
		{Position: openapi.Position{Line: 10, Column: 14}, Severity: openapi.SeverityError, Message: "GET /a: no"},
		{Severity: openapi.SeverityWarning, Message: "careful"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again := f.take(); len(again) != 0 {
		t.Errorf("taken twice: %v", again)
	}
	if strings.Contains(got[1].Text(), "line") {
		t.Errorf("a problem without a place has one: %s", got[1].Text())
	}
}
