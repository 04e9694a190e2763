package httpbackend

// Hot path.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/sluice-gateway/sluice/internal/http1"
	"github.com/sluice-gateway/sluice/internal/integration"
)

const (
	// copyBodyBytes is the longest request body that is sent in one piece with its head.
	copyBodyBytes = 16 << 10

	// duplexBodyBytes is the longest request body that is sent before the answer is read. While a
	// longer one is sent, the answer is read already: an endpoint that answers before it has read
	// everything would otherwise wait for us, and we for it.
	duplexBodyBytes = 64 << 10

	// maxAnswerHeadBytes bounds the head of an answer.
	maxAnswerHeadBytes = 256 << 10

	// maxInterim bounds the interim answers (1xx) that are skipped.
	maxInterim = 16
)

// errUnanswered is a connection that ended before the first byte of an answer.
var errUnanswered = errors.New("connection closed before the answer")

// roundTrip makes the exchange over c and gives c back to the pool.
func (b *Backend) roundTrip(ctx context.Context, c *conn, req *integration.Request, resp *integration.Response, now, deadline time.Time) error {
	reusable, lent := false, false
	defer func() {
		switch {
		case lent:
		case reusable:
			c.end()
			b.pool.put(c)
		default:
			b.pool.discard(c)
		}
	}()
	if err := c.begin(ctx, now, deadline); err != nil {
		return fmt.Errorf("%w: %w", errUnanswered, err)
	}
	c.out = appendHead(c.out[:0], req)
	finish, err := c.send(req.Body)
	if err != nil && c.in.Buffered() == 0 && c.in.Wait() != nil {
		// Otherwise the endpoint answered without reading everything, and the answer counts.
		return fmt.Errorf("%w: send: %w", errUnanswered, err)
	}
	var head http1.Response
	readErr := b.awaitAnswer(ctx, c, deadline)
	if readErr == nil {
		readErr = c.readHead(&head, resp)
	}
	if readErr == nil && req.Stream && !isBodyless(req.Method, head.Status) {
		lent = true
		resp.StreamLength = -1
		if !head.Chunked {
			resp.StreamLength = head.ContentLength
		}
		resp.Stream = &stream{
			backend: b, ctx: ctx, c: c, body: c.in.Body(&head.Framing), keep: err == nil && c.asking.failed == nil && !head.Close,
			deadline: deadline, idle: req.StreamIdle, finish: finish,
		}
		return nil
	}
	keep := false
	if readErr == nil {
		keep, readErr = b.readBody(c, &head, req, resp)
	}
	if finish != nil {
		keep = finish() == nil && keep
	}
	reusable = readErr == nil && err == nil && c.asking.failed == nil && keep
	return readErr
}

// errSilent is an endpoint that did not begin its answer in time.
var errSilent = errors.New("no answer within the first-byte timeout")

// awaitAnswer waits for the first byte of the answer where there is a timeout of its own for it.
func (b *Backend) awaitAnswer(ctx context.Context, c *conn, deadline time.Time) error {
	if b.cfg.FirstByteTimeout == 0 {
		return nil
	}
	limit := time.Now().Add(b.cfg.FirstByteTimeout)
	if !limit.Before(deadline) {
		return nil
	}
	c.limit(limit)
	err := c.in.Wait()
	c.limit(deadline)
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil && errors.Is(err, os.ErrDeadlineExceeded):
		return &integration.Error{Kind: integration.Timeout, Err: errSilent}
	}
	return fmt.Errorf("%w: %w", errUnanswered, err)
}

// appendHead appends the head of the request.
func appendHead(out []byte, req *integration.Request) []byte {
	out = append(out, req.Method...)
	out = append(out, ' ')
	if req.URI.Path == "" {
		out = append(out, '/')
	}
	out = append(out, req.URI.Path...)
	if req.URI.Query != "" {
		out = append(out, '?')
		out = append(out, req.URI.Query...)
	}
	out = append(out, " HTTP/1.1\r\n"...)
	if !req.Headers.Has("Host") {
		out = http1.AppendField(out, "Host", req.URI.Host)
	}
	out = http1.AppendFields(out, req.Headers)
	switch {
	case len(req.Body) > 0:
		out = http1.AppendLength(out, len(req.Body))
	case req.Method == http.MethodGet, req.Method == http.MethodHead, req.Method == http.MethodDelete, req.Method == http.MethodOptions:
	default:
		out = http1.AppendLength(out, 0)
	}
	return append(out, '\r', '\n')
}

