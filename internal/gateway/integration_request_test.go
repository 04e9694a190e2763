package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
)

// Headers that every endpoint request of an HTTP integration has at its end.
const (
	httpDefaults = "Accept: application/json\nUser-Agent: AmazonAPIGateway_api1\nX-Amzn-Trace-Id: " + testTraceRoot + "\n"
	apiIDHeader  = "X-Amzn-Apigateway-Api-Id: api1\n"
	// forwardedHeaders is what HTTP_PROXY adds to the client's headers.
	forwardedHeaders = "X-Amzn-Trace-Id: " + testTraceRoot + "\nX-Forwarded-For: 192.0.2.7\nX-Forwarded-Port: 8080\nX-Forwarded-Proto: http\n" + apiIDHeader
)

func TestHTTPEndpointRequest(t *testing.T) {
	tests := []struct {
		name    string
		uri     string
		edit    func(in *apigw.Integration)
		request string
		want    string
	}{
		{"nothing of the client's but verb and body", "http://h/x?a=1", nil,
			"POST /v1/p/7?q=1\nX-Other: 1\nAccept: text/html\nUser-Agent: curl\nContent-Type: text/plain\n\nhello",
			"POST http://h/x?a=1\n" + httpDefaults + "Content-Type: text/plain\n" + apiIDHeader + "\nhello"},
		{"default content type", "http://h/x", nil,
			"POST /v1/p/7\n\nhello",
			"POST http://h/x\n" + httpDefaults + "Content-Type: application/json\n" + apiIDHeader + "\nhello"},
		{"no content type without a body", "http://h/x", nil,
			"POST /v1/p/7\nContent-Type: text/plain\n\n",
			"POST http://h/x\n" + httpDefaults + apiIDHeader + "\n"},
		{"GET has no body", "http://h/x", nil,
			"GET /v1/p/7\nContent-Type: text/plain\n\nhello",
			"GET http://h/x\n" + httpDefaults + apiIDHeader + "\n"},
		{"the integration's verb", "http://h/x", func(in *apigw.Integration) { in.HttpMethod = new("PUT") },
			"GET /v1/p/7\n\nhello",
			"PUT http://h/x\n" + httpDefaults + "Content-Type: application/json\n" + apiIDHeader + "\nhello"},
		{"parameter mapping", "http://h/{a}/x?a=1", func(in *apigw.Integration) {
			in.RequestParameters = map[string]string{
				"integration.request.path.a":               "method.request.path.id",
				"integration.request.querystring.q":        "method.request.querystring.q",
				"integration.request.querystring.all":      "method.request.multivaluequerystring.q",
				"integration.request.querystring.static":   "'a%20b'",
				"integration.request.querystring.missing":  "method.request.querystring.missing",
				"integration.request.header.X-One":         "method.request.header.X-Many",
				"integration.request.header.X-All":         "method.request.multivalueheader.X-Many",
				"integration.request.header.X-Missing":     "method.request.header.x-many",
				"integration.request.header.X-Stage":       "stageVariables.color",
				"integration.request.header.X-Context":     "context.resourcePath",
				"integration.request.header.X-Body":        "method.request.body.a.b",
				"integration.request.header.User-Agent":    "'mine'",
				"integration.request.header.accept":        "'text/csv'",
				"integration.request.header.Host":          "'virtual.example'",
				"integration.request.header.Content-Type":  "'application/x-mine'",
				"integration.request.header.Authorization": "method.request.header.Authorization",
			}
		},
			"POST /v1/p/a%2Fb?q=1%262&q=x+y\nX-Many: 1\nX-Many: 2\nAuthorization: Basic abc\n\n{\"a\":{\"b\":[1,2]}}",
			"POST http://h/a%2Fb/x?a=1&all=1%262&all=x%20y&q=x%20y&static=a%20b\n" +
				"Authorization: Basic abc\nContent-Type: application/x-mine\nHost: virtual.example\nUser-Agent: mine\nX-All: 1,2\nX-Body: [1,2]\nX-Context: /p/{id}\nX-One: 2\nX-Stage: blue\naccept: text/csv\n" +
				"X-Amzn-Trace-Id: " + testTraceRoot + "\n" + apiIDHeader + "\n{\"a\":{\"b\":[1,2]}}"},
		{"headers that can be mapped and are not sent", "http://h/x", func(in *apigw.Integration) {
			in.RequestParameters = map[string]string{
				"integration.request.header.Connection": "'a'", "integration.request.header.Expect": "'a'",
				"integration.request.header.Proxy-Authenticate": "'a'", "integration.request.header.TE": "'a'", "integration.request.header.Via": "'a'",
				"integration.request.header.Server": "'sent'",
			}
		},
			"GET /v1/p/7\n\n",
			"GET http://h/x\nServer: sent\n" + httpDefaults + apiIDHeader + "\n"},
		{"overrides win", "http://h/{a}", func(in *apigw.Integration) {
			in.RequestParameters = map[string]string{
				"integration.request.path.a": "'mapped'", "integration.request.querystring.q": "'mapped'", "integration.request.querystring.r": "'kept'",
				"integration.request.header.X-A": "'mapped'",
			}
			in.RequestTemplates = templates("application/json", "#set($context.requestOverride.path.a = \"over/1\")\n"+
				"#set($context.requestOverride.querystring.q = \"o v\")\n#set($context.requestOverride.header.x-a = \"over\")\n#set($context.requestOverride.header.X-New = \"new\")\nbody")
		},
			"POST /v1/p/7\n\n",
			"POST http://h/over/1?r=kept&q=o%20v\nx-a: over\nX-New: new\n" + httpDefaults + "Content-Type: application/json\n" + apiIDHeader + "\nbody"},
		{"stage variables in the URI", "http://${stageVariables.color}.example:${stageVariables.port}/${stageVariables.none}", nil,
			"GET /v1/p/7\n\n",
			"GET http://blue.example:8081/\n" + httpDefaults + apiIDHeader + "\n"},
		{"the client's trace is continued", "http://h/x", nil,
			"GET /v1/p/7\nx-amzn-trace-id: Root=1-abc-def;Parent=77;Sampled=1\n\n",
			"GET http://h/x\nAccept: application/json\nUser-Agent: AmazonAPIGateway_api1\nX-Amzn-Trace-Id: Root=1-abc-def;Parent=77;Sampled=1\n" + apiIDHeader + "\n"},
		{"bytes that are no text", "http://h/x", nil,
			"POST /v1/p/7\n\na\xffb",
			"POST http://h/x\n" + httpDefaults + "Content-Type: application/json\n" + apiIDHeader + "\na\uFFFDb"},
		{"text to bytes", "http://h/x", func(in *apigw.Integration) { in.ContentHandling = new(apigw.ContentHandlingStrategyConvertToBinary) },
			"POST /v1/p/7\n\nAP8=",
			"POST http://h/x\n" + httpDefaults + "Content-Type: application/json\n" + apiIDHeader + "\n\x00\xff"},
		{"bytes pass", "http://h/x", nil,
			"POST /v1/p/7\nContent-Type: image/png\n\n\x00\xff",
			"POST http://h/x\n" + httpDefaults + "Content-Type: image/png\n" + apiIDHeader + "\n\x00\xff"},
		{"bytes to text", "http://h/x", func(in *apigw.Integration) { in.ContentHandling = new(apigw.ContentHandlingStrategyConvertToText) },
			"POST /v1/p/7\nContent-Type: image/png\n\n\x00\xff",
			"POST http://h/x\n" + httpDefaults + "Content-Type: image/png\n" + apiIDHeader + "\nAP8="},
		{"a template sees bytes as text", "http://h/x", func(in *apigw.Integration) {
			in.ContentHandling = new(apigw.ContentHandlingStrategyConvertToText)
			in.RequestTemplates = templates("image/png", "<$input.body>")
		},
			"POST /v1/p/7\nContent-Type: image/png\n\n\x00\xff",
			"POST http://h/x\n" + httpDefaults + "Content-Type: image/png\n" + apiIDHeader + "\n<AP8=>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.api.RestAPI.BinaryMediaTypes = []string{"image/png"}
			w.stage.Variables = map[string]string{"color": "blue", "port": "8081"}
			w.method("ANY", "/p/{id}", httpMethod(apigw.IntegrationTypeHttp, tt.uri, func(m *apigw.Method) {
				if tt.edit != nil {
					tt.edit(m.MethodIntegration)
				}
			}))
			got := serve(w.open(t), tt.request)
			if !strings.HasPrefix(got, "200") {
				t.Fatalf("got %q, want a success", got)
			}
			if diff := cmp.Diff(tt.want, w.printEndpointRequest()); diff != "" {
				t.Errorf("endpoint request differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProxyEndpointRequest(t *testing.T) {
	tests := []struct {
		name, uri string
		mappings  map[string]string
		request   string
		want      string
	}{
		{"the client's headers, query and body", "http://h/x", nil,
			"POST /v1/p/7?a=1&b=x+y%26\nHost: api1.execute-api.localhost\nX-Custom: 1\nx-custom: 2\nAccept: text/html\nAccept-Encoding: gzip\nuser-agent: curl\nContent-Type: text/plain\n\na\xffb",
			"POST http://h/x?a=1&b=x%20y%26\nX-Custom: 1\nx-custom: 2\nAccept: text/html\nAccept-Encoding: gzip\nUser-Agent: curl\nContent-Type: text/plain\n" + forwardedHeaders + "\na\xffb"},
		{"headers that are not sent on", "http://h/x", nil,
			"GET /v1/p/7\nVia: v\nConnection: close\nTE: trailers\nExpect: x\nUpgrade: h2c\nX-Amzn-Apigateway-Api-Id: fake\nAuthorization: AWS4-HMAC-SHA256 Credential=x\n\n",
			"GET http://h/x\n" + forwardedHeaders + "\n"},
		{"another authorization is", "http://h/x", nil,
			"GET /v1/p/7\nauthorization: Bearer x\n\n",
			"GET http://h/x\nAuthorization: Bearer x\n" + forwardedHeaders + "\n"},
		{"a mapped header replaces the client's", "http://h/x", map[string]string{"integration.request.header.X-A": "'mapped'"},
			"GET /v1/p/7\nx-a: 1\nX-A: 2\n\n",
			"GET http://h/x\nX-A: mapped\n" + forwardedHeaders + "\n"},
		{"query: URI, client, mapped", "http://h/x?testVar=foobar&testQs=bar",
			map[string]string{"integration.request.querystring.testQs": "method.request.querystring.testQueryString"},
			"GET /v1/p/7?testVar=bar&testQueryString=foo\n\n",
			"GET http://h/x?testVar=foobar&testQs=bar&testVar=bar&testQueryString=foo&testQs=foo\n" + forwardedHeaders + "\n"},
		{"the greedy path", "http://h/base/{proxy}", map[string]string{"integration.request.path.proxy": "method.request.path.proxy"},
			"GET /v1/any/a%2Fb//c%20d/\n\n",
			"GET http://h/base/a%2Fb//c%20d\n" + forwardedHeaders + "\n"},
		{"a name without a value", "http://h/x", nil,
			"GET /v1/p/7?a\n\n",
			"GET http://h/x?a=\n" + forwardedHeaders + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := httpMethod(apigw.IntegrationTypeHttpProxy, tt.uri, func(m *apigw.Method) { m.MethodIntegration.RequestParameters = tt.mappings })
			w := newWorld().method("ANY", "/p/{id}", m).method("ANY", "/any/{proxy+}", m)
			got := serve(w.open(t), tt.request)
			if !strings.HasPrefix(got, "200") {
				t.Fatalf("got %q, want a success", got)
			}
			if diff := cmp.Diff(tt.want, w.printEndpointRequest()); diff != "" {
				t.Errorf("endpoint request differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEndpointRequestFaults(t *testing.T) {
	internal := errorAnswer("500", "InternalServerErrorException", `{"message": "Internal server error"}`)
	header := func(name string) func(in *apigw.Integration) {
		return func(in *apigw.Integration) {
			in.RequestParameters = map[string]string{"integration.request.header." + name: "'x'"}
		}
	}
	tests := []struct {
		name, uri string
		edit      func(in *apigw.Integration)
		body      string
		want      string
	}{
		{"placeholder without value", "http://h/{a}", nil, "", internal},
		{"no host", "http://${stageVariables.none}/x", nil, "", internal},
		{"forbidden port", "http://h:22/x", nil, "", internal},
		{"Content-Length", "http://h/", header("Content-Length"), "", internal},
		{"Transfer-Encoding", "http://h/", header("transfer-encoding"), "", internal},
		{"X-Amzn-Trace-Id", "http://h/", header("X-Amzn-Trace-Id"), "", internal},
		{"bad base64", "http://h/", func(in *apigw.Integration) { in.ContentHandling = new(apigw.ContentHandlingStrategyConvertToBinary) }, "no base64!", internal},
		{"bad JSON in a body mapping", "http://h/", func(in *apigw.Integration) {
			in.RequestParameters = map[string]string{"integration.request.header.X": "method.request.body.a"}
		}, "{", errorAnswer("400", "BadRequestException", `{"message": "Invalid JSON in request body"}`)},
		{"template that does not parse", "http://h/", func(in *apigw.Integration) {
			in.RequestTemplates = templates("application/json", "#if(")
		}, "", internal},
		{"line break in a header", "http://h/", func(in *apigw.Integration) {
			in.RequestParameters = map[string]string{"integration.request.header.X": "method.request.body"}
		}, "a\r\nX-Injected: 1", internal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().method("POST", "/", httpMethod(apigw.IntegrationTypeHttp, tt.uri, func(m *apigw.Method) {
				if tt.edit != nil {
					tt.edit(m.MethodIntegration)
				}
			}))
			if diff := cmp.Diff(tt.want, serve(w.open(t), "POST /v1\n\n"+tt.body)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
			if w.sent.Method != "" {
				t.Errorf("the endpoint was called")
			}
		})
	}
}

// A call has the time that its integration says, 29 seconds where it says nothing.
func TestEndpointRequestTimeout(t *testing.T) {
	for _, tt := range []struct {
		millis *int32
		want   time.Duration
	}{
		{nil, 29 * time.Second},
		{new(int32(50)), 50 * time.Millisecond},
		{new(int32(29000)), 29 * time.Second},
	} {
		w := newWorld().method("GET", "/", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", func(m *apigw.Method) {
			m.MethodIntegration.TimeoutInMillis = tt.millis
		}))
		serve(w.open(t), "GET /v1\n\n")
		if w.sent.Timeout != tt.want {
			t.Errorf("got a timeout of %v, want %v", w.sent.Timeout, tt.want)
		}
	}
}

// A streamed response may pause for five minutes, and for half a minute where the API is edge-optimized.
func TestStreamIdle(t *testing.T) {
	for kind, want := range map[apigw.EndpointType]time.Duration{
		apigw.EndpointTypeEdge: 30 * time.Second, apigw.EndpointTypeRegional: 5 * time.Minute,
	} {
		w := newWorld().method("GET", "/", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", func(m *apigw.Method) {
			m.MethodIntegration.ResponseTransferMode = new(apigw.ResponseTransferModeStream)
		}))
		w.api.RestAPI.EndpointConfiguration = &apigw.EndpointConfiguration{Types: []apigw.EndpointType{kind}}
		serve(w.open(t), "GET /v1\n\n")
		if !w.sent.Stream || w.sent.StreamIdle != want {
			t.Errorf("%s: got %t, %v, want a stream and %v", kind, w.sent.Stream, w.sent.StreamIdle, want)
		}
	}
}

// The worked cases of the passthrough table.
func TestPassthrough(t *testing.T) {
	const json, xml = "application/json", "application/xml"
	tests := []struct {
		templates, contentType      string
		noMatch, noTemplates, never string // "pass", "415" or the template
	}{
		{"", "", "pass", "pass", "415"},
		{"", json, "pass", "pass", "415"},
		{"", xml, "pass", "pass", "415"},
		{json, "", json, json, json},
		{json, json + "; charset=utf-8", json, json, json},
		{json, "Application/JSON", json, json, json},
		{json, xml, "pass", "415", "415"},
		{xml, "", "pass", "415", "415"},
		{xml, json, "pass", "415", "415"},
		{xml, xml, xml, xml, xml},
		{json + " " + xml, xml, xml, xml, xml},
		{json + " " + xml, "text/plain", "pass", "415", "415"},
		{"$default", "text/plain", "default", "default", "default"},
		{"$default " + xml, xml, xml, xml, xml},
	}
	for _, tt := range tests {
		for behavior, want := range map[string]string{"WHEN_NO_MATCH": tt.noMatch, "WHEN_NO_TEMPLATES": tt.noTemplates, "NEVER": tt.never} {
			t.Run(tt.templates+" "+tt.contentType+" "+behavior, func(t *testing.T) {
				w := newWorld().method("POST", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) {
					m.MethodIntegration.PassthroughBehavior = &behavior
					m.MethodIntegration.RequestTemplates = make(map[string]*string)
					for _, mediaType := range strings.Fields(tt.templates) {
						m.MethodIntegration.RequestTemplates[mediaType] = new("template for " + strings.TrimPrefix(mediaType, "$"))
					}
				}))
				request := "POST /v1\nContent-Type: " + tt.contentType + "\n\nbody"
				if tt.contentType == "" {
					request = "POST /v1\n\nbody"
				}
				response := serve(w.open(t), request)
				got := strings.TrimPrefix(string(w.sent.Body), "template for ")
				switch {
				case response == errorAnswer("415", "BadRequestException", `{"message": "Unsupported Media Type"}`):
					got = "415"
				case got == "body":
					got = "pass"
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}

// An empty body still renders the template, so that GETs can produce bodies.
func TestTemplateOfEmptyBody(t *testing.T) {
	w := newWorld().method("DELETE", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) {
		m.MethodIntegration.RequestTemplates = templates("application/json", "<$input.body>", "text/plain", "")
	}))
	gw := w.open(t)
	serve(gw, "DELETE /v1\n\n")
	if got := string(w.sent.Body); got != "<{}>" {
		t.Errorf("got %q, want <{}>", got)
	}
	serve(gw, "DELETE /v1\nContent-Type: text/plain\n\nhello")
	if got := string(w.sent.Body); got != "hello" {
		t.Errorf("empty template: got %q, want the body", got)
	}
}
