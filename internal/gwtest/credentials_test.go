package gwtest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// services is a server of AWS services: it gives sessions for roles and repeats who signed what else it is asked.
func services(t *testing.T) *httptest.Server {
	t.Helper()
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), "Action=AssumeRole") {
			key, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="), "/")
			_, _ = io.WriteString(w, key+" "+r.Header.Get("X-Amz-Security-Token"))
			return
		}
		_, _ = io.WriteString(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>`+
			`<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role</SecretAccessKey><SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>`+
			`</Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	}))
	t.Cleanup(fake.Close)
	return fake
}

// TestAssumedRole holds that the role of an integration is assumed and that its session signs; a stage variable may name it.
func TestAssumedRole(t *testing.T) {
	fake := services(t)
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) {
		c.Getenv = func(name string) string {
			return map[string]string{"AWS_ENDPOINT_URL": fake.URL, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}[name]
		}
	}})
	for credentials, want := range map[string]string{
		"arn:aws:iam::000000000000:role/r":                   "ASIAROLE session",
		"arn:aws:iam::000000000000:role/${stageVariables.r}": "ASIAROLE session",
		"": "AKIDEXAMPLE ",
	} {
		member := ""
		if credentials != "" {
			member = fmt.Sprintf(`"credentials": %q,`, credentials)
		}
		api, err := s.Deploy(document(`{"type": "aws", "httpMethod": "GET", `+member+` "uri": "arn:aws:apigateway:us-east-1:sqs:path/q", "responses": {"default": {"statusCode": "200"}}}`),
			"v1", `{"variables": {"r": "r"}}`)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := fetch(t, s, api, "/x"); status != 200 || body != want {
			t.Errorf("credentials %q: got %d, signed by %q, want %q", credentials, status, body, want)
		}
	}
}

// TestTrialKnowsItsCaller holds that a test of a method sees the access key of who makes it.
func TestTrialKnowsItsCaller(t *testing.T) {
	s := gwtest.Start(t, gwtest.Config{})
	api, err := s.Deploy(document(`{"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
		"responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "$context.identity.accessKey"}}}}`), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	client := apigateway.New(apigateway.Options{
		Region: s.Region, BaseEndpoint: &s.ControlURL, Credentials: credentials.NewStaticCredentialsProvider("AKIDTESTER", "secret", ""),
	})
	resources, err := client.GetResources(t.Context(), &apigateway.GetResourcesInput{RestApiId: &api})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range resources.Items {
		if aws.ToString(r.Path) != "/x" {
			continue
		}
		out, err := client.TestInvokeMethod(t.Context(), &apigateway.TestInvokeMethodInput{RestApiId: &api, ResourceId: r.Id, HttpMethod: aws.String("GET")})
		if err != nil || aws.ToString(out.Body) != "AKIDTESTER" {
			t.Errorf("got %v, error %v", out, err)
		}
		return
	}
	t.Error("no resource /x")
}
