package control

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// resourceTree is the tree of an API's resources within a transaction. Every resource but the root has
// its parent in the tree, siblings have different path parts, at most one of which is a variable,
// and nothing is below a greedy variable.
type resourceTree struct {
	resources map[string]*apigw.Resource
	children  map[string][]string
}

// resourceTree returns the tree of the API's resources.
func (a *api) resourceTree() (*resourceTree, error) {
	all, err := list[apigw.Resource](a.tx, a.keys.Resources())
	if err != nil {
		return nil, err
	}
	tree := &resourceTree{resources: make(map[string]*apigw.Resource, len(all)), children: make(map[string][]string)}
	for i := range all {
		tree.insert(&all[i])
	}
	return tree, nil
}

func (tree *resourceTree) insert(r *apigw.Resource) {
	tree.resources[*r.Id] = r
	if r.ParentId != nil {
		tree.children[*r.ParentId] = append(tree.children[*r.ParentId], *r.Id)
	}
}

// place puts r, which is new or was changed, where its ParentId and PathPart say, and sets
// its path and the paths of everything below it.
func (tree *resourceTree) place(r *apigw.Resource) error {
	if err := checkPathPart(*r.PathPart); err != nil {
		return err
	}
	parent, ok := tree.resources[*r.ParentId]
	if !ok {
		return errNoResource
	}
	for up := parent; up != nil; up = tree.resources[apigw.Value(up.ParentId)] {
		if *up.Id == *r.Id {
			return apigw.BadRequest("Resources cannot be cyclical.")
		}
	}
	if err := tree.checkSiblings(r); err != nil {
		return err
	}
	if isGreedy(parent.PathPart) || isGreedy(r.PathPart) && len(tree.children[*r.Id]) > 0 {
		return errBelowGreedy
	}
	tree.detach(*r.Id)
	tree.insert(r)
	tree.setPaths(r, *parent.Path)
	return nil
}

// checkSiblings says whether r may stand beside the other children of its parent.
func (tree *resourceTree) checkSiblings(r *apigw.Resource) error {
	variable := ""
	for _, id := range tree.children[*r.ParentId] {
		part := *tree.resources[id].PathPart
		switch {
		case id == *r.Id:
		case part == *r.PathPart:
			return errNameTaken(part)
		case isVariable(part):
			variable = part
		}
	}
	if variable != "" && isVariable(*r.PathPart) {
		return errSecondVariable(variable)
	}
	return nil
}

// detach takes a resource away from its parent; what is below it stays below it.
func (tree *resourceTree) detach(id string) {
	r, ok := tree.resources[id]
	if !ok {
		return
	}
	siblings := tree.children[apigw.Value(r.ParentId)]
	for i, sibling := range siblings {
		if sibling == id {
			siblings[i] = siblings[len(siblings)-1]
			tree.children[*r.ParentId] = siblings[:len(siblings)-1]
			return
		}
	}
}

// setPaths sets the path of r, whose parent has that path, and of everything below r.
func (tree *resourceTree) setPaths(r *apigw.Resource, parent string) {
	r.Path = new(pathBelow(parent, *r.PathPart))
	for _, id := range tree.children[*r.Id] {
		tree.setPaths(tree.resources[id], *r.Path)
	}
}

// pathBelow returns the path of a resource whose parent has that path.
func pathBelow(parent, pathPart string) string {
	return strings.TrimSuffix(parent, "/") + "/" + pathPart
}

// subtree returns a resource and everything below it, parents first.
func (tree *resourceTree) subtree(id string) []*apigw.Resource {
	found := []*apigw.Resource{tree.resources[id]}
	for i := 0; i < len(found); i++ {
		for _, child := range tree.children[*found[i].Id] {
			found = append(found, tree.resources[child])
		}
	}
	return found
}

func isVariable(pathPart string) bool { return strings.HasPrefix(pathPart, "{") }

func isGreedy(pathPart *string) bool { return strings.HasSuffix(apigw.Value(pathPart), "+}") }
