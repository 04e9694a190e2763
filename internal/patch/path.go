package patch

import "strings"

// unescape undoes the escapes of a JSON pointer segment (RFC 6901, section 4).
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// match reports whether path fits pattern, and what the pattern's variables stand for.
func match(pattern, path string) (vars []string, ok bool) {
	if !strings.HasPrefix(path, "/") {
		return nil, false
	}
	return matchSegments(strings.Split(pattern[1:], "/"), strings.Split(path[1:], "/"))
}

// matchSegments fits segments to a pattern from the left; a greedy variable
// takes as few segments as let the rest fit.
func matchSegments(pattern, segments []string) (vars []string, ok bool) {
	if len(pattern) == 0 {
		return nil, len(segments) == 0
	}
	if len(segments) < len(pattern) {
		return nil, false
	}
	head := pattern[0]
	if !isVariable(head) {
		if head != segments[0] {
			return nil, false
		}
		return matchSegments(pattern[1:], segments[1:])
	}
	most := 1
	if strings.HasSuffix(head, "+}") {
		most = len(segments) - len(pattern) + 1
	}
	for n := 1; n <= most; n++ {
		value := unescape.Replace(strings.Join(segments[:n], "/"))
		if rest, ok := matchSegments(pattern[1:], segments[n:]); ok && value != "" {
			return append([]string{value}, rest...), true
		}
	}
	return nil, false
}

func isVariable(segment string) bool {
	return strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}")
}
