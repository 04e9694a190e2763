package control

import (
	"fmt"
	"net/url"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

const petDocument = `{
  "swagger": "2.0", "info": {"title": "Pets", "version": 1.0, "description": "All pets"}, "basePath": "/v1",
  "x-amazon-apigateway-binary-media-types": ["image/png"],
  "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": true, "validateRequestParameters": true}},
  "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": 418}},
  "securityDefinitions": {
    "auth": {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "custom",
      "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:auth/invocations"}}},
  "definitions": {
    "Pet": {"type": "object", "properties": {"friend": {"$ref": "#/definitions/Friend"}}},
    "Friend": {"type": "object", "properties": {"of": {"$ref": "#/definitions/Pet"}}}},
  "paths": {
    "/pets": {"get": {
      "operationId": "listPets", "x-amazon-apigateway-request-validator": "all", "security": [{"auth": []}],
      "parameters": [{"in": "query", "name": "kind", "type": "string"}],
      "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/Pet"}, "headers": {"X-Count": {"type": "string"}}}},
      "x-amazon-apigateway-integration": {
        "type": "http", "httpMethod": "GET", "uri": "http://example.com/pets",
        "requestParameters": {"integration.request.querystring.k": "method.request.querystring.kind"},
        "responses": {"default": {"statusCode": 200, "responseParameters": {"method.response.header.X-Count": "'1'"}}}}}},
    "/pets/{id}": {"delete": {"responses": {}, "x-amazon-apigateway-integration": {"type": "mock"}}}}}`

// importDocument imports a document and returns the answer.
func (s *testServer) importDocument(query, document string) answer {
	s.t.Helper()
	return s.do("POST /restapis?mode=import" + query + " " + document)
}

func TestImportRestApi(t *testing.T) {
	s := newTestServer(t)
	created := s.importDocument("", petDocument)
	if created.status != 201 {
		t.Fatal(created)
	}
	api := created.body["id"].(string)
	want := map[string]any{
		"id": api, "rootResourceId": created.body["rootResourceId"], "createdDate": created.body["createdDate"],
		"name": "Pets", "version": "1.0", "description": "All pets", "binaryMediaTypes": []any{"image/png"},
		"apiKeySource": "HEADER", "disableExecuteApiEndpoint": false,
		"endpointConfiguration": map[string]any{"types": []any{"EDGE"}, "ipAddressType": "ipv4"},
	}
	if diff := cmp.Diff(want, created.body); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/", "/pets GET", "/pets/{id} DELETE"}, s.tree(api)); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Friend", "Pet"}, s.names(api, "models")); diff != "" {
		t.Errorf("models (-want +got):\n%s", diff)
	}
	validator := s.must("GET /restapis/" + api + "/requestvalidators")["item"].([]any)[0].(map[string]any)["id"]
	authorizer := s.must("GET /restapis/" + api + "/authorizers")["item"].([]any)[0].(map[string]any)["id"]
	pets := s.resourceID(api, "/pets")
	s.run(map[string]string{"api": api, "pets": pets, "validator": validator.(string), "authorizer": authorizer.(string)}, []exchange{
		{"GET /restapis/{api}/models/Pet", `200 {"contentType":"application/json","id":"` + s.must("GET /restapis/" + api + "/models/Pet")["id"].(string) +
			`","name":"Pet","schema":"{\"type\":\"object\",\"properties\":{\"friend\":{\"$ref\":\"https://apigateway.amazonaws.com/restapis/{api}/models/Friend\"}}}"}`},
		{"GET /restapis/{api}/gatewayresponses/DEFAULT_4XX", `200 {"defaultResponse":false,"responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"responseType":"DEFAULT_4XX","statusCode":"418"}`},
		{"GET /restapis/{api}/resources/{pets}/methods/GET", `200 {"apiKeyRequired":false,"authorizationType":"CUSTOM","authorizerId":"{authorizer}","httpMethod":"GET",` +
			`"methodIntegration":{"type":"HTTP","httpMethod":"GET","uri":"http://example.com/pets","connectionType":"INTERNET","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"{pets}","cacheKeyParameters":[],` +
			`"requestParameters":{"integration.request.querystring.k":"method.request.querystring.kind"},"integrationResponses":{"200":{"statusCode":"200","responseParameters":{"method.response.header.X-Count":"'1'"}}}},` +
			`"methodResponses":{"200":{"statusCode":"200","responseModels":{"application/json":"Pet"},"responseParameters":{"method.response.header.X-Count":false}}},` +
			`"operationName":"listPets","requestParameters":{"method.request.querystring.kind":false},"requestValidatorId":"{validator}"}`},
	})
}

