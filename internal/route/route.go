// Package route finds the method for a request in a tree of resources.
//
// A tree is built once (by plan) and never changes; looking up takes no lock and allocates nothing.
// The package knows paths and verbs only: what a method is, is its user's type parameter. Start
// reading at [Tree.Find].
//
// # Matching
//
// The path is compared segment by segment, on the raw text, with case. At each position the order is
//
//	literal > {param} > {proxy+}
//
// and the search goes back: where the more specific resource has no method for the request, or no
// child to continue with, the less specific sibling is tried. Every node of the tree stands for one
// position in the path, so a look-up visits no node twice.
//
// Slashes in front are one slash, slashes at the end are none. An empty segment in the middle is
// matched by a greedy parameter only.
//
// AWS: Set up a method request in API Gateway; Set up a proxy integration with a proxy resource.
// Observed: conformance/routing_precedence.txtar, conformance/routing_slashes.txtar.
package route

import (
	"errors"
	"fmt"
	"strings"
)

// Resource is one resource of a tree to build.
type Resource[M any] struct {
	Path    string       // the whole path: "/", "/pets/{petId}", "/files/{proxy+}"
	Methods map[string]M // by verb, upper case, "ANY" included; may be empty
}

// Param is a path parameter of a match; its value is raw text of the request.
type Param struct {
	Name  string // without braces and plus
	Value string
}

// Tree finds methods. It is immutable and safe for concurrent use; the nil Tree finds nothing.
type Tree[M any] struct {
	root node[M]
}

// node is one resource, or a part of a path on the way to one.
type node[M any] struct {
	literals map[string]*node[M]
	param    *node[M] // the {param} child, or nil
	greedy   *node[M] // the {proxy+} child, or nil; it has no children
	name     string   // the parameter's name, if this node is one
	methods  [verbCount]M
	has      verbSet
}

// New builds the tree of the resources. The order of resources has no influence. It fails on a path
// that is not well formed and on two resources at the same place.
func New[M any](resources []Resource[M]) (*Tree[M], error) {
	t := &Tree[M]{}
	for _, r := range resources {
		if err := t.add(r); err != nil {
			return nil, fmt.Errorf("resource %s: %w", r.Path, err)
		}
	}
	return t, nil
}

// add puts one resource into the tree that is being built.
func (t *Tree[M]) add(r Resource[M]) error {
	if !strings.HasPrefix(r.Path, "/") {
		return errors.New("the path does not begin with a slash")
	}
	n := &t.root
	for rest := r.Path[1:]; rest != ""; {
		part, after, more := strings.Cut(rest, "/")
		next, err := n.child(part, !more)
		if err != nil {
			return err
		}
		n, rest = next, after
	}
	for name, method := range r.Methods {
		v, ok := parseVerb(name)
		if !ok {
			return fmt.Errorf("%q is not a verb", name)
		}
		if n.has.contains(v) {
			return fmt.Errorf("%s is defined twice", name)
		}
		n.methods[v] = method
		n.has = n.has.with(v)
	}
	return nil
}

// child returns the child of n for a path part and makes it if there is none; last says whether the
// path ends with this part.
func (n *node[M]) child(part string, last bool) (*node[M], error) {
	if part == "" {
		return nil, errors.New("a path part is empty")
	}
	inner, isParam := strings.CutPrefix(part, "{")
	if !isParam {
		return n.literalChild(part), nil
	}
	name, closed := strings.CutSuffix(inner, "}")
	name, greedy := strings.CutSuffix(name, "+")
	if !closed || name == "" {
		return nil, fmt.Errorf("%q is not a path part", part)
	}
	place := &n.param
	if greedy {
		if !last {
			return nil, fmt.Errorf("nothing can follow the greedy parameter %s", part)
		}
		place = &n.greedy
	}
	if *place == nil {
		*place = &node[M]{name: name}
	}
	if (*place).name != name {
		return nil, fmt.Errorf("%s stands where the parameter %q already is", part, (*place).name)
	}
	return *place, nil
}

// literalChild returns the child for a literal part and makes it if there is none.
func (n *node[M]) literalChild(part string) *node[M] {
	if next := n.literals[part]; next != nil {
		return next
	}
	if n.literals == nil {
		n.literals = make(map[string]*node[M])
	}
	next := &node[M]{}
	n.literals[part] = next
	return next
}
