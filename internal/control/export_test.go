package control

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// export returns the status, the headers and the body of an export.
func (s *testServer) export(path, accept string) (int, http.Header, string) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=123456789012/20231114/eu-west-1/apigateway/aws4_request, SignedHeaders=host, Signature=00")
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// exportDocument has what an export can show.
const exportDocument = `
openapi: 3.0.1
info: {title: Exported, version: "7", description: All of it}
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-minimum-compression-size: 10
x-amazon-apigateway-api-key-source: AUTHORIZER
x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: false}}
x-amazon-apigateway-gateway-responses: {DEFAULT_4XX: {statusCode: 418}}
x-amazon-apigateway-documentation:
  version: d1
  documentationParts: [{location: {type: API}, properties: {description: All of it}}]
components:
  schemas: {Pet: {type: object, properties: {mother: {$ref: "#/components/schemas/Pet"}}}}
  securitySchemes:
    api_key: {type: apiKey, name: x-api-key, in: header}
    sigv4: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    pool:
      type: apiKey
      name: Token
      in: header
      x-amazon-apigateway-authtype: cognito_user_pools
      x-amazon-apigateway-authorizer: {type: cognito_user_pools, providerARNs: ["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/p"]}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      x-amazon-apigateway-request-validator: all
      security: [{pool: [read]}, {api_key: []}]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: q, in: query, schema: {type: string}}
      responses:
        "200": {description: ok, headers: {X-A: {schema: {type: string}}}, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        "404": {description: none}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: POST
        uri: http://example.com/{id}
        requestParameters: {integration.request.path.id: method.request.path.id}
        requestTemplates: {application/json: "line 1\nline 2", text/plain: null}
        timeoutInMillis: 100
        cacheKeyParameters: [method.request.path.id]
        cacheNamespace: c
        contentHandling: CONVERT_TO_TEXT
        tlsConfig: {insecureSkipVerification: true}
        responses:
          default: {statusCode: 200, responseParameters: {method.response.header.X-A: "'1'"}}
          "4..": {statusCode: 404, responseTemplates: {application/json: "{}"}, contentHandling: CONVERT_TO_BINARY}
    x-amazon-apigateway-any-method:
      security: [{sigv4: []}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      x-amazon-apigateway-integration: {type: mock}
`

