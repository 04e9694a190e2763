package openapi

import (
	"testing"
	"unicode/utf8"
)

// TestPositionsAreCountedOn asks for positions in growing and in falling order.
func TestPositionsAreCountedOn(t *testing.T) {
	text := []byte("{\"ä\": 1,\n \"b\": [\n\n{}, 2], \"c\": \"é\"}\n")
	lines := lineStarts(text)
	for step := 1; step < 5; step++ {
		up, down := &jsonReader{text: text, lines: lines}, &jsonReader{text: text, lines: lines}
		for i := 0; i <= len(text)+1; i += step {
			for r, offset := range map[*jsonReader]int{up: i, down: len(text) - i} {
				offset = max(offset, 0)
				if offset < len(text) && !utf8.RuneStart(text[offset]) {
					continue // no token begins within a character
				}
				if got, want := r.position(offset), positionAt(text, lines, offset); got != want {
					t.Errorf("offset %d in steps of %d: got %v, want %v", offset, step, got, want)
				}
			}
		}
	}
}
