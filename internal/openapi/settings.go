package openapi

import (
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// extension is the beginning of the names of all extensions of the service.
const extension = "x-amazon-apigateway-"

// info reads the name, the description and the version of the API.
func (b *builder) info() {
	info := b.object(b.root.get("info"), "info")
	api := &b.api.RestAPI
	api.Name = b.text(info.get("title"), "info.title")
	api.Description = b.text(info.get("description"), "info.description")
	api.Version = b.text(info.get("version"), "info.version")
	if api.Description != nil && *api.Description == "" {
		api.Description = nil
	}
}

// settings reads the extensions that set members of the API.
func (b *builder) settings() {
	api := &b.api.RestAPI
	if v := b.extensionEnum(b.root, "api-key-source", "HEADER", "AUTHORIZER"); v != "" {
		api.ApiKeySource = new(apigw.ApiKeySourceType(v))
	}
	if v := b.extensionEnum(b.root, "security-policy"); v != "" {
		api.SecurityPolicy = new(apigw.SecurityPolicy(v))
	}
	if v := b.extensionEnum(b.root, "endpoint-access-mode", "BASIC", "STRICT"); v != "" {
		api.EndpointAccessMode = new(apigw.EndpointAccessMode(v))
	}
	const types = extension + "binary-media-types"
	api.BinaryMediaTypes = b.texts(b.root.get(types), types)
	const compression = extension + "minimum-compression-size"
	api.MinimumCompressionSize = b.number(b.root.get(compression), compression)
	b.policy()
	b.endpointConfiguration()
	b.unused()
}

// policy reads the resource policy, an object or the text of one.
func (b *builder) policy() {
	const name = extension + "policy"
	n := b.root.get(name)
	if n == nil || n.kind == kindNull {
		return
	}
	if n.kind == kindString {
		b.api.RestAPI.Policy = new(n.text)
		return
	}
	if b.object(n, name) == nil {
		return
	}
	text, ok := b.json(n)
	if ok {
		b.api.RestAPI.Policy = &text
	}
}

// endpointConfiguration reads the extension at the top of a Swagger document or in the first
// server of an OpenAPI document.
func (b *builder) endpointConfiguration() {
	const name = extension + "endpoint-configuration"
	holder := b.root
	if !b.swagger {
		servers := b.array(b.root.get("servers"), "servers")
		if len(servers) > 1 {
			b.serviceWarn(servers[1].pos, "More than one server provided. Ignoring all but the first for defining endpoint configuration")
		}
		if len(servers) == 0 {
			return
		}
		holder = servers[0]
	}
	n := b.object(holder.get(name), name)
	if n == nil {
		return
	}
	api := &b.api.RestAPI
	api.DisableExecuteApiEndpoint = b.flag(n.get("disableExecuteApiEndpoint"), "disableExecuteApiEndpoint")
	if ids := b.texts(n.get("vpcEndpointIds"), "vpcEndpointIds"); ids != nil {
		api.EndpointConfiguration = &apigw.EndpointConfiguration{VpcEndpointIds: ids}
	}
}

// requestValidators reads the named request validators.
func (b *builder) requestValidators() {
	const name = extension + "request-validators"
	b.validators = make(map[string]bool)
	n := b.object(b.root.get(name), name)
	if n == nil {
		return
	}
	for _, m := range n.members {
		flags := b.object(m.value, m.key)
		if flags == nil {
			continue
		}
		b.validators[m.key] = true
		b.site(ValidatorFrame(m.key), m.pos, nil)
		validator := apigw.RequestValidator{
			Name:                      new(m.key),
			ValidateRequestBody:       b.flag(flags.get("validateRequestBody"), "validateRequestBody"),
			ValidateRequestParameters: b.flag(flags.get("validateRequestParameters"), "validateRequestParameters"),
		}
		b.api.RequestValidators = append(b.api.RequestValidators, Located[apigw.RequestValidator]{validator, m.pos})
	}
}

// gatewayResponses reads the customised gateway responses.
//
// AWS: x-amazon-apigateway-gateway-responses object
func (b *builder) gatewayResponses() {
	const name = extension + "gateway-responses"
	n := b.object(b.root.get(name), name)
	if n == nil {
		return
	}
	for _, m := range n.members {
		value := b.object(m.value, m.key)
		if value == nil {
			continue
		}
		b.site(GatewayResponseFrame(m.key), m.pos, nil)
		response := apigw.GatewayResponse{
			ResponseType:       new(apigw.GatewayResponseType(m.key)),
			StatusCode:         b.text(value.get("statusCode"), "statusCode"),
			ResponseParameters: b.textMap(value.get("responseParameters"), "responseParameters"),
			ResponseTemplates:  b.textMap(value.get("responseTemplates"), "responseTemplates"),
		}
		b.api.GatewayResponses = append(b.api.GatewayResponses, Located[apigw.GatewayResponse]{response, m.pos})
	}
}

// textMap returns an object of strings, nil where it is absent.
func (b *builder) textMap(n *node, name string) map[string]string {
	if n == nil || n.kind == kindNull || b.wrong(n, name, kindObject) {
		return nil
	}
	values := make(map[string]string, len(n.members))
	for _, m := range n.members {
		if s := b.text(m.value, m.key); s != nil {
			values[m.key] = *s
		}
	}
	return values
}

// extensionEnum returns the value of an extension of holder, in upper case, which must
// be one of allowed where that is given.
func (b *builder) extensionEnum(holder *node, name string, allowed ...string) string {
	n := holder.get(extension + name)
	text := b.text(n, extension+name)
	if text == nil {
		return ""
	}
	if allowed == nil {
		return *text
	}
	upper := strings.ToUpper(*text)
	if !slices.Contains(allowed, upper) {
		b.fail(n.pos, "Invalid value '%s' for '%s': must be one of %s", *text, extension+name, strings.Join(allowed, ", "))
		return ""
	}
	return upper
}

// topExtensions are the extensions that a document may have at the top and that mean
// something, here or in another file.
var topExtensions = map[string]bool{
	"api-key-source": true, "binary-media-types": true, "documentation": true, "endpoint-access-mode": true,
	"endpoint-configuration": true, "gateway-responses": true, "minimum-compression-size": true, "policy": true,
	"request-validator": true, "request-validators": true, "security-policy": true,
}

// unused notes the extensions at the top of the document that have no effect: those of HTTP APIs
// and those that nobody knows.
func (b *builder) unused() {
	for _, m := range b.root.members {
		name, ok := strings.CutPrefix(m.key, extension)
		switch {
		case !ok || topExtensions[name]:
		case name == "importexport-version" || name == "cors" || name == "integrations" || name == "tag-value":
			b.note(m.pos, "'%s' is for HTTP APIs and has no effect on a REST API", m.key)
		default:
			b.note(m.pos, "Unknown extension '%s' has no effect", m.key)
		}
	}
}

// site remembers where the refusals that begin with frame belong.
func (b *builder) site(frame string, pos Position, details map[string]Position) {
	b.api.sites = append(b.api.sites, site{frame, pos, details})
}
