package control

import (
	"context"

	"github.com/sluice-gateway/sluice/apigw"
)

func (c *Control) createAuthorizer(ctx context.Context, in *apigw.CreateAuthorizerRequest) (*apigw.Authorizer, error) {
	return change(ctx, c, func(t *tx) (*apigw.Authorizer, error) {
		z := &apigw.Authorizer{
			AuthType:                     in.AuthType,
			AuthorizerCredentials:        in.AuthorizerCredentials,
			AuthorizerResultTtlInSeconds: in.AuthorizerResultTtlInSeconds,
			AuthorizerUri:                in.AuthorizerUri,
			IdentitySource:               in.IdentitySource,
			IdentityValidationExpression: in.IdentityValidationExpression,
			Name:                         &in.Name,
			ProviderARNs:                 in.ProviderARNs,
			Type:                         &in.Type,
		}
		completeAuthorizer(z)
		// Observed: the members are judged before the API is looked up.
		if err := checkAuthorizer(z); err != nil {
			return nil, err
		}
		a, err := t.apiOr(in.RestApiId, apigw.Conflict("Unable to complete operation due to concurrent modification. Please try again later."))
		if err != nil {
			return nil, err
		}
		return z, a.addAuthorizer(z)
	})
}

// addAuthorizer stores a new authorizer, which is lawful in itself, under a fresh id.
func (a *api) addAuthorizer(z *apigw.Authorizer) error {
	id, err := a.freshID(partIDLength, a.keys.Authorizer)
	if err != nil {
		return err
	}
	z.Id = &id
	return a.saveAuthorizer(z)
}

// saveAuthorizer stores an authorizer whose name no other one has.
func (a *api) saveAuthorizer(z *apigw.Authorizer) error {
	all, err := list[apigw.Authorizer](a.tx, a.keys.Authorizers())
	if err != nil {
		return err
	}
	for _, other := range all {
		if *other.Name == *z.Name && *other.Id != *z.Id {
			return apigw.BadRequest("Authorizer name must be unique. Authorizer " + *z.Name + " already exists in this RestApi.")
		}
	}
	return save(a.tx, a.keys.Authorizer(*z.Id), z)
}

// authorizer returns an authorizer of the API. An API that does not exist has none.
func (a *api) authorizer(id string) (*apigw.Authorizer, error) {
	return loadOr[apigw.Authorizer](a.tx, a.keys.Authorizer(id), errNoAuthorizer)
}

func (c *Control) getAuthorizer(ctx context.Context, in *apigw.GetAuthorizerRequest) (*apigw.Authorizer, error) {
	return read(ctx, c, func(t *tx) (*apigw.Authorizer, error) {
		return t.place(in.RestApiId).authorizer(in.AuthorizerId)
	})
}

func (c *Control) getAuthorizers(ctx context.Context, in *apigw.GetAuthorizersRequest) (*apigw.Authorizers, error) {
	return read(ctx, c, func(t *tx) (*apigw.Authorizers, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		all, err := list[apigw.Authorizer](t, a.keys.Authorizers())
		if err != nil {
			return nil, err
		}
		items, next, err := page(all, func(z *apigw.Authorizer) string { return *z.Id }, in.Limit, in.Position)
		return &apigw.Authorizers{Items: items, Position: next}, err
	})
}

func (c *Control) updateAuthorizer(ctx context.Context, in *apigw.UpdateAuthorizerRequest) (*apigw.Authorizer, error) {
	return change(ctx, c, func(t *tx) (*apigw.Authorizer, error) {
		a := t.place(in.RestApiId)
		z, err := a.authorizer(in.AuthorizerId)
		if err != nil {
			return nil, err
		}
		if err := authorizerPatch.Apply(z, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := checkAuthorizer(z); err != nil {
			return nil, err
		}
		return z, a.saveAuthorizer(z)
	})
}

func (c *Control) deleteAuthorizer(ctx context.Context, in *apigw.DeleteAuthorizerRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		z, err := a.authorizer(in.AuthorizerId)
		if err != nil {
			return nil, err
		}
		used, err := a.user(func(m *apigw.Method) bool { return apigw.Value(m.AuthorizerId) == in.AuthorizerId })
		if err != nil {
			return nil, err
		}
		if used != "" {
			return nil, apigw.Conflict("Cannot delete authorizer '" + *z.Name + "', is referenced in method: " + used)
		}
		return &apigw.Empty{}, t.Delete(a.keys.Authorizer(in.AuthorizerId))
	})
}
