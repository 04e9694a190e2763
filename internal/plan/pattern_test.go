package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/plan"
)

func TestPattern(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{`404`, "404", true},
		{`404`, "4040", false},
		{`4\d{2}`, "404", true},
		{`4\d{2}`, "500", false},
		{`4\d{2}`, "x404", false},
		{`.+`, "", false},
		{`.*four hundred.*`, "Error: Raising four hundred from within", true},
		{`.*boom.*`, "line one\nboom", false},
		{`(?s).*boom.*`, "line one\nboom", true},
		{`(\n|.)+`, "line one\nboom", true},
		{`2..|3..`, "302", true},
		{`(?!200)\d{3}`, "404", true},
		{`(?!200)\d{3}`, "200", false},
		{`(.)\1\1`, "444", true},
		{`\d++`, "123", true},
		{`(?<code>5)\d\d`, "503", true},
		{`[a-z&&[^b]]+`, "cat", true},
		{`[a-z&&[^b]]+`, "cab", false},
		{`\p{Alpha}+`, "boom", true},
		{`\p{Alpha}+`, "b0om", false},
		{`\Q4.4\E`, "4.4", true},
		{`.`, "\r", false},
	}
	for _, tt := range tests {
		t.Run(tt.pattern+" "+tt.text, func(t *testing.T) {
			p, err := plan.CompilePattern(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Match(tt.text); got != tt.want {
				t.Errorf("Match(%q) = %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

func TestPatternErrors(t *testing.T) {
	for _, pattern := range []string{`(`, `[a-z`, `*`, `\p{Nonsense}`} {
		if _, err := plan.CompilePattern(pattern); err == nil {
			t.Errorf("CompilePattern(%q) succeeded, want an error", pattern)
		}
	}
}

// A pattern that would take hours to fail gives up.
func TestPatternTimeLimit(t *testing.T) {
	p, err := plan.CompilePattern(`(?=a)(a|aa)+b`)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if p.Match(strings.Repeat("a", 60)) {
		t.Error("pattern matched")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the match took %v", took)
	}
}
