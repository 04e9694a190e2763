// Package integration says what the data plane asks of a back end and what it gets back.
//
// It holds the [Integration] interface and the two messages of a call, in flight: the endpoint
// [Request] that the integration request phase built, and the endpoint [Response] that the
// integration response phase reads. It does not choose templates, map parameters or decide what the
// client sees; that is package gateway. Implementations stand in the packages below: mock answers
// from the request itself, httpbackend calls HTTP servers. Requests for AWS services are HTTP requests
// that a [Signer] has signed.
package integration

import (
	"context"
	"time"

	"github.com/sluice-gateway/sluice/internal/header"
)

// Integration calls one kind of back end. It is safe for concurrent use.
type Integration interface {
	// Call sends req and fills resp with the whole answer before req.Timeout is over. It follows no
	// redirect, adds no header that req does not have except those that frame the message, and
	// decompresses nothing.
	//
	// ctx ends when the client is gone or the server shuts down. The error, if any, is an *Error;
	// resp is then not read. A status of 400 or more is an answer, not an error.
	Call(ctx context.Context, req *Request, resp *Response) error
}

// URI is the address of an endpoint in the form in which it is sent: nothing is decoded, cleaned or
// encoded again.
type URI struct {
	Scheme string // "http" or "https"
	Host   string // host with an optional ":port", as written
	Path   string // raw path with its leading slash; "/" if the configured URI has none
	Query  string // raw query without "?"; "" if there is none
}

// Append appends the URI's text to dst.
func (u *URI) Append(dst []byte) []byte {
	if u.Scheme != "" {
		dst = append(dst, u.Scheme...)
		dst = append(dst, "://"...)
	}
	dst = append(dst, u.Host...)
	dst = append(dst, u.Path...)
	if u.Query != "" {
		dst = append(dst, '?')
		dst = append(dst, u.Query...)
	}
	return dst
}

// TLS is how the connection to an https endpoint is made. It is comparable, so that pools of
// connections can be keyed by it; the zero TLS verifies against the trusted roots.
type TLS struct {
	// InsecureSkipVerification skips only the check that the chain leads to a trusted authority;
	// dates and host name are still checked.
	//
	// AWS: TlsConfig (API reference).
	InsecureSkipVerification bool

	// ClientCertificateID names the certificate of the stage that is presented to the endpoint as
	// {account}/{region}/{id}, or is "".
	ClientCertificateID string
}

// Link is the VPC link through which an endpoint is reached. It is immutable.
type Link struct {
	AccountID string
	Region    string
	ID        string // "" where the stage variable that should name it is not set
	Target    string // ARN of the load balancer or listener that the integration names, or ""
}

// Request is one endpoint request. The gateway owns it and everything it refers to; an Integration
// must not keep any of it after Call has returned.
type Request struct {
	Method string // the verb towards the endpoint, upper case
	URI    URI

	// Headers are all fields to send, in order and case. A Host field, if there is one, replaces
	// URI.Host in the Host header (never in the address that is dialled). There is no
	// Content-Length, Transfer-Encoding or Connection among them: the Integration frames the message.
	Headers header.List

	// Body is sent with Content-Length. An empty Body is sent without Content-Length for verbs that
	// usually have none (GET, HEAD, DELETE, OPTIONS) and with "Content-Length: 0" otherwise.
	Body []byte

	// Timeout bounds the whole call: connecting, sending and reading the full answer. Above 0.
	Timeout time.Duration

	TLS TLS

	// Service is the AWS service that the request is for; it is signed by a Signer, which fills in
	// scheme and host of the URI, before it is sent.
	Service Service

	// Caller is the verified identity of the client, or nil where there is none.
	Caller *Credentials

	// Link, if not nil, is the VPC link that leads to the endpoint: its URI is then not resolved.
	Link *Link

	// Address, if not "", is the host:port that is dialled instead of the URI's.
	Address string

	// Trusted says that the operator chose the address: it is called even where integrations may not
	// go.
	Trusted bool

	// MaxResponseBytes is the most that a response body may have; longer is TooLarge. Above 0.
	MaxResponseBytes int

	// Stream asks for the answer as soon as its head is there: Response.Stream is then the body, of
	// which MaxResponseBytes says nothing. Timeout bounds all of it.
	Stream bool

	// StreamIdle is how long the endpoint may send nothing in the middle of a streamed body; above 0
	// with Stream.
	StreamIdle time.Duration
}

// Reset empties r and keeps the memory of its lists for the next call.
func (r *Request) Reset() {
	headers := r.Headers
	headers.Reset()
	*r = Request{Headers: headers}
}

// Releaser gives borrowed memory back.
type Releaser interface {
	Release()
}

// Stream is a body that is still coming.
type Stream interface {
	// Read is that of io.Reader. It fails with an *Error when the body breaks off.
	Read(p []byte) (int, error)

	// Interrupt makes a Read that waits, and all later ones, fail. It is safe for concurrent use with
	// Read, and not called after Close.
	Interrupt()

	// Close frees what the body comes over; it may be called before its end.
	Close() error
}

// Response is one endpoint response, still encoded as it came. It is complete unless it has a Stream.
type Response struct {
	Status int // three digits for HTTP; any integer for a mock

	// Headers are all fields as received, framing headers included, in order and case.
	Headers header.List

	// Body is the body after transfer coding, before content coding.
	Body []byte

	// Stream, if not nil, is the body that is still coming, instead of Body. The gateway closes it once.
	Stream Stream

	// StreamLength is the length of Stream, -1 where that is not known.
	StreamLength int64

	// Owner, if not nil, owns the memory that Headers and Body refer to. The gateway releases it
	// once, after the response to the client has been written. With a nil Owner the memory is the
	// Response's own or the garbage collector's.
	Owner Releaser
}

// Reset closes a stream, releases the owner of borrowed memory and empties r for the next call.
func (r *Response) Reset() {
	if r.Stream != nil {
		_ = r.Stream.Close() // what is not read is of no interest
	}
	if r.Owner != nil {
		r.Owner.Release()
	}
	headers := r.Headers
	headers.Reset()
	*r = Response{Headers: headers}
}
