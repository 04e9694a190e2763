package gateway_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// TestExplain: for each refusal and each failure the operator learns the phase and the rule.
func TestExplain(t *testing.T) {
	allow := resourcePolicy("Allow", `"*"`)
	deny := strings.Replace(resourcePolicy("Deny", `"*"`), `"Effect"`, `"Sid": "Shut", "Effect"`, 1)
	tests := []struct {
		name    string
		change  func(w *world)
		request string
		phase   string
		reasons []string // "" is any
	}{
		{"no such host", nil, "GET /v1/pets/7\nHost: nope\n\n", "address", []string{"No API, stage or domain name has the address, or the stage is not served"}},
		{"no such method", nil, "GET /v1/nope\n\n", "method", []string{"The request is not signed, and it is to a method for callers who sign, or to none"}},
		{"silent resource policy", func(w *world) { w.api.RestAPI.Policy = &allow }, "PUT /v1/pets/7\n\n", "policies of caller and resource",
			[]string{"The resource policy: no statement applies"}},
		{"denial of the resource policy", func(w *world) { w.api.RestAPI.Policy = &deny }, "GET /v1/pets/7\n\n", "resource policy",
			[]string{"The resource policy: Deny by statement 1 (Shut)"}},
		{"unsigned", nil, "GET /v1/signed\n\n", "authorization", []string{"The request is not signed, and it is to a method for callers who sign, or to none"}},
		{"a caller without policy", nil, signed(t, "GET", "/v1/signed", signing{key: "AKIDSILENT"}), "policies of caller and resource",
			[]string{"No policy of arn:aws:iam::111122223333:user/bob allows the request; the API has no resource policy"}},
		{"a policy of the caller", nil, signed(t, "GET", "/v1/signed", signing{key: "AKIDDENIED"}), "policies of caller and resource",
			[]string{"Policy 2 of arn:aws:iam::111122223333:user/eve: Deny by statement 1 (None)"}},
		{"another account", nil, signed(t, "GET", "/v1/signed", signing{key: "AKIDGUEST"}), "policies of caller and resource",
			[]string{"The caller is of account 444455556666, so that the resource policy must allow, too; the API has no resource policy"}},
		{"validation", nil, "GET /v1/required\n\n", "request validation", nil},
		{"request template", nil, "GET /v1/template\n\n", "integration request", []string{""}},
		{"the back end", nil, "GET /v1/network\n\n", "integration", []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := explainedWorld()
			if tt.change != nil {
				tt.change(w)
			}
			var got *gateway.Explanation
			gw := w.openWith(t, gateway.Config{HTTP: w, Explain: func(e *gateway.Explanation) { got = e }})
			gw.SetPrincipals(index(t))
			x := gateway.Acquire()
			defer x.Release()
			fill(x, tt.request)
			gw.Serve(context.Background(), x)
			if got == nil {
				t.Fatalf("nothing is explained; the answer is\n%s", printResponse(&x.Response, false))
			}
			if got.Phase != tt.phase || got.Status != x.Response.Status {
				t.Errorf("got phase %q and status %d, want %q and %d", got.Phase, got.Status, tt.phase, x.Response.Status)
			}
			if len(tt.reasons) == 1 && tt.reasons[0] == "" {
				if len(got.Reasons) == 0 {
					t.Error("there is no reason")
				}
				return
			}
			if diff := cmp.Diff(tt.reasons, got.Reasons); diff != "" {
				t.Errorf("reasons differ (-want +got):\n%s", diff)
			}
		})
	}
}

// explainedWorld returns a world with a method for each way to fail.
func explainedWorld() *world {
	w := newWorld().method("ANY", "/pets/{id}", mockMethod("ok"))
	private, required, broken := mockMethod("ok"), mockMethod("ok"), mockMethod("ok")
	private.AuthorizationType = new("AWS_IAM")
	required.RequestValidatorId, required.RequestParameters = new("val"), map[string]bool{"method.request.querystring.q": true}
	broken.MethodIntegration.RequestTemplates = templates("application/json", "line one\n$util.urlDecode('%zz')")
	w.method("GET", "/signed", private).method("GET", "/required", required).method("GET", "/template", broken)
	w.method("GET", "/network", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", nil))
	w.api.RequestValidators = []apigw.RequestValidator{{Id: new("val"), ValidateRequestParameters: new(true)}}
	w.backend = func(*integration.Request, *integration.Response) error {
		return &integration.Error{Kind: integration.Network}
	}
	return w
}

// TestExplainIsSilent: what went well is not explained, and nothing secret is told.
func TestExplainIsSilent(t *testing.T) {
	w := explainedWorld()
	var told []*gateway.Explanation
	gw := w.openWith(t, gateway.Config{HTTP: w, Explain: func(e *gateway.Explanation) { told = append(told, e) }})
	serve(gw, "GET /v1/pets/7\n\n")
	if len(told) != 0 {
		t.Errorf("a success is explained: %+v", told[0])
	}
	serve(gw, "GET /v1/nope?secret=q\nAuthorization: Bearer secret\nX-API-Key: secret\n\nsecret")
	if len(told) != 1 || strings.Contains(strings.Join(append(told[0].Reasons, told[0].Path, told[0].Message), " "), "secret") {
		t.Errorf("got %+v", told)
	}
}
