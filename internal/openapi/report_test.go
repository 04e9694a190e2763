package openapi

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const placedDocument = `openapi: 3.0.1
info: {title: Located, version: "1"}
paths:
  /a/{id}:
    get:
      responses: {}
      x-amazon-apigateway-integration: {type: mock}
`

func TestRefusalProblems(t *testing.T) {
	document, _ := Parse([]byte(placedDocument), Options{})
	frame := MethodFrame("GET", "/a/{id}")
	tests := []struct {
		message string
		want    []Problem
	}{
		{"No integration defined for method", []Problem{{Message: "No integration defined for method"}}},
		{
			"Errors found during import:\n\t" + frame + "broken\n\tother\nAdditionally, these warnings were found:\n\tcareful",
			[]Problem{
				{Position: Position{Line: 5, Column: 5}, Message: frame + "broken"}, {Message: "other"},
				{Severity: SeverityWarning, Message: "careful"},
			},
		},
	}
	for _, test := range tests {
		got := document.RefusalProblems(test.message, nil)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.message, diff)
		}
	}
}

func TestExcerpt(t *testing.T) {
	tests := []struct {
		line   string
		column int
		want   string
	}{
		{"key: value", 6, "    3 | key: value\n      |      ^\n"},
		{"\tä: value", 5, "    3 | \tä: value\n      | \t   ^\n"},
		{"short", 99, "    3 | short\n      |      ^\n"},
		{strings.Repeat("x", 200), 190, "    3 | " + strings.Repeat("x", 91) + "\n      | " + strings.Repeat(" ", 80) + "^\n"},
	}
	for _, test := range tests {
		var b bytes.Buffer
		writeExcerpt(&b, Position{Line: 3, Column: test.column}, test.line)
		if diff := cmp.Diff(test.want, b.String()); diff != "" {
			t.Errorf("column %d of %.20q (-want +got):\n%s", test.column, test.line, diff)
		}
	}
}
