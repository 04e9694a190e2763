package openapi

import (
	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// Snapshot returns the API of a document as a deployment of it would be frozen, with the id of the API
// and, in place of the ids of its resources, authorizers and request validators, their paths and names.
// It has no account, region and dates. Nothing is checked as an import checks it.
//
// It is the inverse of [Export], as far as documents go: what Export writes is read back by Parse
// and Snapshot.
func (a *API) Snapshot(id string) *snapshot.API {
	frozen := &snapshot.API{RestAPI: a.RestAPI}
	frozen.RestAPI.Id = &id
	for i := range a.Resources {
		frozen.Resources = append(frozen.Resources, a.Resources[i].frozen())
	}
	for i := range a.Models {
		frozen.Models = append(frozen.Models, a.Models[i].Shape(id))
	}
	for _, v := range a.RequestValidators {
		shape := v.Value
		shape.Id = shape.Name
		frozen.RequestValidators = append(frozen.RequestValidators, shape)
	}
	for _, z := range a.Authorizers {
		shape := z.Value
		shape.Id = shape.Name
		frozen.Authorizers = append(frozen.Authorizers, shape)
	}
	for _, r := range a.GatewayResponses {
		frozen.GatewayResponses = append(frozen.GatewayResponses, r.Value)
	}
	return frozen
}

// frozen returns a resource with its methods.
func (r *Resource) frozen() snapshot.Resource {
	frozen := snapshot.Resource{ID: r.Path, ParentID: r.Parent, PathPart: r.PathPart, Path: r.Path}
	for i := range r.Methods {
		m := &r.Methods[i]
		shape := m.Shape
		if m.Authorizer != "" {
			shape.AuthorizerId = new(m.Authorizer)
		}
		if m.RequestValidator != "" {
			shape.RequestValidatorId = new(m.RequestValidator)
		}
		if shape.MethodIntegration != nil && shape.MethodIntegration.CacheNamespace == nil {
			integration := *shape.MethodIntegration
			integration.CacheNamespace = new(r.Path)
			shape.MethodIntegration = &integration
		}
		if frozen.Methods == nil {
			frozen.Methods = make(map[string]apigw.Method, len(r.Methods))
		}
		frozen.Methods[m.Verb()] = shape
	}
	return frozen
}
