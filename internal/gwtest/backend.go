package gwtest

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/http1"
)

// maxBytes bounds what tests read from a connection: more than any limit under test.
const maxBytes = 64 << 20

// Backend is an HTTP back end that records what it is sent, byte for byte, and answers as it is told.
type Backend struct {
	Addr string // host:port

	mu       sync.Mutex
	answer   Answer
	requests []BackendRequest
	conns    map[net.Conn]struct{}
	served   sync.WaitGroup
}

// BackendRequest is one request that a [Backend] received.
type BackendRequest struct {
	Method  string
	Target  string
	Headers header.List
	Body    []byte
}

// Answer is what a [Backend] answers. The zero Answer is status 200 without a body.
type Answer struct {
	Status  int
	Headers header.List // sent as they are; framing is added unless it is among them
	Body    []byte
	Raw     []byte // if not nil, sent instead of all else; the connection is then closed

	Drop bool // close the connection instead of answering
	Hang bool // never answer
}

// NewBackend starts a back end that ends with the test.
func NewBackend(t testing.TB) *Backend {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &Backend{Addr: ln.Addr().String(), conns: make(map[net.Conn]struct{})}
	b.served.Go(func() { b.accept(ln) })
	t.Cleanup(func() {
		ln.Close()
		b.mu.Lock()
		for c := range b.conns {
			c.Close()
		}
		b.mu.Unlock()
		b.served.Wait()
	})
	return b
}

// Answer sets what further requests are answered with.
func (b *Backend) Answer(a Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = a
}

// TakeRequests returns the requests that came since it was last called.
func (b *Backend) TakeRequests() []BackendRequest {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.requests
	b.requests = nil
	return taken
}

// accept serves connections until ln is closed.
func (b *Backend) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.conns[c] = struct{}{}
		b.mu.Unlock()
		b.served.Go(func() {
			b.serve(c)
			c.Close()
			b.mu.Lock()
			delete(b.conns, c)
			b.mu.Unlock()
		})
	}
}

// serve answers the requests of one connection.
func (b *Backend) serve(c net.Conn) {
	var r http1.Reader
	r.Reset(c)
	for {
		received, err := readRequest(&r)
		if err != nil {
			return
		}
		b.mu.Lock()
		b.requests = append(b.requests, received)
		answer := b.answer
		b.mu.Unlock()
		switch {
		case answer.Drop:
			return
		case answer.Hang:
			_, _ = io.Copy(io.Discard, c) // until the gateway gives up
			return
		case answer.Raw != nil:
			_, _ = c.Write(answer.Raw)
			return
		}
		if _, err := c.Write(answer.append(nil, received.Method)); err != nil {
			return
		}
	}
}

// readRequest reads one request.
func readRequest(r *http1.Reader) (BackendRequest, error) {
	head, err := r.Head(maxBytes)
	if err != nil {
		return BackendRequest{}, err
	}
	var req http1.Request
	if err := http1.ParseRequest(head, &req); err != nil {
		return BackendRequest{}, err
	}
	received := BackendRequest{Method: req.Method, Target: req.Target, Headers: req.Headers}
	switch {
	case req.Chunked:
		received.Body, err = r.Chunked(nil, maxBytes)
	case req.ContentLength > 0:
		received.Body, err = r.Sized(nil, req.ContentLength, maxBytes)
	}
	return received, err
}

// append appends the answer's text, with its framing.
func (a *Answer) append(dst []byte, method string) []byte {
	status := a.Status
	if status == 0 {
		status = 200
	}
	dst = http1.AppendStatusLine(dst, status)
	for _, f := range a.Headers {
		dst = http1.AppendField(dst, f.Name, f.Value)
	}
	bodyless := method == "HEAD" || status == 204 || status == 304
	switch {
	case header.EqualName(a.Headers.Get("Transfer-Encoding"), "chunked") && !bodyless:
		dst = append(dst, "\r\n"...)
		return appendChunks(dst, a.Body)
	case !a.Headers.Has("Content-Length") && !bodyless:
		dst = http1.AppendLength(dst, len(a.Body))
	}
	dst = append(dst, "\r\n"...)
	if bodyless {
		return dst
	}
	return append(dst, a.Body...)
}

// appendChunks appends body in chunked transfer coding, in chunks of seven bytes and a rest.
func appendChunks(dst, body []byte) []byte {
	for len(body) > 0 {
		chunk := body[:min(7, len(body))]
		body = body[len(chunk):]
		dst = strconv.AppendInt(dst, int64(len(chunk)), 16)
		dst = append(dst, "\r\n"...)
		dst = append(dst, chunk...)
		dst = append(dst, "\r\n"...)
	}
	return append(dst, "0\r\n\r\n"...)
}

// received is a response as it came over the wire.
type received struct {
	status  int
	headers header.List
	body    []byte
}

// errNoResponse is a connection that ended without a response.
var errNoResponse = errors.New("connection closed without a response")

// readResponse reads the final response to a request of the given method.
func readResponse(r *http1.Reader, method string) (*received, error) {
	for {
		head, err := r.Head(maxBytes)
		if err == io.EOF {
			return nil, errNoResponse
		}
		if err != nil {
			return nil, err
		}
		var resp http1.Response
		if err := http1.ParseResponse(head, &resp); err != nil {
			return nil, err
		}
		if resp.Status < 200 {
			continue
		}
		got := &received{status: resp.Status, headers: resp.Headers}
		switch {
		case method == "HEAD" || resp.Status == 204 || resp.Status == 304:
		case resp.Chunked:
			got.body, err = r.Chunked(nil, maxBytes)
		case resp.ContentLength >= 0:
			got.body, err = r.Sized(nil, resp.ContentLength, maxBytes)
		default:
			got.body, err = r.ToEnd(nil, maxBytes)
		}
		return got, err
	}
}
