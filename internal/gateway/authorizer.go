// Hot path.

package gateway

import (
	"context"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// maxMethodARNBytes is the longest ARN of a method that can be authorized.
//
// AWS: Quotas for configuring and running a REST API (length of a method ARN with authorization).
const maxMethodARNBytes = 1600

// authorizeCustom asks the method's Lambda authorizer who calls, and what its policy is for that caller. What
// the policy says of this request is found out with the resource policy, in allowByPolicy.
//
// AWS: Use API Gateway Lambda authorizers.
func (g *Gateway) authorizeCustom(ctx context.Context, x *Exchange) *fault {
	a := x.method.Authorization.Authorizer
	start := g.now()
	result, latency, f := g.askAuthorizer(ctx, x, a)
	x.admission.Authorizer = stepOf(f, g.now().Sub(start))
	if f != nil {
		return f
	}
	x.caller.PrincipalID, x.caller.UsageIdentifierKey = result.PrincipalID, result.UsageIdentifierKey
	x.caller.Policies = result.Policies
	x.caller.Authorizer = result.Authorizer(latency)
	x.context.Authorizer = x.caller.Authorizer
	return nil
}

// stepOf says for the access log what became of a step of the admission.
func stepOf(f *fault, took time.Duration) mapping.Step {
	if f == nil {
		return mapping.Step{Status: 200, Latency: took}
	}
	why := f.message
	if why == "" {
		why = strings.TrimPrefix(f.cause, "configuration error: ")
	}
	return mapping.Step{Status: f.status, Error: why, Latency: took}
}

// askAuthorizer returns what a Lambda authorizer says of the caller, kept or fresh, and how long its function
// took, 0 where it was not called.
func (g *Gateway) askAuthorizer(ctx context.Context, x *Exchange, a *plan.Authorizer) (*lambdaauth.Result, time.Duration, *fault) {
	if a == nil {
		return nil, 0, authorizationFault("The authorizer does not exist")
	}
	if a.Broken != "" {
		return nil, 0, authorizationFault(a.Broken)
	}
	if x.methodARNTooLong() {
		return nil, 0, faultTargetTooLong
	}
	values, ok := x.identity(a)
	if !ok {
		return nil, 0, faultUnidentified
	}
	if x.admissionRecorded() {
		x.recordAuthorizerStart(a.ID, shownIdentity(a, values))
	}
	answer, f := g.authorizerAnswer(ctx, x, a, values)
	if f != nil {
		return nil, 0, f
	}
	x.admission.AuthorizerIntegrationStatus, x.admission.AuthorizerIntegrationLatency = answer.Status, answer.Latency
	x.admission.AuthorizerRequestID = answer.RequestID
	if answer.Err != nil {
		return nil, 0, x.authorizerFault(answer.Err)
	}
	x.recordAuthorizerEnd(answer.Result.PrincipalID)
	return answer.Result, answer.Latency, nil
}

// authorizerAnswer returns what is kept for the identity, or what the function answers.
//
// AWS: Configure an API Gateway Lambda authorizer (authorization caching).
func (g *Gateway) authorizerAnswer(ctx context.Context, x *Exchange, a *plan.Authorizer, values []string) (answer lambdaauth.Answer, f *fault) {
	kept := a.TTL > 0 && x.trial == nil
	var key lambdaauth.Key
	if kept {
		parts := append([]string{x.stage.CacheName, x.stage.Plan.DeploymentID, a.ID}, values...)
		key = lambdaauth.NewKey(x.stage.CacheSpace, parts...)
		if answer.Result = g.authorizers.Get(key); answer.Result != nil {
			return answer, nil
		}
	}
	call, f := g.newAuthorizerCall(x, a, values)
	if f != nil {
		return answer, f
	}
	how, err := lambdaauth.Called, error(nil)
	if kept {
		answer, how, err = g.authorizers.Do(ctx, key, a.TTL, call.run)
	} else {
		answer, err = g.authorizers.Once(ctx, call.run), ctx.Err()
	}
	if err != nil {
		return answer, faultCanceled
	}
	if how == lambdaauth.Called {
		x.recordAuthorizerRequest(&call.request)
		x.recordAuthorizerResult(call.returned)
	}
	return answer, nil
}

// identity returns the values of an authorizer's identity sources, in their order. It reports false where the
// function must not be called: where a source that counts has no value, or one that does not fit the
// validation expression. The list is valid until the next call.
//
// AWS: Configure an API Gateway Lambda authorizer.
func (x *Exchange) identity(a *plan.Authorizer) ([]string, bool) {
	x.texts = x.texts[:0]
	complete := true
	for i := range a.Sources {
		value := x.identityValue(&a.Sources[i])
		complete = complete && value != ""
		x.texts = append(x.texts, value)
	}
	if a.Type == apigw.AuthorizerTypeRequest {
		return x.texts, complete || a.TTL == 0
	}
	return x.texts, complete && (a.Validation == nil || a.Validation.Match(x.texts[0]))
}

// identityValue returns the value of an identity source, "" if it has none. Names of headers are compared
// without regard to case.
func (x *Exchange) identityValue(s *plan.IdentitySource) string {
	if s.From == nil {
		for i := len(x.scope.Header) - 1; i >= 0; i-- {
			if header.EqualName(x.scope.Header[i].Name, s.Header) {
				return x.scope.Header[i].Value
			}
		}
		return ""
	}
	if x.trial != nil {
		if value, ok := x.trial.authorizer.contextValue(s.Text); ok {
			return value
		}
	}
	values, err := s.From.AppendValues(nil, &x.scope, nil)
	if err != nil || len(values) == 0 {
		return ""
	}
	return values[0]
}

// shownIdentity returns the values of an authorizer's identity sources as the execution log shows them.
//
// Observed: conformance/authorizer_log.txtar.
func shownIdentity(a *plan.Authorizer, values []string) string {
	if a.Type != apigw.AuthorizerTypeRequest {
		return mask(values[0])
	}
	var b strings.Builder
	for i := range a.Sources {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.Sources[i].Text + "=" + mask(values[i]))
	}
	return "{" + b.String() + "}"
}

// methodARNTooLong reports whether the ARN of the method that is called is longer than those that can be authorized.
func (x *Exchange) methodARNTooLong() bool {
	r := x.authorizationRequest()
	x.buf.line = r.AppendARN(x.buf.line[:0])
	return len(x.buf.line) > maxMethodARNBytes
}

// methodARN returns the ARN of the method that is called, with the actual path.
func (x *Exchange) methodARN() string {
	r := x.authorizationRequest()
	if x.trial != nil {
		r.Stage = trialARNStage
	}
	return string(r.AppendARN(nil))
}
