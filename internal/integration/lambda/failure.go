package lambda

import (
	"io"
	"strconv"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// maxFailureBytes is how much of a streamed answer is read that says why there is no other.
const maxFailureBytes = 64 << 10

// Failure returns why the service did not run the function, or nil if it did. resp is the answer to an
// invocation.
//
// AWS: Invoke (Lambda API reference). Observed: conformance/lambda_failures.txtar (lines of the log).
func Failure(resp *integration.Response) error {
	if resp.Status >= 200 && resp.Status <= 299 {
		return nil
	}
	line := "Lambda invocation failed with status: " + strconv.Itoa(resp.Status) + ". Lambda request id: " + resp.Headers.Get(headerRequestID)
	switch resp.Status {
	case 403:
		return &integration.Error{Kind: integration.Configuration, Reason: "Invalid permissions on Lambda function"}
	case 413:
		return &integration.Error{Kind: integration.RequestTooLarge, Line: line}
	case 429:
		return &integration.Error{Kind: integration.Configuration, Reason: "Rate Exceeded.", Line: line}
	}
	reason := failureMessage(resp)
	if reason == "" {
		reason = "Lambda answered " + strconv.Itoa(resp.Status)
	}
	return &integration.Error{Kind: integration.Configuration, Reason: reason, Line: line}
}

// failureMessage returns what the service says of a failure.
func failureMessage(resp *integration.Response) string {
	body := resp.Body
	if resp.Stream != nil {
		body, _ = io.ReadAll(io.LimitReader(resp.Stream, maxFailureBytes)) // as far as it is there
	}
	doc, err := jsonvalue.Parse(body)
	if err != nil {
		return ""
	}
	if message := doc.Get("Message").Text(); message != "" {
		return message
	}
	return doc.Get("message").Text()
}

// FunctionFailed reports whether the answer to an invocation is an error of the function.
func FunctionFailed(resp *integration.Response) bool { return resp.Headers.Has(HeaderFunctionError) }

// FunctionFault returns the line of the execution log for a function that failed with the message.
func FunctionFault(resp *integration.Response, message string) string {
	return "Lambda execution failed with status " + strconv.Itoa(resp.Status) + " due to customer function error: " + message +
		". Lambda request id: " + resp.Headers.Get(headerRequestID)
}
