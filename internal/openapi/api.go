package openapi

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// API is what a document describes, ready to be checked and stored. Nothing in it has an id:
// resources are known by path, the rest by name.
type API struct {
	// RestAPI has the members that a document can set, each absent where it does not.
	RestAPI apigw.RestApi

	Resources         []Resource // parents before children; the first is the root
	Models            []Model
	RequestValidators []Located[apigw.RequestValidator]
	Authorizers       []Located[apigw.Authorizer]
	GatewayResponses  []Located[apigw.GatewayResponse]

	// DocumentationParts and DocumentationVersion are empty with IgnoreDocumentation.
	DocumentationParts   []Located[apigw.DocumentationPart]
	DocumentationVersion string

	root  *node
	text  []byte
	sites []site
}

// Located is a value with its place in the document.
type Located[T any] struct {
	Value T
	Position
}

// Resource is a path of the document or a segment that leads to one.
type Resource struct {
	Path     string // "/pets/{id}", "/" for the root
	Parent   string // path of the parent, empty for the root
	PathPart string // empty for the root
	Methods  []Method
	Position // of the path that made it
}

// Method is an operation of the document.
type Method struct {
	// Shape is the method with its responses, its integration and the integration's
	// responses. It has neither AuthorizerId nor RequestValidatorId: see the names below.
	Shape apigw.Method

	Authorizer       string // name of the authorizer, empty for none
	RequestValidator string // name of the request validator, empty for none

	// Pointer is the JSON pointer of the operation in the document.
	Pointer string
	Position
}

// Verb returns the verb of the method, ANY included.
func (m *Method) Verb() string { return *m.Shape.HttpMethod }

// site is a place for problems that a frame begins.
type site struct {
	frame string
	Position
	details map[string]Position // by the name of the member
}

// Locate finds the place in the document that a refusal of the control plane is about: line is
// a line of its message that begins with one of the frames.
func (a *API) Locate(line string) (Position, bool) {
	for _, s := range a.sites {
		message, ok := strings.CutPrefix(line, s.frame)
		if !ok {
			continue
		}
		for _, word := range detailWords {
			if pos, known := s.details[word.member]; known && strings.Contains(message, word.text) {
				return pos, true
			}
		}
		return s.Position, true
	}
	return Position{}, false
}

// detailWords tell by a word of a message which member it is about.
var detailWords = []struct{ text, member string }{
	{"URI", "uri"}, {"uri", "uri"}, {"ARN", "uri"},
	{"HttpMethod", "httpMethod"},
	{"Timeout", "timeoutInMillis"},
	{"onnectionId", "connectionId"},
	{"mapping expression", "requestParameters"}, {"Parameter name", "requestParameters"},
	{"content type", "requestTemplates"},
	{"cache key", "cacheKeyParameters"},
}

// PositionOf returns the place of the value at a JSON pointer.
func (a *API) PositionOf(pointer string) (Position, bool) {
	n := a.root.pointer(pointer)
	if n == nil {
		return Position{}, false
	}
	return n.pos, true
}

// PositionIn turns a place within the text at a JSON pointer, such as the place of a mistake in a
// mapping template, into a place in the document. Where the lines of the text are not lines of
// the document the answer is the beginning of the text.
func (a *API) PositionIn(pointer string, within Position) (Position, bool) {
	n := a.root.pointer(pointer)
	if n == nil {
		return Position{}, false
	}
	if !n.literal {
		return n.pos, true
	}
	// The block begins on the line after its indicator; its indentation is that of its
	// first line that is not blank.
	lines := strings.Split(string(a.text), "\n")
	for _, line := range lines[min(n.pos.Line, len(lines)):] {
		if text := strings.TrimLeft(line, " "); text != "" && text != "\r" {
			indent := len(line) - len(text)
			return Position{Line: n.pos.Line + within.Line, Column: indent + within.Column}, true
		}
	}
	return n.pos, true
}

// Escape writes a key as a token of a JSON pointer.
func Escape(key string) string { return pointerEscaper.Replace(key) }
