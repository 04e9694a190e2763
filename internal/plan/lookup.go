// Hot path.

package plan

import (
	"strconv"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/schema"
)

// anyMediaType is the key for media types without an entry of their own.
const anyMediaType = "$default"

// BodySchema returns the schema for bodies of a media type, or nil if they are not validated.
func (m *Method) BodySchema(mediaType string) *schema.Schema {
	var fallback *schema.Schema
	for i := range m.Bodies {
		b := &m.Bodies[i]
		if header.EqualName(b.MediaType, mediaType) {
			return b.Schema
		}
		if b.MediaType == anyMediaType {
			fallback = b.Schema
		}
	}
	return fallback
}

// RequestTemplate returns the template for a request of a media type, or nil if there is none.
//
// AWS: Integration passthrough behaviors.
func (in *Integration) RequestTemplate(mediaType string) *BodyTemplate {
	return findTemplate(in.Templates, mediaType, anyMediaType)
}

// ResponseTemplate returns the template for a client that accepts a media type first: the one for
// that type, else the one for JSON, else any. It is nil if there is none at all.
func (r *IntegrationResponse) ResponseTemplate(accepted string) *BodyTemplate {
	if t := findTemplate(r.Templates, accepted, DefaultMediaType); t != nil || len(r.Templates) == 0 {
		return t
	}
	return &r.Templates[0]
}

// findTemplate returns the template for a media type, else the one for the other key, else nil.
func findTemplate(templates []BodyTemplate, mediaType, otherwise string) *BodyTemplate {
	var fallback *BodyTemplate
	for i := range templates {
		t := &templates[i]
		if header.EqualName(t.MediaType, mediaType) {
			return t
		}
		if t.MediaType == otherwise {
			fallback = t
		}
	}
	return fallback
}

// Template returns the gateway response's template for a client that accepts a media type first, or
// nil if there is none at all.
func (g *GatewayResponse) Template(accepted string) *SimpleTemplate {
	var fallback *SimpleTemplate
	for i := range g.Templates {
		t := &g.Templates[i]
		if header.EqualName(t.MediaType, accepted) {
			return t
		}
		if fallback == nil || t.MediaType == DefaultMediaType {
			fallback = t
		}
	}
	return fallback
}

// Select returns the integration response for an endpoint's answer: the first whose pattern matches
// the selection string, by ascending status, else the default one. It is nil if there is none.
//
// AWS: Set up an integration response in API Gateway. Observed: conformance/integration_response_selection.txtar;
// the order among several that match is not documented, recordings fit ascending status.
func (in *Integration) Select(selection string) *IntegrationResponse {
	for _, r := range in.Responses {
		if r.Pattern.Match(selection) {
			return r
		}
	}
	return in.Default
}

// SelectStatus is Select for an endpoint whose selection string is its status.
func (in *Integration) SelectStatus(status int) *IntegrationResponse {
	if len(in.Responses) == 0 {
		return in.Default
	}
	if status >= 100 && status <= 599 {
		return in.Select(statusTexts[(status-100)*3:][:3])
	}
	return in.Select(strconv.Itoa(status))
}

// statusTexts is "100101102...599": the texts of all statuses without an allocation.
var statusTexts = func() string {
	var all []byte
	for status := 100; status <= 599; status++ {
		all = strconv.AppendInt(all, int64(status), 10)
	}
	return string(all)
}()