func TestImportParameters(t *testing.T) {
	s := newTestServer(t)
	tests := []struct {
		query string
		want  []string // the paths, or the refusal
	}{
		{"&basepath=ignore", []string{"/", "/pets GET", "/pets/{id} DELETE"}},
		{"&basepath=prepend&unknown=yes", []string{"/", "/v1", "/v1/pets GET", "/v1/pets/{id} DELETE"}},
		{"&basepath=split", []string{"/", "/pets GET", "/pets/{id} DELETE"}},
		{"&basepath=other", []string{"400 BadRequestException: Invalid basepath specified. Valid options are ignore,prepend,split"}},
		{"&endpointConfigurationTypes=REGIONAL", []string{"/", "/pets GET", "/pets/{id} DELETE"}},
		{"&endpointConfigurationTypes=LOCAL", []string{"400 BadRequestException: Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"}},
	}
	for _, test := range tests {
		a := s.importDocument(test.query, petDocument)
		got := []string{a.String()}
		if a.status == 201 {
			got = s.tree(a.body["id"].(string))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.query, diff)
		}
		if a.status == 201 && strings.Contains(test.query, "REGIONAL") {
			if got := fmt.Sprint(a.body["endpointConfiguration"]); got != "map[ipAddressType:ipv4 types:[REGIONAL]]" {
				t.Errorf("endpoint configuration: got %s", got)
			}
		}
	}
}

// faulty has a mistake of every kind and a warning.
const faulty = `
openapi: 3.0.1
info: {title: Faulty, version: "1"}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    pool: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: {type: cognito_user_pools}}
  schemas:
    My-Pet: {type: object}
x-amazon-apigateway-gateway-responses: {NO_SUCH_TYPE: {statusCode: 400}}
paths:
  /a/{x}: {get: {responses: {}, x-amazon-apigateway-integration: {type: http, uri: "http://example.com"}}}
  /a/{y}: {get: {responses: {}, x-amazon-apigateway-integration: {type: mock}}}
  /b:
    get:
      parameters: [{name: "page[size]", in: query}]
      responses: {}
      x-amazon-apigateway-integration: {type: mock}
    put:
      responses: {200: {description: ok, headers: {"X Y": {}}}}
      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: nowhere}
    post:
      responses: {}
      x-amazon-apigateway-integration:
        type: mock
        responses: {default: {statusCode: 200, responseParameters: {method.response.header.A: "'1'"}}}
    delete:
      responses: {}
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "arn:aws:lambda:eu-west-1:123456789012:function:f"}
    patch:
      responses: {}
      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "http://example.com", timeoutInMillis: 10}
  /c: text
`

const faultyRefusal = `Errors found during import:
	Expected object for '/c', got string (line 33, column 7)
	Unable to create model for 'My-Pet': Model name must be alphanumeric: My-Pet
	Unable to create authorizer for 'pool': ProviderARNs cannot be empty
	Unable to put gateway response for 'NO_SUCH_TYPE': Invalid gateway response type specified: NO_SUCH_TYPE
	Unable to create resource at path '/a/{y}': A sibling ({x}) of this resource already has a variable path part -- only one is allowed
	Unable to put integration on 'GET' for resource at path '/a/{x}': Enumeration value for HttpMethod must be non-empty
	Unable to put method 'GET' on resource at path '/b': Invalid mapping expression specified: Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]
	Unable to put method response 'PUT' on resource at path '/b': Invalid mapping expression specified: Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]
	Unable to put integration on 'PUT' for resource at path '/b': Invalid HTTP endpoint specified for URI
	Unable to put integration response on 'POST' for resource at path '/b': Invalid mapping expression specified: Validation Result: warnings : [], errors : [No method response exists for method.]
	Unable to put integration on 'DELETE' for resource at path '/b': Invalid function ARN or invalid uri
	Unable to put integration on 'PATCH' for resource at path '/b': Timeout should be between 50 ms and 29000 ms
Additionally, these warnings were found:
	Unsupported security definition type 'http' for 'basic'. Ignoring.`