func TestGetExport(t *testing.T) {
	s := newTestServer(t)
	api := s.must("POST /restapis?mode=import " + exportDocument)["id"].(string)
	s.must("POST /restapis/" + api + `/deployments {"stageName":"prod"}`)
	s.must("PATCH /restapis/" + api + `/stages/prod {"patchOperations":[{"op":"replace","path":"/documentationVersion","value":"d1"}]}`)
	base := "/restapis/" + api + "/stages/prod/exports/"

	const plain = `{
  "openapi": "3.0.1",
  "info": {"title": "Exported", "description": "All of it", "version": "7"},
  "servers": [{"url": "https://{api}.execute-api.eu-west-1.amazonaws.com/{basePath}", "variables": {"basePath": {"default": "prod"}}}],
  "paths": {"/pets/{id}": {
    "get": {
      "operationId": "getPet",
      "parameters": [
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "q", "in": "query", "schema": {"type": "string"}}],
      "responses": {
        "200": {"description": "200 response", "headers": {"X-A": {"schema": {"type": "string"}}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
        "404": {"description": "404 response", "content": {}}},
      "security": [{"pool": ["read"]}, {"api_key": []}]},
    "x-amazon-apigateway-any-method": {
      "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}, "required": true},
      "responses": {},
      "security": [{"sigv4": []}]}}},
  "components": {
    "schemas": {"Pet": {"type": "object", "properties": {"mother": {"$ref": "#/components/schemas/Pet"}}}},
    "securitySchemes": {
      "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
      "pool": {"type": "apiKey", "name": "Token", "in": "header"},
      "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header"}}}}`
	status, headers, body := s.export(base+"oas30", "application/json")
	if status != 200 || headers.Get("Content-Type") != "application/octet-stream" || headers.Get("Content-Disposition") != `attachment; filename="oas30_7.json"` {
		t.Errorf("status %d, headers %v", status, headers)
	}
	if diff := cmp.Diff(asJSON(t, strings.ReplaceAll(plain, "{api}", api)), asJSON(t, body)); diff != "" {
		t.Errorf("oas30 (-want +got):\n%s", diff)
	}

	const integration = `{"type":"http","httpMethod":"POST","uri":"http://example.com/{id}","passthroughBehavior":"when_no_match","timeoutInMillis":100,
		"cacheNamespace":"c","cacheKeyParameters":["method.request.path.id"],"contentHandling":"CONVERT_TO_TEXT","tlsConfig":{"insecureSkipVerification":true},
		"requestParameters":{"integration.request.path.id":"method.request.path.id"},
		"requestTemplates":{"application/json":"line 1\nline 2","text/plain":null},
		"responses":{"default":{"statusCode":"200","responseParameters":{"method.response.header.X-A":"'1'"}},
			"4..":{"statusCode":"404","responseTemplates":{"application/json":"{}"},"contentHandling":"CONVERT_TO_BINARY"}}}`
	const swagger = `{
  "swagger": "2.0",
  "info": {"title": "Exported", "description": "All of it", "version": "7"},
  "host": "{api}.execute-api.eu-west-1.amazonaws.com", "basePath": "/prod", "schemes": ["https"],
  "paths": {"/pets/{id}": {
    "get": {
      "operationId": "getPet", "consumes": ["application/json", "text/plain"], "produces": ["application/json"],
      "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}, {"name": "q", "in": "query", "required": false, "type": "string"}],
      "responses": {
        "200": {"description": "200 response", "headers": {"X-A": {"type": "string"}}, "schema": {"$ref": "#/definitions/Pet"}},
        "404": {"description": "404 response"}},
      "security": [{"pool": ["read"]}, {"api_key": []}],
      "x-amazon-apigateway-request-validator": "all",
      "x-amazon-apigateway-integration": {integration}},
    "x-amazon-apigateway-any-method": {
      "consumes": ["application/json"],
      "parameters": [{"in": "body", "name": "Pet", "required": true, "schema": {"$ref": "#/definitions/Pet"}}],
      "responses": {},
      "security": [{"sigv4": []}],
      "x-amazon-apigateway-integration": {"type": "mock", "passthroughBehavior": "when_no_match"}}}},
  "definitions": {"Pet": {"type": "object", "properties": {"mother": {"$ref": "#/definitions/Pet"}}}},
  "securityDefinitions": {
    "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "pool": {"type": "apiKey", "name": "Token", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
      "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "identitySource": "method.request.header.Token", "authorizerResultTtlInSeconds": 300, "providerARNs": ["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/p"]}},
    "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}},
  "x-amazon-apigateway-api-key-source": "AUTHORIZER",
  "x-amazon-apigateway-binary-media-types": ["image/png"],
  "x-amazon-apigateway-minimum-compression-size": 10,
  "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": "418"}},
  "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": true, "validateRequestParameters": false}},
  "x-amazon-apigateway-documentation": {"version": "d1", "createdDate": "{date}", "documentationParts": [{"location": {"type": "API"}, "properties": {"description": "All of it"}}]}}`
	status, _, body = s.export(base+"swagger?extensions=apigateway,documentation", "application/json")
	got := asJSON(t, body)
	date := got["x-amazon-apigateway-documentation"].(map[string]any)["createdDate"].(string)
	want := strings.NewReplacer("{api}", api, "{integration}", integration, "{date}", date).Replace(swagger)
	if diff := cmp.Diff(asJSON(t, want), got); diff != "" || status != 200 {
		t.Errorf("status %d, swagger (-want +got):\n%s", status, diff)
	}

	_, _, listed := s.export(base+"oas30?extensions=integrations,authorizers,postman", "application/json")
	_, _, repeated := s.export(base+"oas30?extensions=integrations&extensions=postman&extensions=authorizers", "application/json")
	if diff := cmp.Diff(asJSON(t, listed), asJSON(t, repeated)); diff != "" {
		t.Errorf("extensions listed and repeated (-listed +repeated):\n%s", diff)
	}
	if !strings.Contains(listed, "x-postman-meta") {
		t.Errorf("nothing for Postman in:\n%s", listed)
	}

	s.run(map[string]string{"base": base, "api": api}, []exchange{
		{"GET {base}oas31", "400 BadRequestException: No API exporter for type 'oas31'"},
		{"GET {base}oas30?extensions=all", "400 BadRequestException: Invalid extensions specified: all. Valid options are integrations,apigateway,authorizers,documentation,postman"},
		{"GET /restapis/{api}/stages/none/exports/oas30", "404 NotFoundException: Invalid stage identifier specified"},
		{"GET /restapis/none/stages/prod/exports/oas30", "404 NotFoundException: Invalid API identifier specified 123456789012:none"},
	})
}

