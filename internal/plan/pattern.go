package plan

import (
	"fmt"
	"regexp"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/vtl"
)

// Pattern is a compiled selection pattern: a Java regular expression that must match the whole text.
// It is immutable and safe for concurrent use.
//
// AWS: Set up an integration response in API Gateway.
type Pattern struct {
	source string
	java   *vtl.JavaPattern // nil for a plain text
}

// CompilePattern compiles a selection pattern.
func CompilePattern(source string) (*Pattern, error) {
	if regexp.QuoteMeta(source) == source {
		return &Pattern{source: source}, nil
	}
	java, err := mapping.CompilePattern(source)
	if err != nil {
		return nil, fmt.Errorf("selection pattern: %w", err)
	}
	return &Pattern{source: source, java: java}, nil
}

// Match reports whether the whole text matches. A pattern that takes too long does not match.
func (p *Pattern) Match(text string) bool {
	if p.java == nil {
		return p.source == text
	}
	ok, err := p.java.Matches(text)
	return err == nil && ok
}

// String returns the pattern as it was written.
func (p *Pattern) String() string { return p.source }
