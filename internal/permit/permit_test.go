package permit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/permit"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

const account = "111122223333"

// now is when the calls of these tests are made.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a control plane whose callers say who they are.
type world struct {
	t       testing.TB
	mux     *restjson.Mux
	subject *permit.Subject // who calls; nil is the root user
	denied  *permit.Denied  // why the last call was refused
}

func newWorld(t testing.TB) *world {
	t.Helper()
	s := memstore.New()
	t.Cleanup(func() { _ = s.Close() })
	w := &world{t: t}
	checker := &permit.Checker{Store: s, Now: func() time.Time { return now }}
	w.mux = restjson.NewMux(restjson.Config{
		Log:           slog.New(slog.DiscardHandler),
		Authenticator: restjson.Open{AccountID: account, Region: "eu-west-1"},
		Permit: func(ctx context.Context, caller restjson.Caller, call *restjson.Call) error {
			w.denied = nil
			if w.subject == nil {
				return nil
			}
			err := checker.Check(ctx, w.subject, caller, call)
			w.denied, _ = errors.AsType[*permit.Denied](err)
			return err
		},
	})
	control.New(control.Config{Store: s, Clock: func() time.Time { return now }}).Bind(w.mux)
	return w
}

// as makes the calls that follow those of a user with policies: whole documents, or statements of one.
func (w *world) as(policies ...string) *world {
	w.t.Helper()
	w.subject = &permit.Subject{Principal: policy.Principal{AccountID: account, ARN: "arn:aws:iam::" + account + ":user/ann", Type: "User", Username: "ann"}}
	for _, text := range policies {
		if !strings.Contains(text, `"Statement"`) {
			text = `{"Version": "2012-10-17", "Statement": [` + text + `]}`
		}
		p, err := policy.Parse(text, policy.Identity)
		if err != nil {
			w.t.Fatal(err)
		}
		w.subject.Policies = append(w.subject.Policies, p)
	}
	return w
}

// asRoot makes the calls that follow those of the root user.
func (w *world) asRoot() *world {
	w.subject = nil
	return w
}

