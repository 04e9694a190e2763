package server

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"

	"github.com/sluice-gateway/sluice/internal/authorize/iam"
)

// policyOf returns a policy of one statement.
func policyOf(effect, action, resource string) string {
	return `{"Version": "2012-10-17", "Statement": [{"Effect": "` + effect + `", "Action": "` + action + `", "Resource": "` + resource + `"}]}`
}

// operators are principals who may do this and that in the control plane.
func operators() []iam.Principal {
	user := func(account, name string, policies ...string) iam.Principal {
		return iam.Principal{AccessKeyID: "AKID" + strings.ToUpper(name), SecretAccessKey: "secret of " + name, ARN: "arn:aws:iam::" + account + ":user/" + name, Policies: policies}
	}
	const here, other = "000000000000", "444455556666"
	read := policyOf("Allow", "apigateway:GET", "arn:aws:apigateway:*::/restapis*")
	job := user(here, "job", policyOf("Allow", "apigateway:*", "*"))
	job.ARN, job.SessionName, job.SessionToken = "arn:aws:iam::"+here+":role/ops/deployer", "job-1", "token/+="
	stale := job
	stale.AccessKeyID, stale.Expires = "AKIDSTALE", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	root := user(other, "root")
	root.ARN = "arn:aws:iam::" + other + ":root"
	return []iam.Principal{
		user(here, "reader", read), user(here, "nobody"), user(here, "writer", policyOf("Allow", "*", "*"), policyOf("Deny", "apigateway:DELETE", "arn:aws:apigateway:*::/restapis/*")),
		user(here, "creator", policyOf("Allow", "apigateway:POST", "*")), user(other, "guest", policyOf("Allow", "apigateway:*", "*")), job, stale, root,
	}
}

// as returns a client with the credentials of a principal.
func as(t *testing.T, s *Server, name string) *apigateway.Client {
	t.Helper()
	for _, p := range operators() {
		if p.AccessKeyID == "AKID"+strings.ToUpper(name) {
			return signedBy(s, p.AccessKeyID, p.SecretAccessKey, p.SessionToken)
		}
	}
	t.Fatalf("nobody is called %s", name)
	return nil
}

// signedBy returns a client with credentials.
func signedBy(s *Server, key, secret, token string) *apigateway.Client {
	return apigateway.New(apigateway.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(s.ControlURL()), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
	})
}

// wantRefusal checks type and message of a refusal; the type "" is none.
func wantRefusal(t *testing.T, what string, err error, kind, message string) {
	t.Helper()
	refused, ok := errors.AsType[smithy.APIError](err)
	switch {
	case kind == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case kind != "" && (!ok || refused.ErrorCode() != kind || message != "" && refused.ErrorMessage() != message):
		t.Errorf("%s: got %v, want %s %s", what, err, kind, message)
	}
}

// TestPrincipalsCallOperations: the policies of principals decide over calls of the control plane, the access keys of
// accounts may do everything.
func TestPrincipalsCallOperations(t *testing.T) {
	config := testConfig()
	config.Auth, config.Principals = Verify, operators()
	var log bytes.Buffer
	config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	s, stop := start(t, config)
	ctx, key := t.Context(), s.FirstKey()
	root := signedBy(s, key.ID, key.Secret, "")
	api, err := root.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("one"), Tags: map[string]string{"k": "v"}})
	wantRefusal(t, "the access key creates", err, "", "")

	const who = "User: arn:aws:iam::000000000000:user/"
	const noPolicy = " because no identity-based policy allows the apigateway:"
	reader := as(t, s, "reader")
	_, err = reader.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: api.Id})
	wantRefusal(t, "the reader reads", err, "", "")
	_, err = reader.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("two")})
	wantRefusal(t, "the reader writes", err, "AccessDeniedException",
		who+"reader is not authorized to perform: apigateway:POST on resource: arn:aws:apigateway:us-east-1::/restapis"+noPolicy+"POST action")
	_, err = reader.UpdateAccount(ctx, &apigateway.UpdateAccountInput{PatchOperations: []types.PatchOperation{{Op: types.OpReplace, Path: aws.String("/nothing")}}})
	wantRefusal(t, "the reader patches", err, "AccessDeniedException",
		who+"reader is not authorized to perform: apigateway:PATCH on resource: arn:aws:apigateway:us-east-1::/account"+noPolicy+"PATCH action")
	_, err = as(t, s, "nobody").GetRestApis(ctx, &apigateway.GetRestApisInput{})
	wantRefusal(t, "somebody without policies", err, "AccessDeniedException",
		who+"nobody is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis"+noPolicy+"GET action")
	_, err = as(t, s, "writer").DeleteRestApi(ctx, &apigateway.DeleteRestApiInput{RestApiId: api.Id})
	wantRefusal(t, "an explicit denial", err, "AccessDeniedException",
		who+"writer is not authorized to perform: apigateway:DELETE on resource: arn:aws:apigateway:us-east-1::/restapis/"+*api.Id+" with an explicit deny in an identity-based policy")

	creator := as(t, s, "creator")
	_, err = creator.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: aws.String("a")})
	wantRefusal(t, "a key without tags", err, "", "")
	_, err = creator.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: aws.String("a"), Tags: map[string]string{"k": "v"}})
	wantRefusal(t, "a key with tags", err, "AccessDeniedException", who+"creator is not authorized to perform: apigateway:PUT on resource: "+
		"arn:aws:apigateway:us-east-1::/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapikeys%2F*"+noPolicy+"PUT action")
	_, err = as(t, s, "writer").CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: aws.String("a"), Tags: map[string]string{"k": "v"}})
	wantRefusal(t, "a key with tags of who may", err, "", "")

	_, err = as(t, s, "job").CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("three")})
	wantRefusal(t, "a session", err, "", "")
	for token, kind := range map[string]string{"": "UnrecognizedClientException", "other": "UnrecognizedClientException"} {
		_, err = signedBy(s, "AKIDJOB", "secret of job", token).GetRestApis(ctx, &apigateway.GetRestApisInput{})
		wantRefusal(t, "a session with the token "+token, err, kind, "The security token included in the request is invalid.")
	}
	_, err = signedBy(s, key.ID, key.Secret, "token").GetRestApis(ctx, &apigateway.GetRestApisInput{})
	wantRefusal(t, "the access key with a token", err, "UnrecognizedClientException", "")
	_, err = as(t, s, "stale").GetRestApis(ctx, &apigateway.GetRestApisInput{})
	wantRefusal(t, "a session that is over", err, "ExpiredTokenException", "")
	_, err = signedBy(s, "AKIDREADER", "wrong", "").GetRestApis(ctx, &apigateway.GetRestApisInput{})
	wantRefusal(t, "a wrong secret", err, "InvalidSignatureException", "")

	for _, name := range []string{"guest", "root"} { // of another account
		if names := apiNames(t, as(t, s, name)); len(names) != 0 {
			t.Errorf("%s sees %v", name, names)
		}
	}
	createAPI(t, as(t, s, "root"), "theirs")
	if names := apiNames(t, reader); len(names) != 2 {
		t.Errorf("the reader sees %v", names)
	}
	stop()
	if want := "action=apigateway:DELETE resource=arn:aws:apigateway:us-east-1::/restapis/" + *api.Id + ` policy=2 decision="Deny by statement 1"`; !strings.Contains(log.String(), want) {
		t.Errorf("the log has no %s:\n%s", want, log.String())
	}
}

