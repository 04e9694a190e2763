package plan_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// api returns a snapshot with one method GET /pets that edit may change.
func api(edit func(a *snapshot.API, m *apigw.Method, in *apigw.Integration)) *snapshot.API {
	in := &apigw.Integration{
		Type: new(apigw.IntegrationTypeHttp), HttpMethod: new("GET"), Uri: new("http://h/"),
		IntegrationResponses: map[string]apigw.IntegrationResponse{"200": {}},
	}
	m := apigw.Method{MethodIntegration: in, MethodResponses: map[string]apigw.MethodResponse{"200": {}}}
	a := &snapshot.API{RestAPI: apigw.RestApi{Id: new("api1")}, DeploymentID: "dep1"}
	if edit != nil {
		edit(a, &m, in)
	}
	a.Resources = append(a.Resources, snapshot.Resource{ID: "r1", Path: "/pets", Methods: map[string]apigw.Method{"GET": m}})
	return a
}

// printDiagnostics returns the diagnostics one a line.
func printDiagnostics(list plan.Diagnostics) string {
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.String() + "\n")
	}
	return b.String()
}

func TestCompileDiagnostics(t *testing.T) {
	const at = " api1 GET /pets "
	tests := []struct {
		name string
		edit func(a *snapshot.API, m *apigw.Method, in *apigw.Integration)
		want string
	}{
		{"nothing", nil, ""},
		{"authorization", func(_ *snapshot.API, m *apigw.Method, _ *apigw.Integration) { m.AuthorizationType = new("CUSTOM") },
			"error:" + at + "authorizerId: the API has no such authorizer of a fitting type: requests are answered with 500\n"},
		{"API key", func(_ *snapshot.API, m *apigw.Method, _ *apigw.Integration) { m.ApiKeyRequired = new(true) }, ""},
		{"API key of an authorizer", func(a *snapshot.API, m *apigw.Method, _ *apigw.Integration) {
			a.RestAPI.ApiKeySource, m.ApiKeyRequired = new(apigw.ApiKeySourceTypeAuthorizer), new(true)
		}, "warning:" + at + "apiKeyRequired: API keys come from Lambda authorizers, and the method has none: requests are refused\n"},
		{"no integration", func(_ *snapshot.API, m *apigw.Method, _ *apigw.Integration) { m.MethodIntegration = nil },
			"error:" + at + "methodIntegration: No integration defined for method: requests are answered with 500\n"},
		{"type", func(_ *snapshot.API, _ *apigw.Method, in *apigw.Integration) {
			in.Type = new(apigw.IntegrationType("OTHER"))
		},
			"error:" + at + "methodIntegration.type: Integrations of type OTHER are not supported: requests are answered with 500\n"},
		{"streaming", func(_ *snapshot.API, _ *apigw.Method, in *apigw.Integration) {
			in.ResponseTransferMode = new(apigw.ResponseTransferModeStream)
		},
			"error:" + at + "methodIntegration.responseTransferMode: Integrations of type HTTP can't be streamed: requests are answered with 500\n"},
		{"validator", func(_ *snapshot.API, m *apigw.Method, _ *apigw.Integration) { m.RequestValidatorId = new("none") },
			"error:" + at + "requestValidatorId: The request validator none does not exist: requests are answered with 500\n"},
		{"model", func(a *snapshot.API, m *apigw.Method, _ *apigw.Integration) {
			m.RequestValidatorId = new("v")
			m.RequestModels = map[string]string{"application/json": "Gone"}
			a.RequestValidators = []apigw.RequestValidator{{Id: new("v"), ValidateRequestBody: new(true)}}
		}, "error:" + at + "requestModels[application/json]: model Gone: the API has no model Gone: requests are answered with 500\n"},
		{"parameter mapping", func(_ *snapshot.API, _ *apigw.Method, in *apigw.Integration) {
			in.RequestParameters = map[string]string{"integration.request.header.X": "rubbish", "integration.request.body.X": "'x'"}
		}, "error:" + at + "methodIntegration.requestParameters[integration.request.body.X]: not a place for a parameter: requests are answered with 500\n" +
			"error:" + at + "methodIntegration.requestParameters[integration.request.header.X]: mapping expression \"rubbish\": not a source of a mapping: requests are answered with 500\n"},
		{"passthrough", func(_ *snapshot.API, _ *apigw.Method, in *apigw.Integration) { in.PassthroughBehavior = new("ALWAYS") },
			"error:" + at + "methodIntegration.passthroughBehavior: \"ALWAYS\" is not a passthrough behavior: NEVER is used\n"},
		{"method response", func(_ *snapshot.API, m *apigw.Method, _ *apigw.Integration) { m.MethodResponses = nil },
			"warning:" + at + "methodIntegration.integrationResponses[200]: the method has no method response 200: requests that select it are answered with 500\n"},
		{"selection pattern", func(_ *snapshot.API, _ *apigw.Method, in *apigw.Integration) {
			in.IntegrationResponses["200"] = apigw.IntegrationResponse{SelectionPattern: new("(")}
		}, "error:" + at + "methodIntegration.integrationResponses[200].selectionPattern: selection pattern: unclosed group in \"(\": the integration response is never selected\n"},
		{"two defaults", func(_ *snapshot.API, m *apigw.Method, in *apigw.Integration) {
			in.IntegrationResponses["201"] = apigw.IntegrationResponse{}
			m.MethodResponses["201"] = apigw.MethodResponse{}
		}, "warning:" + at + "methodIntegration.integrationResponses[201]: the integration response 200 is the default already: this one is never selected\n"},
		{"API", func(a *snapshot.API, _ *apigw.Method, _ *apigw.Integration) {
			a.RestAPI.Policy = new("{}")
			a.RestAPI.SecurityPolicy = new(apigw.SecurityPolicyTls12)
			a.RestAPI.EndpointConfiguration = &apigw.EndpointConfiguration{Types: []apigw.EndpointType{apigw.EndpointTypePrivate}}
		}, "error: api1 policy 1:1: Statement: there is no statement: all requests are refused\n"},
		{"gateway response", func(a *snapshot.API, _ *apigw.Method, _ *apigw.Integration) {
			a.GatewayResponses = []apigw.GatewayResponse{{
				ResponseType: new(apigw.GatewayResponseTypeThrottled), StatusCode: new("9"),
				ResponseParameters: map[string]string{"gatewayresponse.header.X": "rubbish", "gatewayresponse.path.P": "'x'"},
			}}
		}, "error: api1 gatewayResponses[THROTTLED].responseParameters[gatewayresponse.header.X]: mapping expression \"rubbish\": not a source of a mapping: the header is left out\n" +
			"warning: api1 gatewayResponses[THROTTLED].responseParameters: a response has no path and no query string: the mapping of P has no effect\n" +
			"error: api1 gatewayResponses[THROTTLED].statusCode: \"9\" is not a status: the status of the error is kept\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, found := plan.Compile(api(tt.edit))
			if p == nil {
				t.Fatal("no plan")
			}
			if diff := cmp.Diff(tt.want, printDiagnostics(found)); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
			if got, want := found.HasErrors(), strings.Contains(tt.want, "error:"); got != want {
				t.Errorf("HasErrors() = %v, want %v", got, want)
			}
		})
	}
}

