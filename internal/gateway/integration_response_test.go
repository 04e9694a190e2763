package gateway_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// internalError is the answer to a request that can't be executed.
var internalError = errorAnswer("500", "InternalServerErrorException", `{"message": "Internal server error"}`)

// traceHeader is what responses of HTTP integrations have.
const traceHeader = "X-Amzn-Trace-Id: " + testTraceRoot + ";Parent=0600000000000000;Sampled=0\n"

// responses returns a method's integration responses and method responses: "STATUS PATTERN" each.
func responses(m *apigw.Method, list ...string) {
	m.MethodResponses = make(map[string]apigw.MethodResponse)
	m.MethodIntegration.IntegrationResponses = make(map[string]apigw.IntegrationResponse)
	for _, entry := range list {
		status, pattern, _ := strings.Cut(entry, " ")
		m.MethodResponses[status] = apigw.MethodResponse{StatusCode: &status}
		m.MethodIntegration.IntegrationResponses[status] = apigw.IntegrationResponse{StatusCode: &status, SelectionPattern: &pattern}
	}
}

func TestSelection(t *testing.T) {
	tests := []struct {
		name      string
		responses []string
		backend   int
		want      string // status
	}{
		{"default", []string{"200 "}, 404, "200"},
		{"pattern", []string{"200 ", `400 4\d{2}`}, 404, "400"},
		{"whole match only", []string{"200 ", "400 4"}, 404, "200"},
		{"default for what no pattern takes", []string{"200 ", `400 4\d{2}`}, 500, "200"},
		{"ascending status", []string{`502 .+`, `405 4..`, "200 "}, 404, "405"},
		{"a literal", []string{"200 ", "404 404"}, 404, "404"},
		{"look-ahead", []string{"200 ", `500 (?!2)\d+`}, 503, "500"},
		{"nothing fits", []string{`400 4\d{2}`}, 503, "500"},
		{"no integration response", nil, 200, "500"},
		{"an invalid pattern is never selected", []string{"200 ", "400 ("}, 404, "200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().answer(tt.backend, "body", "X-Backend: 1", "Content-Type: text/plain")
			w.method("GET", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) { responses(m, tt.responses...) }))
			want := tt.want + "\n" + traceHeader + "Content-Type: application/json\n\nbody"
			if tt.want == "500" && tt.name != "look-ahead" {
				want = internalError
			}
			if diff := cmp.Diff(want, serve(w.open(t), "GET /v1\n\n")); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A selected status without a method response is an error of the configuration.
func TestUndeclaredMethodResponse(t *testing.T) {
	w := newWorld().method("GET", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) { m.MethodResponses = nil }))
	if diff := cmp.Diff(internalError, serve(w.open(t), "GET /v1\n\n")); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

