package gateway

import (
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/mapping"
)

// maxRecordedBytes is how much of a long value the execution log shows.
const maxRecordedBytes = 1024

// record tells the recorder a line made of parts. Without a recorder it does nothing; what is costly
// to make must not be made before that is known.
func (x *Exchange) record(parts ...string) {
	if x.Recorder == nil {
		return
	}
	x.Recorder.Line(strings.Join(parts, ""))
}

// recordStart tells the method request.
//
// AWS: Set up CloudWatch logging for REST APIs in API Gateway.
func (x *Exchange) recordStart() {
	if x.Recorder == nil {
		return
	}
	x.record("Starting execution for request: ", x.ids.requestID)
	x.record("HTTP Method: ", x.verb, ", Resource Path: ", x.path)
	x.record("Method request path: ", printParams(x.scope.Path))
	x.record("Method request query string: ", printParams(x.scope.Query))
	x.record("Method request headers: ", printParams(x.scope.Header))
	x.record("Method request body before transformations: ", shorten(string(x.body)))
}

// recordEndpointRequest tells the endpoint request; a MOCK has none.
func (x *Exchange) recordEndpointRequest() {
	if x.Recorder == nil || x.method.Integration.Type == apigw.IntegrationTypeMock {
		return
	}
	req := &x.endpointRequest
	uri := string(req.URI.Append(nil))
	x.record("Endpoint request URI: ", uri)
	x.record("Endpoint request headers: ", printHeaders(req.Headers))
	x.record("Endpoint request body after transformations: ", shorten(string(req.Body)))
	x.record("Sending request to ", uri)
}

// recordEndpointResponse tells the endpoint's answer.
func (x *Exchange) recordEndpointResponse() {
	if x.Recorder == nil {
		return
	}
	resp := &x.endpointResponse
	x.record("Received response. Status: ", strconv.Itoa(resp.Status),
		", Integration latency: ", strconv.FormatInt(x.integrationLatency.Milliseconds(), 10), " ms")
	x.record("Endpoint response headers: ", printHeaders(resp.Headers))
	x.record("Endpoint response body before transformations: ", shorten(string(resp.Body)))
}

// recordEnd tells the method response.
func (x *Exchange) recordEnd() {
	if x.Recorder == nil {
		return
	}
	x.record("Method response body after transformations: ", shorten(string(x.Response.Body)))
	x.record("Method response headers: ", printHeaders(x.Response.Headers))
	x.record("Successfully completed execution")
	x.record("Method completed with status: ", strconv.Itoa(x.Response.Status))
}

// recordFault tells why the execution failed, and the status that the client sees.
func (x *Exchange) recordFault(f *fault) {
	if x.Recorder == nil {
		return
	}
	if f.cause != "" {
		x.record("Execution failed due to ", f.cause)
	}
	x.record("Method completed with status: ", strconv.Itoa(x.Response.Status))
}

// printParams prints parameters as the execution log does: {a=b, c=d}.
func printParams(list []mapping.Param) string {
	var b strings.Builder
	for i := range list {
		printPair(&b, i, list[i].Name, list[i].Value)
	}
	return "{" + b.String() + "}"
}

// printHeaders prints headers as the execution log does.
func printHeaders(list header.List) string {
	var b strings.Builder
	for i, f := range list {
		printPair(&b, i, f.Name, f.Value)
	}
	return shorten("{" + b.String() + "}")
}

// printPair prints one name and value; keys and credentials are masked up to their last six
// characters.
func printPair(b *strings.Builder, i int, name, value string) {
	if i > 0 {
		b.WriteString(", ")
	}
	if header.EqualName(name, headerAuthorization) || header.EqualName(name, "X-API-Key") {
		shown := value[max(0, len(value)-6):]
		value = strings.Repeat("*", len(value)-len(shown)) + shown
	}
	b.WriteString(name + "=" + value)
}

// shorten cuts a long text as the execution log does.
func shorten(text string) string {
	if len(text) <= maxRecordedBytes {
		return text
	}
	return text[:maxRecordedBytes] + " [TRUNCATED]"
}
