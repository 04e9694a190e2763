package control

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"
)

func (w *world) createAPI() {
	if len(w.apis) == 3 {
		return
	}
	w.names++
	a := &refAPI{
		name: fmt.Sprintf("api%d", w.names), tags: map[string]any{}, resources: map[string]*refResource{}, validators: map[string]string{},
		models: map[string]string{"Empty": "", "Error": ""}, deployments: map[string]bool{}, stages: map[string]*refStage{},
	}
	got := w.expect("", "POST", "/restapis", map[string]any{"name": a.name})
	a.id, _ = got["id"].(string)
	a.root, _ = got["rootResourceId"].(string)
	a.resources[a.root] = &refResource{id: a.root, methods: map[string]*refMethod{}}
	want := a.shown()
	delete(want, "tags")
	w.same("created API", want, got)
	w.apis = append(w.apis, a)
}

func (w *world) updateAPI() {
	a, id := w.api()
	media := rapid.SampledFrom([]string{"image/png", "image/gif"}).Draw(w.T, "media type")
	op := rapid.SampledFrom([]string{"add", "remove"}).Draw(w.T, "op")
	description := rapid.SampledFrom([]string{"one", "two"}).Draw(w.T, "description")
	body := map[string]any{"patchOperations": []any{
		map[string]any{"op": "replace", "path": "/description", "value": description},
		map[string]any{"op": op, "path": "/binaryMediaTypes/" + media[:5] + "~1" + media[6:]},
	}}
	if a == nil {
		w.expect(refNoAPI(id), "PATCH", "/restapis/"+id, body)
		return
	}
	a.description = description
	a.media = slices.DeleteFunc(a.media, func(m string) bool { return op == "remove" && m == media })
	if op == "add" && !slices.Contains(a.media, media) {
		a.media = append(a.media, media)
	}
	w.same("updated API", a.shown(), w.expect("", "PATCH", "/restapis/"+id, body))
}

func (w *world) deleteAPI() {
	a, id := w.api()
	want := ""
	if a == nil {
		want = refNoAPI(id)
	}
	w.expect(want, "DELETE", "/restapis/"+id, nil)
	w.apis = slices.DeleteFunc(w.apis, func(other *refAPI) bool { return other == a })
}

func (w *world) tag() {
	a, id := w.api()
	key, value := rapid.SampledFrom([]string{"k", "l"}).Draw(w.T, "key"), rapid.SampledFrom([]string{"1", ""}).Draw(w.T, "value")
	want := refNoAPI(id)
	if a != nil {
		want, a.tags[key] = "", value
	}
	w.expect(want, "PUT", "/tags/arn:aws:apigateway:eu-west-1::/restapis/"+id, map[string]any{"tags": map[string]any{key: value}})
}

func (w *world) untag() {
	a, id := w.api()
	want := refNoAPI(id)
	if a != nil {
		want = ""
		delete(a.tags, "k")
	}
	w.expect(want, "DELETE", "/tags/arn:aws:apigateway:eu-west-1::/restapis/"+id+"?tagKeys=k", nil)
}

// part draws a path part.
func (w *world) part() string {
	return rapid.SampledFrom([]string{"a", "b", "a:b", "{x}", "{y}", "{z+}", "bad part"}).Draw(w.T, "part")
}

func (w *world) createResource() {
	a, parent, path := w.resource()
	part := w.part()
	want := refNoResource
	if a != nil && a.resources[parent] != nil {
		want = a.placed("", parent, part)
	}
	got := w.expect(want, "POST", path, map[string]any{"pathPart": part})
	if want != "" {
		return
	}
	r := &refResource{parent: parent, part: part, methods: map[string]*refMethod{}}
	r.id, _ = got["id"].(string)
	a.resources[r.id] = r
	w.same("created resource", a.shownResource(r, false), got)
}

func (w *world) getResource() {
	a, id, path := w.resource()
	if a == nil || a.resources[id] == nil {
		w.expect(refNoResource, "GET", path, nil)
		return
	}
	w.same("resource", a.shownResource(a.resources[id], false), w.expect("", "GET", path, nil))
}

