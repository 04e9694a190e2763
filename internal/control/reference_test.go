package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The reference is what the control plane ought to keep and answer, as simply as it can be said: maps in memory,
// without keys, transactions, counts and indexes. reference_run_test.go asks it and the control plane the same.

// refAPI is an API of the reference.
type refAPI struct {
	id, root    string
	name        string
	description string // "" for none
	media       []string
	tags        map[string]any

	resources   map[string]*refResource
	models      map[string]string // schema by name
	validators  map[string]string // name by id
	deployments map[string]bool
	stages      map[string]*refStage
}

// refResource is a resource with its methods by verb.
type refResource struct {
	id, parent, part string // parent and part are "" for the root
	methods          map[string]*refMethod
}

// refMethod is a method with what belongs to it.
type refMethod struct {
	apiKey      bool
	validator   string // "" for none
	model       string // of application/json, "" for none
	responses   map[string]bool
	integration *refIntegration
}

// refIntegration is an integration; uri is "" for MOCK.
type refIntegration struct {
	uri       string
	responses map[string]string // selection pattern by status
}

// refStage is a stage.
type refStage struct {
	deployment string
	variables  map[string]any
}

// refused is an error as answers show it, "" for success: "404 NotFoundException: text". One that ends in "..." is
// only the beginning.
type refused = string

const (
	refNoResource    = "404 NotFoundException: Invalid Resource identifier specified"
	refNoMethod      = "404 NotFoundException: Invalid Method identifier specified"
	refNoIntegration = "404 NotFoundException: Invalid Integration identifier specified"
	refNoResponse    = "404 NotFoundException: Invalid Response status code specified"
	refNoValidator   = "404 NotFoundException: Invalid Request Validator identifier specified"
	refNoDeployment  = "404 NotFoundException: Invalid Deployment identifier specified"
	refNoStage       = "404 NotFoundException: Invalid stage identifier specified"
)

func refNoAPI(id string) refused {
	return "404 NotFoundException: Invalid API identifier specified 123456789012:" + id
}

// path returns the path of a resource.
func (a *refAPI) path(r *refResource) string {
	if r.parent == "" {
		return "/"
	}
	return strings.TrimSuffix(a.path(a.resources[r.parent]), "/") + "/" + r.part
}

// children returns the resources right below one; below "", a resource that is not there yet, there are none.
func (a *refAPI) children(id string) (children []*refResource) {
	for _, r := range a.resources {
		if r.parent == id && id != "" {
			children = append(children, r)
		}
	}
	return children
}

// placed says why a resource, new or not, may not be a child of parent with that path part.
func (a *refAPI) placed(id, parent, part string) refused {
	if part == "bad part" {
		return "400 BadRequestException: Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."
	}
	p := a.resources[parent]
	if p == nil {
		return refNoResource
	}
	for up := p; up != nil; up = a.resources[up.parent] {
		if up.id == id {
			return "400 BadRequestException: Resources cannot be cyclical."
		}
	}
	variable := ""
	for _, sibling := range a.children(parent) {
		switch {
		case sibling.id == id:
		case sibling.part == part:
			return "409 ConflictException: Another resource with the same parent already has this name: " + part
		case strings.HasPrefix(sibling.part, "{"):
			variable = sibling.part
		}
	}
	switch {
	case variable != "" && strings.HasPrefix(part, "{"):
		return "400 BadRequestException: A sibling (" + variable + ") of this resource already has a variable path part -- only one is allowed"
	case strings.HasSuffix(p.part, "+}"), strings.HasSuffix(part, "+}") && len(a.children(id)) > 0:
		return "400 BadRequestException: A resource with a greedy path variable cannot have child resources."
	}
	return ""
}

// remove deletes a resource with all below it.
func (a *refAPI) remove(r *refResource) {
	for _, child := range a.children(r.id) {
		a.remove(child)
	}
	delete(a.resources, r.id)
}

// user returns whether a method has the property.
func (a *refAPI) user(has func(*refMethod) bool) bool {
	for _, r := range a.resources {
		for _, m := range r.methods {
			if has(m) {
				return true
			}
		}
	}
	return false
}

// deployable says why the API can't be deployed.
func (a *refAPI) deployable() refused {
	switch {
	case !a.user(func(*refMethod) bool { return true }):
		return "400 BadRequestException: The REST API doesn't contain any methods"
	case a.user(func(m *refMethod) bool { return m.integration == nil }):
		return "400 BadRequestException: No integration defined for method"
	}
	return ""
}

