package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
)

// paths returns the paths of an API's resources in the order of the list.
func (s *testServer) paths(api string) []string {
	s.t.Helper()
	var paths []string
	pages := apigateway.NewGetResourcesPaginator(s.sdk, &apigateway.GetResourcesInput{RestApiId: &api})
	for pages.HasMorePages() {
		p, err := pages.NextPage(context.Background())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, item := range p.Items {
			paths = append(paths, *item.Path)
		}
	}
	return paths
}

func TestResources(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	a := s.resource(id, root, "a")
	b := s.resource(id, a, "{b}")
	c := s.resource(id, b, "{c+}")
	vars := map[string]string{"id": id, "root": root, "a": a, "id b": b, "id c": c}
	const bad, missing = `400 BadRequestException: `, `404 NotFoundException: Invalid Resource identifier specified`
	const part = bad + `Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.`
	s.run(vars, []exchange{
		{`GET /restapis/{id}/resources`, `200 {"item":[{"id":"{root}","path":"/"},{"id":"{a}","parentId":"{root}","pathPart":"a","path":"/a"},` +
			`{"id":"{id b}","parentId":"{a}","pathPart":"{b}","path":"/a/{b}"},{"id":"{id c}","parentId":"{id b}","pathPart":"{c+}","path":"/a/{b}/{c+}"}]}`},
		{`GET /restapis/{id}/resources/{a}`, `200 {"id":"{a}","parentId":"{root}","pathPart":"a","path":"/a"}`},
		{`POST /restapis/{id}/resources/{root} {"pathPart":"A.b_c-1:v"}`, `201 {"id":...`},

		{`POST /restapis/{id}/resources/nope {"pathPart":"x"}`, missing},
		{`POST /restapis/nope/resources/{root} {"pathPart":"x"}`, missing},
		{`GET /restapis/{id}/resources/nope`, missing},
		{`GET /restapis/nope/resources/{root}`, missing},
		{`PATCH /restapis/{id}/resources/nope {}`, missing},
		{`DELETE /restapis/{id}/resources/nope`, missing},
		{`DELETE /restapis/nope/resources/{a}`, missing},
		{`GET /restapis/nope/resources`, `404 NotFoundException: Invalid API identifier specified 123456789012:nope`},
		{`POST /restapis/{id}/resources/{root} {}`, `400 ValidationException: 1 validation error detected: Value null at 'createResourceInput.pathPart' failed to satisfy constraint: Member must not be null`},
		{`POST /restapis/{id}/resources/{root} {"pathPart":""}`, part},
		{`POST /restapis/{id}/resources/{root} {"pathPart":"a/b"}`, part},
		{`POST /restapis/{id}/resources/{root} {"pathPart":"x{y}"}`, part},
		{`POST /restapis/{id}/resources/{root} {"pathPart":"{}"}`, part},
		{`POST /restapis/{id}/resources/{root} {"pathPart":"{+}"}`, part},
		{`POST /restapis/{id}/resources/{root} {"pathPart":"a+"}`, part},
		{`POST /restapis/{id}/resources/{root} {"pathPart":"a"}`, `409 ConflictException: Another resource with the same parent already has this name: a`},
		{`POST /restapis/{id}/resources/{a} {"pathPart":"{b}"}`, `409 ConflictException: Another resource with the same parent already has this name: {b}`},
		{`POST /restapis/{id}/resources/{a} {"pathPart":"{x}"}`, bad + `A sibling ({b}) of this resource already has a variable path part -- only one is allowed`},
		{`POST /restapis/{id}/resources/{a} {"pathPart":"{x+}"}`, bad + `A sibling ({b}) of this resource already has a variable path part -- only one is allowed`},
		{`POST /restapis/{id}/resources/{id c} {"pathPart":"x"}`, bad + `A resource with a greedy path variable cannot have child resources.`},
		{`DELETE /restapis/{id}/resources/{root}`, bad + `Root resource cannot be deleted.`},
		{`GET /restapis/{id}/resources?embed=nope`, bad + `Invalid embed parameter specified: nope. Valid options are methods`},
	})
	if diff := cmp.Diff([]string{"/", "/A.b_c-1:v", "/a", "/a/{b}", "/a/{b}/{c+}"}, s.paths(id)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpdateResource(t *testing.T) {
	const bad = `400 BadRequestException: `
	tests := []struct {
		name string
		on   string // resource that is patched
		ops  []string
		want string // an error, or the paths afterwards
	}{
		{"nothing", "a", nil, "/ /a /a/{b} /a/{b}/c /d /d/{e}"},
		{"rename", "a", []string{"replace /pathPart x"}, "/ /d /d/{e} /x /x/{b} /x/{b}/c"},
		{"rename to itself", "a", []string{"replace /pathPart a"}, "/ /a /a/{b} /a/{b}/c /d /d/{e}"},
		{"move", "d", []string{"replace /parentId a"}, "/ /a /a/d /a/d/{e} /a/{b} /a/{b}/c"},
		{"move up", "c", []string{"replace /parentId root"}, "/ /a /a/{b} /c /d /d/{e}"},
		{"move and rename", "b", []string{"replace /parentId d", "replace /pathPart x"}, "/ /a /d /d/x /d/x/c /d/{e}"},
		{"two moves", "d", []string{"replace /parentId nope", "replace /parentId root"}, "/ /a /a/{b} /a/{b}/c /d /d/{e}"},

		{"taken name", "a", []string{"replace /pathPart d"}, "409 ConflictException: Another resource with the same parent already has this name: d"},
		{"second variable", "b", []string{"replace /parentId d"}, bad + "A sibling ({e}) of this resource already has a variable path part -- only one is allowed"},
		{"greedy with children", "b", []string{"replace /pathPart {b+}"}, bad + "A resource with a greedy path variable cannot have child resources."},
		{"bad part", "a", []string{"replace /pathPart a/b"}, bad + "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."},
		{"unknown parent", "a", []string{"replace /parentId nope"}, "404 NotFoundException: Invalid Resource identifier specified"},
		{"into itself", "a", []string{"replace /parentId a"}, bad + "Resources cannot be cyclical."},
		{"into its subtree", "a", []string{"replace /parentId c"}, bad + "Resources cannot be cyclical."},
		{"rename the root", "root", []string{"replace /pathPart x"}, bad + "Root resource cannot update its pathPart."},
		{"move the root", "root", []string{"replace /parentId a"}, bad + "Root resource cannot update its parentId."},
		{"unknown path", "a", []string{"replace /path x"}, bad + "Invalid patch path  '/path' specified for op 'replace'. Must be one of: [/pathPart, /parentId]"},
		{"wrong operation", "a", []string{"add /pathPart x"}, bad + "Invalid patch path  '/pathPart' specified for op 'add'. Please choose supported operations"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newTestServer(t)
			id, root := s.api()
			ids := map[string]string{"root": root, "nope": "nope"}
			for _, r := range []struct{ name, parent, part string }{{"a", "root", "a"}, {"b", "a", "{b}"}, {"c", "b", "c"}, {"d", "root", "d"}, {"e", "d", "{e}"}} {
				ids[r.name] = s.resource(id, ids[r.parent], r.part)
			}
			for i, op := range tt.ops {
				if before, name, ok := strings.Cut(op, "/parentId "); ok {
					tt.ops[i] = before + "/parentId " + ids[name]
				}
			}
			before := s.paths(id)
			a := s.do(patchOf("/restapis/"+id+"/resources/"+ids[tt.on], tt.ops...))
			if a.kind != "" {
				if a.String() != tt.want {
					t.Errorf("got %s, want %s", a, tt.want)
				}
				tt.want = strings.Join(before, " ")
			}
			if got := strings.Join(s.paths(id), " "); got != tt.want {
				t.Errorf("got paths %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDeleteResourceTakesItsSubtreeAlong(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	a := s.resource(id, root, "a")
	b := s.resource(id, a, "b")
	c := s.resource(id, b, "c")
	for _, r := range []string{a, b, c} {
		s.must("PUT /restapis/" + id + "/resources/" + r + `/methods/GET {"authorizationType":"NONE"}`)
	}
	s.must(patchOf("/restapis/"+id+"/resources/"+c, "replace /parentId "+root))
	s.must("DELETE /restapis/" + id + "/resources/" + a)
	if diff := cmp.Diff([]string{"/", "/c"}, s.paths(id)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.must("GET /restapis/" + id + "/resources/" + c + "/methods/GET")
	for _, key := range s.keys() {
		if strings.Contains(string(key), a) || strings.Contains(string(key), b) {
			t.Errorf("%s outlived its resource", key)
		}
	}
}

func TestResourcesShowTheirMethods(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	a := s.resource(id, root, "a")
	vars := map[string]string{"id": id, "root": root, "a": a}
	s.run(vars, []exchange{
		{`PUT /restapis/{id}/resources/{a}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT /restapis/{id}/resources/{a}/methods/ANY {"authorizationType":"AWS_IAM"}`, `201 {...`},
		{`PUT /restapis/{id}/resources/{a}/methods/GET/responses/200 {}`, `201 {...`},
		{`GET /restapis/{id}/resources/{root}`, `200 {"id":"{root}","path":"/"}`},
		{`GET /restapis/{id}/resources/{a}`, `200 {"id":"{a}","parentId":"{root}","pathPart":"a","path":"/a","resourceMethods":{"GET":{},"ANY":{}}}`},
		{`PATCH /restapis/{id}/resources/{a} {}`, `200 {"id":"{a}","parentId":"{root}","pathPart":"a","path":"/a","resourceMethods":{"GET":{},"ANY":{}}}`},
		{`GET /restapis/{id}/resources?embed=methods`, `200 {"item":[{"id":"{root}","path":"/"},{"id":"{a}","parentId":"{root}","pathPart":"a","path":"/a","resourceMethods":{` +
			`"GET":{"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"methodResponses":{"200":{"statusCode":"200"}}},` +
			`"ANY":{"httpMethod":"ANY","authorizationType":"AWS_IAM","apiKeyRequired":false}}}]}`},
	})
}

func TestParallelCreatesKeepSiblingsApart(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	var all sync.WaitGroup
	var created atomic.Int32
	for n := range 24 {
		part := []string{"same", fmt.Sprintf("{v%d}", n), fmt.Sprintf("p%d", n)}[n%3]
		all.Go(func() {
			_, err := s.sdk.CreateResource(context.Background(), &apigateway.CreateResourceInput{RestApiId: &id, ParentId: &root, PathPart: &part})
			_, conflict := errors.AsType[*types.ConflictException](err)
			_, refused := errors.AsType[*types.BadRequestException](err)
			switch {
			case err == nil:
				created.Add(1)
			case !conflict && !refused:
				t.Error(err)
			}
		})
	}
	all.Wait()
	variables := slices.DeleteFunc(s.paths(id), func(path string) bool { return !strings.Contains(path, "{") })
	if got := created.Load(); got != 10 || len(variables) != 1 {
		t.Errorf("got %d resources with variables %v, want 8 literal ones, one of the same name and one variable", got, variables)
	}
}

func TestMovesInParallelNeverMakeACycle(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	a, b := s.resource(id, root, "a"), s.resource(id, root, "b")
	var all sync.WaitGroup
	for _, move := range [][2]string{{a, b}, {b, a}} {
		all.Go(func() { s.do(patchOf("/restapis/"+id+"/resources/"+move[0], "replace /parentId "+move[1])) })
	}
	all.Wait()
	if got := strings.Join(s.paths(id), " "); got != "/ /a /a/b" && got != "/ /b /b/a" {
		t.Errorf("got paths %s, want one of the two below the other", got)
	}
}

func TestPagesOfResourcesWhileTheyComeAndGo(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	ids := map[string]string{}
	for _, part := range []string{"a", "b", "c", "d"} {
		ids[part] = s.resource(id, root, part)
	}
	first := s.must("GET /restapis/" + id + "/resources?limit=3")
	s.must("DELETE /restapis/" + id + "/resources/" + ids["b"])
	s.resource(id, root, "a0")
	s.resource(id, root, "bb")
	rest := s.must("GET /restapis/" + id + "/resources?position=" + first["position"].(string))
	var got []string
	for _, page := range []map[string]any{first, rest} {
		for _, item := range page["item"].([]any) {
			got = append(got, item.(map[string]any)["path"].(string))
		}
	}
	if diff := cmp.Diff([]string{"/", "/a", "/b", "/bb", "/c", "/d"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
