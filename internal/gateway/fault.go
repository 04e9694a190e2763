package gateway

import (
	"net/http"
	"strconv"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// fault is why an exchange ends with a gateway response. A phase returns it; renderFault alone turns
// it into the response. Faults that are always the same are shared and never written to.
type fault struct {
	// responseType is the gateway response whose customisation applies. With "" only that of
	// DEFAULT_4XX or DEFAULT_5XX applies.
	responseType apigw.GatewayResponseType

	status    int
	errorType string // x-amzn-ErrorType
	message   string // $context.error.message; "" is null
	spelling  spelling

	fixed      bool   // can't be customised: it arises before an API is known
	plain      bool   // the message is the whole body, as plain text
	cause      string // line of the execution log after "Execution failed due to ", or ""
	line       string // line of the execution log before that, or ""
	validation string // $context.error.validationErrorString
	ending     string // last line of the execution log instead of the status, or ""
	quiet      bool   // the execution log says nothing of it
	reason     string // why the request was refused, for the operator alone: the rule that did it
}

// appendMessage appends $context.error.messageString to dst: the message as a JSON string, or null.
func (f *fault) appendMessage(dst []byte) []byte {
	if f.message == "" {
		return append(dst, "null"...)
	}
	return jsonvalue.AppendString(dst, f.message, jsonvalue.Verbatim)
}

// spelling is how the built-in body of a fault is written: two systems of the service print it,
// compact before the execution of the request starts, with a blank after the colon in it.
type spelling uint8

const (
	compact spelling = iota // {"message":"Forbidden"}
	spaced                  // {"message": "Internal server error"}
	capital                 // {"Message":"User is not authorized to access this resource"}
)

// key returns what stands before the message.
func (s spelling) key() string {
	switch s {
	case spaced:
		return `{"message": `
	case capital:
		return `{"Message":`
	default:
		return `{"message":`
	}
}

// Exceptions in x-amzn-ErrorType.
const (
	accessDenied         = "AccessDeniedException"
	authorizerConfig     = "AuthorizerConfigurationException"
	badRequest           = "BadRequestException"
	expiredToken         = "ExpiredTokenException"
	forbidden            = "ForbiddenException"
	internalServerError  = "InternalServerErrorException"
	invalidSignature     = "InvalidSignatureException"
	limitExceeded        = "LimitExceededException"
	missingToken         = "MissingAuthenticationTokenException"
	notFound             = "NotFoundException"
	requestTooLarge      = "RequestEntityTooLargeException"
	tooManyRequests      = "TooManyRequestsException"
	unauthorized         = "UnauthorizedException"
	messageInternalError = "Internal server error"
)

// responseTypes has the built-in answer of every gateway response type. DEFAULT_4XX and DEFAULT_5XX
// stand for others and are never raised themselves.
//
// AWS: Gateway response types for API Gateway.
// Observed: conformance/gatewayresponse_bodies.txtar (spelling), conformance/missing_method.txtar.
var responseTypes = map[apigw.GatewayResponseType]*fault{
	apigw.GatewayResponseTypeAccessDenied:                 {status: 403, errorType: accessDenied, message: "User is not authorized to access this resource", spelling: capital},
	apigw.GatewayResponseTypeApiConfigurationError:        {status: 500, errorType: internalServerError, message: messageInternalError, spelling: spaced},
	apigw.GatewayResponseTypeAuthorizerConfigurationError: {status: 500, errorType: authorizerConfig},
	apigw.GatewayResponseTypeAuthorizerFailure:            {status: 500, errorType: authorizerConfig},
	apigw.GatewayResponseTypeBadRequestBody:               {status: 400, errorType: badRequest, message: "Invalid request body", spelling: spaced},
	apigw.GatewayResponseTypeBadRequestParameters:         {status: 400, errorType: badRequest, message: "Missing required request parameters: []", spelling: spaced},
	apigw.GatewayResponseTypeDefault4xx:                   {},
	apigw.GatewayResponseTypeDefault5xx:                   {},
	apigw.GatewayResponseTypeExpiredToken:                 {status: 403, errorType: expiredToken, message: "The security token included in the request is expired"},
	apigw.GatewayResponseTypeIntegrationFailure:           {status: 504, errorType: internalServerError, message: "Network error communicating with endpoint", spelling: spaced},
	apigw.GatewayResponseTypeIntegrationTimeout:           {status: 504, errorType: internalServerError, message: "Endpoint request timed out", spelling: spaced, cause: "a timeout error"},
	apigw.GatewayResponseTypeInvalidApiKey:                {status: 403, errorType: forbidden, message: "Forbidden"},
	apigw.GatewayResponseTypeInvalidSignature:             {status: 403, errorType: invalidSignature, message: "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
	apigw.GatewayResponseTypeMissingAuthenticationToken:   {status: 403, errorType: missingToken, message: "Missing Authentication Token"},
	apigw.GatewayResponseTypeQuotaExceeded:                {status: 429, errorType: limitExceeded, message: "Limit Exceeded"},
	apigw.GatewayResponseTypeRequestTooLarge:              {status: 413, errorType: requestTooLarge, message: "Request Too Long"},
	apigw.GatewayResponseTypeResourceNotFound:             {status: 404, errorType: notFound, message: "No method found matching route"},
	apigw.GatewayResponseTypeThrottled:                    {status: 429, errorType: tooManyRequests, message: "Too Many Requests"},
	apigw.GatewayResponseTypeUnauthorized:                 {status: 401, errorType: unauthorized, message: "Unauthorized"},
	apigw.GatewayResponseTypeUnsupportedMediaType:         {status: 415, errorType: badRequest, message: "Unsupported Media Type", spelling: spaced},
	apigw.GatewayResponseTypeWafFiltered:                  {status: 403, errorType: forbidden, message: "Forbidden"},
}

// The faults that no type stands for, and those that are always the same.
var (
	faultForbidden     = &fault{status: http.StatusForbidden, errorType: forbidden, message: "Forbidden", fixed: true}
	faultMissingToken  = faultOf(apigw.GatewayResponseTypeMissingAuthenticationToken)
	faultInvalidKey    = faultOf(apigw.GatewayResponseTypeInvalidApiKey)
	faultThrottled     = faultOf(apigw.GatewayResponseTypeThrottled)
	faultQuota         = faultOf(apigw.GatewayResponseTypeQuotaExceeded)
	faultInvalidBody   = faultOf(apigw.GatewayResponseTypeBadRequestBody)
	faultMediaType     = faultOf(apigw.GatewayResponseTypeUnsupportedMediaType)
	faultTimeout       = faultOf(apigw.GatewayResponseTypeIntegrationTimeout)
	faultCanceled      = faultOf(apigw.GatewayResponseTypeIntegrationFailure) // nobody is there to see it
	faultInvalidTarget = configurationFault("Invalid endpoint address")
	faultInvalidJSON   = withMessage(apigw.GatewayResponseTypeBadRequestParameters, "Invalid JSON in request body")
	faultContentCoding = compactly(faultOf(apigw.GatewayResponseTypeUnsupportedMediaType))

	faultTransformRequest  = configurationFault("Unable to transform request")
	faultTransformResponse = configurationFault("Unable to transform response")
	faultConversion        = configurationFault("Unable to base64 decode the body.")
)

// compactly returns a fault that arises before the execution of the request starts.
func compactly(f *fault) *fault {
	f.spelling = compact
	return f
}

// faultOf returns the built-in fault of a type, the caller's to change.
func faultOf(t apigw.GatewayResponseType) *fault {
	f := *responseTypes[t]
	f.responseType = t
	return &f
}

// withMessage is faultOf with another message.
func withMessage(t apigw.GatewayResponseType, message string) *fault {
	f := faultOf(t)
	f.message = message
	return f
}

// configurationFault is an API that can't be executed as it is configured; cause says why, in the
// words of the execution log.
func configurationFault(cause string) *fault {
	f := faultOf(apigw.GatewayResponseTypeApiConfigurationError)
	f.cause = "configuration error: " + cause
	return f
}

// networkFault is an endpoint that could not be reached or did not answer properly.
func networkFault(detail string) *fault {
	f := faultOf(apigw.GatewayResponseTypeIntegrationFailure)
	f.cause = "a network error communicating with endpoint: " + detail
	return f
}

// authorizationFault refuses a method whose authorization this program can't check.
func authorizationFault(cause string) *fault {
	f := faultOf(apigw.GatewayResponseTypeAuthorizerConfigurationError)
	f.cause = "configuration error: " + cause
	return f
}

// verbFault is a function that is to be called with another verb than POST.
func verbFault() *fault {
	f := withMessage(apigw.GatewayResponseTypeIntegrationFailure, messageInternalError)
	f.status, f.cause = http.StatusInternalServerError, "configuration error: Lambda functions are called with POST"
	return f
}

// functionFault is a function that failed, or whose result is not one of a proxy integration.
func functionFault() *fault {
	f := withMessage(apigw.GatewayResponseTypeIntegrationFailure, messageInternalError)
	f.status = http.StatusBadGateway
	return f
}

// malformedFault is a function whose result is not one of a proxy integration.
func malformedFault() *fault {
	f := functionFault()
	f.cause = "configuration error: Malformed Lambda proxy response"
	return f
}

// requestTooLargeFault is an event that is longer than functions are called with.
func requestTooLargeFault() *fault {
	f := faultOf(apigw.GatewayResponseTypeRequestTooLarge)
	f.fixed = true
	f.cause = "configuration error: The event is longer than 6291456 bytes"
	return f
}

// missingParametersFault is a request without required parameters; names are separated by ", ".
func missingParametersFault(names string) *fault {
	return withMessage(apigw.GatewayResponseTypeBadRequestParameters, "Missing required request parameters: ["+names+"]")
}

// tooLargeFault is an answer of an endpoint, or a response made of it, that is longer than allowed.
func tooLargeFault(length int64) *fault {
	return configurationFault("Integration response of reported length " + strconv.FormatInt(length, 10) +
		" is larger than allowed maximum of " + strconv.Itoa(MaxBodyBytes) + " bytes.")
}

// defaultType returns the gateway response type that stands for all others of a status's class.
func defaultType(status int) apigw.GatewayResponseType {
	if status >= http.StatusInternalServerError {
		return apigw.GatewayResponseTypeDefault5xx
	}
	return apigw.GatewayResponseTypeDefault4xx
}
