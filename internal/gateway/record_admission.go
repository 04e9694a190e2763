package gateway

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// The lines of the execution log that tell how a request was admitted, in the order in which they stand there. A
// test of a method has none of them: nothing is asked before it runs. That of an authorizer has the authorizer's.
//
// AWS: Set up CloudWatch logging for REST APIs in API Gateway. Observed: conformance/execution_log.txtar (texts and order).

// admissionRecorded reports whether it is told how the request is admitted.
func (x *Exchange) admissionRecorded() bool {
	return x.detail >= steps && (x.Recorder == &x.executionLog || x.trial != nil && x.trial.authorizer != nil)
}

// recordArrival tells the request's second id, before anybody is asked about the request.
func (x *Exchange) recordArrival() {
	if x.admissionRecorded() {
		x.record(steps, "Extended Request Id: ", x.ids.extendedID)
	}
}

// recordAuthorizerStart tells that an authorizer is asked, and about which identity: the values of its identity
// sources, masked.
func (x *Exchange) recordAuthorizerStart(authorizerID, identity string) {
	if !x.admissionRecorded() {
		return
	}
	x.record(steps, "Starting authorizer: ", authorizerID, " for request: ", x.ids.requestID)
	x.record(steps, "Incoming identity: ", identity)
}

// recordAuthorizerRequest tells how the authorizer's function is called. A result that was cached needs no call.
func (x *Exchange) recordAuthorizerRequest(req *integration.Request) {
	if !x.admissionRecorded() {
		return
	}
	x.record(steps, "Endpoint request URI: ", string(req.URI.Append(nil)))
	x.record(everything, "Endpoint request headers: ", printHeaders(req.Headers))
	x.record(everything, "Endpoint request body after transformations: ", shorten(string(req.Body)))
	x.record(steps, "Sending request to ", string(req.URI.Append(nil)))
}

// recordAuthorizerResult tells what the function returned.
func (x *Exchange) recordAuthorizerResult(body []byte) {
	if x.admissionRecorded() && body != nil {
		x.record(everything, "Authorizer result body before parsing: ", shorten(string(body)))
	}
}

// recordAuthorizerEnd tells that the authorizer's policy, cached or not, is one that can be evaluated.
func (x *Exchange) recordAuthorizerEnd(principalID string) {
	if !x.admissionRecorded() {
		return
	}
	x.record(steps, "Using valid authorizer policy for principal: ", mask(principalID))
	x.record(steps, "Successfully completed authorizer execution")
}

// recordTokenEnd tells that the token of a user pool was accepted.
func (x *Exchange) recordTokenEnd() {
	if x.admissionRecorded() {
		x.record(steps, "Successfully completed authorizer execution")
	}
}

// recordUsageCheck tells which API key, if any, is looked at.
func (x *Exchange) recordUsageCheck(key string) {
	if x.admissionRecorded() {
		x.record(steps, "Verifying Usage Plan for request: ", x.ids.requestID, ". API Key: ", mask(key), " API Stage: ", x.apiStage())
	}
}

// recordUsagePassed tells that the key, or the lack of one, does not keep the request out.
func (x *Exchange) recordUsagePassed() {
	if !x.admissionRecorded() {
		return
	}
	key := mask(x.context.Identity.APIKey)
	needs, counts := "does not require", "not contribute"
	if x.method.APIKeyRequired {
		needs, counts = "requires", "contribute"
	}
	x.record(steps, "API Key ", key, " authorized because method '", x.verb, " ", x.method.ResourcePath,
		"' ", needs, " API Key. Request will ", counts, " to throttle or quota limits")
	x.record(steps, "Usage Plan check succeeded for API Key ", key, " and API Stage ", x.apiStage())
}

// apiStage names the stage as usage plans do.
func (x *Exchange) apiStage() string { return x.stage.Plan.APIID + "/" + x.stage.Name }

// mask hides a key, token or name up to its last six characters.
func mask(value string) string {
	shown := value[max(0, len(value)-6):]
	return strings.Repeat("*", len(value)-len(shown)) + shown
}
