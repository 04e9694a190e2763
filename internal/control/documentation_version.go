package control

import (
	"context"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// documentationVersion is a documentation version as it is kept: with the parts as they were when
// it was made.
type documentationVersion struct {
	apigw.DocumentationVersion
	Parts []apigw.DocumentationPart `json:"parts,omitzero"`
}

// errNoDocumentationVersion answers a request for a documentation version that does not exist.
var errNoDocumentationVersion = apigw.NotFound("Invalid Documentation version specified")

func (c *Control) createDocumentationVersion(ctx context.Context, in *apigw.CreateDocumentationVersionRequest) (*apigw.DocumentationVersion, error) {
	return change(ctx, c, func(t *tx) (*apigw.DocumentationVersion, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		if taken, err := t.exists(a.keys.DocumentationVersion(in.DocumentationVersion)); err != nil {
			return nil, err
		} else if taken {
			return nil, apigw.Conflict("Documentation version already exists: " + in.DocumentationVersion)
		}
		v, err := a.freezeDocumentation(in.DocumentationVersion, in.Description)
		if err != nil || apigw.Value(in.StageName) == "" {
			return v, err
		}
		s, err := a.stage(*in.StageName)
		if err != nil {
			return nil, err
		}
		s.DocumentationVersion = v.Version
		return v, a.saveStage(s)
	})
}

// freezeDocumentation stores the API's documentation parts as they are now as a version.
func (a *api) freezeDocumentation(version string, description *string) (*apigw.DocumentationVersion, error) {
	if version == "" {
		return nil, apigw.BadRequest("Documentation version cannot be empty")
	}
	parts, err := list[apigw.DocumentationPart](a.tx, a.keys.DocumentationParts())
	if err != nil {
		return nil, err
	}
	if apigw.Value(description) == "" {
		description = nil
	}
	v := &documentationVersion{Parts: parts}
	v.CreatedDate, v.Description, v.Version = &a.now, description, &version
	return &v.DocumentationVersion, save(a.tx, a.keys.DocumentationVersion(version), v)
}

func (a *api) documentationVersion(name string) (*documentationVersion, error) {
	return loadOr[documentationVersion](a.tx, a.keys.DocumentationVersion(name), errNoDocumentationVersion)
}

func (c *Control) getDocumentationVersion(ctx context.Context, in *apigw.GetDocumentationVersionRequest) (*apigw.DocumentationVersion, error) {
	return read(ctx, c, func(t *tx) (*apigw.DocumentationVersion, error) {
		v, err := t.place(in.RestApiId).documentationVersion(in.DocumentationVersion)
		if err != nil {
			return nil, err
		}
		return &v.DocumentationVersion, nil
	})
}

func (c *Control) getDocumentationVersions(ctx context.Context, in *apigw.GetDocumentationVersionsRequest) (*apigw.DocumentationVersions, error) {
	return read(ctx, c, func(t *tx) (*apigw.DocumentationVersions, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		all, err := list[apigw.DocumentationVersion](t, a.keys.DocumentationVersions())
		if err != nil {
			return nil, err
		}
		created := func(v *apigw.DocumentationVersion) string { return byCreation(v.CreatedDate, v.Version) }
		items, next, err := page(all, created, in.Limit, in.Position)
		return &apigw.DocumentationVersions{Items: items, Position: next}, err
	})
}

func (c *Control) updateDocumentationVersion(ctx context.Context, in *apigw.UpdateDocumentationVersionRequest) (*apigw.DocumentationVersion, error) {
	return change(ctx, c, func(t *tx) (*apigw.DocumentationVersion, error) {
		a := t.place(in.RestApiId)
		v, err := a.documentationVersion(in.DocumentationVersion)
		if err != nil {
			return nil, err
		}
		if err := documentationVersionPatch.Apply(&v.DocumentationVersion, in.PatchOperations); err != nil {
			return nil, err
		}
		return &v.DocumentationVersion, save(t, a.keys.DocumentationVersion(in.DocumentationVersion), v)
	})
}

func (c *Control) deleteDocumentationVersion(ctx context.Context, in *apigw.DeleteDocumentationVersionRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		if _, err := a.documentationVersion(in.DocumentationVersion); err != nil {
			return nil, err
		}
		stages, err := list[apigw.Stage](t, a.keys.Stages())
		if err != nil {
			return nil, err
		}
		shows := func(s apigw.Stage) bool { return apigw.Value(s.DocumentationVersion) == in.DocumentationVersion }
		if slices.ContainsFunc(stages, shows) {
			return nil, apigw.BadRequest("Active stages pointing to this documentation version must be moved or deleted")
		}
		return &apigw.Empty{}, t.Delete(a.keys.DocumentationVersion(in.DocumentationVersion))
	})
}

// documentationVersionPatch is what UpdateDocumentationVersion may change.
var documentationVersionPatch = patch.Table[apigw.DocumentationVersion]{
	Resource: "DocumentationVersion",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.DocumentationVersion]{
		patch.Text("/description", func(v *apigw.DocumentationVersion) **string { return &v.Description }),
	},
}
