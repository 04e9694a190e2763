package gateway

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/observe"
)

// sampledPercent is how many of the requests are traced beyond the first of each second.
//
// AWS: Set up AWS X-Ray with API Gateway REST APIs (the default sampling algorithm).
const sampledPercent = 5

// tracing is what a gateway needs to trace requests.
type tracing struct {
	segments *observe.Segments // nil sends none
	samplers sync.Map          // of stages that trace requests, by CacheSpace: *sampler
}

// sampler decides which requests of a stage are traced that nobody before has decided about.
type sampler struct {
	second atomic.Int64 // in which one was traced last
}

// take decides about a request.
func (s *sampler) take(now time.Time, random uint64) bool {
	second := now.Unix()
	if last := s.second.Load(); last != second && s.second.CompareAndSwap(last, second) {
		return true
	}
	return random%100 < sampledPercent
}

// startTrace decides whether the request is traced, where its stage traces requests. One that is has a segment, which is the
// Parent that the back end sees; the decision of a client that traces, too, is kept.
//
// AWS: Set up AWS X-Ray with API Gateway REST APIs (active tracing); Tracing header (AWS X-Ray Developer Guide).
func (g *Gateway) startTrace(x *Exchange) {
	if !x.stage.Tracing {
		return
	}
	value, _ := x.Request.Headers.LastFold(headerTraceID)
	given := parseTrace(value)
	if given.root == "" {
		given = trace{root: x.ids.ownRoot()}
	}
	switch given.sampled {
	case "0":
	case "1":
		x.traced = true
	default:
		found, _ := g.tracing.samplers.LoadOrStore(x.stage.CacheSpace, new(sampler))
		x.traced = found.(*sampler).take(g.now(), g.random())
	}
	x.parentSegment, given.sampled = given.parent, "0"
	if x.traced {
		given.parent, given.sampled = x.ids.ownParent(), "1"
	}
	if given.parent == "" {
		given.parent = x.ids.ownParent()
	}
	x.segment = given.parent
	x.ids.trace = given.String()
	x.ids.begun = true
}

// forgetSamplers forgets the stages that no longer trace their requests.
func (g *Gateway) forgetSamplers(t *Table) {
	var traced map[string]bool // by CacheSpace; made for the first sampler that there is
	g.tracing.samplers.Range(func(key, _ any) bool {
		if traced == nil {
			traced = t.traced()
		}
		if !traced[key.(string)] {
			g.tracing.samplers.Delete(key)
		}
		return true
	})
}

// traced returns the stages that trace their requests, by CacheSpace.
func (t *Table) traced() map[string]bool {
	found := make(map[string]bool)
	for _, stages := range t.apis {
		for _, st := range stages {
			if st.Tracing {
				found[st.CacheSpace] = true
			}
		}
	}
	return found
}

// sendSegment sends what the trace shows of the exchange, which is over.
func (g *Gateway) sendSegment(x *Exchange, length int) {
	p := x.stage.Plan
	s := observe.Segment{
		TraceID: x.ids.traceID(), ID: x.segment, ParentID: x.parentSegment, Name: p.Name + "/" + x.stage.Name,
		Start: x.Request.Received, End: g.now(),
		AccountID: p.AccountID, APIID: p.APIID, Stage: x.stage.Name, RequestID: x.ids.requestID,
		Method: x.Request.Method, URL: x.requestURL(), ClientIP: x.Request.PeerIP, UserAgent: x.Request.Headers.Get(headerUserAgent),
		Status: x.Response.Status, ContentLength: length,
	}
	if !x.callBegan.IsZero() {
		s.Call = g.callSegment(x)
	}
	g.tracing.segments.Send(&s)
}

// requestURL returns the address that the client called, without its query.
func (x *Exchange) requestURL() string {
	path, _, _ := strings.Cut(x.Request.Target, "?")
	if x.Request.TLS {
		return "https://" + x.Request.Host + path
	}
	return "http://" + x.Request.Host + path
}

// callSegment returns what the trace shows of the call to the back end.
func (g *Gateway) callSegment(x *Exchange) *observe.Call {
	uri, _, _ := bytes.Cut(x.endpointRequest.URI.Append(nil), []byte("?"))
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], g.random())
	call := &observe.Call{
		ID: hex.EncodeToString(id[:]), Name: string(uri), Start: x.callBegan, End: x.callBegan.Add(x.integrationLatency),
		Method: x.endpointRequest.Method, URL: string(uri),
	}
	if service := x.endpointRequest.Service.Name; service != "" {
		call.Name, call.Service = service, true
	}
	if x.called {
		call.Status = x.endpointResponse.Status
	}
	return call
}

// trace is the value of X-Amzn-Trace-Id. What else was in it is not kept.
type trace struct{ root, parent, sampled string }

// parseTrace reads a value as far as it has those members.
func parseTrace(value string) (t trace) {
	for field := range strings.SplitSeq(value, ";") {
		name, text, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Root":
			t.root = text
		case "Parent":
			t.parent = text
		case "Sampled":
			t.sampled = text
		}
	}
	return t
}

// String returns the value.
func (t trace) String() string {
	return "Root=" + t.root + ";Parent=" + t.parent + ";Sampled=" + t.sampled
}
