package gateway

import (
	"regexp"
	"testing"
)

func TestIdentifiers(t *testing.T) {
	n := uint64(0)
	random := func() uint64 { n += 0x9E3779B97F4A7C15; return n }
	ids := makeIdentifiers(random, 0x6a219d06)
	for _, tt := range []struct{ name, got, pattern string }{
		{"request id", ids.requestID, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		{"extended id", ids.extendedID, `^[A-Za-z0-9+/]{15}=$`},
		{"trace", ids.trace, `^Root=1-6a219d06-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`},
		{"root of the trace", ids.traceRoot(), `^Root=1-6a219d06-[0-9a-f]{24}$`},
	} {
		if !regexp.MustCompile(tt.pattern).MatchString(tt.got) {
			t.Errorf("%s: got %q, want %s", tt.name, tt.got, tt.pattern)
		}
	}
	if got := testing.AllocsPerRun(100, func() { makeIdentifiers(random, 1) }); got != 1 {
		t.Errorf("got %v allocations, want 1", got)
	}
}

func TestContinueTrace(t *testing.T) {
	const own = "Root=1-00000000-000000000000000000000000;Parent=1111111111111111;Sampled=0"
	tests := []struct{ client, wantEndpoint, wantResponse string }{
		{"Root=1-abc-def", "Root=1-abc-def;Parent=1111111111111111;Sampled=0", "Root=1-abc-def;Parent=1111111111111111;Sampled=0"},
		{"Root=1-abc-def;Parent=2222;Sampled=1", "Root=1-abc-def;Parent=2222;Sampled=1", "Root=1-abc-def;Parent=2222;Sampled=1"},
		{"Sampled=1; Root=1-abc-def", "Root=1-abc-def;Parent=1111111111111111;Sampled=1", "Root=1-abc-def;Parent=1111111111111111;Sampled=1"},
		{"rubbish", own[:traceRootLen], own},
		{"", own[:traceRootLen], own},
	}
	for _, tt := range tests {
		t.Run(tt.client, func(t *testing.T) {
			ids := identifiers{trace: own}
			if got := ids.continueTrace(tt.client); got != tt.wantEndpoint {
				t.Errorf("endpoint: got %q, want %q", got, tt.wantEndpoint)
			}
			if ids.trace != tt.wantResponse {
				t.Errorf("response: got %q, want %q", ids.trace, tt.wantResponse)
			}
		})
	}
}

func TestIsUUID(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"f702e3a2-3f0d-4d51-9d5e-5b1b5a1b2c3d", true},
		{"F702E3A2-3F0D-4D51-9D5E-5B1B5A1B2C3D", true},
		{"f702e3a2-3f0d-4d51-9d5e-5b1b5a1b2c3", false},
		{"f702e3a2x3f0d-4d51-9d5e-5b1b5a1b2c3d", false},
		{"g702e3a2-3f0d-4d51-9d5e-5b1b5a1b2c3d", false},
		{"", false},
	}
	for _, tt := range tests {
		if got := isUUID(tt.text); got != tt.want {
			t.Errorf("isUUID(%q) = %v, want %v", tt.text, got, tt.want)
		}
	}
}
