package gateway_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
)

// answer returns the text of a response with a JSON body and the headers that an error has.
func errorAnswer(status, errorType, body string) string {
	return status + "\nContent-Type: application/json\nx-amzn-ErrorType: " + errorType + "\n\n" + body
}

func TestNoMethod(t *testing.T) {
	gw := newWorld().method("POST", "/pets", mockMethod("")).open(t)
	const incomplete = "IncompleteSignatureException"
	const complete = "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=abc"
	tests := []struct{ name, request, want string }{
		{"no resource", "GET /v1/nope\n\n", missingTokenAnswer},
		{"no method", "GET /v1/pets\n\n", missingTokenAnswer},
		{"no root", "GET /v1\n\n", missingTokenAnswer},
		{"unknown verb", "TRACE /v1/pets\n\n", missingTokenAnswer},
		{"HEAD has no body", "HEAD /v1/nope\n\n", errorAnswer("403", "MissingAuthenticationTokenException", "")},
		{"a token that is no signature", "GET /v1/nope\nAuthorization: Bearer abc\n\n",
			errorAnswer("403", incomplete, `{"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='."}`)},
		{"an incomplete signature", "GET /v1/nope\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIA\n\n",
			errorAnswer("403", incomplete, `{"message":"Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=TyIxi8hv9CNZWW3AuS+jmiW7w0sJUea4hmmZx2+AZPo="}`)},
		{"a whole signature of nobody known", "GET /v1/nope/x\n" + complete + "\nX-Amz-Date: 20261122T104558Z\n\n",
			errorAnswer("403", "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, serve(gw, tt.request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMethodOverride(t *testing.T) {
	gw := newWorld().method("PUT", "/pets", mockMethod("$context.httpMethod")).open(t)
	tests := []struct{ name, request, want string }{
		{"another verb", "POST /v1/pets\nX-HTTP-Method-Override: PUT\n\n", "200\nContent-Type: application/json\n\nPUT"},
		{"no verb", "POST /v1/pets\nX-HTTP-Method-Override: FETCH\n\n", missingTokenAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, serve(gw, tt.request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A method that needs what this program can't check is closed, whatever the client sends.
func TestUnsupportedAuthorizationIsRefused(t *testing.T) {
	tests := []struct {
		name string
		edit func(w *world, m *apigw.Method)
	}{
		{"authorizer", func(_ *world, m *apigw.Method) { m.AuthorizationType = new("CUSTOM") }},
		{"user pool", func(_ *world, m *apigw.Method) { m.AuthorizationType = new("COGNITO_USER_POOLS") }},
		{"resource policy", func(w *world, _ *apigw.Method) { w.api.RestAPI.Policy = new(`{"Version":"2012-10-17"}`) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, m := newWorld(), mockMethod("secret")
			tt.edit(w, &m)
			got := serve(w.method("GET", "/", m).open(t), "GET /v1\nX-API-Key: abc\n\n")
			if diff := cmp.Diff(errorAnswer("500", "AuthorizerConfigurationException", `{"message":null}`), got); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueryCharacters(t *testing.T) {
	gw := newWorld().method("GET", "/", mockMethod("$input.params('a') $input.params('b')")).open(t)
	bad := errorAnswer("400", "BadRequestException", `{"message":"Bad Request"}`)
	ok := func(body string) string { return "200\nContent-Type: application/json\n\n" + body }
	tests := []struct{ query, want string }{
		{"a=1&b=2", ok("1 2")},
		{"a=1;b=2", ok("1 2")},
		{"a=1&a=3&b=2", ok("3 2")},
		{"a=x%2By+z", ok("x+y z ")},
		{"a=%", ok("% ")},
		{"a=%zz&b", ok("%zz ")},
		{"&&a=1&", ok("1 ")},
		{"a=b=c", ok("b=c ")},
		{"a={x}", bad},
		{"a=x|y", bad},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, serve(gw, "GET /v1?"+tt.query+"\n\n")); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Headers that never reach a template, and those that are shown in their canonical case.
func TestVisibleHeaders(t *testing.T) {
	names := []string{"Connection", "Content-Length", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server",
		"TE", "Transfer-Encoding", "Trailer", "Upgrade", "WWW-Authenticate", "Accept", "Date", "Host", "Via", "X-Custom", "x-custom",
		"Authorization", "User-Agent", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"}
	template := ""
	for _, name := range names {
		template += name + "=$input.params('" + name + "')\n"
	}
	gw := newWorld().method("GET", "/", mockMethod(template)).open(t)
	request := "GET /v1\nHost: api1.execute-api.localhost\n"
	for _, name := range names[:12] {
		request += name + ": sent\n"
	}
	request += "Accept: application/json\nDate: d\nVia: v\nX-Custom: upper\nX-Forwarded-For: 198.51.100.1\nX-Forwarded-Port: 1\nauthorization: a\nuser-agent: u\n\n"
	want := strings.Join([]string{"Connection=", "Content-Length=", "Content-MD5=", "Expect=", "Max-Forwards=", "Proxy-Authenticate=", "Server=",
		"TE=", "Transfer-Encoding=", "Trailer=", "Upgrade=", "WWW-Authenticate=", "Accept=application/json", "Date=d", "Host=api1.execute-api.localhost", "Via=v", "X-Custom=upper", "x-custom=",
		"Authorization=a", "User-Agent=u", "X-Forwarded-For=198.51.100.1, 192.0.2.7", "X-Forwarded-Port=8080", "X-Forwarded-Proto=http", ""}, "\n")
	if diff := cmp.Diff("200\nContent-Type: application/json\n\n"+want, serve(gw, request)); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

func TestRequestValidation(t *testing.T) {
	m := mockMethod("ok")
	m.RequestValidatorId = new("val")
	m.RequestParameters = map[string]bool{
		"method.request.multivalueheader.X-B": true, "method.request.header.X-A": true, "method.request.querystring.q": true,
		"method.request.path.id": true, "method.request.header.X-Optional": false,
	}
	m.RequestModels = map[string]string{"application/json": "Pet", "application/xml": "Empty"}
	missing := func(names string) string {
		return errorAnswer("400", "BadRequestException", `{"message": "Missing required request parameters: [`+names+`]"}`)
	}
	invalid := errorAnswer("400", "BadRequestException", `{"message": "Invalid request body"}`)
	ok := "200\nContent-Type: application/json\n\nok"
	const params = "X-A: 1\nX-B: 1\n"
	tests := []struct {
		name               string
		parameters, bodies bool
		request, want      string
	}{
		{"all missing, by group", true, false, "POST /v1/x\n\n", missing("X-A, X-B, id, q")},
		{"case of headers counts", true, false, "POST /v1/x?q=1\nx-a: 1\nX-B: 1\n\n", missing("X-A, id")},
		{"a blank value is missing", true, false, "POST /v1/x?q=\nX-A:  \nX-B: 1\n\n", missing("X-A, id, q")},
		{"parameters go first", true, true, "POST /v1/x?q=1\n" + params + "\n[]", missing("id")},
		{"switched off", false, false, "POST /v1/x\n\n[]", ok},
		{"body", false, true, "POST /v1/x\n\n{\"name\":\"x\"}", ok},
		{"wrong body", false, true, "POST /v1/x\nContent-Type: application/json; charset=utf-8\n\n{}", invalid},
		{"no body", false, true, "POST /v1/x\n\n", invalid},
		{"no JSON", false, true, "POST /v1/x\n\n{", invalid},
		{"a type without model", false, true, "POST /v1/x\nContent-Type: text/plain\n\n{", strings.Replace(ok, "ok", "ok", 1)},
		{"a type with another model", false, true, "POST /v1/x\nContent-Type: application/XML\n\n[]", invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.api.Models = []apigw.Model{{Name: new("Pet"), Schema: new(`{"type":"object","required":["name"]}`)}}
			w.api.RequestValidators = []apigw.RequestValidator{{
				Id: new("val"), ValidateRequestParameters: &tt.parameters, ValidateRequestBody: &tt.bodies,
			}}
			definition := m
			in := *m.MethodIntegration
			in.RequestTemplates = templates("application/json", `{"statusCode": 200}`, "text/plain", `{"statusCode": 200}`, "application/xml", `{"statusCode": 200}`)
			definition.MethodIntegration = &in
			got := serve(w.method("POST", "/x", definition).open(t), tt.request)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A validator without models demands an object; an empty body is one.
func TestBodyValidationWithoutModels(t *testing.T) {
	m := mockMethod("ok")
	m.RequestValidatorId = new("val")
	w := newWorld().method("POST", "/", m)
	w.api.RequestValidators = []apigw.RequestValidator{{Id: new("val"), ValidateRequestBody: new(true)}}
	gw := w.open(t)
	for _, tt := range []struct{ body, status string }{{"", "200"}, {"{}", "200"}, {"[]", "400"}} {
		if got := serve(gw, "POST /v1\n\n"+tt.body); !strings.HasPrefix(got, tt.status) {
			t.Errorf("body %q: got %s, want %s", tt.body, got, tt.status)
		}
	}
}

func TestContentCoding(t *testing.T) {
	gw := newWorld().method("POST", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", nil))
	open := gw.open(t)
	var gz, zl bytes.Buffer
	zw := gzip.NewWriter(&gz)
	zw.Write([]byte(`{"a":1}`))
	zw.Close()
	lw := zlib.NewWriter(&zl)
	lw.Write([]byte(`{"a":1}`))
	lw.Close()
	var bomb bytes.Buffer
	bw := gzip.NewWriter(&bomb)
	bw.Write(make([]byte, gateway.MaxBodyBytes+1))
	bw.Close()

	unsupported := errorAnswer("415", "BadRequestException", `{"message":"Unsupported Media Type"}`)
	tests := []struct{ name, coding, body, wantSent, want string }{
		{"gzip", "gzip", gz.String(), `{"a":1}`, ""},
		{"deflate", "deflate", zl.String(), `{"a":1}`, ""},
		{"identity", "identity", "x", "x", ""},
		{"unknown", "br", "x", "", unsupported},
		{"broken", "gzip", "x", "", unsupported},
		{"cut off", "gzip", gz.String()[:20], "", unsupported},
		{"empty", "deflate", "", "", ""},
		{"a bomb", "gzip", bomb.String(), "", "413\nContent-Type: text/plain\n\nHTTP content length exceeded 10485760 bytes."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gw.sent.Body = nil
			got := serve(open, "POST /v1\nContent-Encoding: "+tt.coding+"\n\n"+tt.body)
			if tt.want != "" && got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.want == "" && !strings.HasPrefix(got, "200") {
				t.Errorf("got %q, want a success", got)
			}
			if string(gw.sent.Body) != tt.wantSent {
				t.Errorf("sent %q, want %q", gw.sent.Body, tt.wantSent)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	gw := newWorld().method("POST", "/{p+}", mockMethod("")).open(t)
	tests := []struct{ name, request, want string }{
		{"longest body", "POST /v1/x\nContent-Type: application/json\n\n" + strings.Repeat("x", gateway.MaxBodyBytes), "200\nContent-Type: application/json\n\n"},
		{"longer body", "POST /v1/x\n\n" + strings.Repeat("x", gateway.MaxBodyBytes+1), "413\nContent-Type: text/plain\n\nHTTP content length exceeded 10485760 bytes."},
		{"longest target", "POST /v1/" + strings.Repeat("x", gateway.MaxTargetBytes-4) + "\n\n", "200\nContent-Type: application/json\n\n"},
		{"longer target", "POST /v1/" + strings.Repeat("x", gateway.MaxTargetBytes-3) + "\n\n", "414\nContent-Type: text/plain\n\nRequest URI too long"},
		{"no path", "POST x\n\n", errorAnswer("400", "BadRequestException", `{"message":"Bad Request"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, serve(gw, tt.request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	gw := newWorld().open(t)
	tests := []struct {
		refusal gateway.Refusal
		want    string
	}{
		{gateway.BodyTooLarge, "413\nContent-Type: text/plain\n\nHTTP content length exceeded 10485760 bytes."},
		{gateway.TargetTooLong, "414\nContent-Type: text/plain\n\nRequest URI too long"},
		{gateway.HeadersTooLarge, "431\n\n"},
		{gateway.Malformed, errorAnswer("400", "BadRequestException", `{"message":"Bad Request"}`)},
	}
	for _, tt := range tests {
		x := gateway.Acquire()
		gw.Refuse(x, tt.refusal)
		if diff := cmp.Diff(tt.want, printResponse(&x.Response, false)); diff != "" {
			t.Errorf("refusal %d differs (-want +got):\n%s", tt.refusal, diff)
		}
		x.Release()
	}
}

func TestIdentifierHeaders(t *testing.T) {
	w := newWorld().method("GET", "/", mockMethod("$context.requestId"))
	tests := []struct{ name, request, want string }{
		{"generated", "GET /v1\n\n", testRequestID},
		{"the client's", "GET /v1\nX-Amzn-RequestId: f702e3a2-3f0d-4d51-9d5e-5b1b5a1b2c3d\n\n", "f702e3a2-3f0d-4d51-9d5e-5b1b5a1b2c3d"},
		{"a client's that is none", "GET /v1\nX-Amzn-RequestId: mine\n\n", testRequestID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := gateway.Acquire()
			defer x.Release()
			fill(x, tt.request)
			w.open(t).Serve(t.Context(), x)
			want := "200\nContent-Type: application/json\nx-amzn-RequestId: " + tt.want + "\nx-amz-apigw-id: " + testExtendedID + "\n\n" + tt.want
			if diff := cmp.Diff(want, printResponse(&x.Response, true)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}