// changeResource patches a resource: to another parent or with another path part.
func (w *world) changeResource(a *refAPI, id, path string, body map[string]any, parent, part *string) {
	if a == nil || a.resources[id] == nil {
		w.expect(refNoResource, "PATCH", path, body)
		return
	}
	r := a.resources[id]
	if r.parent == "" {
		member := "pathPart"
		if parent != nil {
			member = "parentId"
		}
		w.expect("400 BadRequestException: Root resource cannot update its "+member+".", "PATCH", path, body)
		return
	}
	changed := *r
	if parent != nil {
		changed.parent = *parent
	}
	if part != nil {
		changed.part = *part
	}
	want := a.placed(id, changed.parent, changed.part)
	got := w.expect(want, "PATCH", path, body)
	if want == "" {
		r.parent, r.part = changed.parent, changed.part
		w.same("changed resource", a.shownResource(r, false), got)
	}
}

func (w *world) moveResource() {
	a, id, path := w.resource()
	parent := "nope"
	if a != nil {
		parent = w.oneOf("parent", slices.Collect(maps.Keys(a.resources)))
	}
	w.changeResource(a, id, path, patchBody("replace", "/parentId", parent), &parent, nil)
}

func (w *world) renameResource() {
	a, id, path := w.resource()
	part := w.part()
	w.changeResource(a, id, path, patchBody("replace", "/pathPart", part), nil, &part)
}

func (w *world) deleteResource() {
	a, id, path := w.resource()
	switch {
	case a == nil || a.resources[id] == nil:
		w.expect(refNoResource, "DELETE", path, nil)
	case id == a.root:
		w.expect("400 BadRequestException: Root resource cannot be deleted.", "DELETE", path, nil)
	default:
		w.expect("", "DELETE", path, nil)
		a.remove(a.resources[id])
	}
}

func (w *world) putMethod() {
	a, id, verb, path := w.method()
	m := &refMethod{responses: map[string]bool{}}
	body := map[string]any{"authorizationType": "NONE"}
	if a != nil && rapid.Bool().Draw(w.T, "validated") {
		m.validator = w.oneOf("validator", slices.Collect(maps.Keys(a.validators)))
		body["requestValidatorId"] = m.validator
	}
	if a != nil && rapid.Bool().Draw(w.T, "modelled") {
		m.model = w.oneOf("model", slices.Collect(maps.Keys(a.models)))
		body["requestModels"] = map[string]any{"application/json": m.model}
	}
	want := ""
	present, no := a.method(id, verb)
	switch {
	case no == refNoResource:
		want = no
	case present != nil:
		want = "409 ConflictException: Method already exists for this resource"
	case m.model == "nope":
		want = "400 BadRequestException: Invalid model identifier specified: nope"
	case m.validator == "nope":
		want = "400 BadRequestException: Invalid Request Validator identifier specified"
	}
	got := w.expect(want, "PUT", path, body)
	if want == "" {
		a.resources[id].methods[verb] = m
		w.same("put method", m.shown(id, verb), got)
	}
}

func (w *world) updateMethod() {
	a, id, verb, path := w.method()
	m, want := a.method(id, verb)
	on := rapid.Bool().Draw(w.T, "key required")
	got := w.expect(want, "PATCH", path, patchBody("replace", "/apiKeyRequired", fmt.Sprint(on)))
	if want == "" {
		m.apiKey = on
		w.same("updated method", m.shown(id, verb), got)
	}
}

func (w *world) deleteMethod() {
	a, id, verb, path := w.method()
	_, want := a.method(id, verb)
	w.expect(want, "DELETE", path, nil)
	if want == "" {
		delete(a.resources[id].methods, verb)
	}
}

func (w *world) putMethodResponse() {
	a, id, verb, path := w.method()
	status := w.status()
	m, want := a.method(id, verb)
	if want == "" && m.responses[status] {
		want = "409 ConflictException: Response already exists for this resource"
	}
	w.expect(want, "PUT", path+"/responses/"+status, map[string]any{})
	if want == "" {
		m.responses[status] = true
	}
}

func (w *world) deleteMethodResponse() {
	a, id, verb, path := w.method()
	status := w.status()
	m, want := a.method(id, verb)
	if want == "" && !m.responses[status] {
		want = refNoResponse
	}
	w.expect(want, "DELETE", path+"/responses/"+status, nil)
	if want == "" {
		delete(m.responses, status)
	}
}

