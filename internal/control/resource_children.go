package control

import (
	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// Beside each resource stands an entry under its parent's id and its own path part, which holds its id. With it a new
// resource is checked against its siblings, and a subtree is found, without reading all resources of the API.

// putResource stores a resource. old is what it was before, nil where it is new.
func (a *api) putResource(r, old *apigw.Resource) error {
	if err := a.indexChildren(); err != nil {
		return err
	}
	if old != nil {
		if err := a.removeEntry(old); err != nil {
			return err
		}
	}
	if r.ParentId != nil {
		if err := save(a.tx, a.keys.Child(*r.ParentId, *r.PathPart), r.Id); err != nil {
			return err
		}
	}
	return save(a.tx, a.keys.Resource(*r.Id), r)
}

// removeResource deletes a resource alone.
func (a *api) removeResource(r *apigw.Resource) error {
	if err := a.indexChildren(); err != nil {
		return err
	}
	if err := a.removeEntry(r); err != nil {
		return err
	}
	return a.Delete(a.keys.Resource(*r.Id))
}

func (a *api) removeEntry(r *apigw.Resource) error {
	if r.ParentId == nil {
		return nil
	}
	return a.Delete(a.keys.Child(*r.ParentId, *r.PathPart))
}

// indexChildren makes the entries of an API that an older program has stored: one whose resources have not
// been counted.
func (a *api) indexChildren() error {
	c, err := a.tally(a.keys.Resources(), store.KindResource)
	if err != nil || c.stored || c.before == 0 || a.indexed == a.keys {
		return err
	}
	all, err := list[apigw.Resource](a.tx, a.keys.Resources())
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.ParentId == nil {
			continue
		}
		if err := save(a.tx, a.keys.Child(*r.ParentId, *r.PathPart), r.Id); err != nil {
			return err
		}
	}
	a.indexed = a.keys
	return nil
}

// children returns the resources right below one.
func (a *api) children(id string) ([]*apigw.Resource, error) {
	if err := a.indexChildren(); err != nil {
		return nil, err
	}
	ids, err := list[string](a.tx, a.keys.ChildrenOf(id))
	if err != nil {
		return nil, err
	}
	children := make([]*apigw.Resource, len(ids))
	for i, child := range ids {
		if children[i], err = a.resource(child); err != nil {
			return nil, err
		}
	}
	return children, nil
}

// checkNewChild says whether a parent can have a new child with a path part.
func (a *api) checkNewChild(parent *apigw.Resource, pathPart string) error {
	if err := a.indexChildren(); err != nil {
		return err
	}
	taken, err := a.exists(a.keys.Child(*parent.Id, pathPart))
	switch {
	case err != nil:
		return err
	case taken:
		return errNameTaken(pathPart)
	case isVariable(pathPart):
		variable, err := a.variableChild(*parent.Id)
		if err != nil {
			return err
		}
		if variable != "" {
			return errSecondVariable(variable)
		}
	}
	if isGreedy(parent.PathPart) {
		return errBelowGreedy
	}
	return nil
}

// variableChild returns the path part of the child that is a variable, "" where there is none. Of all that
// a path part may begin with, the brace is the last in the order of keys.
func (a *api) variableChild(parent string) (string, error) {
	for key := range a.Scan(a.keys.ChildrenOf(parent), a.keys.Child(parent, "{")) {
		name, _ := key.Name()
		return name.Last(), nil
	}
	return "", a.Err()
}

var errBelowGreedy = apigw.BadRequest("A resource with a greedy path variable cannot have child resources.")

func errNameTaken(pathPart string) error {
	return apigw.Conflict("Another resource with the same parent already has this name: " + pathPart)
}

func errSecondVariable(sibling string) error {
	return apigw.BadRequest("A sibling (" + sibling + ") of this resource already has a variable path part -- only one is allowed")
}
