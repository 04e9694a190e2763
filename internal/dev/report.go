package dev

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/internal/openapi"
)

// report writes problems of a file for people.
type report struct {
	file string
	text []byte
	out  io.Writer
}

// problems writes each problem with its place and the line that it is about, in the order of the file:
//
//	petstore.yaml:10:14: error: Invalid HTTP endpoint specified for URI
//	   10 |         uri: nowhere
//	      |              ^
func (r *report) problems(problems []openapi.Problem) {
	sorted := slices.Clone(problems)
	slices.SortStableFunc(sorted, func(p, q openapi.Problem) int {
		return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
	})
	lines := bytes.Split(r.text, []byte("\n"))
	for _, p := range sorted {
		if p.Position == (openapi.Position{}) {
			fmt.Fprintf(r.out, "%s: %s: %s\n", r.file, p.Severity, p.Message)
			continue
		}
		fmt.Fprintf(r.out, "%s:%d:%d: %s: %s\n", r.file, p.Line, p.Column, p.Severity, p.Message)
		if p.Line <= len(lines) {
			writeExcerpt(r.out, p.Position, string(bytes.TrimRight(lines[p.Line-1], "\r")))
		}
	}
}

// maxExcerpt is how many characters of a line are shown.
const maxExcerpt = 160

// writeExcerpt writes a line of the file with a mark below the column.
func writeExcerpt(out io.Writer, at openapi.Position, line string) {
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
	fmt.Fprintf(out, "%5d | %s\n      | %s^\n", at.Line, string(shown), before)
}

func hasErrors(problems []openapi.Problem) bool {
	return slices.ContainsFunc(problems, func(p openapi.Problem) bool { return p.Severity == openapi.SeverityError })
}

// refusal is an answer of the control plane that is no success.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the control plane answered with status %d: %s", r.status, r.message)
}

// problems takes the message of a refusal apart: the lines of a refused import have a place in
// the document.
func (r *refusal) problems(document *openapi.API) []openapi.Problem {
	var problems []openapi.Problem
	severity := openapi.SeverityError
	for line := range strings.Lines(r.message) {
		text, detail := strings.CutPrefix(strings.TrimRight(line, "\n"), "\t")
		switch {
		case !detail && strings.HasPrefix(text, "Additionally"):
			severity = openapi.SeverityWarning
		case !detail && strings.HasSuffix(text, ":"):
		default:
			problems = append(problems, placed(document, text, severity))
		}
	}
	return problems
}

// placed makes a problem of a line of the control plane.
func placed(document *openapi.API, text string, severity openapi.Severity) openapi.Problem {
	pos, _ := document.Locate(text)
	return openapi.Problem{Position: pos, Severity: severity, Message: text}
}

// unknownWarnings returns the warnings of the control plane that are not among the problems
// that reading the document found already.
func unknownWarnings(document *openapi.API, warnings []string, known []openapi.Problem) []openapi.Problem {
	var unknown []openapi.Problem
	for _, text := range warnings {
		if !slices.ContainsFunc(known, func(p openapi.Problem) bool { return p.Text() == text }) {
			unknown = append(unknown, placed(document, text, openapi.SeverityWarning))
		}
	}
	return unknown
}
