package gateway

import (
	"cmp"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// conclude tells of an exchange whose response is complete; one that is streamed is complete when it is
// released.
func (g *Gateway) conclude(x *Exchange, f *fault) {
	if !x.logged(g) && !x.traced {
		return
	}
	if x.scope.Context == nil {
		x.fillScope()
	}
	if f != nil {
		x.fillError(f)
		if x.called && x.callFailure == "" {
			x.callFailure = cmp.Or(f.line, f.cause) // the answer was no good
		}
	}
	if x.Response.Stream != nil {
		x.streamed = &streamedBody{Stream: x.Response.Stream, now: g.now, headersAt: g.now()}
		x.Response.Stream, x.streamGateway = x.streamed, g
		return
	}
	g.tell(x)
}

// logged reports whether the exchange has a line in an access log.
func (x *Exchange) logged(g *Gateway) bool {
	return x.stage != nil && x.stage.AccessLog != nil && g.logs != nil
}

// tell writes the access log and the trace.
func (g *Gateway) tell(x *Exchange) {
	length := len(x.Response.Body)
	if x.streamed != nil {
		length = x.streamed.length
		if !x.streamed.endedAt.IsZero() {
			x.integrationLatency = x.streamed.endedAt.Sub(x.callBegan)
		}
	}
	if x.logged(g) {
		g.logAccess(x, length)
	}
	if x.traced && g.tracing.segments != nil {
		g.sendSegment(x, length)
	}
}

// streamedBody counts what passes of a streamed response.
type streamedBody struct {
	integration.Stream
	now       func() time.Time
	headersAt time.Time // when the headers were complete
	contentAt time.Time // when the first byte of the body was there; zero before
	endedAt   time.Time // when the body was over, or broke off; zero before
	length    int
}

// Read implements io.Reader.
func (s *streamedBody) Read(p []byte) (int, error) {
	n, err := s.Stream.Read(p)
	if n > 0 && s.length == 0 {
		s.contentAt = s.now()
	}
	if err != nil && s.endedAt.IsZero() {
		s.endedAt = s.now()
	}
	s.length += n
	return n, err
}

// tell fills what is known of a response that was streamed, whose call began at the given time.
func (s *streamedBody) tell(o *mapping.Outcome, began time.Time) {
	o.Streamed = true
	o.TimeToAllHeaders = s.headersAt.Sub(began)
	if !s.contentAt.IsZero() {
		o.TimeToFirstContent = s.contentAt.Sub(began)
	}
}

// logAccess writes one line to the access log.
//
// AWS: Set up CloudWatch logging for REST APIs in API Gateway.
func (g *Gateway) logAccess(x *Exchange, length int) {
	o := mapping.Outcome{
		Status:             x.Response.Status,
		ResponseLength:     length,
		ResponseLatency:    g.now().Sub(x.Request.Received),
		Admission:          x.admission,
		IntegrationLatency: x.integrationLatency,
		IntegrationError:   x.callFailure,
		EndpointType:       x.stage.Plan.EndpointType,
		TraceID:            x.ids.traceID(),
		TLSVersion:         x.Request.Security.version(),
		CipherSuite:        x.Request.Security.cipherSuite(),
	}
	if x.streamed != nil {
		x.streamed.tell(&o, x.callBegan)
	}
	if x.called {
		o.IntegrationStatus, o.InvokeStatus = x.endpointResponse.Status, x.endpointResponse.Status
		if x.method.Integration.Type == apigw.IntegrationTypeAwsProxy {
			o.IntegrationStatus = x.Response.Status // the function's, unless its answer was malformed
		}
	}
	log := x.stage.AccessLog
	x.buf.line = log.Format.Append(x.buf.line[:0], &x.context, &o)
	g.logs.Write(x.destination(log.Group), x.buf.line)
}

// Stage returns the compiled stage that the request was addressed to, nil where there is none. It is for
// those who count exchanges.
func (x *Exchange) Stage() *plan.Stage { return x.stage }

// IntegrationLatency returns how long the back end took, and whether one was called.
func (x *Exchange) IntegrationLatency() (latency time.Duration, called bool) {
	return x.integrationLatency, x.called || x.callFailure != ""
}
