package gateway_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/gateway"
)

// The policies of the tests' principals.
const (
	allowAll    = `{"Version": "2012-10-17", "Statement": {"Sid": "All", "Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}}`
	denyAll     = `{"Version": "2012-10-17", "Statement": {"Sid": "None", "Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}}`
	ownAccount  = "111122223333" // of the world's API
	testService = "execute-api"
)

// principals are those of the tests: of the API's account but guest and stranger.
var principals = []iam.Principal{
	{AccessKeyID: "AKIDALLOWED", SecretAccessKey: "s1", ARN: "arn:aws:iam::111122223333:user/ops/ann", ID: "AIDAANN", OrganizationID: "o-1", Policies: []string{allowAll}},
	{AccessKeyID: "AKIDSILENT", SecretAccessKey: "s2", ARN: "arn:aws:iam::111122223333:user/bob"},
	{AccessKeyID: "AKIDDENIED", SecretAccessKey: "s3", ARN: "arn:aws:iam::111122223333:user/eve", Policies: []string{allowAll, denyAll}},
	{AccessKeyID: "AKIDROOT", SecretAccessKey: "s4", ARN: "arn:aws:iam::111122223333:root"},
	{AccessKeyID: "AKIDGUEST", SecretAccessKey: "s5", ARN: "arn:aws:iam::444455556666:user/guest", Policies: []string{allowAll}},
	{AccessKeyID: "AKIDSTRANGER", SecretAccessKey: "s6", ARN: "arn:aws:iam::444455556666:user/stranger"},
	{AccessKeyID: "ASIAJOB", SecretAccessKey: "s7", SessionToken: "t/+=", ARN: "arn:aws:iam::111122223333:role/Caller", SessionName: "job-1", ID: "AROAX", Policies: []string{allowAll}},
	{AccessKeyID: "ASIASTALE", SecretAccessKey: "s8", SessionToken: "t", Expires: arrival.Add(-time.Second), ARN: "arn:aws:iam::111122223333:role/Caller"},
}

// index returns the tests' principals.
func index(t testing.TB) *iam.Index {
	t.Helper()
	x, err := iam.NewIndex(principals)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// signing says how a request is signed.
type signing struct {
	key, service, region string
	at                   time.Time
	presigned            bool
	headers              map[string]string
	body                 string
}

// signed returns the text of a request that the SDK has signed.
func signed(t testing.TB, method, target string, s signing) string {
	t.Helper()
	if s.service == "" {
		s.service = testService
	}
	if s.region == "" {
		s.region = "us-east-1"
	}
	if s.at.IsZero() {
		s.at = arrival
	}
	credentials := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: "unknown"}
	for _, p := range principals {
		if p.AccessKeyID == s.key {
			credentials.SecretAccessKey, credentials.SessionToken = p.SecretAccessKey, p.SessionToken
		}
	}
	r, err := http.NewRequest(method, "http://api1.execute-api.localhost:8080"+target, strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range s.headers {
		r.Header.Set(name, value)
	}
	sum := sha256.Sum256([]byte(s.body))
	hash := hex.EncodeToString(sum[:])
	if s.presigned {
		uri, headers, err := v4.NewSigner().PresignHTTP(context.Background(), credentials, r, hash, s.service, s.region, s.at)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		return requestText(method+" "+u.RequestURI(), headers, s.body)
	}
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hash, s.service, s.region, s.at); err != nil {
		t.Fatal(err)
	}
	if s.body != "" {
		r.Header.Set("Content-Length", strconv.Itoa(len(s.body)))
	}
	return requestText(method+" "+r.URL.RequestURI(), r.Header, s.body)
}

// requestText returns the text of a request.
func requestText(line string, headers http.Header, body string) string {
	var b strings.Builder
	b.WriteString(line + "\n")
	for name := range headers {
		if name != "Host" {
			fmt.Fprintf(&b, "%s: %s\n", name, headers.Get(name))
		}
	}
	return b.String() + "\n" + body
}

// signedWorld returns a world whose method GET or POST /pets/{id} is for signers.
func signedWorld(body, resourcePolicy string) *world {
	m := mockMethod(body)
	m.AuthorizationType = new("AWS_IAM")
	w := newWorld().method("ANY", "/pets/{id}", m)
	if resourcePolicy != "" {
		w.api.RestAPI.Policy = &resourcePolicy
	}
	return w
}

