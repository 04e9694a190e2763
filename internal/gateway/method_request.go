// Hot path.

package gateway

import (
	"context"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/route"
)

// checkRequest enforces the limits that do not depend on the API.
//
// AWS: Quotas for configuring and running a REST API.
func (x *Exchange) checkRequest() *fault {
	switch {
	case len(x.Request.Body) > MaxBodyBytes:
		return faultBodyTooLarge
	case len(x.Request.Target) > MaxTargetBytes:
		return faultTargetTooLong
	case len(x.Request.Target) == 0 || x.Request.Target[0] != '/':
		return faultBadRequest
	}
	return nil
}

// The answers to requests that reach no stage. The client sees no difference between them.
var (
	faultNoStage      = because(faultForbidden, "No API, stage or domain name has the address, or the stage is not served")
	faultDisabled     = because(faultForbidden, "The default endpoint of the API is disabled")
	faultUnmapped     = because(faultForbidden, "No base path mapping of the domain name fits the path")
	faultUnassociated = because(faultForbidden, "The domain name is private, and the client comes through no VPC endpoint that is associated with it")
)

// findStage finds the stage that the request is addressed to.
//
// AWS: Amazon API Gateway important notes (unencoded characters in a query string).
func (g *Gateway) findStage(x *Exchange, t *Table) *fault {
	if t.private {
		x.endpoint = g.endpointOf(x)
	}
	if d, named := t.domainOf(hostname(x.Request.Host), x.endpoint.ID); named {
		return g.findMapped(x, d)
	}
	a, ok := t.resolve(&x.Request)
	if !ok {
		return faultNoStage
	}
	if a.stage = g.draw(a.stage); a.stage.Plan.DefaultEndpointDisabled {
		return faultDisabled
	}
	x.address = a
	if f := g.checkEndpoint(x); f != nil {
		return g.refuseEarly(x, f)
	}
	if f := x.checkSecurity(x.stage.Plan.MinTLS, x.stage.Plan.Strict); f != nil {
		return g.refuseEarly(x, f)
	}
	return checkQuery(a.query)
}

// checkQuery refuses characters that can't stand in a query.
//
// AWS: Amazon API Gateway important notes (unencoded characters in a query string).
func checkQuery(query string) *fault {
	if strings.ContainsAny(query, "|{}") {
		return faultBadRequest
	}
	return nil
}

// draw decides whether a request goes to the canary of a stage.
//
// AWS: Set up an API Gateway canary release deployment (chosen at random for each request).
func (g *Gateway) draw(stage *plan.Stage) *plan.Stage {
	canary := stage.Canary
	if canary == nil {
		return stage
	}
	const bits = 53 // all that a float64 holds
	if float64(g.random()>>(64-bits))/(1<<bits)*100 < canary.Percent {
		return canary.Stage
	}
	return stage
}

// findMethod finds the method and prepares what templates and mappings see of the request.
func (g *Gateway) findMethod(ctx context.Context, x *Exchange) *fault {
	x.verb = x.Request.Method
	if override := x.Request.Headers.Get("X-HTTP-Method-Override"); route.IsVerb(override) {
		x.verb = override
	}
	var ok bool
	x.method, x.params, ok = x.stage.Plan.Tree.Find(x.verb, x.path, x.params[:0])
	x.fillScope()
	if !ok {
		return g.noMethodFault(ctx, x)
	}
	return nil
}

// noMethodFault is the answer to a request for which there is no method. As on the service it is treated like
// one to a signed method: only who signs learns that there is nothing.
//
// AWS: Gateway response types for API Gateway (RESOURCE_NOT_FOUND). Observed: conformance/missing_method.txtar.
func (g *Gateway) noMethodFault(ctx context.Context, x *Exchange) *fault {
	if f := g.identify(ctx, x); f != nil {
		return f
	}
	return withMessage(apigw.GatewayResponseTypeResourceNotFound,
		"No method found matching route "+strings.TrimPrefix(x.path, "/")+" for http method "+x.verb+".")
}
