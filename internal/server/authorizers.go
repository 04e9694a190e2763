package server

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/store"
)

// openAuthorizers makes what keeps the results of Lambda authorizers and what verifies the tokens of user pools.
func (s *Server) openAuthorizers() {
	s.authorizers = lambdaauth.NewCache(lambdaauth.CacheConfig{})
	s.userPools = cognito.New(cognito.Config{HTTP: s.links, Issuers: s.config.UserPools, Logger: s.log})
	s.metrics.registry.MustRegister(newAuthorizerMetrics(s.authorizers.Stats, s.userPools.Stats))
}

// flushAuthorizers forgets the results of authorizers that are kept for a stage.
func (s *Server) flushAuthorizers(_ context.Context, api store.API, stage string) error {
	s.authorizers.Flush(plan.CacheSpace(api.Account, api.Region, api.ID, stage))
	return nil
}

// testAuthorizer carries TestInvokeAuthorizer out: it compiles the authorizer as it is and runs it.
func (s *Server) testAuthorizer(ctx context.Context, t *control.AuthorizerTrial) (*apigw.TestInvokeAuthorizerResponse, error) {
	p, _ := plan.Compile(t.API)
	if p == nil || len(p.Authorizers) != 1 {
		return nil, errors.New("the authorizer can't be compiled")
	}
	stage, _ := plan.Bind(p, &apigw.Stage{StageName: new(trialStage), Variables: t.Request.StageVariables})
	target := cmp.Or(apigw.Value(t.Request.PathWithQueryString), "/")
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	path, query, _ := strings.Cut(target, "?")
	x := gateway.Acquire()
	defer x.Release()
	x.Request.Method, x.Request.Target = "GET", target
	x.Request.Headers = trialHeaders(t.Request.Headers, t.Request.MultiValueHeaders)
	begun := time.Now()
	outcome := s.gateway.TryAuthorizer(ctx, x, &gateway.AuthorizerTrial{
		Stage: stage, Authorizer: p.Authorizers[0], Path: path, Query: query, Identity: trialIdentity(t.Caller), Context: t.Request.AdditionalContext,
	})
	out := &apigw.TestInvokeAuthorizerResponse{
		ClientStatus: new(int32(outcome.Status)), Log: &outcome.Log, Latency: new(time.Since(begun).Milliseconds()),
	}
	if r := outcome.Result; r != nil {
		out.PrincipalId, out.Policy = &r.PrincipalID, &r.PolicyText
	}
	if outcome.Claims != nil {
		out.Claims = map[string]string{}
		for name, text := range outcome.Claims.All() {
			out.Claims[name] = text
		}
	}
	return out, nil
}
