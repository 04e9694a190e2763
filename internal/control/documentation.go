package control

import (
	"context"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/patch"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// errNoDocumentationPart answers a request for a documentation part that does not exist.
var errNoDocumentationPart = apigw.NotFound("Invalid Documentation part identifier specified")

func (c *Control) createDocumentationPart(ctx context.Context, in *apigw.CreateDocumentationPartRequest) (*apigw.DocumentationPart, error) {
	return change(ctx, c, func(t *tx) (*apigw.DocumentationPart, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		p := &apigw.DocumentationPart{Location: new(*in.Location), Properties: &in.Properties}
		if err := checkDocumentationPart(p); err != nil {
			return nil, err
		}
		parts, err := a.documentationParts()
		if err != nil {
			return nil, err
		}
		if parts[locationKey(p.Location)] != nil {
			return nil, apigw.Conflict("Documentation part already exists for the specified location: type '" + string(p.Location.Type) + "'.")
		}
		return p, a.addDocumentationPart(p)
	})
}

// addDocumentationPart stores a lawful documentation part under a fresh id.
func (a *api) addDocumentationPart(p *apigw.DocumentationPart) error {
	id, err := a.freshID(partIDLength, a.keys.DocumentationPart)
	if err != nil {
		return err
	}
	p.Id = &id
	return save(a.tx, a.keys.DocumentationPart(id), p)
}

// documentationPart returns a documentation part of the API. An API that does not exist has none.
func (a *api) documentationPart(id string) (*apigw.DocumentationPart, error) {
	return loadOr[apigw.DocumentationPart](a.tx, a.keys.DocumentationPart(id), errNoDocumentationPart)
}

// documentationParts returns the API's documentation parts by the keys of their locations.
func (a *api) documentationParts() (map[string]*apigw.DocumentationPart, error) {
	all, err := list[apigw.DocumentationPart](a.tx, a.keys.DocumentationParts())
	if err != nil {
		return nil, err
	}
	parts := make(map[string]*apigw.DocumentationPart, len(all))
	for i := range all {
		parts[locationKey(all[i].Location)] = &all[i]
	}
	return parts, nil
}

func (c *Control) getDocumentationPart(ctx context.Context, in *apigw.GetDocumentationPartRequest) (*apigw.DocumentationPart, error) {
	return read(ctx, c, func(t *tx) (*apigw.DocumentationPart, error) {
		return t.place(in.RestApiId).documentationPart(in.DocumentationPartId)
	})
}

func (c *Control) getDocumentationParts(ctx context.Context, in *apigw.GetDocumentationPartsRequest) (*apigw.DocumentationParts, error) {
	return read(ctx, c, func(t *tx) (*apigw.DocumentationParts, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		documented, err := a.documentationParts()
		if err != nil {
			return nil, err
		}
		found := []apigw.DocumentationPart{}
		add := func(p apigw.DocumentationPart) {
			l := p.Location
			if (in.Type == nil || *in.Type == l.Type) &&
				(apigw.Value(in.NameQuery) == "" || *in.NameQuery == apigw.Value(l.Name)) &&
				strings.HasPrefix(apigw.Value(l.Path), apigw.Value(in.Path)) {
				found = append(found, p)
			}
		}
		if apigw.Value(in.LocationStatus) == apigw.LocationStatusTypeUndocumented {
			locations, err := a.documentable()
			if err != nil {
				return nil, err
			}
			for i := range locations {
				if documented[locationKey(&locations[i])] == nil {
					add(apigw.DocumentationPart{Location: &locations[i]})
				}
			}
		} else {
			for _, p := range documented {
				add(*p)
			}
		}
		key := func(p *apigw.DocumentationPart) string { return locationKey(p.Location) }
		items, next, err := page(found, key, in.Limit, in.Position)
		return &apigw.DocumentationParts{Items: items, Position: next}, err
	})
}

func (c *Control) updateDocumentationPart(ctx context.Context, in *apigw.UpdateDocumentationPartRequest) (*apigw.DocumentationPart, error) {
	return change(ctx, c, func(t *tx) (*apigw.DocumentationPart, error) {
		a := t.place(in.RestApiId)
		p, err := a.documentationPart(in.DocumentationPartId)
		if err != nil {
			return nil, err
		}
		if err := documentationPartPatch.Apply(p, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := checkDocumentationPart(p); err != nil {
			return nil, err
		}
		return p, save(t, a.keys.DocumentationPart(in.DocumentationPartId), p)
	})
}

func (c *Control) deleteDocumentationPart(ctx context.Context, in *apigw.DeleteDocumentationPartRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		if _, err := a.documentationPart(in.DocumentationPartId); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, t.Delete(a.keys.DocumentationPart(in.DocumentationPartId))
	})
}

