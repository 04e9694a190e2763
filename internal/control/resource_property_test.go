package control

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

// TestResourceTreeInvariants creates, moves, renames and deletes resources at random and checks
// after each step that what is stored is a tree as resourceTree promises.
func TestResourceTreeInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New(Config{Store: memstore.New()})
		ctx := t.Context()
		created, err := c.createRestApi(ctx, &apigw.CreateRestApiRequest{Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		id := *created.Id
		ids := []string{*created.RootResourceId, "nope"}
		part := rapid.SampledFrom([]string{"a", "b", "{x}", "{y}", "{z+}", "bad part"})
		one := func() string { return rapid.SampledFrom(ids).Draw(t, "resource") }
		patch := func(path, value string) {
			c.updateResource(ctx, &apigw.UpdateResourceRequest{RestApiId: id, ResourceId: one(), PatchOperations: []apigw.PatchOperation{{Op: new(apigw.OpReplace), Path: &path, Value: &value}}})
		}
		t.Repeat(map[string]func(*rapid.T){
			"create": func(*rapid.T) {
				r, err := c.createResource(ctx, &apigw.CreateResourceRequest{RestApiId: id, ParentId: one(), PathPart: part.Draw(t, "part")})
				if err == nil {
					ids = append(ids, *r.Id)
				}
			},
			"put method": func(*rapid.T) {
				c.putMethod(ctx, &apigw.PutMethodRequest{RestApiId: id, ResourceId: one(), HttpMethod: "GET", AuthorizationType: "NONE"})
			},
			"rename": func(*rapid.T) { patch("/pathPart", part.Draw(t, "part")) },
			"move":   func(*rapid.T) { patch("/parentId", one()) },
			"delete": func(*rapid.T) {
				c.deleteResource(ctx, &apigw.DeleteResourceRequest{RestApiId: id, ResourceId: one()})
			},
			"": func(t *rapid.T) {
				err := c.store.View(ctx, func(stx store.Tx) error {
					return brokenTree((&tx{Tx: stx}).place(id))
				})
				if err != nil {
					t.Fatal(err)
				}
			},
		})
	})
}

// brokenTree returns what is wrong with the resources and methods of an API.
func brokenTree(a *api) error {
	all, err := list[apigw.Resource](a.tx, a.keys.Resources())
	if err != nil {
		return err
	}
	byID := map[string]apigw.Resource{}
	for _, r := range all {
		byID[*r.Id] = r
	}
	var paths []string
	variables := map[string]int{}
	for _, r := range all {
		paths = append(paths, *r.Path)
		if r.ParentId == nil {
			continue
		}
		parent, ok := byID[*r.ParentId]
		switch {
		case !ok:
			return fmt.Errorf("%s has no parent", *r.Path)
		case *r.Path != strings.TrimSuffix(*parent.Path, "/")+"/"+*r.PathPart:
			return fmt.Errorf("%s is below %s", *r.Path, *parent.Path)
		case isGreedy(parent.PathPart):
			return fmt.Errorf("%s is below a greedy variable", *r.Path)
		case isVariable(*r.PathPart):
			if variables[*r.ParentId]++; variables[*r.ParentId] > 1 {
				return fmt.Errorf("%s is not the only variable below %s", *r.Path, *parent.Path)
			}
		}
	}
	slices.Sort(paths)
	if distinct := slices.Compact(slices.Clone(paths)); len(distinct) != len(paths) {
		return fmt.Errorf("two resources have one path: %v", paths)
	}
	methods, err := a.methods()
	for _, m := range methods {
		if _, ok := byID[m.ResourceID]; !ok {
			return fmt.Errorf("a method outlived its resource %s", m.ResourceID)
		}
	}
	return err
}
