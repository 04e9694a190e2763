package control

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// tokenAuthorizer is the body of an authorizer that needs no pool.
const tokenAuthorizer = `{"name":"token","type":"TOKEN","identitySource":"method.request.header.Authorization",` +
	`"authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"}`

const poolAuthorizer = `{"name":"pool","type":"COGNITO_USER_POOLS","identitySource":"method.request.header.Authorization",` +
	`"providerARNs":["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"]}`

// methodVars creates an API with a resource /pets, authorizers, a validator and names them for exchanges.
func (s *testServer) methodVars() map[string]string {
	s.t.Helper()
	id, root := s.api()
	pets := s.resource(id, root, "pets")
	path := "/restapis/" + id
	made := func(request string) string { return s.must(request)["id"].(string) }
	return map[string]string{
		"id": id, "root": root, "pets": path + "/resources/" + pets, "api": path,
		"token":     made("POST " + path + "/authorizers " + tokenAuthorizer),
		"pool":      made("POST " + path + "/authorizers " + poolAuthorizer),
		"validator": made("POST " + path + `/requestvalidators {"name":"v"}`),
	}
}

const (
	errAuthorizer = `400 BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.`
	errScopes     = `400 BadRequestException: Authorization Scopes are only valid for COGNITO_USER_POOLS authorization type`
	errMapping    = `400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : `
	errVerb       = `400 BadRequestException: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY`
)

