package control

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// raw returns the text of an answer.
func (s *testServer) raw(request string) string {
	s.t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	path, body, _ := strings.Cut(rest, " ")
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// Dates are whole seconds, doubles keep a decimal point, and documents are texts, as they are written on the wire.
func TestValuesOnTheWire(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`POST {api}/deployments {"stageName":"prod"}`, `201 {...`},
		{patchOf("{api}/stages/prod", "replace /*/*/metrics/enabled true", "replace /canarySettings/percentTraffic 2"), `200 {...`},
	})
	tests := []struct{ name, request, pattern string }{
		{"date", "GET {api}", `"createdDate":\d{10}[,}]`},
		{"date of a stage", "GET {api}/stages/prod", `"lastUpdatedDate":\d{10}[,}]`},
		{"rate of a stage", "GET {api}/stages/prod", `"throttlingRateLimit":10000\.0[,}]`},
		{"canary", "GET {api}/stages/prod", `"percentTraffic":2\.0[,}]`},
		{"rate of an account", "GET /account", `"rateLimit":10000\.0[,}]`},
		{"schema", "GET {api}/models/Empty", `"schema":"\{`},
		{"usage plan", `POST /usageplans {"name":"p","throttle":{"rateLimit":1,"burstLimit":200}}`, `"rateLimit":1\.0[,}]`},
		{"usage plan with a burst above its rate", `POST /usageplans {"name":"p","throttle":{"rateLimit":1,"burstLimit":200}}`, `"burstLimit":200[,}]`},
	}
	for _, tt := range tests {
		got := s.raw(strings.ReplaceAll(tt.request, "{api}", vars["api"]))
		if !regexp.MustCompile(tt.pattern).MatchString(got) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.pattern)
		}
	}
}

// Identifiers have the lengths that clients know.
func TestIdentifiers(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
	})
	tests := []struct {
		request, member string
		length          int
	}{
		{`POST /restapis {"name":"a"}`, "id", 10},
		{`POST /restapis {"name":"a"}`, "rootResourceId", 10},
		{`POST {api}/resources/{root} {"pathPart":"a"}`, "id", 6},
		{`POST {api}/deployments {}`, "id", 6},
		{`POST {api}/models {"name":"M","contentType":"application/json","schema":"{\"type\":\"object\"}"}`, "id", 6},
		{`POST {api}/requestvalidators {}`, "id", 6},
		{`POST {api}/documentation/parts {"location":{"type":"API"},"properties":"{\"a\":1}"}`, "id", 6},
		{`POST {api}/authorizers {"name":"p","type":"COGNITO_USER_POOLS","identitySource":"method.request.header.A","providerARNs":["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"]}`, "id", 6},
		{`POST /clientcertificates {}`, "clientCertificateId", 6},
		{`POST /usageplans {"name":"p"}`, "id", 6},
		{`POST /vpclinks {"name":"l","targetArns":["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/a/1"]}`, "id", 6},
		{`POST /apikeys {"name":"k"}`, "id", 10},
		{`POST /apikeys {"name":"k"}`, "value", 40},
	}
	for _, tt := range tests {
		request := tt.request
		for name, value := range vars {
			request = strings.ReplaceAll(request, "{"+name+"}", value)
		}
		id, _ := s.must(request)[tt.member].(string)
		alphabet := `^[a-z0-9]+$`
		if tt.member == "value" {
			alphabet = `^[A-Za-z0-9]+$`
		}
		if len(id) != tt.length || !regexp.MustCompile(alphabet).MatchString(id) {
			t.Errorf("%s: %s is %q, want %d characters of %s", tt.request, tt.member, id, tt.length, alphabet)
		}
	}
	upper := strings.ToUpper(vars["id"])
	if upper != vars["id"] { // ids of digits alone have no case
		s.run(map[string]string{"id": upper}, []exchange{{`GET /restapis/{id}`, `404 NotFoundException: Invalid API identifier specified 123456789012:{id}`}})
	}
}

