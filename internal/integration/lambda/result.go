package lambda

import (
	"bytes"
	"errors"
	"strings"
	"unsafe"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// ErrMalformed is a result that a function of a proxy integration must not return.
//
// AWS: Lambda proxy integrations in API Gateway (output format).
var ErrMalformed = errors.New("malformed Lambda proxy response")

// Result is what a function of a proxy integration returned. The zero Result is ready to read one into, and one that was used is after
// Reset. It is not safe for concurrent use.
type Result struct {
	Status int

	// Headers are the values of multiValueHeaders followed by those of headers, one field each. All
	// fields whose names differ in case only have the name of the first.
	Headers header.List

	Body   string // valid until Reset, and as long as the text that was read stays as it is
	Base64 bool   // Body is encoded

	parser jsonvalue.Parser
}

// Reset empties the result and keeps its memory for the next one.
func (r *Result) Reset() {
	clear(r.Headers)
	r.parser.Forget()
	r.Status, r.Headers, r.Body, r.Base64 = 0, r.Headers[:0], "", false
}

// delimiter ends the metadata of a streamed response.
var delimiter = make([]byte, 8)

// ParseResult reads the result of a function into r, whose headers are appended to. The error is
// ErrMalformed.
//
// Observed: conformance/lambda_result.txtar, conformance/lambda_result_malformed.txtar.
func ParseResult(text []byte, r *Result) error {
	if i := bytes.Index(text, delimiter); i >= 0 {
		// The function streams, but nobody asked it to: status and headers arrive, the body is lost.
		return ParseMetadata(text[:i], r)
	}
	return parse(text, r, false)
}

// ParseMetadata reads what a function that streams sends before the body.
//
// AWS: Set up a Lambda proxy integration with payload response streaming.
func ParseMetadata(text []byte, r *Result) error { return parse(text, r, true) }

// parse reads a result or metadata, which differ in a few members.
func parse(text []byte, r *Result, metadata bool) error {
	// Nothing is kept of the text but the body.
	doc, err := r.parser.Parse(unsafe.String(unsafe.SliceData(text), len(text)))
	if err != nil || doc.Kind() != jsonvalue.Object {
		return ErrMalformed
	}
	r.Status = 200
	var single, multiple, cookies jsonvalue.Value
	ok := true
	for name, v := range doc.Members() {
		switch {
		case name == "statusCode":
			ok = r.setStatus(v)
		case name == "headers":
			single = v
		case name == "multiValueHeaders":
			multiple = v
		case name == "cookies" && metadata:
			cookies = v
		case name == "body" && !metadata:
			r.Body, ok = scalar(v)
		case name == "isBase64Encoded" && !metadata:
			ok = r.setBase64(v)
		default:
			ok = false
		}
		if !ok {
			return ErrMalformed
		}
	}
	if !r.addMultiple(multiple) || !r.addSingle(single) || !r.addCookies(cookies) {
		return ErrMalformed
	}
	return nil
}

// setStatus reads statusCode: an integer, as a number or as text.
func (r *Result) setStatus(v jsonvalue.Value) bool {
	if v.IsNull() {
		return true
	}
	if v.Kind() != jsonvalue.Number && v.Kind() != jsonvalue.String {
		return false
	}
	text, _ := scalar(v)
	status := 0
	for _, c := range text {
		if c < '0' || c > '9' || status > 599 {
			return false
		}
		status = status*10 + int(c-'0')
	}
	r.Status = status
	return status >= 200 && status <= 599
}

// setBase64 reads isBase64Encoded.
func (r *Result) setBase64(v jsonvalue.Value) bool {
	text, ok := scalar(v)
	r.Base64 = text == "true"
	return ok && (r.Base64 || text == "false" || text == "")
}

// addMultiple appends the fields of multiValueHeaders.
func (r *Result) addMultiple(v jsonvalue.Value) bool {
	if !v.Exists() || v.IsNull() {
		return true
	}
	if v.Kind() != jsonvalue.Object {
		return false
	}
	for name, values := range v.Members() {
		if values.Kind() != jsonvalue.Array {
			return false
		}
		for _, value := range values.Elements() {
			if !r.add(name, value) {
				return false
			}
		}
	}
	return true
}

// addSingle appends the fields of headers.
func (r *Result) addSingle(v jsonvalue.Value) bool {
	if !v.Exists() || v.IsNull() {
		return true
	}
	if v.Kind() != jsonvalue.Object {
		return false
	}
	for name, value := range v.Members() {
		if !r.add(name, value) {
			return false
		}
	}
	return true
}

// addCookies appends a Set-Cookie for each of the cookies.
func (r *Result) addCookies(v jsonvalue.Value) bool {
	if !v.Exists() || v.IsNull() {
		return true
	}
	if v.Kind() != jsonvalue.Array {
		return false
	}
	for _, value := range v.Elements() {
		if !r.add("Set-Cookie", value) {
			return false
		}
	}
	return true
}

// add appends one field. It stands behind those of its name, in their case; null adds none.
func (r *Result) add(name string, v jsonvalue.Value) bool {
	if v.IsNull() {
		return true
	}
	value, ok := scalar(v)
	if !ok {
		return false
	}
	both := name + value // one memory for both, which outlives the text
	name, value = both[:len(name)], both[len(name):]
	at := len(r.Headers)
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if header.EqualName(r.Headers[i].Name, name) {
			name, at = r.Headers[i].Name, i+1
			break
		}
	}
	r.Headers = append(r.Headers, header.Field{})
	copy(r.Headers[at+1:], r.Headers[at:])
	r.Headers[at] = header.Field{Name: name, Value: value}
	return true
}

// scalar returns a text as it is, a number or boolean as it was written, and null as no text.
func scalar(v jsonvalue.Value) (string, bool) {
	switch v.Kind() {
	case jsonvalue.String, jsonvalue.Number:
		return v.Text(), true
	case jsonvalue.True:
		return "true", true
	case jsonvalue.False:
		return "false", true
	case jsonvalue.Null:
		return "", true
	}
	return "", false
}

// ErrorMessage returns the errorMessage of a function error, "" if it has none.
//
// AWS: Handle Lambda errors in API Gateway.
func ErrorMessage(body []byte) string {
	doc, err := jsonvalue.Parse(body)
	if err != nil || doc.Kind() != jsonvalue.Object {
		return ""
	}
	message, _ := scalar(doc.Get("errorMessage"))
	return message
}

// OpenErrorMessage returns a function error in which an errorMessage that is the text of a JSON object
// is that object. It reports false for any other error.
//
// AWS: Handle Lambda errors in API Gateway (custom errors).
func OpenErrorMessage(body []byte) ([]byte, bool) {
	doc, err := jsonvalue.Parse(body)
	if err != nil || doc.Kind() != jsonvalue.Object {
		return nil, false
	}
	text := strings.TrimSpace(doc.Get("errorMessage").Text())
	if !strings.HasPrefix(text, "{") {
		return nil, false
	}
	message, err := jsonvalue.ParseString(text)
	if err != nil {
		return nil, false
	}
	opened := make([]byte, 0, len(body))
	i := 0
	for name, v := range doc.Members() {
		if name == "errorMessage" {
			v = message
		}
		opened = jsonvalue.AppendString(append(opened, opening(i, '{')), name, jsonvalue.Verbatim)
		opened = v.Append(append(opened, ':'), jsonvalue.Verbatim)
		i++
	}
	return append(opened, '}'), true
}
