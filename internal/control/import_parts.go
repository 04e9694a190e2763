package control

import (
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/store"
)

// clear deletes what an import with overwrite leaves no trace of. Things with an id that
// the document has too are not deleted, so that they keep it.
func (im *importer) clear() error {
	if !im.overwrite {
		return nil
	}
	if err := im.deleteAll(im.keys.Methods()); err != nil {
		return err
	}
	if err := im.deleteAll(im.keys.GatewayResponses()); err != nil {
		return err
	}
	kept := make(map[string]bool)
	for i := range im.document.Models {
		kept[im.document.Models[i].Name] = true
	}
	if err := deleteOthers(im.api, im.keys.Models(), kept, func(m *apigw.Model) *string { return m.Name }); err != nil {
		return err
	}
	kept = namesOf(im.document.RequestValidators, func(v *apigw.RequestValidator) *string { return v.Name })
	if err := deleteOthers(im.api, im.keys.RequestValidators(), kept, func(v *apigw.RequestValidator) *string { return v.Name }); err != nil {
		return err
	}
	kept = namesOf(im.document.Authorizers, func(v *apigw.Authorizer) *string { return v.Name })
	if err := deleteOthers(im.api, im.keys.Authorizers(), kept, func(v *apigw.Authorizer) *string { return v.Name }); err != nil {
		return err
	}
	kept = make(map[string]bool)
	for i := range im.document.Resources {
		kept[im.document.Resources[i].Path] = true
	}
	return im.deleteOtherResources(kept)
}

// namesOf returns the names of parts of a document as a set.
func namesOf[T any](parts []openapi.Located[T], name func(*T) *string) map[string]bool {
	names := make(map[string]bool, len(parts))
	for i := range parts {
		names[apigw.Value(name(&parts[i].Value))] = true
	}
	return names
}

// deleteOthers deletes the records under prefix whose name is not to be kept.
func deleteOthers[T any](a *api, prefix store.Prefix, kept map[string]bool, name func(*T) *string) error {
	var others []store.Key
	for key, value := range a.Scan(prefix, "") {
		record, err := decode[T](key, value)
		if err != nil {
			return err
		}
		if !kept[apigw.Value(name(record))] {
			others = append(others, key)
		}
	}
	for _, key := range others {
		if err := a.Delete(key); err != nil {
			return err
		}
	}
	return a.Err()
}

