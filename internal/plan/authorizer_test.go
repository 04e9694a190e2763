package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

const authorizerURI = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"

// tokenAuthorizer returns a usable authorizer, changed.
func tokenAuthorizer(change func(*apigw.Authorizer)) apigw.Authorizer {
	z := apigw.Authorizer{
		Id: new("auth1"), Name: new("a"), Type: new(apigw.AuthorizerTypeToken), AuthorizerUri: new(authorizerURI),
		IdentitySource: new("method.request.header.Authorization"), AuthorizerResultTtlInSeconds: new(int32(300)),
	}
	if change != nil {
		change(&z)
	}
	return z
}

// withAuthorizer returns an API whose method has the authorizer.
func withAuthorizer(z apigw.Authorizer) *snapshot.API {
	return api(func(a *snapshot.API, m *apigw.Method, _ *apigw.Integration) {
		a.Authorizers = []apigw.Authorizer{z}
		m.AuthorizerId, m.AuthorizationType = z.Id, new("CUSTOM")
		if *z.Type == apigw.AuthorizerTypeCognitoUserPools {
			m.AuthorizationType = new("COGNITO_USER_POOLS")
		}
	})
}

func TestAuthorizerDiagnostics(t *testing.T) {
	tests := []struct {
		name   string
		change func(*apigw.Authorizer)
		want   string
		broken bool
	}{
		{"TOKEN", nil, "", false},
		{"REQUEST", func(z *apigw.Authorizer) {
			z.Type, z.IdentitySource = new(apigw.AuthorizerTypeRequest), new("method.request.header.a, method.request.querystring.b ,context.identity.sourceIp,stageVariables.v")
		}, "", false},
		{"REQUEST without sources", func(z *apigw.Authorizer) {
			z.Type, z.IdentitySource = new(apigw.AuthorizerTypeRequest), nil
		}, "warning: api1 authorizers[a].authorizerResultTtlInSeconds: no result is kept: the authorizer has no identity source\n", false},
		{"user pool", func(z *apigw.Authorizer) {
			z.Type, z.ProviderARNs = new(apigw.AuthorizerTypeCognitoUserPools), []string{"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"}
		}, "", false},
		{"no user pool", func(z *apigw.Authorizer) {
			z.Type, z.ProviderARNs = new(apigw.AuthorizerTypeCognitoUserPools), []string{"arn:aws:iam::123456789012:role/x"}
		}, "error: api1 authorizers[a].providerARNs: arn:aws:iam::123456789012:role/x is not the ARN of a user pool: its tokens are refused\n" +
			"error: api1 authorizers[a].providerARNs: The authorizer has no user pool: requests that need the authorizer are answered with 500\n", true},
		{"TOKEN without a source", func(z *apigw.Authorizer) { z.IdentitySource = nil },
			"error: api1 authorizers[a].identitySource: The authorizer does not have one identity source: requests that need the authorizer are answered with 500\n", true},
		{"TOKEN in the query", func(z *apigw.Authorizer) { z.IdentitySource = new("method.request.querystring.a") },
			"error: api1 authorizers[a].identitySource: Invalid identity source method.request.querystring.a: requests that need the authorizer are answered with 500\n" +
				"error: api1 authorizers[a].identitySource: The authorizer does not have one identity source: requests that need the authorizer are answered with 500\n", true},
		{"pattern", func(z *apigw.Authorizer) { z.IdentityValidationExpression = new("(") },
			"error: api1 authorizers[a].identityValidationExpression: Invalid identity validation expression: ...", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, found := plan.Compile(withAuthorizer(tokenAuthorizer(tt.change)))
			got := printDiagnostics(found)
			if cut := len(tt.want) - len("..."); cut > 0 && tt.want[cut:] == "..." && len(got) > cut {
				got = got[:cut] + "..."
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
			a := p.Methods[0].Authorization.Authorizer
			if a == nil || (a.Broken != "") != tt.broken {
				t.Errorf("got the authorizer %+v, want it to be broken: %v", a, tt.broken)
			}
		})
	}
}

// A method needs an authorizer of its own type.
func TestAuthorizerOfAnotherType(t *testing.T) {
	for kind, z := range map[string]apigw.Authorizer{
		"COGNITO_USER_POOLS": tokenAuthorizer(nil),
		"CUSTOM": tokenAuthorizer(func(z *apigw.Authorizer) {
			z.Type, z.ProviderARNs = new(apigw.AuthorizerTypeCognitoUserPools), []string{"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"}
		}),
	} {
		snap := withAuthorizer(z)
		m := snap.Resources[0].Methods["GET"]
		m.AuthorizationType = &kind
		snap.Resources[0].Methods["GET"] = m
		if p, _ := plan.Compile(snap); p.Methods[0].Authorization.Authorizer != nil {
			t.Errorf("%s: got an authorizer of another type", kind)
		}
	}
}

func TestAuthorizerTTL(t *testing.T) {
	for seconds, want := range map[int32]time.Duration{-1: 0, 0: 0, 7: 7 * time.Second, 3600: time.Hour, 9999: time.Hour} {
		p, _ := plan.Compile(withAuthorizer(tokenAuthorizer(func(z *apigw.Authorizer) { z.AuthorizerResultTtlInSeconds = &seconds })))
		if got := p.Authorizers[0].TTL; got != want {
			t.Errorf("%d s: got %v, want %v", seconds, got, want)
		}
	}
	p, _ := plan.Compile(withAuthorizer(tokenAuthorizer(func(z *apigw.Authorizer) { z.AuthorizerResultTtlInSeconds = nil })))
	if got := p.Authorizers[0].TTL; got != 5*time.Minute {
		t.Errorf("not given: got %v, want 5m", got)
	}
}

// The function of an authorizer, with the stage's variables in their places.
func TestAuthorizerFunction(t *testing.T) {
	const prefix, suffix = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/", "/invocations"
	tests := []struct{ name, uri, want string }{
		{"function", authorizerURI, "/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"},
		{"alias in a variable", prefix + "arn:aws:lambda:eu-west-1:123456789012:function:f:${stageVariables.alias}" + suffix,
			"/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f:live/invocations"},
		{"two slashes", "arn:aws:apigateway:eu-west-1:lambda:path//2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations",
			"/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"},
		{"variable that is not set", prefix + "arn:aws:lambda:eu-west-1:123456789012:function:${stageVariables.none}" + suffix, ""},
		{"another service", "arn:aws:apigateway:eu-west-1:sqs:path/x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			snap := withAuthorizer(tokenAuthorizer(func(z *apigw.Authorizer) {
				z.AuthorizerUri, z.AuthorizerCredentials = &tt.uri, new("arn:aws:iam::123456789012:role/${stageVariables.alias}")
			}))
			snap.AccountID, snap.Region, snap.Partition = "123456789012", "eu-west-1", "aws"
			p, _ := plan.Compile(snap)
			stage, found := plan.Bind(p, &apigw.Stage{StageName: new("v1"), Variables: map[string]string{"alias": "live"}})
			f := stage.AuthorizerFunction(p.Authorizers[0])
			if f == nil {
				if tt.want != "" || len(found) != 1 {
					t.Errorf("got no function and %v, want %s", found, tt.want)
				}
				return
			}
			const source, role = "arn:aws:execute-api:eu-west-1:123456789012:api1/authorizers/auth1", "arn:aws:iam::123456789012:role/live"
			if f.Path != tt.want || f.SourceARN != source || f.Service.Credentials != role || f.Service.Name != "lambda" {
				t.Errorf("got %+v, want %s", f, tt.want)
			}
		})
	}
}
