// Package snapshot holds an API frozen at deployment.
//
// A snapshot is closed under reference: every model, validator, authorizer and gateway response that
// a method of it needs is inside. The control plane builds it when a deployment is created, the store
// keeps its encoded form, plan compiles it. It says what was configured and nothing about how that is
// executed. Nobody writes to an API after it has been built.
package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
)

// API is one deployment of one REST API.
type API struct {
	AccountID    string    `json:"accountId"`
	Region       string    `json:"region"`
	Partition    string    `json:"partition"`
	DeploymentID string    `json:"deploymentId"`
	CreatedDate  time.Time `json:"createdDate"`

	RestAPI           apigw.RestApi            `json:"restApi"`
	Resources         []Resource               `json:"resources,omitzero"` // the root included, parents before children
	Models            []apigw.Model            `json:"models,omitzero"`
	RequestValidators []apigw.RequestValidator `json:"requestValidators,omitzero"`
	GatewayResponses  []apigw.GatewayResponse  `json:"gatewayResponses,omitzero"` // the customised ones only
	Authorizers       []apigw.Authorizer       `json:"authorizers,omitzero"`
}

// Resource is one resource with its methods; each method holds its integration, integration
// responses and method responses.
type Resource struct {
	ID       string                  `json:"id"`
	ParentID string                  `json:"parentId,omitzero"` // "" for the root
	PathPart string                  `json:"pathPart,omitzero"` // "" for the root
	Path     string                  `json:"path"`
	Methods  map[string]apigw.Method `json:"methods,omitzero"` // by verb, ANY included
}

// version is the version of the encoded form that this program writes, and the newest it reads.
const version = 1

// envelope is the encoded form.
type envelope struct {
	Version int  `json:"version"`
	API     *API `json:"api"`
}

// ErrVersion says that an encoded snapshot was written by a newer program.
var ErrVersion = errors.New("the snapshot's version is unknown")

// Encode returns the snapshot's encoded form, which is the same for equal snapshots.
func Encode(api *API) ([]byte, error) {
	data, err := json.Marshal(envelope{Version: version, API: api})
	if err != nil {
		return nil, fmt.Errorf("encode the snapshot of %s: %w", api.DeploymentID, err)
	}
	return data, nil
}

// Decode returns the snapshot of an encoded form. The error wraps ErrVersion when a newer program
// wrote it.
func Decode(data []byte) (*API, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("decode a snapshot: %w", err)
	}
	if head.Version < 1 || head.Version > version {
		return nil, fmt.Errorf("decode a snapshot: %w: %d", ErrVersion, head.Version)
	}
	var e envelope
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return nil, fmt.Errorf("decode a snapshot: %w", err)
	}
	if e.API == nil {
		return nil, errors.New("decode a snapshot: it has no API")
	}
	return e.API, nil
}
