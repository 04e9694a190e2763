package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// lines collects the execution log.
type lines []string

func (l *lines) Line(text string) { *l = append(*l, text) }

// record serves a request and returns its execution log.
func record(t *testing.T, w *world, request string) string {
	t.Helper()
	x := gateway.Acquire()
	defer x.Release()
	fill(x, request)
	var l lines
	x.Recorder = &l
	w.open(t).Serve(t.Context(), x)
	return strings.Join(l, "\n") + "\n"
}

func TestExecutionLog(t *testing.T) {
	const start = "Starting execution for request: " + testRequestID + "\n"
	const headers = "X-Amzn-Trace-Id=" + testTraceRoot + ", X-Forwarded-For=192.0.2.7, X-Forwarded-Port=8080, X-Forwarded-Proto=http}\n"
	tests := []struct {
		name    string
		method  apigw.Method
		failure error
		request string
		want    string
	}{
		{"MOCK", mockMethod("hi"), nil, "POST /v1/p/7?q=1\nContent-Type: application/json\nAuthorization: Bearer 123456789\n\n{\"a\":1}",
			start + "HTTP Method: POST, Resource Path: /p/7\n" +
				"Method request path: {id=7}\nMethod request query string: {q=1}\nMethod request headers: {Content-Type=application/json, Authorization=**********456789, " + headers +
				"Method request body before transformations: {\"a\":1}\n" +
				"Method response body after transformations: hi\nMethod response headers: {Content-Type=application/json}\nSuccessfully completed execution\nMethod completed with status: 200\n"},
		{"HTTP", httpMethod(apigw.IntegrationTypeHttp, "http://h/x?a=1", nil), nil, "GET /v1/p/7\n\n",
			start + "HTTP Method: GET, Resource Path: /p/7\n" +
				"Method request path: {id=7}\nMethod request query string: {}\nMethod request headers: {" + headers +
				"Method request body before transformations: \n" +
				"Endpoint request URI: http://h/x?a=1\nEndpoint request headers: {Accept=application/json, User-Agent=AmazonAPIGateway_api1, X-Amzn-Trace-Id=" + testTraceRoot + ", X-Amzn-Apigateway-Api-Id=api1}\n" +
				"Endpoint request body after transformations: \nSending request to http://h/x?a=1\n" +
				"Received response. Status: 200, Integration latency: 0 ms\nEndpoint response headers: {X-B=1}\nEndpoint response body before transformations: " + strings.Repeat("x", 1024) + " [TRUNCATED]\n" +
				"Method response body after transformations: " + strings.Repeat("x", 1024) + " [TRUNCATED]\nMethod response headers: {X-Amzn-Trace-Id=" + testTraceRoot + ";Parent=0600000000000000;Sampled=0, Content-Type=application/json}\nSuccessfully completed execution\nMethod completed with status: 200\n"},
		{"an address that can't be used", httpMethod(apigw.IntegrationTypeHttp, "http://h:22/", nil), nil, "GET /v1/p/7\n\n",
			start + "HTTP Method: GET, Resource Path: /p/7\n" +
				"Method request path: {id=7}\nMethod request query string: {}\nMethod request headers: {" + headers +
				"Method request body before transformations: \n" +
				"Execution failed due to configuration error: Invalid endpoint address\nMethod completed with status: 500\n"},
		{"timeout", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", nil), &integration.Error{Kind: integration.Timeout}, "GET /v1/p/7\n\n",
			start + "HTTP Method: GET, Resource Path: /p/7\n" +
				"Method request path: {id=7}\nMethod request query string: {}\nMethod request headers: {" + headers +
				"Method request body before transformations: \n" +
				"Endpoint request URI: http://h/\nEndpoint request headers: {" + strings.TrimSuffix(headers, "}\n") + ", X-Amzn-Apigateway-Api-Id=api1}\n" +
				"Endpoint request body after transformations: \nSending request to http://h/\n" +
				"Execution failed due to a timeout error\nMethod completed with status: 504\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().method("ANY", "/p/{id}", tt.method).answer(200, strings.Repeat("x", 2000), "X-B: 1")
			if tt.failure != nil {
				w.backend = func(*integration.Request, *integration.Response) error { return tt.failure }
			}
			if diff := cmp.Diff(tt.want, record(t, w, tt.request)); diff != "" {
				t.Errorf("log differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Every answer comes whole from one table, while tables are swapped.
func TestSwap(t *testing.T) {
	generations := make([]*gateway.Table, 4)
	for i := range generations {
		w := newWorld().method("GET", "/", mockMethod(fmt.Sprintf("body %d", i)))
		w.api.DeploymentID = fmt.Sprint(i)
		m := w.api.Resources[0].Methods["GET"]
		r := m.MethodIntegration.IntegrationResponses["200"]
		r.ResponseParameters = map[string]string{"method.response.header.X-Deployment": "context.deploymentId"}
		m.MethodIntegration.IntegrationResponses["200"] = r
		table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(t)})
		if err != nil {
			t.Fatal(err)
		}
		generations[i] = table
	}
	gw := gateway.New(gateway.Config{})
	gw.Swap(generations[0])
	stop := make(chan struct{})
	var swapper, clients sync.WaitGroup
	swapper.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				gw.Swap(generations[i%len(generations)])
			}
		}
	})
	for range 4 {
		clients.Go(func() {
			for range 500 {
				got := serve(gw, "GET /v1\n\n")
				_, body, _ := strings.Cut(got, "\n\n")
				want := "200\nX-Deployment: " + strings.TrimPrefix(body, "body ") + "\nContent-Type: application/json\n\n" + body
				if got != want || body == "" {
					t.Errorf("got %q, want %q", got, want)
					return
				}
			}
		})
	}
	clients.Wait()
	close(stop)
	swapper.Wait()
}

