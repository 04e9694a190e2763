package sigv4_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// vectorLookup has the key of AWS's published examples.
type vectorLookup struct{}

func (vectorLookup) Credentials(context.Context, string) (sigv4.Credentials, error) {
	return sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, nil
}

// TestPublishedVectors: requests whose signatures AWS has published are accepted, and with another signature refused.
// Of the suite those are here that say something of verification for services other than S3.
//
// AWS: Signature Version 4 test suite; Create a signed AWS API request (the example ListUsers).
func TestPublishedVectors(t *testing.T) {
	const utf8 = "\u1234"
	type headers = map[string][]string
	tests := []struct {
		name, method, path, query, service string
		headers                            headers
		signed, body, signature            string
	}{
		{name: "get-vanilla", method: "GET", path: "/", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{name: "post-vanilla", method: "POST", path: "/", signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{name: "get-vanilla-query-order-key-case", method: "GET", path: "/", query: "Param2=value2&Param1=value1",
			signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{name: "get-vanilla-query-unreserved", method: "GET", path: "/",
			query:     "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
			signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
		{name: "get-vanilla-utf8-query", method: "GET", path: "/", query: utf8 + "=bar", signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		{name: "get-utf8", method: "GET", path: "/" + utf8, signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
		{name: "post-vanilla-query", method: "POST", path: "/", query: "Param1=value1", signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
		{name: "get-header-value-trim", method: "GET", path: "/", headers: headers{"My-Header1": {"value1"}, "My-Header2": {`"a   b   c"`}}, signed: "host;my-header1;my-header2;x-amz-date",
			signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
		{name: "get-header-key-duplicate", method: "GET", path: "/", headers: headers{"My-Header1": {"value2", "value2", "value1"}}, signed: "host;my-header1;x-amz-date",
			signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
		{name: "post-x-www-form-urlencoded", method: "POST", path: "/", headers: headers{"Content-Type": {"application/x-www-form-urlencoded"}},
			signed: "content-type;host;x-amz-date", body: "Param1=value1", signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		{name: "post-x-www-form-urlencoded-parameters", method: "POST", path: "/", headers: headers{"Content-Type": {"application/x-www-form-urlencoded; charset=utf8"}},
			signed: "content-type;host;x-amz-date", body: "Param1=value1", signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
		{name: "normalize-path/get-relative", method: "GET", path: "/example/..", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{name: "normalize-path/get-slashes", method: "GET", path: "//example//", signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
		{name: "ListUsers", method: "GET", path: "/", query: "Action=ListUsers&Version=2010-05-08", service: "iam",
			headers: headers{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, signed: "content-type;host;x-amz-date",
			signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service, host, signed := "service", "example.amazonaws.com", "host;x-amz-date"
			if tt.service != "" {
				service, host = tt.service, tt.service+".amazonaws.com"
			}
			if tt.signed != "" {
				signed = tt.signed
			}
			verify := func(signature string) error {
				h := http.Header{"X-Amz-Date": {"20150830T123600Z"}, "Authorization": {
					"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/" + service + "/aws4_request, SignedHeaders=" + signed + ", Signature=" + signature}}
				for name, values := range tt.headers {
					h[name] = values
				}
				v := &sigv4.Verifier{Lookup: vectorLookup{}, Service: service, Region: "us-east-1", Now: func() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) }}
				_, err := v.Verify(t.Context(), &sigv4.Request{Method: tt.method, Path: tt.path, RawQuery: tt.query, Host: host, Header: h, Body: []byte(tt.body)})
				return err
			}
			if err := verify(tt.signature); err != nil {
				t.Error(err)
			}
			if verify("0"+tt.signature[1:]) == nil && tt.signature[0] != '0' {
				t.Error("another signature is accepted")
			}
		})
	}
}
