package mapping

import (
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/sluice-gateway/sluice/jsonpath"
)

// maxRegexpTime bounds one match of a regular expression that goes back over the text.
const maxRegexpTime = 100 * time.Millisecond

// pathOptions let JSONPaths have all of Java's regular expressions.
var pathOptions = jsonpath.Options{Regexp: compilePattern}

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
