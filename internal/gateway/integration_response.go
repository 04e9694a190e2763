// Hot path.

package gateway

import (
	"net/http"
	"strconv"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// buildMethodResponse turns the endpoint's answer into the response.
func (x *Exchange) buildMethodResponse() *fault {
	switch x.method.Integration.Type {
	case apigw.IntegrationTypeHttpProxy:
		return x.proxyResponse()
	case apigw.IntegrationTypeAwsProxy:
		return x.functionResponse()
	}
	r, f := x.selectResponse()
	switch {
	case f != nil:
		return f
	case r == nil:
		return configurationFault("No match for output mapping and no default output mapping configured. Endpoint Response Status Code: " +
			strconv.Itoa(x.endpointResponse.Status))
	case r.Undeclared:
		return configurationFault("Output mapping refers to an invalid method response: " + strconv.Itoa(r.Status))
	}
	x.Response.Status = r.Status
	accepted := x.acceptsFirst()
	if f := x.transformResponse(r, accepted); f != nil {
		return f
	}
	if f := x.mapResponseHeaders(r); f != nil {
		return f
	}
	if f := x.overrideResponse(); f != nil {
		return f
	}
	switch {
	case x.method.Integration.Lambda:
		x.Response.Headers.Set(headerTraceID, x.functionTrace())
	case x.method.Integration.Type != apigw.IntegrationTypeMock:
		x.Response.Headers.Set(headerTraceID, x.ids.trace)
	}
	return nil
}

// selectResponse returns the integration response for the endpoint's answer, nil if there is none.
func (x *Exchange) selectResponse() (*plan.IntegrationResponse, *fault) {
	switch in := x.method.Integration; {
	case in.Lambda:
		return x.selectFunctionResponse()
	case x.unselected:
		return in.Default, nil
	default:
		return in.SelectStatus(x.endpointResponse.Status), nil
	}
}

// acceptsFirst returns the media type that the client accepts first.
func (x *Exchange) acceptsFirst() string {
	return plan.FirstAccepted(x.Request.Headers.Get(headerAccept))
}

// transformResponse makes the response's body by the integration response's template, or from the
// endpoint's body where there is none.
//
// AWS: Set up an integration response in API Gateway; Content type conversions in API Gateway.
func (x *Exchange) transformResponse(r *plan.IntegrationResponse, accepted string) *fault {
	types := &x.stage.Plan.Binary
	answer := &x.endpointResponse
	binary := !types.Empty() && answer.Headers.Has(headerContentType) && types.Contains(plan.MediaType(answer.Headers.Get(headerContentType)))
	conversion := responseConversion(binary, types.Contains(accepted), r.ContentHandling)
	body := answer.Body
	if template := r.ResponseTemplate(accepted); template != nil && !template.Empty {
		var f *fault
		if body, f = x.renderResponse(template, binary, conversion); f != nil {
			return f
		}
		if binary {
			conversion = asBytes
		}
	} else if conversion == asText && answer.Headers.Has(headerContentEncoding) {
		conversion = asBytes // a body with a content coding is not text, whatever its type is
	}
	return x.setBody(conversion, body)
}

// setBody makes a body, converted, the response's.
func (x *Exchange) setBody(c conversion, body []byte) *fault {
	converted, memory, ok := c.convert(x.buf.convert, body)
	x.buf.convert = memory
	if !ok {
		return faultConversion
	}
	if len(converted) > MaxBodyBytes {
		return tooLargeFault(int64(len(converted)))
	}
	x.Response.Body = converted
	return nil
}

// renderResponse renders a response template over the endpoint's body. Coded bodies are decoded for
// it; bytes are shown as base64 text if the integration response converts to text.
func (x *Exchange) renderResponse(template *plan.BodyTemplate, binary bool, c conversion) ([]byte, *fault) {
	answer := &x.endpointResponse
	x.scope.Body = answer.Body
	if coding := answer.Headers.Get(headerContentEncoding); coding != "" && len(answer.Body) > 0 {
		decoded, err := decode(x.buf.decoded[:0], coding, answer.Body)
		if err != nil {
			return nil, faultTransformResponse
		}
		x.buf.decoded, x.scope.Body = decoded, decoded
		answer.Headers.Del(headerContentEncoding) // what is made of the body now has none
	}
	if binary {
		if c != toBase64 {
			return nil, faultTransformResponse
		}
		x.scope.Body, x.buf.convert, _ = toBase64.convert(x.buf.convert, x.scope.Body)
	}
	rendered, f := x.render(x.buf.response[:0], template, "Unable to transform response")
	if f == nil {
		x.buf.response = rendered
	}
	return rendered, f
}

// render renders a template into buf; what says what could not be done if it fails.
func (x *Exchange) render(buf []byte, template *plan.BodyTemplate, what string) ([]byte, *fault) {
	if template.Template == nil {
		return nil, configurationFault(what + ": the mapping template does not parse")
	}
	rendered, err := template.Template.Render(buf, &x.scope)
	if err != nil {
		return nil, configurationFault(what + ": " + err.Error())
	}
	return rendered, nil
}

// mapResponseHeaders evaluates the parameter mappings of the integration response.
//
// AWS: API Gateway API request and response data mapping reference.
func (x *Exchange) mapResponseHeaders(r *plan.IntegrationResponse) *fault {
	if len(r.Parameters) == 0 {
		return nil
	}
	endpoint := mapping.EndpointResponse{Header: x.endpointHeaders(), Body: x.endpointResponse.Body}
	opened := x.errorObject()
	for i := range r.Parameters {
		p := &r.Parameters[i]
		var err error
		x.texts, err = p.From.AppendValues(x.texts[:0], &x.scope, &endpoint)
		if len(x.texts) == 0 && opened != nil {
			x.texts, err = p.From.AppendValues(x.texts, &x.scope, opened)
		}
		if err != nil || len(x.texts) == 0 {
			continue
		}
		if f := x.addReturned(p.Name, joinValues(x.texts)); f != nil {
			return f
		}
	}
	return nil
}

// addReturned appends a header that a mapping or an override names to the response.
func (x *Exchange) addReturned(name, value string) *fault {
	if !validHeader(name, value) {
		return configurationFault("Invalid header " + name)
	}
	addReturned(&x.Response.Headers, returnedRules, name, value)
	return nil
}

// overrideResponse applies the overrides that templates made: headers replace mapped ones, a status
// that can't end an exchange is ignored.
//
// AWS: Use a mapping template to override an API's request and response parameters and status codes.
func (x *Exchange) overrideResponse() *fault {
	o := x.context.ResponseOverride()
	for i := range o.Header {
		x.Response.Headers.Del(o.Header[i].Name)
		if f := x.addReturned(o.Header[i].Name, joinValues(o.Header[i].Values)); f != nil {
			return f
		}
	}
	if o.Status >= 200 && o.Status <= 599 {
		x.Response.Status = o.Status
	}
	return nil
}

// proxyResponse passes the endpoint's answer on.
//
// AWS: HTTP integrations for REST APIs in API Gateway; Content type conversions in API Gateway.
func (x *Exchange) proxyResponse() *fault {
	answer := &x.endpointResponse
	x.Response.Status = answer.Status
	for _, f := range answer.Headers {
		addReturned(&x.Response.Headers, proxyReturnedRules, f.Name, f.Value)
	}
	if answer.Stream != nil {
		x.Response.Stream, x.Response.StreamLength = answer.Stream, answer.StreamLength
		return nil
	}
	types := &x.stage.Plan.Binary
	c := asText
	switch {
	case answer.Headers.Has(headerContentEncoding) || types.Contains(x.acceptsFirst()):
		c = asBytes
	case !types.Empty() && types.Contains(plan.MediaType(answer.Headers.Get(headerContentType))):
		c = toBase64
	}
	if answer.Status == http.StatusNoContent || answer.Status == http.StatusNotModified {
		return nil
	}
	return x.setBody(c, answer.Body)
}
