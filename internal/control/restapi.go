package control

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/apigw"
)

func (c *Control) createRestApi(ctx context.Context, in *apigw.CreateRestApiRequest) (*apigw.RestApi, error) {
	return change(ctx, c, func(t *tx) (*apigw.RestApi, error) {
		if in.Description != nil && *in.Description == "" {
			return nil, apigw.BadRequest("Description cannot be an empty string")
		}
		a, record, err := t.createAPI(&apigw.RestApi{
			ApiKeySource:              in.ApiKeySource,
			BinaryMediaTypes:          in.BinaryMediaTypes,
			Description:               in.Description,
			DisableExecuteApiEndpoint: in.DisableExecuteApiEndpoint,
			EndpointAccessMode:        in.EndpointAccessMode,
			EndpointConfiguration:     in.EndpointConfiguration,
			MinimumCompressionSize:    in.MinimumCompressionSize,
			Name:                      &in.Name,
			Policy:                    in.Policy,
			SecurityPolicy:            in.SecurityPolicy,
			Tags:                      in.Tags,
			Version:                   in.Version,
		})
		if err != nil {
			return nil, err
		}
		if apigw.Value(in.CloneFrom) != "" {
			err = a.cloneFrom(*in.CloneFrom)
		} else {
			err = a.addDefaultModels()
		}
		if err != nil {
			return nil, err
		}
		return shownRestAPI(record), nil
	})
}

// createAPI stores a new API, described by a record without identifiers and defaults, and its
// root resource. It has no models yet: those depend on where the API comes from.
func (t *tx) createAPI(record *apigw.RestApi) (*api, *apigw.RestApi, error) {
	if err := checkTags(record.Tags); err != nil {
		return nil, nil, err
	}
	id, err := t.newAPIID(record.Tags)
	if err != nil {
		return nil, nil, err
	}
	a := t.place(id)
	root := apigw.Resource{Path: new("/")}
	rootID, err := t.freshID(apiIDLength, a.keys.Resource)
	if err != nil {
		return nil, nil, err
	}
	root.Id = &rootID
	record.Id = &id
	record.RootResourceId = &rootID
	record.CreatedDate = &t.now
	completeRestAPI(record)
	if err := t.saveRestAPI(a, record); err != nil {
		return nil, nil, err
	}
	return a, record, a.putResource(&root, nil)
}

// saveRestAPI checks an API's record, brings a new policy into the form in which it is kept, and stores it.
func (t *tx) saveRestAPI(a *api, record *apigw.RestApi) error {
	if err := checkRestAPI(record); err != nil {
		return err
	}
	present, err := load[apigw.RestApi](t, a.keys.Key())
	if err != nil {
		return err
	}
	if err := t.checkAPICount(present, record); err != nil {
		return err
	}
	if record.Policy != nil && (present == nil || *record.Policy != apigw.Value(present.Policy)) {
		if exceeds(utf8.RuneCountInString(*record.Policy), t.limits.PolicyCharacters) {
			return apigw.LimitExceeded(fmt.Sprintf("Maximum policy size of %d characters has been exceeded.", t.limits.PolicyCharacters))
		}
		policy, err := normalPolicy(*record.Policy, t.executeARN(a.keys.ID))
		if err != nil {
			return err
		}
		record.Policy = &policy
	}
	return save(t, a.keys.Key(), record)
}

// executeARN returns the ARN that stands for execute-api:/ in the policy of an API.
func (t *tx) executeARN(api string) string {
	return "arn:" + t.caller.Partition + ":execute-api:" + t.caller.Region + ":" + t.caller.AccountID + ":" + api + "/"
}

func (c *Control) getRestApi(ctx context.Context, in *apigw.GetRestApiRequest) (*apigw.RestApi, error) {
	return read(ctx, c, func(t *tx) (*apigw.RestApi, error) {
		record, err := t.place(in.RestApiId).record()
		if err != nil {
			return nil, err
		}
		return withTags(shownRestAPI(record)), nil
	})
}

func (c *Control) getRestApis(ctx context.Context, in *apigw.GetRestApisRequest) (*apigw.RestApis, error) {
	return read(ctx, c, func(t *tx) (*apigw.RestApis, error) {
		all, err := list[apigw.RestApi](t, t.space.RestAPIs())
		if err != nil {
			return nil, err
		}
		created := func(r *apigw.RestApi) string { return byCreation(r.CreatedDate, r.Id) }
		items, next, err := page(all, created, in.Limit, in.Position)
		for i := range items {
			items[i] = *shownRestAPI(&items[i])
		}
		return &apigw.RestApis{Items: items, Position: next}, err
	})
}

func (c *Control) updateRestApi(ctx context.Context, in *apigw.UpdateRestApiRequest) (*apigw.RestApi, error) {
	return change(ctx, c, func(t *tx) (*apigw.RestApi, error) {
		a := t.place(in.RestApiId)
		record, err := a.record()
		if err != nil {
			return nil, err
		}
		if err := restAPIPatch.Apply(record, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := t.saveRestAPI(a, record); err != nil {
			return nil, err
		}
		return withTags(shownRestAPI(record)), nil
	})
}

func (c *Control) deleteRestApi(ctx context.Context, in *apigw.DeleteRestApiRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		if err := t.checkUnmapped(in.RestApiId, ""); err != nil {
			return nil, err
		}
		if err := t.removeFromUsagePlans(in.RestApiId); err != nil {
			return nil, err
		}
		if err := t.deleteAll(a.keys.Parts()); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, t.Delete(a.keys.Key())
	})
}

// shownRestAPI returns the record as answers show it: the policy is escaped once more.
//
// Observed: the policy is a JSON text whose quotes are preceded by backslashes.
func shownRestAPI(record *apigw.RestApi) *apigw.RestApi {
	shown := *record
	if record.Policy != nil {
		shown.Policy = new(escapedPolicy(*record.Policy))
	}
	return &shown
}

// withTags gives an untagged API the empty tags that get and update answers show, unlike those of
// create, import and list.
func withTags(shown *apigw.RestApi) *apigw.RestApi {
	if shown.Tags == nil {
		shown.Tags = map[string]string{}
	}
	return shown
}
