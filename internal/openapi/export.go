package openapi

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// Format is a kind of document that an API can be written as.
type Format string

// The formats, by the names that the service has for them.
const (
	FormatOpenAPI Format = "oas30"
	FormatSwagger Format = "swagger"
)

// ExportOptions say what to write. The zero value of the extensions is a document without
// any extension of the service.
type ExportOptions struct {
	Format Format
	YAML   bool
	Stage  string // whose address the document names

	Integrations bool // write integrations and everything else that belongs to the API as a whole
	Authorizers  bool // write what authorizers call
	Postman      bool // write what Postman reads

	// Documentation describes what is written. Its parts are written as such only with DocumentationParts.
	Documentation      *ExportDocumentation
	DocumentationParts bool
}

// ExportDocumentation is a documentation version.
type ExportDocumentation struct {
	Version     string
	CreatedDate time.Time
	Parts       []apigw.DocumentationPart
}

// extended reports whether extensions of the service are written at all.
func (o *ExportOptions) extended() bool { return o.Integrations || o.Authorizers }

// Document is an API written down.
type Document struct {
	Text    []byte
	Version string // info.version
}

// Export writes a deployed API as a document. Importing what it writes with all extensions
// gives an equal API.
//
// Observed: the frame, the paths and the integrations of exported documents.
func Export(api *snapshot.API, options ExportOptions) (*Document, error) {
	w := &exporter{
		api: api, options: options, swagger: options.Format == FormatSwagger,
		descriptions: newDescriptions(options.Documentation),
	}
	version := apigw.Value(api.RestAPI.Version)
	if version == "" {
		version = api.CreatedDate.UTC().Format(time.RFC3339)
	}
	root := newObject()
	if w.swagger {
		w.swaggerFrame(root, version)
	} else {
		w.openAPIFrame(root, version)
	}
	paths, err := w.paths()
	if err != nil {
		return nil, err
	}
	root.set("paths", paths)
	models, err := w.models()
	if err != nil {
		return nil, err
	}
	schemes := w.securitySchemes()
	if w.swagger {
		root.setUnlessEmpty("securityDefinitions", schemes)
		root.setUnlessEmpty("definitions", models)
	} else {
		components := newObject()
		components.setUnlessEmpty("schemas", models)
		components.setUnlessEmpty("securitySchemes", schemes)
		root.set("components", components)
	}
	if err := w.settings(root); err != nil {
		return nil, err
	}
	text, err := root.render(options.YAML)
	if err != nil {
		return nil, err
	}
	return &Document{Text: text, Version: version}, nil
}

// exporter writes one API.
type exporter struct {
	api     *snapshot.API
	options ExportOptions
	swagger bool

	descriptions descriptions // nil without documentation
}

// host returns the name under which the service serves an API.
func (w *exporter) host() string {
	suffix := ".amazonaws.com"
	if w.api.Partition == "aws-cn" {
		suffix += ".cn"
	}
	return apigw.Value(w.api.RestAPI.Id) + ".execute-api." + w.api.Region + suffix
}

func (w *exporter) swaggerFrame(root *node, version string) {
	root.setText("swagger", "2.0")
	info := newObject()
	info.setOptional("description", w.api.RestAPI.Description)
	info.setText("version", version)
	info.setOptional("title", w.api.RestAPI.Name)
	root.set("info", info)
	root.setText("host", w.host())
	root.setText("basePath", "/"+w.options.Stage)
	root.set("schemes", newTexts([]string{"https"}))
}

func (w *exporter) openAPIFrame(root *node, version string) {
	root.setText("openapi", "3.0.1")
	info := newObject()
	info.setOptional("title", w.api.RestAPI.Name)
	info.setOptional("description", w.api.RestAPI.Description)
	info.setText("version", version)
	root.set("info", info)
	basePath, variables, server := newObject(), newObject(), newObject()
	basePath.setText("default", w.options.Stage)
	variables.set("basePath", basePath)
	server.setText("url", "https://"+w.host()+"/{basePath}")
	server.set("variables", variables)
	root.set("servers", newArray([]*node{server}))
}

