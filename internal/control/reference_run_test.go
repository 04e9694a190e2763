package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/boltstore"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

// stepsVariable is the environment variable with the number of steps that TestReference must make on each store; without
// it as many are made as are quick. A failure prints its seed and the shortest sequence that still fails.
const stepsVariable = "SLUICE_TEST_STEPS"

// TestReference makes random calls over the wire codec, and asks the reference what their answers ought to be.
func TestReference(t *testing.T) {
	required, _ := strconv.ParseInt(os.Getenv(stepsVariable), 10, 64)
	run := func(name string, enough int64, open func(t *testing.T) store.Store) {
		t.Run(name, func(t *testing.T) {
			steps, failed := int64(0), false // sequences that fail are shortened, however many steps that takes
			rapid.Check(t, func(rt *rapid.T) {
				if steps >= max(required, enough) && !failed {
					return
				}
				passed := false
				defer func() { failed = failed || !passed }()
				runReference(rt, open(t), &steps)
				passed = true
			})
			t.Logf("%d steps", steps)
			if steps < required {
				t.Errorf("made %d steps, want %d: raise -rapid.checks", steps, required)
			}
		})
	}
	run("memory", 2000, func(*testing.T) store.Store { return memstore.New() })
	run("file", 100, func(t *testing.T) store.Store {
		s, err := boltstore.Open(boltstore.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// world is a control plane beside the reference of what it ought to be.
type world struct {
	*rapid.T
	handler http.Handler
	store   store.Store
	apis    []*refAPI // in the order of creation
	names   int       // of APIs so far
}

// runReference makes one sequence of calls.
func runReference(rt *rapid.T, s store.Store, steps *int64) {
	defer s.Close()
	var ticks, ids int
	c := New(Config{
		Store: s,
		Clock: func() time.Time { ticks++; return time.Unix(1700000000+int64(ticks), 0) },
		NewID: func(n int) string { ids++; return fmt.Sprintf("%0*s", n, strconv.FormatInt(int64(ids), 36)) },
	})
	mux := restjson.NewMux(restjson.Config{Authenticator: restjson.Open{AccountID: "123456789012", Region: "eu-west-1"}})
	c.Bind(mux)
	w := &world{handler: mux, store: s}
	actions := map[string]func(*rapid.T){}
	for name, action := range w.actions() {
		actions[name] = func(t *rapid.T) {
			*steps++
			w.T = t
			action()
		}
	}
	rt.Repeat(actions)
	w.T = rt
	w.look()
}

func (w *world) actions() map[string]func() {
	return map[string]func(){
		"create API": w.createAPI, "update API": w.updateAPI, "delete API": w.deleteAPI, "tag": w.tag, "untag": w.untag,
		"create resource": w.createResource, "create resource again": w.createResource, "move resource": w.moveResource,
		"rename resource": w.renameResource, "delete resource": w.deleteResource, "get resource": w.getResource,
		"put method": w.putMethod, "put method again": w.putMethod, "update method": w.updateMethod, "delete method": w.deleteMethod,
		"put method response": w.putMethodResponse, "delete method response": w.deleteMethodResponse,
		"put integration": w.putIntegration, "put integration again": w.putIntegration, "delete integration": w.deleteIntegration,
		"put integration response": w.putIntegrationResponse, "delete integration response": w.deleteIntegrationResponse,
		"create model": w.createModel, "delete model": w.deleteModel, "create validator": w.createValidator, "delete validator": w.deleteValidator,
		"create deployment": w.createDeployment, "delete deployment": w.deleteDeployment,
		"create stage": w.createStage, "update stage": w.updateStage, "delete stage": w.deleteStage, "look": w.look,
	}
}

// call sends a request. The answer is the refusal, or the body without dates.
func (w *world) call(method, path string, body any) (refused, map[string]any) {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, httptest.NewRequest(method, path, bytes.NewReader(text)))
	a := answer{status: recorder.Code}
	for name, values := range recorder.Header() { // as they are written, which Get does not find
		if name == "x-amzn-ErrorType" {
			a.kind = values[0]
		}
	}
	if recorder.Body.Len() > 0 {
		if err := json.Unmarshal(recorder.Body.Bytes(), &a.body); err != nil {
			w.Fatalf("%s %s: %v: %s", method, path, err, recorder.Body)
		}
	}
	if a.kind != "" {
		return a.String(), nil
	}
	withoutDates(a.body)
	return "", a.body
}

// withoutDates takes the dates out of an answer.
func withoutDates(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "createdDate")
		delete(v, "lastUpdatedDate")
		for _, member := range v {
			withoutDates(member)
		}
	case []any:
		for _, element := range v {
			withoutDates(element)
		}
	}
}

// expect makes a call whose refusal, "" for none, is known, and returns its answer.
func (w *world) expect(want refused, method, path string, body any) map[string]any {
	got, answer := w.call(method, path, body)
	if prefix, ok := strings.CutSuffix(want, "..."); got != want && (!ok || !strings.HasPrefix(got, prefix)) {
		w.Fatalf("%s %s %v:\n got %q\nwant %q", method, path, body, got, want)
	}
	return answer
}

// same compares an answer.
func (w *world) same(what string, want, got any) {
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// oneOf draws one of the texts, or sometimes none that exists.
func (w *world) oneOf(what string, texts []string) string {
	return rapid.SampledFrom(append(slices.Sorted(slices.Values(texts)), "nope")).Draw(w.T, what)
}

// api draws an API; there may be none, then it is nil and the id names nothing.
func (w *world) api() (*refAPI, string) {
	i := rapid.IntRange(0, len(w.apis)).Draw(w.T, "api")
	if i == len(w.apis) {
		return nil, "nope"
	}
	return w.apis[i], w.apis[i].id
}

// resource draws an API and a resource of it.
func (w *world) resource() (a *refAPI, id, path string) {
	a, api := w.api()
	id = "nope"
	if a != nil {
		id = w.oneOf("resource", slices.Collect(maps.Keys(a.resources)))
	}
	return a, id, "/restapis/" + api + "/resources/" + id
}

// method draws an API, a resource and a verb.
func (w *world) method() (a *refAPI, id, verb, path string) {
	a, id, path = w.resource()
	verb = rapid.SampledFrom([]string{"GET", "ANY"}).Draw(w.T, "verb")
	return a, id, verb, path + "/methods/" + verb
}

func (w *world) status() string { return rapid.SampledFrom([]string{"200", "404"}).Draw(w.T, "status") }

// patchBody is the body of an update of one member.
func patchBody(op, path, value string) map[string]any {
	return map[string]any{"patchOperations": []any{map[string]any{"op": op, "path": path, "value": value}}}
}

// look reads everything and compares it.
func (w *world) look() {
	position := ""
	var listed []any
	for {
		answer := w.expect("", "GET", "/restapis?limit=2&position="+position, nil)
		items, _ := answer["item"].([]any)
		listed = append(listed, items...)
		if position, _ = answer["position"].(string); position == "" {
			break
		}
	}
	var want []any
	for _, a := range w.apis {
		shown := a.shown()
		if len(a.tags) == 0 {
			delete(shown, "tags")
		}
		want = append(want, shown)
	}
	w.same("the list of APIs", want, listed)
	for _, a := range w.apis {
		w.lookAt(a)
	}
	if err := brokenCounts(w.Context(), w.store); err != nil {
		w.Fatal(err)
	}
}

// lookAt reads everything of an API and compares it.
func (w *world) lookAt(a *refAPI) {
	path := "/restapis/" + a.id
	w.same("API", a.shown(), w.expect("", "GET", path, nil))
	w.same("resources", a.shownResources(), w.expect("", "GET", path+"/resources?limit=500&embed=methods", nil)["item"])
	names := func(collection, member string) []string {
		names := []string{}
		items, _ := w.expect("", "GET", path+collection+"?limit=500", nil)["item"].([]any)
		for _, item := range items {
			names = append(names, item.(map[string]any)[member].(string))
		}
		slices.Sort(names)
		return names
	}
	w.same("models", slices.Sorted(maps.Keys(a.models)), names("/models", "name"))
	w.same("validators", append([]string{}, slices.Sorted(maps.Keys(a.validators))...), names("/requestvalidators", "id"))
	w.same("deployments", append([]string{}, slices.Sorted(maps.Keys(a.deployments))...), names("/deployments", "id"))
	stages := map[string]any{}
	items, _ := w.expect("", "GET", path+"/stages", nil)["item"].([]any)
	for _, item := range items {
		stages[item.(map[string]any)["stageName"].(string)] = item
	}
	want := map[string]any{}
	for name, s := range a.stages {
		want[name] = s.shown(name)
	}
	w.same("stages", want, stages)
}
