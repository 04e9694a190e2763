package control

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/store"
)

func TestDocumentationParts(t *testing.T) {
	s := newTestServer(t)
	id, _ := s.api()
	parts := "/restapis/" + id + "/documentation/parts"
	created := s.must("POST " + parts + ` {"location":{"type":"METHOD","path":"/a","method":"","name":"","statusCode":""},"properties":"{\"description\":\"d\"}"}`)
	vars := map[string]string{"parts": parts, "method": created["id"].(string)}
	const bad, missing = `400 BadRequestException: `, `404 NotFoundException: Invalid Documentation part identifier specified`
	s.run(vars, []exchange{
		{`GET {parts}/{method}`, `200 {"id":"{method}","location":{"type":"METHOD","path":"/a","method":"*"},"properties":"{\"description\":\"d\"}"}`},
		{`POST {parts} {"location":{"type":"API"},"properties":"{}"}`, `201 {"id":...`},
		{`POST {parts} {"location":{"type":"RESPONSE_HEADER","name":"h"},"properties":"{}"}`, `201 {"id":...`},
		{`POST {parts} {"location":{"type":"METHOD","path":"/a","method":"*"},"properties":"{}"}`, `409 ConflictException: Documentation part already exists for the specified location: type 'METHOD'.`},
		{`POST {parts} {"location":{"type":"API","path":"/"},"properties":"{}"}`, bad + `[Location type: API cannot have path, method, statusCode or name defined.]`},
		{`POST {parts} {"location":{"type":"MODEL","name":"m","path":"/"},"properties":"{}"}`, bad + `[Location type: MODEL cannot have path, method or statusCode defined.]`},
		{`POST {parts} {"location":{"type":"RESOURCE","name":"m"},"properties":"{}"}`, bad + `[Location type: RESOURCE cannot have method, statusCode or name defined.]`},
		{`POST {parts} {"location":{"type":"RESPONSE","name":"m"},"properties":"{}"}`, bad + `[Location type: RESPONSE cannot have name defined.]`},
		{`POST {parts} {"location":{"type":"MODEL"},"properties":"{}"}`, bad + `[Location type: MODEL must have name defined.]`},
		{`POST {parts} {"location":{"type":"METHOD","method":"FROB"},"properties":"{}"}`, errVerb},
		{`POST {parts} {"location":{"type":"RESOURCE","path":"a"},"properties":"{}"}`, bad + `Invalid documentation part path specified: a`},
		{`POST {parts} {"location":{"type":"RESPONSE","statusCode":"9"},"properties":"{}"}`, `400 ValidationException: 1 validation error detected: Value '9' at 'createDocumentationPartInput.location.statusCode' failed...`},
		{`POST {parts} {"location":{"type":"NOPE"},"properties":"{}"}`, `400 ValidationException: 1 validation error detected: Value 'NOPE' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]`},
		{`POST {parts} {"location":{"type":"RESOURCE"},"properties":""}`, bad + `Documentation part properties must be non-empty`},
		{`POST {parts} {"location":{"type":"RESOURCE"},"properties":"[]"}`, bad + `Documentation part properties must be non-empty`},
		{`POST /restapis/nope/documentation/parts {"location":{"type":"API"},"properties":"{}"}`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{`GET {parts}/nope`, missing},
		{`PATCH {parts}/nope {}`, missing},
		{`DELETE {parts}/nope`, missing},

		{patchOf("{parts}/{method}", "replace /properties {}"), `200 {"id":"{method}","location":{"type":"METHOD","path":"/a","method":"*"},"properties":"{}"}`},
		{patchOf("{parts}/{method}", "replace /properties "), bad + `Documentation part properties must be non-empty`},
		{patchOf("{parts}/{method}", "replace /location x"), bad + `Invalid patch path  '/location' specified for op 'replace'. Must be one of: [/properties]`},

		{`GET {parts}?type=METHOD`, `200 {"item":[{"id":"{method}","location":{"type":"METHOD","path":"/a","method":"*"},"properties":"{}"}]}`},
		{`GET {parts}?path=/a`, `200 {"item":[{"id":"{method}","location":{"type":"METHOD","path":"/a","method":"*"},"properties":"{}"}]}`},
		{`GET {parts}?name=nope`, `200 {"item":[]}`},
		{`DELETE {parts}/{method}`, `202 null`},
		{`GET {parts}/{method}`, missing},
	})
	if got := len(s.must("GET " + parts)["item"].([]any)); got != 2 {
		t.Errorf("got %d parts, want 2", got)
	}
}

func TestUndocumentedLocations(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE","requestModels":{"application/json":"Empty"},"requestParameters":{"method.request.path.p":true,"method.request.multivalueheader.h":true,"method.request.querystring.q":true}}`, `201 {...`},
		{`PUT {pets}/methods/GET/responses/200 {"responseModels":{"application/json":"Empty"},"responseParameters":{"method.response.header.x":true}}`, `201 {...`},
		{`POST {api}/documentation/parts {"location":{"type":"API"},"properties":"{}"}`, `201 {...`},
		{`POST {api}/documentation/parts {"location":{"type":"MODEL","name":"Error"},"properties":"{}"}`, `201 {...`},
	})
	var got []string
	for _, item := range s.must("GET " + vars["api"] + "/documentation/parts?locationStatus=UNDOCUMENTED")["item"].([]any) {
		l := item.(map[string]any)["location"].(map[string]any)
		got = append(got, strings.TrimSpace(fmt.Sprintln(l["type"], l["path"], l["method"], l["statusCode"], l["name"])))
	}
	want := []string{
		"AUTHORIZER <nil> <nil> <nil> pool", "AUTHORIZER <nil> <nil> <nil> token", "MODEL <nil> <nil> <nil> Empty", "RESOURCE / <nil> <nil> <nil>",
		"RESOURCE /pets <nil> <nil> <nil>", "METHOD /pets GET <nil> <nil>", "PATH_PARAMETER /pets GET <nil> p", "QUERY_PARAMETER /pets GET <nil> q",
		"REQUEST_BODY /pets GET <nil> <nil>", "REQUEST_HEADER /pets GET <nil> h", "RESPONSE /pets GET 200 <nil>", "RESPONSE_BODY /pets GET 200 <nil>",
		"RESPONSE_HEADER /pets GET 200 x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDocumentationVersions(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	vars["v"] = vars["api"] + "/documentation/versions"
	const missing = `404 NotFoundException: Invalid Documentation version specified`
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`POST {api}/deployments {"stageName":"prod"}`, `201 {...`},
		{`POST {api}/documentation/parts {"location":{"type":"API"},"properties":"{}"}`, `201 {...`},
	})
	first := s.must("POST " + vars["v"] + ` {"documentationVersion":"1.0"}`)
	vars["created"] = fmt.Sprintf("%.0f", first["createdDate"])
	s.run(vars, []exchange{
		{`GET {v}/1.0`, `200 {"version":"1.0","createdDate":{created}}`},
		{`POST {v} {"documentationVersion":"1.0"}`, `409 ConflictException: Documentation version already exists: 1.0`},
		{`POST {v} {"documentationVersion":""}`, `400 BadRequestException: Documentation version cannot be empty`},
		{`POST {v} {"documentationVersion":"x","stageName":"nope"}`, `404 NotFoundException: Invalid stage identifier specified`},
		{`GET {v}/x`, missing},
		{`POST /restapis/nope/documentation/versions {"documentationVersion":"1.0"}`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{patchOf("{v}/1.0", "replace /description d"), `200 {"version":"1.0","description":"d","createdDate":{created}}`},
		{patchOf("{v}/1.0", "replace /version 2"), `400 BadRequestException: Invalid patch path  '/version' specified for op 'replace'. Must be one of: [/description]`},
		{`PATCH {v}/nope {}`, missing},
		{`DELETE {v}/nope`, missing},
		{`POST {v} {"documentationVersion":"0.9","stageName":"prod","description":"older name"}`, `201 {...`},
		{`DELETE {v}/0.9`, `400 BadRequestException: Active stages pointing to this documentation version must be moved or deleted`},
		{patchOf("{api}/stages/prod", "replace /documentationVersion 1.0"), `200 {...`},
		{`DELETE {v}/0.9`, `202 null`},
		{`GET {v}`, `200 {"item":[{"version":"1.0","description":"d","createdDate":{created}}]}`},
	})
	if got := s.must("GET " + vars["api"] + "/stages/prod")["documentationVersion"]; got != "1.0" {
		t.Errorf("got documentation version %v of the stage, want 1.0", got)
	}
}

