// Hot path.

package gateway

import (
	"context"
	"errors"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// call calls the integration and keeps its answer.
func (g *Gateway) call(ctx context.Context, x *Exchange) *fault {
	var err error
	switch in := x.method.Integration; {
	case in.Type == apigw.IntegrationTypeMock:
		err = g.mock.Call(ctx, &x.endpointRequest, &x.endpointResponse)
		if err != nil && !x.templated {
			// A body that passed without a template need not name a status.
			x.unselected = true
			return nil
		}
	case g.http == nil:
		return configurationFault("HTTP integrations are switched off")
	default:
		x.callBegan = g.now()
		err = g.http.Call(ctx, &x.endpointRequest, &x.endpointResponse)
		x.integrationLatency = g.now().Sub(x.callBegan)
		if err == nil {
			x.called = true
			x.keepEndpointID()
			x.recordEndpointResponse()
		}
	}
	return x.failure(err)
}

// keepEndpointID makes the request id that an AWS service gave $context.awsEndpointRequestId.
//
// AWS: API Gateway mapping template and access logging variable reference.
func (x *Exchange) keepEndpointID() {
	if kind := x.method.Integration.Type; kind != apigw.IntegrationTypeAws && kind != apigw.IntegrationTypeAwsProxy {
		return
	}
	id, ok := x.endpointResponse.Headers.LastFold(headerRequestID)
	if !ok {
		id, _ = x.endpointResponse.Headers.LastFold("x-amz-request-id")
	}
	x.context.AWSEndpointRequestID = id
}

// sign makes a request to an AWS service one that can be sent.
func (g *Gateway) sign(ctx context.Context, x *Exchange) *fault {
	if x.endpointRequest.Service.Name == "" {
		return nil
	}
	if g.signer == nil {
		return configurationFault("Integrations with AWS services are switched off")
	}
	x.useCallerCredentials()
	return x.failure(g.signer.Sign(ctx, &x.endpointRequest))
}

// failure returns the fault for an endpoint that could not be called, nil without an error.
func (x *Exchange) failure(err error) *fault {
	if err == nil {
		return nil
	}
	var failure *integration.Error
	if !errors.As(err, &failure) {
		failure = &integration.Error{Kind: integration.Network, Err: err}
	}
	x.callFailure = failure.Error()
	f := callFault(failure)
	if failure.Line != "" { // which only kinds have whose faults are made for each request
		f.line = failure.Line
	}
	return f
}

// callFault turns the failure of a call into what the client sees.
//
// AWS: Gateway response types for API Gateway.
func callFault(failure *integration.Error) *fault {
	switch failure.Kind {
	case integration.Timeout:
		return faultTimeout
	case integration.InvalidAddress:
		return faultInvalidTarget
	case integration.TooLarge:
		return tooLargeFault(failure.Bytes)
	case integration.Configuration:
		return configurationFault(failure.Reason)
	case integration.Canceled:
		return faultCanceled
	case integration.RequestTooLarge:
		return requestTooLargeFault()
	case integration.FunctionError:
		return functionFault()
	}
	return networkFault(failure.Error())
}
