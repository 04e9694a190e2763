// Hot path.

package gateway

import (
	"context"
	"log/slog"
	"strings"

	"github.com/sluice-gateway/sluice/internal/plan"
)

// Serve fills x.Response for x.Request. It returns when the response is complete; ctx ends when the
// client is gone or the server shuts down.
//
// The whole exchange sees the table that was current when it began.
func (g *Gateway) Serve(ctx context.Context, x *Exchange) {
	g.begin(x)
	f := g.execute(ctx, x)
	if f != nil {
		x.renderFault(f)
		x.recordFault(f)
		g.logFault(ctx, x, f)
	}
	x.finish()
	x.explainTo(g.explain, f)
	g.conclude(x, f)
}

// execute takes the exchange through the phases, in the order of the service. The first fault ends it.
func (g *Gateway) execute(ctx context.Context, x *Exchange) *fault {
	if f := x.checkRequest(); f != nil {
		return f
	}
	x.phase = phaseAddress
	if f := g.findStage(x, g.table.Load()); f != nil {
		return f
	}
	g.startTrace(x)
	if f := x.decodeBody(); f != nil {
		return f
	}
	x.phase = phaseMethod
	if f := g.findMethod(ctx, x); f != nil {
		return f
	}
	g.startRecording(x)
	x.recordArrival()
	if f := g.admit(ctx, x); f != nil {
		return f
	}
	if f := g.run(ctx, x); f != nil {
		return f
	}
	x.phase = phaseResponse
	x.compressResponse()
	g.paceStream(x)
	return nil
}

// run executes a method for which the request was admitted.
func (g *Gateway) run(ctx context.Context, x *Exchange) *fault {
	x.recordStart()
	x.phase = phaseValidation
	if cause := x.method.Broken; cause != "" {
		return configurationFault(cause)
	}
	if f := x.validateRequest(); f != nil {
		return f
	}
	x.phase = phaseCache
	hit, f := g.lookUp(ctx, x)
	if f != nil {
		return f
	}
	if !hit {
		if f := g.integrate(ctx, x); f != nil {
			return f
		}
		g.keep(ctx, x)
	}
	if x.warnIgnored {
		x.Response.Headers.Add("Warning", warningIgnored)
	}
	x.addContentType()
	x.recordEnd()
	return nil
}

// integrate calls the integration and makes the method response.
func (g *Gateway) integrate(ctx context.Context, x *Exchange) *fault {
	x.phase = phaseIntegrationRequest
	if f := x.buildEndpointRequest(); f != nil {
		return f
	}
	x.limitTrial()
	if f := g.sign(ctx, x); f != nil {
		return f
	}
	x.recordEndpointRequest()
	x.phase = phaseIntegration
	if f := g.call(ctx, x); f != nil {
		return f
	}
	x.phase = phaseIntegrationResponse
	return x.buildMethodResponse()
}

// begin gives the exchange its identifiers and the time of its arrival.
func (g *Gateway) begin(x *Exchange) {
	if x.Request.Received.IsZero() {
		x.Request.Received = g.now()
	}
	x.Request.FoldNames = x.Request.FoldNames || g.foldNames
	x.explains = g.explain != nil
	x.ids = makeIdentifiers(g.random, x.Request.Received.Unix())
	if id, ok := x.Request.Headers.LastFold(headerRequestID); ok && isUUID(id) {
		x.ids.requestID = id
	}
}

// finish adds what every response has.
func (x *Exchange) finish() {
	x.addContentType()
	h := &x.Response.Headers
	h.Add(headerRequestID, x.ids.requestID)
	h.Add(headerExtendedID, x.ids.extendedID)
	if x.Request.Method == "HEAD" {
		x.Response.Body, x.Response.Stream = nil, nil
	}
}

// addContentType gives the response the usual Content-Type if it has none.
func (x *Exchange) addContentType() {
	if !x.bare {
		setDefault(&x.Response.Headers, headerContentType, plan.DefaultMediaType)
	}
}

// logFault tells the operator why a request failed that is not the client's fault, and, where debugging, why
// one was refused.
func (g *Gateway) logFault(ctx context.Context, x *Exchange, f *fault) {
	level, message := slog.LevelWarn, f.line
	switch {
	case x.method == nil:
		return
	case f.cause != "":
		message = strings.TrimPrefix(message+"; execution failed due to "+f.cause, "; ")
	case message == "" && f.reason != "":
		level, message = slog.LevelDebug, f.reason
	case message == "":
		return
	}
	if !g.logger.Enabled(ctx, level) {
		return
	}
	g.logger.Log(ctx, level, message,
		"requestId", x.ids.requestID, "api", x.stage.Plan.APIID, "stage", x.stage.Name,
		"method", x.method.Verb, "resource", x.method.ResourcePath, "status", f.status, "phase", x.phase.String())
}

// Refuse fills x.Response for a request that a listener could not read; x.Request has what is known.
func (g *Gateway) Refuse(x *Exchange, refusal Refusal) {
	g.begin(x)
	f := refusal.fault()
	x.renderFault(f)
	x.finish()
	x.explainTo(g.explain, f)
}
