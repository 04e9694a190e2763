package gateway

import (
	"errors"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// unauthorizedMessage is the message with which a function refuses a caller.
//
// AWS: Call an API with an API Gateway Lambda authorizer.
const unauthorizedMessage = "Unauthorized"

// faultUnidentified refuses a request without the identity that an authorizer needs. The execution log says
// nothing of it.
//
// AWS: Configure an API Gateway Lambda authorizer (troubleshooting).
var faultUnidentified = &fault{
	responseType: apigw.GatewayResponseTypeUnauthorized, status: 401, errorType: unauthorized, message: unauthorizedMessage, quiet: true,
	reason: "An identity source of the authorizer has no value, or one that does not fit its validation expression",
}

// unauthorizedFault refuses a caller whom an authorizer does not know.
//
// Observed: conformance/authorizer_log.txtar (lines of the execution log).
func (x *Exchange) unauthorizedFault(message string) *fault {
	f := withMessage(apigw.GatewayResponseTypeUnauthorized, message)
	f.line, f.ending = "Unauthorized request: "+x.ids.requestID, unauthorizedMessage
	return f
}

// authorizerFault returns the fault for an authorizer that could not be asked, or did not return a result. What
// keeps the function from being called is told in a line of its own.
//
// AWS: Gateway response types for API Gateway. Observed: conformance/authorizer_log.txtar.
func (x *Exchange) authorizerFault(err error) *fault {
	var failed *functionError
	var malformed *lambdaauth.Error
	var uncalled *integration.Error
	switch {
	case errors.As(err, &failed):
		if failed.message == unauthorizedMessage {
			return x.unauthorizedFault(unauthorizedMessage)
		}
		f := authorizerFailure(apigw.GatewayResponseTypeAuthorizerFailure, failed.reason)
		f.line = failed.line
		return f
	case errors.As(err, &malformed):
		f := authorizerFailure(apigw.GatewayResponseTypeAuthorizerConfigurationError, malformed.Reason)
		f.reason = malformed.Detail
		return f
	case errors.As(err, &uncalled):
		f := authorizerFailure(apigw.GatewayResponseTypeAuthorizerConfigurationError, "Authorizer error")
		if uncalled.Line != "" {
			x.record(failures, uncalled.Line)
		}
		f.line = "Execution failed due to " + callFault(uncalled).cause
		if uncalled.Err != nil && uncalled.Kind != integration.Network {
			f.reason = uncalled.Err.Error()
		}
		return f
	}
	return authorizerFailure(apigw.GatewayResponseTypeAuthorizerConfigurationError, "Authorizer error")
}

// authorizerFailure is an authorizer that failed, with the reason as the execution log has it.
func authorizerFailure(t apigw.GatewayResponseType, reason string) *fault {
	f := faultOf(t)
	f.cause, f.ending = "configuration error: "+reason, authorizerConfig
	return f
}
