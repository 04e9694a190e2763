package policy

import (
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// locate returns the place in a JSON text of the value with a path, or of the value around it that is
// nearest. The text is known to be JSON, which this relies on.
func locate(text, path string) (line, column int) {
	l := locator{text: text, want: path}
	l.value("")
	before := text[:l.best]
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndexByte(before, '\n')
}

// locator goes through a text and keeps where the longest path began that the wanted one begins with.
type locator struct {
	text, want string
	at         int
	best       int
	length     int // of the path at best
}

// value goes through one value.
func (l *locator) value(path string) {
	l.blanks()
	if len(path) >= l.length && leadsTo(path, l.want) {
		l.best, l.length = l.at, len(path)
	}
	switch l.text[l.at] {
	case '{':
		l.list('}', func(int) {
			name := l.string()
			l.blanks()
			l.at++ // the colon
			l.value(member(path, name))
		})
	case '[':
		l.list(']', func(i int) {
			l.value(element(path, i))
		})
	case '"':
		l.string()
	default:
		l.at += len(l.text[l.at:]) - len(strings.TrimLeft(l.text[l.at:], "+-.0123456789eEtrufalsn"))
	}
}

// list goes through what stands between two brackets.
func (l *locator) list(end byte, item func(i int)) {
	l.at++
	for i := 0; ; i++ {
		l.blanks()
		switch l.text[l.at] {
		case end:
			l.at++
			return
		case ',':
			l.at++
			l.blanks()
		}
		item(i)
	}
}

// string goes through a string and returns what it says.
func (l *locator) string() string {
	from := l.at
	for l.at++; l.text[l.at] != '"'; l.at++ {
		if l.text[l.at] == '\\' {
			l.at++
		}
	}
	l.at++
	v, _ := jsonvalue.ParseString(l.text[from:l.at]) // it is part of a document that was parsed
	return v.Text()
}

func (l *locator) blanks() {
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.at]) >= 0 {
		l.at++
	}
}

// leadsTo reports whether the value of one path holds that of another, or is it.
func leadsTo(path, want string) bool {
	rest, ok := strings.CutPrefix(want, path)
	return ok && (path == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}
