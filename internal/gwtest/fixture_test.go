package gwtest

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sluice-gateway/sluice/internal/header"
)

func TestMatches(t *testing.T) {
	values := map[string]string{"api": "abc"}
	tests := []struct {
		expected, got string
		want          bool
	}{
		{"", "", true},
		{"a.c", "abc", false},
		{"a.c", "a.c", true},
		{"id {{api}}!", "id abc!", true},
		{"id {{api}}!", "id abd!", false},
		{"{{uuid}}", "01234567-89ab-cdef-0123-456789abcdef", true},
		{"{{uuid}}", "01234567-89AB-cdef-0123-456789abcdef", false},
		{"a{{any}}z", "a\nb\nz", true},
		{"{{base64 AP8=}}", "\x00\xff", true},
		{"{{repeat 3 ab}}", "ababab", true},
		{"{{repeat 1000 x}}", strings.Repeat("x", 1000), true},
		{"{{repeat 1000 x}}", strings.Repeat("x", 999), false},
		{`{{quote "\x7b"}}`, "{", true},
	}
	for _, tt := range tests {
		got, err := matches(tt.expected, tt.got, values)
		if err != nil || got != tt.want {
			t.Errorf("matches(%q, %.40q) = %v, %v, want %v", tt.expected, tt.got, got, err, tt.want)
		}
	}
	if _, err := matches("{{nonsense}}", "", values); err == nil {
		t.Error("an unknown placeholder is no error")
	}
}

func TestCompareEndpointRequest(t *testing.T) {
	got := []BackendRequest{{
		Method: "POST", Target: "/x?y", Body: []byte("body"),
		Headers: header.List{{Name: "Host", Value: "h"}, {Name: "X-A", Value: "1"}, {Name: "X-A", Value: "2"}},
	}}
	tests := []struct{ name, expected, want string }{
		{"line only", "POST /x?y", ""},
		{"all headers", "POST /x?y\nX-A: 1\nHost: h\nX-A: 2\n\nbody\n", ""},
		{"some headers", "POST /x?y\nHost: h\n...\n\nbody\n", ""},
		{"body without an empty line", "POST /x?y\nbody\n", ""},
		{"headers without the body", "POST /x?y\n!X-B\nHost: h\n...\n", ""},
		{"other line", "GET /x?y\n", "request line"},
		{"a header too many", "POST /x?y\nHost: h\nX-A: 1\n", "header X-A: got \"2\", want none"},
		{"a header missing", "POST /x?y\nX-B: 1\n...\n", "header X-B: got none"},
		{"other case", "POST /x?y\nhost: h\n...\n", "header host: got none"},
		{"other value", "POST /x?y\nHost: i\n...\n", "header Host"},
		{"a header that must not be", "POST /x?y\n!x-a\n...\n", "header x-a"},
		{"empty body", "POST /x?y\n\n", "body"},
		{"nothing", "none\n", "1 requests, want none"},
	}
	for _, tt := range tests {
		fault, err := compareEndpointRequest(tt.expected, got, nil)
		if err != nil || (tt.want == "") != (fault == "") || !strings.Contains(fault, tt.want) {
			t.Errorf("%s: fault %q, error %v; want %q", tt.name, fault, err, tt.want)
		}
	}
	// What an update writes holds.
	text := renderEndpointRequest(got, nil)
	if fault, err := compareEndpointRequest(text, got, nil); fault != "" || err != nil {
		t.Errorf("rendered as %q: fault %q, error %v", text, fault, err)
	}
}

func TestCompareResponse(t *testing.T) {
	got := &received{status: 404, body: []byte("x"), headers: header.List{
		{Name: "Date", Value: "Mon, 01 Jan 2024 00:00:00 GMT"}, {Name: "X-A", Value: "1"}, {Name: "Content-Length", Value: "1"},
		{Name: "Connection", Value: "keep-alive"}, {Name: "x-amz-apigw-id", Value: "AbCdEf0123456_-="},
		{Name: "x-amzn-RequestId", Value: "01234567-89ab-cdef-0123-456789abcdef"},
	}}
	for _, expected := range []string{"404\nX-A: 1\n\nx\n", "404\n", "404\nX-A: 1\nContent-Length: 1\n\nx\n", renderResponse(got, nil)} {
		if fault, err := compareResponse(expected, got, "GET", nil); fault != "" || err != nil {
			t.Errorf("%q: fault %q, error %v", expected, fault, err)
		}
	}
	got.headers.Del("Date")
	if fault, _ := compareResponse("404\n", got, "GET", nil); !strings.Contains(fault, "Date") {
		t.Errorf("a response without Date: fault %q", fault)
	}
}

func TestParseFixtureRefuses(t *testing.T) {
	const comment = "# What.\n# Observed: that.\n"
	for text, want := range map[string]string{
		"-- request --\nGET /\n-- response --\n200\n":          "comment",
		"# What.\n-- request --\nGET /\n-- response --\n200\n": "source",
		comment:                            "no request",
		comment + "-- request --\nGET /\n": "no response",
		comment + "-- response --\n200\n":  "behind no request",
		comment + "-- request --\nGET /\n-- response --\n200\n-- reply --\n200\n": "unknown",
	} {
		if _, err := parseFixture("f", txtar.Parse([]byte(text))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one about %q", text, err, want)
		}
	}
}

func TestParseAnswer(t *testing.T) {
	for text, want := range map[string]Answer{
		"":                                  {},
		"drop\n":                            {Drop: true},
		"hang\n":                            {Hang: true},
		"raw\nHTTP/1.1 200 OK\n\nx\n":       {Raw: []byte("HTTP/1.1 200 OK\r\n\r\nx\r\n")},
		"404\n{\"a\": 1}\n":                 {Status: 404, Body: []byte(`{"a": 1}`)},
		"200 fine\nX-A: b\n\nline\nline2\n": {Status: 200, Headers: header.List{{Name: "X-A", Value: "b"}}, Body: []byte("line\nline2")},
	} {
		got, err := parseAnswer(text, nil)
		if err != nil || got.Status != want.Status || string(got.Body) != string(want.Body) || string(got.Raw) != string(want.Raw) ||
			got.Drop != want.Drop || got.Hang != want.Hang || len(got.Headers) != len(want.Headers) {
			t.Errorf("parseAnswer(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	if _, err := parseAnswer("nonsense\n", nil); err == nil {
		t.Error("no error for nonsense")
	}
}