func (w *world) putIntegration() {
	a, id, verb, path := w.method()
	m, want := a.method(id, verb)
	i := &refIntegration{responses: map[string]string{}}
	body := map[string]any{"type": "MOCK"}
	if rapid.Bool().Draw(w.T, "HTTP") {
		i.uri = rapid.SampledFrom([]string{"http://a.example/", "word"}).Draw(w.T, "URI")
		body = map[string]any{"type": "HTTP", "httpMethod": "GET", "uri": i.uri}
	}
	if want == "" && i.uri == "word" {
		want = "400 BadRequestException: Invalid HTTP endpoint specified for URI"
	}
	got := w.expect(want, "PUT", path+"/integration", body)
	if want == "" {
		m.integration = i
		w.same("put integration", i.shown(id), got)
	}
}

func (w *world) deleteIntegration() {
	a, id, verb, path := w.method()
	m, want := a.integrated(id, verb)
	w.expect(want, "DELETE", path+"/integration", nil)
	if want == "" {
		m.integration = nil
	}
}

func (w *world) putIntegrationResponse() {
	a, id, verb, path := w.method()
	status, pattern := w.status(), rapid.SampledFrom([]string{"", "4.."}).Draw(w.T, "pattern")
	m, want := a.integrated(id, verb)
	if want == "" {
		for other, taken := range m.integration.responses {
			if other != status && taken == pattern {
				want = "409 ConflictException: Integration response with selection pattern " + map[string]string{"": "default", "4..": "4.."}[pattern] + " already exists"
			}
		}
	}
	w.expect(want, "PUT", path+"/integration/responses/"+status, map[string]any{"selectionPattern": pattern})
	if want == "" {
		m.integration.responses[status] = pattern
	}
}

func (w *world) deleteIntegrationResponse() {
	a, id, verb, path := w.method()
	status := w.status()
	m, want := a.integrated(id, verb)
	if want == refNoMethod {
		want = refNoIntegration
	}
	if want == "" {
		if _, there := m.integration.responses[status]; !there {
			want = refNoResponse
		}
	}
	w.expect(want, "DELETE", path+"/integration/responses/"+status, nil)
	if want == "" {
		delete(m.integration.responses, status)
	}
}

func (w *world) createModel() {
	a, id := w.api()
	name := rapid.SampledFrom([]string{"A", "B", "a b"}).Draw(w.T, "name")
	refersTo := rapid.SampledFrom([]string{"", "A", "B"}).Draw(w.T, "reference")
	want := ""
	switch {
	case a == nil:
		want = refNoAPI(id)
	case name == "a b":
		want = "400 BadRequestException: Model name must be alphanumeric: a b"
	case hasKey(a.models, name):
		want = "409 ConflictException: Model name already exists for this REST API"
	case refersTo != "" && refersTo != name && !hasKey(a.models, refersTo):
		want = "400 BadRequestException: Invalid model specified: ..."
	}
	w.expect(want, "POST", "/restapis/"+id+"/models", map[string]any{"name": name, "contentType": "application/json", "schema": refSchema(id, refersTo)})
	if want == "" {
		a.models[name] = refersTo
	}
}

func hasKey(m map[string]string, key string) bool {
	_, ok := m[key]
	return ok
}

func (w *world) deleteModel() {
	a, id := w.api()
	name := rapid.SampledFrom([]string{"A", "B", "Error"}).Draw(w.T, "name")
	want := ""
	switch {
	case a == nil || !hasKey(a.models, name):
		want = "404 NotFoundException: Invalid model name specified: " + name
	case a.user(func(m *refMethod) bool { return m.model == name }):
		want = "409 ConflictException: Cannot delete model '" + name + "', is referenced in method request: ..."
	default:
		for other, refersTo := range a.models {
			if other != name && refersTo == name {
				want = "409 ConflictException: Cannot delete model '" + name + "', is referenced in model: ..."
			}
		}
	}
	w.expect(want, "DELETE", "/restapis/"+id+"/models/"+name, nil)
	if want == "" {
		delete(a.models, name)
	}
}

func (w *world) createValidator() {
	a, id := w.api()
	want := ""
	if a == nil {
		want = "400 BadRequestException: Invalid REST API identifier specified"
	}
	got := w.expect(want, "POST", "/restapis/"+id+"/requestvalidators", map[string]any{"name": "v"})
	if want == "" {
		validator, _ := got["id"].(string)
		a.validators[validator] = "v"
	}
}

