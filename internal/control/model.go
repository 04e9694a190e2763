package control

import (
	"context"
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// defaultModels are the models of an API that is created, not imported or cloned.
var defaultModels = []apigw.Model{
	{
		Name: new("Empty"), ContentType: new("application/json"), Description: new("This is a default empty schema model"),
		Schema: new("{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}"),
	},
	{
		Name: new("Error"), ContentType: new("application/json"), Description: new("This is a default error schema model"),
		Schema: new("{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}"),
	},
}

func (a *api) addDefaultModels() error {
	for _, m := range defaultModels {
		if err := a.addModel(&m); err != nil {
			return err
		}
	}
	return nil
}

func (c *Control) createModel(ctx context.Context, in *apigw.CreateModelRequest) (*apigw.Model, error) {
	return change(ctx, c, func(t *tx) (*apigw.Model, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		m := &apigw.Model{ContentType: &in.ContentType, Description: in.Description, Name: &in.Name, Schema: in.Schema}
		return m, a.addModel(m)
	})
}

// addModel stores a new model, whose references lead to models that exist or to itself.
func (a *api) addModel(m *apigw.Model) error {
	if err := checkModelName(*m.Name); err != nil {
		return err
	}
	if taken, err := a.exists(a.keys.Model(*m.Name)); err != nil {
		return err
	} else if taken {
		return apigw.Conflict("Model name already exists for this REST API")
	}
	if apigw.Value(m.Description) == "" {
		m.Description = nil
	}
	m.Id = new(a.newID(partIDLength))
	return a.saveModel(m)
}

// saveModel checks a model and stores it.
func (a *api) saveModel(m *apigw.Model) error {
	if err := a.checkModel(m); err != nil {
		return err
	}
	for _, name := range modelReferences(*m.Schema, a.keys.ID) {
		if name == *m.Name {
			continue
		}
		ok, err := a.exists(a.keys.Model(name))
		if err != nil {
			return err
		}
		if !ok {
			return invalidModel("Model reference cannot be resolved: " + name)
		}
	}
	return save(a.tx, a.keys.Model(*m.Name), m)
}

// model returns a model of the API. An API that does not exist has none.
func (a *api) model(name string) (*apigw.Model, error) {
	return loadOr[apigw.Model](a.tx, a.keys.Model(name), errNoModel(name))
}

func (c *Control) getModel(ctx context.Context, in *apigw.GetModelRequest) (*apigw.Model, error) {
	return read(ctx, c, func(t *tx) (*apigw.Model, error) {
		a := t.place(in.RestApiId)
		m, err := a.model(in.ModelName)
		if err != nil || !apigw.Value(in.Flatten) {
			return m, err
		}
		m.Schema, err = a.flatSchema(m)
		return m, err
	})
}

func (c *Control) getModels(ctx context.Context, in *apigw.GetModelsRequest) (*apigw.Models, error) {
	return read(ctx, c, func(t *tx) (*apigw.Models, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		all, err := list[apigw.Model](t, a.keys.Models())
		if err != nil {
			return nil, err
		}
		items, next, err := page(all, func(m *apigw.Model) string { return *m.Name }, in.Limit, in.Position)
		return &apigw.Models{Items: items, Position: next}, err
	})
}

func (c *Control) getModelTemplate(ctx context.Context, in *apigw.GetModelTemplateRequest) (*apigw.Template, error) {
	return read(ctx, c, func(t *tx) (*apigw.Template, error) {
		a := t.place(in.RestApiId)
		m, err := a.model(in.ModelName)
		if err != nil {
			return nil, err
		}
		template, err := a.sampleTemplate(m)
		return &apigw.Template{Value: &template}, err
	})
}

func (c *Control) updateModel(ctx context.Context, in *apigw.UpdateModelRequest) (*apigw.Model, error) {
	return change(ctx, c, func(t *tx) (*apigw.Model, error) {
		a := t.place(in.RestApiId)
		m, err := a.model(in.ModelName)
		if err != nil {
			return nil, err
		}
		if err := modelPatch.Apply(m, in.PatchOperations); err != nil {
			return nil, err
		}
		return m, a.saveModel(m)
	})
}

func (c *Control) deleteModel(ctx context.Context, in *apigw.DeleteModelRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		if _, err := a.model(in.ModelName); err != nil {
			return nil, err
		}
		if err := a.checkModelUnused(in.ModelName); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, a.Delete(a.keys.Model(in.ModelName))
	})
}

// checkModelUnused says whether a model may be deleted: no method and no other model uses it.
func (a *api) checkModelUnused(name string) error {
	requested, err := a.user(func(m *apigw.Method) bool { return hasValue(m.RequestModels, name) })
	if err != nil {
		return err
	}
	if requested != "" {
		return modelInUse(name, "method request: "+requested)
	}
	responded, err := a.user(func(m *apigw.Method) bool {
		for _, r := range m.MethodResponses {
			if hasValue(r.ResponseModels, name) {
				return true
			}
		}
		return false
	})
	if err != nil {
		return err
	}
	if responded != "" {
		return modelInUse(name, "method response: "+responded)
	}
	models, err := list[apigw.Model](a.tx, a.keys.Models())
	if err != nil {
		return err
	}
	for _, m := range models {
		if *m.Name == name {
			continue
		}
		for _, used := range modelReferences(*m.Schema, a.keys.ID) {
			if used == name {
				return modelInUse(name, "model: "+*m.Name)
			}
		}
	}
	return nil
}

func modelInUse(name, user string) error {
	return apigw.Conflict(fmt.Sprintf("Cannot delete model '%s', is referenced in %s", name, user))
}

func hasValue(m map[string]string, value string) bool {
	for _, v := range m {
		if v == value {
			return true
		}
	}
	return false
}

// checkModelName says whether a model may be called name.
func checkModelName(name string) error {
	for _, c := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", c) {
			return apigw.BadRequest("Model name must be alphanumeric: " + name)
		}
	}
	if name == "" {
		return apigw.BadRequest("Model name must be alphanumeric: ")
	}
	return nil
}

// modelPatch is what UpdateModel may change.
var modelPatch = patch.Table[apigw.Model]{
	Resource: "Model",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.Model]{
		patch.Text("/description", func(m *apigw.Model) **string { return &m.Description }),
		patch.Text("/schema", func(m *apigw.Model) **string { return &m.Schema }),
	},
}
