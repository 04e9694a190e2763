package header_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/header"
)

func TestLookUp(t *testing.T) {
	l := header.List{{Name: "X-Test", Value: "1"}, {Name: "x-test", Value: "2"}, {Name: "X-Test", Value: "3"}, {Name: "x-TEST", Value: "4"}}
	tests := []struct {
		name      string
		wantExact string
		wantFold  string
	}{
		{"X-Test", "3", "4"},
		{"x-test", "2", "4"},
		{"X-TEST", "", "4"},
		{"X-Other", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := l.Last(tt.name); got != tt.wantExact {
				t.Errorf("Last(%q) = %q, want %q", tt.name, got, tt.wantExact)
			}
			if got := l.Get(tt.name); got != tt.wantFold {
				t.Errorf("Get(%q) = %q, want %q", tt.name, got, tt.wantFold)
			}
		})
	}
}

func TestSetAndDel(t *testing.T) {
	tests := []struct {
		name string
		do   func(l *header.List)
		want header.List
	}{
		{"set takes the first place and drops the rest", func(l *header.List) { l.Set("A", "9") },
			header.List{{Name: "A", Value: "9"}, {Name: "B", Value: "2"}}},
		{"set appends what is new", func(l *header.List) { l.Set("C", "9") },
			header.List{{Name: "a", Value: "1"}, {Name: "B", Value: "2"}, {Name: "A", Value: "3"}, {Name: "C", Value: "9"}}},
		{"del removes all cases", func(l *header.List) { l.Del("a") },
			header.List{{Name: "B", Value: "2"}}},
		{"add keeps duplicates", func(l *header.List) { l.Add("B", "3") },
			header.List{{Name: "a", Value: "1"}, {Name: "B", Value: "2"}, {Name: "A", Value: "3"}, {Name: "B", Value: "3"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := header.List{{Name: "a", Value: "1"}, {Name: "B", Value: "2"}, {Name: "A", Value: "3"}}
			tt.do(&got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("fields differ (-want +got):\n%s", diff)
			}
		})
	}
}
