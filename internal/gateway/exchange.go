// Hot path.

package gateway

import (
	"strconv"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/lambda"
	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/respcache"
	"github.com/sluice-gateway/sluice/internal/route"
)

// Request is a client's request as a listener read it, independent of the protocol version: nothing
// is cleaned, decoded or canonicalised.
//
// The listener owns the memory behind the strings and slices and keeps it unchanged until it has
// written the response and called [Exchange.Release].
type Request struct {
	Method string // verb as written
	Target string // raw path and query in origin form: "/stage/a%2Fb//c?x=1"; begins with "/"
	Host   string // the Host header (or :authority) as written, port included; "" if there is none

	// Headers are all fields in the order and case in which they arrived, Host and the framing
	// headers included. Values have no surrounding blanks.
	Headers header.List

	// FoldNames says that header names carry no case information (HTTP/2), so that names used in
	// mappings compare without regard to case.
	FoldNames bool

	// Body is the whole body after transfer coding, before content coding.
	Body []byte

	PeerIP    string    // address of the client's end of the connection, without the port
	LocalPort int       // port of our end of the connection
	TLS       bool      // whether the connection is encrypted
	Security  *Security // what its handshake came to; nil where it is not encrypted
	Received  time.Time // when the request line was read
}

// Response is what the listener sends to the client. The listener adds Date, Connection and
// Content-Length or Transfer-Encoding and nothing else; Headers has none of them.
type Response struct {
	Status int

	// Headers are the fields to send, in order and case.
	Headers header.List

	// Body is the whole body; it is empty for HEAD. It stays valid until [Exchange.Release].
	Body []byte

	// Stream, if not nil, is the body that is still coming, instead of Body. The listener sends what it
	// reads at once; [Exchange.Release] closes it.
	Stream integration.Stream

	// StreamLength is the length of Stream, -1 where that is not known.
	StreamLength int64
}

// Exchange is one request and its response, from the listener to the listener. It is pooled:
//
//	x := gateway.Acquire()
//	// fill x.Request
//	gw.Serve(ctx, x)
//	// write x.Response
//	x.Release()
//
// An Exchange belongs to one goroutine at a time.
type Exchange struct {
	Request  Request
	Response Response

	// Recorder, if not nil, is told each step in the words of the execution log.
	Recorder Recorder

	ids      identifiers
	address               // of the request; its stage is nil until it is known
	verb     string       // the request's verb, overridden or not
	method   *plan.Method // nil until it is known
	body     []byte       // the request's body, after content coding
	caller   authorize.Caller
	limits   limit.Request // what is decided of the request
	inquiry  inquiry
	explains bool  // somebody is told why the exchange fails
	phase    phase // that the exchange is in, or ended in

	endpoint authorize.Endpoint // VPC endpoint through which the client comes, where that matters

	credentials integration.Credentials // that the client signed with, "" where it did not

	// admission is what the phases of the admission tell for the access log.
	admission mapping.Admission

	context mapping.Context
	scope   mapping.Scope // what templates and mappings see
	params  []route.Param
	texts   []string // values of one expression

	override      mapping.RequestOverride // what the request template set
	mappedHeaders header.List
	mappedPath    []mapping.Param
	mappedQuery   []queryParameter

	endpointRequest    integration.Request
	endpointResponse   integration.Response
	result             lambda.Result   // what a function returned
	answerParams       []mapping.Param // the endpoint response's headers, for mappings
	callBegan          time.Time
	integrationLatency time.Duration

	detail       detail       // of what the Recorder is told
	executionLog executionLog // what Recorder is for stages with such a log
	called       bool         // a back end was called and answered
	callFailure  string       // why the call of a back end failed
	streamed     *streamedBody

	cache       *plan.Cache // how the response is cached; nil where it is not
	cacheKey    respcache.Key
	cacheResult cacheResult
	warnIgnored bool // the client's wish to refresh a cached response was not heeded

	trial *Trial // what is tested; nil for requests of clients

	traced        bool   // the exchange has a segment in its trace
	segment       string // its id
	parentSegment string // the client's segment

	// streamGateway is who tells of the exchange when its streamed response is over.
	streamGateway *Gateway

	templated  bool // a request template was rendered
	unselected bool // the endpoint's answer says nothing that could select an integration response
	bare       bool // the response gets no Content-Type

	buf  buffers
	port portText
}

