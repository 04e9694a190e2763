package control

import (
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// cloneFrom fills the API, which is new, with the contents of another one: models, gateway
// responses, request validators, authorizers, resources and methods. What has an
// identifier gets a fresh one.
//
// AWS: "CreateRestApi", cloneFrom.
func (a *api) cloneFrom(id string) error {
	from, err := a.tx.api(id)
	if err != nil {
		return err
	}
	if err := a.cloneModels(from); err != nil {
		return err
	}
	responses, err := list[apigw.GatewayResponse](a.tx, from.keys.GatewayResponses())
	if err != nil {
		return err
	}
	for _, r := range responses {
		if err := save(a.tx, a.keys.GatewayResponse(string(apigw.Value(r.ResponseType))), &r); err != nil {
			return err
		}
	}
	ids := map[string]string{} // of what is copied, from old to new
	validatorID := func(v *apigw.RequestValidator) **string { return &v.Id }
	if err := cloneParts(a, ids, from.keys.RequestValidators(), a.keys.RequestValidator, validatorID); err != nil {
		return err
	}
	authorizerID := func(v *apigw.Authorizer) **string { return &v.Id }
	if err := cloneParts(a, ids, from.keys.Authorizers(), a.keys.Authorizer, authorizerID); err != nil {
		return err
	}
	if err := a.cloneResources(from, ids); err != nil {
		return err
	}
	return a.cloneMethods(from, ids)
}

// cloneModels copies the models of another API; their references to each other follow.
func (a *api) cloneModels(from *api) error {
	models, err := list[apigw.Model](a.tx, from.keys.Models())
	if err != nil {
		return err
	}
	for _, m := range models {
		m.Id = new(a.newID(partIDLength))
		m.Schema = new(moveModelReferences(apigw.Value(m.Schema), from.keys.ID, a.keys.ID))
		if err := save(a.tx, a.keys.Model(apigw.Value(m.Name)), &m); err != nil {
			return err
		}
	}
	return nil
}

// cloneParts copies the records under a prefix of another API with fresh ids, which it notes in ids.
func cloneParts[T any](a *api, ids map[string]string, from store.Prefix, key func(id string) store.Key, id func(*T) **string) error {
	parts, err := list[T](a.tx, from)
	if err != nil {
		return err
	}
	for i := range parts {
		fresh, err := a.freshID(partIDLength, key)
		if err != nil {
			return err
		}
		ids[apigw.Value(*id(&parts[i]))] = fresh
		*id(&parts[i]) = &fresh
		if err := save(a.tx, key(fresh), &parts[i]); err != nil {
			return err
		}
	}
	return nil
}

// cloneResources copies the resources of another API, parents first. The root exists.
func (a *api) cloneResources(from *api, ids map[string]string) error {
	record, err := a.record()
	if err != nil {
		return err
	}
	resources, err := list[apigw.Resource](a.tx, from.keys.Resources())
	if err != nil {
		return err
	}
	slices.SortFunc(resources, func(x, y apigw.Resource) int { return len(*x.Path) - len(*y.Path) })
	for _, r := range resources {
		if r.ParentId == nil {
			ids[*r.Id] = *record.RootResourceId
			continue
		}
		fresh, err := a.freshID(partIDLength, a.keys.Resource)
		if err != nil {
			return err
		}
		ids[*r.Id] = fresh
		r.Id, r.ParentId = &fresh, renamed(ids, r.ParentId)
		if err := a.putResource(&r, nil); err != nil {
			return err
		}
	}
	return nil
}

// cloneMethods copies the methods of another API. ids has the new ids of the
// resources and of what methods refer to.
func (a *api) cloneMethods(from *api, ids map[string]string) error {
	methods, err := from.methods()
	if err != nil {
		return err
	}
	for _, m := range methods {
		m.AuthorizerId = renamed(ids, m.AuthorizerId)
		m.RequestValidatorId = renamed(ids, m.RequestValidatorId)
		if m.MethodIntegration != nil {
			m.MethodIntegration.CacheNamespace = renamed(ids, m.MethodIntegration.CacheNamespace)
		}
		if err := a.saveMethod(ids[m.ResourceID], &m.Method); err != nil {
			return err
		}
	}
	return nil
}

// renamed returns the new id of what id stands for, id itself where it has none.
func renamed(ids map[string]string, id *string) *string {
	if fresh, ok := ids[apigw.Value(id)]; ok {
		return &fresh
	}
	return id
}
