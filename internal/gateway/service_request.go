// Hot path.

package gateway

import "github.com/sluice-gateway/sluice/internal/plan"

// Names of headers of AWS services.
const headerTarget = "X-Amz-Target"

// buildServiceRequest makes the rest of a request to an AWS service: which service it is for, and the
// headers, of which a signature will be part.
//
// AWS: Set up an integration request in API Gateway. Observed: conformance/aws_headers.txtar,
// conformance/aws_action.txtar.
func (x *Exchange) buildServiceRequest(uri *plan.URI) *fault {
	req := &x.endpointRequest
	service, okService := uri.Service(x)
	target, contentType, okAction := uri.Action(x)
	if !okService || !okAction {
		return faultInvalidTarget
	}
	req.Service = service
	if f := x.setMappedHeaders(serviceRules); f != nil {
		return f
	}
	h := &req.Headers
	setDefault(h, headerAccept, "application/json")
	setDefault(h, headerUserAgent, x.stage.Plan.UserAgent)
	setDefault(h, headerAPIID, x.stage.Plan.APIID)
	setDefault(h, headerTraceID, x.endpointTrace())
	if target != "" {
		setDefault(h, headerTarget, target)
	}
	if x.method.Integration.Lambda {
		if f := x.completeInvocation(); f != nil {
			return f
		}
	}
	switch {
	case len(req.Body) == 0:
	case contentType != "":
		setDefault(h, headerContentType, contentType)
	default:
		setDefault(h, headerContentType, x.contentType())
	}
	return nil
}
