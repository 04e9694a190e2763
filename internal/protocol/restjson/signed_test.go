package restjson_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// keyring is a Lookup of one key that fails for the key "broken".
type keyring struct{}

func (keyring) Credentials(_ context.Context, id string) (sigv4.Credentials, error) {
	switch id {
	case "known":
		return sigv4.Credentials{AccessKeyID: id, SecretAccessKey: "secret", AccountID: "111122223333"}, nil
	case "broken":
		return sigv4.Credentials{}, errors.New("the disk is gone")
	}
	return sigv4.Credentials{}, sigv4.ErrUnknownKey
}

// apiError is an error of the service as the SDK tells it.
type apiError interface {
	error
	ErrorCode() string
}

// The SDK, its paths with escapes included, is let in with the right key and refused with any other.
func TestSigned(t *testing.T) {
	var caller restjson.Caller
	m := newMux(restjson.Config{Authenticator: restjson.Signed{Verifier: &sigv4.Verifier{Lookup: keyring{}, Service: "apigateway"}}})
	restjson.Bind(m, apigw.TagResource, func(ctx context.Context, in *apigw.TagResourceRequest) (*apigw.Empty, error) {
		caller = restjson.CallerFrom(ctx)
		if in.ResourceArn != "arn:aws:apigateway:cn-north-1::/restapis/a b" {
			t.Errorf("ARN: got %q", in.ResourceArn)
		}
		return nil, nil
	})
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	tests := []struct{ key, secret, want string }{
		{"known", "secret", ""},
		{"known", "wrong", "InvalidSignatureException"},
		{"unknown", "secret", "UnrecognizedClientException"},
		{"broken", "secret", "InternalFailure"},
	}
	for _, tt := range tests {
		client := apigateway.New(apigateway.Options{
			BaseEndpoint: &server.URL, Region: "cn-north-1", Retryer: aws.NopRetryer{},
			Credentials: credentials.NewStaticCredentialsProvider(tt.key, tt.secret, ""),
		})
		_, err := client.TagResource(t.Context(), &apigateway.TagResourceInput{
			ResourceArn: new("arn:aws:apigateway:cn-north-1::/restapis/a b"), Tags: map[string]string{"k": "v"},
		})
		got := ""
		if e, ok := errors.AsType[apiError](err); ok {
			got = e.ErrorCode()
		} else if err != nil {
			t.Errorf("%s, %s: %v", tt.key, tt.secret, err)
		}
		if got != tt.want {
			t.Errorf("%s, %s: got %q, want %q", tt.key, tt.secret, got, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "disk") {
			t.Errorf("the client is told of our troubles: %v", err)
		}
	}
	want := restjson.Caller{AccountID: "111122223333", Region: "cn-north-1", Partition: "aws-cn", AccessKeyID: "known", OwnAccount: true}
	if caller != want {
		t.Errorf("caller: got %+v, want %+v", caller, want)
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a stranger is read")
	return 0, io.EOF
}

func TestStrangersAreRefusedUnread(t *testing.T) {
	m := newMux(restjson.Config{Authenticator: restjson.Signed{Verifier: &sigv4.Verifier{Lookup: keyring{}, Service: "apigateway"}}})
	for _, authorization := range []string{
		"", "Bearer x", "AWS4-HMAC-SHA256 Credential=unknown/20261122/eu-west-1/apigateway/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
	} {
		r := httptest.NewRequest("POST", "/restapis", unread{t})
		r.Header.Set("X-Amz-Date", "20261122T104558Z")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		if m.ServeHTTP(w, r); w.Code != 403 {
			t.Errorf("%q: got %d", authorization, w.Code)
		}
	}
}
