package gateway

import (
	"cmp"
	"context"
	"io"
	"strings"
	"time"

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

	// StreamTimeout is how long a streamed response is collected; 0 is 35 seconds.
	StreamTimeout time.Duration

	deadline time.Time // of a response that is streamed
	limited  bool      // the integration would have had longer

	authorizer *AuthorizerTrial // what is tested instead of a method, or nil
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
// AWS: Troubleshoot issues with response streaming in API Gateway.
const (
	trialStreamTimeout = 35 * time.Second
	trialStreamBytes   = 1 << 20
)

// Try executes a method: validation, integration and responses as in Serve, without authorization, cache and
// compression. It fills x.Response and returns the execution log. A response that is streamed is collected until it is
// over, its time is, or a mebibyte is there; it has no log, and a status of 0 where it did not begin in time.
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
	t.deadline = time.Now().Add(cmp.Or(t.StreamTimeout, trialStreamTimeout))
	f := g.run(ctx, x)
	if f != nil {
		x.renderFault(f)
		x.Response.Headers.Del(headerContentType)
		x.recordFault(f)
	}
	if t.Method.Integration == nil || !t.Method.Integration.Stream {
		return recorded.text.String()
	}
	if f == faultTimeout && t.limited {
		x.Response = Response{Headers: x.Response.Headers[:0]}
	}
	x.collectTrial()
	return ""
}

// limitTrial keeps the call of an integration whose response is streamed within the time of a test.
func (x *Exchange) limitTrial() {
	if x.trial == nil || !x.endpointRequest.Stream {
		return
	}
	if left := max(time.Until(x.trial.deadline), 1); left < x.endpointRequest.Timeout {
		x.endpointRequest.Timeout, x.trial.limited = left, true
	}
}

// collectTrial makes a response that is streamed a whole one, of what has come in time. That its rest failed is nothing that a
// test could tell.
func (x *Exchange) collectTrial() {
	stream := x.Response.Stream
	if stream == nil {
		return
	}
	interrupted := make(chan struct{})
	limit := time.AfterFunc(time.Until(x.trial.deadline), func() {
		stream.Interrupt()
		close(interrupted)
	})
	body, _ := io.ReadAll(io.LimitReader(stream, trialStreamBytes))
	if !limit.Stop() {
		<-interrupted // it must not come after the stream was closed
	}
	x.Response.Body, x.Response.Stream = body, nil
}

// fillTrial sets what $context has in a test.
func (x *Exchange) fillTrial() {
	c := &x.context
	c.DomainName, c.DomainPrefix, c.DeploymentID = trialDomainName, trialDomainPrefix, ""
	c.Identity = x.trial.Identity
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