// A template that does not parse is reported with its place; the method keeps working where it is not
// needed.
func TestTemplateDiagnostic(t *testing.T) {
	_, found := plan.Compile(api(func(_ *snapshot.API, _ *apigw.Method, in *apigw.Integration) {
		in.RequestTemplates = map[string]*string{"application/json": new("line one\n  #if($x)\n")}
	}))
	if len(found) != 1 {
		t.Fatalf("got %v, want one diagnostic", found)
	}
	d := found[0]
	if d.Field != "methodIntegration.requestTemplates[application/json]" || d.Line == 0 || d.Column == 0 || d.Message == "" {
		t.Errorf("got %+v, want field, line and column", d)
	}
}

// Resources that are no tree give no plan.
func TestResourcesThatAreNoTree(t *testing.T) {
	p, found := plan.Compile(api(func(a *snapshot.API, _ *apigw.Method, _ *apigw.Integration) {
		a.Resources = []snapshot.Resource{{Path: "/{a}"}, {Path: "/{b}"}}
	}))
	want := "error: api1 resources: resource /{b}: {b} stands where the parameter \"a\" already is\n"
	if p != nil {
		t.Error("got a plan")
	}
	if diff := cmp.Diff(want, printDiagnostics(found)); diff != "" {
		t.Errorf("diagnostics differ (-want +got):\n%s", diff)
	}
}

