package integration

import "fmt"

// Kind says how a call failed; the gateway chooses the gateway response by it.
type Kind int

// The kinds of failure.
const (
	// Network is a refused, reset or broken connection, a failed TLS handshake or an answer that is
	// not HTTP.
	Network Kind = iota

	// Timeout is a call that was not over in time.
	Timeout

	// InvalidAddress is a URI without a usable host, with a port that is not allowed, or whose name
	// does not resolve.
	InvalidAddress

	// TooLarge is a response body longer than allowed; Error.Bytes has its length as far as known.
	TooLarge

	// Configuration is any other reason for which this integration can't be called as configured;
	// Error.Reason says it in the words of the execution log.
	Configuration

	// Canceled is a call that was given up because the client is gone.
	Canceled

	// RequestTooLarge is a request that is longer than the service takes.
	RequestTooLarge

	// FunctionError is a function that failed before it said anything of the response.
	FunctionError
)

// String returns the kind's name as it stands in logs.
func (k Kind) String() string {
	switch k {
	case Network:
		return "network error"
	case Timeout:
		return "timeout"
	case InvalidAddress:
		return "invalid address"
	case TooLarge:
		return "response too large"
	case Configuration:
		return "configuration error"
	case Canceled:
		return "canceled"
	case RequestTooLarge:
		return "request too large"
	case FunctionError:
		return "function error"
	default:
		return fmt.Sprintf("Kind(%d)", int(k))
	}
}

// Error is a failed call. The client never sees its text, the operator does.
type Error struct {
	Kind   Kind
	Reason string // for Configuration: the cause as it stands in the execution log
	Line   string // a line of the execution log before the one that says the cause, or ""
	Bytes  int64  // for TooLarge: the reported length
	Unsent bool   // the endpoint has seen nothing of the request: it could not be connected to
	Err    error  // the cause, or nil
}

// Error describes the failure for logs.
func (e *Error) Error() string {
	text := e.Kind.String()
	if e.Line != "" {
		text += ": " + e.Line
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
