package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

func TestConnection(t *testing.T) {
	tests := []struct {
		name        string
		integration apigw.Integration
		stage       apigw.Stage
		uri         string // as it is built
		want        plan.Connection
		found       string
	}{
		{"direct", apigw.Integration{Uri: new("https://h/p")}, apigw.Stage{}, "https://h/p", plan.Connection{}, ""},
		{"client certificate", apigw.Integration{Uri: new("https://h/p"), TlsConfig: &apigw.TlsConfig{InsecureSkipVerification: new(true)}},
			apigw.Stage{ClientCertificateId: new("c1")}, "https://h/p",
			plan.Connection{TLS: integration.TLS{InsecureSkipVerification: true, ClientCertificateID: "1/r/c1"}}, ""},
		{"mock", apigw.Integration{Type: new(apigw.IntegrationTypeMock)}, apigw.Stage{ClientCertificateId: new("c1")}, "", plan.Connection{}, ""},
		{"link", apigw.Integration{Uri: new("http://h/p"), ConnectionType: new(apigw.ConnectionTypeVpcLink), ConnectionId: new("l1")},
			apigw.Stage{}, "http://h/p", plan.Connection{Link: &integration.Link{AccountID: "1", Region: "r", ID: "l1"}}, ""},
		{"link by variable", apigw.Integration{Uri: new("http://h/p"), ConnectionType: new(apigw.ConnectionTypeVpcLink), ConnectionId: new("${stageVariables.link}")},
			apigw.Stage{Variables: map[string]string{"link": "l2"}}, "http://h/p", plan.Connection{Link: &integration.Link{AccountID: "1", Region: "r", ID: "l2"}}, ""},
		{"variable not set", apigw.Integration{Uri: new("http://h/p"), ConnectionType: new(apigw.ConnectionTypeVpcLink), ConnectionId: new("${stageVariables.link}")},
			apigw.Stage{}, "http://h/p", plan.Connection{Link: &integration.Link{AccountID: "1", Region: "r"}},
			"warning: api1/v1 GET / methodIntegration.connectionId: the stage variable that names the VPC link is not set: requests are answered with 500\n"},
		{"target, no scheme", apigw.Integration{Uri: new("h:8080/p"), ConnectionType: new(apigw.ConnectionTypeVpcLink), ConnectionId: new("l3"), IntegrationTarget: new("arn:t")},
			apigw.Stage{}, "http://h:8080/p", plan.Connection{Link: &integration.Link{AccountID: "1", Region: "r", ID: "l3", Target: "arn:t"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.integration.Type == nil {
				tt.integration.Type = new(apigw.IntegrationTypeHttpProxy)
			}
			p, found := plan.Compile(&snapshot.API{
				AccountID: "1", Region: "r", RestAPI: apigw.RestApi{Id: new("api1")},
				Resources: []snapshot.Resource{{Path: "/", Methods: map[string]apigw.Method{"GET": {HttpMethod: new("GET"), MethodIntegration: &tt.integration}}}},
			})
			tt.stage.StageName = new("v1")
			bound, more := plan.Bind(p, &tt.stage)
			if diff := cmp.Diff(tt.found, printDiagnostics(append(found, more...))); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			m := p.Methods[0]
			if diff := cmp.Diff(&tt.want, bound.Connection(m)); diff != "" {
				t.Errorf("connection (-want +got):\n%s", diff)
			}
			if tt.uri == "" {
				return
			}
			var uri integration.URI
			if ok := bound.URI(m).Build(&uri, nil); !ok || string(uri.Append(nil)) != tt.uri {
				t.Errorf("got URI %s, want %s", uri.Append(nil), tt.uri)
			}
		})
	}
}
