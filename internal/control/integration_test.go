package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
)

const (
	lambdaURI    = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:pets/invocations"
	streamingURI = "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/arn:aws:lambda:eu-west-1:123456789012:function:pets/response-streaming-invocations"
)

// testMethod creates an API with the method GET /pets, which declares parameters and a 200 response, and
// returns what requests name.
func (s *testServer) testMethod() map[string]string {
	s.t.Helper()
	api, root := s.api()
	pets := s.resource(api, root, "pets")
	method := fmt.Sprintf("/restapis/%s/resources/%s/methods/GET", api, pets)
	s.must("PUT " + method + ` {"authorizationType":"NONE","requestParameters":{
		"method.request.querystring.q":false,"method.request.header.h":true,"method.request.path.p":true}}`)
	s.must("PUT " + method + `/responses/200 {"responseParameters":{"method.response.header.X":false}}`)
	return map[string]string{
		"api": api, "root": root, "pets": pets, "method": method, "integration": method + "/integration",
		"response": method + "/integration/responses/200", "lambda": lambdaURI, "streaming": streamingURI,
	}
}

// typeCase is a type of integration with the least that it takes, and what is answered for it.
type typeCase struct {
	kind types.IntegrationType
	put  func(*apigateway.PutIntegrationInput)
	want map[string]any
}

func typeCases(resource string) []typeCase {
	defaults := func(kind types.IntegrationType, more map[string]any) map[string]any {
		want := map[string]any{
			"type": string(kind), "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000.0,
			"cacheNamespace": resource, "cacheKeyParameters": []any{},
		}
		maps.Copy(want, more)
		return want
	}
	backEnd := func(uri string) func(*apigateway.PutIntegrationInput) {
		return func(in *apigateway.PutIntegrationInput) { in.IntegrationHttpMethod, in.Uri = new("POST"), &uri }
	}
	const httpURI, s3URI = "http://example.com/{id}", "arn:aws:apigateway:eu-west-1:s3:path/bucket/key"
	return []typeCase{
		{types.IntegrationTypeHttp, backEnd(httpURI), defaults(types.IntegrationTypeHttp, map[string]any{"httpMethod": "POST", "uri": httpURI, "connectionType": "INTERNET"})},
		{types.IntegrationTypeHttpProxy, backEnd(httpURI), defaults(types.IntegrationTypeHttpProxy, map[string]any{"httpMethod": "POST", "uri": httpURI, "connectionType": "INTERNET"})},
		{types.IntegrationTypeAws, backEnd(s3URI), defaults(types.IntegrationTypeAws, map[string]any{"httpMethod": "POST", "uri": s3URI})},
		{types.IntegrationTypeAwsProxy, backEnd(lambdaURI), defaults(types.IntegrationTypeAwsProxy, map[string]any{"httpMethod": "POST", "uri": lambdaURI})},
		{types.IntegrationTypeMock, func(*apigateway.PutIntegrationInput) {}, defaults(types.IntegrationTypeMock, nil)},
	}
}

// parameterCase is a parameter of PutIntegration with what it adds to the answer.
type parameterCase struct {
	name string
	put  func(*apigateway.PutIntegrationInput)
	want map[string]any
	only []types.IntegrationType // that take it; nil for all
}

var (
	httpTypes  = []types.IntegrationType{types.IntegrationTypeHttp, types.IntegrationTypeHttpProxy}
	proxyTypes = []types.IntegrationType{types.IntegrationTypeHttpProxy}
)

