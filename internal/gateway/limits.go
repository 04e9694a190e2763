package gateway

import (
	"net/http"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// The hard limits of a request.
//
// AWS: Quotas for configuring and running a REST API.
const (
	// MaxBodyBytes is the longest request body that is accepted, and the longest response body
	// that is returned.
	MaxBodyBytes = 10_485_760

	// MaxHeaderBytes is the most that request line and headers may have together.
	MaxHeaderBytes = 10_240

	// MaxTargetBytes is the longest request target.
	MaxTargetBytes = 10_240
)

// How long an endpoint may send nothing in the middle of a streamed body.
//
// AWS: Stream the integration response for your proxy integrations.
const (
	streamIdle     = 5 * time.Minute // of regional and private APIs
	edgeStreamIdle = 30 * time.Second
)

// askForStream makes the endpoint request one whose response is streamed, if the integration's is.
func (x *Exchange) askForStream(in *plan.Integration) {
	x.endpointRequest.Stream, x.endpointRequest.StreamIdle = in.Stream, streamIdle
	if x.stage.Plan.EndpointType == string(apigw.EndpointTypeEdge) {
		x.endpointRequest.StreamIdle = edgeStreamIdle
	}
}

// Refusal is an answer that is given before the API is known: the listener gives it when a limit
// keeps it from reading the request. It can't be customised.
type Refusal int

// The refusals.
const (
	// BodyTooLarge is a declared or received body longer than MaxBodyBytes: 413, plain text.
	BodyTooLarge Refusal = iota

	// TargetTooLong is a request target longer than MaxTargetBytes: 414.
	TargetTooLong

	// HeadersTooLarge is a header block longer than MaxHeaderBytes: 431, empty body.
	HeadersTooLarge

	// Malformed is a request that is not HTTP or whose framing is ambiguous: 400.
	Malformed
)

// The faults of requests that no API ever sees.
//
// AWS: Quotas for configuring and running a REST API. The texts of 413 and 414 are the service's;
// Differs: 431 and 400 are this program's choice.
var (
	faultBodyTooLarge    = &fault{status: http.StatusRequestEntityTooLarge, message: "HTTP content length exceeded 10485760 bytes.", fixed: true, plain: true}
	faultTargetTooLong   = &fault{status: http.StatusRequestURITooLong, message: "Request URI too long", fixed: true, plain: true}
	faultHeadersTooLarge = &fault{status: http.StatusRequestHeaderFieldsTooLarge, fixed: true, plain: true}
	faultBadRequest      = &fault{status: http.StatusBadRequest, errorType: badRequest, message: "Bad Request", fixed: true}
)

// fault returns the fault that a refusal is answered with.
func (r Refusal) fault() *fault {
	switch r {
	case BodyTooLarge:
		return faultBodyTooLarge
	case TargetTooLong:
		return faultTargetTooLong
	case HeadersTooLarge:
		return faultHeadersTooLarge
	default:
		return faultBadRequest
	}
}