func (w *world) openFor(t testing.TB, x *iam.Index) *gateway.Gateway {
	gw := w.open(t)
	gw.SetPrincipals(x)
	return gw
}

// denied is the answer to somebody who may not call GET /pets/7.
func denied(who, end string) string {
	return errorAnswer("403", "AccessDeniedException",
		`{"Message":"User: `+who+` is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********3333:api1/v1/GET/pets/7`+end+`"}`)
}

const (
	byIdentity = " with an explicit deny in an identity-based policy"
	byResource = " with an explicit deny in a resource-based policy"
	silent     = " because no resource-based policy allows the execute-api:Invoke action"
	okAnswer   = "200\nContent-Type: application/json\n\nok"
)

// resourcePolicy returns a policy of one statement about everybody.
func resourcePolicy(effect, principal string) string {
	return `{"Version": "2012-10-17", "Statement": [{"Effect": "` + effect + `", "Principal": ` + principal +
		`, "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:us-east-1:111122223333:api1/v1/GET/pets/*"}]}`
}

// TestSignedTables: the documented tables, for callers of the API's account and of another.
//
// AWS: How API Gateway resource policies affect authorization workflow (tables A and B).
func TestSignedTables(t *testing.T) {
	const ann, bob, eve = "arn:aws:iam::111122223333:user/ops/ann", "arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:user/eve"
	const guest, stranger = "arn:aws:iam::444455556666:user/guest", "arn:aws:iam::444455556666:user/stranger"
	allow, deny := resourcePolicy("Allow", `"*"`), resourcePolicy("Deny", `"*"`)
	other := resourcePolicy("Allow", `{"AWS": "arn:aws:iam::999999999999:user/x"}`)
	account := resourcePolicy("Allow", `{"AWS": ["111122223333", "444455556666"]}`)
	tests := []struct{ name, key, policy, want string }{
		{"allow, none", "AKIDALLOWED", "", okAnswer},
		{"allow, allow", "AKIDALLOWED", allow, okAnswer},
		{"allow, silent", "AKIDALLOWED", other, okAnswer},
		{"allow, deny", "AKIDALLOWED", deny, denied(ann, byResource)},
		{"silent, none", "AKIDSILENT", "", denied(bob, "")},
		{"silent, allow", "AKIDSILENT", allow, okAnswer},
		{"silent, silent", "AKIDSILENT", other, denied(bob, "")},
		{"silent, deny", "AKIDSILENT", deny, denied(bob, byResource)},
		{"silent, the account", "AKIDSILENT", account, denied(bob, "")},
		{"deny, none", "AKIDDENIED", "", denied(eve, byIdentity)},
		{"deny, allow", "AKIDDENIED", allow, denied(eve, byIdentity)},
		{"deny, silent", "AKIDDENIED", other, denied(eve, byIdentity)},
		{"deny, deny", "AKIDDENIED", deny, denied(eve, byIdentity)},
		{"root, none", "AKIDROOT", "", okAnswer},
		{"root, deny", "AKIDROOT", deny, denied("arn:aws:iam::111122223333:root", byResource)},

		{"other account: allow, none", "AKIDGUEST", "", denied(guest, silent)},
		{"other account: allow, allow", "AKIDGUEST", allow, okAnswer},
		{"other account: allow, silent", "AKIDGUEST", other, denied(guest, silent)},
		{"other account: allow, deny", "AKIDGUEST", deny, denied(guest, byResource)},
		{"other account: allow, the account", "AKIDGUEST", account, okAnswer},
		{"other account: silent, allow", "AKIDSTRANGER", allow, denied(stranger, "")},
		{"other account: silent, silent", "AKIDSTRANGER", other, denied(stranger, "")},
		{"other account: silent, deny", "AKIDSTRANGER", deny, denied(stranger, byResource)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gw := signedWorld("ok", tt.policy).openFor(t, index(t))
			if diff := cmp.Diff(tt.want, serve(gw, signed(t, "GET", "/v1/pets/7", signing{key: tt.key}))); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSignedForms: what the SDK signs is accepted in all forms, with whatever the path and the query hold.
func TestSignedForms(t *testing.T) {
	gw := signedWorld("ok", "").openFor(t, index(t))
	for _, target := range []string{"/v1/pets/7", "/v1/pets/a%2Fb%20c", "/v1/pets/7?b=2&a=%2F+%20~%C3%A9&a=1&empty&x=y%3Dz", "/v1/pets/7/", "/v1/pets/$:@"} {
		for _, presigned := range []bool{false, true} {
			for _, key := range []string{"AKIDALLOWED", "ASIAJOB"} {
				text := signed(t, "POST", target, signing{key: key, presigned: presigned, body: `{"a": 1}`, headers: map[string]string{"X-Custom": " a   b "}})
				if got := serve(gw, text); got != okAnswer {
					t.Errorf("%s by %s, presigned %v: got %s", target, key, presigned, got)
				}
			}
		}
	}
}

// TestSignatureRefused: the answers to requests that are not signed as they should be.
//
// Observed: conformance/iam_failures.txtar.
func TestSignatureRefused(t *testing.T) {
	gw := signedWorld("ok", "").openFor(t, index(t))
	const target = "/v1/pets/7?a=1"
	sign := func(s signing) string { return signed(t, "GET", target, s) }
	change := func(old, with string) string {
		text := sign(signing{key: "ASIAJOB", headers: map[string]string{"X-Custom": "abc"}})
		changed := strings.Replace(text, old, with, 1)
		if changed == text {
			t.Fatalf("there is no %q in\n%s", old, text)
		}
		return changed
	}
	mismatch := errorAnswer("403", "InvalidSignatureException", `{"message":"The request signature we calculated does not match the signature you provided. `+
		`Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`)
	invalid := func(message string) string {
		return errorAnswer("403", "InvalidSignatureException", `{"message":"`+message+`"}`)
	}
	unknown := errorAnswer("403", "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`)
	tests := []struct{ name, request, want string }{
		{"unsigned", "GET " + target + "\n\n", missingTokenAnswer},
		{"unknown key", sign(signing{key: "AKIDNOBODY"}), unknown},
		{"no token", change("X-Amz-Security-Token: t/+=", "X-Other: x"), unknown},
		{"another token", change("t/+=", "t/+-"), unknown},
		{"expired token", sign(signing{key: "ASIASTALE"}), errorAnswer("403", "ExpiredTokenException", `{"message":"The security token included in the request is expired"}`)},
		{"another service", sign(signing{key: "AKIDALLOWED", service: "apigateway"}), invalid("Credential should be scoped to correct service: 'execute-api'.")},
		{"another region", sign(signing{key: "AKIDALLOWED", region: "eu-west-1"}), invalid("Credential should be scoped to a valid region.")},
		{"old", sign(signing{key: "AKIDALLOWED", at: arrival.Add(-301 * time.Second)}),
			invalid("Signature expired: 20261122T104057Z is now earlier than 20261122T104058Z (20261122T104558Z - 5 min.)")},
		{"just not too old", sign(signing{key: "AKIDALLOWED", at: arrival.Add(-300 * time.Second)}), okAnswer},
		{"early", sign(signing{key: "AKIDALLOWED", at: arrival.Add(301 * time.Second)}),
			invalid("Signature not yet current: 20261122T105059Z is still later than 20261122T105058Z (20261122T104558Z + 5 min.)")},
		{"just not too early", sign(signing{key: "AKIDALLOWED", at: arrival.Add(300 * time.Second)}), okAnswer},
		{"verb", change("GET ", "PUT "), mismatch},
		{"path", change("/pets/7", "/pets/8"), mismatch},
		{"query", change("a=1", "a=2"), mismatch},
		{"more query", change("a=1", "a=1&b=2"), mismatch},
		{"header", change("X-Custom: abc", "X-Custom: abd"), mismatch},
		{"date", change("X-Amz-Date: 20261122T104558Z", "X-Amz-Date: 20261122T104557Z"), mismatch},
		{"host", change("GET "+target+"\n", "GET "+target+"\nHost: api1.execute-api.example.test\n"), mismatch},
		{"body", change("\n\n", "\n\nx"), mismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, serve(gw, tt.request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSignedIdentity: what templates see of the caller.
func TestSignedIdentity(t *testing.T) {
	const template = "$context.identity.accessKey $context.identity.accountId $context.identity.caller $context.identity.user " +
		"$context.identity.userArn $context.identity.principalOrgId"
	tests := []struct{ key, want string }{
		{"AKIDALLOWED", "AKIDALLOWED 111122223333 AIDAANN AIDAANN arn:aws:iam::111122223333:user/ops/ann o-1"},
		{"ASIAJOB", "ASIAJOB 111122223333 AROAX:job-1 AROAX:job-1 arn:aws:sts::111122223333:assumed-role/Caller/job-1 "},
		{"AKIDROOT", "AKIDROOT 111122223333 111122223333 111122223333 arn:aws:iam::111122223333:root "},
	}
	gw := signedWorld(template, "").openFor(t, index(t))
	for _, tt := range tests {
		got := serve(gw, signed(t, "GET", "/v1/pets/7", signing{key: tt.key}))
		if want := "200\nContent-Type: application/json\n\n" + tt.want; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestNoPrincipals: without any, a method for signers is closed to all.
func TestNoPrincipals(t *testing.T) {
	got := serve(signedWorld("ok", "").open(t), signed(t, "GET", "/v1/pets/7", signing{key: "AKIDALLOWED"}))
	want := errorAnswer("403", "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

// TestSignedToNothing: only who signs learns that there is no such method.
func TestSignedToNothing(t *testing.T) {
	gw := signedWorld("ok", "").openFor(t, index(t))
	want := errorAnswer("404", "NotFoundException", `{"message":"No method found matching route nope/x for http method GET."}`)
	if diff := cmp.Diff(want, serve(gw, signed(t, "GET", "/v1/nope/x", signing{key: "AKIDSTRANGER"}))); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

// TestResourcePolicyAlone: a policy on an API without authorization must allow; nobody gets around a
// denial by writing the path in another way.
func TestResourcePolicyAlone(t *testing.T) {
	allow, deny := resourcePolicy("Allow", `"*"`), strings.Replace(resourcePolicy("Deny", `"*"`), "pets/*", "pets/7", 1)
	both := strings.Replace(allow, `}]}`, `}, {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:execute-api:*:*:*/pets/7"}]}`, 1)
	agent := `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
		"Condition": {"StringLike": {"aws:UserAgent": "curl/*"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}}`
	anonymous := func(path, end string) string { return strings.Replace(denied("anonymous", end), "pets/7", path, 1) }
	tests := []struct{ name, policy, request, want string }{
		{"allow", allow, "GET /v1/pets/7\n\n", okAnswer},
		{"silent", allow, "PUT /v1/pets/7\n\n", strings.Replace(denied("anonymous", silent), "GET", "PUT", 1)},
		{"deny", deny, "GET /v1/pets/7\n\n", denied("anonymous", byResource)},
		{"deny before allow", both, "GET /v1/pets/7\n\n", denied("anonymous", byResource)},
		{"another path", both, "GET /v1/pets/8\n\n", okAnswer},
		{"escaped", both, "GET /v1/pets/%37\n\n", anonymous("pets/%37", byResource)},
		{"with a slash at the end", both, "GET /v1/pets/7/\n\n", anonymous("pets/7/", byResource)},
		{"condition", agent, "GET /v1/pets/7\nUser-Agent: curl/8\n\n", okAnswer},
		{"condition that fails", agent, "GET /v1/pets/7\nUser-Agent: wget\n\n", denied("anonymous", silent)},
		{"a key that is absent", agent, "GET /v1/pets/7\n\n", denied("anonymous", silent)},
		{"no method", deny, "GET /v1/nope\n\n", missingTokenAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().method("ANY", "/pets/{id}", mockMethod("ok"))
			w.api.RestAPI.Policy = &tt.policy
			if diff := cmp.Diff(tt.want, serve(w.open(t), tt.request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func BenchmarkServeSigned(b *testing.B) {
	gw := signedWorld("ok", resourcePolicy("Allow", `"*"`)).openFor(b, index(b))
	text := signed(b, "GET", "/v1/pets/7", signing{key: "AKIDALLOWED"})
	b.ReportAllocs()
	for b.Loop() {
		x := gateway.Acquire()
		fill(x, text)
		gw.Serve(context.Background(), x)
		x.Release()
	}
}

func BenchmarkServeResourcePolicy(b *testing.B) {
	policy := resourcePolicy("Allow", `"*"`)
	w := newWorld().method("ANY", "/pets/{id}", mockMethod("ok"))
	w.api.RestAPI.Policy = &policy
	gw := w.open(b)
	b.ReportAllocs()
	for b.Loop() {
		x := gateway.Acquire()
		fill(x, "GET /v1/pets/7\n\n")
		gw.Serve(context.Background(), x)
		x.Release()
	}
}
