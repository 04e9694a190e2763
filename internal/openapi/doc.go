// Package openapi turns an OpenAPI 3.0 or Swagger 2.0 document with x-amazon-apigateway
// extensions into the shapes of the control plane, and says what is wrong with it and where.
//
// It reads text and builds values; it stores nothing and knows no API that exists. Package
// control checks the values with the rules of its operations and stores them, which is
// why an [API] refers to authorizers, validators and models by name, not by id.
//
// Start with [Parse] in parse.go. A document is read in two steps: json.go and yaml.go give
// one tree of nodes with positions (node.go), and the other files, one per part of the
// document, walk it with a builder that collects problems instead of stopping at the first.
//
// AWS: Working with API Gateway extensions to OpenAPI
package openapi