func TestPutMethod(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false}`},
		{`GET {pets}/methods/GET`, `200 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false}`},
		{`PUT {pets}/methods/GET {"authorizationType":"AWS_IAM"}`, `409 ConflictException: Method already exists for this resource`},
		{`PUT {pets}/methods/POST {"authorizationType":"CUSTOM","authorizerId":"{token}","apiKeyRequired":true,"operationName":"op","requestValidatorId":"{validator}",` +
			`"requestModels":{"application/json":"Empty"},"requestParameters":{"method.request.path.a":true,"method.request.querystring.b":false,"method.request.header.c-d_e.f$":true,` +
			`"method.request.multivaluequerystring.g":true,"method.request.multivalueheader.h":false}}`,
			`201 {"httpMethod":"POST","authorizationType":"CUSTOM","authorizerId":"{token}","apiKeyRequired":true,"operationName":"op","requestValidatorId":"{validator}",` +
				`"requestModels":{"application/json":"Empty"},"requestParameters":{"method.request.path.a":true,"method.request.querystring.b":false,"method.request.header.c-d_e.f$":true,` +
				`"method.request.multivaluequerystring.g":true,"method.request.multivalueheader.h":false}}`},
		{`PUT {pets}/methods/PUT {"authorizationType":"COGNITO_USER_POOLS","authorizerId":"{pool}","authorizationScopes":["a/b"],"requestParameters":{},"requestModels":{}}`,
			`201 {"httpMethod":"PUT","authorizationType":"COGNITO_USER_POOLS","authorizerId":"{pool}","authorizationScopes":["a/b"],"apiKeyRequired":false,"requestParameters":{},"requestModels":{}}`},
		{`PUT {pets}/methods/ANY {"authorizationType":"NONE","authorizerId":"","operationName":"","requestValidatorId":"","authorizationScopes":[]}`,
			`201 {"httpMethod":"ANY","authorizationType":"NONE","apiKeyRequired":false}`},

		{`PUT {api}/resources/nope/methods/FROB {"authorizationType":"NONE"}`, `404 NotFoundException: Invalid Resource identifier specified`},
		{`PUT /restapis/nope/resources/nope/methods/FROB {"authorizationType":"NONE"}`, `404 NotFoundException: Invalid Resource identifier specified`},
		{`PUT {pets}/methods/FROB {"authorizationType":"NONE"}`, errVerb},
		{`PUT {pets}/methods/get {"authorizationType":"NONE"}`, errVerb},
		{`PUT {pets}/methods/HEAD {}`, `400 ValidationException: 1 validation error detected: Value null at 'putMethodInput.authorizationType' failed to satisfy constraint: Member must not be null`},
		{`PUT {pets}/methods/HEAD {"authorizationType":"none"}`, `400 BadRequestException: Invalid AuthorizationType specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS`},
		{`PUT {pets}/methods/HEAD {"authorizationType":"CUSTOM"}`, errAuthorizer},
		{`PUT {pets}/methods/HEAD {"authorizationType":"CUSTOM","authorizerId":"nope"}`, errAuthorizer},
		{`PUT {pets}/methods/HEAD {"authorizationType":"CUSTOM","authorizerId":"{pool}"}`, errAuthorizer},
		{`PUT {pets}/methods/HEAD {"authorizationType":"COGNITO_USER_POOLS","authorizerId":"{token}"}`, errAuthorizer},
		{`PUT {pets}/methods/HEAD {"authorizationType":"CUSTOM","authorizerId":"{token}","authorizationScopes":["a"]}`, errScopes},
		{`PUT {pets}/methods/HEAD {"authorizationType":"NONE","requestParameters":{"method.request.body.x":true}}`, errMapping + `[Invalid mapping expression specified: method.request.body.x]`},
		{`PUT {pets}/methods/HEAD {"authorizationType":"NONE","requestParameters":{"wrong":true,"method.request.header.":true}}`,
			errMapping + `[Invalid mapping expression specified: method.request.header., Invalid mapping expression specified: wrong]`},
		{`PUT {pets}/methods/HEAD {"authorizationType":"NONE","requestParameters":{"method.request.querystring.page[size]":true}}`,
			errMapping + `[Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]`},
		{`PUT {pets}/methods/HEAD {"authorizationType":"NONE","requestModels":{"application/json":"Nope"}}`, `400 BadRequestException: Invalid model identifier specified: Nope`},
		{`PUT {pets}/methods/HEAD {"authorizationType":"NONE","requestModels":{"123":"Empty"}}`, `400 BadRequestException: Validation Result: warnings : [], errors : [Invalid content type specified: 123]`},
		{`PUT {pets}/methods/HEAD {"authorizationType":"NONE","requestValidatorId":"nope"}`, `400 BadRequestException: Invalid Request Validator identifier specified`},

		{`GET {pets}/methods/HEAD`, `404 NotFoundException: Invalid Method identifier specified`},
		{`GET {pets}/methods/get`, `404 NotFoundException: Invalid Method identifier specified`},
		{`PATCH {pets}/methods/HEAD {}`, `404 NotFoundException: Invalid Method identifier specified`},
		{`DELETE {pets}/methods/HEAD`, `404 NotFoundException: Invalid Method identifier specified`},
		{`GET {api}/resources/nope/methods/GET`, `404 NotFoundException: Invalid Resource identifier specified`},
		{`GET /restapis/nope/resources/nope/methods/GET`, `404 NotFoundException: Invalid Resource identifier specified`},
		{`DELETE {pets}/methods/GET`, `204 null`},
		{`GET {pets}/methods/GET`, `404 NotFoundException: Invalid Method identifier specified`},
	})
}

func TestUpdateMethod(t *testing.T) {
	const bad = `400 BadRequestException: `
	const open = `"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false`
	tests := []struct {
		name string
		ops  []string
		want string
	}{
		{"nothing", nil, `200 {` + open + `}`},
		{"members", []string{"replace /apiKeyRequired TRUE", "replace /authorizationType AWS_IAM", "replace /operationName op", "replace /requestValidatorId {validator}"},
			`200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true,"operationName":"op","requestValidatorId":"{validator}"}`},
		{"members taken away", []string{"replace /operationName op", "replace /operationName ", "replace /requestValidatorId {validator}", "replace /requestValidatorId "}, `200 {` + open + `}`},
		{"authorizer", []string{"replace /authorizationType CUSTOM", "replace /authorizerId {token}"},
			`200 {"httpMethod":"GET","authorizationType":"CUSTOM","authorizerId":"{token}","apiKeyRequired":false}`},
		{"scopes", []string{"add /authorizationScopes a", "replace /authorizationType COGNITO_USER_POOLS", "replace /authorizerId {pool}", "add /authorizationScopes b", "remove /authorizationScopes a"},
			`200 {"httpMethod":"GET","authorizationType":"COGNITO_USER_POOLS","authorizerId":"{pool}","authorizationScopes":["b"],"apiKeyRequired":false}`},
		{"parameters", []string{"add /requestParameters/method.request.header.a true", "add /requestParameters/method.request.header.b false", "replace /requestParameters/method.request.header.b true", "remove /requestParameters/method.request.header.a"},
			`200 {` + open + `,"requestParameters":{"method.request.header.b":true}}`},
		{"models", []string{"add /requestModels/application~1json Empty", "replace /requestModels/application~1json Error"}, `200 {` + open + `,"requestModels":{"application/json":"Error"}}`},
		{"last model", []string{"add /requestModels/application~1json Empty", "remove /requestModels/application~1json"}, `200 {` + open + `}`},

		{"unknown path", []string{"replace /httpMethod PUT"}, bad + "Invalid patch path /httpMethod"},
		{"unescaped type", []string{"add /requestModels/application/json Empty"}, bad + "Invalid patch path /requestModels/application/json"},
		{"wrong operation", []string{"remove /operationName"}, bad + "Invalid patch operation specified. Must be one of: [replace]"},
		{"copy", []string{"copy /operationName"}, bad + "Invalid patch operation specified. Must be one of: [replace]"},
		{"no authorizer", []string{"replace /authorizationType CUSTOM"}, errAuthorizer},
		{"scopes without pool", []string{"add /authorizationScopes a"}, errScopes},
		{"wrong type", []string{"replace /authorizationType X"}, bad + "Invalid AuthorizationType specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS"},
		{"wrong parameter", []string{"add /requestParameters/nope true"}, errMapping + "[Invalid mapping expression specified: nope]"},
		{"missing parameter", []string{"remove /requestParameters/method.request.header.a"}, "404 NotFoundException: Invalid parameter name specified"},
		{"model without value", []string{"add /requestModels/application~1json"}, bad + "Invalid null or empty value in requestModels"},
		{"unknown model", []string{"add /requestModels/application~1json Nope"}, bad + "Invalid model identifier specified: Nope"},
		{"all or nothing", []string{"replace /operationName op", "replace /requestValidatorId nope"}, bad + "Invalid Request Validator identifier specified"},
	}
	s := newTestServer(t)
	vars := s.methodVars()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.run(vars, []exchange{
				{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
				{patchOf("{pets}/methods/GET", tt.ops...), tt.want},
			})
			if tt.want[:3] != "200" {
				s.run(vars, []exchange{{`GET {pets}/methods/GET`, `200 {` + open + `}`}})
			}
			s.run(vars, []exchange{{`DELETE {pets}/methods/GET`, `204 null`}})
		})
	}
}

