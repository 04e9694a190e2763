package gateway

import (
	"github.com/sluice-gateway/sluice/internal/plan"
)

// renderFault makes the response out of a fault: by the customisation of its gateway response type,
// else by that of its class, else as built in. What phases had written into the response is dropped.
//
// AWS: Gateway responses for REST APIs in API Gateway. Observed: conformance/gatewayresponse_custom.txtar.
func (x *Exchange) renderFault(f *fault) {
	x.Response.reset()
	x.Response.Status = f.status
	if f.plain {
		x.plainText(f.message)
		return
	}
	x.bare = false
	custom := x.customization(f)
	if custom == nil {
		x.Response.Headers.Add(headerContentType, plan.DefaultMediaType)
		x.Response.Headers.Add(headerErrorType, f.errorType)
		x.builtInBody(f)
		return
	}
	x.fillError(f)
	if custom.Status != 0 {
		x.Response.Status = custom.Status
	}
	x.customBody(f, custom)
	x.Response.Headers.Add(headerErrorType, f.errorType)
	x.customHeaders(custom)
}

// plainText makes the response one that no part of an API takes part in; without a body it has no
// Content-Type.
func (x *Exchange) plainText(body string) {
	x.buf.response = append(x.buf.response[:0], body...)
	x.Response.Body = x.buf.response
	x.bare = body == ""
	if !x.bare {
		x.Response.Headers.Add(headerContentType, "text/plain")
	}
}

// customization returns the customised gateway response for a fault, or nil.
func (x *Exchange) customization(f *fault) *plan.GatewayResponse {
	if f.fixed || x.stage == nil || len(x.stage.Plan.GatewayResponses) == 0 {
		return nil
	}
	if g := x.stage.Plan.GatewayResponses[f.responseType]; g != nil && f.responseType != "" {
		return g
	}
	return x.stage.Plan.GatewayResponses[defaultType(f.status)]
}

// fillError shows the fault to templates and mappings.
func (x *Exchange) fillError(f *fault) {
	if x.scope.Context == nil {
		x.fillScope()
	}
	e := &x.context.Error
	e.Message, e.MessageString = f.message, string(f.appendMessage(nil))
	e.ResponseType, e.ValidationErrorString = string(f.responseType), f.validation
	if f.responseType == "" {
		e.ResponseType = string(defaultType(f.status))
	}
}

// builtInBody writes the body that a fault has unless it is customised.
func (x *Exchange) builtInBody(f *fault) {
	dst := append(x.buf.response[:0], f.spelling.key()...)
	dst = append(f.appendMessage(dst), '}')
	x.buf.response, x.Response.Body = dst, dst
}

// customBody writes the body by the template for what the client accepts first; without templates it
// is the built-in one.
func (x *Exchange) customBody(f *fault, custom *plan.GatewayResponse) {
	template := custom.Template(x.acceptsFirst())
	if template == nil {
		x.Response.Headers.Add(headerContentType, plan.DefaultMediaType)
		x.builtInBody(f)
		return
	}
	x.Response.Headers.Add(headerContentType, template.MediaType)
	x.buf.response = template.Template.Render(x.buf.response[:0], &x.scope)
	x.Response.Body = x.buf.response
}

// customHeaders adds the headers of a customised gateway response; one replaces the header of its
// name, except for the type of the error. The message of the error stands in a header with its quotes.
func (x *Exchange) customHeaders(custom *plan.GatewayResponse) {
	for i := range custom.Parameters {
		p := &custom.Parameters[i]
		var err error
		x.texts, err = p.From.AppendValues(x.texts[:0], &x.scope, nil)
		if err != nil || len(x.texts) == 0 || p.Name == headerErrorType {
			continue
		}
		value := joinValues(x.texts)
		if p.From.String() == "context.error.message" {
			value = x.context.Error.MessageString
		}
		if validHeader(p.Name, value) {
			x.Response.Headers.Del(p.Name)
			addReturned(&x.Response.Headers, returnedRules, p.Name, value)
		}
	}
}
