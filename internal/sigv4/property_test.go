package sigv4_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"testing"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// Whatever the SDK signs and sends is verified, in either form; with another body it is not.
func TestVerifyWhatTheSDKSends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "body")
		r := drawRequest(t, body)
		id := rapid.SampledFrom([]string{"AKIDLONG", "ASIATEMP"}).Draw(t, "key")
		var err error
		if rapid.Bool().Draw(t, "presigned") {
			r.Header = http.Header{}
			var uri string
			uri, _, err = v4.NewSigner().PresignHTTP(context.Background(), credentials(id), r, hashOf(string(body)), "apigateway", "eu-west-1", signedAt)
			if err == nil {
				r.URL, err = url.Parse(uri)
			}
		} else {
			err = v4.NewSigner().SignHTTP(context.Background(), credentials(id), r, hashOf(string(body)), "apigateway", "eu-west-1", signedAt)
		}
		if err != nil {
			t.Fatal(err)
		}
		received, got := overTheWire(t, r)
		if _, err := verifier(signedAt).Verify(t.Context(), sigv4.FromHTTP(received, got)); err != nil {
			t.Fatalf("%s %s: %v", received.Method, received.RequestURI, err)
		}
		got[0] ^= 1
		if _, err := verifier(signedAt).Verify(t.Context(), sigv4.FromHTTP(received, got)); err == nil {
			t.Fatalf("%s %s: another body is accepted", received.Method, received.RequestURI)
		}
	})
}

// drawRequest draws a request with unusual characters wherever they are lawful.
func drawRequest(t *rapid.T, body []byte) *http.Request {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("aZ09-_.~ +/%&=:;?#@!$'()*,[]é世")), 1, 6, -1)
	target := url.URL{Scheme: "http", Host: "localhost:4567"}
	for range rapid.IntRange(0, 3).Draw(t, "segments") {
		target = *target.JoinPath(url.PathEscape("x" + word.Draw(t, "segment")))
	}
	query := url.Values{}
	for range rapid.IntRange(0, 4).Draw(t, "parameters") {
		query.Add(word.Draw(t, "name"), rapid.OneOf(rapid.Just(""), word).Draw(t, "value"))
	}
	target.RawQuery = query.Encode()
	r, err := http.NewRequest(rapid.SampledFrom([]string{"PUT", "POST", "PATCH", "DELETE"}).Draw(t, "method"), target.String(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	value := rapid.StringMatching(`[a-z ,;="]{0,12}`)
	for _, name := range []string{"X-One", "x-two", "Content-Type"} {
		for range rapid.IntRange(0, 2).Draw(t, "repeats") {
			r.Header.Add(name, value.Draw(t, name))
		}
	}
	return r
}

// overTheWire returns the request and its body as a server reads them.
func overTheWire(t *rapid.T, r *http.Request) (*http.Request, []byte) {
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	received, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(received.Body)
	if err != nil {
		t.Fatal(err)
	}
	return received, body
}
