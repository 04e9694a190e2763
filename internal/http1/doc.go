// Package http1 is the wire format of HTTP/1.1 without loss: message heads to header lists and back,
// and the framing of bodies.
//
// The listener reads requests with it and the HTTP back end writes requests and reads responses. It
// exists because both need what libraries throw away: the order and case of header names, the raw
// target, repeated fields, the exact Connection and Content-Length of a response. It opens no
// connection, sets no deadline and decides no answer. Requests are read strictly, because two
// readers that disagree on where a request ends are how requests are smuggled; responses are read
// leniently, because old servers exist. Start reading at [ParseRequest] and [Reader].
//
// The tests hold the strict reading against net/http and fasthttp: what this package accepts, they
// accept with the same meaning.
package http1
