package signing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// environment returns variables as a Getenv.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		if i := slices.Index(pairs, name); i >= 0 && i%2 == 0 {
			return pairs[i+1]
		}
		return ""
	}
}

var (
	testTime = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	testKeys = []string{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
)

// newTestSigner returns a signer with keys and these variables.
func newTestSigner(t testing.TB, variables ...string) *Signer {
	s := New(Config{Getenv: environment(append(slices.Clone(testKeys), variables...)...), Now: func() time.Time { return testTime }})
	t.Cleanup(s.Close)
	return s
}

// TestSignature compares with the SDK's own signer.
func TestSignature(t *testing.T) {
	tests := []struct {
		name, service, method, path, query, body, token string
		headers                                         header.List
	}{
		{name: "form", service: "sqs", method: "POST", path: "/000000000000/orders", body: "Action=SendMessage&MessageBody=a%20b",
			headers: header.List{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}},
		{name: "query", service: "sns", method: "POST", path: "/", query: "Action=Publish&Message=a%20b%2Bc&Message=A&Empty&TopicArn=arn%3Aaws"},
		{name: "plus is a blank", service: "sns", method: "GET", path: "/", query: "b=1+2&a=%7E~"},
		{name: "target and token", service: "dynamodb", method: "POST", path: "/", body: "{}", token: "token/==",
			headers: header.List{{Name: "x-amz-target", Value: "DynamoDB_20120810.PutItem"}, {Name: "Content-Type", Value: "application/x-amz-json-1.0"}}},
		{name: "blanks in a value", service: "kms", method: "POST", path: "/", headers: header.List{{Name: "X-Amz-Meta-A", Value: "  a   b "}}},
		{name: "path is escaped again", service: "lambda", method: "POST", path: "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations", body: "{}"},
		{name: "S3 key", service: "s3", method: "PUT", path: "/photos/a%20b/%C3%BC/c.png", body: "\x00\xff", headers: header.List{{Name: "Content-Type", Value: "image/png"}}},
		{name: "S3 list", service: "s3", method: "GET", path: "/photos", query: "list-type=2&prefix=a%2F"},
		{name: "signed for another name", service: "email", method: "POST", path: "/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			signer := newTestSigner(t, "AWS_SESSION_TOKEN", tt.token)
			req := &integration.Request{
				Method: tt.method, URI: integration.URI{Path: tt.path, Query: tt.query}, Body: []byte(tt.body), Timeout: time.Second,
				Headers: slices.Clone(tt.headers), Service: integration.Service{Name: tt.service, Partition: "aws", Region: "eu-west-1"},
			}
			if err := signer.Sign(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			name := map[string]string{"email": "ses"}[tt.service]
			if name == "" {
				name = tt.service
			}
			if got, want := req.Headers.Get("Authorization"), signatureOfSDK(t, req, name, tt.token); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if got := req.Headers.Get(headerToken); got != tt.token {
				t.Errorf("token %q, want %q", got, tt.token)
			}
		})
	}
}

// signatureOfSDK returns what the SDK writes into Authorization for the request that was signed.
func signatureOfSDK(t *testing.T, req *integration.Request, name, token string) string {
	t.Helper()
	r, err := http.NewRequest(req.Method, string(req.URI.Append(nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range req.Headers {
		if !strings.EqualFold(f.Name, "Authorization") {
			r.Header.Add(f.Name, f.Value)
		}
	}
	sum := sha256.Sum256(req.Body)
	keys := aws.Credentials{AccessKeyID: testKeys[1], SecretAccessKey: testKeys[3], SessionToken: token}
	err = v4.NewSigner().SignHTTP(context.Background(), keys, r, hex.EncodeToString(sum[:]), name, "eu-west-1", testTime, func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = name == "s3"
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Header.Get("Authorization")
}

// TestSignatureHeaders: the headers of a signature are the gateway's, whatever mappings have made.
func TestSignatureHeaders(t *testing.T) {
	req := &integration.Request{
		Method: "POST", URI: integration.URI{Path: "/a:b/{c"}, Timeout: time.Second,
		Service: integration.Service{Name: "sqs", Partition: "aws", Region: "eu-west-1"},
		Headers: header.List{
			{Name: "x-amz-date", Value: "19700101T000000Z"}, {Name: "x-amz-security-token", Value: "mine"},
			{Name: "authorization", Value: "Basic x"}, {Name: "x-amz-content-sha256", Value: "UNSIGNED-PAYLOAD"},
		},
	}
	if err := newTestSigner(t).Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if len(req.Headers) != 3 || req.Headers.Get(headerDate) != "20260304T050607Z" || len(req.Headers.Get(headerPayload)) != 64 || !strings.HasPrefix(req.Headers.Get("Authorization"), algorithm) {
		t.Errorf("headers %v", req.Headers)
	}
	if want := "/a%3Ab/%7Bc"; req.URI.Path != want {
		t.Errorf("path %s, want %s", req.URI.Path, want)
	}
}

func BenchmarkSign(b *testing.B) {
	signer := newTestSigner(b)
	body := []byte(strings.Repeat("x", 512))
	req := &integration.Request{}
	b.ReportAllocs()
	for b.Loop() {
		req.Reset()
		req.Method, req.URI.Path, req.URI.Query, req.Body, req.Timeout = "POST", "/000000000000/orders", "Action=SendMessage", body, time.Second
		req.Service = integration.Service{Name: "sqs", Partition: "aws", Region: "eu-west-1"}
		req.Headers.Add("Content-Type", "application/json")
		if err := signer.Sign(context.Background(), req); err != nil {
			b.Fatal(err)
		}
	}
}
