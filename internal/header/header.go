// Package header keeps HTTP header fields as they travelled: in order, with duplicates, in the case
// in which they were written.
//
// net/http canonicalises names and sorts them; clients of API Gateway can see both, because mapping
// templates iterate over headers and required parameters compare names by case. The data plane
// therefore never uses http.Header. Start reading at [List].
package header

// Field is one header field line: the name in the case in which it was written, and the value
// without surrounding blanks.
type Field struct {
	Name  string
	Value string
}

// List is the header fields of one message in the order in which they stand there. The nil List is
// empty and ready to use. A List is not safe for concurrent writing.
type List []Field

// Last returns the value of the last field whose name is name exactly, case included, and whether
// there is one.
//
// AWS: Amazon API Gateway important notes (names of headers used in mappings are case-sensitive).
func (l List) Last(name string) (string, bool) {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].Name == name {
			return l[i].Value, true
		}
	}
	return "", false
}

// LastFold is Last with names compared without regard to case.
func (l List) LastFold(name string) (string, bool) {
	for i := len(l) - 1; i >= 0; i-- {
		if EqualName(l[i].Name, name) {
			return l[i].Value, true
		}
	}
	return "", false
}

// Get returns the value of the last field of that name without regard to case, or "".
func (l List) Get(name string) string {
	v, _ := l.LastFold(name)
	return v
}

// Has reports whether there is a field of that name, without regard to case.
func (l List) Has(name string) bool {
	_, ok := l.LastFold(name)
	return ok
}

// Add appends a field and keeps those of the same name.
func (l *List) Add(name, value string) {
	*l = append(*l, Field{Name: name, Value: value})
}

// Set gives the field of that name (compared without regard to case) the value and the case of
// name. The first such field keeps its place, further ones are removed; without one it is appended.
func (l *List) Set(name, value string) {
	fields := *l
	kept := fields[:0]
	found := false
	for _, f := range fields {
		if !EqualName(f.Name, name) {
			kept = append(kept, f)
			continue
		}
		if !found {
			found = true
			kept = append(kept, Field{Name: name, Value: value})
		}
	}
	if !found {
		kept = append(kept, Field{Name: name, Value: value})
	}
	clear(fields[min(len(kept), len(fields)):])
	*l = kept
}

// Del removes all fields of that name, compared without regard to case.
func (l *List) Del(name string) {
	fields := *l
	kept := fields[:0]
	for _, f := range fields {
		if !EqualName(f.Name, name) {
			kept = append(kept, f)
		}
	}
	clear(fields[len(kept):])
	*l = kept
}

// Reset empties the list and keeps its memory for the next message.
func (l *List) Reset() {
	clear(*l)
	*l = (*l)[:0]
}

// EqualName reports whether two header names are the same without regard to the case of the ASCII
// letters. It does not allocate.
func EqualName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// lower folds one ASCII letter.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
