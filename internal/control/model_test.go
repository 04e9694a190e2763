package control

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

const errModel = `400 BadRequestException: Invalid model specified: Validation Result: warnings : [], errors : `

// modelBody returns the body of a model of JSON with that schema.
func modelBody(name, schema string) string {
	body, err := json.Marshal(map[string]string{"name": name, "contentType": "application/json", "schema": schema})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func TestModels(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	vars := map[string]string{"api": "/restapis/" + id, "id": id, "root": root}
	const bad = `400 BadRequestException: `
	const empty = bad + `Model schema must have at least 1 property or array items defined`
	s.run(vars, []exchange{
		{`POST {api}/models {"name":"Pet","contentType":"application/json","description":"d","schema":" {\"type\":\"object\"} "}`, `201 {"contentType":"application/json",...`},
		{`POST {api}/models {"name":"Pet","contentType":"x/y","schema":"{}"}`, `409 ConflictException: Model name already exists for this REST API`},
		{`POST {api}/models ` + modelBody("Link", `{"type":"array","items":{"$ref":"https://apigateway.amazonaws.com/restapis/{id}/models/Pet"}}`), `201 {...`},
		{`POST {api}/models ` + modelBody("Self", `{"properties":{"next":{"$ref":"https://apigateway.amazonaws.com/restapis/{id}/models/Self"}}}`), `201 {...`},
		{`POST {api}/models {"name":"Xml","contentType":"application/xml","schema":"<schema/>"}`, `201 {...`},

		{`POST /restapis/nope/models ` + modelBody("X", `{}`), `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{`GET /restapis/nope/models`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{`GET /restapis/nope/models/X`, `404 NotFoundException: Invalid model name specified: X`},
		{`GET {api}/models/X`, `404 NotFoundException: Invalid model name specified: X`},
		{`GET {api}/models/X/default_template`, `404 NotFoundException: Invalid model name specified: X`},
		{`PATCH {api}/models/X {}`, `404 NotFoundException: Invalid model name specified: X`},
		{`DELETE {api}/models/X`, `404 NotFoundException: Invalid model name specified: X`},
		{`DELETE /restapis/nope/models/X`, `404 NotFoundException: Invalid model name specified: X`},
		{`POST {api}/models ` + modelBody("a-b", `{}`), bad + `Model name must be alphanumeric: a-b`},
		{`POST {api}/models {"name":"X","contentType":"json","schema":"{}"}`, bad + `Invalid content type specified: json`},
		{`POST {api}/models {"name":"X","contentType":"application/json"}`, empty},
		{`POST {api}/models {"name":"X","contentType":"application/json","schema":""}`, empty},
		{`POST {api}/models {"name":"X","contentType":"application/xml","schema":""}`, empty},
		{`POST {api}/models ` + modelBody("X", `{"type":"wrong"}`), errModel + `[Invalid model schema specified]`},
		{`POST {api}/models ` + modelBody("X", `{`), errModel + `[Invalid model schema specified]`},
		{`POST {api}/models ` + modelBody("X", `[]`), errModel + `[Invalid model schema specified]`},
		{`POST {api}/models ` + modelBody("X", `{"pattern":"("}`), errModel + `[Invalid model schema specified]`},
		{`POST {api}/models ` + modelBody("X", `{"items":{"$ref":"#/definitions/Y"}}`), errModel + `[Model reference must be in canonical form]`},
		{`POST {api}/models ` + modelBody("X", `{"items":{"$ref":"Pet"}}`), errModel + `[Model reference must be in canonical form]`},
		{`POST {api}/models ` + modelBody("X", `{"$ref":"https://apigateway.amazonaws.com/restapis/{id}/models/Nope"}`), errModel + `[Model reference cannot be resolved: Nope]`},

		{patchOf("{api}/models/Pet", "replace /description e", `replace /schema {"type":"string"}`), `200 {"contentType":...`},
		{patchOf("{api}/models/Pet", "replace /schema "), empty},
		{patchOf("{api}/models/Pet", "replace /schema x"), errModel + `[Invalid model schema specified]`},
		{patchOf("{api}/models/Pet", "replace /name x"), bad + `Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]`},
		{patchOf("{api}/models/Pet", "remove /name"), bad + `Invalid patch path  '/name' specified for op 'remove'. Please choose supported operations`},
	})
	names := ""
	for _, item := range s.must("GET /restapis/" + id + "/models")["item"].([]any) {
		names += " " + item.(map[string]any)["name"].(string)
	}
	if want := " Empty Error Link Pet Self Xml"; names != want {
		t.Errorf("got models%s, want%s", names, want)
	}
	pet := s.must("GET /restapis/" + id + "/models/Pet")
	if pet["schema"] != `{"type":"string"}` || pet["description"] != "e" || len(pet["id"].(string)) != 6 {
		t.Errorf("got %v, want what was patched", pet)
	}
}

func TestDefaultModels(t *testing.T) {
	s := newTestServer(t)
	id, _ := s.api()
	for name, want := range map[string]string{
		"Empty": `{"$schema":"http://json-schema.org/draft-04/schema#","title":"Empty Schema","type":"object"}`,
		"Error": `{"$schema":"http://json-schema.org/draft-04/schema#","title":"Error Schema","type":"object","properties":{"message":{"type":"string"}}}`,
	} {
		m := s.must("GET /restapis/" + id + "/models/" + name)
		schema, err := jsonvalue.ParseString(m["schema"].(string))
		if err != nil || schema.String() != want {
			t.Errorf("got schema %s, %v, want %s", schema, err, want)
		}
		if want := "This is a default " + strings.ToLower(name) + " schema model"; m["description"] != want {
			t.Errorf("got description %v, want %s", m["description"], want)
		}
	}
}

func TestDeleteModelInUse(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`POST {api}/models ` + modelBody("A", `{"type":"object"}`), `201 {...`},
		{`POST {api}/models ` + modelBody("B", `{"$ref":"https://apigateway.amazonaws.com/restapis/{id}/models/A"}`), `201 {...`},
		{`DELETE {api}/models/A`, `409 ConflictException: Cannot delete model 'A', is referenced in model: B`},
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/responses/200 {"responseModels":{"application/json":"A"}}`, `201 {...`},
		{`DELETE {api}/models/A`, `409 ConflictException: Cannot delete model 'A', is referenced in method response: /pets/GET`},
		{`PUT {api}/resources/{root}/methods/ANY {"authorizationType":"NONE","requestModels":{"application/json":"A"}}`, `201 {...`},
		{`DELETE {api}/models/A`, `409 ConflictException: Cannot delete model 'A', is referenced in method request: //ANY`},
		{`DELETE {api}/resources/{root}/methods/ANY`, `204 null`},
		{`DELETE {pets}/methods/GET`, `204 null`},
		{`DELETE {api}/models/B`, `202 null`},
		{`DELETE {api}/models/A`, `202 null`},
	})
}

func TestFlattenModel(t *testing.T) {
	s := newTestServer(t)
	id, _ := s.api()
	ref := func(name string) string {
		return `{"$ref":"https://apigateway.amazonaws.com/restapis/` + id + `/models/` + name + `"}`
	}
	for _, m := range [][2]string{
		{"A", `{"type":"number","minimum":1.50}`},
		{"B", `{"type":"array","items":` + ref("A") + `}`},
		{"C", `{"properties":{"z":` + ref("B") + `,"a":` + ref("A") + `},"enum":[1,"x",null]}`},
		{"D", `{"properties":{"self":` + ref("D") + `,"a":` + ref("A") + `}}`},
		{"E", `{"items":` + ref("D") + `}`},
	} {
		s.must("POST /restapis/" + id + "/models " + modelBody(m[0], m[1]))
	}
	for name, want := range map[string]string{
		"A": `{"type":"number","minimum":1.50}`,
		"C": `{"properties":{"z":{"type":"array","items":{"type":"number","minimum":1.50}},"a":{"type":"number","minimum":1.50}},"enum":[1,"x",null]}`,
		"D": `{"properties":{"self":{"$ref":"#/definitions/D"},"a":{"type":"number","minimum":1.50}},"definitions":{"D":{"properties":{"self":{"$ref":"#/definitions/D"},"a":{"type":"number","minimum":1.50}}}}}`,
		"E": `{"items":{"properties":{"self":{"$ref":"#/definitions/D"},"a":{"type":"number","minimum":1.50}}},"definitions":{"D":{"properties":{"self":{"$ref":"#/definitions/D"},"a":{"type":"number","minimum":1.50}}}}}`,
	} {
		if got := s.must("GET /restapis/" + id + "/models/" + name + "?flatten=true")["schema"]; got != want {
			t.Errorf("model %s: got\n%s\nwant\n%s", name, got, want)
		}
	}
	if got := s.must("GET /restapis/" + id + "/models/B")["schema"]; got != `{"type":"array","items":`+ref("A")+`}` {
		t.Errorf("without flatten: got %s, want the schema as it is", got)
	}
}

func TestModelTemplate(t *testing.T) {
	s := newTestServer(t)
	id, _ := s.api()
	s.must("POST /restapis/" + id + "/models " + modelBody("Pet", `{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"x y":{}}}`))
	s.must("POST /restapis/" + id + "/models " + modelBody("Shop", `{"type":"object","properties":{"pets":{"type":"array","items":{"$ref":"https://apigateway.amazonaws.com/restapis/`+id+`/models/Pet"}},"grid":{"type":"array","items":{"type":"array","items":{"type":"number"}}}}}`))
	s.must("POST /restapis/" + id + "/models " + modelBody("Loop", `{"type":"object","properties":{"next":{"$ref":"https://apigateway.amazonaws.com/restapis/`+id+`/models/Loop"}}}`))
	const head = "#set($inputRoot = $input.path('$'))\n"
	for name, want := range map[string]string{
		"Empty": head + "{ }",
		"Pet":   head + "{\n  \"name\" : \"$inputRoot.name\",\n  \"age\" : $inputRoot.age,\n  \"x y\" : \"$inputRoot.get('x y')\"\n}",
		"Shop": head + `{
  "pets" : [
#foreach($elem in $inputRoot.pets)
    {
      "name" : "$elem.name",
      "age" : $elem.age,
      "x y" : "$elem.get('x y')"
    }#if($foreach.hasNext),#end

#end
  ],
  "grid" : [
#foreach($elem in $inputRoot.grid)
    [
#foreach($elem2 in $elem)
      $elem2#if($foreach.hasNext),#end

#end
    ]#if($foreach.hasNext),#end

#end
  ]
}`,
		"Loop": head + "{\n  \"next\" : null\n}",
	} {
		if got := s.must("GET /restapis/" + id + "/models/" + name + "/default_template")["value"]; got != want {
			t.Errorf("model %s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}
