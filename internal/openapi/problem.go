package openapi

import (
	"strings"
)

// Severity says what a problem means for an import.
type Severity uint8

const (
	// SeverityError stops the import.
	SeverityError Severity = iota
	// SeverityWarning is told in the answer and stops the import with failonwarnings.
	SeverityWarning
	// SeverityNote is about something that the service leaves out without a word. It is for
	// the author of the document and never part of an answer.
	SeverityNote
)

// String returns the severity as a word.
func (s Severity) String() string { return [...]string{"error", "warning", "note"}[s] }

// Problem is something wrong with a document, and where.
type Problem struct {
	Position
	Severity Severity
	Message  string
	// Service says that Message is a sentence of the service, which answers show as it is.
	// To other sentences they add the position.
	Service bool
}

// Text returns the problem as a line of an answer of the control plane.
func (p Problem) Text() string {
	if p.Service || p.Position == (Position{}) {
		return p.Message
	}
	return p.Message + " (" + p.Position.String() + ")"
}

// Warnings returns the lines of the warnings among problems, nil where there are none.
func Warnings(problems []Problem) []string { return lines(problems, SeverityWarning) }

// Refusal returns the text with which the service refuses a document that has problems, and
// whether it does: because of errors or, if failOnWarnings is set, because of warnings.
//
// Observed: the frames of this text in the output of deployments.
func Refusal(problems []Problem, failOnWarnings bool) (text string, refused bool) {
	faults, warnings := lines(problems, SeverityError), Warnings(problems)
	var b strings.Builder
	switch {
	case len(faults) > 0:
		writeLines(&b, "Errors found during import:", faults)
		if len(warnings) > 0 {
			b.WriteByte('\n')
			writeLines(&b, "Additionally, these warnings were found:", warnings)
		}
	case failOnWarnings && len(warnings) > 0:
		writeLines(&b, "Warnings found during import:", warnings)
	default:
		return "", false
	}
	return b.String(), true
}

func writeLines(b *strings.Builder, heading string, lines []string) {
	b.WriteString(heading)
	for _, line := range lines {
		b.WriteString("\n\t" + line)
	}
}

func lines(problems []Problem, severity Severity) []string {
	var list []string
	for _, p := range problems {
		if p.Severity == severity {
			list = append(list, p.Text())
		}
	}
	return list
}

// The frames in which the service reports the refusal of one step of an import; the
// message of the operation that would have taken the step follows.
//
// Observed: resource, method, integration and model; the others are formed like them.

// ResourceFrame begins the refusal of the resource at path.
func ResourceFrame(path string) string {
	return "Unable to create resource at path '" + path + "': "
}

// MethodFrame begins the refusal of a method.
func MethodFrame(verb, path string) string { return methodFrame("method", verb, path) }

// MethodResponseFrame begins the refusal of a response of a method.
func MethodResponseFrame(verb, path string) string {
	return methodFrame("method response", verb, path)
}

// IntegrationFrame begins the refusal of the integration of a method.
func IntegrationFrame(verb, path string) string {
	return "Unable to put integration on '" + verb + "' for resource at path '" + path + "': "
}

// IntegrationResponseFrame begins the refusal of a response of the integration of a method.
func IntegrationResponseFrame(verb, path string) string {
	return "Unable to put integration response on '" + verb + "' for resource at path '" + path + "': "
}

// ModelFrame begins the refusal of a model.
func ModelFrame(name string) string { return "Unable to create model for '" + name + "': " }

// AuthorizerFrame begins the refusal of an authorizer.
func AuthorizerFrame(name string) string { return "Unable to create authorizer for '" + name + "': " }

// ValidatorFrame begins the refusal of a request validator.
func ValidatorFrame(name string) string {
	return "Unable to create request validator for '" + name + "': "
}

// GatewayResponseFrame begins the refusal of a gateway response.
func GatewayResponseFrame(responseType string) string {
	return "Unable to put gateway response for '" + responseType + "': "
}

func methodFrame(what, verb, path string) string {
	return "Unable to put " + what + " '" + verb + "' on resource at path '" + path + "': "
}
