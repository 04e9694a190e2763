package gateway

import (
	"context"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// AuthorizerTrial is one run of an authorizer that nobody has deployed. The request's headers stand in the
// exchange.
//
// AWS: TestInvokeAuthorizer.
type AuthorizerTrial struct {
	Stage      *plan.Stage      // what is configured, bound to the variables of the test
	Authorizer *plan.Authorizer // of the stage's plan
	Path       string           // raw
	Query      string           // raw, without "?"
	Identity   mapping.Identity

	// Context are values of $context that identity sources may name, before those that there are.
	Context map[string]string
}

// AuthorizerOutcome is what came of an AuthorizerTrial.
type AuthorizerOutcome struct {
	// Status is the status that a client would see, 0 where the authorizer succeeded.
	Status int

	Result *lambdaauth.Result // of a Lambda authorizer that succeeded
	Claims *cognito.Claims    // of a token that was accepted
	Log    string             // the execution log
}

// What an authorizer is told of the method in a test.
//
// Observed: conformance/test_invoke_authorizer.txtar.
const (
	trialResourceID = "test-invoke-resource-id"
	trialARNStage   = "ESTestInvoke-stage"
)

// TryAuthorizer runs an authorizer as for a request, without looking at what is kept and without keeping
// anything. What a policy says of a method is not asked.
//
// Observed: conformance/test_invoke_authorizer.txtar (the texts of the log).
func (g *Gateway) TryAuthorizer(ctx context.Context, x *Exchange, t *AuthorizerTrial) AuthorizerOutcome {
	g.begin(x)
	recorded := &trialLog{now: g.now}
	recorded.text.WriteString("Execution log for request " + x.ids.requestID + "\n")
	x.Recorder, x.detail = recorded, everything
	x.trial = &Trial{Stage: t.Stage, Verb: "GET", Path: t.Path, Query: t.Query, Identity: t.Identity, authorizer: t}
	x.address = address{stage: t.Stage, path: t.Path, full: t.Path, query: t.Query}
	x.verb = "GET"
	x.fillScope()
	x.context.ResourceID, x.context.ResourcePath = trialResourceID, t.Path
	var outcome AuthorizerOutcome
	var f *fault
	if a := t.Authorizer; a.Type == apigw.AuthorizerTypeCognitoUserPools {
		outcome.Claims, f = g.readToken(ctx, x, a, trialNeed(a))
	} else {
		outcome.Result, _, f = g.askAuthorizer(ctx, x, a)
	}
	if f != nil {
		x.Response.Status = f.status
		x.recordFault(f)
		outcome.Status = f.status
	}
	outcome.Log = recorded.text.String()
	return outcome
}

// trialNeed returns what a method without scopes wants of a token.
func trialNeed(a *plan.Authorizer) *cognito.Need {
	need := &cognito.Need{Pools: a.Pools}
	if a.Validation != nil {
		need.Audience = a.Validation.Match
	}
	return need
}

// contextValue returns the value that a test gives to an identity source in $context.
func (t *AuthorizerTrial) contextValue(source string) (string, bool) {
	name, ok := strings.CutPrefix(source, "context.")
	if !ok {
		return "", false
	}
	value, ok := t.Context[name]
	return value, ok
}
