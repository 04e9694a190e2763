package dev

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/openapi"
)

// Mistakes in mapping templates are found before a document is deployed, except in those that are
// never used.
func TestLoadFindsTemplateMistakes(t *testing.T) {
	const document = `openapi: 3.0.1
info: {title: Templates, version: "1"}
paths:
  /a:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates:
          application/json: |
            {"statusCode": 200}
            #if($x
        responses:
          default: {statusCode: 200, responseTemplates: {text/plain: "#foreach($x in $y)"}}
          "4..": {statusCode: 400, responseTemplates: {text/plain: "fine"}}
    put:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://example.com", requestTemplates: {text/plain: "#if("}}
    post: {responses: {}}
`
	_, problems := load([]byte(document))
	var got []string
	for _, p := range problems {
		message, _, _ := strings.Cut(p.Message, ": ")
		got = append(got, p.Position.String()+" "+p.Severity.String()+" "+message)
	}
	want := []string{
		"line 19, column 5 note 'POST /a' has no integration; an API with it cannot be deployed",
		"line 13, column 13 error Mapping template for application/json",
		"line 14, column 70 error Mapping template for text/plain",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, problems := load([]byte("[")); !openapi.HasErrors(problems) {
		t.Error("no error in what is no document")
	}
}
