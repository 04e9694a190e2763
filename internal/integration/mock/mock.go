// Package mock is the back end of MOCK integrations: it answers from the request itself.
//
// AWS: Mock integrations for REST APIs in API Gateway.
package mock

import (
	"context"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Integration answers with the status that the request body names and an empty body. The zero
// Integration is ready to use.
type Integration struct{}

// errStatusCode is the failure of a request body that names no status.
var errStatusCode = &integration.Error{
	Kind:   integration.Configuration,
	Reason: "Unable to parse statusCode. It should be an integer that is defined in the request template.",
}

// Call sets the status of resp. It fails with Configuration when the request body is not an object
// with an integer statusCode.
func (Integration) Call(_ context.Context, req *integration.Request, resp *integration.Response) error {
	status, ok := StatusCode(req.Body)
	if !ok {
		return errStatusCode
	}
	resp.Status = status
	return nil
}

// StatusCode returns the integer member statusCode of a rendered request template. The template need
// not render strict JSON: {statusCode: 200} will do.
func StatusCode(body []byte) (int, bool) {
	if status, ok := plainStatusCode(body); ok {
		return status, true
	}
	doc, err := jsonvalue.ParseLenient(body)
	if err != nil || doc.Kind() != jsonvalue.Object {
		return 0, false
	}
	value := doc.Get("statusCode")
	if !value.Exists() || value.Kind() != jsonvalue.Number {
		return 0, false
	}
	status, ok := value.Int64()
	return int(status), ok
}

// plainStatusCode reads the form that nearly all templates render, {"statusCode": 200}, without
// building a value.
func plainStatusCode(body []byte) (int, bool) {
	rest := body
	for _, token := range [...]string{"{", `"statusCode"`, ":"} {
		rest = skipSpace(rest)
		if len(rest) < len(token) || string(rest[:len(token)]) != token {
			return 0, false
		}
		rest = rest[len(token):]
	}
	rest = skipSpace(rest)
	status, digits := 0, 0
	for digits < len(rest) && digits < 9 && '0' <= rest[digits] && rest[digits] <= '9' {
		status = status*10 + int(rest[digits]-'0')
		digits++
	}
	leadingZero := digits > 1 && rest[0] == '0'
	if digits == 0 || leadingZero {
		return 0, false
	}
	rest = skipSpace(rest[digits:])
	if len(rest) == 0 || rest[0] != '}' || len(skipSpace(rest[1:])) > 0 {
		return 0, false
	}
	return status, true
}

// skipSpace returns what follows the blanks of JSON.
func skipSpace(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\r' || text[0] == '\t') {
		text = text[1:]
	}
	return text
}