func (w *world) deleteValidator() {
	a, id := w.api()
	validator, want := "nope", refNoValidator
	if a != nil {
		validator = w.oneOf("validator", slices.Collect(maps.Keys(a.validators)))
		switch {
		case !hasKey(a.validators, validator):
		case a.user(func(m *refMethod) bool { return m.validator == validator }):
			want = "409 ConflictException: Cannot delete request validator 'v', is referenced in method: ..."
		default:
			want = ""
		}
	}
	w.expect(want, "DELETE", "/restapis/"+id+"/requestvalidators/"+validator, nil)
	if want == "" {
		delete(a.validators, validator)
	}
}

func (w *world) createDeployment() {
	a, id := w.api()
	stage := rapid.SampledFrom([]string{"", "s1", "s2"}).Draw(w.T, "stage")
	want := refNoAPI(id)
	if a != nil {
		want = a.deployable()
	}
	got := w.expect(want, "POST", "/restapis/"+id+"/deployments", map[string]any{"stageName": stage})
	if want != "" {
		return
	}
	deployment, _ := got["id"].(string)
	a.deployments[deployment] = true
	if stage != "" {
		if a.stages[stage] == nil {
			a.stages[stage] = &refStage{variables: map[string]any{}}
		}
		a.stages[stage].deployment = deployment
	}
}

// deployment draws a deployment of an API.
func (w *world) deployment(a *refAPI) string {
	if a == nil {
		return "nope"
	}
	return w.oneOf("deployment", slices.Collect(maps.Keys(a.deployments)))
}

func (w *world) deleteDeployment() {
	a, id := w.api()
	deployment := w.deployment(a)
	want := ""
	if a == nil || !a.deployments[deployment] {
		want = refNoDeployment
	} else {
		for _, s := range a.stages {
			if s.deployment == deployment {
				want = "400 BadRequestException: Active stages pointing to this deployment must be moved or deleted"
			}
		}
	}
	w.expect(want, "DELETE", "/restapis/"+id+"/deployments/"+deployment, nil)
	if want == "" {
		delete(a.deployments, deployment)
	}
}

func (w *world) createStage() {
	a, id := w.api()
	name, deployment := rapid.SampledFrom([]string{"s1", "s2", "s 3"}).Draw(w.T, "name"), w.deployment(a)
	want := ""
	switch {
	case a == nil:
		want = refNoAPI(id)
	case name == "s 3":
		want = "400 BadRequestException: Stage name only allows a-zA-Z0-9_"
	case a.stages[name] != nil:
		want = "409 ConflictException: Stage already exists"
	case !a.deployments[deployment]:
		want = "400 BadRequestException: Deployment id does not exist"
	}
	got := w.expect(want, "POST", "/restapis/"+id+"/stages", map[string]any{"stageName": name, "deploymentId": deployment, "variables": map[string]any{"v": "1"}})
	if want == "" {
		a.stages[name] = &refStage{deployment: deployment, variables: map[string]any{"v": "1"}}
		w.same("created stage", a.stages[name].shown(name), got)
	}
}

func (w *world) updateStage() {
	a, id := w.api()
	name, deployment := rapid.SampledFrom([]string{"s1", "s2"}).Draw(w.T, "name"), w.deployment(a)
	want := ""
	switch {
	case a == nil || a.stages[name] == nil:
		want = refNoStage
	case !a.deployments[deployment]:
		want = "400 BadRequestException: Deployment id does not exist"
	}
	got := w.expect(want, "PATCH", "/restapis/"+id+"/stages/"+name, map[string]any{"patchOperations": []any{
		map[string]any{"op": "replace", "path": "/variables/w", "value": "2"},
		map[string]any{"op": "replace", "path": "/deploymentId", "value": deployment},
	}})
	if want == "" {
		a.stages[name].deployment, a.stages[name].variables["w"] = deployment, "2"
		w.same("updated stage", a.stages[name].shown(name), got)
	}
}

func (w *world) deleteStage() {
	a, id := w.api()
	name := rapid.SampledFrom([]string{"s1", "s2"}).Draw(w.T, "name")
	want := ""
	if a == nil || a.stages[name] == nil {
		want = refNoStage
	}
	w.expect(want, "DELETE", "/restapis/"+id+"/stages/"+name, nil)
	if want == "" {
		delete(a.stages, name)
	}
}
