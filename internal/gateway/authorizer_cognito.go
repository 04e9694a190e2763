// Hot path.

package gateway

import (
	"context"
	"errors"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// authorizeCognito reads who calls from a token of one of the user pools of the method's authorizer.
//
// AWS: Control access to REST APIs using Amazon Cognito user pools as an authorizer.
func (g *Gateway) authorizeCognito(ctx context.Context, x *Exchange) *fault {
	start := g.now()
	claims, f := g.readToken(ctx, x, x.method.Authorization.Authorizer, x.method.Authorization.Token)
	step := stepOf(f, g.now().Sub(start))
	x.admission.Authenticate, x.admission.Authorizer = step, step
	if f != nil {
		return f
	}
	x.caller.PrincipalID = claims.Subject()
	x.caller.Authorizer = claims.Authorizer()
	x.context.Authorizer = x.caller.Authorizer
	return nil
}

// readToken verifies the token in the request and returns what it says.
func (g *Gateway) readToken(ctx context.Context, x *Exchange, a *plan.Authorizer, need *cognito.Need) (*cognito.Claims, *fault) {
	switch {
	case a == nil:
		return nil, authorizationFault("The authorizer does not exist")
	case a.Broken != "":
		return nil, authorizationFault(a.Broken)
	case g.userPools == nil:
		return nil, authorizationFault("User pools are switched off")
	case x.methodARNTooLong():
		return nil, faultTargetTooLong
	}
	token := bearer(x.identityValue(&a.Sources[0]))
	if token == "" {
		return nil, faultUnidentified
	}
	if x.admissionRecorded() {
		x.recordAuthorizerStart(a.ID, mask(token))
	}
	claims, err := g.userPools.Verify(ctx, token, need)
	if err != nil {
		return nil, x.tokenFault(err)
	}
	x.recordTokenEnd()
	return claims, nil
}

// bearer returns a token without the name of its scheme before it.
func bearer(value string) string {
	value = strings.TrimSpace(value)
	const scheme = "bearer "
	if len(value) >= len(scheme) && strings.EqualFold(value[:len(scheme)], scheme) {
		value = strings.TrimSpace(value[len(scheme):])
	}
	return value
}

// tokenFault refuses a token.
//
// AWS: Gateway response types for API Gateway. Observed: conformance/authorizer_cognito.txtar.
func (x *Exchange) tokenFault(err error) *fault {
	var wrong *cognito.Error
	if !errors.As(err, &wrong) {
		wrong = &cognito.Error{Kind: cognito.Unavailable, Err: err}
	}
	switch wrong.Kind {
	case cognito.Canceled:
		return faultCanceled
	case cognito.Unavailable:
		f := authorizerFailure(apigw.GatewayResponseTypeAuthorizerConfigurationError, "The user pool is not available")
		f.reason = wrong.Error()
		return f
	case cognito.Expired:
		return x.unauthorizedFault("The incoming token has expired")
	}
	f := x.unauthorizedFault(unauthorizedMessage)
	f.reason = "The token was refused: " + wrong.Error()
	return f
}
