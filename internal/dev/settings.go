package dev

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/internal/backend"
	"github.com/sluice-gateway/sluice/internal/openapi"
)

// settingsKey is the member of a document that holds settings for this command. Other
// readers of OpenAPI documents ignore it.
const settingsKey = "x-sluice-dev"

// settings are what a document says to this command.
type settings struct {
	// StageVariables are stage variables of the stage that it is deployed to.
	StageVariables map[string]string `json:"stageVariables"`
	// Backends are stage variables to which the address of a back end is given, host:port, with the
	// name of the back end to start.
	Backends map[string]string `json:"backends"`
}

// settingsOf reads the settings of a document.
func settingsOf(document *openapi.API) (*settings, error) {
	read := &settings{}
	text := document.JSON("/" + settingsKey)
	if text == "" {
		return read, nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(read); err != nil {
		return nil, fmt.Errorf("%s: %w", settingsKey, err)
	}
	for variable, name := range read.Backends {
		if !slices.Contains(backend.Names(), name) {
			return nil, fmt.Errorf("%s: the back end %q of the stage variable %s is none of %s",
				settingsKey, name, variable, strings.Join(backend.Names(), ", "))
		}
	}
	return read, nil
}

// settingsProblem places what is wrong with the settings.
func settingsProblem(document *openapi.API, err error) *openapi.Problem {
	pos, _ := document.PositionOf("/" + settingsKey)
	return &openapi.Problem{Position: pos, Severity: openapi.SeverityError, Message: err.Error()}
}
