package gateway

import "context"

// authorizeCustom asks the method's Lambda authorizer who calls.
func (g *Gateway) authorizeCustom(context.Context, *Exchange) *fault {
	return authorizationFault("Authorization of type CUSTOM is not supported")
}

// authorizeCognito reads who calls from a token of a user pool.
func (g *Gateway) authorizeCognito(context.Context, *Exchange) *fault {
	return authorizationFault("Authorization of type COGNITO_USER_POOLS is not supported")
}
