package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// pageSize is how many things are asked for at once; the service gives no more.
const pageSize = "500"

// Seconds is a date as the service writes it: a number of seconds.
type Seconds struct{ time.Time }

// UnmarshalJSON reads a number of seconds since 1970.
func (s *Seconds) UnmarshalJSON(text []byte) error {
	var seconds float64
	if err := json.Unmarshal(text, &seconds); err != nil {
		return err
	}
	s.Time = time.UnixMilli(int64(seconds * 1000)).UTC()
	return nil
}

// RestAPI is an API as the control plane shows it.
type RestAPI struct {
	apigw.RestApi
	CreatedDate Seconds `json:"createdDate"`
}

// Stage is a stage as the control plane shows it.
type Stage struct {
	apigw.Stage
	CreatedDate     Seconds `json:"createdDate"`
	LastUpdatedDate Seconds `json:"lastUpdatedDate"`
}

// Deployment is a deployment as the control plane shows it.
type Deployment struct {
	Id          string  `json:"id"`
	Description string  `json:"description"`
	CreatedDate Seconds `json:"createdDate"`
}

// apiPath returns the path of an API, with what is below it.
func apiPath(id string, below ...string) string {
	path := "/restapis/" + url.PathEscape(id)
	for _, segment := range below {
		path += "/" + url.PathEscape(segment)
	}
	return path
}

// list returns all things of a collection, page by page.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", pageSize)
	var all []T
	for {
		var page struct {
			Item     []T    `json:"item"`
			Position string `json:"position"`
		}
		if err := c.Call(ctx, http.MethodGet, path, query, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Item...)
		if page.Position == "" {
			return all, nil
		}
		query.Set("position", page.Position)
	}
}

// RestAPIs returns all APIs.
func (c *Client) RestAPIs(ctx context.Context) ([]RestAPI, error) {
	return list[RestAPI](ctx, c, "/restapis", nil)
}

// RestAPI returns the API with that id or, where there is none, the only one with that name.
// A *[ChoiceError] says that there is none or more than one.
func (c *Client) RestAPI(ctx context.Context, nameOrID string) (*RestAPI, error) {
	all, err := c.RestAPIs(ctx)
	if err != nil {
		return nil, err
	}
	choice := &ChoiceError{What: "API", Name: nameOrID}
	var named []*RestAPI
	for i := range all {
		id, name := apigw.Value(all[i].Id), apigw.Value(all[i].Name)
		if id == nameOrID {
			return &all[i], nil
		}
		if name == nameOrID {
			named = append(named, &all[i])
		}
		choice.Choices = append(choice.Choices, id+" ("+name+")")
	}
	if len(named) == 1 {
		return named[0], nil
	}
	if len(named) > 1 {
		choice.Several, choice.Choices = true, nil
		for _, api := range named {
			choice.Choices = append(choice.Choices, *api.Id)
		}
	}
	return nil, choice
}

// Stages returns the stages of an API.
func (c *Client) Stages(ctx context.Context, api string) ([]Stage, error) {
	var answer struct {
		Item []Stage `json:"item"`
	}
	err := c.Call(ctx, http.MethodGet, apiPath(api, "stages"), nil, nil, &answer)
	return answer.Item, err
}

// Stage returns a stage of an API. A *[ChoiceError] says that there is none of that name.
func (c *Client) Stage(ctx context.Context, api, name string) (*Stage, error) {
	stages, err := c.Stages(ctx, api)
	if err != nil {
		return nil, err
	}
	choice := &ChoiceError{What: "stage", Name: name}
	for i := range stages {
		if apigw.Value(stages[i].StageName) == name {
			return &stages[i], nil
		}
		choice.Choices = append(choice.Choices, apigw.Value(stages[i].StageName))
	}
	return nil, choice
}

// Deployment returns a deployment of an API.
func (c *Client) Deployment(ctx context.Context, api, id string) (*Deployment, error) {
	var d Deployment
	err := c.Call(ctx, http.MethodGet, apiPath(api, "deployments", id), nil, nil, &d)
	return &d, err
}

