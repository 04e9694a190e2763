package control

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/boltstore"
)

// onBothStores runs a test over the memory store and over the one in a file.
func onBothStores(t *testing.T, test func(t *testing.T, s *testServer)) {
	t.Run("memory", func(t *testing.T) { test(t, newTestServer(t)) })
	t.Run("file", func(t *testing.T) {
		s := newTestServer(t)
		file, err := boltstore.Open(boltstore.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		s.store = file
		s.control.store = file
		test(t, s)
	})
}

// send makes a call without a network and returns its status and the answer. It may be called concurrently.
func send(handler http.Handler, request string) (int, string) {
	method, rest, _ := strings.Cut(request, " ")
	path, body, _ := strings.Cut(rest, " ")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

// handler returns the control plane of the server.
func (s *testServer) handler() http.Handler {
	mux := restjson.NewMux(restjson.Config{Authenticator: restjson.Open{AccountID: "123456789012", Region: "eu-west-1"}})
	s.control.Bind(mux)
	return mux
}

// Writers that change different parts of one thing at the same time lose none of each other's changes.
func TestParallelWritersLoseNothing(t *testing.T) {
	onBothStores(t, func(t *testing.T, s *testServer) {
		vars := s.methodVars()
		s.run(vars, []exchange{
			{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
			{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
			{`POST {api}/deployments {"stageName":"prod"}`, `201 {...`},
		})
		handler := s.handler()
		const writers = 8
		var all sync.WaitGroup
		for n := range writers {
			all.Go(func() {
				for _, request := range []string{
					`PATCH {api} {"patchOperations":[{"op":"add","path":"/binaryMediaTypes/image~1%d"}]}`,
					`PATCH {api}/stages/prod {"patchOperations":[{"op":"replace","path":"/variables/v%d","value":"1"}]}`,
					`PUT {pets}/methods/GET/responses/20%d {}`,
					`PUT {pets}/methods/GET/integration/responses/20%d {"selectionPattern":"%d"}`,
					`PATCH {pets}/methods/GET {"patchOperations":[{"op":"add","path":"/requestParameters/method.request.header.h%d","value":"true"}]}`,
					`PATCH {pets}/methods/GET/integration {"patchOperations":[{"op":"add","path":"/requestTemplates/text~1%d","value":"t"}]}`,
					`PUT /tags/arn:aws:apigateway:eu-west-1::{api} {"tags":{"k%d":"v"}}`,
				} {
					request = strings.ReplaceAll(request, "%d", fmt.Sprint(n))
					for name, value := range vars {
						request = strings.ReplaceAll(request, "{"+name+"}", value)
					}
					if status, answer := send(handler, request); status >= 300 {
						t.Errorf("%s: got %d %s", request, status, answer)
					}
				}
			})
		}
		all.Wait()
		method := s.must("GET " + vars["pets"] + "/methods/GET")
		integration := method["methodIntegration"].(map[string]any)
		api := s.must("GET " + vars["api"])
		for name, got := range map[string]any{
			"media types": api["binaryMediaTypes"], "tags": api["tags"], "stage variables": s.must("GET " + vars["api"] + "/stages/prod")["variables"],
			"method responses": method["methodResponses"], "integration responses": integration["integrationResponses"],
			"parameters": method["requestParameters"], "templates": integration["requestTemplates"],
		} {
			n := 0
			switch got := got.(type) {
			case []any:
				n = len(got)
			case map[string]any:
				n = len(got)
			}
			if n != writers {
				t.Errorf("%s: %d of %d are there: %v", name, n, writers, got)
			}
		}
	})
}

// Of those who create one thing at the same time, one succeeds and the others are told of the conflict.
func TestParallelCreatesOfOneName(t *testing.T) {
	onBothStores(t, func(t *testing.T, s *testServer) {
		vars := s.methodVars()
		s.run(vars, []exchange{
			{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
			{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		})
		vars["deployment"] = s.must("POST " + vars["api"] + "/deployments")["id"].(string)
		handler := s.handler()
		for _, request := range []string{
			`POST {api}/resources/{root} {"pathPart":"same"}`,
			`POST {api}/models {"name":"Same","contentType":"application/json","schema":"{\"type\":\"object\"}"}`,
			`POST {api}/stages {"stageName":"same","deploymentId":"{deployment}"}`,
			`PUT {api}/resources/{root}/methods/GET {"authorizationType":"NONE"}`,
			`POST {api}/documentation/parts {"location":{"type":"API"},"properties":"{\"a\":1}"}`,
			`POST {api}/documentation/versions {"documentationVersion":"1"}`,
		} {
			for name, value := range vars {
				request = strings.ReplaceAll(request, "{"+name+"}", value)
			}
			statuses := make([]int, 8)
			var all sync.WaitGroup
			for i := range statuses {
				all.Go(func() { statuses[i], _ = send(handler, request) })
			}
			all.Wait()
			slices.Sort(statuses)
			if want := []int{201, 409, 409, 409, 409, 409, 409, 409}; !slices.Equal(statuses, want) {
				t.Errorf("%s: got %v, want %v", request, statuses, want)
			}
		}
		s.checkCounts()
	})
}

// Whatever parallel writers do, the resources stay a tree, methods stay on resources, numbers and limits hold, and
// a reader never sees half of a cascade.
func TestParallelWritersKeepInvariants(t *testing.T) {
	onBothStores(t, func(t *testing.T, s *testServer) {
		id, root := s.api()
		limits := DefaultLimits()
		limits.ResourcesPerAPI = 12
		s.control.limits = &limits
		handler := s.handler()
		base := "/restapis/" + id
		var mu sync.Mutex
		known := []string{root}
		resource := func(r *rand.Rand) string {
			mu.Lock()
			defer mu.Unlock()
			return known[r.IntN(len(known))]
		}
		var writers, readers sync.WaitGroup
		for n := range 4 {
			writers.Go(func() {
				r := rand.New(rand.NewPCG(uint64(n), 1))
				for range 40 {
					part := string(rune('a' + r.IntN(3)))
					request := []string{
						"POST " + base + "/resources/" + resource(r) + ` {"pathPart":"` + part + `"}`,
						"POST " + base + "/resources/" + resource(r) + ` {"pathPart":"{` + part + `}"}`,
						"PATCH " + base + "/resources/" + resource(r) + ` {"patchOperations":[{"op":"replace","path":"/parentId","value":"` + resource(r) + `"}]}`,
						"PUT " + base + "/resources/" + resource(r) + `/methods/GET {"authorizationType":"NONE"}`,
						"PUT " + base + "/resources/" + resource(r) + `/methods/GET/integration {"type":"MOCK"}`,
						"DELETE " + base + "/resources/" + resource(r),
						"POST " + base + `/deployments {"stageName":"prod"}`,
					}[r.IntN(7)]
					status, answer := send(handler, request)
					if status >= 500 {
						t.Errorf("%s: got %d %s", request, status, answer)
					}
					if _, created, ok := strings.Cut(answer, `"id":"`); ok && status == 201 && strings.Contains(request, "pathPart") {
						mu.Lock()
						known = append(known, created[:strings.IndexByte(created, '"')])
						mu.Unlock()
					}
				}
			})
		}
		done := make(chan struct{})
		readers.Go(func() {
			for {
				err := s.store.View(t.Context(), func(stx store.Tx) error {
					return brokenTree((&tx{Tx: stx, space: store.In("123456789012", "eu-west-1")}).place(id))
				})
				if err == nil {
					err = brokenCounts(t.Context(), s.store)
				}
				if err != nil {
					t.Errorf("a reader saw: %v", err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
		writers.Wait()
		close(done)
		readers.Wait()
		if got := len(s.must("GET " + base + "/resources?limit=500")["item"].([]any)); got > limits.ResourcesPerAPI {
			t.Errorf("%d resources, want at most %d", got, limits.ResourcesPerAPI)
		}
	})
}

// A list that is read page by page while things come and go shows what is there all the time, once.
func TestPagesAreStable(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	collections := []struct{ collection, create, name string }{
		{"{api}/resources", `POST {api}/resources/{root} {"pathPart":"%s"}`, "path"},
		{"{api}/models", `POST {api}/models {"name":"%s","contentType":"application/json","schema":"{\"type\":\"object\"}"}`, "name"},
		{"{api}/requestvalidators", `POST {api}/requestvalidators {"name":"%s"}`, "id"},
		{"{api}/documentation/parts", `POST {api}/documentation/parts {"location":{"type":"RESOURCE","path":"/%s"},"properties":"{}"}`, "id"},
		{"/restapis", `POST /restapis {"name":"%s"}`, "id"},
	}
	for _, tt := range collections {
		t.Run(tt.collection, func(t *testing.T) {
			fill := func(text string) string {
				for name, value := range vars {
					text = strings.ReplaceAll(text, "{"+name+"}", value)
				}
				return text
			}
			create := func(name string) string { return fill(strings.Replace(tt.create, "%s", name, 1)) }
			for i := range 7 {
				s.must(create(fmt.Sprintf("m%d", i)))
			}
			list := func(query string) (names []string, position string) {
				answer := s.must("GET " + fill(tt.collection) + "?limit=2&position=" + query)
				items, _ := answer["item"].([]any)
				for _, item := range items {
					names = append(names, item.(map[string]any)[tt.name].(string))
				}
				position, _ = answer["position"].(string)
				return names, position
			}
			var before []string
			for _, item := range s.must("GET " + fill(tt.collection) + "?limit=500")["item"].([]any) {
				before = append(before, item.(map[string]any)[tt.name].(string))
			}
			var seen []string
			position := ""
			for page := 0; page == 0 || position != ""; page++ {
				var names []string
				names, position = list(position)
				seen = append(seen, names...)
				if page < 8 { // before and behind what has been read
					s.must(create(fmt.Sprintf("a%d", page)))
					s.must(create(fmt.Sprintf("z%d", page)))
				}
			}
			if distinct := slices.Compact(slices.Sorted(slices.Values(seen))); len(distinct) != len(seen) {
				t.Errorf("something is listed twice: %v", seen)
			}
			kept := slices.DeleteFunc(seen, func(name string) bool { return !slices.Contains(before, name) })
			if diff := cmp.Diff(before, kept); diff != "" {
				t.Errorf("what was there all the time (-want +got):\n%s", diff)
			}
		})
	}
}
