package gateway

import (
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/internal/header"
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
	Received  time.Time // when the request line was read
}

// Response is what the listener sends to the client. The listener adds Date, Content-Length and
// Connection and nothing else; Headers has none of them and no Transfer-Encoding.
type Response struct {
	Status int

	// Headers are the fields to send, in order and case.
	Headers header.List

	// Body is the whole body; it is empty for HEAD. It stays valid until [Exchange.Release].
	Body []byte
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
}

// Recorder receives the lines of the execution log of one exchange, without the request id in front.
type Recorder interface {
	Line(text string)
}

var exchanges = sync.Pool{New: func() any { return new(Exchange) }}

// Acquire returns an empty Exchange from the pool.
func Acquire() *Exchange {
	return exchanges.Get().(*Exchange)
}

// Release gives the exchange and all memory that its response refers to back. The caller must not
// touch x, its body or its header values afterwards.
func (x *Exchange) Release() {
	x.Request.reset()
	x.Response.reset()
	x.Recorder = nil
	exchanges.Put(x)
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
