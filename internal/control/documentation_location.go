package control

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// locationMembers says which members, besides its type, the location of a documentation part has.
// The name is required where there is one; the others have defaults.
//
// AWS: "Representation of API documentation in API Gateway".
type locationMembers struct{ path, method, status, name bool }

var locationsByType = map[apigw.DocumentationPartType]locationMembers{
	apigw.DocumentationPartTypeApi:            {},
	apigw.DocumentationPartTypeAuthorizer:     {name: true},
	apigw.DocumentationPartTypeModel:          {name: true},
	apigw.DocumentationPartTypeResource:       {path: true},
	apigw.DocumentationPartTypeMethod:         {path: true, method: true},
	apigw.DocumentationPartTypePathParameter:  {path: true, method: true, name: true},
	apigw.DocumentationPartTypeQueryParameter: {path: true, method: true, name: true},
	apigw.DocumentationPartTypeRequestHeader:  {path: true, method: true, name: true},
	apigw.DocumentationPartTypeRequestBody:    {path: true, method: true},
	apigw.DocumentationPartTypeResponse:       {path: true, method: true, status: true},
	apigw.DocumentationPartTypeResponseHeader: {path: true, method: true, status: true, name: true},
	apigw.DocumentationPartTypeResponseBody:   {path: true, method: true, status: true},
}

// completeLocation checks a location and puts in the defaults of what it does not say. Empty texts count
// as not given.
func completeLocation(l *apigw.DocumentationPartLocation) error {
	takes, ok := locationsByType[l.Type]
	if !ok {
		return apigw.BadRequest("Invalid documentation part type specified: " + string(l.Type))
	}
	members := []struct {
		name     string
		taken    bool
		value    **string
		standard string
	}{
		{"path", takes.path, &l.Path, "/"},
		{"method", takes.method, &l.Method, "*"},
		{"statusCode", takes.status, &l.StatusCode, "*"},
		{"name", takes.name, &l.Name, ""},
	}
	var foreign []string
	foreignGiven := false
	for _, m := range members {
		if apigw.Value(*m.value) == "" {
			*m.value = nil
		}
		switch {
		case !m.taken:
			foreign = append(foreign, m.name)
			foreignGiven = foreignGiven || *m.value != nil
		case *m.value == nil && m.standard != "":
			*m.value = &m.standard
		}
	}
	if foreignGiven {
		return apigw.BadRequest("[Location type: " + string(l.Type) + " cannot have " + alternatives(foreign) + " defined.]")
	}
	if takes.name && l.Name == nil {
		return apigw.BadRequest("[Location type: " + string(l.Type) + " must have name defined.]")
	}
	return checkLocationMembers(l)
}

// checkLocationMembers says whether what a complete location names can exist.
func checkLocationMembers(l *apigw.DocumentationPartLocation) error {
	if l.Path != nil && !strings.HasPrefix(*l.Path, "/") {
		return apigw.BadRequest("Invalid documentation part path specified: " + *l.Path)
	}
	if status := apigw.Value(l.StatusCode); status != "" && status != "*" && !statusCode.MatchString(status) {
		return apigw.BadRequest("Invalid status code specified: " + status)
	}
	if l.Method != nil && *l.Method != "*" {
		return checkVerb(*l.Method)
	}
	return nil
}

// alternatives joins names as in "a, b or c".
func alternatives(names []string) string {
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return strings.Join(names, "")
}

// locationKey returns a text that two locations share only if they are the same. Sorted, it
// puts the parts of a path together.
func locationKey(l *apigw.DocumentationPartLocation) string {
	return strings.Join([]string{apigw.Value(l.Path), apigw.Value(l.Method), string(l.Type), apigw.Value(l.StatusCode), apigw.Value(l.Name)}, "\x00")
}

// documentable returns the locations of everything in the API that could be documented.
func (a *api) documentable() ([]apigw.DocumentationPartLocation, error) {
	locations := []apigw.DocumentationPartLocation{{Type: apigw.DocumentationPartTypeApi}}
	authorizers, err := list[apigw.Authorizer](a.tx, a.keys.Authorizers())
	if err != nil {
		return nil, err
	}
	for _, z := range authorizers {
		locations = append(locations, apigw.DocumentationPartLocation{Type: apigw.DocumentationPartTypeAuthorizer, Name: z.Name})
	}
	models, err := list[apigw.Model](a.tx, a.keys.Models())
	if err != nil {
		return nil, err
	}
	for _, m := range models {
		locations = append(locations, apigw.DocumentationPartLocation{Type: apigw.DocumentationPartTypeModel, Name: m.Name})
	}
	tree, err := a.resourceTree()
	if err != nil {
		return nil, err
	}
	for _, r := range tree.resources {
		locations = append(locations, apigw.DocumentationPartLocation{Type: apigw.DocumentationPartTypeResource, Path: r.Path})
	}
	methods, err := a.methods()
	if err != nil {
		return nil, err
	}
	for i := range methods {
		path := *tree.resources[methods[i].ResourceID].Path
		locations = append(locations, documentableMethod(path, &methods[i].Method)...)
	}
	return locations, nil
}

// documentableMethod returns the locations of a method, its parameters and its responses.
func documentableMethod(path string, m *apigw.Method) []apigw.DocumentationPartLocation {
	var locations []apigw.DocumentationPartLocation
	add := func(kind apigw.DocumentationPartType, status, name *string) {
		locations = append(locations, apigw.DocumentationPartLocation{Type: kind, Path: &path, Method: m.HttpMethod, StatusCode: status, Name: name})
	}
	add(apigw.DocumentationPartTypeMethod, nil, nil)
	if len(m.RequestModels) > 0 {
		add(apigw.DocumentationPartTypeRequestBody, nil, nil)
	}
	for parameter := range m.RequestParameters {
		place, name, _ := strings.Cut(strings.TrimPrefix(parameter, "method.request."), ".")
		switch strings.TrimPrefix(place, "multivalue") {
		case "path":
			add(apigw.DocumentationPartTypePathParameter, nil, &name)
		case "querystring":
			add(apigw.DocumentationPartTypeQueryParameter, nil, &name)
		case "header":
			add(apigw.DocumentationPartTypeRequestHeader, nil, &name)
		}
	}
	for status, r := range m.MethodResponses {
		add(apigw.DocumentationPartTypeResponse, &status, nil)
		if len(r.ResponseModels) > 0 {
			add(apigw.DocumentationPartTypeResponseBody, &status, nil)
		}
		for parameter := range r.ResponseParameters {
			add(apigw.DocumentationPartTypeResponseHeader, &status, new(strings.TrimPrefix(parameter, "method.response.header.")))
		}
	}
	return locations
}
