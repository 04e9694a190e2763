package gateway

import (
	"strconv"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/observe"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// maxRecordedBytes is how much of a long value the execution log shows.
const maxRecordedBytes = 1024

// detail is how much of an exchange is recorded.
type detail uint8

const (
	silent     detail = iota
	failures          // why it failed
	steps             // what became of it, without headers and bodies
	everything        // headers and bodies, too
)

// startRecording decides how much of the exchange is recorded, once its method is known: all of it for a
// Recorder that came with the exchange, else what the stage's settings for the method say.
func (g *Gateway) startRecording(x *Exchange) {
	if x.Recorder != nil {
		x.detail = everything
		return
	}
	settings := x.stage.Settings(x.method)
	if settings.Logging == plan.LogNothing || g.logs == nil {
		return
	}
	x.executionLog = executionLog{logs: g.logs, now: g.now, requestID: x.ids.requestID, to: x.destination(x.stage.ExecutionLog)}
	x.Recorder = &x.executionLog
	switch {
	case settings.Logging == plan.LogErrors:
		x.detail = failures
	case settings.DataTrace:
		x.detail = everything
	default:
		x.detail = steps
	}
}

// destination returns where lines of the exchange's stage go.
func (x *Exchange) destination(group string) observe.Destination {
	return observe.Destination{Account: x.stage.Plan.AccountID, Region: x.stage.Plan.Region, Group: group}
}

// executionLog is the Recorder that writes to the execution log of a stage.
//
// AWS: Set up CloudWatch logging for REST APIs in API Gateway.
type executionLog struct {
	logs      *observe.Logs
	now       func() time.Time
	requestID string
	to        observe.Destination
	line      []byte
}

// Line writes an event: its time, the request id and the text.
func (l *executionLog) Line(text string) {
	l.line = l.now().UTC().AppendFormat(l.line[:0], "2006-01-02T15:04:05.000Z ")
	l.line = append(l.line, '(')
	l.line = append(l.line, l.requestID...)
	l.line = append(l.line, ") "...)
	l.line = append(l.line, oneLine(text)...)
	l.logs.Write(l.to, l.line)
}

// oneLine replaces the line ends in a text by carriage returns, as the service shows them, so that each event is one line.
func oneLine(text string) string {
	return strings.ReplaceAll(text, "\n", "\r")
}

// record tells the recorder a line made of parts, where that much is recorded. What is costly to make
// must not be made before that is known.
func (x *Exchange) record(d detail, parts ...string) {
	if x.detail < d {
		return
	}
	x.Recorder.Line(strings.Join(parts, ""))
}

// recordStart tells the method request.
//
// AWS: Set up CloudWatch logging for REST APIs in API Gateway.
func (x *Exchange) recordStart() {
	if x.detail < steps {
		return
	}
	x.record(steps, "Starting execution for request: ", x.ids.requestID)
	x.record(steps, "HTTP Method: ", x.verb, ", Resource Path: ", x.path)
	if x.trial == nil && x.context.Identity.APIKey != "" {
		x.record(steps, "API Key: ", mask(x.context.Identity.APIKey))
		x.record(steps, "API Key ID: ", x.context.Identity.APIKeyID)
	}
	x.record(steps, "Method request path: ", printParams(x.scope.Path))
	x.record(steps, "Method request query string: ", printParams(x.scope.Query))
	x.record(everything, "Method request headers: ", printParams(x.scope.Header))
	x.record(everything, "Method request body before transformations: ", shorten(string(x.body)))
}

// recordEndpointRequest tells the endpoint request; a MOCK has none.
func (x *Exchange) recordEndpointRequest() {
	if x.detail < steps || x.method.Integration.Type == apigw.IntegrationTypeMock {
		return
	}
	req := &x.endpointRequest
	uri := string(req.URI.Append(nil))
	x.record(steps, "Endpoint request URI: ", uri)
	x.record(everything, "Endpoint request headers: ", printHeaders(req.Headers))
	x.record(everything, "Endpoint request body after transformations: ", shorten(string(req.Body)))
	x.record(steps, "Sending request to ", uri)
}

// recordEndpointResponse tells the endpoint's answer.
func (x *Exchange) recordEndpointResponse() {
	if x.detail < steps {
		return
	}
	resp := &x.endpointResponse
	x.record(steps, "Received response. Status: ", strconv.Itoa(resp.Status),
		", Integration latency: ", strconv.FormatInt(x.integrationLatency.Milliseconds(), 10), " ms")
	x.record(everything, "Endpoint response headers: ", printHeaders(resp.Headers))
	x.record(everything, "Endpoint response body before transformations: ", shorten(string(resp.Body)))
}

// recordEnd tells the method response.
func (x *Exchange) recordEnd() {
	if x.detail < steps {
		return
	}
	x.record(everything, "Method response body after transformations: ", shorten(string(x.Response.Body)))
	x.record(everything, "Method response headers: ", printHeaders(x.Response.Headers))
	x.record(steps, "Successfully completed execution")
	x.record(steps, "Method completed with status: ", strconv.Itoa(x.Response.Status))
}

// recordFault tells why the execution failed, and the status that the client sees.
func (x *Exchange) recordFault(f *fault) {
	if x.detail < failures || f.quiet {
		return
	}
	if f.line != "" {
		x.record(failures, f.line)
	}
	if f.reason != "" {
		x.record(failures, f.reason)
	}
	if f.cause != "" {
		x.record(failures, "Execution failed due to ", f.cause)
	}
	if f.ending != "" {
		x.record(failures, f.ending)
		return
	}
	x.record(failures, "Method completed with status: ", strconv.Itoa(x.Response.Status))
}

// printParams prints parameters as the execution log does: {a=b, c=d}.
func printParams(list []mapping.Param) string {
	var b strings.Builder
	for i := range list {
		printPair(&b, i, list[i].Name, list[i].Value)
	}
	return shorten("{" + b.String() + "}")
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
		value = mask(value)
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
