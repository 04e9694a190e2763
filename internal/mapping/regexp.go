package mapping

import (
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/sluice-gateway/sluice/jsonpath"
	"github.com/sluice-gateway/sluice/vtl"
)

// regexpEngine runs the regular expressions of templates that the standard library can't.
type regexpEngine struct{}

// Compile implements [vtl.RegexpEngine].
func (regexpEngine) Compile(pattern string, limit time.Duration) (vtl.Regexp, error) {
	re, err := regexp2.Compile(pattern)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = limit
	return backtracking{re}, nil
}

// backtracking is a regular expression of a template.
type backtracking struct{ re *regexp2.Regexp }

// Next implements [vtl.Regexp].
func (b backtracking) Next(s string, from int) ([]int, error) {
	m, err := b.re.FindStringMatchStartingAt(s, from)
	if m == nil || err != nil {
		return nil, err
	}
	places := make([]int, 0, 2*m.GroupCount())
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			places = append(places, -1, -1)
			continue
		}
		at, length := g.ByteRange()
		places = append(places, at, at+length)
	}
	return places, nil
}

// maxRegexpTime bounds one match of a regular expression in a JSONPath.
const maxRegexpTime = 100 * time.Millisecond

// pathOptions let JSONPaths have all of Java's regular expressions.
var pathOptions = jsonpath.Options{Regexp: compilePattern}

// CompilePath compiles a JSONPath as mappings do: its regular expressions may look around and refer back.
func CompilePath(path string) (*jsonpath.Path, error) { return pathOptions.Compile(path) }

// fullMatch is a regular expression that must match a whole text.
type fullMatch struct{ re *regexp2.Regexp }

// MatchString reports whether all of s matches; it fails when it takes too long.
func (m fullMatch) MatchString(s string) (bool, error) { return m.re.MatchString(s) }

// compilePattern compiles a pattern in Java's syntax with its flags, of "dimsuxU".
func compilePattern(pattern, flags string) (jsonpath.Matcher, error) {
	var options regexp2.RegexOptions
	for _, f := range flags {
		switch f {
		case 'i':
			options |= regexp2.IgnoreCase
		case 'm':
			options |= regexp2.Multiline
		case 's':
			options |= regexp2.Singleline
		case 'x':
			options |= regexp2.IgnorePatternWhitespace
		}
	}
	body := pattern
	if strings.Contains(flags, "x") {
		body += "\n"
	}
	re, err := regexp2.Compile(`\A(?:`+body+`)\z`, options)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = maxRegexpTime
	return fullMatch{re}, nil
}
