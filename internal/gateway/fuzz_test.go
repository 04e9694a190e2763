package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// fuzzWorld has a method of every kind whose parts come from the request.
func fuzzWorld() *world {
	w := newWorld()
	w.api.RestAPI.BinaryMediaTypes = []string{"image/png", "application/x-*"}
	w.api.RestAPI.MinimumCompressionSize = new(int32(10))
	w.api.GatewayResponses = []apigw.GatewayResponse{customise(apigw.GatewayResponseTypeDefault4xx, "", `{"m":$context.error.messageString,"q":"method.request.querystring.q"}`,
		map[string]string{"gatewayresponse.header.X-Q": "method.request.querystring.q", "gatewayresponse.header.X-A": "method.request.header.X-A"})}
	echo := mockMethod("$input.body $input.params('q') $input.params('id')")
	echo.MethodIntegration.RequestTemplates = templates("application/json",
		"#set($context.responseOverride.header.X-Q = $input.params('q'))#set($context.responseOverride.status = $input.params('s')){\"statusCode\": 200}")
	mapped := httpMethod(apigw.IntegrationTypeHttp, "http://h/{id}?x={q}", func(m *apigw.Method) {
		m.MethodIntegration.RequestParameters = map[string]string{
			"integration.request.path.id": "method.request.path.id", "integration.request.path.q": "method.request.querystring.q",
			"integration.request.header.X-A": "method.request.header.X-A", "integration.request.querystring.b": "method.request.body.b",
		}
		r := m.MethodIntegration.IntegrationResponses["200"]
		r.ResponseParameters = map[string]string{"method.response.header.X-B": "integration.response.header.X-B", "method.response.header.X-Body": "integration.response.body"}
		m.MethodIntegration.IntegrationResponses["200"] = r
	})
	proxy := httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/{p}", func(m *apigw.Method) {
		m.MethodIntegration.RequestParameters = map[string]string{"integration.request.path.p": "method.request.path.p"}
	})
	w.method("ANY", "/echo/{id}", echo).method("ANY", "/mapped/{id}", mapped).method("ANY", "/proxy/{p+}", proxy)
	w.backend = func(req *integration.Request, resp *integration.Response) error {
		resp.Status, resp.Body = http.StatusOK, req.Body
		resp.Headers = append(resp.Headers, req.Headers...)
		return nil
	}
	return w
}

// Whatever a client sends, the answer can be written: its status is one, its headers are fields, and
// so are those that the back end is sent.
func FuzzServe(f *testing.F) {
	f.Add("GET", "/v1/echo/7?q=1&s=404", "Accept", "image/png", "{}")
	f.Add("POST", "/v1/mapped/a%2Fb?q=%0d%0a", "X-A", "x", `{"b":"c"}`)
	f.Add("HEAD", "/v1/proxy/a//b/?a;b=%zz&c", "Authorization", "AWS4-HMAC-SHA256 Credential=x", "\xff")
	f.Add("POST", "/v1/mapped/x?q=x", "Content-Encoding", "gzip", "\x1f\x8b")
	f.Add("GET", "//v1//nope?q=a%00b", "Authorization", "a=b,c", "")
	f.Add("PUT", "/_aws/execute-api/api1/v1/proxy/x", "X-Amzn-Trace-Id", "Root=1;Parent=;Sampled", "AP8=")
	f.Add("PUT", "/restapis/api1/v1/_user_request_/proxy/x", "Content-Type", "image/png", "AP8=")
	w := fuzzWorld()
	gw := w.open(f)
	f.Fuzz(func(t *testing.T, method, target, name, value, body string) {
		// What a listener never lets through.
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) || strings.TrimSpace(value) != value {
			return
		}
		w.sent = integration.Request{}
		x := gateway.Acquire()
		defer x.Release()
		fill(x, "GET /\n\n")
		x.Request.Method, x.Request.Target, x.Request.Body = method, target, []byte(body)
		x.Request.Headers.Add(name, value)
		if strings.HasPrefix(target, "/_aws") || strings.HasPrefix(target, "/restapis") {
			x.Request.Host = "localhost"
		}
		gw.Serve(t.Context(), x)
		if s := x.Response.Status; s < 100 || s > 599 {
			t.Errorf("status %d", s)
		}
		for _, h := range x.Response.Headers {
			if !httpguts.ValidHeaderFieldName(h.Name) || !httpguts.ValidHeaderFieldValue(h.Value) {
				t.Errorf("response header %q: %q", h.Name, h.Value)
			}
		}
		for _, h := range w.sent.Headers {
			if !httpguts.ValidHeaderFieldName(h.Name) || !httpguts.ValidHeaderFieldValue(h.Value) {
				t.Errorf("endpoint request header %q: %q", h.Name, h.Value)
			}
		}
		if uri := string(w.sent.URI.Append(nil)); strings.ContainsAny(uri, " \r\n\x00#") {
			t.Errorf("endpoint request URI %q", uri)
		}
		if method == "HEAD" && len(x.Response.Body) > 0 {
			t.Errorf("HEAD has the body %q", x.Response.Body)
		}
	})
}
