package jsonpath_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/jsonpath"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// outcome is what a path selects: JSON text, or the kind of an error.
type outcome struct {
	Result *string
	Error  string
}

type pathCase struct {
	ID, Selector, Document string
	Expect                 outcome
	Newer                  *outcome
	Assumes                []string
}

// testdata/cases.jsonl was answered by json-path 2.0.0 and, under "newer", by the source of 3.0.0. Where both agree the
// answer is required, where they differ the newer one.
func TestCases(t *testing.T) { runCases(t, "testdata/cases.jsonl") }

// TestComparison runs more cases from a file that is not part of this repository:
//
//	JSONPATH_COMPARISON=…/comparison.jsonl go test ./jsonpath -run TestComparison
func TestComparison(t *testing.T) {
	name := os.Getenv("JSONPATH_COMPARISON")
	if name == "" {
		t.Skip("JSONPATH_COMPARISON names no file")
	}
	runCases(t, name)
}

func runCases(t *testing.T, name string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for ; lines.Scan(); n++ {
		var c pathCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		want := c.Expect
		if c.Newer != nil {
			want = *c.Newer
		}
		if slices.Contains(c.Assumes, "json-path-version") || c.Newer == nil {
			compare(t, c, want)
			continue
		}
		// Both versions fail, each in its way.
		if got := answer(c); got.Error != c.Expect.Error && got.Error != want.Error {
			t.Errorf("%s: %s: got %v, want error %s", c.ID, c.Selector, got, want.Error)
		}
	}
	if n == 0 {
		t.Error("there are no cases")
	}
}

func compare(t *testing.T, c pathCase, want outcome) {
	t.Helper()
	got := answer(c)
	switch {
	case want.Result == nil:
		if got.Error != want.Error {
			t.Errorf("%s: %s: got %s, want error %s", c.ID, c.Selector, show(got), want.Error)
		}
	case got.Result == nil:
		t.Errorf("%s: %s: got error %s, want %s", c.ID, c.Selector, got.Error, *want.Result)
	default:
		if diff := cmp.Diff(ordered(t, *want.Result), ordered(t, *got.Result)); diff != "" {
			t.Errorf("%s: %s: got %s (-want +got):\n%s", c.ID, c.Selector, *got.Result, diff)
		}
	}
}

func show(o outcome) string {
	if o.Result != nil {
		return *o.Result
	}
	return "error " + o.Error
}

func answer(c pathCase) outcome {
	p, err := jsonpath.Compile(c.Selector)
	if err != nil {
		return outcome{Error: "invalid-path"}
	}
	doc, err := jsonvalue.ParseLenientString(c.Document)
	if err != nil {
		return outcome{Error: "failure"}
	}
	v, err := p.Get(doc)
	switch {
	case errors.Is(err, jsonpath.ErrNotFound):
		return outcome{Error: "not-found"}
	case err != nil:
		return outcome{Error: "failure"}
	}
	s := string(v.Append(nil, jsonvalue.Compact))
	return outcome{Result: &s}
}

// member keeps the order of members for comparing.
type member struct {
	Name  string
	Value any
}

// ordered returns JSON as Go values in which the order of members counts and 1 equals 1.0.
func ordered(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonvalue.ParseString(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return toGo(v)
}

func toGo(v jsonvalue.Value) any {
	switch v.Kind() {
	case jsonvalue.Array:
		list := []any{}
		for _, e := range v.Elements() {
			list = append(list, toGo(e))
		}
		return list
	case jsonvalue.Object:
		list := []member{}
		for name, e := range v.Members() {
			list = append(list, member{name, toGo(e)})
		}
		return list
	case jsonvalue.Number:
		f, _ := v.Float64()
		return f
	case jsonvalue.String:
		return v.Text()
	case jsonvalue.Null:
		return nil
	}
	return v.Bool()
}
