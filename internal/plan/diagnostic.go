package plan

import (
	"fmt"
	"strings"
)

// Severity says what a diagnostic means for the requests that meet its place.
type Severity int

const (
	// Warning is a setting that is not honoured, or one that AWS would accept and that can't work
	// as it stands; the message says which requests are affected.
	Warning Severity = iota

	// Error is a definition that can't be executed: the method answers every request with 500.
	Error
)

// String returns "warning" or "error".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Diagnostic is one thing that is wrong with a snapshot or with the settings of a stage, with its
// place.
type Diagnostic struct {
	Severity Severity
	API      string // id of the API
	Stage    string // name of the stage; "" if the deployment itself is meant
	Resource string // path of the resource, or ""
	Method   string // verb, or ""
	Field    string // member, as in the model: "methodIntegration.requestTemplates[application/json]"
	Line     int    // in the text of a template, from 1; 0 if there is none
	Column   int    // in characters, from 1; 0 if there is none
	Message  string
}

// String returns the diagnostic on one line:
//
//	error: abc123 GET /pets methodIntegration.requestTemplates[application/json] 3:14: unclosed #if
func (d Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(d.Severity.String())
	b.WriteString(": ")
	b.WriteString(d.API)
	if d.Stage != "" {
		b.WriteString("/" + d.Stage)
	}
	for _, part := range []string{d.Method, d.Resource, d.Field} {
		if part != "" {
			b.WriteString(" " + part)
		}
	}
	if d.Line > 0 {
		fmt.Fprintf(&b, " %d:%d", d.Line, d.Column)
	}
	b.WriteString(": " + d.Message)
	return b.String()
}

// Diagnostics are all findings of Compile or Bind, in the order of the definition.
type Diagnostics []Diagnostic

// HasErrors reports whether one of them is an Error.
func (ds Diagnostics) HasErrors() bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}
