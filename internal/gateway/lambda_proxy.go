// Hot path.

package gateway

import (
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration/lambda"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// buildInvocation makes the endpoint request of an AWS_PROXY integration: the invocation of its function
// with the proxy event. Mappings have no effect, but one for a restricted header fails every request.
//
// AWS: Lambda proxy integrations in API Gateway. Observed: conformance/lambda_restricted.txtar.
func (x *Exchange) buildInvocation(in *plan.Integration) *fault {
	for i := range in.Parameters {
		if p := &in.Parameters[i]; p.To == plan.Header && serviceRules.of(p.Name) == refuse {
			return configurationFault("Header " + p.Name + " can't be mapped")
		}
	}
	function := x.stage.Function(x.method)
	switch {
	case function == nil:
		return faultInvalidTarget
	case in.Verb != "POST":
		return verbFault()
	}
	req := &x.endpointRequest
	req.Method, req.URI.Path, req.Service = in.Verb, function.Path, function.Service
	req.Timeout, req.MaxResponseBytes = in.Timeout, MaxBodyBytes
	x.askForStream(in)
	if f := x.buildEvent(); f != nil {
		return f
	}
	h := &req.Headers
	h.Add(headerLambdaTag, x.ids.requestID)
	h.Add(headerAPIID, x.stage.Plan.APIID)
	h.Add(headerSourceARN, function.SourceARN)
	h.Add(headerAccept, "application/json")
	h.Add(headerUserAgent, x.stage.Plan.UserAgent)
	h.Add(headerTraceID, x.endpointTrace())
	h.Add(headerContentType, "application/json")
	return nil
}

// buildEvent makes the event the endpoint request's body.
//
// AWS: Lambda proxy integrations in API Gateway (input format).
func (x *Exchange) buildEvent() *fault {
	event := lambda.Event{
		Resource: x.method.ResourcePath, Path: x.eventPath(), Method: x.verb, OperationName: x.method.OperationName,
		Headers: x.eventHeaders(), Query: x.scope.Query, PathParameters: x.scope.Path, StageVariables: x.scope.StageVariables,
		Context: &x.context,
		Base64:  x.stage.Plan.Binary.Contains(plan.MediaType(x.Request.Headers.Get(headerContentType))),
	}
	conversion := asText
	if event.Base64 {
		conversion = asBytes
	}
	event.Body, x.buf.convert, _ = conversion.convert(x.buf.convert, x.body)
	x.buf.request = event.Append(x.buf.request[:0])
	x.endpointRequest.Body = x.buf.request
	if len(x.buf.request) > lambda.MaxEventBytes {
		return requestTooLargeFault()
	}
	return nil
}

// eventHeaders returns the headers that a function sees: all that mappings see, but no signature.
func (x *Exchange) eventHeaders() []mapping.Param {
	for i := range x.scope.Header {
		if x.withholds(&x.scope.Header[i]) {
			headers := make([]mapping.Param, 0, len(x.scope.Header)-1)
			headers = append(headers, x.scope.Header[:i]...)
			return append(headers, x.scope.Header[i+1:]...)
		}
	}
	return x.scope.Header
}

// functionResponse makes the response out of the result of a function.
//
// AWS: Lambda proxy integrations in API Gateway (output format).
// Observed: conformance/lambda_result.txtar, conformance/lambda_result_malformed.txtar.
func (x *Exchange) functionResponse() *fault {
	answer := &x.endpointResponse
	if err := lambda.Failure(answer); err != nil {
		return x.failure(err)
	}
	result := &x.result
	switch {
	case answer.Stream != nil:
		if err := lambda.Open(answer, result); err != nil {
			return x.failure(err)
		}
	case lambda.FunctionFailed(answer):
		f := functionFault()
		f.line = lambda.FunctionFault(answer, lambda.ErrorMessage(answer.Body))
		return f
	case lambda.ParseResult(answer.Body, result) != nil:
		return malformedFault()
	}
	x.Response.Status = result.Status
	x.Response.StreamLength = -1
	for _, field := range result.Headers {
		if f := x.addFunctionHeader(field); f != nil {
			return f
		}
	}
	x.Response.Headers.Set(headerTraceID, x.functionTrace())
	if answer.Stream != nil {
		x.Response.Stream = answer.Stream
		return nil
	}
	x.buf.response = append(x.buf.response[:0], result.Body...)
	conversion := asText
	if result.Base64 && x.stage.Plan.Binary.Contains(x.acceptsFirst()) {
		conversion = fromBase64
	}
	return x.setBody(conversion, x.buf.response)
}

// addFunctionHeader appends a header that a function returned. That of a streamed response's length is
// its framing.
func (x *Exchange) addFunctionHeader(f header.Field) *fault {
	if !validHeader(f.Name, f.Value) {
		return malformedFault()
	}
	if x.endpointResponse.Stream != nil && header.EqualName(f.Name, "Content-Length") {
		if n, err := strconv.ParseInt(f.Value, 10, 64); err == nil && n >= 0 {
			x.Response.StreamLength = n
			return nil
		}
	}
	addReturned(&x.Response.Headers, returnedRules, f.Name, f.Value)
	return nil
}

// functionTrace returns the trace with the lineage that Lambda added to it.
//
// AWS: Trace user requests to REST APIs using X-Ray.
func (x *Exchange) functionTrace() string {
	_, lineage, ok := strings.Cut(x.endpointResponse.Headers.Get(headerTraceID), ";Lineage=")
	if !ok {
		return x.ids.trace
	}
	lineage, _, _ = strings.Cut(lineage, ";")
	return x.ids.trace + ";Lineage=" + lineage
}
