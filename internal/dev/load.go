package dev

import (
	"github.com/sluice-gateway/sluice/internal/openapi"
)

// load reads a document and looks for mistakes that the control plane does not look for.
func load(text []byte) (*openapi.API, []openapi.Problem) {
	return openapi.Parse(text, openapi.Options{})
}
