package gateway_test

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
)

func TestCompression(t *testing.T) {
	body := strings.Repeat("body ", 100)
	tests := []struct {
		name    string
		minimum *int32
		accept  string
		backend []string
		verb    string
		want    string // coding, "" for none
	}{
		{"off", nil, "gzip", nil, "GET", ""},
		{"gzip", new(int32(0)), "gzip", nil, "GET", "gzip"},
		{"deflate", new(int32(0)), "deflate", nil, "GET", "deflate"},
		{"case", new(int32(0)), "GZIP", nil, "GET", "gzip"},
		{"exactly the length", new(int32(500)), "gzip", nil, "GET", "gzip"},
		{"too short", new(int32(501)), "gzip", nil, "GET", ""},
		{"nothing accepted", new(int32(0)), "", nil, "GET", ""},
		{"anything accepted", new(int32(0)), "*", nil, "GET", ""},
		{"as browsers do", new(int32(0)), "gzip, deflate, br", nil, "GET", "gzip"},
		{"gzip first among equals", new(int32(0)), "br, deflate, gzip", nil, "GET", "gzip"},
		{"weights", new(int32(0)), "gzip;q=0.5, deflate;q=0.8", nil, "GET", "deflate"},
		{"another is preferred", new(int32(0)), "br;q=1, gzip;q=0.5", nil, "GET", ""},
		{"identity is preferred", new(int32(0)), "identity, gzip;q=0.5", nil, "GET", ""},
		{"refused", new(int32(0)), "gzip;q=0", nil, "GET", ""},
		{"a weight that is none", new(int32(0)), "gzip;q=x", nil, "GET", ""},
		{"coded already", new(int32(0)), "gzip", []string{"Content-Encoding: br"}, "GET", "br"},
		{"HEAD", new(int32(0)), "gzip", nil, "HEAD", "gzip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld().answer(200, body, tt.backend...).method("ANY", "/", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", nil))
			w.api.RestAPI.MinimumCompressionSize = tt.minimum
			x := gateway.Acquire()
			defer x.Release()
			fill(x, tt.verb+" /v1\nAccept-Encoding: "+tt.accept+"\n\n")
			w.open(t).Serve(t.Context(), x)
			got := x.Response.Headers.Get("Content-Encoding")
			if got != tt.want {
				t.Fatalf("coding: got %q, want %q", got, tt.want)
			}
			var r io.Reader = strings.NewReader(string(x.Response.Body))
			var err error
			switch {
			case tt.verb == "HEAD":
				return
			case got == "gzip":
				r, err = gzip.NewReader(r)
			case got == "deflate":
				r, err = zlib.NewReader(r)
			}
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(r); err != nil || string(text) != body {
				t.Errorf("body: got %q (%v)", text, err)
			}
		})
	}
}
