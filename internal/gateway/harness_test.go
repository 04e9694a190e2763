package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// arrival is when all requests of the tests arrive.
var arrival = time.Date(2026, 11, 22, 10, 45, 58, 0, time.UTC)

// Identifiers of the first exchange of a gateway made by newGateway.
const (
	testRequestID  = "01000000-0000-4000-8200-000000000000"
	testExtendedID = "AwAAAAAAAAAEAAA="
	testTraceRoot  = "Root=1-6b02c7e6-000000000005000000000000"
)

// world is a gateway with one API, its stage and the back end of its HTTP integrations.
type world struct {
	api     snapshot.API
	stage   apigw.Stage
	backend func(req *integration.Request, resp *integration.Response) error
	root    bool // serve the stage at the root path, too

	sent integration.Request // the last endpoint request
}

// newWorld returns a world with the API "api1", one stage "v1" and no resource.
func newWorld() *world {
	return &world{
		api: snapshot.API{
			AccountID: "111122223333", Region: "us-east-1", Partition: "aws", DeploymentID: "dep1",
			RestAPI: apigw.RestApi{Id: new("api1"), Name: new("test")},
		},
		stage: apigw.Stage{StageName: new("v1"), DeploymentId: new("dep1")},
	}
}

// method adds a method to a resource and returns the world.
func (w *world) method(verb, path string, m apigw.Method) *world {
	m.HttpMethod = new(verb)
	for i := range w.api.Resources {
		if w.api.Resources[i].Path == path {
			w.api.Resources[i].Methods[verb] = m
			return w
		}
	}
	w.api.Resources = append(w.api.Resources, snapshot.Resource{
		ID: "res" + fmt.Sprint(len(w.api.Resources)), Path: path, Methods: map[string]apigw.Method{verb: m},
	})
	return w
}

// Call is the integration of the world's back end.
func (w *world) Call(_ context.Context, req *integration.Request, resp *integration.Response) error {
	w.sent = *req
	w.sent.Headers = append(header.List(nil), req.Headers...)
	w.sent.Body = append([]byte(nil), req.Body...)
	if w.backend == nil {
		resp.Status = http.StatusOK
		return nil
	}
	return w.backend(req, resp)
}

// answer makes the back end answer every call in the same way.
func (w *world) answer(status int, body string, headers ...string) *world {
	w.backend = func(_ *integration.Request, resp *integration.Response) error {
		resp.Status = status
		resp.Body = []byte(body)
		for _, line := range headers {
			name, value, _ := strings.Cut(line, ": ")
			resp.Headers.Add(name, value)
		}
		return nil
	}
	return w
}

// bind compiles and binds the world's API.
func (w *world) bind(t testing.TB) []*plan.Stage {
	t.Helper()
	p, _ := plan.Compile(&w.api)
	if p == nil {
		t.Fatal("the API does not compile")
	}
	st, _ := plan.Bind(p, &w.stage)
	return []*plan.Stage{st}
}

// open returns a gateway that serves the world's API.
func (w *world) open(t testing.TB) *gateway.Gateway {
	t.Helper()
	return w.openWith(t, gateway.Config{HTTP: w})
}

// openWith is open for a gateway that is configured otherwise, but for its clock and its random numbers.
func (w *world) openWith(t testing.TB, config gateway.Config) *gateway.Gateway {
	t.Helper()
	stages := w.bind(t)
	cfg := gateway.TableConfig{Stages: stages, Suffixes: []string{"example.test"}}
	if w.root {
		cfg.Root = stages[0]
	}
	table, err := gateway.NewTable(cfg)
	if err != nil {
		t.Fatal(err)
	}
	counter := uint64(0)
	config.Now = func() time.Time { return arrival }
	config.Random = func() uint64 { counter++; return counter }
	gw := gateway.New(config)
	gw.Swap(table)
	return gw
}

// fill makes the text of a request the exchange's: a request line without version, header lines, an
// empty line, the body.
func fill(x *gateway.Exchange, text string) {
	head, body, _ := strings.Cut(text, "\n\n")
	line, fields, _ := strings.Cut(head, "\n")
	r := &x.Request
	r.Method, r.Target, _ = strings.Cut(line, " ")
	r.Host = "api1.execute-api.localhost:8080"
	r.PeerIP, r.LocalPort, r.Received = "192.0.2.7", 8080, arrival
	r.Body = []byte(body)
	for field := range strings.SplitSeq(fields, "\n") {
		name, value, ok := strings.Cut(field, ": ")
		if !ok {
			continue
		}
		if name == "Host" {
			r.Host = value
		}
		r.Headers.Add(name, value)
	}
}

// serve sends the text of a request through a gateway and returns the text of the response: status,
// headers, body. Identifiers are left out; byteExact tests compare them.
func serve(gw *gateway.Gateway, request string) string {
	x := gateway.Acquire()
	defer x.Release()
	fill(x, request)
	gw.Serve(context.Background(), x)
	return printResponse(&x.Response, false)
}

// printResponse returns the text of a response.
func printResponse(r *gateway.Response, identifiers bool) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Status)
	for _, f := range r.Headers {
		if !identifiers && (f.Name == "x-amzn-RequestId" || f.Name == "x-amz-apigw-id") {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	fmt.Fprintf(&b, "\n%s", r.Body)
	return b.String()
}

// printEndpointRequest returns the text of the last endpoint request.
func (w *world) printEndpointRequest() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", w.sent.Method, w.sent.URI.Append(nil))
	for _, f := range w.sent.Headers {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	fmt.Fprintf(&b, "\n%s", w.sent.Body)
	return b.String()
}

// templates returns a template map of type, source, type, source...
func templates(pairs ...string) map[string]*string {
	m := make(map[string]*string)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &pairs[i+1]
	}
	return m
}

// mockMethod returns a method with a MOCK integration that answers 200 with the body.
func mockMethod(body string) apigw.Method {
	response := apigw.IntegrationResponse{StatusCode: new("200")}
	if body != "" {
		response.ResponseTemplates = templates("application/json", body)
	}
	return apigw.Method{
		MethodResponses: map[string]apigw.MethodResponse{"200": {StatusCode: new("200")}},
		MethodIntegration: &apigw.Integration{
			Type:                 new(apigw.IntegrationTypeMock),
			RequestTemplates:     templates("application/json", `{"statusCode": 200}`),
			IntegrationResponses: map[string]apigw.IntegrationResponse{"200": response},
		},
	}
}

// httpMethod returns a method with an HTTP or HTTP_PROXY integration; edit may change it.
func httpMethod(kind apigw.IntegrationType, uri string, edit func(m *apigw.Method)) apigw.Method {
	m := apigw.Method{
		MethodResponses: map[string]apigw.MethodResponse{"200": {StatusCode: new("200")}},
		MethodIntegration: &apigw.Integration{
			Type: &kind, Uri: &uri, HttpMethod: new("ANY"),
			IntegrationResponses: map[string]apigw.IntegrationResponse{"200": {StatusCode: new("200")}},
		},
	}
	if edit != nil {
		edit(&m)
	}
	return m
}
