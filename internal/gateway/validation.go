// Hot path.

package gateway

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// validateRequest checks required parameters, then the body.
//
// AWS: Enable request validation in API Gateway.
func (x *Exchange) validateRequest() *fault {
	if f := x.validateParameters(); f != nil {
		return f
	}
	return x.validateBody()
}

// validateParameters lists all required parameters that are missing or blank.
func (x *Exchange) validateParameters() *fault {
	missing := ""
	for _, r := range x.method.Required {
		if x.hasParameter(r) {
			continue
		}
		if missing != "" {
			missing += ", "
		}
		missing += r.Name
	}
	if missing == "" {
		return nil
	}
	return missingParametersFault(missing)
}

// hasParameter reports whether the request has a value for a parameter. Names of headers compare with
// their case, unless the protocol has none.
func (x *Exchange) hasParameter(r plan.RequiredParameter) bool {
	switch r.In {
	case plan.Header:
		return hasValue(x.scope.Header, r.Name, x.Request.FoldNames)
	case plan.Path:
		return hasValue(x.scope.Path, r.Name, false)
	default:
		return hasValue(x.scope.Query, r.Name, false)
	}
}

// hasValue reports whether the last parameter of that name has a value that is not blank.
func hasValue(list []mapping.Param, name string, fold bool) bool {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Name == name || fold && header.EqualName(list[i].Name, name) {
			return strings.TrimSpace(list[i].Value) != ""
		}
	}
	return false
}

// validateBody checks the body against the model for its media type; without one it is not checked.
func (x *Exchange) validateBody() *fault {
	if len(x.method.Bodies) == 0 {
		return nil
	}
	mediaType := plan.MediaType(x.Request.Headers.Get(headerContentType))
	schema := x.method.BodySchema(mediaType)
	if schema == nil {
		return nil
	}
	failures := schema.Validate(x.body)
	if failures == "" {
		return nil
	}
	x.record(steps, "Request body does not match model schema for content type ", mediaType, ": ", failures)
	f := *faultInvalidBody
	f.validation = failures
	return &f
}
