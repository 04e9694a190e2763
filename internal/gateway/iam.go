package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// SetPrincipals replaces the principals whose signatures are accepted. Requests in flight finish with those
// they began with.
func (g *Gateway) SetPrincipals(principals *iam.Index) {
	g.principals.Store(principals)
}

// unrecognizedClient is the exception for access keys that nobody has.
const unrecognizedClient = "UnrecognizedClientException"

// authorizeSigned finds out who signed the request. What the signer may do is found out with the resource policy,
// in allowByPolicy.
//
// AWS: Control access to a REST API with IAM permissions.
func (g *Gateway) authorizeSigned(ctx context.Context, x *Exchange) *fault {
	start := g.now()
	f := g.identify(ctx, x)
	x.admission.Authenticate = stepOf(f, g.now().Sub(start))
	return f
}

// identify fills in who signed the request, or says why nobody did.
func (g *Gateway) identify(ctx context.Context, x *Exchange) *fault {
	if !x.Request.Headers.Has(headerAuthorization) && !strings.Contains(x.query, "X-Amz-") {
		return faultUnsigned
	}
	request := x.authorizationRequest()
	signer, err := g.principals.Load().Verify(ctx, &request)
	if err != nil {
		return signatureFault(err)
	}
	x.caller = signer.Caller
	id := &x.context.Identity
	who := &x.caller.Principal
	id.AccessKey, id.AccountID, id.Caller, id.User = x.caller.AccessKey, who.AccountID, x.caller.ID, x.caller.User
	id.UserARN, id.PrincipalOrgID = who.ARN, who.OrgID
	id.CognitoIdentityID, id.CognitoIdentityPoolID = signer.Cognito.IdentityID, signer.Cognito.IdentityPoolID
	id.CognitoAuthenticationType, id.CognitoAuthenticationProvider = signer.Cognito.Type, signer.Cognito.Provider
	x.credentials = integration.Credentials{
		AccessKeyID: signer.Credentials.AccessKeyID, SecretAccessKey: signer.Credentials.SecretAccessKey, SessionToken: signer.Credentials.SessionToken,
	}
	return nil
}

// faultUnsigned refuses a request that is not signed at all. One to no method is refused alike.
var faultUnsigned = because(faultMissingToken, "The request is not signed, and it is to a method for callers who sign, or to none")

// signatureFault refuses a request that is not signed as it should be.
//
// AWS: Gateway response types for API Gateway (INVALID_SIGNATURE, EXPIRED_TOKEN, MISSING_AUTHENTICATION_TOKEN).
// Observed: conformance/iam_failures.txtar (the messages; all others have no type).
func signatureFault(err error) *fault {
	refused, ok := errors.AsType[*sigv4.Error](err)
	if !ok {
		return authorizationFault("The access key can't be looked up: " + err.Error())
	}
	var f *fault
	switch refused.Type {
	case missingToken:
		return faultUnsigned
	case invalidSignature:
		f = withMessage(apigw.GatewayResponseTypeInvalidSignature, refused.Message)
	case expiredToken:
		f = withMessage(apigw.GatewayResponseTypeExpiredToken, refused.Message)
	default:
		f = &fault{status: http.StatusForbidden, errorType: refused.Type, message: refused.Message}
	}
	f.reason = "The signature was refused: " + refused.Message
	if refused.Type == unrecognizedClient {
		f.reason = "There is no principal with this access key, or its session token is another one"
	}
	return f
}

// useCallerCredentials lets the endpoint request be signed with the key that the client signed with, for
// integrations whose credentials are the caller's.
//
// AWS: Integration (API reference), credentials: arn:aws:iam::*:user/*.
func (x *Exchange) useCallerCredentials() {
	if x.credentials.AccessKeyID != "" {
		x.endpointRequest.Caller = &x.credentials
	}
}