func TestMethodResponses(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	const bad, missing = `400 BadRequestException: `, `404 NotFoundException: Invalid Response status code specified`
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET/responses/200 {}`, `404 NotFoundException: Invalid Method identifier specified`},
		{`PUT {api}/resources/nope/methods/GET/responses/200 {}`, `404 NotFoundException: Invalid Resource identifier specified`},
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/responses/200 {}`, `201 {"statusCode":"200"}`},
		{`PUT {pets}/methods/GET/responses/200 {}`, `409 ConflictException: Response already exists for this resource`},
		{`PUT {pets}/methods/GET/responses/404 {"responseParameters":{"method.response.header.a":true},"responseModels":{"application/json":"Error"}}`,
			`201 {"statusCode":"404","responseParameters":{"method.response.header.a":true},"responseModels":{"application/json":"Error"}}`},
		{`PUT {pets}/methods/GET/responses/500 {"responseParameters":{},"responseModels":{}}`, `201 {"statusCode":"500","responseParameters":{},"responseModels":{}}`},
		{`GET {pets}/methods/GET/responses/404`, `200 {"statusCode":"404","responseParameters":{"method.response.header.a":true},"responseModels":{"application/json":"Error"}}`},
		{`PUT {pets}/methods/GET/responses/wrong {}`, `400 ValidationException: 1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d`},
		{`PUT {pets}/methods/GET/responses/201 {"responseParameters":{"method.request.header.a":true}}`, errMapping + `[Invalid mapping expression specified: method.request.header.a]`},
		{`PUT {pets}/methods/GET/responses/201 {"responseParameters":{"method.response.header.a b":true}}`, errMapping + `[Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]`},
		{`PUT {pets}/methods/GET/responses/201 {"responseModels":{"application/json":"Nope"}}`, bad + `Invalid model identifier specified: Nope`},
		{`GET {pets}/methods/GET/responses/201`, missing},
		{`PATCH {pets}/methods/GET/responses/201 {}`, missing},
		{`DELETE {pets}/methods/GET/responses/201`, missing},
		{`GET {pets}/methods/PUT/responses/200`, `404 NotFoundException: Invalid Method identifier specified`},

		{`PATCH {pets}/methods/GET/responses/200 {}`, `201 {"statusCode":"200"}`},
		{patchOf("{pets}/methods/GET/responses/200", "add /responseParameters/method.response.header.x true", "add /responseModels/application~1json Empty"),
			`201 {"statusCode":"200","responseParameters":{"method.response.header.x":true},"responseModels":{"application/json":"Empty"}}`},
		{patchOf("{pets}/methods/GET/responses/200", "replace /responseParameters/method.response.header.x false", "remove /responseModels/application~1json"),
			`201 {"statusCode":"200","responseParameters":{"method.response.header.x":false}}`},
		{patchOf("{pets}/methods/GET/responses/200", "add /statusCode 201"), bad + `Invalid patch path /statusCode`},
		{patchOf("{pets}/methods/GET/responses/200", "copy /responseModels/a~1b"), bad + `Invalid patch operation specified. Must be one of: [add, remove, replace]`},
		{patchOf("{pets}/methods/GET/responses/200", "add /responseParameters/x true"), errMapping + `[Invalid mapping expression specified: x]`},
		{patchOf("{pets}/methods/GET/responses/200", "remove /responseParameters/method.response.header.y"), `404 NotFoundException: Invalid parameter name specified`},

		{`DELETE {pets}/methods/GET/responses/404`, `204 null`},
		{`DELETE {pets}/methods/GET/responses/500`, `204 null`},
		{`GET {pets}/methods/GET`, `200 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"methodResponses":{"200":{"statusCode":"200","responseParameters":{"method.response.header.x":false}}}}`},
		{`DELETE {pets}/methods/GET/responses/200`, `204 null`},
		{`GET {pets}/methods/GET`, `200 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false}`},
	})
}

func TestParallelPutsOfOneMethod(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	var all sync.WaitGroup
	var created atomic.Int32
	for range 8 {
		all.Go(func() {
			_, err := s.sdk.PutMethod(context.Background(), &apigateway.PutMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: new("GET"), AuthorizationType: new("NONE")})
			if _, conflict := errors.AsType[*types.ConflictException](err); err == nil {
				created.Add(1)
			} else if !conflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := created.Load(); got != 1 {
		t.Errorf("%d puts succeeded, want 1", got)
	}
}
