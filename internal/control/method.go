package control

import (
	"context"

	"github.com/sluice-gateway/sluice/apigw"
)

func (c *Control) putMethod(ctx context.Context, in *apigw.PutMethodRequest) (*apigw.Method, error) {
	return change(ctx, c, func(t *tx) (*apigw.Method, error) {
		a := t.place(in.RestApiId)
		if _, err := a.resource(in.ResourceId); err != nil {
			return nil, err
		}
		m := &apigw.Method{
			ApiKeyRequired:      new(apigw.Value(in.ApiKeyRequired)),
			AuthorizationScopes: in.AuthorizationScopes,
			AuthorizationType:   &in.AuthorizationType,
			AuthorizerId:        in.AuthorizerId,
			HttpMethod:          &in.HttpMethod,
			OperationName:       in.OperationName,
			RequestModels:       in.RequestModels,
			RequestParameters:   in.RequestParameters,
			RequestValidatorId:  in.RequestValidatorId,
		}
		return m, a.addMethod(in.ResourceId, m)
	})
}

// addMethod stores a new method, without integration and responses, on a resource of the API.
func (a *api) addMethod(resource string, m *apigw.Method) error {
	if err := checkVerb(*m.HttpMethod); err != nil {
		return err
	}
	if taken, err := a.exists(a.keys.Method(resource, *m.HttpMethod)); err != nil {
		return err
	} else if taken {
		return apigw.Conflict("Method already exists for this resource")
	}
	completeMethod(m)
	if err := a.checkMethod(m); err != nil {
		return err
	}
	return a.saveMethod(resource, m)
}

func (c *Control) getMethod(ctx context.Context, in *apigw.GetMethodRequest) (*apigw.Method, error) {
	return read(ctx, c, func(t *tx) (*apigw.Method, error) {
		return t.place(in.RestApiId).method(in.ResourceId, in.HttpMethod)
	})
}

func (c *Control) updateMethod(ctx context.Context, in *apigw.UpdateMethodRequest) (*apigw.Method, error) {
	return change(ctx, c, func(t *tx) (*apigw.Method, error) {
		a := t.place(in.RestApiId)
		m, err := a.method(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		if err := methodPatch.Apply(m, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := a.checkMethod(m); err != nil {
			return nil, err
		}
		return m, a.saveMethod(in.ResourceId, m)
	})
}

func (c *Control) deleteMethod(ctx context.Context, in *apigw.DeleteMethodRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		if _, err := a.method(in.ResourceId, in.HttpMethod); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, a.Delete(a.keys.Method(in.ResourceId, in.HttpMethod))
	})
}
