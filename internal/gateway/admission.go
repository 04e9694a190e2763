// Hot path.

package gateway

import (
	"context"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// admit decides whether the request may be executed, in the order of the service: what a resource policy
// denies whoever calls, who calls, what the policies together say of that caller, and the caller's limits.
// Each phase has its file. A method that anybody may call passes all of them without cost.
//
// AWS: How API Gateway resource policies affect authorization workflow; Create and use usage plans with
// API keys.
func (g *Gateway) admit(ctx context.Context, x *Exchange) *fault {
	x.phase = phaseResourcePolicy
	if f := x.denyByPolicy(); f != nil {
		x.admission.Authorize = stepOf(f, 0)
		return f
	}
	x.phase = phaseAuthorization
	if f := g.authorize(ctx, x); f != nil {
		return f
	}
	x.phase = phasePolicies
	f := x.allowByPolicy()
	if x.inquiry.asked && (x.stage.Plan.Policy != nil || x.method.Authorization.Type == plan.IAM) {
		// What an authorizer's policy says alone is a step of the authorizer. The evaluation takes microseconds.
		x.admission.Authorize = stepOf(f, 0)
	}
	if f != nil {
		return f
	}
	x.phase = phaseUsage
	return g.limit(ctx, x)
}

// authorize finds out who calls, in the way of the method, and fills x.caller.
func (g *Gateway) authorize(ctx context.Context, x *Exchange) *fault {
	switch x.method.Authorization.Type {
	case plan.Open:
		return nil
	case plan.IAM:
		return g.authorizeSigned(ctx, x)
	case plan.Custom:
		return g.authorizeCustom(ctx, x)
	case plan.CognitoUserPools:
		return g.authorizeCognito(ctx, x)
	}
	return authorizationFault("Authorization of an unknown type")
}

// authorizationRequest returns what authorization may see of the request.
func (x *Exchange) authorizationRequest() authorize.Request {
	p := x.stage.Plan
	return authorize.Request{
		Method: x.Request.Method, Target: x.Request.Target, Host: x.Request.Host, Headers: x.Request.Headers,
		Body: x.Request.Body, SourceIP: x.Request.PeerIP, TLS: x.Request.TLS, Received: x.Request.Received,
		Partition: p.Partition, Region: p.Region, AccountID: p.AccountID, APIID: p.APIID, Stage: x.stage.Name,
		Verb: x.verb, Path: x.path,
	}
}
