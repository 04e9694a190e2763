package sigv4

import "fmt"

// Error is a request that is refused, with status 403. Control plane and data plane show it alike.
type Error struct {
	Type    string // in x-amzn-ErrorType
	Message string
}

// Error returns the type and the message.
func (e *Error) Error() string { return e.Type + ": " + e.Message }

var (
	errMissingToken = &Error{
		Type: "MissingAuthenticationTokenException", Message: "Missing Authentication Token",
	}
	errUnrecognizedClient = &Error{
		Type: "UnrecognizedClientException", Message: "The security token included in the request is invalid.",
	}
	errExpiredToken = &Error{
		Type: "ExpiredTokenException", Message: "The security token included in the request is expired",
	}
	errSignatureMismatch = invalidSignature("The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
)

func invalidSignature(format string, args ...any) *Error {
	return &Error{Type: "InvalidSignatureException", Message: fmt.Sprintf(format, args...)}
}

func incompleteSignature(format string, args ...any) *Error {
	return &Error{Type: "IncompleteSignatureException", Message: fmt.Sprintf(format, args...)}
}
