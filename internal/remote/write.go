package remote

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Import says how a document is brought into an API. The zero value of everything but Document makes a new
// API of it.
type Import struct {
	Document       []byte
	APIID          string // of the API to change; empty makes a new one
	Overwrite      bool   // delete what the document does not have; only with APIID
	FailOnWarnings bool
	BasePath       string // ignore, prepend or split; empty is ignore
	EndpointType   string // EDGE, REGIONAL or PRIVATE; only without APIID

	IgnoreDocumentation bool
}

// Imported is the answer to an import.
type Imported struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Warnings []string `json:"warnings"`
}

// Import imports a document.
func (c *Client) Import(ctx context.Context, in Import) (*Imported, error) {
	query := url.Values{}
	if in.FailOnWarnings {
		query.Set("failonwarnings", strconv.FormatBool(true))
	}
	if in.BasePath != "" {
		query.Set("basepath", in.BasePath)
	}
	if in.IgnoreDocumentation {
		query.Set("ignore", "documentation")
	}
	method, path := http.MethodPost, "/restapis"
	switch {
	case in.APIID == "":
		query.Set("mode", "import")
		if in.EndpointType != "" {
			query.Set("endpointConfigurationTypes", in.EndpointType)
		}
	case in.Overwrite:
		method, path = http.MethodPut, apiPath(in.APIID)
		query.Set("mode", "overwrite")
	default:
		method, path = http.MethodPut, apiPath(in.APIID)
		query.Set("mode", "merge")
	}
	text, err := c.Send(ctx, method, path, query, "application/json", in.Document)
	if err != nil {
		return nil, err
	}
	var answer Imported
	return &answer, decode(text, &answer)
}

// CreateRestAPI makes an empty API of that name with a chosen id.
func (c *Client) CreateRestAPI(ctx context.Context, name, id string) error {
	body := map[string]any{"name": name, "tags": map[string]string{"sluice:id": id}}
	return c.Call(ctx, http.MethodPost, "/restapis", nil, body, nil)
}

// Deploy deploys an API to a stage, which is made where there is none, and returns the id of the
// deployment.
func (c *Client) Deploy(ctx context.Context, api, stage, description string, variables map[string]string) (string, error) {
	body := map[string]any{"stageName": stage}
	if description != "" {
		body["description"] = description
	}
	if len(variables) > 0 {
		body["variables"] = variables
	}
	var answer Deployment
	err := c.Call(ctx, http.MethodPost, apiPath(api, "deployments"), nil, body, &answer)
	return answer.Id, err
}

// DeleteDeployment deletes a deployment that no stage serves.
func (c *Client) DeleteDeployment(ctx context.Context, api, id string) error {
	return c.Call(ctx, http.MethodDelete, apiPath(api, "deployments", id), nil, nil, nil)
}
