package openapi

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteProblems writes the problems of a file for people: each with its place and the line that it is
// about, in the order of the file, whose text is needed for that.
//
//	petstore.yaml:10:14: error: Invalid HTTP endpoint specified for URI
//	   10 |         uri: nowhere
//	      |              ^
//
// Errors of out are not told: there is nobody to tell.
func WriteProblems(out io.Writer, file string, text []byte, problems []Problem) {
	sorted := slices.Clone(problems)
	slices.SortStableFunc(sorted, func(p, q Problem) int {
		return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
	})
	lines := bytes.Split(text, []byte("\n"))
	for _, p := range sorted {
		if p.Position == (Position{}) {
			_, _ = fmt.Fprintf(out, "%s: %s: %s\n", file, p.Severity, p.Message)
			continue
		}
		_, _ = fmt.Fprintf(out, "%s:%d:%d: %s: %s\n", file, p.Line, p.Column, p.Severity, p.Message)
		if p.Line <= len(lines) {
			writeExcerpt(out, p.Position, string(bytes.TrimRight(lines[p.Line-1], "\r")))
		}
	}
}

// maxExcerpt is how many characters of a line are shown.
const maxExcerpt = 160

// writeExcerpt writes a line of the file with a mark below the column.
func writeExcerpt(out io.Writer, at Position, line string) {
	characters := []rune(line)
	column := min(at.Column-1, len(characters))
	from := 0
	if column >= maxExcerpt {
		from = column - maxExcerpt/2
	}
	shown := characters[from:min(len(characters), from+maxExcerpt)]
	before := strings.Map(func(c rune) rune {
		if c == '\t' {
			return c // keeps the mark in its place
		}
		return ' '
	}, string(characters[from:column]))
	_, _ = fmt.Fprintf(out, "%5d | %s\n      | %s^\n", at.Line, string(shown), before)
}

// HasErrors reports whether one of the problems is an error.
func HasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == SeverityError })
}

// RefusalProblems returns the problems of a document whose import was refused with message: those that
// reading it has found, known, and what else the message has, the inverse of [Refusal]. Its lines have a
// place in the document; a message of another form is one problem without a place.
func (a *API) RefusalProblems(message string, known []Problem) []Problem {
	problems := slices.Clone(known)
	severity := SeverityError
	for line := range strings.Lines(message) {
		text, detail := strings.CutPrefix(strings.TrimRight(line, "\n"), "\t")
		switch {
		case !detail && (strings.HasPrefix(text, "Additionally") || strings.HasPrefix(text, "Warnings")):
			severity = SeverityWarning
		case !detail && strings.HasSuffix(text, ":"):
		default:
			problems = a.withLine(problems, text, severity)
		}
	}
	return problems
}

// WarningProblems returns the problems of a document that was imported with warnings: those that reading it
// has found, known, and the warnings that are not among them.
func (a *API) WarningProblems(warnings []string, known []Problem) []Problem {
	problems := slices.Clone(known)
	for _, text := range warnings {
		problems = a.withLine(problems, text, SeverityWarning)
	}
	return problems
}

// withLine adds a line of the control plane to problems unless it is there.
func (a *API) withLine(problems []Problem, text string, severity Severity) []Problem {
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Text() == text }) {
		return problems
	}
	pos, _ := a.Locate(text)
	return append(problems, Problem{Position: pos, Severity: severity, Message: text})
}
