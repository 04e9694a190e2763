// Package lambda knows what Lambda functions are sent and what they answer: the proxy event, the proxy
// result, the function error, and both in Lambda's wire format, whole or streamed.
//
// It calls nothing: the gateway builds an endpoint request for the service, a signer signs it and the
// HTTP back end sends it, as for any other AWS service. It does not decide what the client sees.
// Start reading at [Event] for the way there and at [ParseResult] for the way back; stream.go is the
// way back of streamed responses, failure.go tells the failures of the service from those of functions.
package lambda

// MaxEventBytes is the longest event that a function can be called with.
//
// AWS: Lambda quotas (invocation payload, synchronous).
const MaxEventBytes = 6 << 20

// The headers of the service.
const (
	HeaderFunctionError = "X-Amz-Function-Error"
	headerRequestID     = "x-amzn-RequestId"
)