// deleteOtherResources deletes the resources whose path is not to be kept.
func (im *importer) deleteOtherResources(kept map[string]bool) error {
	all, err := list[apigw.Resource](im.tx, im.keys.Resources())
	if err != nil {
		return err
	}
	for i := range all {
		if kept[*all[i].Path] {
			continue
		}
		if err := im.removeResource(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// idsByName returns the ids of the records under prefix; of two with one name the first counts.
func idsByName[T any](a *api, prefix store.Prefix, name, id func(*T) *string) (map[string]string, error) {
	all, err := list[T](a.tx, prefix)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]string, len(all))
	for i := range all {
		if _, taken := ids[apigw.Value(name(&all[i]))]; !taken {
			ids[apigw.Value(name(&all[i]))] = apigw.Value(id(&all[i]))
		}
	}
	return ids, nil
}

// putModels stores the models. They may refer to each other in circles, so all of them are
// there before the first is checked.
func (im *importer) putModels() error {
	models := make([]apigw.Model, 0, len(im.document.Models))
	for i := range im.document.Models {
		m := im.document.Models[i].Shape(im.keys.ID)
		if err := checkModelName(*m.Name); err != nil {
			if err := im.try(openapi.ModelFrame(*m.Name), err); err != nil {
				return err
			}
			continue
		}
		present, err := load[apigw.Model](im.tx, im.keys.Model(*m.Name))
		if err != nil {
			return err
		}
		m.Id = new(im.newID(partIDLength))
		if present != nil {
			m.Id = present.Id
		}
		if err := save(im.tx, im.keys.Model(*m.Name), &m); err != nil {
			return err
		}
		models = append(models, m)
	}
	for i := range models {
		if err := im.try(openapi.ModelFrame(*models[i].Name), im.saveModel(&models[i])); err != nil {
			return err
		}
	}
	return nil
}

// putRequestValidators stores the request validators.
func (im *importer) putRequestValidators() (err error) {
	im.validators, err = idsByName(im.api, im.keys.RequestValidators(),
		func(v *apigw.RequestValidator) *string { return v.Name },
		func(v *apigw.RequestValidator) *string { return v.Id })
	if err != nil {
		return err
	}
	for _, located := range im.document.RequestValidators {
		v := located.Value
		v.ValidateRequestBody = new(apigw.Value(v.ValidateRequestBody))
		v.ValidateRequestParameters = new(apigw.Value(v.ValidateRequestParameters))
		if id, ok := im.validators[*v.Name]; ok {
			v.Id = &id
			err = save(im.tx, im.keys.RequestValidator(id), &v)
		} else {
			err = im.addRequestValidator(&v)
		}
		if err := im.try(openapi.ValidatorFrame(*v.Name), err); err != nil {
			return err
		}
		im.validators[*v.Name] = apigw.Value(v.Id)
	}
	return nil
}

// putAuthorizers stores the authorizers.
func (im *importer) putAuthorizers() (err error) {
	im.authorizers, err = idsByName(im.api, im.keys.Authorizers(),
		func(v *apigw.Authorizer) *string { return v.Name },
		func(v *apigw.Authorizer) *string { return v.Id })
	if err != nil {
		return err
	}
	for _, located := range im.document.Authorizers {
		z := located.Value
		completeAuthorizer(&z)
		if id, ok := im.authorizers[*z.Name]; ok {
			z.Id = &id
		}
		err := checkAuthorizer(&z)
		switch {
		case err != nil:
		case z.Id != nil:
			err = im.saveAuthorizer(&z)
		default:
			err = im.addAuthorizer(&z)
		}
		if err := im.try(openapi.AuthorizerFrame(*z.Name), err); err != nil {
			return err
		}
		im.authorizers[*z.Name] = apigw.Value(z.Id)
	}
	return nil
}

// putGatewayResponses stores the customised gateway responses.
func (im *importer) putGatewayResponses() error {
	for _, located := range im.document.GatewayResponses {
		r := located.Value
		kind := string(*r.ResponseType)
		var err error
		if _, ok := r.ResponseType.DefaultStatus(); ok {
			err = im.saveGatewayResponse(&r)
		} else {
			err = apigw.BadRequest("Invalid gateway response type specified: " + kind)
		}
		if err := im.try(openapi.GatewayResponseFrame(kind), err); err != nil {
			return err
		}
	}
	return nil
}

// putResources stores the resources; those that are there already keep their ids.
func (im *importer) putResources() error {
	tree, err := im.resourceTree()
	if err != nil {
		return err
	}
	im.resources = make(map[string]string, len(tree.resources))
	for id, r := range tree.resources {
		im.resources[*r.Path] = id
	}
	for i := range im.document.Resources {
		described := &im.document.Resources[i]
		if _, ok := im.resources[described.Path]; ok {
			continue
		}
		parent, ok := im.resources[described.Parent]
		if !ok {
			continue // the parent has been refused: one problem says enough
		}
		id, err := im.freshID(partIDLength, im.keys.Resource)
		if err != nil {
			return err
		}
		r := &apigw.Resource{Id: &id, ParentId: &parent, PathPart: &described.PathPart}
		if err := tree.place(r); err != nil {
			if err := im.try(openapi.ResourceFrame(described.Path), err); err != nil {
				return err
			}
			continue
		}
		if err := im.putResource(r, nil); err != nil {
			return err
		}
		im.resources[described.Path] = id
	}
	return nil
}

// putMethods stores the methods; one that is there already is replaced whole.
func (im *importer) putMethods() error {
	for i := range im.document.Resources {
		r := &im.document.Resources[i]
		id, ok := im.resources[r.Path]
		if !ok {
			continue
		}
		for j := range r.Methods {
			if err := im.putMethod(id, r.Path, &r.Methods[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// putMethod stores a method with its responses and its integration.
func (im *importer) putMethod(resource, path string, described *openapi.Method) error {
	m := described.Shape
	verb := described.Verb()
	m.MethodResponses, m.MethodIntegration = nil, nil
	if described.Authorizer != "" {
		m.AuthorizerId = new(im.authorizers[described.Authorizer])
	}
	if described.RequestValidator != "" {
		m.RequestValidatorId = new(im.validators[described.RequestValidator])
	}
	if err := im.Delete(im.keys.Method(resource, verb)); err != nil {
		return err
	}
	if err := im.addMethod(resource, &m); err != nil {
		return im.try(openapi.MethodFrame(verb, path), err)
	}
	for _, status := range slices.Sorted(maps.Keys(described.Shape.MethodResponses)) {
		response := described.Shape.MethodResponses[status]
		if err := im.try(openapi.MethodResponseFrame(verb, path), im.addMethodResponse(&m, &response)); err != nil {
			return err
		}
	}
	if described.Shape.MethodIntegration != nil {
		if err := im.putIntegration(resource, path, &m, described.Shape.MethodIntegration); err != nil {
			return err
		}
	}
	return im.saveMethod(resource, &m)
}

// putIntegration gives a method, which it does not store, its integration with its responses.
func (im *importer) putIntegration(resource, path string, m *apigw.Method, described *apigw.Integration) error {
	i := *described
	i.IntegrationResponses = nil
	verb := *m.HttpMethod
	if err := im.setIntegration(resource, m, &i); err != nil {
		if apigw.Value(i.Type) == apigw.IntegrationTypeAwsProxy && checkBackEndVerb(&i) == nil && checkURI(&i) != nil {
			err = apigw.BadRequest("Invalid function ARN or invalid uri") // Observed: in place of PutIntegration's own texts
		}
		return im.try(openapi.IntegrationFrame(verb, path), err)
	}
	for _, status := range slices.Sorted(maps.Keys(described.IntegrationResponses)) {
		response := described.IntegrationResponses[status]
		if err := im.try(openapi.IntegrationResponseFrame(verb, path), im.setIntegrationResponse(m, &response)); err != nil {
			return err
		}
	}
	return nil
}
