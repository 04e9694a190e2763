package gateway

import "context"

// authorizeSigned finds out who signed the request.
func (g *Gateway) authorizeSigned(context.Context, *Exchange) *fault {
	return authorizationFault("Authorization of type AWS_IAM is not supported")
}
