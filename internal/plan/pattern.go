package plan

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// patternTimeout bounds one match of a pattern that needs the back-tracking engine: 27 bytes are
// enough to keep it busy for seconds.
const patternTimeout = 50 * time.Millisecond

// Pattern is a compiled selection pattern: a Java regular expression that must match the whole text.
// It is immutable and safe for concurrent use.
//
// Patterns run on the standard library's engine, which takes linear time; only those that need
// look-around, back-references or possessive quantifiers run on a back-tracking one.
//
// AWS: Set up an integration response in API Gateway.
type Pattern struct {
	source  string
	literal bool // the pattern has no operators: compare the text
	linear  *regexp.Regexp
	backing *regexp2.Regexp
}

// CompilePattern compiles a selection pattern.
func CompilePattern(source string) (*Pattern, error) {
	if regexp.QuoteMeta(source) == source {
		return &Pattern{source: source, literal: true}, nil
	}
	if strings.Contains(source, "&&") {
		return nil, fmt.Errorf("pattern %q: intersections of character classes are not supported", source)
	}
	whole := `\A(?:` + source + `)\z`
	linear, err := regexp.Compile(whole)
	if err == nil {
		return &Pattern{source: source, linear: linear}, nil
	}
	backing, backErr := regexp2.Compile(whole, regexp2.None)
	if backErr != nil {
		return nil, fmt.Errorf("pattern %q: %w", source, err)
	}
	backing.MatchTimeout = patternTimeout
	return &Pattern{source: source, backing: backing}, nil
}

// Match reports whether the whole text matches. A pattern that takes too long does not match.
func (p *Pattern) Match(text string) bool {
	switch {
	case p.literal:
		return p.source == text
	case p.linear != nil:
		return p.linear.MatchString(text)
	}
	ok, err := p.backing.MatchString(text)
	return err == nil && ok
}

// String returns the pattern as it was written.
func (p *Pattern) String() string { return p.source }
