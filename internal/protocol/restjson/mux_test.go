package restjson_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

func newMux(config restjson.Config) *restjson.Mux {
	config.Log = slog.New(slog.DiscardHandler)
	return restjson.NewMux(config)
}

// do sends a request, given as "METHOD target", to the mux.
func do(t *testing.T, m http.Handler, line, body string) *http.Response {
	t.Helper()
	method, target, _ := strings.Cut(line, " ")
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// written returns the value of a header that is written once, in exactly that case; "" where there is none.
func written(r *http.Response, name string) string {
	if values := r.Header[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// capture binds an operation to a function that keeps its input and answers with out.
func capture[In, Out any](m *restjson.Mux, op apigw.Operation[In, Out], out *Out) *In {
	got := new(In)
	restjson.Bind(m, op, func(_ context.Context, in *In) (*Out, error) {
		*got = *in
		return out, nil
	})
	return got
}

func TestRoutes(t *testing.T) {
	tests := []struct{ request, want string }{
		{"GET /restapis", "GetRestApis"},
		{"POST /restapis", "CreateRestApi"},
		{"POST /restapis?mode=import", "ImportRestApi"},
		{"POST /restapis?mode=import&failonwarnings=true&endpointConfigurationTypes=REGIONAL", "ImportRestApi"},
		{"POST /restapis?mode=other", "CreateRestApi"},
		{"PUT /restapis/abc?mode=merge", "PutRestApi"},
		{"PUT /restapis/abc?mode=import", "PutRestApi"},
		{"POST /apikeys", "CreateApiKey"},
		{"POST /apikeys?mode=import&format=csv", "ImportApiKeys"},
		{"PUT /restapis/a/resources/b/methods/ANY/integration", "PutIntegration"},
		{"PUT /restapis/a/resources/b/methods/get/integration/responses/200", "PutIntegrationResponse"},
		{"POST /restapis/a/resources/b/methods/GET", "TestInvokeMethod"},
		{"GET /tags/arn:aws:apigateway:us-east-1::/restapis/abc", "GetTags"},
		{"GET /tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fabc", "GetTags"},
		{"DELETE /domainnameaccessassociations/arn:aws:x::/domainname/n/vpcesource/v", "DeleteDomainNameAccessAssociation"},
		{"GET /domainnameaccessassociations", "GetDomainNameAccessAssociations"},
		{"DELETE /domainnames/d/basepathmappings/%28none%29", "DeleteBasePathMapping"},
		{"GET /restapis/a%2Fb", "GetRestApi"},
		{"GET /restapis/", ""},
		{"GET /restapis//resources", ""},
		{"GET /restapis/a/../b", ""},
		{"GET /nothing", ""},
		{"GET /tags/", ""},
		{"PATCH /restapis", ""},
		{"GET /", ""},
	}
	m := newMux(restjson.Config{})
	for _, tt := range tests {
		t.Run(tt.request, func(t *testing.T) {
			r := do(t, m, tt.request, "")
			if tt.want == "" {
				if r.StatusCode != 403 || written(r, "x-amzn-ErrorType") != "MissingAuthenticationTokenException" {
					t.Errorf("got %d %v", r.StatusCode, r.Header)
				}
				return
			}
			if got := text(t, r); r.StatusCode != 501 || !strings.Contains(got, "operation "+tt.want+".") {
				t.Errorf("got %d %s, want 501 naming %s", r.StatusCode, got, tt.want)
			}
		})
	}
}

// Every operation is reached by its own template, its labels escaped or not.
func TestRouteOfEveryOperation(t *testing.T) {
	label := regexp.MustCompile(`\{[^}]+\}`)
	m := newMux(restjson.Config{})
	for _, info := range apigw.Operations() {
		for _, value := range []string{"x", "a%2Fb%20c", "(none)", "mode=import", "restapis"} {
			request := info.Method + " " + label.ReplaceAllLiteralString(info.URI, value)
			if got := text(t, do(t, m, request, "")); !strings.Contains(got, "operation "+info.Name+".") {
				t.Errorf("%s: got %s, want %s", request, got, info.Name)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	m := newMux(restjson.Config{})
	put := capture(m, apigw.PutIntegration, &apigw.Integration{})
	do(t, m, "PUT /restapis/a%20b/resources/r%2F1/methods/any/integration", `{
		"type": "HTTP", "httpMethod": "POST", "integrationHttpMethod": "GET", "uri": null, "unknown": {"x": [1]},
		"requestParameters": {}, "requestTemplates": {"a": "x", "b": null, "c": ""}, "cacheKeyParameters": [],
		"timeoutInMillis": "50", "tlsConfig": {"insecureSkipVerification": "TRUE"}}`)
	want := &apigw.PutIntegrationRequest{
		RestApiId: "a b", ResourceId: "r/1", HttpMethod: "any", Type: apigw.IntegrationTypeHttp, IntegrationHttpMethod: new("POST"),
		RequestParameters: map[string]string{}, RequestTemplates: map[string]*string{"a": new("x"), "b": nil, "c": new("")},
		CacheKeyParameters: []string{}, TimeoutInMillis: new(int32(50)), TlsConfig: &apigw.TlsConfig{InsecureSkipVerification: new(true)},
	}
	if diff := cmp.Diff(want, put); diff != "" {
		t.Errorf("PutIntegration (-want +got):\n%s", diff)
	}

	tags := capture(m, apigw.UntagResource, nil)
	for _, query := range []string{"tagKeys=a&tagKeys=b,c", "tagKeys=a,b,c"} {
		do(t, m, "DELETE /tags/arn:aws:apigateway:us-east-1::/restapis/abc?"+query, "")
		if diff := cmp.Diff(&apigw.UntagResourceRequest{ResourceArn: "arn:aws:apigateway:us-east-1::/restapis/abc", TagKeys: []string{"a", "b", "c"}}, tags); diff != "" {
			t.Errorf("UntagResource with %s (-want +got):\n%s", query, diff)
		}
	}

	imported := capture(m, apigw.ImportRestApi, &apigw.RestApi{})
	do(t, m, "POST /restapis?mode=import&failonwarnings=true&basepath=split&x=1", "raw: yes")
	wantImport := &apigw.ImportRestApiRequest{
		Body: []byte("raw: yes"), FailOnWarnings: new(true), Parameters: map[string]string{"basepath": "split", "x": "1"},
	}
	if diff := cmp.Diff(wantImport, imported); diff != "" {
		t.Errorf("ImportRestApi (-want +got):\n%s", diff)
	}

	over := capture(m, apigw.PutRestApi, &apigw.RestApi{})
	do(t, m, "PUT /restapis/a?mode=merge&y=2", "{}")
	wantOver := &apigw.PutRestApiRequest{
		RestApiId: "a", Mode: new(apigw.PutModeMerge), Body: []byte("{}"), Parameters: map[string]string{"y": "2"},
	}
	if diff := cmp.Diff(wantOver, over); diff != "" {
		t.Errorf("PutRestApi (-want +got):\n%s", diff)
	}

	list := capture(m, apigw.GetApiKeys, &apigw.ApiKeys{})
	do(t, m, "GET /apikeys?name=n&limit=-1&includeValues=false", "ignored")
	wantList := &apigw.GetApiKeysRequest{NameQuery: new("n"), Limit: new(int32(-1)), IncludeValues: new(false)}
	if diff := cmp.Diff(wantList, list); diff != "" {
		t.Errorf("GetApiKeys (-want +got):\n%s", diff)
	}
}

func TestViolations(t *testing.T) {
	const ops = "[add, remove, move, test, replace, copy]"
	tests := []struct{ name, request, body, want string }{
		{"enum", "PUT /restapis/a/resources/b/methods/GET/integration", `{"type":"wrong"}`,
			"1 validation error detected: Value 'wrong' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY]"},
		{"missing", "PUT /restapis/a/resources/b/methods/GET/integration", ``,
			"1 validation error detected: Value null at 'putIntegrationInput.type' failed to satisfy constraint: Member must not be null"},
		{"null is missing", "PUT /restapis/a/resources/b/methods/GET/integration", `{"type":null}`,
			"1 validation error detected: Value null at 'putIntegrationInput.type' failed to satisfy constraint: Member must not be null"},
		{"two", "PUT /restapis/a/resources/b/methods/GET/integration", `{"type":"","contentHandling":"x"}`,
			"2 validation errors detected: Value 'x' at 'putIntegrationInput.contentHandling' failed to satisfy constraint: Member must satisfy enum value set: [CONVERT_TO_BINARY, CONVERT_TO_TEXT]; " +
				"Value '' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY]"},
		{"types before ipAddressType", "POST /restapis", `{"name":"n","endpointConfiguration":{"ipAddressType":"x","types":["EDGE","Y"]}}`,
			"2 validation errors detected: Value '[EDGE, Y]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]; " +
				"Value 'x' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]"},
		{"list element", "PATCH /restapis/a", `{"patchOperations":[{"op":"add"},{"op":"x"},{"op":"y"}]}`,
			"2 validation errors detected: Value 'x' at 'updateRestApiInput.patchOperations.2.member.op' failed to satisfy constraint: Member must satisfy enum value set: " + ops + "; " +
				"Value 'y' at 'updateRestApiInput.patchOperations.3.member.op' failed to satisfy constraint: Member must satisfy enum value set: " + ops},
		{"nested", "POST /restapis/a/documentation/parts", `{"location":{},"properties":"{}"}`,
			"1 validation error detected: Value null at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must not be null"},
		{"pattern in the path", "PUT /restapis/a/resources/b/methods/GET/integration/responses/wrong", `{}`,
			`1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d`},
		{"pattern matches whole", "PUT /restapis/a/resources/b/methods/GET/integration/responses/2000", `{}`,
			`1 validation error detected: Value '2000' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d`},
		{"enum in the query", "GET /restapis/a/documentation/parts?locationStatus=x", ``,
			"1 validation error detected: Value 'x' at 'locationStatus' failed to satisfy constraint: Member must satisfy enum value set: [DOCUMENTED, UNDOCUMENTED]"},
		{"last of two members counts", "PUT /restapis/a/resources/b/methods/GET/integration", `{"type":"x","type":"HTTP","type":"y"}`,
			"1 validation error detected: Value 'y' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY]"},
		{"required in the query", "DELETE /tags/arn", ``,
			"1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"},
		{"payload", "POST /restapis?mode=import", ``,
			"1 validation error detected: Value null at 'importRestApiInput.body' failed to satisfy constraint: Member must not be null"},
	}
	m := newMux(restjson.Config{})
	capture(m, apigw.PutIntegration, nil)
	capture(m, apigw.CreateRestApi, nil)
	capture(m, apigw.UpdateRestApi, nil)
	capture(m, apigw.CreateDocumentationPart, nil)
	capture(m, apigw.GetDocumentationParts, nil)
	capture(m, apigw.PutIntegrationResponse, nil)
	capture(m, apigw.UntagResource, nil)
	capture(m, apigw.ImportRestApi, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := do(t, m, tt.request, tt.body)
			var got struct{ Message string }
			if err := json.Unmarshal([]byte(text(t, r)), &got); err != nil {
				t.Fatal(err)
			}
			if kind := written(r, "x-amzn-ErrorType"); r.StatusCode != 400 || kind != "ValidationException" {
				t.Errorf("got %d %s", r.StatusCode, kind)
			}
			if got.Message != tt.want {
				t.Errorf("got  %s\nwant %s", got.Message, tt.want)
			}
		})
	}
}

func TestClashes(t *testing.T) {
	const class = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an "
	tests := []struct{ name, body, want string }{
		{"number for string", `{"requestTemplates":{"a/b":1}}`, class + "String"},
		{"number for enumeration", `{"type":1}`, class + "String"},
		{"before violations", `{"type":"x","uri":1}`, class + "String"},
		{"first of two", `{"uri":true,"type":1}`, "class java.lang.Boolean can not be converted to an String"},
		{"object for string", `{"uri":{}}`, "class java.util.LinkedHashMap can not be converted to an String"},
		{"list for string", `{"requestParameters":{"a":[]}}`, "class java.util.ArrayList can not be converted to an String"},
		{"text for integer", `{"timeoutInMillis":"soon"}`, "class java.lang.String can not be converted to an Integer"},
		{"too large for integer", `{"timeoutInMillis":3e9}`, class + "Integer"},
		{"text for boolean", `{"tlsConfig":{"insecureSkipVerification":"yes"}}`, "class java.lang.String can not be converted to an Boolean"},
		{"text for structure", `{"tlsConfig":"x"}`, "class java.lang.String can not be converted to an structure"},
		{"not JSON", `{"type":`, "The request body is not valid JSON."},
		{"not an object", `[]`, "class java.util.ArrayList can not be converted to an structure"},
		{"two values", `{} {}`, "The request body is not valid JSON."},
	}
	m := newMux(restjson.Config{})
	capture(m, apigw.PutIntegration, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := do(t, m, "PUT /restapis/a/resources/b/methods/GET/integration", tt.body)
			want := `{"Message":"` + tt.want + `"}`
			if got := text(t, r); got != want || written(r, "x-amzn-ErrorType") != "SerializationException" {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	created := time.Date(2026, 11, 22, 10, 45, 58, 0, time.UTC)
	m := newMux(restjson.Config{})
	capture(m, apigw.GetRestApis, &apigw.RestApis{Position: new("p"), Items: []apigw.RestApi{{
		Id: new("a"), CreatedDate: &created, BinaryMediaTypes: []string{}, DisableExecuteApiEndpoint: new(false), Description: new("<é\"\x01>"),
		EndpointConfiguration: &apigw.EndpointConfiguration{Types: []apigw.EndpointType{apigw.EndpointTypeEdge}},
	}}})
	capture(m, apigw.GetStages, &apigw.Stages{Item: []apigw.Stage{}})
	capture(m, apigw.GetAccount, &apigw.Account{ThrottleSettings: &apigw.ThrottleSettings{BurstLimit: new(int32(5000)), RateLimit: new(10000.0)}})
	capture(m, apigw.GetStage, &apigw.Stage{
		CanarySettings: &apigw.CanarySettings{PercentTraffic: new(0.0)}, CreatedDate: new(created.Add(250 * time.Millisecond)),
		MethodSettings: map[string]apigw.MethodSetting{"b": {ThrottlingRateLimit: new(1e21)}, "a": {ThrottlingRateLimit: new(0.25)}},
	})
	capture(m, apigw.GetIntegration, &apigw.Integration{RequestTemplates: map[string]*string{"a": nil, "b": new("")}, RequestParameters: map[string]string{}})
	capture(m, apigw.GetUsage, &apigw.Usage{Items: map[string][][]int64{"k": {{1, 2}, {3, 4}}}})
	tests := []struct{ request, want string }{
		{"GET /restapis", `{"item":[{"binaryMediaTypes":[],"createdDate":1795344358,"description":"<é\"\u0001>","disableExecuteApiEndpoint":false,"endpointConfiguration":{"types":["EDGE"]},"id":"a"}],"position":"p"}`},
		{"GET /restapis/a/stages", `{"item":[]}`},
		{"GET /account", `{"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0}}`},
		{"GET /restapis/a/stages/s", `{"canarySettings":{"percentTraffic":0.0},"createdDate":1795344358.25,"methodSettings":{"a":{"throttlingRateLimit":0.25},"b":{"throttlingRateLimit":1000000000000000000000.0}}}`},
		{"GET /restapis/a/resources/b/methods/GET/integration", `{"requestParameters":{},"requestTemplates":{"a":null,"b":""}}`},
		{"GET /usageplans/u/usage?startDate=2026-01-01&endDate=2026-01-02", `{"values":{"k":[[1,2],[3,4]]}}`},
	}
	for _, tt := range tests {
		r := do(t, m, tt.request, "")
		if got := text(t, r); r.StatusCode != 200 || got != tt.want {
			t.Errorf("%s: got %d\n%s\nwant\n%s", tt.request, r.StatusCode, got, tt.want)
		}
	}
}

func TestSuccess(t *testing.T) {
	m := newMux(restjson.Config{})
	capture(m, apigw.PutIntegration, &apigw.Integration{})
	capture(m, apigw.UpdateMethodResponse, &apigw.MethodResponse{})
	capture(m, apigw.DeleteRestApi, nil)
	capture(m, apigw.DeleteMethod, nil)
	capture(m, apigw.GetExport, &apigw.ExportResponse{
		Body: []byte("swagger: '2.0'"), ContentType: new("application/yaml"), ContentDisposition: new(`attachment; filename="x"`),
	})
	tests := []struct {
		request, body string
		status        int
		contentType   string
		want          string
	}{
		{"PUT /restapis/a/resources/b/methods/GET/integration", `{"type":"MOCK"}`, 201, "application/json", "{}"},
		{"PATCH /restapis/a/resources/b/methods/GET/responses/200", "{}", 201, "application/json", "{}"},
		{"DELETE /restapis/a", "", 202, "application/json", ""},
		{"DELETE /restapis/a/resources/b/methods/GET", "", 204, "", ""},
		{"GET /restapis/a/stages/s/exports/swagger", "", 200, "application/yaml", "swagger: '2.0'"},
	}
	for _, tt := range tests {
		r := do(t, m, tt.request, tt.body)
		if got := text(t, r); r.StatusCode != tt.status || r.Header.Get("Content-Type") != tt.contentType || got != tt.want {
			t.Errorf("%s: got %d %q %q", tt.request, r.StatusCode, r.Header.Get("Content-Type"), got)
		}
		if id := written(r, "x-amzn-RequestId"); len(id) != 36 {
			t.Errorf("%s: request id %q", tt.request, id)
		}
		if id := written(r, "x-amz-apigw-id"); len(id) != 16 || !strings.HasSuffix(id, "=") {
			t.Errorf("%s: extended request id %q", tt.request, id)
		}
	}
	r := do(t, m, "GET /restapis/a/stages/s/exports/swagger", "")
	if got := r.Header.Get("Content-Disposition"); got != `attachment; filename="x"` {
		t.Errorf("Content-Disposition: got %q", got)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		status int
		kind   string
		retry  string
		want   string
	}{
		{"model", apigw.NotFound(`no "x"`), 404, "NotFoundException", "", `{"message":"no \"x\""}`},
		{"wrapped", errors.Join(errors.New("a"), apigw.Conflict("taken")), 409, "ConflictException", "", `{"message":"taken"}`},
		{"retry", apigw.TooManyRequests("Too Many Requests", 1200*time.Millisecond), 429, "TooManyRequestsException", "2", `{"message":"Too Many Requests"}`},
		{"limit", apigw.LimitExceeded("x"), 429, "LimitExceededException", "1", `{"message":"x"}`},
		{"denied", apigw.AccessDenied("x"), 403, "AccessDeniedException", "", `{"Message":"x"}`},
		{"other", errors.New("secret path"), 500, "InternalFailure", "", `{"message":"Internal failure"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMux(restjson.Config{})
			restjson.Bind(m, apigw.GetAccount, func(context.Context, *apigw.GetAccountRequest) (*apigw.Account, error) { return nil, tt.err })
			r := do(t, m, "GET /account", "")
			got := text(t, r)
			if r.StatusCode != tt.status || written(r, "x-amzn-ErrorType") != tt.kind || r.Header.Get("Retry-After") != tt.retry || got != tt.want {
				t.Errorf("got %d %v %s", r.StatusCode, r.Header, got)
			}
			if r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("Content-Type: got %q", r.Header.Get("Content-Type"))
			}
		})
	}
}

func TestPanic(t *testing.T) {
	var logged strings.Builder
	m := restjson.NewMux(restjson.Config{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	restjson.Bind(m, apigw.GetAccount, func(context.Context, *apigw.GetAccountRequest) (*apigw.Account, error) { panic("boom") })
	r := do(t, m, "GET /account", "")
	if got := text(t, r); r.StatusCode != 500 || got != `{"message":"Internal failure"}` {
		t.Errorf("got %d %s", r.StatusCode, got)
	}
	if got := logged.String(); !strings.Contains(got, "boom") || !strings.Contains(got, written(r, "x-amzn-RequestId")) {
		t.Errorf("log: got %s", got)
	}
}

func TestCancelled(t *testing.T) {
	var logged strings.Builder
	m := restjson.NewMux(restjson.Config{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	restjson.Bind(m, apigw.GetAccount, func(ctx context.Context, _ *apigw.GetAccountRequest) (*apigw.Account, error) { return nil, ctx.Err() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/account", nil))
	if w.Code != 503 || logged.Len() > 0 {
		t.Errorf("got %d, logged %s", w.Code, logged.String())
	}
}

func TestBodyLimit(t *testing.T) {
	m := newMux(restjson.Config{MaxBodyBytes: 15})
	capture(m, apigw.CreateRestApi, &apigw.RestApi{})
	if r := do(t, m, "POST /restapis", `{"name":"12345"`+"}"); r.StatusCode != 413 {
		t.Errorf("16 bytes: got %d", r.StatusCode)
	}
	if r := do(t, m, "POST /restapis", `{"name":"1234"}`); r.StatusCode != 201 {
		t.Errorf("15 bytes: got %d", r.StatusCode)
	}
}

func TestOpen(t *testing.T) {
	sign := func(key, region string) string {
		return "AWS4-HMAC-SHA256 Credential=" + key + "/20261122/" + region + "/apigateway/aws4_request, SignedHeaders=host, Signature=0"
	}
	tests := []struct {
		name, authorization string
		want                restjson.Caller
	}{
		{"no signature", "AWS4-HMAC-SHA256 Credential=test/20261122/eu-west-1/apigateway/aws4_request",
			restjson.Caller{AccountID: "999988887777", Region: "eu-west-1", Partition: "aws", AccessKeyID: "test"}},
		{"no region", sign("111122223333", "../x"), restjson.Caller{AccountID: "999988887777", Region: "ap-south-1", Partition: "aws"}},
		{"unsigned", "", restjson.Caller{AccountID: "999988887777", Region: "ap-south-1", Partition: "aws"}},
		{"bearer", "Bearer x", restjson.Caller{AccountID: "999988887777", Region: "ap-south-1", Partition: "aws"}},
		{"any key", sign("test", "cn-north-1"), restjson.Caller{AccountID: "999988887777", Region: "cn-north-1", Partition: "aws-cn", AccessKeyID: "test"}},
		{"account", sign("111122223333", "us-gov-west-1"), restjson.Caller{AccountID: "111122223333", Region: "us-gov-west-1", Partition: "aws-us-gov", AccessKeyID: "111122223333", OwnAccount: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got restjson.Caller
			m := newMux(restjson.Config{Authenticator: restjson.Open{AccountID: "999988887777", Region: "ap-south-1"}})
			restjson.Bind(m, apigw.GetAccount, func(ctx context.Context, _ *apigw.GetAccountRequest) (*apigw.Account, error) {
				got = restjson.CallerFrom(ctx)
				return &apigw.Account{}, nil
			})
			r := httptest.NewRequest("GET", "/account", nil)
			if tt.authorization != "" {
				r.Header.Set("Authorization", tt.authorization)
			}
			m.ServeHTTP(httptest.NewRecorder(), r)
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestObserve(t *testing.T) {
	var got []string
	m := newMux(restjson.Config{Observe: func(operation string, status int, _ time.Duration) {
		got = append(got, operation+" "+http.StatusText(status))
	}})
	capture(m, apigw.GetAccount, &apigw.Account{})
	do(t, m, "GET /account", "")
	do(t, m, "GET /other", "")
	do(t, m, "GET /sdktypes", "")
	if diff := cmp.Diff([]string{"GetAccount OK", " Forbidden", "GetSdkTypes Not Implemented"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBound(t *testing.T) {
	m := newMux(restjson.Config{})
	capture(m, apigw.GetStage, nil)
	capture(m, apigw.GetAccount, nil)
	if diff := cmp.Diff([]string{"GetAccount", "GetStage"}, m.Bound()); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyQueryValues(t *testing.T) {
	m := newMux(restjson.Config{})
	got := capture(m, apigw.GetResources, &apigw.Resources{})
	if r := do(t, m, "GET /restapis/a/resources?limit=&position=&embed=", ""); r.StatusCode != 200 {
		t.Fatalf("got %d: %s", r.StatusCode, text(t, r))
	}
	if want := (apigw.GetResourcesRequest{RestApiId: "a"}); !cmp.Equal(*got, want) {
		t.Error(cmp.Diff(want, *got))
	}
}

func TestContentEncoding(t *testing.T) {
	m := newMux(restjson.Config{})
	capture(m, apigw.CreateRestApi, &apigw.RestApi{})
	tests := []struct {
		coding, body string
		want         int
	}{
		{"", `{"name":"a"}`, 201},
		{"identity", `{"name":"a"}`, 201},
		{"gzip", "\x1f\x8b", 400},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("POST", "/restapis", strings.NewReader(tt.body))
		r.Header.Set("Content-Encoding", tt.coding)
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		if w.Code != tt.want || tt.want == 400 && !strings.Contains(w.Body.String(), "Content-Encoding gzip is not supported") {
			t.Errorf("%q: got %d %s, want %d", tt.coding, w.Code, w.Body, tt.want)
		}
	}
}

func TestAcceptHasNoInfluence(t *testing.T) {
	m := newMux(restjson.Config{})
	capture(m, apigw.GetRestApi, &apigw.RestApi{Id: new("a")})
	for _, accept := range []string{"", "*/*", "application/json", "application/hal+json", "text/html"} {
		r := httptest.NewRequest("GET", "/restapis/a", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		if got := w.Body.String(); w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || got != `{"id":"a"}` {
			t.Errorf("%q: got %d %s %s", accept, w.Code, w.Header().Get("Content-Type"), got)
		}
	}
}
