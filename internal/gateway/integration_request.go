// Hot path.

package gateway

import (
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// buildEndpointRequest makes the endpoint request: template, then URI, headers and body with parameter
// mappings, then overrides.
//
// AWS: Set up an integration request in API Gateway.
func (x *Exchange) buildEndpointRequest() *fault {
	in := x.method.Integration
	req := &x.endpointRequest
	if in.Type == apigw.IntegrationTypeAwsProxy {
		return x.buildInvocation(in)
	}
	if f := x.transformRequest(in); f != nil {
		return f
	}
	if in.Type == apigw.IntegrationTypeMock {
		return nil
	}
	connection := x.stage.Connection(x.method)
	req.Timeout, req.TLS, req.Link, req.MaxResponseBytes = in.Timeout, connection.TLS, connection.Link, MaxBodyBytes
	x.askForStream(in)
	req.Method = in.Verb
	if req.Method == "" {
		req.Method = x.verb
	}
	if in.Type != apigw.IntegrationTypeAws && (req.Method == "GET" || req.Method == "HEAD") {
		req.Body = nil
	}
	if f := x.mapParameters(in); f != nil {
		return f
	}
	uri := x.stage.URI(x.method)
	if !uri.Build(&req.URI, x) {
		return faultInvalidTarget
	}
	x.buildQuery(in)
	if in.Type == apigw.IntegrationTypeAws {
		return x.buildServiceRequest(uri)
	}
	return x.buildHeaders(in)
}

// transformRequest makes the endpoint request's body: by the template for its media type, or as it
// is where the integration lets it pass.
//
// AWS: Integration passthrough behaviors; Content type conversions in API Gateway.
func (x *Exchange) transformRequest(in *plan.Integration) *fault {
	req := &x.endpointRequest
	if in.Type == apigw.IntegrationTypeHttpProxy {
		req.Body = x.body
		return nil
	}
	mediaType := plan.MediaType(x.Request.Headers.Get(headerContentType))
	template := in.RequestTemplate(mediaType)
	if template == nil && (in.Passthrough == plan.Never || in.Passthrough == plan.WhenNoTemplates && len(in.Templates) > 0) {
		return faultMediaType
	}
	binary := x.stage.Plan.Binary.Contains(mediaType)
	conversion := requestConversion(binary, in.ContentHandling)
	if template == nil || template.Empty {
		return x.convertRequest(conversion, x.body)
	}
	if binary {
		// A template can read bytes only as base64 text.
		if conversion != toBase64 {
			return faultTransformRequest
		}
		if f := x.convertRequest(toBase64, x.body); f != nil {
			return f
		}
		x.scope.Body = x.endpointRequest.Body
		conversion = asBytes
	}
	rendered, f := x.render(x.buf.request[:0], template, "Unable to transform request")
	if f != nil {
		return f
	}
	x.buf.request, x.templated = rendered, true
	x.override = x.context.RequestOverride()
	return x.convertRequest(conversion, rendered)
}

// convertRequest makes a body, converted, the endpoint request's.
func (x *Exchange) convertRequest(c conversion, body []byte) *fault {
	converted, memory, ok := c.convert(x.buf.convert, body)
	x.buf.convert = memory
	if !ok {
		return faultConversion
	}
	x.endpointRequest.Body = converted
	return nil
}

// mapParameters evaluates the parameter mappings of the integration. A mapping whose source is missing
// has no effect.
//
// AWS: API Gateway API request and response data mapping reference.
func (x *Exchange) mapParameters(in *plan.Integration) *fault {
	for i := range in.Parameters {
		p := &in.Parameters[i]
		var err error
		x.texts, err = p.From.AppendValues(x.texts[:0], &x.scope, nil)
		if err != nil {
			return faultInvalidJSON
		}
		if len(x.texts) == 0 {
			continue
		}
		switch p.To {
		case plan.Header:
			x.mappedHeaders.Add(p.Name, joinValues(x.texts))
		case plan.Path:
			x.mappedPath = append(x.mappedPath, mapping.Param{Name: p.Name, Value: x.texts[0]})
		default:
			for _, text := range x.texts {
				x.mappedQuery = append(x.mappedQuery, queryParameter{name: p.Name, value: text, encoded: p.From.Static()})
			}
		}
	}
	return nil
}

// joinValues returns the values of a header as one.
func joinValues(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values, ",")
}

// PathValue returns the value for a placeholder of the URI: the override's, else the mapped one.
func (x *Exchange) PathValue(name string) (string, bool) {
	if values := x.override.Path.Get(name); len(values) > 0 {
		return values[0], true
	}
	for i := range x.mappedPath {
		if x.mappedPath[i].Name == name {
			return x.mappedPath[i].Value, true
		}
	}
	return "", false
}

// queryParameter is a parameter for the endpoint's query string.
type queryParameter struct {
	name, value string
	encoded     bool // value stands as it is to be sent
}

