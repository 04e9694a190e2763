package lambda

// Hot path.

import (
	"bytes"
	"errors"
	"io"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// maxMetadataBytes is how far into a streamed response its metadata may reach, with the eight NUL bytes
// that end it.
//
// AWS: Set up a Lambda proxy integration with payload response streaming.
const maxMetadataBytes = 16 << 10

// errNoMetadata is a streamed response without metadata, or without their end.
var errNoMetadata = &integration.Error{Kind: integration.Configuration, Reason: "Malformed Lambda proxy response"}

// body is the body of a streamed response: what came with the metadata, and the rest of the payload.
type body struct {
	payload payload
	rest    []byte // the first bytes
}

// Open reads the metadata of a streamed response into r and makes the stream of resp that of the body.
// It takes as long as the function takes to send them. The error is an *integration.Error.
func Open(resp *integration.Response, r *Result) error {
	b := &body{payload: payload{source: resp.Stream}}
	resp.Stream, resp.StreamLength = b, -1
	buf := make([]byte, 0, 1024)
	for {
		searched := max(0, len(buf)-len(delimiter)+1)
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := b.payload.Read(buf[len(buf):min(cap(buf), maxMetadataBytes)])
		buf = buf[:len(buf)+n]
		if i := bytes.Index(buf[searched:], delimiter); i >= 0 {
			end := searched + i
			b.rest = buf[end+len(delimiter):]
			if ParseMetadata(buf[:end], r) != nil {
				return errNoMetadata
			}
			return nil
		}
		switch {
		case err != nil:
			return noMetadata(resp, err)
		case len(buf) == maxMetadataBytes:
			return errNoMetadata
		}
	}
}

// noMetadata returns the failure of a response that ended before its body began.
func noMetadata(resp *integration.Response, err error) error {
	var failed *functionError
	var known *integration.Error
	switch {
	case errors.As(err, &failed):
		return &integration.Error{Kind: integration.FunctionError, Line: FunctionFault(resp, failed.Error())}
	case errors.As(err, &known):
		return known
	case err == io.EOF:
		return errNoMetadata
	}
	return &integration.Error{Kind: integration.Network, Err: err}
}

// Read reads what has come of the body.
func (b *body) Read(p []byte) (int, error) {
	if len(b.rest) > 0 {
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	n, err := b.payload.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	var known *integration.Error
	if errors.As(err, &known) {
		return n, known
	}
	return n, &integration.Error{Kind: integration.Network, Err: err}
}

// Interrupt makes Read fail.
func (b *body) Interrupt() { b.payload.source.Interrupt() }

// Close closes what the event stream comes over. The function goes on.
//
// AWS: Stream the integration response for your proxy integrations.
func (b *body) Close() error { return b.payload.source.Close() }
