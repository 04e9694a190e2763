package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// client calls the operations of a control plane that asks for no signature.
type client struct {
	base string
}

// createAPI makes an empty API with a given id.
func (c *client) createAPI(ctx context.Context, id string) error {
	body := map[string]any{"name": id, "tags": map[string]string{"sluice:id": id}}
	return c.call(ctx, http.MethodPost, "/restapis", body, nil)
}

// putAPI makes an API what a document says and returns the warnings.
func (c *client) putAPI(ctx context.Context, id string, document []byte) ([]string, error) {
	var answer struct {
		Warnings []string `json:"warnings"`
	}
	err := c.send(ctx, http.MethodPut, "/restapis/"+url.PathEscape(id)+"?mode=overwrite", document, &answer)
	return answer.Warnings, err
}

// deploy deploys an API to a stage and returns the id of the deployment.
func (c *client) deploy(ctx context.Context, id, stage string, variables map[string]string) (string, error) {
	var answer struct {
		ID string `json:"id"`
	}
	body := map[string]any{"stageName": stage, "variables": variables}
	err := c.call(ctx, http.MethodPost, "/restapis/"+url.PathEscape(id)+"/deployments", body, &answer)
	return answer.ID, err
}

// deleteDeployment forgets a deployment that no stage serves any more.
func (c *client) deleteDeployment(ctx context.Context, id, deployment string) error {
	return c.call(ctx, http.MethodDelete, "/restapis/"+url.PathEscape(id)+"/deployments/"+url.PathEscape(deployment), nil, nil)
}

// call sends a body as JSON.
func (c *client) call(ctx context.Context, method, path string, body, answer any) error {
	if body == nil {
		return c.send(ctx, method, path, nil, answer)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.send(ctx, method, path, text, answer)
}

// send sends a request and decodes the answer if it is wanted. An answer that is no success is a *refusal.
func (c *client) send(ctx context.Context, method, path string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("call the control plane: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("call the control plane: %w", err)
	}
	if response.StatusCode >= 300 {
		var failure struct {
			Message string `json:"message"` // also written with a capital letter
		}
		if json.Unmarshal(text, &failure) != nil || failure.Message == "" {
			failure.Message = string(text)
		}
		return &refusal{status: response.StatusCode, message: failure.Message}
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
