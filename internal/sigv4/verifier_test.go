package sigv4_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/sluice-gateway/sluice/internal/sigv4"
)

var signedAt = time.Date(2026, 11, 22, 10, 45, 58, 0, time.UTC)

// keys is a Lookup over a fixed set.
type keys map[string]sigv4.Credentials

func (k keys) Credentials(_ context.Context, id string) (sigv4.Credentials, error) {
	c, ok := k[id]
	if !ok {
		return c, sigv4.ErrUnknownKey
	}
	return c, nil
}

var known = keys{
	"AKIDLONG":  {AccessKeyID: "AKIDLONG", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", AccountID: "111122223333"},
	"ASIATEMP":  {AccessKeyID: "ASIATEMP", SecretAccessKey: "temporary", SessionToken: "token/+=", AccountID: "111122223333"},
	"ASIASTALE": {AccessKeyID: "ASIASTALE", SecretAccessKey: "stale", SessionToken: "t", Expires: signedAt.Add(-time.Second)},
}

func verifier(now time.Time) *sigv4.Verifier {
	return &sigv4.Verifier{Lookup: known, Service: "apigateway", Now: func() time.Time { return now }}
}

func credentials(id string) aws.Credentials {
	c := known[id]
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
}

func newRequest(t *testing.T, method, target, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://localhost:4567"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Spaces", "  a   b ")
	r.Header.Add("X-Twice", "1")
	r.Header.Add("X-Twice", "2")
	return r
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// sign signs with the SDK's own signer.
func sign(t *testing.T, r *http.Request, id, payloadHash string) {
	t.Helper()
	err := v4.NewSigner().SignHTTP(t.Context(), credentials(id), r, payloadHash, "apigateway", "eu-west-1", signedAt)
	if err != nil {
		t.Fatal(err)
	}
}

// verify verifies r as a server would see it.
func verify(v *sigv4.Verifier, r *http.Request) (sigv4.Identity, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return sigv4.Identity{}, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	return v.Verify(context.Background(), sigv4.FromHTTP(r, body))
}

var targets = []string{
	"/", "/restapis", "/restapis/abc/resources?embed=methods&limit=500",
	"/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fabc?tagKeys=a&tagKeys=B&tagKeys=",
	"/tags/arn:aws:apigateway:eu-west-1::/restapis/abc", "/domainnames/x/basepathmappings/%28none%29",
	"/a//b/./c", "/q?b=2&a=%2F+%20~é&a=1&empty&%C3%A9=x",
}

func TestVerifyHeaderForm(t *testing.T) {
	want := sigv4.Identity{AccessKeyID: "AKIDLONG", AccountID: "111122223333", Region: "eu-west-1"}
	for _, target := range targets {
		for _, body := range []string{"", `{"name":"pets"}`} {
			r := newRequest(t, "POST", target, body)
			sign(t, r, "AKIDLONG", hashOf(body))
			if got, err := verify(verifier(signedAt), r); err != nil || got != want {
				t.Errorf("%s with body %q: got %+v, %v", target, body, got, err)
			}
		}
	}
}

func TestVerifyPresigned(t *testing.T) {
	for _, id := range []string{"AKIDLONG", "ASIATEMP"} {
		for _, target := range targets {
			if _, err := verify(verifier(signedAt), presigned(t, id, target, "60")); err != nil {
				t.Errorf("%s %s: %v", id, target, err)
			}
		}
	}
}

// presigned returns a GET request signed in its query; expires may be empty.
func presigned(t *testing.T, id, target, expires string) *http.Request {
	t.Helper()
	r, err := http.NewRequest("GET", "http://localhost:4567"+target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if expires != "" {
		r.URL.RawQuery += "&X-Amz-Expires=" + expires
	}
	uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), credentials(id), r, hashOf(""), "apigateway", "eu-west-1", signedAt)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = http.NewRequest("GET", uri, http.NoBody); err != nil {
		t.Fatal(err)
	}
	return r
}

// A request in which anything that is signed was changed is refused.
func TestVerifyRefusesChanges(t *testing.T) {
	const body = `{"name":"pets"}`
	changes := map[string]func(*http.Request){
		"method":        func(r *http.Request) { r.Method = "PUT" },
		"path":          func(r *http.Request) { r.URL.Path = "/restapis/abd" },
		"path case":     func(r *http.Request) { r.URL.Path = "/restapis/ABC" },
		"query value":   func(r *http.Request) { r.URL.RawQuery = "mode=import&x=2" },
		"query added":   func(r *http.Request) { r.URL.RawQuery += "&y=1" },
		"query removed": func(r *http.Request) { r.URL.RawQuery = "mode=import" },
		"host":          func(r *http.Request) { r.Host = "localhost:4568" },
		"content type":  func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"header value":  func(r *http.Request) { r.Header.Set("X-Spaces", "a c") },
		"header order":  func(r *http.Request) { r.Header["X-Twice"] = []string{"2", "1"} },
		"header gone":   func(r *http.Request) { r.Header.Del("X-Twice") },
		"date":          func(r *http.Request) { r.Header.Set("X-Amz-Date", "20261122T104559Z") },
		"token":         func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "other") },
		"token gone":    func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") },
		"length":        func(r *http.Request) { r.ContentLength++ },
		"body":          func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"name":"pest"}`)) },
		"body unsigned": func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") },
		"signature": func(r *http.Request) {
			a := r.Header.Get("Authorization")
			flipped := map[byte]string{'0': "1"}[a[len(a)-1]]
			if flipped == "" {
				flipped = "0"
			}
			r.Header.Set("Authorization", a[:len(a)-1]+flipped)
		},
		"signature cut": func(r *http.Request) { cutAuthorization(r, 2) },
		"region":        func(r *http.Request) { replaceAuthorization(r, "/eu-west-1/", "/us-east-1/") },
		"key":           func(r *http.Request) { replaceAuthorization(r, "ASIATEMP", "AKIDLONG") },
		"signed header": func(r *http.Request) { replaceAuthorization(r, "x-spaces;", "") },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			r := newRequest(t, "POST", "/restapis/abc?mode=import&x=1", body)
			sign(t, r, "ASIATEMP", hashOf(body))
			if _, err := verify(verifier(signedAt), r); err != nil {
				t.Fatalf("unchanged: %v", err)
			}
			change(r)
			_, err := verify(verifier(signedAt), r)
			if _, refused := errors.AsType[*sigv4.Error](err); !refused {
				t.Errorf("changed: got %v, want a refusal", err)
			}
		})
	}
}

func cutAuthorization(r *http.Request, n int) {
	a := r.Header.Get("Authorization")
	r.Header.Set("Authorization", a[:len(a)-n])
}

func replaceAuthorization(r *http.Request, old, with string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
}

func TestVerifyPresignedRefusesChanges(t *testing.T) {
	r := presigned(t, "ASIATEMP", "/restapis?limit=5", "60")
	query := r.URL.Query()
	for name := range query {
		changed := url.Values{}
		for k, v := range query {
			changed[k] = v
		}
		changed.Set(name, query.Get(name)+"1")
		c := r.Clone(t.Context())
		c.URL.RawQuery = changed.Encode()
		_, err := verify(verifier(signedAt), c)
		if _, refused := errors.AsType[*sigv4.Error](err); !refused {
			t.Errorf("%s changed: got %v, want a refusal", name, err)
		}
	}
}

func TestVerifyUnsignedPayload(t *testing.T) {
	r := newRequest(t, "POST", "/restapis", "anything")
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	sign(t, r, "AKIDLONG", "UNSIGNED-PAYLOAD")
	r.Body = io.NopCloser(strings.NewReader("anythinG"))
	if _, err := verify(verifier(signedAt), r); err != nil {
		t.Errorf("another body of an unsigned payload: %v", err)
	}
	r.Header.Del("X-Amz-Content-Sha256")
	if _, err := verify(verifier(signedAt), r); err == nil {
		t.Error("the header that says so was removed: accepted")
	}
}

func TestVerifyTime(t *testing.T) {
	header := func(t *testing.T) *http.Request {
		r := newRequest(t, "GET", "/restapis", "")
		sign(t, r, "AKIDLONG", hashOf(""))
		return r
	}
	minute := func(t *testing.T) *http.Request { return presigned(t, "AKIDLONG", "/restapis", "60") }
	tests := []struct {
		name    string
		request func(*testing.T) *http.Request
		now     time.Duration
		want    string
	}{
		{"exact", header, 0, ""},
		{"five minutes late", header, 5 * time.Minute, ""},
		{"too late", header, 5*time.Minute + time.Second, "InvalidSignatureException: Signature expired: 20261122T104558Z is now earlier than 20261122T104559Z (20261122T105059Z - 5 min.)"},
		{"five minutes early", header, -5 * time.Minute, ""},
		{"too early", header, -5*time.Minute - time.Second, "InvalidSignatureException: Signature not yet current: 20261122T104558Z is still later than 20261122T104557Z (20261122T104057Z + 5 min.)"},
		{"presigned in its life", minute, time.Minute, ""},
		{"presigned expired", minute, time.Minute + time.Second, "InvalidSignatureException: Signature expired: 20261122T104558Z is now earlier than 20261122T104559Z (20261122T104659Z - 60 sec.)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := verify(verifier(signedAt.Add(tt.now)), tt.request(t))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestVerifyErrors(t *testing.T) {
	signed := func(id string, change func(*http.Request)) func(*testing.T) *http.Request {
		return func(t *testing.T) *http.Request {
			r := newRequest(t, "GET", "/restapis", "")
			sign(t, r, id, hashOf(""))
			change(r)
			return r
		}
	}
	plain := func(authorization string) func(*testing.T) *http.Request {
		return func(t *testing.T) *http.Request {
			r := newRequest(t, "GET", "/restapis", "")
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
			return r
		}
	}
	tests := []struct {
		name    string
		request func(*testing.T) *http.Request
		want    string
	}{
		{"nothing", plain(""), "MissingAuthenticationTokenException: Missing Authentication Token"},
		{"bearer", plain("Bearer abc"), "IncompleteSignatureException: Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='."},
		{"incomplete", plain("AWS4-HMAC-SHA256 x=y"), "IncompleteSignatureException: Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization="},
		{"unknown key", signed("AKIDLONG", func(r *http.Request) { replaceAuthorization(r, "AKIDLONG", "AKIDNONE") }), "UnrecognizedClientException: The security token included in the request is invalid."},
		{"token of another", signed("AKIDLONG", func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") }), "UnrecognizedClientException: The security token included in the request is invalid."},
		{"expired token", signed("ASIASTALE", func(*http.Request) {}), "ExpiredTokenException: The security token included in the request is expired"},
		{"mismatch", signed("AKIDLONG", func(r *http.Request) { r.Method = "PUT" }), "InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
		{"service", signed("AKIDLONG", func(r *http.Request) { replaceAuthorization(r, "/apigateway/", "/lambda/") }), "InvalidSignatureException: Credential should be scoped to correct service: 'apigateway'."},
		{"terminator", signed("AKIDLONG", func(r *http.Request) { replaceAuthorization(r, "/aws4_request", "/aws5_request") }), "InvalidSignatureException: Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."},
		{"scope date", signed("AKIDLONG", func(r *http.Request) { replaceAuthorization(r, "/20261122/", "/20261121/") }), "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261121' != '20261122', from '20261122T104558Z'."},
		{"host unsigned", signed("AKIDLONG", func(r *http.Request) { replaceAuthorization(r, "host;", "") }), "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"expires", func(t *testing.T) *http.Request { return presigned(t, "AKIDLONG", "/", "604801") }, "IncompleteSignatureException: X-Amz-Expires must be a number of seconds from 1 to 604800."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := verify(verifier(signedAt), tt.request(t))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// A path may be signed in normalised form, as boto3 does.
func TestVerifyNormalisedPath(t *testing.T) {
	signedRequest := newRequest(t, "GET", "/a/c/", "")
	sign(t, signedRequest, "AKIDLONG", hashOf(""))
	sent := newRequest(t, "GET", "/a//b/../c/", "")
	sent.Header = signedRequest.Header
	if _, err := verify(verifier(signedAt), sent); err != nil {
		t.Errorf("got %v", err)
	}
}

// The example of AWS's documentation of Signature Version 4 ("get-vanilla" of its test suite).
func TestVerifyVector(t *testing.T) {
	v := &sigv4.Verifier{
		Lookup:  keys{"AKIDEXAMPLE": {AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}},
		Service: "service",
		Now:     func() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) },
	}
	r := &sigv4.Request{Method: "GET", Path: "/", Host: "example.amazonaws.com", ContentLength: -1, Header: http.Header{
		"X-Amz-Date":    {"20150830T123600Z"},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	}}
	if _, err := v.Verify(t.Context(), r); err != nil {
		t.Error(err)
	}
}

// Whatever is sent, the parser answers with an error or a scope and does not panic.
func FuzzVerify(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=A/20261122/eu-west-1/apigateway/aws4_request, SignedHeaders=host, Signature=00", "a=b&c", "20261122T104558Z", "/x//y")
	f.Add("", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2FB&X-Amz-Signature=1&X-Amz-Date=x&X-Amz-SignedHeaders=host", "", "")
	f.Add("AWS4-HMAC-SHA256 =,=,", "%zz", "-", "../%")
	f.Fuzz(func(t *testing.T, authorization, query, date, path string) {
		h := http.Header{"X-Amz-Date": {date}}
		if authorization != "" {
			h.Set("Authorization", authorization)
		}
		r := &sigv4.Request{Method: "GET", Path: path, RawQuery: query, Host: "h", Header: h}
		if _, err := verifier(signedAt).Verify(t.Context(), r); err == nil {
			t.Error("accepted")
		}
	})
}
