package control

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// Trial is a call of TestInvokeMethod: a method that is to be executed as it is configured now.
type Trial struct {
	// API is the API as it is, with a single resource that has a single method: the one to execute.
	API *snapshot.API

	Verb    string // of the request
	Request *apigw.TestInvokeMethodRequest
	Caller  restjson.Caller
}

// testInvokeMethod executes a method without a deployment.
//
// AWS: Use the API Gateway console to test a REST API method.
func (c *Control) testInvokeMethod(ctx context.Context, in *apigw.TestInvokeMethodRequest) (*apigw.TestInvokeMethodResponse, error) {
	trial := Trial{Request: in, Caller: restjson.CallerFrom(ctx)}
	frozen, err := read(ctx, c, func(t *tx) (*snapshot.API, error) {
		a := t.place(in.RestApiId)
		m, err := a.methodToTest(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		trial.Verb = in.HttpMethod
		if trial.Verb == "ANY" {
			trial.Verb = "GET"
		}
		for _, name := range slices.Sorted(maps.Keys(in.StageVariables)) {
			if err := checkVariable(name, in.StageVariables[name]); err != nil {
				return nil, err
			}
		}
		if id := apigw.Value(in.ClientCertificateId); id != "" {
			if _, err := a.clientCertificate(id); err != nil {
				return nil, err
			}
		}
		return a.freezeMethod(in.ResourceId, m)
	})
	if err != nil {
		return nil, err
	}
	if c.testInvoke == nil {
		return nil, errors.New("there is no data plane to execute methods")
	}
	trial.API = frozen
	return c.testInvoke(ctx, &trial)
}

// methodToTest returns the method of a resource for a verb, that for all verbs where the verb has none of its own.
func (a *api) methodToTest(resource, verb string) (*apigw.Method, error) {
	m, err := a.method(resource, verb)
	if err == nil || !slices.Contains(verbs, verb) {
		return m, err
	}
	if all, errAll := a.method(resource, "ANY"); errAll == nil {
		return all, nil
	}
	return nil, err
}

// freezeMethod returns the API as it is now, with one of its methods.
func (a *api) freezeMethod(resource string, m *apigw.Method) (*snapshot.API, error) {
	record, err := a.record()
	if err != nil {
		return nil, err
	}
	r, err := a.resource(resource)
	if err != nil {
		return nil, err
	}
	frozen := &snapshot.API{
		AccountID: a.caller.AccountID, Region: a.caller.Region, Partition: a.caller.Partition, CreatedDate: a.now, RestAPI: *record,
		Resources: []snapshot.Resource{{
			ID: *r.Id, ParentID: apigw.Value(r.ParentId), PathPart: apigw.Value(r.PathPart), Path: *r.Path,
			Methods: map[string]apigw.Method{*m.HttpMethod: *m},
		}},
	}
	return frozen, a.freezeParts(frozen)
}
