package gateway

import (
	"context"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// Trial is one execution of a method that nobody has deployed. The request's headers and body stand in the exchange.
//
// AWS: Use the API Gateway console to test a REST API method.
type Trial struct {
	Stage    *plan.Stage  // what is configured, bound to the variables of the test
	Method   *plan.Method // of the stage's plan
	Verb     string
	Path     string // raw; one that does not fit the resource has no parameters
	Query    string // raw, without "?"
	Identity mapping.Identity
}

// What $context tells in a test.
//
// Observed: conformance/test_invoke.txtar.
const (
	trialDomainName   = "testPrefix.testDomainName"
	trialDomainPrefix = "testPrefix"
)

// The limits of a test of a method whose responses are streamed.
//
// AWS: Stream the integration response for your proxy integrations.
const (
	trialStreamTimeout = 35 * time.Second
	trialStreamBytes   = 1 << 20
)

// Try executes a method: validation, integration and responses as in Serve, without authorization, cache and
// compression. It fills x.Response, which has a status of 0 where a streamed response did not begin in time, and returns
// the execution log.
//
// Observed: conformance/test_invoke.txtar (the texts, and the headers of the response).
func (g *Gateway) Try(ctx context.Context, x *Exchange, t *Trial) (log string) {
	g.begin(x)
	recorded := &trialLog{now: g.now}
	recorded.text.WriteString("Execution log for request " + x.ids.requestID + "\n")
	x.Recorder, x.detail = recorded, everything
	x.trial = t
	x.address = address{stage: t.Stage, path: t.Path, full: t.Path, query: t.Query}
	x.verb, x.method, x.body = t.Verb, t.Method, x.Request.Body
	_, x.params, _ = t.Stage.Plan.Tree.Find(x.verb, x.path, x.params[:0])
	x.fillScope()
	f := g.run(ctx, x)
	if f != nil {
		x.renderFault(f)
		x.Response.Headers.Del(headerContentType)
		x.recordFault(f)
	}
	if t.Method.Integration == nil || !t.Method.Integration.Stream {
		return recorded.text.String()
	}
	if f != nil && f.responseType == apigw.GatewayResponseTypeIntegrationTimeout {
		x.Response.Status = 0
	}
	return ""
}

// fillTrial sets what $context has in a test.
func (x *Exchange) fillTrial() {
	c := &x.context
	c.DomainName, c.DomainPrefix, c.DeploymentID = trialDomainName, trialDomainPrefix, ""
	c.Identity = x.trial.Identity
}

// limitTrial makes the call of an integration whose responses are streamed one that a test can show.
func (x *Exchange) limitTrial() {
	if x.trial == nil || !x.endpointRequest.Stream {
		return
	}
	req := &x.endpointRequest
	req.Stream, req.Timeout, req.MaxResponseBytes = false, min(req.Timeout, trialStreamTimeout), trialStreamBytes
}

// trialLog is the Recorder of a test.
type trialLog struct {
	now  func() time.Time
	text strings.Builder
}

// Line adds a line with its time.
func (l *trialLog) Line(text string) {
	l.text.WriteString(l.now().UTC().Format("Mon Jan 02 15:04:05 UTC 2006 : "))
	l.text.WriteString(text)
	l.text.WriteByte('\n')
}
