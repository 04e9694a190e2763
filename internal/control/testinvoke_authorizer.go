package control

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/snapshot"
	"github.com/sluice-gateway/sluice/internal/store"
)

// AuthorizerTrial is a call of TestInvokeAuthorizer: an authorizer that is to be run as it is configured now.
type AuthorizerTrial struct {
	// API is the API as it is, with the authorizer alone and without resources.
	API *snapshot.API

	Request *apigw.TestInvokeAuthorizerRequest
	Caller  restjson.Caller
}

// testInvokeAuthorizer runs an authorizer without a deployment.
//
// AWS: TestInvokeAuthorizer.
func (c *Control) testInvokeAuthorizer(ctx context.Context, in *apigw.TestInvokeAuthorizerRequest) (*apigw.TestInvokeAuthorizerResponse, error) {
	trial := AuthorizerTrial{Request: in, Caller: restjson.CallerFrom(ctx)}
	frozen, err := read(ctx, c, func(t *tx) (*snapshot.API, error) {
		a := t.place(in.RestApiId)
		z, err := a.authorizer(in.AuthorizerId)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(in.StageVariables)) {
			if err := checkVariable(name, in.StageVariables[name]); err != nil {
				return nil, err
			}
		}
		record, err := a.record()
		if err != nil {
			return nil, err
		}
		return &snapshot.API{
			AccountID: a.caller.AccountID, Region: a.caller.Region, Partition: a.caller.Partition, CreatedDate: a.now,
			RestAPI: *record, Resources: []snapshot.Resource{{ID: apigw.Value(record.RootResourceId), Path: "/"}}, Authorizers: []apigw.Authorizer{*z},
		}, nil
	})
	if err != nil {
		return nil, err
	}
	if c.testAuthorizer == nil {
		return nil, errors.New("there is no data plane to run authorizers")
	}
	trial.API = frozen
	return c.testAuthorizer(ctx, &trial)
}

// flushStageAuthorizersCache forgets the results of authorizers that are kept for a stage and its canary.
func (c *Control) flushStageAuthorizersCache(ctx context.Context, in *apigw.FlushStageAuthorizersCacheRequest) (*apigw.Empty, error) {
	api, err := read(ctx, c, func(t *tx) (*store.API, error) {
		a := t.place(in.RestApiId)
		_, err := a.stage(in.StageName)
		return &a.keys, err
	})
	if err != nil {
		return nil, err
	}
	if c.flushAuthorizers == nil {
		return nil, errors.New("there is no data plane with authorizers")
	}
	return &apigw.Empty{}, c.flushAuthorizers(ctx, *api, in.StageName)
}