var parameterCases = []parameterCase{
	{"none", func(*apigateway.PutIntegrationInput) {}, nil, nil},
	{"integrationHttpMethod", func(in *apigateway.PutIntegrationInput) { in.IntegrationHttpMethod = new("ANY") }, map[string]any{"httpMethod": "ANY"}, nil},
	{"uri", func(in *apigateway.PutIntegrationInput) { in.Uri = new("https://${stageVariables.host}:8443/a?b=c") },
		map[string]any{"uri": "https://${stageVariables.host}:8443/a?b=c"}, httpTypes},
	{"connectionType INTERNET", func(in *apigateway.PutIntegrationInput) { in.ConnectionType = types.ConnectionTypeInternet }, nil, nil},
	{"connectionType VPC_LINK", func(in *apigateway.PutIntegrationInput) {
		in.ConnectionType, in.ConnectionId = types.ConnectionTypeVpcLink, new("${stageVariables.link}")
		in.IntegrationTarget = new("arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/x")
	}, map[string]any{
		"connectionType": "VPC_LINK", "connectionId": "${stageVariables.link}",
		"integrationTarget": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/x",
	}, httpTypes},
	{"connectionId without VPC_LINK", func(in *apigateway.PutIntegrationInput) { in.ConnectionId = new("abc") }, nil, nil},
	{"credentials", func(in *apigateway.PutIntegrationInput) { in.Credentials = new("arn:aws:iam::123456789012:role/r") },
		map[string]any{"credentials": "arn:aws:iam::123456789012:role/r"}, nil},
	{"credentials of the caller", func(in *apigateway.PutIntegrationInput) { in.Credentials = new("arn:aws:iam::*:user/*") },
		map[string]any{"credentials": "arn:aws:iam::*:user/*"}, nil},
	{"requestParameters", func(in *apigateway.PutIntegrationInput) {
		in.RequestParameters = map[string]string{
			"integration.request.querystring.a": "method.request.multivaluequerystring.q", "integration.request.header.b": "'static value'",
			"integration.request.path.id": "method.request.body.a.b[0]", "integration.request.header.c": "context.authorizer.claims.sub",
			"integration.request.header.d": "stageVariables.v", "integration.request.header.e": "method.request.body",
		}
	}, map[string]any{"requestParameters": map[string]any{
		"integration.request.querystring.a": "method.request.multivaluequerystring.q", "integration.request.header.b": "'static value'",
		"integration.request.path.id": "method.request.body.a.b[0]", "integration.request.header.c": "context.authorizer.claims.sub",
		"integration.request.header.d": "stageVariables.v", "integration.request.header.e": "method.request.body",
	}}, nil},
	{"requestParameters empty", func(in *apigateway.PutIntegrationInput) { in.RequestParameters = map[string]string{} },
		map[string]any{"requestParameters": map[string]any{}}, nil},
	{"requestTemplates", func(in *apigateway.PutIntegrationInput) {
		in.RequestTemplates = map[string]string{"application/json": "#set($x = 1", "text/plain": ""}
	}, map[string]any{"requestTemplates": map[string]any{"application/json": "#set($x = 1", "text/plain": nil}}, nil},
	{"requestTemplates empty", func(in *apigateway.PutIntegrationInput) { in.RequestTemplates = map[string]string{} },
		map[string]any{"requestTemplates": map[string]any{}}, nil},
	{"passthroughBehavior", func(in *apigateway.PutIntegrationInput) { in.PassthroughBehavior = new("NEVER") }, map[string]any{"passthroughBehavior": "NEVER"}, nil},
	{"cacheNamespace", func(in *apigateway.PutIntegrationInput) { in.CacheNamespace = new("shared") }, map[string]any{"cacheNamespace": "shared"}, nil},
	{"cacheKeyParameters", func(in *apigateway.PutIntegrationInput) {
		in.RequestParameters = map[string]string{"integration.request.header.x": "context.requestId"}
		in.CacheKeyParameters = []string{"method.request.querystring.q", "integration.request.header.x", "method.request.querystring.q"}
	}, map[string]any{
		"requestParameters":  map[string]any{"integration.request.header.x": "context.requestId"},
		"cacheKeyParameters": []any{"method.request.querystring.q", "integration.request.header.x"},
	}, nil},
	{"contentHandling", func(in *apigateway.PutIntegrationInput) {
		in.ContentHandling = types.ContentHandlingStrategyConvertToBinary
	},
		map[string]any{"contentHandling": "CONVERT_TO_BINARY"}, nil},
	{"timeoutInMillis", func(in *apigateway.PutIntegrationInput) { in.TimeoutInMillis = new(int32(50)) }, map[string]any{"timeoutInMillis": 50.0}, nil},
	{"tlsConfig", func(in *apigateway.PutIntegrationInput) {
		in.TlsConfig = &types.TlsConfig{InsecureSkipVerification: true}
	},
		map[string]any{"tlsConfig": map[string]any{"insecureSkipVerification": true}}, nil},
	{"responseTransferMode BUFFERED", func(in *apigateway.PutIntegrationInput) { in.ResponseTransferMode = types.ResponseTransferModeBuffered },
		map[string]any{"responseTransferMode": "BUFFERED"}, nil},
	{"responseTransferMode STREAM", func(in *apigateway.PutIntegrationInput) {
		in.ResponseTransferMode, in.TimeoutInMillis = types.ResponseTransferModeStream, new(int32(900000))
	}, map[string]any{"responseTransferMode": "STREAM", "timeoutInMillis": 900000.0}, proxyTypes},
}

