package control

import (
	"context"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

func (c *Control) createRequestValidator(ctx context.Context, in *apigw.CreateRequestValidatorRequest) (*apigw.RequestValidator, error) {
	return change(ctx, c, func(t *tx) (*apigw.RequestValidator, error) {
		// Observed: 400, unlike the other creates.
		a, err := t.apiOr(in.RestApiId, apigw.BadRequest("Invalid REST API identifier specified"))
		if err != nil {
			return nil, err
		}
		v := &apigw.RequestValidator{
			ValidateRequestBody:       new(apigw.Value(in.ValidateRequestBody)),
			ValidateRequestParameters: new(apigw.Value(in.ValidateRequestParameters)),
		}
		if apigw.Value(in.Name) != "" {
			v.Name = in.Name
		}
		return v, a.addRequestValidator(v)
	})
}

// addRequestValidator stores a new request validator under a fresh id.
func (a *api) addRequestValidator(v *apigw.RequestValidator) error {
	id, err := a.freshID(partIDLength, a.keys.RequestValidator)
	if err != nil {
		return err
	}
	v.Id = &id
	return save(a.tx, a.keys.RequestValidator(id), v)
}

// requestValidator returns a request validator of the API. An API that does not exist has none.
func (a *api) requestValidator(id string) (*apigw.RequestValidator, error) {
	return loadOr[apigw.RequestValidator](a.tx, a.keys.RequestValidator(id), errNoRequestValidator)
}

func (c *Control) getRequestValidator(ctx context.Context, in *apigw.GetRequestValidatorRequest) (*apigw.RequestValidator, error) {
	return read(ctx, c, func(t *tx) (*apigw.RequestValidator, error) {
		return t.place(in.RestApiId).requestValidator(in.RequestValidatorId)
	})
}

func (c *Control) getRequestValidators(ctx context.Context, in *apigw.GetRequestValidatorsRequest) (*apigw.RequestValidators, error) {
	return read(ctx, c, func(t *tx) (*apigw.RequestValidators, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		all, err := list[apigw.RequestValidator](t, a.keys.RequestValidators())
		if err != nil {
			return nil, err
		}
		items, next, err := page(all, func(v *apigw.RequestValidator) string { return *v.Id }, in.Limit, in.Position)
		return &apigw.RequestValidators{Items: items, Position: next}, err
	})
}

func (c *Control) updateRequestValidator(ctx context.Context, in *apigw.UpdateRequestValidatorRequest) (*apigw.RequestValidator, error) {
	return change(ctx, c, func(t *tx) (*apigw.RequestValidator, error) {
		a := t.place(in.RestApiId)
		v, err := a.requestValidator(in.RequestValidatorId)
		if err != nil {
			return nil, err
		}
		if err := requestValidatorPatch.Apply(v, in.PatchOperations); err != nil {
			return nil, err
		}
		return v, save(t, a.keys.RequestValidator(in.RequestValidatorId), v)
	})
}

func (c *Control) deleteRequestValidator(ctx context.Context, in *apigw.DeleteRequestValidatorRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		v, err := a.requestValidator(in.RequestValidatorId)
		if err != nil {
			return nil, err
		}
		used, err := a.user(func(m *apigw.Method) bool { return apigw.Value(m.RequestValidatorId) == in.RequestValidatorId })
		if err != nil {
			return nil, err
		}
		if used != "" {
			return nil, apigw.Conflict("Cannot delete request validator '" + apigw.Value(v.Name) + "', is referenced in method: " + used)
		}
		return &apigw.Empty{}, t.Delete(a.keys.RequestValidator(in.RequestValidatorId))
	})
}

// requestValidatorPatch is what UpdateRequestValidator may change.
var requestValidatorPatch = patch.Table[apigw.RequestValidator]{
	Resource: "RequestValidator",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.RequestValidator]{
		{
			Path: "/name", Ops: patch.Replace, Value: "text", Source: "Observed: it cannot be taken away",
			Apply: func(v *apigw.RequestValidator, c patch.Change) error {
				if c.Text() == "" {
					return apigw.BadRequest("Request Validator name cannot be blank")
				}
				v.Name = c.Value
				return nil
			},
		},
		patch.Flag("/validateRequestBody", func(v *apigw.RequestValidator) **bool { return &v.ValidateRequestBody }),
		patch.Flag("/validateRequestParameters", func(v *apigw.RequestValidator) **bool { return &v.ValidateRequestParameters }),
	},
}
