package control

import (
	"context"
	"regexp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

func (c *Control) createResource(ctx context.Context, in *apigw.CreateResourceRequest) (*apigw.Resource, error) {
	return change(ctx, c, func(t *tx) (*apigw.Resource, error) {
		return t.place(in.RestApiId).addResource(in.ParentId, in.PathPart)
	})
}

// addResource stores a new resource under a parent. It reads the parent and the entries for two of its
// children, however many there are.
func (a *api) addResource(parentID, pathPart string) (*apigw.Resource, error) {
	parent, err := a.resource(parentID)
	if err != nil {
		return nil, err
	}
	if err := checkPathPart(pathPart); err != nil {
		return nil, err
	}
	if err := a.checkNewChild(parent, pathPart); err != nil {
		return nil, err
	}
	id, err := a.freshID(partIDLength, a.keys.Resource)
	if err != nil {
		return nil, err
	}
	r := &apigw.Resource{Id: &id, ParentId: &parentID, PathPart: &pathPart, Path: new(pathBelow(*parent.Path, pathPart))}
	return r, a.putResource(r, nil)
}

func (c *Control) getResource(ctx context.Context, in *apigw.GetResourceRequest) (*apigw.Resource, error) {
	return read(ctx, c, func(t *tx) (*apigw.Resource, error) {
		embed, err := embeds(in.Embed, "methods")
		if err != nil {
			return nil, err
		}
		a := t.place(in.RestApiId)
		r, err := a.resource(in.ResourceId)
		if err != nil {
			return nil, err
		}
		return r, a.showMethods(r, embed)
	})
}

func (c *Control) getResources(ctx context.Context, in *apigw.GetResourcesRequest) (*apigw.Resources, error) {
	return read(ctx, c, func(t *tx) (*apigw.Resources, error) {
		embed, err := embeds(in.Embed, "methods")
		if err != nil {
			return nil, err
		}
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		all, err := list[apigw.Resource](t, a.keys.Resources())
		if err != nil {
			return nil, err
		}
		path := func(r *apigw.Resource) string { return apigw.Value(r.Path) }
		items, next, err := page(all, path, in.Limit, in.Position)
		if err != nil {
			return nil, err
		}
		for i := range items {
			if err := a.showMethods(&items[i], embed); err != nil {
				return nil, err
			}
		}
		return &apigw.Resources{Items: items, Position: next}, nil
	})
}

// embeds reports whether an answer must include what word names. No other word is known.
func embeds(asked []string, word string) (bool, error) {
	for _, w := range asked {
		if w != word {
			return false, apigw.BadRequest("Invalid embed parameter specified: " + w + ". Valid options are " + word)
		}
	}
	return len(asked) > 0, nil
}

// showMethods puts the methods of a resource into its answer: whole ones where they are to
// be embedded, else empty ones that only tell that they exist.
func (a *api) showMethods(r *apigw.Resource, embed bool) error {
	for key, value := range a.Scan(a.keys.MethodsOf(*r.Id), "") {
		name, _ := key.Name()
		m := &apigw.Method{}
		if embed {
			var err error
			if m, err = decode[apigw.Method](key, value); err != nil {
				return err
			}
		}
		if r.ResourceMethods == nil {
			r.ResourceMethods = make(map[string]apigw.Method)
		}
		r.ResourceMethods[name.Last()] = *m
	}
	return a.Err()
}

func (c *Control) updateResource(ctx context.Context, in *apigw.UpdateResourceRequest) (*apigw.Resource, error) {
	return change(ctx, c, func(t *tx) (*apigw.Resource, error) {
		a := t.place(in.RestApiId)
		r, err := a.resource(in.ResourceId)
		if err != nil {
			return nil, err
		}
		if err := resourcePatch.Apply(r, in.PatchOperations); err != nil {
			return nil, err
		}
		if r.ParentId != nil {
			if err := a.moveResource(r); err != nil {
				return nil, err
			}
		}
		return r, a.showMethods(r, false)
	})
}

// moveResource stores a resource whose parent or path part may have changed, together with
// everything below it, whose paths change with it.
func (a *api) moveResource(r *apigw.Resource) error {
	tree, err := a.resourceTree()
	if err != nil {
		return err
	}
	old := tree.resources[*r.Id]
	if err := tree.place(r); err != nil {
		return err
	}
	if err := a.putResource(r, old); err != nil {
		return err
	}
	for _, moved := range tree.subtree(*r.Id)[1:] {
		if err := save(a.tx, a.keys.Resource(*moved.Id), moved); err != nil {
			return err
		}
	}
	return nil
}

func (c *Control) deleteResource(ctx context.Context, in *apigw.DeleteResourceRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		r, err := a.resource(in.ResourceId)
		if err != nil {
			return nil, err
		}
		if r.ParentId == nil {
			return nil, apigw.BadRequest("Root resource cannot be deleted.")
		}
		return &apigw.Empty{}, a.deleteResource(r)
	})
}

// deleteResource deletes a resource, everything below it, and their methods.
func (a *api) deleteResource(top *apigw.Resource) error {
	doomed := []*apigw.Resource{top}
	for i := 0; i < len(doomed); i++ {
		children, err := a.children(*doomed[i].Id)
		if err != nil {
			return err
		}
		doomed = append(doomed, children...)
	}
	for _, r := range doomed {
		if err := a.deleteAll(a.keys.MethodsOf(*r.Id)); err != nil {
			return err
		}
		if err := a.removeResource(r); err != nil {
			return err
		}
	}
	return nil
}

// pathPart is what a path part may be: literal, a variable, or a greedy variable.
var pathPart = regexp.MustCompile(`^(?:[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\})$`)

// checkPathPart says whether part can be one segment of a path.
func checkPathPart(part string) error {
	if !pathPart.MatchString(part) {
		return apigw.BadRequest("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.")
	}
	return nil
}

// resourcePatch is what UpdateResource may change.
var resourcePatch = patch.Table[apigw.Resource]{
	Resource: "Resource",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.Resource]{
		{
			Path: "/pathPart", Ops: patch.Replace, Value: "path part",
			Apply: func(r *apigw.Resource, c patch.Change) error {
				if r.ParentId == nil {
					return apigw.BadRequest("Root resource cannot update its pathPart.")
				}
				r.PathPart = new(c.Text())
				return nil
			},
		},
		{
			Path: "/parentId", Ops: patch.Replace, Value: "id of the new parent",
			Apply: func(r *apigw.Resource, c patch.Change) error {
				if r.ParentId == nil {
					return apigw.BadRequest("Root resource cannot update its parentId.")
				}
				r.ParentId = new(c.Text())
				return nil
			},
		},
	},
}