// send sends the head in c.out and the body. A short body is left to the first read, see asking. For a long
// one it returns at once with a function that ends the sending and says how it went.
func (c *conn) send(body []byte) (finish func() error, err error) {
	if len(body) <= copyBodyBytes {
		c.out = append(c.out, body...)
		if c.asking.socket != nil && c.in.Buffered() == 0 {
			c.asking.unsent = c.out
			return nil, nil
		}
		return nil, c.write(c.out)
	}
	if err := c.nc.SetWriteDeadline(c.deadline); err != nil {
		return nil, err
	}
	c.armedWrite = time.Time{}
	if len(body) <= duplexBodyBytes {
		buffers := net.Buffers{c.out, body}
		_, err = buffers.WriteTo(c.nc)
		return nil, err
	}
	sent := make(chan error, 1)
	go func() {
		buffers := net.Buffers{c.out, body}
		_, err := buffers.WriteTo(c.nc)
		sent <- err
	}()
	return func() error {
		select {
		case err := <-sent:
			return err
		default:
		}
		// The answer is complete but the body is not: nobody waits for the rest.
		_ = c.nc.SetWriteDeadline(time.Unix(1, 0))
		<-sent
		return io.ErrShortWrite
	}, nil
}

// readHead reads the head of the final answer into head and resp.
func (c *conn) readHead(head *http1.Response, resp *integration.Response) error {
	if err := c.in.Wait(); err != nil {
		return fmt.Errorf("%w: %w", errUnanswered, err)
	}
	head.Headers = resp.Headers
	for n := 0; ; n++ {
		text, err := c.in.Head(maxAnswerHeadBytes)
		if err != nil {
			return fmt.Errorf("read the answer's head: %w", err)
		}
		*head = http1.Response{Headers: head.Headers[:0]}
		if err := http1.ParseResponse(text, head); err != nil {
			return err
		}
		if head.Status >= 200 {
			break
		}
		if head.Status == http.StatusSwitchingProtocols || n == maxInterim {
			return fmt.Errorf("unexpected answer %d", head.Status)
		}
	}
	resp.Status, resp.Headers = head.Status, head.Headers
	return nil
}

// readBody reads the answer's body. It reports whether the connection can be used again.
func (b *Backend) readBody(c *conn, head *http1.Response, req *integration.Request, resp *integration.Response) (keep bool, err error) {
	a := b.answers.get(head.ContentLength)
	framed, err := a.read(c, head, req)
	if err != nil {
		a.Release()
		return false, err
	}
	resp.Body, resp.Owner = a.body, a
	return framed && !head.Close && c.in.Buffered() == 0, nil
}

// isBodyless reports whether the answer to a request of that method has no body, whatever its headers say.
func isBodyless(method string, status int) bool {
	return method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
}

// read reads the answer's body. It reports whether its end was marked otherwise than by the end of
// the connection.
func (a *answer) read(c *conn, head *http1.Response, req *integration.Request) (framed bool, err error) {
	a.body = a.body[:0]
	limit := req.MaxResponseBytes
	switch {
	case isBodyless(req.Method, head.Status):
		return true, nil
	case head.Chunked:
		a.body, err = c.in.Chunked(a.body, limit)
	case head.ContentLength >= 0:
		a.body, err = c.in.Sized(a.body, head.ContentLength, limit)
	default:
		a.body, err = c.in.ToEnd(a.body, limit)
	}
	if errors.Is(err, http1.ErrBodyTooLarge) {
		return false, &integration.Error{Kind: integration.TooLarge, Bytes: max(head.ContentLength, int64(len(a.body)))}
	}
	if err != nil {
		return false, fmt.Errorf("read the answer's body: %w", err)
	}
	return head.Chunked || head.ContentLength >= 0, nil
}