func TestBindDiagnostics(t *testing.T) {
	p, _ := plan.Compile(api(func(_ *snapshot.API, _ *apigw.Method, in *apigw.Integration) {
		in.Uri = new("http://${stageVariables.host}/{id}")
	}))
	uri := "warning: api1/v1 GET /pets methodIntegration.uri: "
	tests := []struct {
		name  string
		stage apigw.Stage
		want  string
	}{
		{"no host", apigw.Stage{}, uri + "invalid endpoint address: requests are answered with 500\n"},
		{"placeholder", apigw.Stage{Variables: map[string]string{"host": "h"}}, uri + "nothing maps the placeholder {id}: requests are answered with 500\n"},
		{"settings", apigw.Stage{
			Variables:      map[string]string{"host": "h"},
			CanarySettings: &apigw.CanarySettings{}, AccessLogSettings: &apigw.AccessLogSettings{},
			TracingEnabled: new(true), ClientCertificateId: new("c"), WebAclArn: new("arn"),
			MethodSettings: map[string]apigw.MethodSetting{
				"*/*":      {ThrottlingRateLimit: new(1.0), CachingEnabled: new(true), LoggingLevel: new("INFO"), MetricsEnabled: new(true)},
				"pets/GET": {ThrottlingRateLimit: new(10000.0), ThrottlingBurstLimit: new(int32(5000)), LoggingLevel: new("OFF")},
				"none/GET": {ThrottlingRateLimit: new(9999.0)},
			},
		}, uri + "nothing maps the placeholder {id}: requests are answered with 500\n" +
			"warning: api1/v1 webAclArn: web ACLs are not supported: no request is filtered\n" +
			"warning: api1/v1 accessLogSettings: a destination and a format are both needed: nothing is logged\n" +
			"warning: api1/v1 methodSettings[*/*].cachingEnabled: the stage has no cache cluster: responses are not cached\n" +
			"warning: api1/v1 methodSettings[none/GET]: the deployment has no such method: the settings have no effect\n"},
		{"access log", apigw.Stage{
			Variables: map[string]string{"host": "h"},
			AccessLogSettings: &apigw.AccessLogSettings{
				DestinationArn: new("arn:aws:logs:us-east-1:111122223333:log-group:access:*"), Format: new("$context.requestId $context.nothing.such $context.status."),
			},
		}, uri + "nothing maps the placeholder {id}: requests are answered with 500\n" +
			"warning: api1/v1 accessLogSettings.format: $context.nothing.such is no variable of access logs: it is logged as -\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.stage.StageName = new("v1")
			_, found := plan.Bind(p, &tt.stage)
			if diff := cmp.Diff(tt.want, printDiagnostics(found)); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}
}

// A deployment of 1,000 methods, each with three templates.
func BenchmarkCompile(b *testing.B) {
	a := &snapshot.API{RestAPI: apigw.RestApi{Id: new("api1")}, DeploymentID: "dep1"}
	for i := range 1000 {
		template := func(text string) map[string]*string {
			return map[string]*string{"application/json": new(text + strings.Repeat("\n#if($input.path('$.a') == 1)$input.json('$.b')#end", 5) + "\n" + strconv.Itoa(i))}
		}
		a.Resources = append(a.Resources, snapshot.Resource{Path: "/things" + strconv.Itoa(i) + "/{id}", Methods: map[string]apigw.Method{"GET": {
			MethodIntegration: &apigw.Integration{
				Type: new(apigw.IntegrationTypeHttp), Uri: new("http://${stageVariables.host}/{id}"), RequestTemplates: template("request"),
				RequestParameters: map[string]string{"integration.request.path.id": "method.request.path.id"},
				IntegrationResponses: map[string]apigw.IntegrationResponse{
					"200": {ResponseTemplates: template("fine")}, "400": {SelectionPattern: new(`4\d{2}`), ResponseTemplates: template("not")},
				},
			},
			MethodResponses: map[string]apigw.MethodResponse{"200": {}, "400": {}},
		}}})
	}
	b.ReportAllocs()
	for b.Loop() {
		p, found := plan.Compile(a)
		if len(found) > 0 {
			b.Fatal(found[0])
		}
		plan.Bind(p, &apigw.Stage{StageName: new("v1"), Variables: map[string]string{"host": "h"}})
	}
}
