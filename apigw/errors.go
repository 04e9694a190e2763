package apigw

import (
	"net/http"
	"time"
)

// Error is an error of an operation as the client sees it. Its constructors below are the only
// errors whose text reaches the client; any other error becomes an internal failure without detail.
type Error struct {
	Type       string        // name in x-amzn-ErrorType
	Status     int           // HTTP status
	Message    string        // AWS's text where there is one
	RetryAfter time.Duration // sent as Retry-After in whole seconds, rounded up, where positive
}

// Error returns the type and the message.
func (e *Error) Error() string { return e.Type + ": " + e.Message }

// MessageMember returns the name of the body member that holds the message: the errors of the
// model and ValidationException spell it small, those of the layers before them large.
func (e *Error) MessageMember() string {
	switch e.Type {
	case "SerializationException", "AccessDeniedException":
		return "Message"
	}
	return "message"
}

// BadRequest is a request that is understood and refused.
func BadRequest(message string) *Error {
	return &Error{Type: "BadRequestException", Status: http.StatusBadRequest, Message: message}
}

// Unauthorized is a caller who may not do what is asked.
func Unauthorized(message string) *Error {
	return &Error{Type: "UnauthorizedException", Status: http.StatusUnauthorized, Message: message}
}

// NotFound is a request for something that does not exist.
func NotFound(message string) *Error {
	return &Error{Type: "NotFoundException", Status: http.StatusNotFound, Message: message}
}

// Conflict is a request that does not fit the present state, a duplicate for example.
func Conflict(message string) *Error {
	return &Error{Type: "ConflictException", Status: http.StatusConflict, Message: message}
}

// LimitExceeded is a request that would exceed a quota. Like all answers of status 429 it says when to come again.
func LimitExceeded(message string) *Error {
	return &Error{Type: "LimitExceededException", Status: http.StatusTooManyRequests, Message: message, RetryAfter: time.Second}
}

// TooManyRequests is a request above the admitted rate; it may be repeated after retryAfter.
func TooManyRequests(message string, retryAfter time.Duration) *Error {
	return &Error{Type: "TooManyRequestsException", Status: http.StatusTooManyRequests, Message: message, RetryAfter: retryAfter}
}

// ServiceUnavailable is a request that cannot be served now; it may be repeated after retryAfter.
func ServiceUnavailable(message string, retryAfter time.Duration) *Error {
	return &Error{Type: "ServiceUnavailableException", Status: http.StatusServiceUnavailable, Message: message, RetryAfter: retryAfter}
}

// Validation is an input that violates the constraints of the model.
func Validation(message string) *Error {
	return &Error{Type: "ValidationException", Status: http.StatusBadRequest, Message: message}
}

// Serialization is an input that cannot be read: broken JSON or a value of the wrong type.
func Serialization(message string) *Error {
	return &Error{Type: "SerializationException", Status: http.StatusBadRequest, Message: message}
}

// AccessDenied is a request that a policy denies.
func AccessDenied(message string) *Error {
	return &Error{Type: "AccessDeniedException", Status: http.StatusForbidden, Message: message}
}

// MissingAuthenticationToken is a request without credentials, or one for a path that does not exist.
func MissingAuthenticationToken(message string) *Error {
	return &Error{Type: "MissingAuthenticationTokenException", Status: http.StatusForbidden, Message: message}
}

// UnrecognizedClient is a request with an access key or a session token that is not known.
func UnrecognizedClient(message string) *Error {
	return &Error{Type: "UnrecognizedClientException", Status: http.StatusForbidden, Message: message}
}

// InvalidSignature is a request whose signature is wrong, too old or not yet valid.
func InvalidSignature(message string) *Error {
	return &Error{Type: "InvalidSignatureException", Status: http.StatusForbidden, Message: message}
}

// IncompleteSignature is a request whose signature cannot be read.
func IncompleteSignature(message string) *Error {
	return &Error{Type: "IncompleteSignatureException", Status: http.StatusForbidden, Message: message}
}

// NotImplemented is a request for an operation that Sluice does not have.
func NotImplemented(message string) *Error {
	return &Error{Type: "NotImplementedException", Status: http.StatusNotImplemented, Message: message}
}

// InternalFailure is a failure of Sluice itself. It tells the client nothing more.
func InternalFailure() *Error {
	return &Error{Type: "InternalFailure", Status: http.StatusInternalServerError, Message: "Internal failure"}
}

// RequestTooLarge is a request whose body exceeds the limit.
func RequestTooLarge(message string) *Error {
	return &Error{Type: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge, Message: message}
}
