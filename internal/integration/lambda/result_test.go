package lambda_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration/lambda"
)

func TestParseResult(t *testing.T) {
	tests := []struct {
		text string
		want lambda.Result
	}{
		{`{"statusCode":200}`, lambda.Result{Status: 200}},
		{`{}`, lambda.Result{Status: 200}},
		{`{"headers":{"A":"1"}}`, lambda.Result{Status: 200, Headers: header.List{{Name: "A", Value: "1"}}}},
		{`{"statusCode":"201"}`, lambda.Result{Status: 201}},
		{`{"statusCode":599,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}`, lambda.Result{Status: 599}},
		{`{"headers":{"A":true,"B":1.50,"C":null,"D":""}}`,
			lambda.Result{Status: 200, Headers: header.List{{Name: "A", Value: "true"}, {Name: "B", Value: "1.50"}, {Name: "D", Value: ""}}}},
		{`{"body":17}`, lambda.Result{Status: 200, Body: "17"}},
		{`{"body":"a\u00e4\n","isBase64Encoded":true}`, lambda.Result{Status: 200, Body: "aä\n", Base64: true}},
		{`{"isBase64Encoded":"true"}`, lambda.Result{Status: 200, Base64: true}},
		{`{"statusCode":200,"headers":{"test-multi":"value-solo","B":"1"},"multiValueHeaders":{"tesT-Multi":["value-multi"],"C":["1","2"]}}`,
			lambda.Result{Status: 200, Headers: header.List{
				{Name: "tesT-Multi", Value: "value-multi"}, {Name: "tesT-Multi", Value: "value-solo"},
				{Name: "C", Value: "1"}, {Name: "C", Value: "2"}, {Name: "B", Value: "1"},
			}}},
		{`{"headers":{"Abc":"1","x":"0","aBC":"2"}}`,
			lambda.Result{Status: 200, Headers: header.List{{Name: "Abc", Value: "1"}, {Name: "Abc", Value: "2"}, {Name: "x", Value: "0"}}}},
		{"{\"statusCode\":201,\"cookies\":[\"a=1\"]}\x00\x00\x00\x00\x00\x00\x00\x00lost",
			lambda.Result{Status: 201, Headers: header.List{{Name: "Set-Cookie", Value: "a=1"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			var got lambda.Result
			if err := lambda.ParseResult([]byte(tt.text), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(lambda.Result{})); diff != "" {
				t.Errorf("result differs (-want +got):\n%s", diff)
			}
		})
	}
}

// One result is read after the other into the same memory; headers outlive that, and the text.
func TestParseResultAgain(t *testing.T) {
	var r lambda.Result
	first := []byte(`{"statusCode":201,"headers":{"A":"\u0031","B":"2"},"body":"\"first\"","isBase64Encoded":true}`)
	if err := lambda.ParseResult(first, &r); err != nil {
		t.Fatal(err)
	}
	if r.Body != `"first"` {
		t.Errorf("body %q", r.Body)
	}
	headers := slices.Clone(r.Headers)
	clear(first)
	r.Reset()
	if err := lambda.ParseResult([]byte(`{"headers":{"C":"\u0033"},"body":"\"other\""}`), &r); err != nil {
		t.Fatal(err)
	}
	want := lambda.Result{Status: 200, Headers: header.List{{Name: "C", Value: "3"}}, Body: `"other"`}
	if diff := cmp.Diff(want, r, cmpopts.IgnoreUnexported(lambda.Result{})); diff != "" {
		t.Errorf("second result differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(header.List{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}}, headers); diff != "" {
		t.Errorf("headers of the first differ (-want +got):\n%s", diff)
	}
}

func TestParseResultRefuses(t *testing.T) {
	for _, text := range []string{
		``, `null`, `"text"`, `17`, `true`, `[]`, `{`, `not JSON`, `{"statusCode":200}x`,
		`{"statusCode":"test"}`, `{"statusCode":""}`, `{"statusCode":20.5}`, `{"statusCode":99}`, `{"statusCode":600}`, `{"statusCode":-200}`,
		`{"statusCode":100}`, `{"statusCode":99999999999999999999}`, `{"statusCode":true}`, `{"statusCode":{}}`,
		`{"statusCode":200,"wrongValue":1}`, `{"cookies":[]}`, `{"errorMessage":"x","errorType":"y"}`,
		`{"headers":{"A":{}}}`, `{"headers":{"A":[]}}`, `{"headers":[]}`, `{"headers":"x"}`,
		`{"multiValueHeaders":{"A":"x"}}`, `{"multiValueHeaders":{"A":null}}`, `{"multiValueHeaders":[]}`, `{"multiValueHeaders":{"A":[{}]}}`,
		`{"body":{}}`, `{"body":[]}`, `{"isBase64Encoded":"yes"}`, `{"isBase64Encoded":{}}`,
		"{\"body\":\"x\"}\x00\x00\x00\x00\x00\x00\x00\x00",
	} {
		var r lambda.Result
		if err := lambda.ParseResult([]byte(text), &r); !errors.Is(err, lambda.ErrMalformed) {
			t.Errorf("%s: got %+v, %v, want ErrMalformed", text, r, err)
		}
	}
}

func TestErrorMessage(t *testing.T) {
	tests := []struct{ body, message, opened string }{
		{`{"errorMessage":"no","errorType":"E"}`, "no", ""},
		{`{"errorMessage":"{\"code\":17, \"b\":[]}","errorType":"E"}`, `{"code":17, "b":[]}`, `{"errorMessage":{"code":17,"b":[]},"errorType":"E"}`},
		{`{"errorMessage":"{no JSON"}`, "{no JSON", ""},
		{`{"errorMessage":null}`, "", ""},
		{`{}`, "", ""},
		{`"text"`, "", ""},
		{``, "", ""},
	}
	for _, tt := range tests {
		if got := lambda.ErrorMessage([]byte(tt.body)); got != tt.message {
			t.Errorf("%s: got message %q, want %q", tt.body, got, tt.message)
		}
		opened, ok := lambda.OpenErrorMessage([]byte(tt.body))
		if string(opened) != tt.opened || ok != (tt.opened != "") {
			t.Errorf("%s: got %q, %t, want %q", tt.body, opened, ok, tt.opened)
		}
	}
}

func FuzzParseResult(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":"b"},"multiValueHeaders":{"A":["c"]},"body":"x","isBase64Encoded":true}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r lambda.Result
		if err := lambda.ParseResult(text, &r); err == nil && (r.Status < 200 || r.Status > 599) {
			t.Errorf("%q: status %d", text, r.Status)
		}
	})
}

func BenchmarkParseResult(b *testing.B) {
	text := []byte(`{"statusCode":200,"headers":{"Content-Type":"application/json","X-A":"1"},"body":"{\"id\":7,\"name\":\"Rex\"}","isBase64Encoded":false}`)
	var r lambda.Result
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		if err := lambda.ParseResult(text, &r); err != nil {
			b.Fatal(err)
		}
	}
}
