package lambdaauth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/policy"
)

// document returns a policy of one statement.
func document(effect, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"` + effect + `","Resource":"` + resource + `"}]}`
}

func TestParseResult(t *testing.T) {
	allow := document("Allow", "*")
	tests := []struct{ name, in, want string }{
		{"the least", `{"principalId":"u","policyDocument":` + allow + `}`, `{"principalId":"u","integrationLatency":7}`},
		{"order is free", `{"policyDocument":` + allow + `,"principalId":"u"}`, `{"principalId":"u","integrationLatency":7}`},
		{"an empty principal", `{"principalId":"","policyDocument":` + allow + `}`, `{"principalId":"","integrationLatency":7}`},
		{"a principal that is a number", `{"principalId":7,"policyDocument":` + allow + `}`, `{"principalId":"7","integrationLatency":7}`},
		{"context", `{"principalId":"u","policyDocument":` + allow + `,"context":{"s":"v","n":1.50,"b":true,"f":false,"e":"","z":null}}`,
			`{"principalId":"u","s":"v","n":"1.50","b":"true","f":"false","e":"","integrationLatency":7}`},
		{"context can't replace what is ours", `{"principalId":"u","policyDocument":` + allow + `,"context":{"principalId":"x","integrationLatency":"y"}}`,
			`{"principalId":"u","integrationLatency":7}`},
		{"claims as text", `{"principalId":"u","policyDocument":` + allow + `,"context":{"claims":"{}"}}`, `{"principalId":"u","claims":"{}","integrationLatency":7}`},
		{"nulls", `{"principalId":"u","policyDocument":` + allow + `,"context":null,"usageIdentifierKey":null}`, `{"principalId":"u","integrationLatency":7}`},

		{"empty", ``, `Invalid JSON in response: 1:1: unexpected end of the text, want a value`},
		{"no JSON", `nope`, `Invalid JSON in response: 1:1: unexpected 'n', want a value`},
		{"null", `null`, `Invalid JSON in response: not an object`},
		{"text", `"Allow"`, `Invalid JSON in response: not an object`},
		{"list", `[]`, `Invalid JSON in response: not an object`},
		{"unknown member", `{"principalId":"u","policyDocument":` + allow + `,"isAuthorized":true}`,
			`Invalid JSON in response: Unrecognized field "isAuthorized" , not marked as ignorable`},
		{"error object", `{"errorType":"E","errorMessage":"no"}`, `Invalid JSON in response: Unrecognized field "errorType" , not marked as ignorable`},
		{"no principal", `{"policyDocument":` + allow + `}`, `Invalid JSON in response: principalId is missing`},
		{"principal null", `{"principalId":null,"policyDocument":` + allow + `}`, `Invalid JSON in response: principalId is missing`},
		{"principal is a list", `{"principalId":[],"policyDocument":` + allow + `}`, `Invalid JSON in response: principalId is not a string`},
		{"no policy", `{"principalId":"u"}`, `Could not parse policy: policyDocument is missing`},
		{"policy null", `{"principalId":"u","policyDocument":null}`, `Could not parse policy: policyDocument is missing`},
		{"policy as text", `{"principalId":"u","policyDocument":"{}"}`, `Could not parse policy: a policy is an object`},
		{"policy without statements", `{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[]}}`, `Could not parse policy: ...`},
		{"policy with a wrong effect", `{"principalId":"u","policyDocument":` + document("Perhaps", "*") + `}`, `Could not parse policy: Statement[0].Effect: ...`},
		{"long resource", `{"principalId":"u","policyDocument":` + document("Allow", "arn:"+strings.Repeat("a", 509)) + `}`,
			`Could not parse policy: a resource is longer than 512 characters: arn:...`},
		{"context is a list", `{"principalId":"u","policyDocument":` + allow + `,"context":[]}`, `Invalid JSON in response: context is not an object`},
		{"object in the context", `{"principalId":"u","policyDocument":` + allow + `,"context":{"a":{}}}`, `Invalid JSON in response: context.a is not a string`},
		{"list in the context", `{"principalId":"u","policyDocument":` + allow + `,"context":{"a":["x"]}}`, `Invalid JSON in response: context.a is not a string`},
		{"claims as an object", `{"principalId":"u","policyDocument":` + allow + `,"context":{"claims":{}}}`, `Invalid JSON in response: context.claims is not a string`},
		{"key is an object", `{"principalId":"u","policyDocument":` + allow + `,"usageIdentifierKey":{}}`, `Invalid JSON in response: usageIdentifierKey is not a string`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := lambdaauth.ParseResult([]byte(tt.in))
			got := fmt.Sprint(err)
			if err == nil {
				got = r.Authorizer(7 * time.Millisecond).String()
			}
			if prefix, cut := strings.CutSuffix(tt.want, "..."); got != tt.want && !(cut && strings.HasPrefix(got, prefix)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A result that is kept has no latency, and its policy is held against each request.
func TestResult(t *testing.T) {
	const get, put = "arn:aws:execute-api:eu-west-1:123456789012:api1/v1/GET/pets", "arn:aws:execute-api:eu-west-1:123456789012:api1/v1/PUT/pets"
	r, err := lambdaauth.ParseResult([]byte(`{"principalId":"u","policyDocument":` + document("Allow", get) + `,"context":{"a":"b"},"usageIdentifierKey":"k"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Authorizer(0).String(), `{"principalId":"u","a":"b","integrationLatency":0}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if r.UsageIdentifierKey != "k" || r.PolicyText != document("Allow", get) {
		t.Errorf("got the key %q and the policy %s", r.UsageIdentifierKey, r.PolicyText)
	}
	context := map[string]string{}
	for name, text := range r.Context {
		context[name] = text
	}
	if diff := cmp.Diff(map[string]string{"a": "b"}, context); diff != "" {
		t.Errorf("context differs (-want +got):\n%s", diff)
	}
	for arn, want := range map[string]policy.Effect{get: policy.Allow, put: policy.Silent} {
		if got := r.Policies[0].Evaluate(&policy.Request{Action: policy.ActionInvoke, Resource: arn}).Effect; got != want {
			t.Errorf("%s: got %v, want %v", arn, got, want)
		}
	}
}

// FuzzParseResult: whatever a function returns, it is a result or an error, and never a panic.
func FuzzParseResult(f *testing.F) {
	f.Add([]byte(`{"principalId":"u","policyDocument":` + document("Allow", "*") + `,"context":{"s":"v","n":1,"b":true}}`))
	f.Add([]byte(`{"errorMessage":"Unauthorized"}`))
	f.Add([]byte(`{"principalId":1,"policyDocument":{"Statement":{"Effect":"Deny","NotAction":["a"],"NotResource":"b","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := lambdaauth.ParseResult(text)
		if (r == nil) == (err == nil) {
			t.Fatalf("got %v and %v", r, err)
		}
		if err == nil {
			r.Authorizer(time.Millisecond)
			r.Policies[0].Evaluate(&policy.Request{Action: policy.ActionInvoke, Resource: "arn:aws:execute-api:r:1:a/s/GET/"})
		}
	})
}
