package control

import (
	"context"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

func (c *Control) putMethodResponse(ctx context.Context, in *apigw.PutMethodResponseRequest) (*apigw.MethodResponse, error) {
	return change(ctx, c, func(t *tx) (*apigw.MethodResponse, error) {
		a := t.place(in.RestApiId)
		m, err := a.method(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		r := &apigw.MethodResponse{
			ResponseModels:     in.ResponseModels,
			ResponseParameters: in.ResponseParameters,
			StatusCode:         &in.StatusCode,
		}
		if err := a.addMethodResponse(m, r); err != nil {
			return nil, err
		}
		return r, a.saveMethod(in.ResourceId, m)
	})
}

// addMethodResponse adds a new response to a method, which it does not store.
func (a *api) addMethodResponse(m *apigw.Method, r *apigw.MethodResponse) error {
	if _, taken := m.MethodResponses[*r.StatusCode]; taken {
		return apigw.Conflict("Response already exists for this resource")
	}
	if err := a.checkMethodResponse(r); err != nil {
		return err
	}
	if m.MethodResponses == nil {
		m.MethodResponses = make(map[string]apigw.MethodResponse)
	}
	m.MethodResponses[*r.StatusCode] = *r
	return nil
}

func (c *Control) getMethodResponse(ctx context.Context, in *apigw.GetMethodResponseRequest) (*apigw.MethodResponse, error) {
	return read(ctx, c, func(t *tx) (*apigw.MethodResponse, error) {
		_, r, err := t.place(in.RestApiId).methodResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		return r, err
	})
}

// methodResponse returns a method and its response of that status.
func (a *api) methodResponse(resource, verb, status string) (*apigw.Method, *apigw.MethodResponse, error) {
	m, err := a.method(resource, verb)
	if err != nil {
		return nil, nil, err
	}
	r, ok := m.MethodResponses[status]
	if !ok {
		return nil, nil, errNoResponse
	}
	return m, &r, nil
}

func (c *Control) updateMethodResponse(ctx context.Context, in *apigw.UpdateMethodResponseRequest) (*apigw.MethodResponse, error) {
	return change(ctx, c, func(t *tx) (*apigw.MethodResponse, error) {
		a := t.place(in.RestApiId)
		m, r, err := a.methodResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return nil, err
		}
		if err := methodResponsePatch.Apply(r, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := a.checkMethodResponse(r); err != nil {
			return nil, err
		}
		m.MethodResponses[in.StatusCode] = *r
		return r, a.saveMethod(in.ResourceId, m)
	})
}

func (c *Control) deleteMethodResponse(ctx context.Context, in *apigw.DeleteMethodResponseRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		m, _, err := a.methodResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return nil, err
		}
		if delete(m.MethodResponses, in.StatusCode); len(m.MethodResponses) == 0 {
			m.MethodResponses = nil
		}
		return &apigw.Empty{}, a.saveMethod(in.ResourceId, m)
	})
}

// checkMethodResponse says whether a method response, whose status is lawful, is.
func (a *api) checkMethodResponse(r *apigw.MethodResponse) error {
	if err := mappingError(parameterProblems(r.ResponseParameters, "method.response", "header")); err != nil {
		return err
	}
	return a.checkModels(r.ResponseModels)
}

// methodResponsePatch is what UpdateMethodResponse may change.
var methodResponsePatch = patch.Table[apigw.MethodResponse]{
	Resource: "MethodResponse",
	Source:   "Patch operations",
	Family:   patch.MemberFamily,
	Rows: []patch.Row[apigw.MethodResponse]{
		patch.Entries("/responseParameters/{name}", noParameter, func(r *apigw.MethodResponse) *map[string]bool { return &r.ResponseParameters }, patch.ParseFlag),
		patch.Entries("/responseModels/{type}", "", func(r *apigw.MethodResponse) *map[string]string { return &r.ResponseModels }, patch.ParseText),
	},
}