// What is wrong is found in the service's order, whatever the order of the text.
func TestOrderOfEvaluation(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	const bad = `400 BadRequestException: `
	const types = `400 ValidationException: 2 validation errors detected: Value '[WRONG]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: ` +
		`Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]; Value 'ipv5' at 'createRestApiInput.endpointConfiguration.ipAddressType' ` +
		`failed to satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]`
	s.run(vars, []exchange{
		{`POST /restapis {"name":"a","endpointConfiguration":{"types":["WRONG"],"ipAddressType":"ipv5"}}`, types},
		{`POST /restapis {"name":"a","endpointConfiguration":{"ipAddressType":"ipv5","types":["WRONG"]}}`, types},
		{`POST /restapis {"name":"a","description":"","minimumCompressionSize":-1,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}}`,
			bad + `Description cannot be an empty string`},
		{`POST /restapis {"name":"a","minimumCompressionSize":-1,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}}`, bad + `...`},
		{`PUT /restapis/nope/resources/nope/methods/WRONG {"authorizationType":"NONE"}`, `404 NotFoundException: Invalid Resource identifier specified`},
		{`PUT {pets}/methods/WRONG {"authorizationType":"NONE"}`, bad + `Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY`},
		{`PUT /restapis/nope/resources/nope/methods/GET/integration {"type":1}`, `400 SerializationException: ...`},
		{`PUT /restapis/nope/resources/nope/methods/GET/integration {"type":"WRONG"}`, `400 ValidationException: 1 validation error detected: Value 'WRONG' at 'putIntegrationInput.type' ...`},
		{`GET /restapis/nope/gatewayresponses/WRONG`, `400 ValidationException: 1 validation error detected: Value 'WRONG' at 'responseType' failed to satisfy constraint: ` +
			`Member must satisfy enum value set: [REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND, AUTHORIZER_CONFIGURATION_ERROR, MISSING_AUTHENTICATION_TOKEN, BAD_REQUEST_BODY, ` +
			`INVALID_SIGNATURE, INVALID_API_KEY, BAD_REQUEST_PARAMETERS, AUTHORIZER_FAILURE, UNAUTHORIZED, INTEGRATION_TIMEOUT, ACCESS_DENIED, DEFAULT_4XX, DEFAULT_5XX, ` +
			`WAF_FILTERED, QUOTA_EXCEEDED, THROTTLED, API_CONFIGURATION_ERROR, UNSUPPORTED_MEDIA_TYPE, INTEGRATION_FAILURE, EXPIRED_TOKEN]`},
	})
	// That the private API is refused before the compression size shows in what is said of it.
	private := s.do(`POST /restapis {"name":"a","minimumCompressionSize":-1,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}}`).String()
	if strings.Contains(strings.ToLower(private), "compression") {
		t.Errorf("got %s, want the endpoint refused first", private)
	}
}

// A limit that makes no sense counts as absent, one that is too large is refused.
func TestLimitOfLists(t *testing.T) {
	s := newTestServer(t)
	for range 26 {
		s.must(`POST /apikeys {"name":"k"}`)
	}
	for _, limit := range []string{"-1", "0", ""} {
		answer := s.must("GET /apikeys?limit=" + limit)
		if n := len(answer["item"].([]any)); n != 25 || answer["position"] == nil {
			t.Errorf("limit %q: got %d keys and position %v, want 25 and a position", limit, n, answer["position"])
		}
	}
	if answer := s.must("GET /apikeys?limit=26"); answer["position"] != nil {
		t.Errorf("a full page that ends the list has position %v", answer["position"])
	}
	if got := s.do("GET /apikeys?limit=501").String(); !strings.HasPrefix(got, "400 BadRequestException: ") {
		t.Errorf("limit 501: got %s", got)
	}
}

// An import shows what authorizers are by their authType.
func TestImportedAuthorizers(t *testing.T) {
	s := newTestServer(t)
	id := s.must(`POST /restapis?mode=import {"swagger":"2.0","info":{"title":"t"},"paths":{},"securityDefinitions":{` +
		`"custom":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"custom","x-amazon-apigateway-authorizer":{"type":"request",` +
		`"identitySource":"method.request.header.A","authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"}},` +
		`"pool":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"cognito_user_pools","x-amazon-apigateway-authorizer":{"type":"cognito_user_pools",` +
		`"providerARNs":["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"]}}}}`)["id"].(string)
	got := map[any]any{}
	for _, item := range s.must("GET /restapis/" + id + "/authorizers")["item"].([]any) {
		got[item.(map[string]any)["name"]] = item.(map[string]any)["authType"]
	}
	if got["custom"] != "custom" || got["pool"] != "cognito_user_pools" {
		t.Errorf("got authTypes %v, want custom and cognito_user_pools", got)
	}
}

// The refusal of a path of a stage lists the service's paths, with its commas where they are and where they are not.
func TestStagePathsOfRefusal(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`POST {api}/deployments {"stageName":"prod"}`, `201 {...`},
	})
	const paths = `/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled`
	for path, op := range map[string]string{"/nope": "replace", "/tags/a": "add", "/canarySettings": "replace", "/canarySettings/nope": "replace"} {
		want := "400 BadRequestException: Invalid method setting path: " + path + ". Must be one of: [" + paths + "]"
		request := `PATCH ` + vars["api"] + `/stages/prod {"patchOperations":[{"op":"` + op + `","path":"` + path + `","value":"x"}]}`
		if got := s.do(request).String(); got != want {
			t.Errorf("%s %s:\n got %s\nwant %s", op, path, got, want)
		}
	}
}