// frozenParts returns the types of the parts of a documentation version.
func (s *testServer) frozenParts(api, version string) (types []string) {
	s.t.Helper()
	err := s.store.View(s.t.Context(), func(stx store.Tx) error {
		v, err := (&tx{Tx: stx, space: store.In("123456789012", "eu-west-1")}).place(api).documentationVersion(version)
		if err != nil {
			return err
		}
		for _, p := range v.Parts {
			types = append(types, string(p.Location.Type))
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return types
}

func TestImportDocumentation(t *testing.T) {
	s := newTestServer(t)
	document := func(version string, parts ...string) string {
		return `{"swagger":"2.0","info":{"title":"a","version":"1"},"paths":{},"x-amazon-apigateway-documentation":{` + version + `"documentationParts":[` + strings.Join(parts, ",") + `]}}`
	}
	const api, resource = `{"location":{"type":"API"},"properties":{"description":"x"}}`, `{"location":{"type":"RESOURCE","path":"/a"},"properties":{}}`
	const wrong = `{"location":{"type":"API","name":"x"},"properties":{}}`
	imported := s.must("POST /restapis?mode=import&failonwarnings=true " + document(`"version":"1",`, api))
	id := imported["id"].(string)
	parts := "/restapis/" + id + "/documentation/parts"
	if diff := cmp.Diff([]string{"API"}, s.frozenParts(id, "1")); diff != "" {
		t.Errorf("version 1 (-want +got):\n%s", diff)
	}
	types := func() string {
		found := ""
		for _, item := range s.must("GET " + parts)["item"].([]any) {
			found += item.(map[string]any)["location"].(map[string]any)["type"].(string) + " "
		}
		return strings.TrimSpace(found)
	}
	apiID := func() any { return s.must("GET " + parts + "?type=API")["item"].([]any)[0].(map[string]any)["id"] }

	before := apiID()
	merged := s.must("PUT " + parts + "?mode=merge " + document("", api, resource))
	if ids := merged["ids"].([]any); len(ids) != 2 || ids[0] != before || merged["warnings"] != nil || types() != "API RESOURCE" {
		t.Errorf("merge: got %v and parts %s, want the first to stay and a second beside it", merged, types())
	}
	s.must("PUT " + parts + "?mode=overwrite " + document("", api))
	if types() != "API" || apiID() == before {
		t.Errorf("overwrite: got parts %s, want a new API part alone", types())
	}
	s.must("PUT /restapis/" + id + "?mode=overwrite&ignore=documentation " + document("", resource))
	if types() != "API" {
		t.Errorf("put that ignores documentation: got parts %s, want them as they were", types())
	}
	s.must("PUT /restapis/" + id + "?mode=overwrite " + document(`"version":"1",`, resource))
	if diff := cmp.Diff([]string{"RESOURCE"}, s.frozenParts(id, "1")); types() != "RESOURCE" || diff != "" {
		t.Errorf("put: got parts %s, version 1 (-want +got):\n%s", types(), diff)
	}
	s.run(map[string]string{"parts": parts, "id": id}, []exchange{
		{`PUT {parts} not a document`, `400 BadRequestException: Unable to build importer with provided input.`},
		{`PUT {parts} ` + document("", wrong), "400 BadRequestException: Errors found during import:\n\tUnable to create documentation part: [Location type: API cannot have path, method, statusCode or name defined.]"},
		{`PUT /restapis/{id} ` + document("", wrong), "400 BadRequestException: Errors found during import:\n\tUnable to create documentation part: [Location type: API cannot have path, method, statusCode or name defined.]"},
		{`PUT /restapis/nope/documentation/parts ` + document("", api), `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
	})
	if types() != "RESOURCE" {
		t.Errorf("after refused imports: got parts %s, want them as they were", types())
	}
}
