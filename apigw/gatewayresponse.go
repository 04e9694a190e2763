package apigw

import (
	"maps"
	"slices"
)

// DefaultGatewayTemplate is the template of gateway responses that say none, for application/json.
//
// AWS: Gateway response types for API Gateway.
const DefaultGatewayTemplate = `{"message":$context.error.messageString}`

// gatewayResponseStatus has the status of every type of gateway response. The
// two types that stand for a class have none.
//
// AWS: Gateway response types for API Gateway.
var gatewayResponseStatus = map[GatewayResponseType]string{
	GatewayResponseTypeAccessDenied:                 "403",
	GatewayResponseTypeApiConfigurationError:        "500",
	GatewayResponseTypeAuthorizerConfigurationError: "500",
	GatewayResponseTypeAuthorizerFailure:            "500",
	GatewayResponseTypeBadRequestBody:               "400",
	GatewayResponseTypeBadRequestParameters:         "400",
	GatewayResponseTypeDefault4xx:                   "",
	GatewayResponseTypeDefault5xx:                   "",
	GatewayResponseTypeExpiredToken:                 "403",
	GatewayResponseTypeIntegrationFailure:           "504",
	GatewayResponseTypeIntegrationTimeout:           "504",
	GatewayResponseTypeInvalidApiKey:                "403",
	GatewayResponseTypeInvalidSignature:             "403",
	GatewayResponseTypeMissingAuthenticationToken:   "403",
	GatewayResponseTypeQuotaExceeded:                "429",
	GatewayResponseTypeRequestTooLarge:              "413",
	GatewayResponseTypeResourceNotFound:             "404",
	GatewayResponseTypeThrottled:                    "429",
	GatewayResponseTypeUnauthorized:                 "401",
	GatewayResponseTypeUnsupportedMediaType:         "415",
	GatewayResponseTypeWafFiltered:                  "403",
}

// DefaultStatus returns the status of gateway responses of the type that say none, empty for the types that stand
// for a class. It reports false for a type that does not exist.
func (t GatewayResponseType) DefaultStatus() (status string, known bool) {
	status, known = gatewayResponseStatus[t]
	return status, known
}

// GatewayResponseTypes returns all types of gateway responses, sorted.
func GatewayResponseTypes() []GatewayResponseType {
	return slices.Sorted(maps.Keys(gatewayResponseStatus))
}