// Each parameter of PutIntegration, for each type, is read back exactly: through GetIntegration, within the
// method, and within the resource.
func TestPutIntegrationParameters(t *testing.T) {
	s := newTestServer(t)
	v := s.testMethod()
	for _, kind := range typeCases(v["pets"]) {
		for _, parameter := range parameterCases {
			if parameter.only != nil && !slices.Contains(parameter.only, kind.kind) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", kind.kind, parameter.name), func(t *testing.T) {
				in := &apigateway.PutIntegrationInput{RestApiId: new(v["api"]), ResourceId: new(v["pets"]), HttpMethod: new("GET"), Type: kind.kind}
				kind.put(in)
				parameter.put(in)
				if _, err := s.sdk.PutIntegration(t.Context(), in); err != nil {
					t.Fatal(err)
				}
				want := maps.Clone(kind.want)
				maps.Copy(want, parameter.want)
				if diff := cmp.Diff(want, s.must("GET "+v["integration"])); diff != "" {
					t.Errorf("GetIntegration (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want, s.must("GET " + v["method"])["methodIntegration"]); diff != "" {
					t.Errorf("GetMethod (-want +got):\n%s", diff)
				}
				resource := s.must(fmt.Sprintf("GET /restapis/%s/resources/%s?embed=methods", v["api"], v["pets"]))
				method := resource["resourceMethods"].(map[string]any)["GET"].(map[string]any)
				if diff := cmp.Diff(want, method["methodIntegration"]); diff != "" {
					t.Errorf("GetResource (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// A type that does not take a parameter refuses it.
func TestPutIntegrationRefusedParameters(t *testing.T) {
	s := newTestServer(t)
	v := s.testMethod()
	for _, kind := range typeCases(v["pets"]) {
		for _, parameter := range parameterCases {
			if parameter.only == nil || slices.Contains(parameter.only, kind.kind) || kind.kind == types.IntegrationTypeMock && parameter.name == "uri" {
				continue
			}
			in := &apigateway.PutIntegrationInput{RestApiId: new(v["api"]), ResourceId: new(v["pets"]), HttpMethod: new("GET"), Type: kind.kind}
			kind.put(in)
			parameter.put(in)
			if _, err := s.sdk.PutIntegration(t.Context(), in); err == nil || !strings.Contains(err.Error(), "BadRequestException") {
				t.Errorf("%s, %s: got %v", kind.kind, parameter.name, err)
			}
		}
	}
}

func TestIntegrationErrors(t *testing.T) {
	s := newTestServer(t)
	v := s.testMethod()
	const framed = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
	s.run(v, []exchange{
		// Existence.
		{`PUT /restapis/gone/resources/{pets}/methods/GET/integration {"type":"MOCK"}`, "404 NotFoundException: Invalid Resource identifier specified"},
		{`PUT /restapis/{api}/resources/gone/methods/GET/integration {"type":"MOCK"}`, "404 NotFoundException: Invalid Resource identifier specified"},
		{`PUT /restapis/{api}/resources/{pets}/methods/POST/integration {"type":"MOCK"}`, "404 NotFoundException: Invalid Method identifier specified"},
		{`GET {integration}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`PATCH {integration} {}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`DELETE {integration}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`DELETE /restapis/{api}/resources/{pets}/methods/POST/integration`, "404 NotFoundException: Invalid Method identifier specified"},

		// Types and constraints come before existence.
		{`PUT /restapis/{api}/resources/{pets}/methods/POST/integration {"type":"MOCK","requestTemplates":{"a/b":1}}`,
			"400 SerializationException: class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"},
		{`PUT /restapis/{api}/resources/{pets}/methods/POST/integration {"type":"mock","connectionType":"x","contentHandling":"y","responseTransferMode":"z"}`,
			"400 ValidationException: 4 validation errors detected: " +
				"Value 'x' at 'putIntegrationInput.connectionType' failed to satisfy constraint: Member must satisfy enum value set: [INTERNET, VPC_LINK]; " +
				"Value 'y' at 'putIntegrationInput.contentHandling' failed to satisfy constraint: Member must satisfy enum value set: [CONVERT_TO_BINARY, CONVERT_TO_TEXT]; " +
				"Value 'z' at 'putIntegrationInput.responseTransferMode' failed to satisfy constraint: Member must satisfy enum value set: [BUFFERED, STREAM]; " +
				"Value 'mock' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY]"},
		{`PUT {integration} {}`,
			"400 ValidationException: 1 validation error detected: Value null at 'putIntegrationInput.type' failed to satisfy constraint: Member must not be null"},

		// The verb, which is found before the URI.
		{`PUT {integration} {"type":"HTTP","uri":"wrong"}`, "400 BadRequestException: Enumeration value for HttpMethod must be non-empty"},
		{`PUT {integration} {"type":"HTTP_PROXY"}`, "400 BadRequestException: Enumeration value for HttpMethod must be non-empty"},
		{`PUT {integration} {"type":"AWS","integrationHttpMethod":"POST","uri":"{lambda}"}`, "400 BadRequestException: Enumeration value for HttpMethod must be non-empty"},
		{`PUT {integration} {"type":"AWS_PROXY","httpMethod":"","uri":"{lambda}"}`, "400 BadRequestException: Enumeration value for HttpMethod must be non-empty"},
		{`PUT {integration} {"type":"HTTP","httpMethod":"get","uri":"http://x"}`,
			"400 BadRequestException: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"},

		// Credentials, timeout, connection.
		{`PUT {integration} {"type":"HTTP","httpMethod":"GET","uri":"http://x","credentials":"me"}`, "400 BadRequestException: Invalid ARN specified in the request"},
		{`PUT {integration} {"type":"MOCK","timeoutInMillis":49}`, "400 BadRequestException: Timeout should be between 50 ms and 29000 ms"},
		{`PUT {integration} {"type":"MOCK","timeoutInMillis":29001}`, "400 BadRequestException: Timeout should be between 50 ms and 29000 ms"},
		{`PUT {integration} {"type":"HTTP","httpMethod":"GET","uri":"http://x","connectionType":"VPC_LINK"}`,
			"400 BadRequestException: ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK"},
		{`PUT {integration} {"type":"HTTP","httpMethod":"GET","connectionType":"VPC_LINK","connectionId":"x"}`, "400 BadRequestException: Invalid integration URI specified"},
		{`PUT {integration} {"type":"HTTP","httpMethod":"GET","uri":"http://x","connectionType":"VPC_LINK","connectionId":"abc123"}`,
			"404 NotFoundException: Invalid Vpc Link identifier specified"},
		{`PUT {integration} {"type":"MOCK","connectionType":"VPC_LINK","connectionId":"abc123"}`,
			"400 BadRequestException: ConnectionType VPC_LINK is only supported for integrations of type HTTP and HTTP_PROXY"},
		{`PUT {integration} {"type":"MOCK","passthroughBehavior":"when_no_match"}`,
			"400 BadRequestException: Invalid PassthroughBehavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER"},

		// The parameter mapping.
		{`PUT {integration} {"type":"MOCK","requestParameters":{"wrong":"'x'"}}`, "400 BadRequestException: " + framed + "[Invalid mapping expression specified: wrong]"},
		{`PUT {integration} {"type":"MOCK","requestParameters":{"integration.request.cookie.x":"'x'"}}`,
			"400 BadRequestException: " + framed + "[Invalid mapping expression specified: integration.request.cookie.x]"},
		{`PUT {integration} {"type":"MOCK","requestParameters":{"integration.request.header.x":"unquoted"}}`,
			"400 BadRequestException: " + framed + "[Invalid mapping expression specified: unquoted]"},
		{`PUT {integration} {"type":"MOCK","requestParameters":{"integration.request.header.x":"'a' b"}}`,
			"400 BadRequestException: " + framed + "[Invalid mapping expression specified: 'a' b]"},
		{`PUT {integration} {"type":"MOCK","requestParameters":{"integration.request.header.x":"method.request.header.other"}}`,
			"400 BadRequestException: " + framed + "[Invalid mapping expression parameter specified: method.request.header.other]"},
		{`PUT {integration} {"type":"MOCK","requestParameters":{"integration.request.header.a*":"'x'","integration.request.header.b":"1","integration.request.header.c":"method.request.path.q"}}`,
			"400 BadRequestException: " + framed + "[Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$, " +
				"Invalid mapping expression specified: 1, Invalid mapping expression parameter specified: method.request.path.q]"},

		// Templates, cache keys, transfer mode.
		{`PUT {integration} {"type":"MOCK","requestTemplates":{"123":"x"}}`,
			"400 BadRequestException: Validation Result: warnings : [], errors : [Invalid content type specified: 123]"},
		{`PUT {integration} {"type":"MOCK","requestTemplates":{"$default":"x"}}`,
			"400 BadRequestException: Validation Result: warnings : [], errors : [Invalid content type specified: $default]"},
		{`PUT {integration} {"type":"MOCK","cacheKeyParameters":["method.request.header.other"]}`, "400 BadRequestException: Invalid cache key parameter specified"},
		{`PUT {integration} {"type":"AWS_PROXY","httpMethod":"POST","uri":"{streaming}"}`,
			"400 BadRequestException: Invalid ResponseTransferMode. Cannot use ResponseTransferMode BUFFERED for Lambda functions invoked by InvokeWithResponseStream for AWS_PROXY integrations."},
		{`PUT {integration} {"type":"AWS_PROXY","httpMethod":"POST","uri":"{lambda}","responseTransferMode":"STREAM"}`,
			"400 BadRequestException: Invalid ResponseTransferMode. Cannot use ResponseTransferMode STREAM for Lambda functions invoked by Invoke for AWS_PROXY integrations."},
		{`PUT {integration} {"type":"HTTP","httpMethod":"GET","uri":"http://x","responseTransferMode":"STREAM"}`,
			"400 BadRequestException: Invalid ResponseTransferMode. Cannot use ResponseTransferMode STREAM for HTTP integrations."},
		{`GET {integration}`, "404 NotFoundException: Invalid Integration identifier specified"},
	})
	s.must("PUT " + v["integration"] + ` {"type":"AWS_PROXY","httpMethod":"POST","uri":"` + streamingURI + `","responseTransferMode":"STREAM"}`)
}

func TestIntegrationURIs(t *testing.T) {
	const (
		badURL  = "Invalid HTTP endpoint specified for URI"
		badARN  = "Invalid ARN specified in the request"
		noPath  = "AWS ARN for integration must contain path or action"
		lambda  = "arn:aws:apigateway:us-east-1:lambda:path/"
		fn      = "arn:aws:lambda:us-east-1:1:function:f"
		notProx = "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
	)
	tests := []struct{ kind, uri, want string }{
		{"HTTP", "http://example.com", ""},
		{"HTTP", "HTTPS://Example.com:8443/a%20b/{id}?x={y}&z=1#f", ""},
		{"HTTP", "http://user:pw@localhost:1024/", ""},
		{"HTTP", "http://10.0.0.1:80", ""},
		{"HTTP", "http://[::1]:8080/x", ""},
		{"HTTP_PROXY", "http://${stageVariables.url}", ""},
		{"HTTP_PROXY", "http://${stageVariables.sub}.example.com/x", ""},
		{"HTTP_PROXY", "https://example.com:${stageVariables.port}/${stageVariables.v}/bar?q=${stageVariables.v}", ""},
		{"HTTP_PROXY", "http://example.com/{proxy}", ""},
		{"HTTP", "", "Invalid integration URI specified"},
		{"HTTP", "wrong", badURL},
		{"HTTP", "example.com/x", badURL},
		{"HTTP", "ftp://example.com", badURL},
		{"HTTP", "http://", badURL},
		{"HTTP", "http:///path", badURL},
		{"HTTP", "http://:8080/", badURL},
		{"HTTP", "http://example.com:81/", badURL},
		{"HTTP", "http://example.com:65536/", badURL},
		{"HTTP", "http://example.com:x/", badURL},
		{"HTTP", "http://example.com/a b", badURL},
		{"HTTP", "http://example.com/a|b", badURL},
		{"HTTP", "http://example.com/%zz", badURL},
		{"HTTP", "http://example.com/%2", badURL},
		{"HTTP", "http://example.com/é", badURL},
		{"HTTP", "http://example.com/{a", badURL},
		{"HTTP", "http://example.com/a}", badURL},
		{"HTTP", "http://{host}/x", badURL},
		{"HTTP", "${stageVariables.scheme}://example.com", badURL},
		{"HTTP", "${stageVariables.url}", badURL},
		{"AWS", "arn:aws:apigateway:us-east-1:sqs:action/SendMessage", ""},
		{"AWS", "arn:aws-cn:apigateway:cn-north-1:bucket.s3:path/{bucket}/{key}", ""},
		{"AWS", lambda + "2015-03-31/functions/" + fn + "/invocations", ""},
		{"AWS", "http://example.com", badARN},
		{"AWS", "/2015-03-31/functions/x/invocations", badARN},
		{"AWS", fn, noPath},
		{"AWS", "arn:aws:iam::1:role/r", noPath},
		{"AWS", "arn:aws:apigateway:us-east-1:lambda:test/2015-03-31/functions/" + fn + "/invocations", noPath},
		{"AWS", "arn:aws:lambda:us-east-1:1:path/x", badARN},
		{"AWS", "arn:aws:apigateway:us-east-1::path/x", badARN},
		{"AWS_PROXY", lambda + "2015-03-31/functions/" + fn + ":alias/invocations", ""},
		{"AWS_PROXY", lambda + "/2015-03-31/functions/" + fn + "/invocations", ""},
		{"AWS_PROXY", lambda + "2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:${stageVariables.fn}/invocations", ""},
		{"AWS_PROXY", lambda + "2015-03-31/functions/${stageVariables.arn}/invocations", ""},
		{"AWS_PROXY", lambda + "2015-03-31/functions/f/invocations", "Invalid function ARN or invalid uri"},
		{"AWS_PROXY", lambda + "2015-03-31/functions/" + fn, notProx},
		{"AWS_PROXY", "arn:aws:apigateway:us-east-1:lambda:action/Invoke", notProx},
		{"AWS_PROXY", "arn:aws:apigateway:us-east-1:firehose:action/PutRecord", notProx},
		{"AWS_PROXY", "arn:aws:apigateway:us-east-1:s3:path/b", notProx},
		{"AWS_PROXY", "http://example.com", badARN},
		{"MOCK", "anything", ""},
	}
	s := newTestServer(t)
	v := s.testMethod()
	for _, tt := range tests {
		want := "400 BadRequestException: " + tt.want
		if tt.want == "" {
			want = "201 {..."
		}
		s.run(v, []exchange{{fmt.Sprintf(`PUT {integration} {"type":%q,"httpMethod":"POST","uri":%q}`, tt.kind, tt.uri), want}})
	}
}

// Roles are looked at where the caller's account is known.
func TestIntegrationRoles(t *testing.T) {
	s := newTestServer(t)
	v := s.testMethod()
	in := &apigateway.PutIntegrationInput{
		RestApiId: new(v["api"]), ResourceId: new(v["pets"]), HttpMethod: new("GET"), Type: types.IntegrationTypeMock,
		Credentials: new("arn:aws:iam::999988887777:role/r"),
	}
	_, err := s.sdk.PutIntegration(t.Context(), in)
	if err == nil || !strings.HasSuffix(err.Error(), "StatusCode: 403, RequestID: "+requestID(err)+", api error AccessDeniedException: Cross-account pass role is not allowed.") {
		t.Errorf("role of another account: got %v", err)
	}
	s.run(v, []exchange{
		{`PUT {integration} {"type":"MOCK","credentials":"arn:aws:iam::999988887777:role/r"}`, "201 {..."},
		{`PUT {integration} {"type":"AWS","httpMethod":"POST","uri":"arn:aws:apigateway:eu-west-1:sqs:action/SendMessage"}`, "201 {..."},
	})
	s.control.requireRoles = true
	s.run(v, []exchange{
		{`PUT {integration} {"type":"AWS","httpMethod":"POST","uri":"arn:aws:apigateway:eu-west-1:sqs:action/SendMessage"}`,
			"400 BadRequestException: Role ARN must be specified for AWS integrations"},
		{`PUT {integration} {"type":"AWS","httpMethod":"POST","uri":"{lambda}"}`, "201 {..."},
	})
}

// requestID cuts the request id out of the text of an error of the SDK.
func requestID(err error) string {
	_, rest, _ := strings.Cut(err.Error(), "RequestID: ")
	id, _, _ := strings.Cut(rest, ",")
	return id
}

func TestRepeatedPutIntegration(t *testing.T) {
	s := newTestServer(t)
	v := s.testMethod()
	s.run(v, []exchange{
		{`PUT {integration} {"type":"HTTP","httpMethod":"POST","uri":"http://x","credentials":"arn:aws:iam::1:role/r","requestTemplates":{"a/b":"x"},"timeoutInMillis":50}`, "201 {..."},
		{`PUT {response} {}`, `201 {"statusCode":"200"}`},
		{`GET {integration}`, `200 {"type":"HTTP","httpMethod":"POST","uri":"http://x","credentials":"arn:aws:iam::1:role/r","requestTemplates":{"a/b":"x"},"timeoutInMillis":50,
			"connectionType":"INTERNET","passthroughBehavior":"WHEN_NO_MATCH","cacheNamespace":"{pets}","cacheKeyParameters":[],"integrationResponses":{"200":{"statusCode":"200"}}}`},
		{`PUT {integration} {"type":"MOCK"}`, `201 {"type":"MOCK","timeoutInMillis":29000,"passthroughBehavior":"WHEN_NO_MATCH","cacheNamespace":"{pets}","cacheKeyParameters":[]}`},
		{`GET {integration}`, `200 {"type":"MOCK","timeoutInMillis":29000,"passthroughBehavior":"WHEN_NO_MATCH","cacheNamespace":"{pets}","cacheKeyParameters":[]}`},
		{`GET {method}/responses/200`, `200 {"statusCode":"200","responseParameters":{"method.response.header.X":false}}`},
		{`PUT {response} {}`, "201 {..."},
		{`DELETE {integration}`, "204 null"},
		{`GET {integration}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`GET {response}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`PUT {response} {}`, "404 NotFoundException: Invalid Integration identifier specified"},
	})
}

func TestUpdateIntegration(t *testing.T) {
	patched := func(ops ...string) string {
		return `PATCH {integration} {"patchOperations":[` + strings.Join(ops, ",") + `]}`
	}
	op := func(kind, path, value string) string {
		return fmt.Sprintf(`{"op":%q,"path":%q,"value":%q}`, kind, path, value)
	}
	s := newTestServer(t)
	v := s.testMethod()
	const base = `"type":"HTTP","httpMethod":"POST","uri":"http://x","connectionType":"INTERNET","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"{pets}"`
	s.run(v, []exchange{
		{`PUT {integration} {"type":"HTTP","httpMethod":"POST","uri":"http://x"}`, "201 {..."},
		{`PUT {response} {}`, "201 {..."},
		{`PATCH {integration} {}`, `200 {` + base + `,"cacheKeyParameters":[],"integrationResponses":{"200":{"statusCode":"200"}}}`},
		{`DELETE {response}`, "204 null"},
		{patched(op("replace", "/httpMethod", "GET"), op("replace", "/uri", "http://y"), op("replace", "/credentials", "arn:aws:iam::1:role/r"),
			op("replace", "/passthroughBehavior", "NEVER"), op("replace", "/contentHandling", "CONVERT_TO_TEXT"), op("replace", "/cacheNamespace", "n"),
			op("replace", "/timeoutInMillis", "50"), op("replace", "/connectionType", "VPC_LINK"), op("replace", "/connectionId", "${stageVariables.l}"),
			op("replace", "/integrationTarget", "arn:t"), op("replace", "/responseTransferMode", "BUFFERED"), op("replace", "/tlsConfig/insecureSkipVerification", "true"),
			op("add", "/requestParameters/integration.request.header.x", "method.request.header.h"), op("add", "/requestTemplates/application~1json", "t"),
			op("add", "/requestTemplates/text~1plain", ""), op("add", "/cacheKeyParameters/integration.request.header.x", ""), op("add", "/cacheKeyParameters/method.request.path.p", "")),
			`200 {"type":"HTTP","httpMethod":"GET","uri":"http://y","credentials":"arn:aws:iam::1:role/r","passthroughBehavior":"NEVER","contentHandling":"CONVERT_TO_TEXT",
			"cacheNamespace":"n","timeoutInMillis":50,"connectionType":"VPC_LINK","connectionId":"${stageVariables.l}","integrationTarget":"arn:t","responseTransferMode":"BUFFERED",
			"tlsConfig":{"insecureSkipVerification":true},"requestParameters":{"integration.request.header.x":"method.request.header.h"},
			"requestTemplates":{"application/json":"t","text/plain":null},"cacheKeyParameters":["integration.request.header.x","method.request.path.p"]}`},
		{patched(op("replace", "/credentials", ""), op("replace", "/contentHandling", ""), op("replace", "/connectionType", "INTERNET"), op("replace", "/integrationTarget", ""),
			op("remove", "/requestParameters/integration.request.header.x", "ignored"), op("remove", "/requestTemplates/text~1plain", ""),
			op("remove", "/cacheKeyParameters/method.request.path.p", ""), op("replace", "/tlsConfig/insecureSkipVerification", "false")),
			`200 {"type":"HTTP","httpMethod":"GET","uri":"http://y","passthroughBehavior":"NEVER","cacheNamespace":"n","timeoutInMillis":50,"connectionType":"INTERNET",
			"responseTransferMode":"BUFFERED","tlsConfig":{"insecureSkipVerification":false},"requestTemplates":{"application/json":"t"},"cacheKeyParameters":[]}`},
		{patched(op("replace", "/type", "MOCK")),
			`200 {"type":"MOCK","httpMethod":"GET","uri":"http://y","passthroughBehavior":"NEVER","cacheNamespace":"n","timeoutInMillis":50,
			"responseTransferMode":"BUFFERED","tlsConfig":{"insecureSkipVerification":false},"requestTemplates":{"application/json":"t"},"cacheKeyParameters":[]}`},

		// What is refused changes nothing.
		{`PUT {integration} {"type":"HTTP","httpMethod":"POST","uri":"http://x"}`, "201 {..."},
		{patched(op("replace", "/uri", "http://y"), op("replace", "/uri", "wrong")), "400 BadRequestException: Invalid HTTP endpoint specified for URI"},
		{patched(op("replace", "/uri", "")), "400 BadRequestException: Invalid integration URI specified"},
		{patched(op("replace", "/httpMethod", "")), "400 BadRequestException: Enumeration value for HttpMethod must be non-empty"},
		{patched(op("replace", "/type", "AWS")), "400 BadRequestException: Invalid ARN specified in the request"},
		{patched(op("replace", "/timeoutInMillis", "30000")), "400 BadRequestException: Timeout should be between 50 ms and 29000 ms"},
		{patched(op("replace", "/connectionType", "VPC_LINK")), "400 BadRequestException: ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK"},
		{patched(op("replace", "/connectionId", "gone"), op("replace", "/connectionType", "VPC_LINK")), "404 NotFoundException: Invalid Vpc Link identifier specified"},
		{patched(op("replace", "/requestParameters/integration.request.header.x", "'x'")), "404 NotFoundException: Invalid parameter name specified"},
		{patched(op("remove", "/requestParameters/integration.request.header.x", "")), "404 NotFoundException: Invalid parameter name specified"},
		{patched(op("add", "/requestParameters/integration.request.header.x", "bare")),
			"400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: bare]"},
		{patched(op("add", "/cacheKeyParameters/method.request.path.other", "")), "400 BadRequestException: Invalid cache key parameter specified"},
		{patched(op("replace", "/wrong", "x")), "400 BadRequestException: Invalid patch path /wrong"},
		{patched(op("add", "/uri", "http://y")), "400 BadRequestException: Invalid patch operation specified. Must be one of: [replace]"},
		{patched(op("move", "/uri", "http://y")), "400 BadRequestException: Invalid patch operation specified. Must be one of: [replace]"},
		{patched(op("wrong", "/uri", "http://y")), "400 ValidationException: 1 validation error detected: Value 'wrong' at 'updateIntegrationInput.patchOperations.1.member.op' " +
			"failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]"},
		{`PATCH {integration} {"patchOperations":[{"op":"replace"}]}`, "400 BadRequestException: Invalid patch path null"},
		{`GET {integration}`, `200 {` + base + `,"cacheKeyParameters":[]}`},
	})
}