// buffers is memory that an exchange keeps for the next one. What is in them is valid until Release.
type buffers struct {
	decoded  []byte // the request's body without its content coding, then the endpoint response's
	convert  []byte // a body converted between text and bytes
	request  []byte // the rendered request template
	response []byte // the rendered response template, or the body of a gateway response
	query    []byte // the endpoint request's query string

	compressed []byte // the response's body with its content coding
	line       []byte // a line of the access log
}

// keep empties the buffers, and forgets those that have grown large.
func (b *buffers) keep() {
	for _, buf := range []*[]byte{&b.decoded, &b.convert, &b.request, &b.response, &b.query, &b.compressed, &b.line} {
		if cap(*buf) > maxKeptBytes {
			*buf = nil
		}
		*buf = (*buf)[:0]
	}
}

// portText is a port number as text. It outlives the exchange: a listener has one port.
type portText struct {
	number int
	text   string
}

// of returns the text for a port number.
func (p *portText) of(number int) string {
	if p.text == "" || p.number != number {
		p.number, p.text = number, strconv.Itoa(number)
	}
	return p.text
}

// Recorder receives the lines of the execution log of one exchange, from the start of the execution, without
// the request id in front.
type Recorder interface {
	Line(text string)
}

// maxKeptBytes is the largest buffer that an exchange keeps in the pool.
const maxKeptBytes = 64 << 10

var exchanges = sync.Pool{New: func() any { return new(Exchange) }}

// Acquire returns an empty Exchange from the pool.
func Acquire() *Exchange {
	return exchanges.Get().(*Exchange)
}

// Method returns the method that the request reached, nil where it reached none. It is for those who
// log exchanges.
func (x *Exchange) Method() *plan.Method { return x.method }

// Release gives the exchange and all memory that its response refers to back. The caller must not
// touch x, its body or its header values afterwards.
func (x *Exchange) Release() {
	if x.streamGateway != nil {
		x.streamGateway.tell(x)
	}
	x.Request.reset()
	x.Response.reset()
	x.Recorder, x.detail = nil, silent
	x.executionLog = executionLog{line: x.executionLog.line[:0]}
	x.called, x.callFailure, x.streamed, x.streamGateway, x.trial = false, "", nil, nil, nil
	x.cache, x.cacheKey, x.cacheResult, x.warnIgnored = nil, respcache.Key{}, cacheUnused, false
	x.callBegan, x.integrationLatency = time.Time{}, 0
	x.traced, x.segment, x.parentSegment = false, "", ""
	x.ids, x.address = identifiers{}, address{}
	x.verb, x.method, x.body = "", nil, nil
	x.caller, x.endpoint = authorize.Caller{}, authorize.Endpoint{}
	x.limits = limit.Request{Buckets: cleared(x.limits.Buckets)}
	x.credentials, x.phase, x.explains = integration.Credentials{}, 0, false
	if x.inquiry.asked {
		x.inquiry = inquiry{}
	}
	x.admission = mapping.Admission{}
	x.context.Reset()
	x.resetScope()
	x.params, x.texts = cleared(x.params), cleared(x.texts)
	x.override = mapping.RequestOverride{}
	x.mappedHeaders.Reset()
	x.mappedPath, x.mappedQuery = cleared(x.mappedPath), cleared(x.mappedQuery)
	x.endpointRequest.Reset()
	x.result.Reset()
	x.endpointResponse.Reset()
	x.answerParams = cleared(x.answerParams)
	x.templated, x.unselected, x.bare = false, false, false
	x.buf.keep()
	exchanges.Put(x)
}

// cleared returns a list without elements that keeps its memory and nothing of what was in it.
func cleared[T any](list []T) []T {
	clear(list)
	return list[:0]
}

// reset empties the request and keeps the memory of its list.
func (r *Request) reset() {
	headers := r.Headers
	headers.Reset()
	*r = Request{Headers: headers}
}

// reset empties the response and keeps the memory of its list.
func (r *Response) reset() {
	headers := r.Headers
	headers.Reset()
	*r = Response{Headers: headers}
}