// settings writes the extensions at the top of the document.
func (w *exporter) settings(root *node) error {
	if w.options.Integrations {
		api := &w.api.RestAPI
		if api.ApiKeySource != nil && *api.ApiKeySource != apigw.ApiKeySourceTypeHeader {
			root.setText(extension+"api-key-source", string(*api.ApiKeySource))
		}
		if len(api.BinaryMediaTypes) > 0 {
			root.set(extension+"binary-media-types", newTexts(api.BinaryMediaTypes))
		}
		if api.MinimumCompressionSize != nil {
			root.setNumber(extension+"minimum-compression-size", int64(*api.MinimumCompressionSize))
		}
		if api.SecurityPolicy != nil {
			root.setText(extension+"security-policy", string(*api.SecurityPolicy))
		}
		if api.EndpointAccessMode != nil {
			root.setText(extension+"endpoint-access-mode", string(*api.EndpointAccessMode))
		}
		if api.Policy != nil {
			policy, err := jsonNode(*api.Policy)
			if err != nil {
				return fmt.Errorf("policy: %w", err)
			}
			root.set(extension+"policy", policy)
		}
		root.setUnlessEmpty(extension+"gateway-responses", w.gatewayResponses())
		root.setUnlessEmpty(extension+"request-validators", w.requestValidators())
	}
	return w.documentation(root)
}

// gatewayResponses writes the customised gateway responses.
func (w *exporter) gatewayResponses() *node {
	all := newObject()
	responses := slices.Clone(w.api.GatewayResponses)
	slices.SortFunc(responses, func(a, b apigw.GatewayResponse) int {
		return strings.Compare(string(apigw.Value(a.ResponseType)), string(apigw.Value(b.ResponseType)))
	})
	for _, r := range responses {
		n := newObject()
		n.setOptional("statusCode", r.StatusCode)
		n.setUnlessEmpty("responseParameters", newTextMap(r.ResponseParameters))
		n.setUnlessEmpty("responseTemplates", newTextMap(r.ResponseTemplates))
		all.set(string(apigw.Value(r.ResponseType)), n)
	}
	return all
}

// requestValidators writes the request validators. One without a name cannot be referred to.
func (w *exporter) requestValidators() *node {
	all := newObject()
	for _, v := range w.api.RequestValidators {
		if apigw.Value(v.Name) == "" {
			continue
		}
		n := newObject()
		n.setFlag("validateRequestParameters", apigw.Value(v.ValidateRequestParameters))
		n.setFlag("validateRequestBody", apigw.Value(v.ValidateRequestBody))
		all.add(member{key: *v.Name, value: n}) // of two with one name the first counts
	}
	return all
}

// documentation writes a documentation version.
func (w *exporter) documentation(root *node) error {
	d := w.options.Documentation
	if d == nil || !w.options.DocumentationParts {
		return nil
	}
	parts := make([]*node, 0, len(d.Parts))
	for _, p := range d.Parts {
		location := newObject()
		location.setText("type", string(p.Location.Type))
		location.setOptional("path", p.Location.Path)
		location.setOptional("method", p.Location.Method)
		location.setOptional("statusCode", p.Location.StatusCode)
		location.setOptional("name", p.Location.Name)
		properties, err := jsonNode(apigw.Value(p.Properties))
		if err != nil {
			return fmt.Errorf("documentation part: %w", err)
		}
		n := newObject()
		n.set("location", location)
		n.set("properties", properties)
		parts = append(parts, n)
	}
	n := newObject()
	n.setText("version", d.Version)
	n.setText("createdDate", d.CreatedDate.UTC().Format(time.RFC3339))
	n.set("documentationParts", newArray(parts))
	root.set(extension+"documentation", n)
	return nil
}