// A document with a mistake is refused with all its mistakes, and nothing of it is kept.
func TestImportRefusal(t *testing.T) {
	s := newTestServer(t)
	a := s.importDocument("", faulty)
	if diff := cmp.Diff("400 BadRequestException: "+faultyRefusal, a.String()); diff != "" {
		t.Errorf("import (-want +got):\n%s", diff)
	}
	if got := s.must("GET /restapis")["item"]; len(got.([]any)) != 0 {
		t.Errorf("the refused import left %v", got)
	}
	api := s.importDocument("", petDocument).body["id"].(string)
	before := fmt.Sprint(s.must("GET /restapis/"+api+"/resources?embed=methods"), s.must("GET /restapis/"+api))
	for _, mode := range []string{"merge", "overwrite"} {
		a := s.do("PUT /restapis/" + api + "?mode=" + mode + " " + faulty)
		if diff := cmp.Diff("400 BadRequestException: "+faultyRefusal, a.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mode, diff)
		}
	}
	if after := fmt.Sprint(s.must("GET /restapis/"+api+"/resources?embed=methods"), s.must("GET /restapis/"+api)); after != before {
		t.Errorf("the refused put changed the API:\n before %s\n after  %s", before, after)
	}
}

func TestImportWarnings(t *testing.T) {
	s := newTestServer(t)
	document := `{"openapi":"3.0.1","info":{"title":"W","version":"1"},"components":{"securitySchemes":{"b":{"type":"http"},"c":{"type":"oauth2"}}},"paths":{}}`
	warnings := []string{
		"Unsupported security definition type 'http' for 'b'. Ignoring.",
		"Unsupported security definition type 'oauth2' for 'c'. Ignoring.",
	}
	a := s.importDocument("", document)
	if diff := cmp.Diff([]any{warnings[0], warnings[1]}, a.body["warnings"]); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if got := s.must("GET /restapis/" + a.body["id"].(string)); got["warnings"] != nil {
		t.Errorf("the warnings were kept: %v", got["warnings"])
	}
	s.run(nil, []exchange{
		{"POST /restapis?mode=import&failonwarnings=true " + document, "400 BadRequestException: Warnings found during import:\n\t" + strings.Join(warnings, "\n\t")},
		{"POST /restapis?mode=import not: [a document", "400 BadRequestException: Errors found during import:\n\tUnable to read the document: did not find expected ',' or ']' (line 1, column 1)"},
		{"POST /restapis?mode=import {\"swagger\":\"2.0\",\"paths\":{}}", "400 BadRequestException: Errors found during import:\n\tName cannot be empty"},
		{"PUT /restapis/none?mode=merge " + document, "404 NotFoundException: Invalid API identifier specified 123456789012:none"},
	})
}

// second shares a path, a model, a validator, an authorizer and the media type with petDocument.
const second = `{
  "openapi": "3.0.1", "info": {"title": "Pets two", "version": "2"},
  "x-amazon-apigateway-binary-media-types": ["image/png", "image/gif"],
  "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": false}, "more": {}},
  "components": {"schemas": {"Pet": {"type": "object", "description": "new"}, "Toy": {"type": "object"}}},
  "paths": {
    "/pets": {"get": {"responses": {}, "x-amazon-apigateway-integration": {"type": "mock"}}, "post": {"responses": {}, "x-amazon-apigateway-integration": {"type": "mock"}}},
    "/toys": {}}}`