func TestExportRefusesBodiesThatAreNoJSON(t *testing.T) {
	s := newTestServer(t)
	api := s.must(`POST /restapis?mode=import {"openapi":"3.0.1","info":{"title":"X"},"components":{"schemas":{"M":{"type":"object"}}},"paths":{"/a":{"post":{
		"requestBody":{"content":{"application/xml":{"schema":{"$ref":"#/components/schemas/M"}}}},"x-amazon-apigateway-integration":{"type":"mock"}}}}}`)["id"].(string)
	s.must("POST /restapis/" + api + `/deployments {"stageName":"prod"}`)
	s.run(map[string]string{"api": api}, []exchange{
		{"GET /restapis/{api}/stages/prod/exports/swagger", "400 BadRequestException: Only found non-JSON body models for POST /a"},
	})
	if status, _, body := s.export("/restapis/"+api+"/stages/prod/exports/oas30", "*/*"); status != 200 {
		t.Errorf("oas30: got %d %s", status, body)
	}
}

func asJSON(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// TestExportRoundTrip imports what an export writes, for every document of the OpenAPI reader's tests
// that can be deployed, in each format: the API is the same.
func TestExportRoundTrip(t *testing.T) {
	s := newTestServer(t)
	files, err := filepath.Glob("../openapi/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if f.Name != "document" {
				continue
			}
			imported := s.importDocument("", string(f.Data))
			if imported.status != 201 {
				continue
			}
			api := imported.body["id"].(string)
			if s.do("POST /restapis/"+api+`/deployments {"stageName":"v"}`).status != 201 {
				continue
			}
			for _, format := range []string{"oas30", "swagger"} {
				for _, accept := range []string{"application/json", "application/yaml"} {
					status, _, document := s.export("/restapis/"+api+"/stages/v/exports/"+format+"?extensions=apigateway", accept)
					if status != 200 {
						t.Errorf("%s: %s: got %d %s", file, format, status, document)
						continue
					}
					again := s.importDocument("&failonwarnings=true", document)
					if again.status != 201 {
						t.Errorf("%s: import of the %s %s: got %s\n%s", file, accept, format, again, document)
						continue
					}
					compared++
					first, second := s.everything(api), s.everything(again.body["id"].(string))
					if first["api"].(map[string]any)["version"] == nil { // documents must have one
						delete(second["api"].(map[string]any), "version")
					}
					if diff := cmp.Diff(first, second); diff != "" {
						t.Errorf("%s, %s %s (-first +again):\n%s", filepath.Base(file), accept, format, diff)
					}
				}
			}
		}
	}
	t.Logf("%d exports compared", compared)
	if compared < 50 {
		t.Errorf("only %d exports were compared", compared)
	}
}

// everything returns all that an API consists of, with names in the place of ids.
func (s *testServer) everything(api string) map[string]any {
	s.t.Helper()
	prefix := "/restapis/" + api
	names := map[string]string{api: "{api}"}
	all := map[string]any{}
	for _, kind := range []string{"requestvalidators", "authorizers", "models", "gatewayresponses", "resources"} {
		query := "?limit=500"
		if kind == "resources" {
			query += "&embed=methods"
		}
		var items []any
		for _, item := range s.must("GET " + prefix + "/" + kind + query)["item"].([]any) {
			item := item.(map[string]any)
			if id, ok := item["id"].(string); ok {
				name := fmt.Sprint(item["name"], item["path"])
				names[id] = "{" + name + "}"
			}
			if kind == "resources" && item["resourceMethods"] == nil {
				continue // an export has only those with methods
			}
			delete(item, "parentId")
			if kind == "models" && item["schema"] != nil {
				item["schema"] = asAny(item["schema"].(string))
			}
			items = append(items, item)
		}
		all[kind] = byText(items)
	}
	record := s.must("GET " + prefix)
	for _, member := range []string{"createdDate", "rootResourceId", "endpointConfiguration", "disableExecuteApiEndpoint"} {
		delete(record, member)
	}
	all["api"] = record
	text, err := json.Marshal(all)
	if err != nil {
		s.t.Fatal(err)
	}
	replaced := string(text)
	for id, name := range names {
		replaced = strings.ReplaceAll(replaced, id, name)
	}
	return asJSON(s.t, replaced)
}

// byText returns items as a map by name, path or type, whatever they have.
func byText(items []any) map[string]any {
	m := map[string]any{}
	for _, item := range items {
		i := item.(map[string]any)
		m[fmt.Sprint(i["name"], i["path"], i["responseType"])] = item
	}
	return m
}

func asAny(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return v
}