func TestResponseMapping(t *testing.T) {
	tests := []struct {
		name    string
		edit    func(r *apigw.IntegrationResponse)
		request string
		want    string
	}{
		{"headers", func(r *apigw.IntegrationResponse) {
			r.ResponseParameters = map[string]string{
				"method.response.header.X-Last":       "integration.response.header.X-Many",
				"method.response.header.X-All":        "integration.response.multivalueheader.X-Many",
				"method.response.header.X-Case":       "integration.response.header.x-many",
				"method.response.header.X-Missing":    "integration.response.header.X-None",
				"method.response.header.X-Body":       "integration.response.body.a[0]",
				"method.response.header.X-Whole":      "integration.response.body",
				"method.response.header.X-Stage":      "stageVariables.color",
				"method.response.header.X-Context":    "context.httpMethod",
				"method.response.header.X-Static":     "'static'",
				"method.response.header.Content-Type": "integration.response.header.Content-Type",
			}
		}, "GET /v1\n\n",
			"200\nContent-Type: text/plain\nX-All: 1,2\nX-Body: 7\nX-Case: 2\nX-Context: GET\nX-Last: 2\nX-Stage: blue\nX-Static: static\nX-Whole: {\"a\":[7]}\n" + traceHeader + "\n{\"a\":[7]}"},
		{"headers under other names", func(r *apigw.IntegrationResponse) {
			r.ResponseParameters = make(map[string]string)
			for _, name := range []string{"Authorization", "Connection", "Content-Length", "Date", "Server", "www-authenticate", "Transfer-Encoding", "TE", "Via"} {
				r.ResponseParameters["method.response.header."+name] = "'x'"
			}
		}, "GET /v1\n\n",
			"200\nx-amzn-Remapped-Authorization: x\nx-amzn-Remapped-Connection: x\nx-amzn-Remapped-Content-Length: x\nx-amzn-Remapped-Date: x\nx-amzn-Remapped-Server: x\nTE: x\nVia: x\nx-amzn-Remapped-www-authenticate: x\n" +
				traceHeader + "Content-Type: application/json\n\n{\"a\":[7]}"},
		{"template", func(r *apigw.IntegrationResponse) {
			r.ResponseTemplates = templates("application/json", "<$input.body $input.params('q')>")
		}, "GET /v1?q=1\n\n",
			"200\n" + traceHeader + "Content-Type: application/json\n\n<{\"a\":[7]} 1>"},
		{"template by the type accepted first", func(r *apigw.IntegrationResponse) {
			r.ResponseTemplates = templates("application/json", "json", "text/xml", "xml")
		}, "GET /v1\nAccept: text/xml;q=0.1, application/json\n\n",
			"200\n" + traceHeader + "Content-Type: application/json\n\nxml"},
		{"else the one for JSON", func(r *apigw.IntegrationResponse) {
			r.ResponseTemplates = templates("application/json", "json", "text/xml", "xml")
		}, "GET /v1\nAccept: text/html, text/xml\n\n",
			"200\n" + traceHeader + "Content-Type: application/json\n\njson"},
		{"else any", func(r *apigw.IntegrationResponse) {
			r.ResponseTemplates = templates("text/xml", "xml")
		}, "GET /v1\nAccept: text/html\n\n",
			"200\n" + traceHeader + "Content-Type: application/json\n\nxml"},
		{"an empty template passes the body", func(r *apigw.IntegrationResponse) {
			r.ResponseTemplates = templates("application/json", "")
		}, "GET /v1\n\n",
			"200\n" + traceHeader + "Content-Type: application/json\n\n{\"a\":[7]}"},
		{"overrides", func(r *apigw.IntegrationResponse) {
			r.ResponseParameters = map[string]string{"method.response.header.X-A": "'mapped'", "method.response.header.X-B": "'kept'"}
			r.ResponseTemplates = templates("application/json", "#set($context.responseOverride.header.x-a = \"over\")\n#set($context.responseOverride.status = 418)\nbody")
		}, "GET /v1\n\n",
			"418\nX-B: kept\nx-a: over\n" + traceHeader + "Content-Type: application/json\n\nbody"},
		{"a status that is none", func(r *apigw.IntegrationResponse) {
			r.ResponseTemplates = templates("application/json", "#set($context.responseOverride.status = 7)\nbody")
		}, "GET /v1\n\n",
			"200\n" + traceHeader + "Content-Type: application/json\n\nbody"},
		{"a template that does not parse", func(r *apigw.IntegrationResponse) {
			r.ResponseTemplates = templates("application/json", "#if(")
		}, "GET /v1\n\n", internalError},
		{"a line break in a header", func(r *apigw.IntegrationResponse) {
			r.ResponseParameters = map[string]string{"method.response.header.X": "method.request.querystring.q", "method.response.header.Y": "context.path"}
			r.ResponseTemplates = templates("application/json", "#set($context.responseOverride.header.X = \"a\rb\")\n")
		}, "GET /v1\n\n", internalError},
		{"HEAD has no body", nil, "HEAD /v1\n\n", "200\n" + traceHeader + "Content-Type: application/json\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().answer(200, `{"a":[7]}`, "X-Many: 1", "X-Many: 2", "Content-Type: text/plain")
			w.stage.Variables = map[string]string{"color": "blue"}
			w.method("ANY", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) {
				r := m.MethodIntegration.IntegrationResponses["200"]
				if tt.edit != nil {
					tt.edit(&r)
				}
				m.MethodIntegration.IntegrationResponses["200"] = r
			}))
			if diff := cmp.Diff(tt.want, serve(w.open(t), tt.request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProxyResponse(t *testing.T) {
	tests := []struct {
		name    string
		status  int
		body    string
		headers []string
		types   []string
		accept  string
		want    string
	}{
		{"all passes", 404, "gone", []string{"Set-Cookie: a=1", "set-cookie: b=2", "X-Amzn-Trace-Id: theirs", "Content-Type: text/plain"}, nil, "",
			"404\nSet-Cookie: a=1\nset-cookie: b=2\nX-Amzn-Trace-Id: theirs\nContent-Type: text/plain\n\ngone"},
		{"but these", 200, "x", []string{"Connection: a", "Content-Length: b", "Date: c", "Server: d", "x-amzn-RequestId: e", "Transfer-Encoding: f", "Via: g"}, nil, "",
			"200\nx-amzn-Remapped-Connection: a\nx-amzn-Remapped-Content-Length: b\nx-amzn-Remapped-Date: c\nx-amzn-Remapped-Server: d\nx-amzn-Remapped-x-amzn-RequestId: e\nContent-Type: application/json\n\nx"},
		{"redirects are not followed", 302, "", []string{"Location: http://elsewhere/"}, nil, "",
			"302\nLocation: http://elsewhere/\nContent-Type: application/json\n\n"},
		{"bytes are text", 200, "a\xffb", []string{"Content-Type: image/png"}, nil, "image/png",
			"200\nContent-Type: image/png\n\na\uFFFDb"},
		{"unless the client accepts bytes", 200, "a\xffb", []string{"Content-Type: image/png"}, []string{"image/png"}, "image/png,*/*",
			"200\nContent-Type: image/png\n\na\xffb"},
		{"bytes for a client that does not", 200, "\x00\xff", []string{"Content-Type: image/png"}, []string{"image/png"}, "text/html",
			"200\nContent-Type: image/png\n\nAP8="},
		{"text where bytes are accepted", 200, "text", []string{"Content-Type: text/plain"}, []string{"*/*"}, "",
			"200\nContent-Type: text/plain\n\ntext"},
		{"coded bodies pass", 200, "\x1f\x8b\xff", []string{"Content-Type: text/plain", "Content-Encoding: gzip"}, nil, "",
			"200\nContent-Type: text/plain\nContent-Encoding: gzip\n\n\x1f\x8b\xff"},
		{"no body with 204", 204, "x", nil, nil, "", "204\nContent-Type: application/json\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().answer(tt.status, tt.body, tt.headers...)
			w.api.RestAPI.BinaryMediaTypes = tt.types
			w.method("GET", "/", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", nil))
			request := "GET /v1\nAccept: " + tt.accept + "\n\n"
			if diff := cmp.Diff(tt.want, serve(w.open(t), request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// The recorded table of text and bytes behind a custom integration.
func TestResponseContent(t *testing.T) {
	const raw, damaged = "\x89PNG\xff", "\uFFFDPNG\uFFFD"
	none := apigw.ContentHandlingStrategy("")
	toText, toBinary := apigw.ContentHandlingStrategyConvertToText, apigw.ContentHandlingStrategyConvertToBinary
	tests := []struct {
		name, types, contentType, accept string
		handling                         apigw.ContentHandlingStrategy
		body, want                       string // "" is a failure
	}{
		{"no types: damaged", "", "image/png", "image/png", none, raw, damaged},
		{"no types: base64 stays", "", "image/png", "image/png", none, "AP8=", "AP8="},
		{"text to a client of bytes is decoded", "image/png", "binary/octet-stream", "image/png", none, "AP8=", "\x00\xff"},
		{"which fails for bytes", "image/png", "binary/octet-stream", "image/png", none, raw, ""},
		{"and for other text", "image/png", "binary/octet-stream", "image/png", none, "hello!", ""},
		{"bytes to a client of bytes", "image/png", "image/png", "image/png", none, raw, raw},
		{"text to a client of text", "image/png", "binary/octet-stream", "text/plain", none, raw, damaged},
		{"bytes to a client of text", "image/png", "image/png", "text/plain", none, "\x00\xff", "AP8="},
		{"listed text to a client of text", "image/png", "image/png", "text/plain", none, "hi", "aGk="},
		{"to text: text stays", "image/png", "binary/octet-stream", "image/png", toText, "AP8=", "AP8="},
		{"to text: bytes that are called text", "image/png", "binary/octet-stream", "image/png", toText, raw, damaged},
		{"to text: bytes", "image/png", "image/png", "image/png", toText, "\x00\xff", "AP8="},
		{"to bytes: text is decoded", "image/png", "binary/octet-stream", "text/plain", toBinary, "AP8=", "\x00\xff"},
		{"to bytes: what is no base64", "image/png", "binary/octet-stream", "text/plain", toBinary, raw, ""},
		{"to bytes: bytes stay", "image/png", "image/png", "text/plain", toBinary, raw, raw},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().answer(200, tt.body, "Content-Type: "+tt.contentType)
			if tt.types != "" {
				w.api.RestAPI.BinaryMediaTypes = []string{tt.types}
			}
			w.method("GET", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) {
				r := m.MethodIntegration.IntegrationResponses["200"]
				if tt.handling != "" {
					r.ContentHandling = &tt.handling
				}
				m.MethodIntegration.IntegrationResponses["200"] = r
			}))
			want := internalError
			if tt.want != "" {
				want = "200\n" + traceHeader + "Content-Type: application/json\n\n" + tt.want
			}
			if diff := cmp.Diff(want, serve(w.open(t), "GET /v1\nAccept: "+tt.accept+"\n\n")); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallFaults(t *testing.T) {
	tests := []struct {
		failure *integration.Error
		want    string
	}{
		{&integration.Error{Kind: integration.Timeout}, errorAnswer("504", "InternalServerErrorException", `{"message": "Endpoint request timed out"}`)},
		{&integration.Error{Kind: integration.Network}, errorAnswer("504", "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`)},
		{&integration.Error{Kind: integration.Canceled}, errorAnswer("504", "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`)},
		{&integration.Error{Kind: integration.InvalidAddress}, internalError},
		{&integration.Error{Kind: integration.TooLarge, Bytes: 1 << 30}, internalError},
		{&integration.Error{Kind: integration.Configuration, Reason: "x"}, internalError},
	}
	for _, tt := range tests {
		t.Run(tt.failure.Kind.String(), func(t *testing.T) {
			w := newWorld().method("GET", "/", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", nil))
			w.backend = func(*integration.Request, *integration.Response) error { return tt.failure }
			if diff := cmp.Diff(tt.want, serve(w.open(t), "GET /v1\n\n")); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A compressed body is decoded for a template and passes untouched without one.
func TestCodedResponse(t *testing.T) {
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	zw.Write([]byte(`{"a":1}`))
	zw.Close()
	for _, tt := range []struct{ name, template, coding, want string }{
		{"template", "<$input.body>", "gzip", "200\n" + traceHeader + "Content-Type: application/json\n\n<{\"a\":1}>"},
		{"no template", "", "gzip", "200\nContent-Encoding: gzip\n" + traceHeader + "Content-Type: application/json\n\n" + zipped.String()},
		{"a coding that nobody knows", "<$input.body>", "br", internalError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().answer(200, zipped.String(), "Content-Encoding: "+tt.coding, "Content-Type: application/json")
			w.method("GET", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) {
				r := apigw.IntegrationResponse{ResponseParameters: map[string]string{"method.response.header.Content-Encoding": "integration.response.header.Content-Encoding"}}
				if tt.template != "" {
					r.ResponseTemplates = templates("application/json", tt.template)
				}
				m.MethodIntegration.IntegrationResponses["200"] = r
			}))
			if diff := cmp.Diff(tt.want, serve(w.open(t), "GET /v1\n\n")); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A response that a template makes may not be longer than one of an endpoint.
func TestLargeResponse(t *testing.T) {
	half := strings.Repeat("x", gateway.MaxBodyBytes/2)
	w := newWorld().answer(200, half)
	w.method("GET", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) {
		m.MethodIntegration.IntegrationResponses["200"] = apigw.IntegrationResponse{
			ResponseTemplates: templates("application/json", "$input.body $input.body"),
		}
	}))
	if diff := cmp.Diff(internalError, serve(w.open(t), "GET /v1\n\n")); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

func TestMock(t *testing.T) {
	const ok = "200\nContent-Type: application/json\n\n"
	tests := []struct {
		name    string
		edit    func(m *apigw.Method)
		request string
		want    string
	}{
		{"an empty body without a response template", nil, "POST /v1\nX-Amzn-Trace-Id: Root=1-abc-def\n\n{\"a\":1}", ok},
		{"selection by statusCode", func(m *apigw.Method) {
			responses(m, "200 ", `404 4\d\d`)
			m.MethodIntegration.RequestTemplates = templates("application/json", "{statusCode: 499}")
		}, "GET /v1\n\n", "404\nContent-Type: application/json\n\n"},
		{"the endpoint's body is empty", func(m *apigw.Method) {
			m.MethodIntegration.IntegrationResponses["200"] = apigw.IntegrationResponse{ResponseTemplates: templates("application/json", "<$input.body $input.params('q')>")}
		}, "POST /v1?q=1\n\n{\"a\":1}", ok + "<{} 1>"},
		{"overrides reach the response template", func(m *apigw.Method) {
			m.MethodIntegration.RequestTemplates = templates("application/json", "#set($context.requestOverride.path.note = \"carried\")\n{\"statusCode\": 200}")
			m.MethodIntegration.IntegrationResponses["200"] = apigw.IntegrationResponse{ResponseTemplates: templates("application/json", "$context.requestOverride.path.note")}
		}, "GET /v1\n\n", ok + "carried"},
		{"response overrides in the request template", func(m *apigw.Method) {
			m.MethodIntegration.RequestTemplates = templates("application/json",
				"#set($context.responseOverride.status = 444)\n#set($context.responseOverride.header.foo = \"bar\")\n{\"statusCode\": 200}")
		}, "GET /v1\n\n", "444\nfoo: bar\nContent-Type: application/json\n\n"},
		{"a quoted statusCode", func(m *apigw.Method) {
			m.MethodIntegration.RequestTemplates = templates("application/json", `{"statusCode": "200"}`)
		}, "GET /v1\n\n", internalError},
		{"no statusCode", func(m *apigw.Method) {
			m.MethodIntegration.RequestTemplates = templates("application/json", `{}`)
		}, "GET /v1\n\n", internalError},
		{"no template: the default response", func(m *apigw.Method) {
			responses(m, "201 ", "404 .*")
			m.MethodIntegration.RequestTemplates = nil
		}, "GET /v1\n\n", "201\nContent-Type: application/json\n\n"},
		{"no template: the body's statusCode", func(m *apigw.Method) {
			responses(m, "201 ", "404 404")
			m.MethodIntegration.RequestTemplates = nil
		}, "POST /v1\n\n{\"statusCode\": 404}", "404\nContent-Type: application/json\n\n"},
		{"NEVER and another type", func(m *apigw.Method) { m.MethodIntegration.PassthroughBehavior = new("NEVER") },
			"POST /v1\nContent-Type: text/plain\n\nx", errorAnswer("415", "BadRequestException", `{"message": "Unsupported Media Type"}`)},
		{"parameter mappings are ignored", func(m *apigw.Method) {
			m.MethodIntegration.RequestParameters = map[string]string{"integration.request.header.Transfer-Encoding": "'x'"}
		}, "GET /v1\n\n", ok},
		{"preflight", func(m *apigw.Method) {
			m.MethodIntegration.IntegrationResponses["200"] = apigw.IntegrationResponse{ResponseParameters: map[string]string{
				"method.response.header.Access-Control-Allow-Origin": "'*'", "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
			}}
		}, "OPTIONS /v1\n\n", "200\nAccess-Control-Allow-Methods: GET,OPTIONS\nAccess-Control-Allow-Origin: *\nContent-Type: application/json\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := mockMethod("")
			if tt.edit != nil {
				tt.edit(&m)
			}
			if diff := cmp.Diff(tt.want, serve(newWorld().method("ANY", "/", m).open(t), tt.request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// With every type binary a template needs its input as text.
func TestMockWithBinaryTypes(t *testing.T) {
	for _, tt := range []struct {
		handling *apigw.ContentHandlingStrategy
		want     string
	}{
		{nil, internalError},
		{new(apigw.ContentHandlingStrategyConvertToText), "200\nContent-Type: application/json\n\n"},
	} {
		m := mockMethod("")
		m.MethodIntegration.ContentHandling = tt.handling
		w := newWorld().method("OPTIONS", "/", m)
		w.api.RestAPI.BinaryMediaTypes = []string{"*/*"}
		if diff := cmp.Diff(tt.want, serve(w.open(t), "OPTIONS /v1\n\n")); diff != "" {
			t.Errorf("response differs (-want +got):\n%s", diff)
		}
	}
}

func TestUnsupportedIntegrations(t *testing.T) {
	tests := []struct {
		name string
		edit func(in *apigw.Integration)
	}{
		{"AWS", func(in *apigw.Integration) { in.Type = new(apigw.IntegrationTypeAws) }},
		{"AWS_PROXY", func(in *apigw.Integration) { in.Type = new(apigw.IntegrationTypeAwsProxy) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := httpMethod(apigw.IntegrationTypeHttp, "http://h/", func(m *apigw.Method) { tt.edit(m.MethodIntegration) })
			if diff := cmp.Diff(internalError, serve(newWorld().method("GET", "/", m).open(t), "GET /v1\n\n")); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}
