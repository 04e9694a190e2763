package gateway

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/lambda"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// authorizerTimeout is how long the function of an authorizer may take: as long as integrations usually may.
const authorizerTimeout = 29 * time.Second

// authorizerCall is one call of an authorizer's function. Nothing in it is the exchange's, which may be over
// before the call is, when others wait for the answer.
type authorizerCall struct {
	g        *Gateway
	request  integration.Request
	keep     bool   // returned is wanted
	returned []byte // what the function returned
}

// functionError is an authorizer's function that failed.
type functionError struct {
	message string
	line    string // of the execution log
	reason  string // why what it returned is no result
}

// Error describes the error.
func (e *functionError) Error() string { return e.line }

// newAuthorizerCall makes the call of an authorizer's function for the exchange.
//
// AWS: Input to an API Gateway Lambda authorizer.
func (g *Gateway) newAuthorizerCall(x *Exchange, a *plan.Authorizer, values []string) (*authorizerCall, *fault) {
	function := x.stage.AuthorizerFunction(a)
	if function == nil {
		return nil, authorizationFault("Invalid Authorizer URI")
	}
	arn := x.methodARN()
	c := &authorizerCall{g: g, keep: x.detail == everything}
	req := &c.request
	req.Method, req.URI.Path, req.Service = "POST", function.Path, function.Service
	req.Timeout, req.MaxResponseBytes = authorizerTimeout, MaxBodyBytes
	req.Headers.Add(headerLambdaTag, strings.Clone(x.ids.requestID))
	req.Headers.Add(headerAPIID, x.stage.Plan.APIID)
	req.Headers.Add(headerSourceARN, function.SourceARN)
	req.Headers.Add(headerAccept, "application/json")
	req.Headers.Add(headerUserAgent, x.stage.Plan.UserAgent)
	req.Headers.Add(headerContentType, "application/json")
	if a.Type == apigw.AuthorizerTypeToken {
		req.Body = lambda.AppendAuthorizerToken(nil, values[0], arn)
		return c, nil
	}
	event := lambda.Event{
		Resource: x.context.ResourcePath, Path: x.eventPath(), Method: x.verb,
		Headers: x.eventHeaders(), Query: x.scope.Query, PathParameters: x.scope.Path, StageVariables: x.scope.StageVariables,
		Context: &x.context,
	}
	if x.method != nil {
		event.OperationName = x.method.OperationName
	}
	req.Body = event.AppendAuthorizerRequest(nil, arn)
	return c, nil
}

// run makes the call, once.
func (c *authorizerCall) run(ctx context.Context) (answer lambdaauth.Answer) {
	g := c.g
	if g.signer == nil || g.http == nil {
		answer.Err = &integration.Error{Kind: integration.Configuration, Reason: "Integrations with AWS services are switched off"}
		return answer
	}
	if answer.Err = g.signer.Sign(ctx, &c.request); answer.Err != nil {
		return answer
	}
	var resp integration.Response
	defer resp.Reset()
	start := g.now()
	answer.Err = g.http.Call(ctx, &c.request, &resp)
	answer.Latency = g.now().Sub(start)
	if answer.Err != nil {
		return answer
	}
	answer.Status, answer.RequestID = resp.Status, strings.Clone(resp.Headers.Get(headerRequestID))
	if answer.Err = lambda.Failure(&resp); answer.Err != nil {
		return answer
	}
	if c.keep {
		c.returned = bytes.Clone(resp.Body)
	}
	result, err := lambdaauth.ParseResult(resp.Body)
	switch {
	case lambda.FunctionFailed(&resp):
		message := lambda.ErrorMessage(resp.Body)
		failed := &functionError{message: message, line: lambda.FunctionFault(&resp, message), reason: "Authorizer error"}
		if wrong, ok := err.(*lambdaauth.Error); ok {
			failed.reason = wrong.Reason
		}
		answer.Err = failed
	case err != nil:
		answer.Err = err
	default:
		answer.Result = result
	}
	return answer
}