// echoBackend answers with what it is sent and keeps nothing.
type echoBackend struct{}

func (echoBackend) Call(_ context.Context, req *integration.Request, resp *integration.Response) error {
	resp.Status = http.StatusOK
	resp.Headers = append(resp.Headers, req.Headers...)
	resp.Body = append([]byte(nil), req.Body...)
	return nil
}

// Exchanges share compiled templates, patterns and schemas, and nothing else.
func TestConcurrentExchanges(t *testing.T) {
	w := fuzzWorld()
	validated := httpMethod(apigw.IntegrationTypeHttp, "http://h/", nil)
	validated.RequestValidatorId = new("val")
	validated.RequestModels = map[string]string{"application/json": "M"}
	w.api.RequestValidators = []apigw.RequestValidator{{Id: new("val"), ValidateRequestBody: new(true), ValidateRequestParameters: new(true)}}
	w.api.Models = []apigw.Model{{Name: new("M"), Schema: new(`{"type":"object","properties":{"n":{"type":"string","pattern":"^(?=1)[0-9]+$"}}}`)}}
	w.method("POST", "/validated", validated)
	table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(t)})
	if err != nil {
		t.Fatal(err)
	}
	gw := gateway.New(gateway.Config{HTTP: echoBackend{}})
	gw.Swap(table)
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			n := fmt.Sprint("1", i)
			for range 100 {
				for _, tt := range []struct{ request, want string }{
					{"POST /v1/validated\n\n{\"n\":\"" + n + "\"}", "{\"n\":\"" + n + "\"}"},
					{"POST /v1/echo/" + n + "?q=" + n + "&s=200\n\n{}", "{} " + n + " " + n},
					{"POST /v1/mapped/" + n + "?q=" + n + "\n\n{\"b\":\"" + n + "\"}", "{\"b\":\"" + n + "\"}"},
					{"POST /v1/proxy/" + n + "\n\n" + n, n},
					{"GET /v1/none?q=" + n + "\n\n", `{"m":"Missing Authentication Token","q":"` + n + `"}`},
				} {
					_, body, _ := strings.Cut(serve(gw, tt.request), "\n\n")
					if body != tt.want {
						t.Errorf("%q: got %q, want %q", tt.request, body, tt.want)
						return
					}
				}
			}
		})
	}
	clients.Wait()
}

// HTTP/2 has no case in header names: they are found whatever the case of a mapping.
func TestFoldedNames(t *testing.T) {
	m := mockMethod("$input.params('X-A')")
	m.RequestValidatorId = new("val")
	m.RequestParameters = map[string]bool{"method.request.header.X-A": true}
	w := newWorld().method("GET", "/", m)
	w.api.RequestValidators = []apigw.RequestValidator{{Id: new("val"), ValidateRequestParameters: new(true)}}
	gw := w.open(t)
	for _, tt := range []struct {
		fold bool
		want string
	}{
		{true, "200\nContent-Type: application/json\n\n1"},
		{false, errorAnswer("400", "BadRequestException", `{"message": "Missing required request parameters: [X-A]"}`)},
	} {
		x := gateway.Acquire()
		fill(x, "GET /v1\nx-a: 1\n\n")
		x.Request.FoldNames = tt.fold
		gw.Serve(t.Context(), x)
		if diff := cmp.Diff(tt.want, printResponse(&x.Response, false)); diff != "" {
			t.Errorf("fold %v: response differs (-want +got):\n%s", tt.fold, diff)
		}
		x.Release()
	}
}

