package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// object parses the text of an object.
func object(t *testing.T, text string) jsonvalue.Value {
	t.Helper()
	v, err := jsonvalue.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Each variable of the reference stands for what it says, and for a hyphen where nothing is known.
//
// AWS: Variables for access logging for API Gateway.
func TestAccessLogVariables(t *testing.T) {
	context := mapping.Context{
		AccountID: "111122223333", APIID: "api1", DeploymentID: "dep1", DomainName: "api1.example.com", DomainPrefix: "api1",
		ExtendedRequestID: "ext=", HTTPMethod: "GET", Path: "/dev/x", Protocol: "HTTP/1.1", RequestID: "req1", ResourceID: "res1",
		ResourcePath: "/x", Stage: "dev", IsCanaryRequest: "true", AWSEndpointRequestID: "aws1",
		RequestTime: time.Date(2026, 11, 22, 10, 45, 58, 250e6, time.UTC),
		Identity: mapping.Identity{
			AccessKey: "AKIA1", AccountID: "444455556666", APIKey: "key1", APIKeyID: "keyid1", Caller: "caller1",
			CognitoAuthenticationProvider: "provider1", CognitoAuthenticationType: "authenticated", CognitoIdentityID: "cid1", CognitoIdentityPoolID: "pool1",
			PrincipalOrgID: "o-1", SourceIP: "192.0.2.7", User: "user1", UserAgent: "agent1", UserARN: "arn:user1", VPCEndpointID: "vpce-1", VPCID: "vpc-1",
			ClientCert: object(t, `{"clientCertPem": "pem1", "subjectDN": "CN=s", "issuerDN": "CN=i", "serialNumber": "01", "validity": {"notBefore": "nb", "notAfter": "na"}}`),
		},
		Authorizer: object(t, `{"principalId": "p1", "number": 7, "claims": {"sub": "s1"}}`),
		Error:      mapping.Error{Message: "m1", MessageString: `"m1"`, ResponseType: "THROTTLED", ValidationErrorString: "v1"},
	}
	outcome := mapping.Outcome{
		Status: 201, ResponseLength: 5, ResponseLatency: 20 * time.Millisecond,
		IntegrationStatus: 202, IntegrationLatency: 10 * time.Millisecond, IntegrationError: "ie", InvokeStatus: 200,
		Streamed: true, TimeToAllHeaders: 11 * time.Millisecond, TimeToFirstContent: 12 * time.Millisecond,
		EndpointType: "REGIONAL", TraceID: "1-2-3", TLSVersion: "TLSv1.3", CipherSuite: "TLS_AES_128_GCM_SHA256",
		Admission: mapping.Admission{
			Authenticate: mapping.Step{Status: 200, Latency: time.Millisecond}, Authorize: mapping.Step{Status: 403, Error: "denied", Latency: 2 * time.Millisecond},
			Authorizer: mapping.Step{Status: 401, Error: "no", Latency: 3 * time.Millisecond}, AuthorizerIntegrationStatus: 200,
			AuthorizerIntegrationLatency: 4 * time.Millisecond, AuthorizerRequestID: "ar1", BasePathMatched: "base", RoutingRuleIDMatched: "rule",
		},
	}
	tests := []struct{ name, want string }{
		{"accountId", "111122223333"}, {"apiId", "api1"}, {"authorizer.claims.sub", "s1"}, {"authorizer.principalId", "p1"}, {"authorizer.number", "7"},
		{"awsEndpointRequestId", "aws1"}, {"deploymentId", "dep1"}, {"domainName", "api1.example.com"}, {"domainPrefix", "api1"},
		{"error.message", "m1"}, {"error.messageString", `"m1"`}, {"error.responseType", "THROTTLED"}, {"error.validationErrorString", "v1"},
		{"extendedRequestId", "ext="}, {"httpMethod", "GET"}, {"identity.accountId", "444455556666"}, {"identity.accessKey", "AKIA1"},
		{"identity.apiKey", "key1"}, {"identity.apiKeyId", "keyid1"}, {"identity.caller", "caller1"},
		{"identity.cognitoAuthenticationProvider", "provider1"}, {"identity.cognitoAuthenticationType", "authenticated"},
		{"identity.cognitoIdentityId", "cid1"}, {"identity.cognitoIdentityPoolId", "pool1"}, {"identity.principalOrgId", "o-1"},
		{"identity.sourceIp", "192.0.2.7"}, {"identity.clientCert.clientCertPem", "pem1"}, {"identity.clientCert.subjectDN", "CN=s"},
		{"identity.clientCert.issuerDN", "CN=i"}, {"identity.clientCert.serialNumber", "01"}, {"identity.clientCert.validity.notBefore", "nb"},
		{"identity.clientCert.validity.notAfter", "na"}, {"identity.user", "user1"}, {"identity.userAgent", "agent1"}, {"identity.userArn", "arn:user1"},
		{"identity.vpcId", "vpc-1"}, {"identity.vpceId", "vpce-1"}, {"isCanaryRequest", "true"}, {"path", "/dev/x"}, {"protocol", "HTTP/1.1"},
		{"requestId", "req1"}, {"requestTime", "22/Nov/2026:10:45:58 +0000"}, {"requestTimeEpoch", "1795344358250"}, {"resourceId", "res1"},
		{"resourcePath", "/x"}, {"stage", "dev"},
		{"authenticate.error", "-"}, {"authenticate.latency", "1"}, {"authenticate.status", "200"},
		{"authorize.error", "denied"}, {"authorize.latency", "2"}, {"authorize.status", "403"},
		{"authorizer.error", "no"}, {"authorizer.latency", "3"}, {"authorizer.status", "401"}, {"authorizer.integrationLatency", "4"},
		{"authorizer.integrationStatus", "200"}, {"authorizer.requestId", "ar1"},
		{"customDomain.basePathMatched", "base"}, {"customDomain.routingRuleIdMatched", "rule"}, {"endpointType", "REGIONAL"},
		{"integration.error", "ie"}, {"integrationErrorMessage", "ie"}, {"integration.integrationStatus", "200"}, {"integrationStatus", "200"},
		{"integration.latency", "10"}, {"integrationLatency", "10"}, {"integration.requestId", "aws1"}, {"integration.status", "202"},
		{"integration.responseTransferMode", "STREAMED"}, {"integration.timeToAllHeaders", "11"}, {"integration.timeToFirstContent", "12"},
		{"responseLatency", "20"}, {"responseLength", "5"}, {"status", "201"}, {"tlsVersion", "TLSv1.3"}, {"cipherSuite", "TLS_AES_128_GCM_SHA256"},
		{"xrayTraceId", "1-2-3"},
		// There are no web ACLs.
		{"wafResponseCode", "-"}, {"webaclArn", "-"}, {"waf.error", "-"}, {"waf.latency", "-"}, {"waf.status", "-"},
		// What templates would have put into the overrides.
		{"requestOverride.header.n", "-"}, {"requestOverride.path.n", "-"}, {"requestOverride.querystring.n", "-"},
		{"responseOverride.header.n", "-"}, {"responseOverride.status", "-"},
	}
	for _, tt := range tests {
		format, unknown := mapping.CompileAccessLog("$context." + tt.name)
		if len(unknown) > 0 {
			t.Errorf("%s is unknown", tt.name)
			continue
		}
		if got := string(format.Append(nil, &context, &outcome)); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.name, got, tt.want)
		}
		// responseLength and responseLatency of nothing are 0, and there is always a response.
		if strings.HasPrefix(tt.name, "response") && !strings.Contains(tt.name, "Override") {
			continue
		}
		if got := string(format.Append(nil, &mapping.Context{}, &mapping.Outcome{})); got != "-" {
			t.Errorf("%s of nothing is %s, want a hyphen", tt.name, got)
		}
	}
	// Maps do not print.
	for _, name := range []string{"none", "authorizer.claims", "authorizer", "identity.none", "identity.clientCert", "integration.none", "error"} {
		if _, unknown := mapping.CompileAccessLog("$context." + name); len(unknown) == 0 {
			t.Errorf("%s is known", name)
		}
	}
}

// A client's certificate is in templates and mappings, too.
func TestClientCertInTemplates(t *testing.T) {
	scope := mapping.Scope{Context: &mapping.Context{Identity: mapping.Identity{
		SourceIP:   "192.0.2.7",
		ClientCert: object(t, `{"subjectDN": "CN=s", "validity": {"notAfter": "na"}}`),
	}}}
	const text = `$context.identity.clientCert.subjectDN|$context.identity.clientCert.validity.notAfter|$context.identity.sourceIp|$context.identity.keySet().contains("clientCert")`
	template, err := mapping.CompileTemplate("t", text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := template.Render(nil, &scope)
	if want := "CN=s|na|192.0.2.7|true"; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