// TestOpenModeChecksNothing: where nothing is verified nobody has policies.
func TestOpenModeChecksNothing(t *testing.T) {
	config := testConfig()
	config.Principals = operators()
	s, _ := start(t, config)
	createAPI(t, as(t, s, "nobody"), "one")
	createAPI(t, signedBy(s, "AKIDREADER", "wrong", "wrong"), "two")
	if names := apiNames(t, as(t, s, "guest")); len(names) != 2 {
		t.Errorf("got %v: who signs counts for nothing, the account is the configured one", names)
	}
}

// TestStoredPrincipalsCallOperations: principals of the data directory are known after a start, and no longer after
// they are removed.
func TestStoredPrincipalsCallOperations(t *testing.T) {
	config := testConfig()
	config.Auth, config.Data = Verify, t.TempDir()
	change := func(change func(*Principals) error) {
		t.Helper()
		all, err := OpenPrincipals(config.Data)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(change(all), all.Close()); err != nil {
			t.Fatal(err)
		}
	}
	change(func(all *Principals) error { return all.Add(t.Context(), operators()[0]) })
	s, stop := start(t, config)
	_, err := as(t, s, "reader").GetRestApis(t.Context(), &apigateway.GetRestApisInput{})
	wantRefusal(t, "the reader", err, "", "")
	stop()
	change(func(all *Principals) error { return all.Remove(t.Context(), "AKIDREADER") })
	s, _ = start(t, config)
	_, err = as(t, s, "reader").GetRestApis(t.Context(), &apigateway.GetRestApisInput{})
	wantRefusal(t, "the reader who was removed", err, "UnrecognizedClientException", "")
}

// TestTestsKnowTheirCaller: who tests a method is the caller of the test.
func TestTestsKnowTheirCaller(t *testing.T) {
	config := testConfig()
	config.Auth, config.Principals = Verify, operators()
	s, _ := start(t, config)
	job := as(t, s, "job")
	api, err := job.ImportRestApi(t.Context(), &apigateway.ImportRestApiInput{Body: []byte(`{"openapi": "3.0.1", "info": {"title": "a"}, "paths": {"/": {"get": {
		"responses": {"200": {}}, "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
			"responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "$context.identity.userArn"}}}}}}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	test := apigateway.TestInvokeMethodInput{RestApiId: api.Id, ResourceId: api.RootResourceId, HttpMethod: aws.String("GET")}
	out, err := job.TestInvokeMethod(t.Context(), &test)
	if err != nil || aws.ToString(out.Body) != "arn:aws:sts::000000000000:assumed-role/deployer/job-1" {
		t.Errorf("got %v, %v", out, err)
	}
}

// TestUnknownConditionKeys: the log names the keys that no request has.
func TestUnknownConditionKeys(t *testing.T) {
	config := testConfig()
	config.Principals = []iam.Principal{{AccessKeyID: "AKIDANN", SecretAccessKey: "s", ARN: "arn:aws:iam::000000000000:user/ann", Policies: []string{
		`{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/a": "b", "aws:SourceArn": "x", "aws:username": "ann"}}}}`,
	}}}
	var log bytes.Buffer
	config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	_, stop := start(t, config)
	stop()
	text := log.String()
	if !strings.Contains(text, "policy=1 key=aws:SourceArn") || strings.Contains(text, "key=aws:RequestTag") || strings.Contains(text, "key=aws:username") {
		t.Errorf("got\n%s", text)
	}
}