// buildQuery appends to the query string of the URI: the client's parameters for HTTP_PROXY, the
// mapped ones, the overrides. An override replaces a mapped parameter of its name.
//
// Observed: conformance/request_query_proxy.txtar (the order).
func (x *Exchange) buildQuery(in *plan.Integration) {
	overrides := x.override.QueryString
	proxy := in.Type == apigw.IntegrationTypeHttpProxy && x.query != ""
	if !proxy && len(x.mappedQuery) == 0 && len(overrides) == 0 {
		return
	}
	dst := append(x.buf.query[:0], x.endpointRequest.URI.Query...)
	if proxy {
		for i := range x.scope.Query {
			dst = appendParameter(dst, x.scope.Query[i].Name, x.scope.Query[i].Value, false)
		}
	}
	for i := range x.mappedQuery {
		if p := &x.mappedQuery[i]; overrides.Get(p.name) == nil {
			dst = appendParameter(dst, p.name, p.value, p.encoded)
		}
	}
	for i := range overrides {
		for _, value := range overrides[i].Values {
			dst = appendParameter(dst, overrides[i].Name, value, false)
		}
	}
	x.buf.query = dst
	x.endpointRequest.URI.Query = string(dst)
}

// appendParameter appends one parameter to a query string.
func appendParameter(dst []byte, name, value string, encoded bool) []byte {
	if len(dst) > 0 {
		dst = append(dst, '&')
	}
	dst = appendQueryEscaped(dst, name)
	dst = append(dst, '=')
	if encoded {
		return append(dst, value...)
	}
	return appendQueryEscaped(dst, value)
}

// buildHeaders makes the endpoint request's headers.
//
// AWS: HTTP integrations for REST APIs in API Gateway.
// Observed: conformance/request_headers_http.txtar, conformance/request_headers_proxy.txtar.
func (x *Exchange) buildHeaders(in *plan.Integration) *fault {
	h := &x.endpointRequest.Headers
	proxy := in.Type == apigw.IntegrationTypeHttpProxy
	if proxy {
		x.forwardHeaders(h)
	}
	if f := x.setMappedHeaders(mappedRules); f != nil {
		return f
	}
	if !proxy {
		setDefault(h, headerAccept, "application/json")
		setDefault(h, headerUserAgent, x.stage.Plan.UserAgent)
		h.Add(headerTraceID, x.endpointTrace())
		if len(x.endpointRequest.Body) > 0 {
			setDefault(h, headerContentType, x.contentType())
		}
	}
	h.Add(headerAPIID, x.stage.Plan.APIID)
	return nil
}

// setMappedHeaders sets the headers that mappings and overrides name.
func (x *Exchange) setMappedHeaders(rules *headerRules) *fault {
	h := &x.endpointRequest.Headers
	for _, f := range x.mappedHeaders {
		if fault := setMapped(h, rules, f.Name, f.Value); fault != nil {
			return fault
		}
	}
	for _, o := range x.override.Header {
		if fault := setMapped(h, rules, o.Name, joinValues(o.Values)); fault != nil {
			return fault
		}
	}
	return nil
}

// contentType returns the client's content type, which is that of a body that is sent on.
func (x *Exchange) contentType() string {
	if contentType := x.Request.Headers.Get(headerContentType); contentType != "" {
		return contentType
	}
	return plan.DefaultMediaType
}

// withholds reports whether a header of the client is for the gateway alone: a signature, and with AWS_IAM any authorization.
//
// AWS: Amazon API Gateway important notes (Authorization).
func (x *Exchange) withholds(p *mapping.Param) bool {
	return p.Name == headerAuthorization && (x.method.Authorization.Type == plan.IAM || isSignature(p.Name, p.Value))
}

// isSignature reports whether a header is a signature with Signature Version 4, which is meant for the gateway and sent to nobody.
func isSignature(name, value string) bool {
	return header.EqualName(name, headerAuthorization) && strings.HasPrefix(value, "AWS4-HMAC-SHA256")
}

// forwardHeaders appends the client's headers that HTTP_PROXY sends on.
func (x *Exchange) forwardHeaders(h *header.List) {
	for i := range x.scope.Header {
		p := &x.scope.Header[i]
		if x.withholds(p) || proxiedRules.of(p.Name) == drop {
			continue
		}
		h.Add(p.Name, p.Value)
	}
}

// endpointTrace returns the trace as the endpoint sees it.
func (x *Exchange) endpointTrace() string {
	for i := range x.scope.Header {
		if header.EqualName(x.scope.Header[i].Name, headerTraceID) {
			return x.scope.Header[i].Value
		}
	}
	return x.ids.newTrace()
}

// setMapped sets a header of the endpoint request that a mapping or an override names.
func setMapped(h *header.List, rules *headerRules, name, value string) *fault {
	if !validHeader(name, value) {
		return configurationFault("Invalid header " + name)
	}
	switch rules.of(name) {
	case drop:
	case refuse:
		return configurationFault("Header " + name + " can't be mapped")
	default:
		if !isSignature(name, value) {
			h.Set(name, value)
		}
	}
	return nil
}

// setDefault adds a header if there is none of its name.
func setDefault(h *header.List, name, value string) {
	if !h.Has(name) {
		h.Add(name, value)
	}
}

// validHeader reports whether a field that a template or a client's value made may stand in a message:
// the name is a token and the value has no control characters, so that nobody can add lines.
func validHeader(name, value string) bool {
	return httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value)
}
