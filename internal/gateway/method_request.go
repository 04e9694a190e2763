// Hot path.

package gateway

import (
	"crypto/sha256"
	"encoding/base64"
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
	if ok {
		a.stage = g.draw(a.stage)
	}
	if !ok || a.stage.Plan.DefaultEndpointDisabled {
		return faultForbidden
	}
	x.address = a
	if f := g.checkEndpoint(x); f != nil {
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
func (x *Exchange) findMethod() *fault {
	x.verb = x.Request.Method
	if override := x.Request.Headers.Get("X-HTTP-Method-Override"); route.IsVerb(override) {
		x.verb = override
	}
	var ok bool
	x.method, x.params, ok = x.stage.Plan.Tree.Find(x.verb, x.path, x.params[:0])
	x.fillScope()
	if !ok {
		return x.noMethodFault()
	}
	return nil
}

// noMethodFault is the answer to a request for which there is no method. As on the service it depends
// on the Authorization header: an unmatched request is treated like one to a signed method.
//
// Differs: a complete signature is believed, because the data plane has no keys to verify it with.
func (x *Exchange) noMethodFault() *fault {
	authorization := x.Request.Headers.Get(headerAuthorization)
	if authorization == "" {
		return faultMissingToken
	}
	fields := authorization
	if _, after, ok := strings.Cut(authorization, " "); ok {
		fields = after
	}
	var credential, signature, signedHeaders bool
	for field := range strings.SplitSeq(fields, ",") {
		name, _, ok := strings.Cut(strings.TrimSpace(field), "=")
		if !ok {
			sum := sha256.Sum256([]byte(authorization))
			return incompleteSignatureFault("Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" +
				base64.StdEncoding.EncodeToString(sum[:]) + "'.")
		}
		credential = credential || name == "Credential"
		signature = signature || name == "Signature"
		signedHeaders = signedHeaders || name == "SignedHeaders"
	}
	dated := x.Request.Headers.Has("X-Amz-Date") || x.Request.Headers.Has("Date")
	if credential && signature && signedHeaders && dated {
		return withMessage(apigw.GatewayResponseTypeResourceNotFound,
			"No method found matching route "+strings.TrimPrefix(x.path, "/")+" for http method "+x.verb+".")
	}
	var b strings.Builder
	for _, part := range [...]struct {
		present bool
		text    string
	}{
		{credential, "Authorization header requires 'Credential' parameter. "},
		{signature, "Authorization header requires 'Signature' parameter. "},
		{signedHeaders, "Authorization header requires 'SignedHeaders' parameter. "},
		{dated, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "},
	} {
		if !part.present {
			b.WriteString(part.text)
		}
	}
	return incompleteSignatureFault(b.String() + "Authorization=" + authorization)
}
