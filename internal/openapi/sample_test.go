package openapi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSample(t *testing.T) {
	const document = `openapi: 3.0.1
info: {title: Samples, version: "1"}
x-setting: {a: [1, true]}
components:
  parameters:
    Kind: {name: kind, in: query, required: true, schema: {type: string, enum: [dog, cat]}}
  schemas:
    Pet:
      type: object
      properties: {name: {type: string, example: Rex}, tags: {type: array, items: {type: string}}, mother: {$ref: '#/components/schemas/Pet'}, price: {type: number}, sold: {type: boolean, default: false}, x: {}}
paths:
  /pets/{id}/{rest+}:
    parameters:
      - {name: id, in: path, required: true, example: a b/c, schema: {type: string}}
      - {name: kind, in: query, example: hidden by the operation}
    get:
      parameters:
        - {$ref: '#/components/parameters/Kind'}
        - {name: rest, in: path, required: true, example: x/y z}
        - {name: X-Given, in: header, schema: {type: integer, example: 5}}
        - {name: X-Left-Out, in: header, schema: {type: integer}}
        - {name: flag, in: query, required: true, schema: {type: boolean}}
    post:
      requestBody: {content: {text/plain: {example: text}, application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
    put:
      requestBody: {content: {application/json: {examples: {one: {value: {a: 1}}}}}}
    patch:
      requestBody: {content: {text/plain: {example: hello}}}
`
	api, problems := Parse([]byte(document), Options{})
	if got, _ := Refusal(problems, true); got != "" {
		t.Fatal(got)
	}
	want := map[string]Sample{
		"GET": {
			Path:    "/pets/a%20b%2Fc/x/y%20z",
			Query:   []SampleValue{{"kind", "dog"}, {"flag", "true"}},
			Headers: []SampleValue{{"X-Given", "5"}},
		},
		"POST": {
			Path: "/pets/a%20b%2Fc/1", Query: []SampleValue{{"kind", "hidden by the operation"}}, ContentType: "application/json",
			Body: `{"name":"Rex","tags":["text"],"price":1,"sold":false,"x":{}}`,
		},
		"PUT":   {Path: "/pets/a%20b%2Fc/1", Query: []SampleValue{{"kind", "hidden by the operation"}}, ContentType: "application/json", Body: `{"a":1}`},
		"PATCH": {Path: "/pets/a%20b%2Fc/1", Query: []SampleValue{{"kind", "hidden by the operation"}}, ContentType: "text/plain", Body: "hello"},
	}
	got := make(map[string]Sample)
	for _, r := range api.Resources {
		for i := range r.Methods {
			got[r.Methods[i].Verb()] = api.Sample(r.Path, &r.Methods[i])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	if got := api.JSON("/x-setting"); got != `{"a":[1,true]}` {
		t.Errorf("JSON: got %s", got)
	}
	if got := api.JSON("/none"); got != "" {
		t.Errorf("JSON of nothing: got %s", got)
	}
}
