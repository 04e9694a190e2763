package gateway

import (
	"testing"

	"github.com/sluice-gateway/sluice/internal/plan"
)

// Java's decoder puts one U+FFFD in the place of each longest beginning of a character.
func TestAppendValidText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain", "plain"},
		{"é€😀", "é€😀"},
		{"a\xffb", "a\uFFFDb"},
		{"\xff\xfe", "\uFFFD\uFFFD"},
		{"\x80", "\uFFFD"},
		{"\xe2\x82", "\uFFFD"},
		{"\xe2\x82x", "\uFFFDx"},
		{"\xf0\x9f\x98", "\uFFFD"},
		{"\xe0\x80\x80", "\uFFFD\uFFFD\uFFFD"},
		{"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},
		{"\xc0\xaf", "\uFFFD\uFFFD"},
		{"\xf5\x80", "\uFFFD\uFFFD"},
		{"\uFFFD", "\uFFFD"},
	}
	for _, tt := range tests {
		if got := string(appendValidText(nil, []byte(tt.in))); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestRequestConversion(t *testing.T) {
	tests := []struct {
		binary   bool
		handling plan.ContentHandling
		want     conversion
	}{
		{false, plan.Unconverted, asText},
		{false, plan.ToBinary, fromBase64},
		{false, plan.ToText, asText},
		{true, plan.Unconverted, asBytes},
		{true, plan.ToBinary, asBytes},
		{true, plan.ToText, toBase64},
	}
	for _, tt := range tests {
		if got := requestConversion(tt.binary, tt.handling); got != tt.want {
			t.Errorf("binary %v, handling %v: got %v, want %v", tt.binary, tt.handling, got, tt.want)
		}
	}
}

// The rows of the response table.
func TestResponseConversion(t *testing.T) {
	tests := []struct {
		binary, accepted bool
		handling         plan.ContentHandling
		want             conversion
	}{
		{false, false, plan.Unconverted, asText},
		{false, false, plan.ToBinary, fromBase64},
		{false, false, plan.ToText, asText},
		{false, true, plan.Unconverted, fromBase64},
		{false, true, plan.ToBinary, fromBase64},
		{false, true, plan.ToText, asText},
		{true, false, plan.Unconverted, toBase64},
		{true, false, plan.ToBinary, asBytes},
		{true, false, plan.ToText, toBase64},
		{true, true, plan.Unconverted, asBytes},
		{true, true, plan.ToBinary, asBytes},
		{true, true, plan.ToText, toBase64},
	}
	for _, tt := range tests {
		if got := responseConversion(tt.binary, tt.accepted, tt.handling); got != tt.want {
			t.Errorf("binary %v, accepted %v, handling %v: got %v, want %v", tt.binary, tt.accepted, tt.handling, got, tt.want)
		}
	}
}