// Export returns a stage written down as a document; accept is its media type, extensions is a
// list separated by commas.
func (c *Client) Export(ctx context.Context, api, stage, format, extensions, accept string) ([]byte, error) {
	query := url.Values{}
	if extensions != "" {
		query.Set("extensions", extensions)
	}
	return c.Send(ctx, http.MethodGet, apiPath(api, "stages", stage, "exports", format), query, accept, nil)
}

// WorkingCopy returns an API as a deployment would freeze it now. What the service does not show,
// such as the account, is empty. The API may change while it is read.
func (c *Client) WorkingCopy(ctx context.Context, api *RestAPI) (*snapshot.API, error) {
	id := apigw.Value(api.Id)
	frozen := &snapshot.API{RestAPI: api.RestApi, Region: c.Region}
	if policy := api.Policy; policy != nil {
		frozen.RestAPI.Policy = new(plainPolicy(*policy))
	}
	resources, err := list[apigw.Resource](ctx, c, apiPath(id, "resources"), url.Values{"embed": {"methods"}})
	if err != nil {
		return nil, err
	}
	for _, r := range resources {
		frozen.Resources = append(frozen.Resources, snapshot.Resource{
			ID: apigw.Value(r.Id), ParentID: apigw.Value(r.ParentId), PathPart: apigw.Value(r.PathPart), Path: apigw.Value(r.Path),
			Methods: r.ResourceMethods,
		})
	}
	// A parent's path is a proper beginning of its children's.
	slices.SortFunc(frozen.Resources, func(a, b snapshot.Resource) int { return strings.Compare(a.Path, b.Path) })
	if frozen.Models, err = list[apigw.Model](ctx, c, apiPath(id, "models"), nil); err != nil {
		return nil, err
	}
	if frozen.RequestValidators, err = list[apigw.RequestValidator](ctx, c, apiPath(id, "requestvalidators"), nil); err != nil {
		return nil, err
	}
	if frozen.Authorizers, err = list[apigw.Authorizer](ctx, c, apiPath(id, "authorizers"), nil); err != nil {
		return nil, err
	}
	responses, err := list[apigw.GatewayResponse](ctx, c, apiPath(id, "gatewayresponses"), nil)
	for _, r := range responses {
		if !apigw.Value(r.DefaultResponse) {
			frozen.GatewayResponses = append(frozen.GatewayResponses, r)
		}
	}
	return frozen, err
}

// plainPolicy returns a resource policy without the second escaping in which the service shows it.
func plainPolicy(shown string) string {
	var plain string
	if json.Unmarshal([]byte(`"`+shown+`"`), &plain) != nil {
		return shown
	}
	return plain
}

// ChoiceError says that a name stands for nothing, or for more than one thing.
type ChoiceError struct {
	What    string // "API", "stage"
	Name    string
	Several bool     // the name stands for all the choices
	Choices []string // what there is
}

// Error says which name it is.
func (e *ChoiceError) Error() string {
	if e.Several {
		return fmt.Sprintf("more than one %s has the name %q", e.What, e.Name)
	}
	return fmt.Sprintf("there is no %s %q", e.What, e.Name)
}

// maxChoices is how many choices are shown.
const maxChoices = 10

// Hint lists what there is.
func (e *ChoiceError) Hint() string {
	switch {
	case e.Several:
		return "use an id: " + strings.Join(e.Choices, ", ")
	case len(e.Choices) == 0 && e.What == "stage":
		return "the API has no stages: deploy it, for example with `sluice import FILE --api ID --stage NAME`"
	case len(e.Choices) == 0:
		return "there are no APIs in this account and region: make one with `sluice import FILE`"
	}
	shown := e.Choices
	if len(shown) > maxChoices {
		shown = append(slices.Clone(shown[:maxChoices]), "...")
	}
	return "there is " + strings.Join(shown, ", ")
}
