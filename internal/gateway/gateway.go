// Package gateway is the data plane: it takes one request at a time through method request,
// integration request, integration, integration response and method response.
//
// It does no work that could have been done earlier: templates, patterns, mappings and URIs arrive
// compiled in a plan.Stage. It knows no protocol version (package listen fills the [Exchange]) and
// no back end (package integration). Start reading at [Gateway.Serve] in serve.go, which is the order
// of the phases; each phase has its file; gateway_response.go renders every error.
package gateway
