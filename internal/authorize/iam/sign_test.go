package iam_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/header"
)

// sign signs a request with the SDK's signer.
func sign(t testing.TB, r *authorize.Request, p iam.Principal) *authorize.Request {
	t.Helper()
	signed, err := http.NewRequest(r.Method, "http://"+r.Host+r.Target, bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(r.Body)
	credentials := aws.Credentials{AccessKeyID: p.AccessKeyID, SecretAccessKey: p.SecretAccessKey, SessionToken: p.SessionToken}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, signed, hex.EncodeToString(sum[:]), iam.Service, r.Region, r.Received); err != nil {
		t.Fatal(err)
	}
	for name := range signed.Header {
		r.Headers.Add(name, signed.Header.Get(name))
	}
	return r
}

// FuzzVerify: whatever a client sends, it is refused with an answer that clients get, and accepted only with the
// signature of the key.
func FuzzVerify(f *testing.F) {
	const signature = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	f.Add("/", signature, "20150830T123600Z", "")
	f.Add("/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fexecute-api%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00&X-Amz-Expires=60", "", "", "")
	f.Add("/a%2Fb/../c//?a=%zz&b", "AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=;, Signature=zz", "Sun, 30 Aug 2015 12:36:00 GMT", "body")
	x := index(f, iam.Principal{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret, ARN: "arn:aws:iam::111122223333:user/ann"})
	f.Fuzz(func(t *testing.T, target, authorization, date, body string) {
		r := example()
		r.Target, r.Body = target, []byte(body)
		if authorization != "" {
			r.Headers = append(r.Headers, header.Field{Name: "Authorization", Value: authorization})
		}
		if date != "" {
			r.Headers = append(r.Headers, header.Field{Name: "X-Amz-Date", Value: date})
		}
		if _, err := x.Verify(t.Context(), r); err == nil {
			t.Fatalf("accepted: %s with %q", target, authorization)
		}
	})
}
