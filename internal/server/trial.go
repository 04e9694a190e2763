package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// trialStage is the name of the stage that a test of a method sees.
const trialStage = "test-invoke-stage"

// testInvoke carries TestInvokeMethod out: it compiles the method as it is and executes it.
func (s *Server) testInvoke(ctx context.Context, t *control.Trial) (*apigw.TestInvokeMethodResponse, error) {
	p, _ := plan.Compile(t.API)
	if p == nil || len(p.Methods) != 1 {
		return nil, errors.New("the method can't be compiled")
	}
	stage, _ := plan.Bind(p, &apigw.Stage{
		StageName: new(trialStage), Variables: t.Request.StageVariables, ClientCertificateId: t.Request.ClientCertificateId,
	})
	target := cmp.Or(apigw.Value(t.Request.PathWithQueryString), p.Methods[0].ResourcePath)
	path, query, _ := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	x := gateway.Acquire()
	defer x.Release()
	x.Request.Method, x.Request.Target = t.Verb, target
	x.Request.Body = []byte(apigw.Value(t.Request.Body))
	x.Request.Headers = trialHeaders(t.Request.Headers, t.Request.MultiValueHeaders)
	begun := time.Now()
	log := s.gateway.Try(ctx, x, &gateway.Trial{
		Stage: stage, Method: p.Methods[0], Verb: t.Verb, Path: path, Query: query, Identity: trialIdentity(t.Caller),
	})
	return trialResponse(&x.Response, log, time.Since(begun)), nil
}

// trialHeaders returns the headers of a test, sorted by name: a name that has a list has no single value.
func trialHeaders(single map[string]string, multiple map[string][]string) (headers header.List) {
	values := make(map[string][]string, len(single)+len(multiple))
	for name, value := range single {
		values[name] = []string{value}
	}
	maps.Copy(values, multiple)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			headers.Add(name, value)
		}
	}
	return headers
}

// trialIdentity returns $context.identity of a test: the caller of the operation, who is the root of its account
// where no principal has signed.
//
// Observed: the values that begin with test-invoke.
func trialIdentity(caller restjson.Caller) mapping.Identity {
	account := caller.AccountID
	id, arn := account, "arn:"+cmp.Or(caller.Partition, "aws")+":iam::"+account+":root"
	if who, ok := caller.Owner.(*authorize.Caller); ok && !who.IsRoot() {
		id, arn = who.ID, who.Principal.ARN
	}
	return mapping.Identity{
		AccessKey: caller.AccessKeyID, AccountID: account, Caller: id, User: id, UserARN: arn,
		APIKey:    "test-invoke-api-key",
		APIKeyID:  "test-invoke-api-key-id",
		SourceIP:  "test-invoke-source-ip",
		UserAgent: "aws-internal/3 sluice/" + Version(),
	}
}

// trialResponse returns the answer of a test.
func trialResponse(r *gateway.Response, log string, took time.Duration) *apigw.TestInvokeMethodResponse {
	out := &apigw.TestInvokeMethodResponse{
		Status: new(int32(r.Status)), Body: new(string(r.Body)), Latency: new(took.Milliseconds()),
		Headers: make(map[string]string, len(r.Headers)), MultiValueHeaders: make(map[string][]string, len(r.Headers)),
	}
	if log != "" {
		out.Log = &log
	}
	for _, f := range r.Headers {
		name, value := strings.Clone(f.Name), strings.Clone(f.Value)
		out.Headers[name] = value
		out.MultiValueHeaders[name] = append(out.MultiValueHeaders[name], value)
	}
	return out
}
