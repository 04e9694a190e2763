package control

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// This file tests the small families: request validators, gateway responses, authorizers,
// the account and tags.

func TestRequestValidators(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	vars["v"] = s.must("POST " + vars["api"] + `/requestvalidators {"validateRequestBody":true}`)["id"].(string)
	vars["blank"] = s.must("POST " + vars["api"] + `/requestvalidators {"name":""}`)["id"].(string)
	const missing = `404 NotFoundException: Invalid Request Validator identifier specified`
	id, _ := s.api()
	vars["bare"] = id
	s.run(vars, []exchange{
		{`GET /restapis/{bare}/requestvalidators`, `200 {"item":[]}`},
		{`GET {api}/requestvalidators/{v}`, `200 {"id":"{v}","validateRequestBody":true,"validateRequestParameters":false}`},
		{`POST {api}/requestvalidators {"name":"v"}`, `201 {"id":...`},
		{`GET {api}/requestvalidators/{blank}`, `200 {"id":"{blank}","validateRequestBody":false,"validateRequestParameters":false}`},
		{`POST /restapis/nope/requestvalidators {}`, `400 BadRequestException: Invalid REST API identifier specified`},
		{`GET /restapis/nope/requestvalidators`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{`GET {api}/requestvalidators/nope`, missing},
		{`GET /restapis/nope/requestvalidators/{v}`, missing},
		{`PATCH {api}/requestvalidators/nope {}`, missing},
		{`DELETE {api}/requestvalidators/nope`, missing},

		{patchOf("{api}/requestvalidators/{v}", "replace /name n", "replace /validateRequestParameters true", "replace /validateRequestBody"),
			`200 {"id":"{v}","name":"n","validateRequestBody":false,"validateRequestParameters":true}`},
		{patchOf("{api}/requestvalidators/{v}", "replace /name"), `400 BadRequestException: Request Validator name cannot be blank`},
		{patchOf("{api}/requestvalidators/{v}", "replace /nope x"),
			`400 BadRequestException: Invalid patch path  '/nope' specified for op 'replace'. Must be one of: [/name, /validateRequestBody, /validateRequestParameters]`},
		{patchOf("{api}/requestvalidators/{v}", "remove /name"), `400 BadRequestException: Invalid patch path  '/name' specified for op 'remove'. Please choose supported operations`},

		{`PUT {pets}/methods/GET {"authorizationType":"NONE","requestValidatorId":"{v}"}`, `201 {...`},
		{`DELETE {api}/requestvalidators/{v}`, `409 ConflictException: Cannot delete request validator 'n', is referenced in method: /pets/GET`},
		{`DELETE {pets}/methods/GET`, `204 null`},
		{`DELETE {api}/requestvalidators/{v}`, `202 null`},
		{`GET {api}/requestvalidators/{v}`, missing},
	})
}

func TestGatewayResponses(t *testing.T) {
	s := newTestServer(t)
	id, _ := s.api()
	vars := map[string]string{"api": "/restapis/" + id, "r": "/restapis/" + id + "/gatewayresponses"}
	const template = `"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"}`
	const enum = `400 ValidationException: 1 validation error detected: Value 'NOPE' at 'responseType' failed to satisfy constraint: Member must satisfy enum value set: [REQUEST_TOO_LARGE, ...`
	const bad = `400 BadRequestException: `
	s.run(vars, []exchange{
		{`GET {r}/THROTTLED`, `200 {"responseType":"THROTTLED","defaultResponse":true,"responseParameters":{},"statusCode":"429",` + template + `}`},
		{`GET {r}/DEFAULT_4XX`, `200 {"responseType":"DEFAULT_4XX","defaultResponse":true,"responseParameters":{},` + template + `}`},
		{`GET {r}/NOPE`, enum},
		{`PUT {r}/NOPE {}`, enum},
		{`DELETE {r}/NOPE`, enum},
		{`GET /restapis/nope/gatewayresponses`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{`GET /restapis/nope/gatewayresponses/THROTTLED`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{`PUT /restapis/nope/gatewayresponses/THROTTLED {}`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{`DELETE {r}/THROTTLED`, `404 NotFoundException: Gateway response type not defined on api`},

		{`PUT {r}/THROTTLED {}`, `201 {"responseType":"THROTTLED","defaultResponse":false,"responseParameters":{},"statusCode":"429",` + template + `}`},
		{`PUT {r}/DEFAULT_5XX {}`, `201 {"responseType":"DEFAULT_5XX","defaultResponse":false,"responseParameters":{},` + template + `}`},
		{`PUT {r}/THROTTLED {"statusCode":"503","responseParameters":{"gatewayresponse.header.a":"'x'","gatewayresponse.header.b":"method.request.querystring.q","gatewayresponse.path.c":"context.requestId","gatewayresponse.querystring.d":"stageVariables.v"},"responseTemplates":{"text/plain":"no"}}`,
			`201 {"responseType":"THROTTLED","defaultResponse":false,"statusCode":"503","responseParameters":{"gatewayresponse.header.a":"'x'","gatewayresponse.header.b":"method.request.querystring.q","gatewayresponse.path.c":"context.requestId","gatewayresponse.querystring.d":"stageVariables.v"},"responseTemplates":{"text/plain":"no"}}`},
		{`PUT {r}/THROTTLED {"responseTemplates":{"a/b":"x"}}`, `201 {"responseType":"THROTTLED","defaultResponse":false,"statusCode":"429","responseParameters":{},"responseTemplates":{"a/b":"x"}}`},
		{`GET {r}/THROTTLED`, `200 {"responseType":"THROTTLED","defaultResponse":false,"statusCode":"429","responseParameters":{},"responseTemplates":{"a/b":"x"}}`},
		{`PUT {r}/THROTTLED {"statusCode":"x"}`, `400 ValidationException: 1 validation error detected: Value 'x' at 'putGatewayResponseInput.statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d`},
		{`PUT {r}/THROTTLED {"responseParameters":{"gatewayresponse.body.a":"'x'"}}`, errMapping + `[Invalid mapping expression specified: gatewayresponse.body.a]`},
		{`PUT {r}/THROTTLED {"responseParameters":{"gatewayresponse.header.a":"x"}}`, errMapping + `[Invalid mapping expression specified: x]`},
		{`PUT {r}/THROTTLED {"responseParameters":{"gatewayresponse.header.a":"'x' y"}}`, errMapping + `[Invalid mapping expression specified: 'x' y]`},
		{`PUT {r}/THROTTLED {"responseTemplates":{"123":"x"}}`, bad + `Validation Result: warnings : [], errors : [Invalid content type specified: 123]`},
		{`DELETE {r}/THROTTLED`, `202 null`},
		{`GET {r}/THROTTLED`, `200 {"responseType":"THROTTLED","defaultResponse":true,"responseParameters":{},"statusCode":"429",` + template + `}`},

		{`PATCH {r}/UNAUTHORIZED {}`, `200 {"responseType":"UNAUTHORIZED","defaultResponse":true,"responseParameters":{},"statusCode":"401",` + template + `}`},
		{patchOf("{r}/UNAUTHORIZED", "replace /responseTemplates/application~1json"), bad + `Invalid null or empty value in responseTemplates`},
		{patchOf("{r}/UNAUTHORIZED", "add /responseParameters/gatewayresponse.header.a "), bad + `Invalid null or empty value in responseParameters`},
		{`PATCH {r}/UNAUTHORIZED {"patchOperations":[{"op":"add","value":"x"}]}`, bad + `Invalid patch path null`},
		{patchOf("{r}/UNAUTHORIZED", "replace /responseType x"), bad + `Invalid patch path /responseType`},
		{patchOf("{r}/UNAUTHORIZED", "add /statusCode 400"), bad + `Invalid patch operation specified. Must be one of: [replace]`},
		{patchOf("{r}/UNAUTHORIZED", "replace /statusCode 999"), bad + `Invalid status code specified: 999`},
		{`GET {r}/UNAUTHORIZED`, `200 {"responseType":"UNAUTHORIZED","defaultResponse":true,"responseParameters":{},"statusCode":"401",` + template + `}`},
		{patchOf("{r}/UNAUTHORIZED", "replace /statusCode 400", "add /responseParameters/gatewayresponse.header.a 'b'", "add /responseTemplates/text~1plain t", "remove /responseTemplates/application~1json"),
			`200 {"responseType":"UNAUTHORIZED","defaultResponse":false,"statusCode":"400","responseParameters":{"gatewayresponse.header.a":"'b'"},"responseTemplates":{"text/plain":"t"}}`},
		{patchOf("{r}/UNAUTHORIZED", "replace /statusCode ", "remove /responseTemplates/text~1plain", "remove /responseParameters/gatewayresponse.header.a"),
			`200 {"responseType":"UNAUTHORIZED","defaultResponse":false,"statusCode":"401","responseParameters":{},"responseTemplates":{}}`},
	})
	items := s.must("GET " + vars["r"])["item"].([]any)
	if first := items[0].(map[string]any)["responseType"]; len(items) != 21 || first != "ACCESS_DENIED" {
		t.Errorf("got %d gateway responses that begin with %v, want all 21 in order", len(items), first)
	}
}

func TestAuthorizers(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	const bad = `400 BadRequestException: `
	const uri = `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations`
	const missing = `404 NotFoundException: Invalid Authorizer identifier specified`
	s.run(vars, []exchange{
		{`GET {api}/authorizers/{token}`, `200 {"id":"{token}","name":"token","type":"TOKEN","authType":"custom","authorizerUri":"` + uri + `","identitySource":"method.request.header.Authorization","authorizerResultTtlInSeconds":300}`},
		{`GET {api}/authorizers/{pool}`, `200 {"id":"{pool}","name":"pool","type":"COGNITO_USER_POOLS","authType":"cognito_user_pools","identitySource":"method.request.header.Authorization","authorizerResultTtlInSeconds":300,` +
			`"providerARNs":["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"]}`},
		{`POST {api}/authorizers {"name":"r","type":"REQUEST","authorizerUri":"` + uri + `","authorizerResultTtlInSeconds":0}`, `201 {...`},
		{`POST {api}/authorizers {"name":"r2","type":"REQUEST","authorizerUri":"` + uri + `","identitySource":"method.request.header.a, method.request.querystring.b,context.identity.sourceIp,stageVariables.v"}`, `201 {...`},

		{`POST {api}/authorizers {"name":"x","type":"NOPE"}`, `400 ValidationException: 1 validation error detected: Value 'NOPE' at 'createAuthorizerInput.type' failed...`},
		{`POST {api}/authorizers ` + tokenAuthorizer, bad + `Authorizer name must be unique. Authorizer token already exists in this RestApi.`},
		{`POST {api}/authorizers {"name":"x","type":"TOKEN","authorizerUri":"` + uri + `"}`, bad + `IdentitySource cannot be empty`},
		{`POST {api}/authorizers {"name":"x","type":"REQUEST","authorizerUri":"` + uri + `"}`, bad + `IdentitySource cannot be empty`},
		{`POST {api}/authorizers {"name":"x","type":"REQUEST","authorizerUri":"` + uri + `","identitySource":"method.request.header.a,nope"}`, bad + `Invalid request identity source expression: nope`},
		{`POST {api}/authorizers {"name":"x","type":"TOKEN","authorizerUri":"` + uri + `","identitySource":"method.request.querystring.a"}`, bad + `Invalid request identity source expression: method.request.querystring.a`},
		{`POST {api}/authorizers {"name":"x","type":"COGNITO_USER_POOLS","identitySource":"method.request.header.a"}`, bad + `ProviderARNs cannot be empty`},
		{`POST {api}/authorizers {"name":"x","type":"COGNITO_USER_POOLS","identitySource":"method.request.header.a","providerARNs":["pool"]}`, bad + `Invalid ARN specified in the request`},
		{`POST {api}/authorizers {"name":"x","type":"TOKEN","authorizerUri":"arn:aws:lambda:eu-west-1:123456789012:function:f"}`,
			bad + `Invalid Authorizer URI: arn:aws:lambda:eu-west-1:123456789012:function:f. Authorizer URI should be a valid API Gateway ARN...`},
		{`POST /restapis/nope/authorizers {"name":"x","type":"TOKEN","authorizerUri":"nope"}`, bad + `Invalid Authorizer URI: nope. Authorizer URI should be a valid API Gateway ARN...`},
		{`POST /restapis/nope/authorizers ` + tokenAuthorizer, `409 ConflictException: Unable to complete operation due to concurrent modification. Please try again later.`},
		{`POST {api}/authorizers {"name":"x","type":"TOKEN","authorizerUri":"` + uri + `","identitySource":"method.request.header.a","authorizerResultTtlInSeconds":3601}`,
			bad + `Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.`},
		{`POST {api}/authorizers {"name":"x","type":"TOKEN","authorizerUri":"` + uri + `","identitySource":"method.request.header.a","identityValidationExpression":"("}`, bad + `Invalid identity validation expression specified`},
		{`POST {api}/authorizers {"name":"x","type":"TOKEN","authorizerUri":"` + uri + `","identitySource":"method.request.header.a","authorizerCredentials":"role"}`, bad + `Invalid ARN specified in the request`},
		{`GET {api}/authorizers/nope`, missing},
		{`GET /restapis/nope/authorizers/{token}`, missing},
		{`PATCH {api}/authorizers/nope {}`, missing},
		{`DELETE {api}/authorizers/nope`, missing},
		{`GET /restapis/nope/authorizers`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},

		{patchOf("{api}/authorizers/{token}", "replace /name t", "replace /authorizerResultTtlInSeconds 0", "replace /identitySource method.request.header.x", "replace /identityValidationExpression ^a(?=b)"),
			`200 {"id":"{token}","name":"t","type":"TOKEN","authType":"custom","authorizerUri":"` + uri + `","identitySource":"method.request.header.x","identityValidationExpression":"^a(?=b)","authorizerResultTtlInSeconds":0}`},
		{patchOf("{api}/authorizers/{pool}", "add /providerARNs arn:aws:cognito-idp:eu-west-1:123456789012:userpool/b", "remove /providerARNs arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"),
			`200 {"id":"{pool}","name":"pool","type":"COGNITO_USER_POOLS","authType":"cognito_user_pools","identitySource":"method.request.header.Authorization","authorizerResultTtlInSeconds":300,` +
				`"providerARNs":["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/b"]}`},
		{patchOf("{api}/authorizers/{pool}", "replace /name t"), bad + `Authorizer name must be unique. Authorizer t already exists in this RestApi.`},
		{patchOf("{api}/authorizers/{token}", "remove /identitySource"), bad + `IdentitySource cannot be empty`},
		{patchOf("{api}/authorizers/{token}", "remove /name"), bad + `Invalid patch path  '/name' specified for op 'remove'. Must be one of: [/identitySource, /providerARNs]`},

		{`PUT {pets}/methods/GET {"authorizationType":"CUSTOM","authorizerId":"{token}"}`, `201 {...`},
		{`DELETE {api}/authorizers/{token}`, `409 ConflictException: Cannot delete authorizer 't', is referenced in method: /pets/GET`},
		{`DELETE {pets}/methods/GET`, `204 null`},
		{`DELETE {api}/authorizers/{token}`, `202 null`},
		{`GET {api}/authorizers/{token}`, missing},
	})
}

func TestAccount(t *testing.T) {
	s := newTestServer(t)
	const account = `"throttleSettings":{"burstLimit":5000,"rateLimit":10000},"features":["UsagePlans"],"apiKeyVersion":"4"`
	s.run(nil, []exchange{
		{`GET /account`, `200 {` + account + `}`},
		{patchOf("/account", "replace /cloudwatchRoleArn arn:aws:iam::123456789012:role/logs", "add /features UsagePlans"), `200 {"cloudwatchRoleArn":"arn:aws:iam::123456789012:role/logs",` + account + `}`},
		{`GET /account`, `200 {"cloudwatchRoleArn":"arn:aws:iam::123456789012:role/logs",` + account + `}`},
		{patchOf("/account", "replace /cloudwatchRoleArn nope"), `400 BadRequestException: Invalid ARN specified in the request`},
		{patchOf("/account", "remove /features UsagePlans"), `400 BadRequestException: Usage Plans cannot be disabled once enabled`},
		{patchOf("/account", "add /features Nope"), `400 BadRequestException: Invalid feature specified: Nope`},
		{patchOf("/account", "replace /throttleSettings 1"), `400 BadRequestException: Invalid patch path  '/throttleSettings' specified for op 'replace'. Must be one of: [/cloudwatchRoleArn]`},
		{patchOf("/account", "replace /cloudwatchRoleArn "), `200 {` + account + `}`},
	})
}

func TestTags(t *testing.T) {
	s := newTestServer(t)
	id, _ := s.api()
	const bad = `400 BadRequestException: `
	vars := map[string]string{
		"id": id, "arn": "arn:aws:apigateway:eu-west-1::/restapis/" + id, "escaped": "arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2F" + id,
	}
	s.run(vars, []exchange{
		{`GET /tags/{arn}`, `200 {}`},
		{`PUT /tags/{arn} {"tags":{"a":"1","b":"x y+-=._:/é"}}`, `204 null`},
		{`PUT /tags/{escaped} {"tags":{"a":"2","c":""}}`, `204 null`},
		{`GET /tags/{escaped}`, `200 {"tags":{"a":"2","b":"x y+-=._:/é","c":""}}`},
		{`DELETE /tags/{escaped}?tagKeys=a&tagKeys=nope`, `204 null`},
		{`DELETE /tags/{arn}?tagKeys=b,c`, `204 null`},
		{`GET /tags/{arn}`, `200 {}`},
		{`PUT /tags/{arn} {"tags":{"aws:a":"1"}}`, bad + `Invalid tag key specified: aws:a. Keys must not begin with aws:`},
		{`PUT /tags/{arn} {"tags":{"":"1"}}`, bad + `Invalid tag key specified: `},
		{`PUT /tags/{arn} {"tags":{"a@b":"1"}}`, bad + `Invalid tag key specified: a@b`},
		{`PUT /tags/{arn} {"tags":{"a":"1@2"}}`, bad + `Invalid tag value specified for key: a`},
		{`GET /tags/{arn}x`, `404 NotFoundException: Invalid API identifier specified 123456789012:{id}x`},
		{`GET /tags/{arn}/stages/nope`, `404 NotFoundException: Invalid stage identifier specified`},
		{`GET /tags/nonsense`, bad + `Invalid ARN specified in the request`},
		{`GET /tags/arn:aws:apigateway:us-east-1::/restapis/{id}`, bad + `Invalid ARN specified in the request: the region is not eu-west-1`},
		{`GET /tags/{arn}/models/Empty`, bad + `Invalid ARN specified in the request: /restapis/{id}/models/Empty cannot have tags`},
		{`GET /tags/arn:aws:apigateway:eu-west-1::/apikeys/x`, `404 NotFoundException: Invalid API Key identifier specified`},
		{`GET /restapis/{id}`, `200 {"apiKeySource":...`},
	})
}

func TestTagsOfStages(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	vars["arn"] = "arn:aws:apigateway:eu-west-1::/restapis/" + vars["id"] + "/stages/prod"
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`POST {api}/deployments {"stageName":"prod"}`, `201 {...`},
		{`PUT /tags/{arn} {"tags":{"a":"1"}}`, `204 null`},
		{`GET /tags/{arn}`, `200 {"tags":{"a":"1"}}`},
	})
	if got := fmt.Sprint(s.must("GET " + vars["api"] + "/stages/prod")["tags"]); got != "map[a:1]" {
		t.Errorf("got tags %s of the stage, want map[a:1]", got)
	}
	s.run(vars, []exchange{{`DELETE /tags/{arn}?tagKeys=a`, `204 null`}})
	if got := s.must("GET " + vars["api"] + "/stages/prod")["tags"]; got != nil {
		t.Errorf("got tags %v of the stage, want none", got)
	}
}

func TestTagLimit(t *testing.T) {
	tags := map[string]string{}
	for n := range 50 {
		tags[fmt.Sprint(n)] = "v"
	}
	if err := checkTags(tags); err != nil {
		t.Errorf("50 tags: got %v, want none", err)
	}
	tags["one more"] = "v"
	if err := checkTags(tags); err == nil {
		t.Error("51 tags: got no error")
	}
}

func TestTagsShowInAnswers(t *testing.T) {
	s := newTestServer(t)
	plain, _ := s.api()
	tagged := s.must(`POST /restapis {"name":"a","tags":{"k":"v"}}`)
	id := tagged["id"].(string)
	list := s.must("GET /restapis")["item"].([]any)
	for _, tt := range []struct {
		name string
		got  any
		want string
	}{
		{"create", tagged["tags"], "map[k:v]"},
		{"get", s.must("GET /restapis/" + id)["tags"], "map[k:v]"},
		{"update", s.must("PATCH /restapis/" + id + " {}")["tags"], "map[k:v]"},
		{"list", list[1].(map[string]any)["tags"], "map[k:v]"},
		{"untagged get", s.must("GET /restapis/" + plain)["tags"], "map[]"},
		{"untagged update", s.must("PATCH /restapis/" + plain + " {}")["tags"], "map[]"},
		{"untagged list", list[0].(map[string]any)["tags"], "<nil>"},
	} {
		if got := fmt.Sprint(tt.got); got != tt.want {
			t.Errorf("%s: got tags %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestClone(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`POST {api}/models ` + modelBody("Pet", `{"items":{"$ref":"https://apigateway.amazonaws.com/restapis/{id}/models/Empty"}}`), `201 {...`},
		{`DELETE {api}/models/Error`, `202 null`},
		{`PUT {api}/gatewayresponses/THROTTLED {"statusCode":"503"}`, `201 {...`},
		{`PUT {pets}/methods/GET {"authorizationType":"CUSTOM","authorizerId":"{token}","requestValidatorId":"{validator}"}`, `201 {...`},
		{`PUT {pets}/methods/GET/responses/200 {}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`PUT {api}/resources/{root}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {api}/resources/{root}/methods/GET/integration {"type":"MOCK","cacheNamespace":"shared"}`, `201 {...`},
	})
	clone := s.must(`POST /restapis {"name":"clone","cloneFrom":"` + vars["id"] + `"}`)["id"].(string)
	path := "/restapis/" + clone
	if got, want := strings.Join(s.paths(clone), " "), "/ /pets"; got != want {
		t.Errorf("got paths %s, want %s", got, want)
	}
	pet := s.must("GET " + path + "/models/Pet")["schema"]
	if want := `{"items":{"$ref":"https://apigateway.amazonaws.com/restapis/` + clone + `/models/Empty"}}`; pet != want {
		t.Errorf("got schema %s, want %s", pet, want)
	}
	authorizers := map[string]string{}
	for _, item := range s.must("GET " + path + "/authorizers")["item"].([]any) {
		authorizers[item.(map[string]any)["name"].(string)] = item.(map[string]any)["id"].(string)
	}
	validator := s.must("GET " + path + "/requestvalidators")["item"].([]any)[0].(map[string]any)["id"].(string)
	if authorizers["token"] == vars["token"] || validator == vars["validator"] {
		t.Errorf("the clone shares identifiers with its original")
	}
	resources := s.must("GET " + path + "/resources?embed=methods")["item"].([]any)
	pets := resources[1].(map[string]any)
	want := map[string]any{
		"methodIntegration": map[string]any{
			"type": "MOCK", "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000.0, "cacheNamespace": pets["id"], "cacheKeyParameters": []any{},
		},
		"httpMethod": "GET", "authorizationType": "CUSTOM", "authorizerId": authorizers["token"], "requestValidatorId": validator, "apiKeyRequired": false,
		"methodResponses": map[string]any{"200": map[string]any{"statusCode": "200"}},
	}
	if diff := cmp.Diff(map[string]any{"GET": want}, pets["resourceMethods"]); diff != "" {
		t.Errorf("methods of /pets (-want +got):\n%s", diff)
	}
	root := resources[0].(map[string]any)["resourceMethods"].(map[string]any)["GET"].(map[string]any)["methodIntegration"].(map[string]any)
	if root["cacheNamespace"] != "shared" {
		t.Errorf("got cache namespace %v of /, want shared", root["cacheNamespace"])
	}
	s.run(map[string]string{"api": path}, []exchange{
		{`GET {api}/models/Error`, `404 NotFoundException: Invalid model name specified: Error`},
		{`GET {api}/gatewayresponses/THROTTLED`, `200 {"responseType":"THROTTLED","defaultResponse":false,"statusCode":"503","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"}}`},
	})
}
