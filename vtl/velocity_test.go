package vtl_test

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"

	"github.com/sluice-gateway/sluice/vtl"
)

// testEngine runs the regular expressions that package regexp can't.
type testEngine struct{}

type testRegexp struct{ re *regexp2.Regexp }

func (testEngine) Compile(pattern string, limit time.Duration) (vtl.Regexp, error) {
	re, err := regexp2.Compile(pattern, regexp2.None)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = limit
	return testRegexp{re}, nil
}

func (t testRegexp) Next(s string, from int) ([]int, error) {
	runes := []rune(s)
	m, err := t.re.FindRunesMatchStartingAt(runes, utf8.RuneCountInString(s[:from]))
	if m == nil || err != nil {
		return nil, err
	}
	offset := func(i int) int { return len(string(runes[:i])) }
	var at []int
	for i := range m.GroupCount() {
		g := m.GroupByNumber(i)
		if g == nil || len(g.Captures) == 0 {
			at = append(at, -1, -1)
			continue
		}
		at = append(at, offset(g.RuneIndex), offset(g.RuneIndex+g.RuneLength))
	}
	return at, nil
}

// render parses and renders; kind is "parse" or "render" if that failed.
func render(source string, vars ...vtl.Var) (output, kind string, err error) {
	template, err := vtl.Parse("t", source, vtl.Options{Regexp: testEngine{}})
	if err != nil {
		return "", "parse", err
	}
	out, err := template.Append(nil, vars)
	if err != nil {
		return "", "render", err
	}
	return string(out), "", nil
}

// TestVelocity holds the language to what Apache Velocity 1.7 does, with undefined references empty and
// loops of at most 1,000 rounds: testdata/velocity.jsonl has templates, most of them odd, and their output as
// recorded from it. A case that "differs" has the reason; it fails the test once it no longer does.
func TestVelocity(t *testing.T) {
	f, err := os.Open("testdata/velocity.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var c struct{ Template, Output, Error, Differs string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		output, kind, err := render(c.Template)
		same := output == c.Output && kind == c.Error
		switch {
		case same && c.Differs != "":
			t.Errorf("line %d: %q no longer differs", n, c.Template)
		case !same && c.Differs == "":
			t.Errorf("line %d: %q\n got %q %s %v\nwant %q %s", n, c.Template, output, kind, err, c.Output, c.Error)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