// method finds a method, with why there is none. A nil API has nothing.
func (a *refAPI) method(resource, verb string) (*refMethod, refused) {
	if a == nil || a.resources[resource] == nil {
		return nil, refNoResource
	}
	m := a.resources[resource].methods[verb]
	if m == nil {
		return nil, refNoMethod
	}
	return m, ""
}

// integrated finds a method that has an integration.
func (a *refAPI) integrated(resource, verb string) (*refMethod, refused) {
	m, no := a.method(resource, verb)
	if no == "" && m.integration == nil {
		no = refNoIntegration
	}
	return m, no
}

// shown returns the API as GetRestApi shows it, without dates.
func (a *refAPI) shown() map[string]any {
	shown := map[string]any{
		"id": a.id, "rootResourceId": a.root, "name": a.name, "apiKeySource": "HEADER", "disableExecuteApiEndpoint": false, "tags": a.tags,
		"endpointConfiguration": map[string]any{"types": []any{"EDGE"}, "ipAddressType": "ipv4"},
	}
	if a.description != "" {
		shown["description"] = a.description
	}
	if len(a.media) > 0 {
		shown["binaryMediaTypes"] = anyList(a.media)
	}
	return shown
}

// shownResources returns the resources with their methods, in the order of their paths.
func (a *refAPI) shownResources() []any {
	all := slices.SortedFunc(maps.Values(a.resources), func(x, y *refResource) int { return strings.Compare(a.path(x), a.path(y)) })
	shown := make([]any, len(all))
	for i, r := range all {
		shown[i] = a.shownResource(r, true)
	}
	return shown
}

func (a *refAPI) shownResource(r *refResource, embed bool) map[string]any {
	shown := map[string]any{"id": r.id, "path": a.path(r)}
	if r.parent != "" {
		shown["parentId"], shown["pathPart"] = r.parent, r.part
	}
	if len(r.methods) > 0 {
		methods := map[string]any{}
		for verb, m := range r.methods {
			methods[verb] = map[string]any{}
			if embed {
				methods[verb] = m.shown(r.id, verb)
			}
		}
		shown["resourceMethods"] = methods
	}
	return shown
}

func (m *refMethod) shown(resource, verb string) map[string]any {
	shown := map[string]any{"httpMethod": verb, "authorizationType": "NONE", "apiKeyRequired": m.apiKey}
	if m.validator != "" {
		shown["requestValidatorId"] = m.validator
	}
	if m.model != "" {
		shown["requestModels"] = map[string]any{"application/json": m.model}
	}
	if len(m.responses) > 0 {
		responses := map[string]any{}
		for status := range m.responses {
			responses[status] = map[string]any{"statusCode": status}
		}
		shown["methodResponses"] = responses
	}
	if m.integration != nil {
		shown["methodIntegration"] = m.integration.shown(resource)
	}
	return shown
}

func (i *refIntegration) shown(resource string) map[string]any {
	shown := map[string]any{
		"type": "MOCK", "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000.0, "cacheNamespace": resource, "cacheKeyParameters": []any{},
	}
	if i.uri != "" {
		shown["type"], shown["httpMethod"], shown["uri"], shown["connectionType"] = "HTTP", "GET", i.uri, "INTERNET"
	}
	if len(i.responses) > 0 {
		responses := map[string]any{}
		for status, pattern := range i.responses {
			responses[status] = map[string]any{"statusCode": status, "selectionPattern": pattern}
		}
		shown["integrationResponses"] = responses
	}
	return shown
}

func (s *refStage) shown(name string) map[string]any {
	shown := map[string]any{
		"stageName": name, "deploymentId": s.deployment, "cacheClusterEnabled": false, "cacheClusterStatus": "NOT_AVAILABLE",
		"methodSettings": map[string]any{}, "tracingEnabled": false,
	}
	if len(s.variables) > 0 {
		shown["variables"] = s.variables
	}
	return shown
}

func anyList(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

// refSchema is the schema of a model, which may refer to another one.
func refSchema(api, refersTo string) string {
	if refersTo == "" {
		return `{"type":"object"}`
	}
	return fmt.Sprintf(`{"$ref":"https://apigateway.amazonaws.com/restapis/%s/models/%s"}`, api, refersTo)
}
