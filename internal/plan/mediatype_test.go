package plan_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/internal/plan"
)

func TestMediaType(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "application/json"},
		{"application/json; charset=utf-8", "application/json"},
		{"Text/Plain ;x=y", "Text/Plain"},
		{" ; charset=utf-8", "application/json"},
	}
	for _, tt := range tests {
		if got := plan.MediaType(tt.in); got != tt.want {
			t.Errorf("MediaType(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// The recorded table of entries and Accept headers.
func TestBinaryTypes(t *testing.T) {
	tests := []struct {
		entry, accept string
		want          bool
	}{
		{"*/*", "anything/at-all", true},
		{"*/*", "", true},
		{"image/png", "image/png", true},
		{"image/png", "IMAGE/PNG", true},
		{"image/png", "image/png,image/*,*/*;q=0.8", true},
		{"image/png", "image/webp,image/png,*/*;q=0.8", false},
		{"image/png", "image/*", false},
		{"image/png", "*/*", false},
		{"image/png", "", false},
		{"application/json", "", true},
		{"application/*", "application/whatever", true},
		{"application/*", "application/*", true},
		{"application/*", "application", false},
		{"application/*", "applications/x", false},
		{"*/test", "random/test", false},
		{"*/test", "*/test", false},
	}
	for _, tt := range tests {
		t.Run(tt.entry+" "+tt.accept, func(t *testing.T) {
			b := plan.NewBinaryTypes([]string{tt.entry})
			if got := b.Contains(plan.FirstAccepted(tt.accept)); got != tt.want {
				t.Errorf("entry %q, Accept %q: got %v, want %v", tt.entry, tt.accept, got, tt.want)
			}
		})
	}
}