func TestPutRestApi(t *testing.T) {
	tests := []struct {
		mode                              string
		tree, models, validators, gateway []string
		mediaTypes                        []any
		description                       any
	}{
		{
			mode:       "merge",
			tree:       []string{"/", "/pets GET POST", "/pets/{id} DELETE", "/toys"},
			models:     []string{"Friend", "Pet", "Toy"},
			validators: []string{"all", "more"},
			gateway:    []string{"DEFAULT_4XX"},
			mediaTypes: []any{"image/png", "image/gif"}, description: "All pets",
		},
		{
			mode:       "overwrite",
			tree:       []string{"/", "/pets GET POST", "/toys"},
			models:     []string{"Pet", "Toy"},
			validators: []string{"all", "more"},
			mediaTypes: []any{"image/png", "image/gif"},
		},
	}
	for _, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			s := newTestServer(t)
			created := s.importDocument("", petDocument).body
			api, pets := created["id"].(string), s.resourceID(created["id"].(string), "/pets")
			answer := s.do("PUT /restapis/" + api + "?mode=" + test.mode + " " + second)
			want := map[string]any{
				"id": api, "rootResourceId": created["rootResourceId"], "createdDate": created["createdDate"],
				"name": "Pets two", "version": "2", "binaryMediaTypes": test.mediaTypes, "tags": map[string]any{},
				"apiKeySource": "HEADER", "disableExecuteApiEndpoint": false, "endpointConfiguration": created["endpointConfiguration"],
			}
			if test.description != nil {
				want["description"] = test.description
			}
			if diff := cmp.Diff(want, answer.body); diff != "" || answer.status != 200 {
				t.Errorf("status %d, answer (-want +got):\n%s", answer.status, diff)
			}
			if diff := cmp.Diff(test.tree, s.tree(api)); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.models, s.names(api, "models")); diff != "" {
				t.Errorf("models (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.validators, s.names(api, "requestvalidators")); diff != "" {
				t.Errorf("validators (-want +got):\n%s", diff)
			}
			if got := s.resourceID(api, "/pets"); got != pets {
				t.Errorf("the id of /pets changed from %s to %s", pets, got)
			}
			var customised []string
			for _, r := range s.must("GET /restapis/" + api + "/gatewayresponses?limit=100")["item"].([]any) {
				if r := r.(map[string]any); r["defaultResponse"] == false {
					customised = append(customised, r["responseType"].(string))
				}
			}
			if diff := cmp.Diff(test.gateway, customised); diff != "" {
				t.Errorf("gateway responses (-want +got):\n%s", diff)
			}
			get := s.must("GET /restapis/" + api + "/resources/" + pets + "/methods/GET")
			if get["methodResponses"] != nil || get["operationName"] != nil {
				t.Errorf("the method was not replaced whole: %v", get)
			}
		})
	}
}

// TestImportCorpus imports every document of the OpenAPI reader's tests: each is taken or refused, and
// taking it twice changes nothing.
func TestImportCorpus(t *testing.T) {
	s := newTestServer(t)
	files, err := filepath.Glob("../openapi/testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if f.Name != "document" {
				continue
			}
			a := s.importDocument("", string(f.Data))
			if a.status != 201 {
				if a.status != 400 || a.kind == "SerializationException" {
					t.Errorf("%s: got %v", filepath.Base(file), a)
				}
				continue
			}
			api := a.body["id"].(string)
			first := s.tree(api)
			s.must("PUT /restapis/" + api + "?mode=overwrite " + string(f.Data))
			if diff := cmp.Diff(first, s.tree(api)); diff != "" {
				t.Errorf("%s, put after import (-import +put):\n%s", filepath.Base(file), diff)
			}
		}
	}
}

// tree returns the resources of an API with their verbs, by path.
func (s *testServer) tree(api string) []string {
	s.t.Helper()
	var lines []string
	for _, r := range s.must("GET /restapis/" + api + "/resources?limit=500")["item"].([]any) {
		r := r.(map[string]any)
		line := r["path"].(string)
		methods, _ := r["resourceMethods"].(map[string]any)
		var verbs []string
		for verb := range methods {
			verbs = append(verbs, verb)
		}
		sort.Strings(verbs)
		lines = append(lines, strings.Join(append([]string{line}, verbs...), " "))
	}
	sort.Strings(lines)
	return lines
}

// names returns the names of the parts of an API of one kind.
func (s *testServer) names(api, kind string) []string {
	s.t.Helper()
	var names []string
	for _, part := range s.must("GET /restapis/" + api + "/" + kind + "?limit=500")["item"].([]any) {
		names = append(names, part.(map[string]any)["name"].(string))
	}
	sort.Strings(names)
	return names
}

// resourceID returns the id of the resource at path.
func (s *testServer) resourceID(api, path string) string {
	s.t.Helper()
	for _, r := range s.must("GET /restapis/" + url.PathEscape(api) + "/resources?limit=500")["item"].([]any) {
		if r := r.(map[string]any); r["path"] == path {
			return r["id"].(string)
		}
	}
	s.t.Fatalf("no resource at %s", path)
	return ""
}