func (c *Control) importDocumentationParts(ctx context.Context, in *apigw.ImportDocumentationPartsRequest) (*apigw.DocumentationPartIds, error) {
	document, problems := openapi.Parse(in.Body, openapi.Options{})
	if document == nil {
		return nil, apigw.BadRequest("Unable to build importer with provided input.")
	}
	// The other parts of the document are not imported: their warnings mean nothing here.
	if err := refusal(problems, false); err != nil {
		return nil, err
	}
	return change(ctx, c, func(t *tx) (*apigw.DocumentationPartIds, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		if apigw.Value(in.Mode) == apigw.PutModeOverwrite {
			if err := t.deleteAll(a.keys.DocumentationParts()); err != nil {
				return nil, err
			}
		}
		im := &importer{api: a, document: document}
		ids, err := im.putDocumentationParts()
		if err == nil {
			err = refusal(im.problems, false)
		}
		return &apigw.DocumentationPartIds{Ids: ids}, err
	})
}

// putDocumentation stores the documentation of a document that is imported as an API: its parts and, where it
// names one, their version.
func (im *importer) putDocumentation() error {
	if im.ignoreDocumentation {
		return nil
	}
	if im.overwrite {
		if err := im.deleteAll(im.keys.DocumentationParts()); err != nil {
			return err
		}
	}
	if _, err := im.putDocumentationParts(); err != nil || im.document.DocumentationVersion == "" {
		return err
	}
	_, err := im.freezeDocumentation(im.document.DocumentationVersion, nil)
	return err
}

// putDocumentationParts stores the documentation parts of a document and returns their ids. A part at a
// location that has one takes its place and its id.
func (im *importer) putDocumentationParts() ([]string, error) {
	present, err := im.documentationParts()
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, located := range im.document.DocumentationParts {
		p := &apigw.DocumentationPart{Location: new(*located.Value.Location), Properties: located.Value.Properties}
		if err := im.try("Unable to create documentation part: ", im.putDocumentationPart(p, present)); err != nil {
			return nil, err
		}
		present[locationKey(p.Location)] = p
		ids = append(ids, apigw.Value(p.Id))
	}
	return ids, nil
}

// putDocumentationPart stores one part beside or in place of those that are present.
func (im *importer) putDocumentationPart(p *apigw.DocumentationPart, present map[string]*apigw.DocumentationPart) error {
	if err := checkDocumentationPart(p); err != nil {
		return err
	}
	former := present[locationKey(p.Location)]
	if former == nil {
		return im.addDocumentationPart(p)
	}
	p.Id = former.Id
	return save(im.tx, im.keys.DocumentationPart(*p.Id), p)
}

// checkDocumentationPart completes a part's location and says whether the part is lawful.
func checkDocumentationPart(p *apigw.DocumentationPart) error {
	if err := completeLocation(p.Location); err != nil {
		return err
	}
	properties, err := jsonvalue.ParseString(apigw.Value(p.Properties))
	if err != nil || properties.Kind() != jsonvalue.Object {
		return apigw.BadRequest("Documentation part properties must be non-empty")
	}
	return nil
}

// documentationPartPatch is what UpdateDocumentationPart may change.
var documentationPartPatch = patch.Table[apigw.DocumentationPart]{
	Resource: "DocumentationPart",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.DocumentationPart]{
		patch.Text("/properties", func(p *apigw.DocumentationPart) **string { return &p.Properties }),
	},
}
