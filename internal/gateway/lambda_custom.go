// Hot path.

package gateway

import (
	"github.com/sluice-gateway/sluice/internal/integration/lambda"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// noEvent is the event of a request without a body.
var noEvent = []byte("{}")

// completeInvocation adds to the request of an AWS integration what one that invokes a Lambda function
// has besides.
//
// AWS: Lambda custom integrations. Observed: conformance/lambda_custom.txtar (the event without a body).
func (x *Exchange) completeInvocation() *fault {
	req := &x.endpointRequest
	if len(req.Body) == 0 {
		req.Body = noEvent
		setDefault(&req.Headers, headerContentType, x.contentType())
	}
	if len(req.Body) > lambda.MaxEventBytes {
		return requestTooLargeFault()
	}
	req.Headers.Set(headerLambdaTag, x.ids.requestID)
	req.Headers.Set(headerSourceARN, x.stage.Function(x.method).SourceARN)
	return nil
}

// selectFunctionResponse returns the integration response for the answer of a function: by the message of
// its error, or by no text at all where it did not fail. The status of the answer is of no interest.
//
// AWS: Handle Lambda errors in API Gateway. Observed: conformance/lambda_selection.txtar.
func (x *Exchange) selectFunctionResponse() (*plan.IntegrationResponse, *fault) {
	answer := &x.endpointResponse
	if err := lambda.Failure(answer); err != nil {
		return nil, x.failure(err)
	}
	if !lambda.FunctionFailed(answer) {
		return x.method.Integration.Select(""), nil
	}
	message := lambda.ErrorMessage(answer.Body)
	x.record(failures, lambda.FunctionFault(answer, message))
	return x.method.Integration.Select(message), nil
}

// errorObject returns the answer of a function that failed with a message that is JSON text, as mappings
// see it that read inside of the message; nil for any other answer.
//
// AWS: Handle Lambda errors in API Gateway (custom errors).
func (x *Exchange) errorObject() *mapping.EndpointResponse {
	if !x.method.Integration.Lambda || !lambda.FunctionFailed(&x.endpointResponse) {
		return nil
	}
	body, ok := lambda.OpenErrorMessage(x.endpointResponse.Body)
	if !ok {
		return nil
	}
	return &mapping.EndpointResponse{Body: body}
}
