package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
)

// The built-in answers of all types, to the byte.
func TestBuiltInGatewayResponses(t *testing.T) {
	tests := []struct {
		kind      apigw.GatewayResponseType
		status    int
		errorType string
		body      string
		bytes     int // 0 where the length is not recorded
	}{
		{apigw.GatewayResponseTypeAccessDenied, 403, "AccessDeniedException", `{"Message":"User is not authorized to access this resource"}`, 0},
		{apigw.GatewayResponseTypeApiConfigurationError, 500, "InternalServerErrorException", `{"message": "Internal server error"}`, 36},
		{apigw.GatewayResponseTypeAuthorizerConfigurationError, 500, "AuthorizerConfigurationException", `{"message":null}`, 16},
		{apigw.GatewayResponseTypeAuthorizerFailure, 500, "AuthorizerConfigurationException", `{"message":null}`, 16},
		{apigw.GatewayResponseTypeBadRequestBody, 400, "BadRequestException", `{"message": "Invalid request body"}`, 35},
		{apigw.GatewayResponseTypeBadRequestParameters, 400, "BadRequestException", `{"message": "Missing required request parameters: []"}`, 0},
		{apigw.GatewayResponseTypeExpiredToken, 403, "ExpiredTokenException", `{"message":"The security token included in the request is expired"}`, 0},
		{apigw.GatewayResponseTypeIntegrationFailure, 504, "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`, 56},
		{apigw.GatewayResponseTypeIntegrationTimeout, 504, "InternalServerErrorException", `{"message": "Endpoint request timed out"}`, 41},
		{apigw.GatewayResponseTypeInvalidApiKey, 403, "ForbiddenException", `{"message":"Forbidden"}`, 23},
		{apigw.GatewayResponseTypeInvalidSignature, 403, "InvalidSignatureException", `{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`, 0},
		{apigw.GatewayResponseTypeMissingAuthenticationToken, 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`, 42},
		{apigw.GatewayResponseTypeQuotaExceeded, 429, "LimitExceededException", `{"message":"Limit Exceeded"}`, 28},
		{apigw.GatewayResponseTypeRequestTooLarge, 413, "RequestEntityTooLargeException", `{"message":"Request Too Long"}`, 0},
		{apigw.GatewayResponseTypeResourceNotFound, 404, "NotFoundException", `{"message":"No method found matching route"}`, 0},
		{apigw.GatewayResponseTypeThrottled, 429, "TooManyRequestsException", `{"message":"Too Many Requests"}`, 31},
		{apigw.GatewayResponseTypeUnauthorized, 401, "UnauthorizedException", `{"message":"Unauthorized"}`, 26},
		{apigw.GatewayResponseTypeUnsupportedMediaType, 415, "BadRequestException", `{"message": "Unsupported Media Type"}`, 37},
		{apigw.GatewayResponseTypeWafFiltered, 403, "ForbiddenException", `{"message":"Forbidden"}`, 23},
	}
	seen := map[apigw.GatewayResponseType]bool{apigw.GatewayResponseTypeDefault4xx: true, apigw.GatewayResponseTypeDefault5xx: true}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			seen[tt.kind] = true
			x := Acquire()
			defer x.Release()
			x.renderFault(faultOf(tt.kind))
			if x.Response.Status != tt.status {
				t.Errorf("status: got %d, want %d", x.Response.Status, tt.status)
			}
			if diff := cmp.Diff(tt.body, string(x.Response.Body)); diff != "" {
				t.Errorf("body differs (-want +got):\n%s", diff)
			}
			if tt.bytes != 0 && len(x.Response.Body) != tt.bytes {
				t.Errorf("body has %d bytes, want %d", len(x.Response.Body), tt.bytes)
			}
			if got := x.Response.Headers.Get("x-amzn-ErrorType"); got != tt.errorType {
				t.Errorf("error type: got %q, want %q", got, tt.errorType)
			}
			if got := x.Response.Headers.Get("Content-Type"); got != "application/json" {
				t.Errorf("content type: got %q", got)
			}
		})
	}
	for kind := range responseTypes {
		if !seen[kind] {
			t.Errorf("%s has no test", kind)
		}
	}
	if len(responseTypes) != 21 {
		t.Errorf("there are %d types, want 21", len(responseTypes))
	}
}
