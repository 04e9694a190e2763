package control

import (
	"context"

	"github.com/sluice-gateway/sluice/apigw"
)

func (c *Control) putIntegration(ctx context.Context, in *apigw.PutIntegrationRequest) (*apigw.Integration, error) {
	return change(ctx, c, func(t *tx) (*apigw.Integration, error) {
		a := t.place(in.RestApiId)
		m, err := a.method(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		i := &apigw.Integration{
			CacheKeyParameters:   in.CacheKeyParameters,
			CacheNamespace:       in.CacheNamespace,
			ConnectionId:         in.ConnectionId,
			ConnectionType:       in.ConnectionType,
			ContentHandling:      in.ContentHandling,
			Credentials:          in.Credentials,
			HttpMethod:           in.IntegrationHttpMethod,
			IntegrationTarget:    in.IntegrationTarget,
			PassthroughBehavior:  in.PassthroughBehavior,
			RequestParameters:    in.RequestParameters,
			RequestTemplates:     in.RequestTemplates,
			ResponseTransferMode: in.ResponseTransferMode,
			TimeoutInMillis:      in.TimeoutInMillis,
			TlsConfig:            in.TlsConfig,
			Type:                 &in.Type,
			Uri:                  in.Uri,
		}
		if err := t.setIntegration(in.ResourceId, m, i); err != nil {
			return nil, err
		}
		return i, a.saveMethod(in.ResourceId, m)
	})
}

// setIntegration gives a method of a resource an integration, with its defaults, if it is lawful. What
// the method had, responses included, is gone.
func (t *tx) setIntegration(resource string, m *apigw.Method, i *apigw.Integration) error {
	completeIntegration(i, resource, t.rules)
	if err := t.checkIntegration(m, i); err != nil {
		return err
	}
	m.MethodIntegration = i
	return nil
}

func (c *Control) getIntegration(ctx context.Context, in *apigw.GetIntegrationRequest) (*apigw.Integration, error) {
	return read(ctx, c, func(t *tx) (*apigw.Integration, error) {
		m, err := t.place(in.RestApiId).integrated(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		return m.MethodIntegration, nil
	})
}

// integrated returns a method that has an integration.
func (a *api) integrated(resource, verb string) (*apigw.Method, error) {
	m, err := a.method(resource, verb)
	if err == nil && m.MethodIntegration == nil {
		return nil, errNoIntegration
	}
	return m, err
}

func (c *Control) updateIntegration(ctx context.Context, in *apigw.UpdateIntegrationRequest) (*apigw.Integration, error) {
	return change(ctx, c, func(t *tx) (*apigw.Integration, error) {
		a := t.place(in.RestApiId)
		m, err := a.integrated(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		i := m.MethodIntegration
		if err := integrationPatch.Apply(i, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := t.setIntegration(in.ResourceId, m, i); err != nil {
			return nil, err
		}
		return i, a.saveMethod(in.ResourceId, m)
	})
}

func (c *Control) deleteIntegration(ctx context.Context, in *apigw.DeleteIntegrationRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		m, err := a.integrated(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		m.MethodIntegration = nil
		return &apigw.Empty{}, a.saveMethod(in.ResourceId, m)
	})
}