// call makes a call, given as "METHOD target body", and returns the status and the body of its answer.
func (w *world) call(line string) (int, string) {
	w.t.Helper()
	parts := append(strings.SplitN(line, " ", 3), "")
	r := httptest.NewRequest(parts[0], parts[1], strings.NewReader(parts[2]))
	r.RemoteAddr = "192.0.2.7:4711"
	r.Header.Set("User-Agent", "aws-cli/2")
	recorder := httptest.NewRecorder()
	w.mux.ServeHTTP(recorder, r)
	body, err := io.ReadAll(recorder.Result().Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return recorder.Code, string(body)
}

// make makes a call that must succeed and returns a member of its answer.
func (w *world) make(line, member string) string {
	w.t.Helper()
	status, body := w.call(line)
	var answer map[string]any
	if status >= http.StatusMultipleChoices || body != "" && json.Unmarshal([]byte(body), &answer) != nil {
		w.t.Fatalf("%s: got %d %s", line, status, body)
	}
	text, _ := answer[member].(string)
	return text
}

// api makes an API with tags, and a stage with others.
func (w *world) api(tags, stageTags string) string {
	w.t.Helper()
	w.asRoot()
	id := w.make(`POST /restapis {"name": "a", "tags": `+tags+`}`, "id")
	root := w.make("GET /restapis/"+id, "rootResourceId")
	w.make(`PUT /restapis/`+id+`/resources/`+root+`/methods/GET {"authorizationType": "NONE"}`, "")
	w.make(`PUT /restapis/`+id+`/resources/`+root+`/methods/GET/integration {"type": "MOCK"}`, "")
	deployment := w.make(`POST /restapis/`+id+`/deployments {}`, "id")
	w.make(`POST /restapis/`+id+`/stages {"stageName": "dev", "deploymentId": "`+deployment+`", "tags": `+stageTags+`}`, "")
	return id
}

func allow(action, resource string) string { return statement("Allow", action, resource, "") }
func deny(action, resource string) string  { return statement("Deny", action, resource, "") }

func statement(effect, action, resource, condition string) string {
	if condition != "" {
		condition = `, "Condition": ` + condition
	}
	return fmt.Sprintf(`{"Effect": %q, "Action": %q, "Resource": %q%s}`, effect, action, resource, condition)
}

// TestMessages: the texts of refusals, as clients of the service have published them.
func TestMessages(t *testing.T) {
	w := newWorld(t)
	const begin = `{"Message":"User: arn:aws:iam::111122223333:user/ann is not authorized to perform: `
	tests := []struct {
		name, request string
		policies      []string
		want          string
	}{
		{"no policy", "GET /restapis/i70jxru6md", nil,
			`apigateway:GET on resource: arn:aws:apigateway:eu-west-1::/restapis/i70jxru6md because no identity-based policy allows the apigateway:GET action"}`},
		{"another action", "PATCH /account", []string{allow("apigateway:GET", "*")},
			`apigateway:PATCH on resource: arn:aws:apigateway:eu-west-1::/account because no identity-based policy allows the apigateway:PATCH action"}`},
		{"denied explicitly", "GET /apikeys", []string{allow("*", "*"), deny("apigateway:*", "arn:aws:apigateway:*::/apikeys*")},
			`apigateway:GET on resource: arn:aws:apigateway:eu-west-1::/apikeys with an explicit deny in an identity-based policy"}`},
		{"tags", `POST /restapis {"name": "a", "tags": {"k": "v"}}`, []string{allow("apigateway:POST", "*")},
			`apigateway:PUT on resource: arn:aws:apigateway:eu-west-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2F* ` +
				`because no identity-based policy allows the apigateway:PUT action"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := w.as(tt.policies...).call(tt.request)
			if status != http.StatusForbidden || body != begin+tt.want {
				t.Errorf("got %d %s\nwant %s", status, body, begin+tt.want)
			}
		})
	}
}

var refusal = regexp.MustCompile(`perform: (\S+) on resource: (\S+) because no`)

// needs returns the permissions that a call needs, in their order: each that is missing is given until none is.
func (w *world) needs(request string) (needs []string) {
	w.t.Helper()
	var statements []string
	for range 10 {
		policies := []string{}
		if len(statements) > 0 {
			policies = append(policies, strings.Join(statements, ", "))
		}
		status, body := w.as(policies...).call(request)
		missing := refusal.FindStringSubmatch(body)
		if status != http.StatusForbidden || missing == nil {
			return needs
		}
		needs = append(needs, missing[1]+" "+missing[2])
		statements = append(statements, allow(missing[1], missing[2]))
	}
	w.t.Fatalf("%s: what is given is not enough: %s", request, needs)
	return nil
}

// TestNeeds: the action and resource of operations of every family, and what is needed besides.
//
// AWS: Actions, resources, and condition keys for Amazon API Gateway Management (API operations, resource types).
func TestNeeds(t *testing.T) {
	w := newWorld(t)
	w.asRoot().make(`POST /domainnames {"domainName": "tls.example.com", "endpointConfiguration": {"types": ["REGIONAL"]}, "securityPolicy": "TLS_1_2", `+
		`"regionalCertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/c", "mutualTlsAuthentication": {"truststoreUri": "s3://bucket/t.pem"}}`, "")
	const (
		at   = "arn:aws:apigateway:eu-west-1::"
		own  = "arn:aws:apigateway:eu-west-1:111122223333:"
		role = "arn:aws:iam::111122223333:role/r"
		// A document with a policy, and the same role twice.
		document = `{"openapi": "3.0.1", "info": {"title": "d"}, "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", ` +
			`"Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}, "paths": {"/a": {"get": {"x-amazon-apigateway-integration": {"type": "aws", "httpMethod": "POST", ` +
			`"credentials": "` + role + `", "uri": "arn:aws:apigateway:eu-west-1:sqs:path/q"}}, "put": {"x-amazon-apigateway-integration": {"type": "aws", ` +
			`"httpMethod": "POST", "credentials": "` + role + `", "uri": "arn:aws:apigateway:eu-west-1:sqs:path/q"}}}}}`
	)
	patch := func(path, value string) string {
		return fmt.Sprintf(`{"patchOperations": [{"op": "replace", "path": %q, "value": %q}]}`, path, value)
	}
	tests := []struct {
		request string
		want    []string
	}{
		{"GET /restapis", []string{"GET " + at + "/restapis"}},
		{`POST /restapis {"name": "a"}`, []string{"POST " + at + "/restapis"}},
		{`POST /restapis {"name": `, []string{"POST " + at + "/restapis"}},
		{`POST /restapis {"name": "a", "policy": "{}"}`, []string{"POST " + at + "/restapis", "UpdateRestApiPolicy " + at + "/restapis"}},
		{`POST /restapis {"name": "a", "cloneFrom": "abc"}`, []string{"POST " + at + "/restapis", "GET " + at + "/restapis/abc"}},
		{`POST /restapis?mode=import ` + document, []string{"POST " + at + "/restapis", "UpdateRestApiPolicy " + at + "/restapis", "iam:PassRole " + role}},
		{`PUT /restapis/abc ` + document, []string{"PUT " + at + "/restapis/abc", "UpdateRestApiPolicy " + at + "/restapis/abc", "iam:PassRole " + role}},
		{`PUT /restapis/abc {`, []string{"PUT " + at + "/restapis/abc"}},
		{"PATCH /restapis/abc " + patch("/policy", ""), []string{"PATCH " + at + "/restapis/abc", "UpdateRestApiPolicy " + at + "/restapis/abc"}},
		{"PATCH /restapis/abc " + patch("/name", "x"), []string{"PATCH " + at + "/restapis/abc"}},
		{"GET /restapis/abc/resources/r1?embed=methods", []string{"GET " + at + "/restapis/abc/resources/r1"}},
		{"GET /restapis/a%62c/resources/r%31", []string{"GET " + at + "/restapis/abc/resources/r1"}},
		{"GET /restapis/a%2Fstages%2Fb", []string{"GET " + at + "/restapis/a%2Fstages%2Fb"}},
		{"GET /restapis/a%25b", []string{"GET " + at + "/restapis/a%25b"}},
		{"POST /restapis/abc/resources/r1 {}", []string{"POST " + at + "/restapis/abc/resources/r1"}},
		{"PUT /restapis/abc/resources/r1/methods/ANY {}", []string{"PUT " + at + "/restapis/abc/resources/r1/methods/ANY"}},
		{"POST /restapis/abc/resources/r1/methods/GET {}", []string{"POST " + at + "/restapis/abc/resources/r1/methods/GET"}},
		{`PUT /restapis/abc/resources/r1/methods/GET/integration {"type": "AWS", "credentials": "` + role + `"}`,
			[]string{"PUT " + at + "/restapis/abc/resources/r1/methods/GET/integration", "iam:PassRole " + role}},
		{`PUT /restapis/abc/resources/r1/methods/GET/integration {"type": "AWS", "credentials": "arn:aws:iam::*:user/*"}`,
			[]string{"PUT " + at + "/restapis/abc/resources/r1/methods/GET/integration"}},
		{"PATCH /restapis/abc/resources/r1/methods/GET/integration " + patch("/credentials", role),
			[]string{"PATCH " + at + "/restapis/abc/resources/r1/methods/GET/integration", "iam:PassRole " + role}},
		{"DELETE /restapis/abc/resources/r1/methods/GET/integration/responses/200", []string{"DELETE " + at + "/restapis/abc/resources/r1/methods/GET/integration/responses/200"}},
		{`POST /restapis/abc/authorizers {"name": "a", "type": "TOKEN", "authorizerCredentials": "` + role + `"}`,
			[]string{"POST " + at + "/restapis/abc/authorizers", "iam:PassRole " + role}},
		{"PATCH /restapis/abc/authorizers/a1 " + patch("/authorizerCredentials", role), []string{"PATCH " + at + "/restapis/abc/authorizers/a1", "iam:PassRole " + role}},
		{`POST /restapis/abc/stages {"stageName": "dev", "deploymentId": "d", "tags": {"k": "v"}}`, []string{"POST " + at + "/restapis/abc/stages",
			"PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fabc%2Fstages%2F*"}},
		{"DELETE /restapis/abc/stages/dev/cache/data", []string{"DELETE " + at + "/restapis/abc/stages/dev/cache/data"}},
		{"GET /restapis/abc/stages/dev/exports/oas30", []string{"GET " + at + "/restapis/abc/stages/dev/exports/oas30"}},
		{"GET /restapis/abc/stages/dev/sdks/javascript", []string{"GET " + at + "/restapis/abc/stages/dev/sdks/javascript"}},
		{"PUT /restapis/abc/gatewayresponses/UNAUTHORIZED {}", []string{"PUT " + at + "/restapis/abc/gatewayresponses/UNAUTHORIZED"}},
		{"GET /restapis/abc/models/Pet/default_template", []string{"GET " + at + "/restapis/abc/models/Pet/default_template"}},
		{"PUT /restapis/abc/documentation/parts {}", []string{"PUT " + at + "/restapis/abc/documentation/parts"}},
		{"GET /account", []string{"GET " + at + "/account"}},
		{"PATCH /account " + patch("/cloudwatchRoleArn", role), []string{"PATCH " + at + "/account", "iam:PassRole " + role}},
		{`POST /apikeys {"tags": {"k": "v"}}`, []string{"POST " + at + "/apikeys", "PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fapikeys%2F*"}},
		{`POST /apikeys {"tags": {}}`, []string{"POST " + at + "/apikeys"}},
		{"POST /apikeys?mode=import&format=csv Name,Key", []string{"POST " + at + "/apikeys"}},
		{`POST /usageplans {"name": "a", "tags": {"k": "v"}}`, []string{"POST " + at + "/usageplans", "PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fusageplans%2F*"}},
		{"PATCH /usageplans/p1/keys/k1/usage {}", []string{"PATCH " + at + "/usageplans/p1/keys/k1/usage"}},
		{`POST /vpclinks {"name": "a", "targetArns": ["t"], "tags": {"k": "v"}}`, []string{"POST " + at + "/vpclinks", "PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fvpclinks%2F*"}},
		{`POST /clientcertificates {"tags": {"k": "v"}}`, []string{"POST " + at + "/clientcertificates", "PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fclientcertificates%2F*"}},
		{`POST /domainnames {"domainName": "a.example.com", "policy": "{}", "mutualTlsAuthentication": {"truststoreUri": "s3://bucket/t.pem"}, "tags": {"k": "v"}}`,
			[]string{"POST " + at + "/domainnames", "PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fdomainnames%2F*",
				"AddCertificateToDomain " + at + "/domainnames", "UpdateDomainNamePolicy " + at + "/domainnames"}},
		{"GET /domainnames/A.Example.com", []string{"GET " + at + "/domainnames/a.example.com"}},
		{"GET /domainnames/a.example.com?domainNameId=", []string{"GET " + at + "/domainnames/a.example.com"}},
		{"GET /domainnames/A.example.com?domainNameId=id1", []string{"GET " + own + "/domainnames/a.example.com+id1"}},
		{"GET /domainnames/a.example.com+id1", []string{"GET " + own + "/domainnames/a.example.com+id1"}},
		{"GET /domainnames/a.example.com/basepathmappings/%28none%29", []string{"GET " + at + "/domainnames/a.example.com/basepathmappings/(none)"}},
		{"GET /domainnames/a.example.com/basepathmappings/v1?domainNameId=id1", []string{"GET " + at + "/domainnames/a.example.com+id1/basepathmappings/v1"}},
		{"PATCH /domainnames/a.example.com " + patch("/mutualTlsAuthentication/truststoreUri", "s3://bucket/u.pem"),
			[]string{"PATCH " + at + "/domainnames/a.example.com", "AddCertificateToDomain " + at + "/domainnames/a.example.com"}},
		{"PATCH /domainnames/a.example.com " + patch("/mutualTlsAuthentication/truststoreUri", ""),
			[]string{"PATCH " + at + "/domainnames/a.example.com", "RemoveCertificateFromDomain " + at + "/domainnames/a.example.com"}},
		{"PATCH /domainnames/a.example.com?domainNameId=id1 " + patch("/managementPolicy", "{}"),
			[]string{"PATCH " + own + "/domainnames/a.example.com+id1", "UpdateDomainNameManagementPolicy " + own + "/domainnames/a.example.com+id1"}},
		{"PATCH /domainnames/a.example.com?domainNameId=id1 " + patch("/policy", "{}"),
			[]string{"PATCH " + own + "/domainnames/a.example.com+id1", "UpdateDomainNamePolicy " + own + "/domainnames/a.example.com+id1"}},
		{"DELETE /domainnames/a.example.com", []string{"DELETE " + at + "/domainnames/a.example.com"}},
		{"DELETE /domainnames/TLS.example.com", []string{"DELETE " + at + "/domainnames/tls.example.com", "RemoveCertificateFromDomain " + at + "/domainnames/tls.example.com"}},
		{"GET /domainnameaccessassociations", []string{"GET " + own + "/domainnameaccessassociations"}},
		{`POST /domainnameaccessassociations {"accessAssociationSource": "vpce-1", "accessAssociationSourceType": "VPCE", ` +
			`"domainNameArn": "arn:aws:apigateway:eu-west-1:444455556666:/domainnames/P.example.com+id1", "tags": {"k": "v"}}`,
			[]string{"POST " + own + "/domainnameaccessassociations", "PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A111122223333%3A%2Fdomainnameaccessassociations%2F*",
				"CreateAccessAssociation arn:aws:apigateway:eu-west-1:444455556666:/domainnames/p.example.com+id1"}},
		{"DELETE /domainnameaccessassociations/arn:aws-cn:apigateway:eu-west-1:111122223333:/domainnameaccessassociations/domainname/P.example.com+id1/vpcesource/vpce-1",
			[]string{"DELETE " + own + "/domainnameaccessassociations/domainname/p.example.com+id1/vpcesource/vpce-1"}},
		{"POST /rejectdomainnameaccessassociations?domainNameAccessAssociationArn=x&domainNameArn=arn:aws:apigateway:eu-west-1:111122223333:/domainnames/P.example.com%2Bid1",
			[]string{"RejectAccessAssociation " + own + "/domainnames/p.example.com+id1"}},
		{"GET /tags/arn:aws:apigateway:eu-west-1::/restapis/abc", []string{"GET " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fabc"}},
		{`PUT /tags/arn%3Aaws-cn%3Aapigateway%3Aeu-west-1%3A999999999999%3A%2Frestapis%2Fabc {"tags": {"k": "v"}}`,
			[]string{"PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fabc", "PATCH " + at + "/restapis/abc"}},
		{`PUT /tags/arn:aws:apigateway:eu-west-1::/domainnames/P.example.com+id1 {"tags": {"k": "v"}}`,
			[]string{"PUT " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A111122223333%3A%2Fdomainnames%2Fp.example.com%2Bid1", "PATCH " + own + "/domainnames/p.example.com+id1"}},
		{"DELETE /tags/arn:aws:apigateway:eu-west-1::/restapis/abc/stages/dev?tagKeys=k", []string{
			"DELETE " + at + "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fabc%2Fstages%2Fdev", "PATCH " + at + "/restapis/abc/stages/dev"}},
		{"DELETE /tags/nonsense?tagKeys=k", []string{"DELETE " + at + "/tags/nonsense"}},
	}
	for _, tt := range tests {
		for i, want := range tt.want {
			if !strings.HasPrefix(want, "iam:") {
				tt.want[i] = "apigateway:" + want
			}
		}
		if diff := cmp.Diff(tt.want, w.needs(tt.request)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.request, diff)
		}
	}
}