// An exchange from the pool knows nothing of the one before.
func TestExchangeIsCleanAfterRelease(t *testing.T) {
	w := newWorld().method("GET", "/{id}", mockMethod("$input.params('id')|$input.params('q')|$input.params('X-A')|$context.requestOverride.path.x"))
	w.method("POST", "/", mockMethod(""))
	m := w.api.Resources[1].Methods["POST"]
	m.MethodIntegration.RequestTemplates = templates("application/json", "#set($context.requestOverride.path.x = \"left\")\n{\"statusCode\": 200}")
	gw := w.open(t)
	x := gateway.Acquire()
	fill(x, "POST /v1/?q=1\nX-A: 1\n\n{}")
	gw.Serve(t.Context(), x)
	x.Release()
	if diff := cmp.Diff("200\nContent-Type: application/json\n\n7|||", serve(gw, "GET /v1/7\n\n")); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

func TestEmptyGateway(t *testing.T) {
	if diff := cmp.Diff(forbiddenAnswer, serve(gateway.New(gateway.Config{}), "GET /v1\n\n")); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

// pipelines are the requests whose allocations are bounded, by the name that they have in the budget.
var pipelines = []struct{ name, target string }{
	{"MOCK", "/v1/mock"},
	{"HTTP", "/v1/http/7?q=1"},
	{"HTTP_PROXY", "/v1/proxy/7?q=1"},
	{"AWS_PROXY", "/v1/function/7?q=1"},
	{"Lambda", "/v1/custom/7?q=1"},
	{"unknown", "/v1/unknown"},
}

// staticBackend answers every call with the same body.
type staticBackend struct{ body []byte }

func (b *staticBackend) Call(_ context.Context, _ *integration.Request, resp *integration.Response) error {
	resp.Status, resp.Body = http.StatusOK, b.body
	resp.Headers.Add("Content-Type", "application/json")
	return nil
}

// noSignature signs nothing.
type noSignature struct{}

func (noSignature) Sign(context.Context, *integration.Request) error { return nil }

// newPipelines returns a gateway for pipelines. All templates print a parameter.
func newPipelines(t testing.TB) *gateway.Gateway {
	path := map[string]string{"integration.request.path.id": "method.request.path.id"}
	w := newWorld().method("GET", "/mock", mockMethod(`{"path": "$context.path"}`))
	w.method("GET", "/http/{id}", httpMethod(apigw.IntegrationTypeHttp, "http://h/{id}", func(m *apigw.Method) {
		m.MethodIntegration.RequestParameters = path
		m.MethodIntegration.RequestTemplates = templates("application/json", `{"id": "$input.params('id')"}`)
		m.MethodIntegration.IntegrationResponses["200"] = apigw.IntegrationResponse{
			ResponseTemplates: templates("application/json", `{"id": "$input.params('id')"}`),
		}
	}))
	w.method("GET", "/proxy/{id}", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/{id}", func(m *apigw.Method) {
		m.MethodIntegration.RequestParameters = path
	}))
	const function = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations"
	w.method("GET", "/function/{id}", httpMethod(apigw.IntegrationTypeAwsProxy, function, func(m *apigw.Method) {
		m.MethodIntegration.HttpMethod = new("POST")
	}))
	w.method("GET", "/custom/{id}", httpMethod(apigw.IntegrationTypeAws, function, func(m *apigw.Method) {
		m.MethodIntegration.HttpMethod = new("POST")
		m.MethodIntegration.RequestTemplates = templates("application/json", `{"id": "$input.params('id')"}`)
		m.MethodIntegration.IntegrationResponses["200"] = apigw.IntegrationResponse{
			ResponseTemplates: templates("application/json", `{"id": "$input.params('id')"}`),
		}
	}))
	table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(t)})
	if err != nil {
		t.Fatal(err)
	}
	gw := gateway.New(gateway.Config{HTTP: &staticBackend{body: []byte(`{"body": "world"}`)}, Signer: noSignature{}})
	gw.Swap(table)
	return gw
}

// exchangeOnce serves one GET request.
func exchangeOnce(gw *gateway.Gateway, target string) {
	x := gateway.Acquire()
	r := &x.Request
	r.Method, r.Target, r.Host = "GET", target, "api1.execute-api.localhost"
	r.PeerIP, r.LocalPort, r.Received = "192.0.2.7", 8080, arrival
	r.Headers.Add("Host", r.Host)
	r.Headers.Add("Accept", "*/*")
	r.Headers.Add("User-Agent", "test")
	gw.Serve(context.Background(), x)
	x.Release()
}

// TestAllocBudget holds each pipeline to its line in bench/budget.txt.
func TestAllocBudget(t *testing.T) {
	if raceDetector {
		t.Skip("pools keep nothing under the race detector")
	}
	text, err := os.ReadFile("../../bench/budget.txt")
	if err != nil {
		t.Fatal(err)
	}
	budget := make(map[string]float64)
	for line := range strings.Lines(string(text)) {
		var name string
		var allocs float64
		if n, _ := fmt.Sscan(line, &name, &allocs); n == 2 {
			budget[name] = allocs
		}
	}
	gw := newPipelines(t)
	for _, p := range pipelines {
		want, ok := budget[p.name]
		if !ok {
			t.Errorf("%s has no line in the budget", p.name)
		}
		if got := testing.AllocsPerRun(500, func() { exchangeOnce(gw, p.target) }); got > want {
			t.Errorf("%s: got %v allocations, want at most %v", p.name, got, want)
		}
	}
}

func BenchmarkServe(b *testing.B) {
	gw := newPipelines(b)
	for _, p := range pipelines {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				exchangeOnce(gw, p.target)
			}
		})
	}
}
