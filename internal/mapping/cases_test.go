package mapping_test

import (
	"bufio"
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// testdata/cases.jsonl has templates with what Apache Velocity 1.7, Jayway JsonPath 2.0.0, json-smart 2.2 and commons-lang 2.6
// made of them, set up as the service is seen to be; those with the tag "recorded" came out the same on the service.
func TestCases(t *testing.T) {
	f, err := os.Open("testdata/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		c, err := jsonvalue.Parse(bytes.Clone(lines.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.Get("id").Text(), func(t *testing.T) { runCase(t, c) })
	}
	if n == 0 {
		t.Error("there are no cases")
	}
}

// otherAnswers are cases in which this package answers something else than the recording, with the reason.
var otherAnswers = map[string]struct{ output, reason string }{
	"path-007": {"[{sku=B2, qty=1, price=100}]", "json-path 2.0.0 knows no [-1]; where its versions differ, the newer one is followed"},
}

func runCase(t *testing.T, c jsonvalue.Value) {
	want := c.Get("expect")
	if other, ok := otherAnswers[c.Get("id").Text()]; ok {
		if got := render(t, c.Get("template").Text(), scopeOf(c)); got != other.output {
			t.Errorf("%s: got %q, want %q (%s)", c.Get("template"), got, other.output, other.reason)
		}
		return
	}
	s := scopeOf(c)
	template, err := mapping.CompileTemplate("case", c.Get("template").Text())
	if err != nil {
		if want.Get("error").Text() != "parse" {
			t.Errorf("%s: %v, want %s", c.Get("template"), err, want)
		}
		return
	}
	out, err := template.Render(nil, s)
	if err != nil {
		if want.Get("error").Text() != "render" {
			t.Errorf("%s: %v, want %s", c.Get("template"), err, want)
		}
		return
	}
	if !want.Get("output").Exists() {
		t.Errorf("%s: got %q, want %s", c.Get("template"), out, want)
		return
	}
	if diff := cmp.Diff(want.Get("output").Text(), string(out)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", c.Get("template"), diff)
	}
	request, response := s.Context.OverrideDocuments()
	compareOverride(t, "requestOverride", want.Get("requestOverride"), request)
	compareOverride(t, "responseOverride", want.Get("responseOverride"), response)
}

func compareOverride(t *testing.T, name string, want, got jsonvalue.Value) {
	t.Helper()
	if want.Exists() != got.Exists() || want.Exists() && !want.Equal(got) {
		t.Errorf("%s: got %v, want %v", name, got, want)
	}
}

// scopeOf returns the exchange of a case.
func scopeOf(c jsonvalue.Value) *mapping.Scope {
	doc := c.Get("context")
	if doc.Kind() != jsonvalue.Object {
		doc, _ = jsonvalue.ParseString("{}")
	}
	params := c.Get("params")
	return &mapping.Scope{
		Body:           []byte(c.Get("input").Text()),
		Path:           paramsOf(params.Get("path")),
		Query:          paramsOf(params.Get("querystring")),
		Header:         paramsOf(params.Get("header")),
		HeadersAsGiven: true,
		StageVariables: paramsOf(c.Get("stageVariables")),
		Context:        &mapping.Context{Document: doc},
		Variables:      c.Get("vars"),
	}
}

func paramsOf(v jsonvalue.Value) []mapping.Param {
	var list []mapping.Param
	for name, value := range v.Members() {
		list = append(list, mapping.Param{Name: name, Value: value.Text()})
	}
	return list
}
