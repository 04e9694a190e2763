package lambda

// Hot path.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// A message of an event stream is a prelude (length of all, length of the headers, checksum of these
// two), headers, payload, and the checksum of everything before it.
//
// AWS: InvokeWithResponseStream (Lambda API reference); Event stream encoding.
const (
	preludeBytes  = 12
	checksumBytes = 4

	// maxHeaderBytes bounds the headers of one message, maxClosingBytes the payload of one that is not
	// part of the body.
	maxHeaderBytes  = 16 << 10
	maxClosingBytes = 64 << 10
)

// errEventStream is an answer that is not what the service's interface says.
var errEventStream = errors.New("malformed event stream")

// functionError is the error that a function ended with.
type functionError struct{ code, details string }

// Error describes the error.
func (e *functionError) Error() string { return e.code + ": " + e.details }

// payload reads the body out of an event stream, as it comes.
type payload struct {
	source integration.Stream
	head   []byte // prelude and headers of the current message
	left   int    // bytes of its payload that are not read yet
	sum    uint32
	opened bool  // a message was begun and its checksum is not read yet
	err    error // what every further Read returns
}

// Read reads what has come of the body, at least one byte. The error at its end is io.EOF, a
// *functionError if the function failed.
func (p *payload) Read(dst []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	for p.left == 0 {
		if p.err = p.nextMessage(); p.err != nil {
			return 0, p.err
		}
	}
	n, err := p.source.Read(dst[:min(len(dst), p.left)])
	p.sum = crc32.Update(p.sum, crc32.IEEETable, dst[:n])
	p.left -= n
	if err != nil && n == 0 {
		p.err = broken(err)
		return 0, p.err
	}
	return n, nil
}

// nextMessage reads up to the payload of the next message that is part of the body.
func (p *payload) nextMessage() error {
	if p.opened {
		p.opened = false
		if err := p.checksum(); err != nil {
			return err
		}
	}
	size, err := p.readHead()
	if err != nil {
		return err
	}
	kind, name, err := messageType(p.head[preludeBytes:])
	if err != nil {
		return err
	}
	if kind == "event" && name == "PayloadChunk" {
		p.left, p.opened = size, true
		return nil
	}
	if size > maxClosingBytes {
		return errEventStream
	}
	text := make([]byte, size)
	if err := p.fill(text); err != nil {
		return err
	}
	if err := p.checksum(); err != nil {
		return err
	}
	switch {
	case kind == "event" && name == "InvokeComplete":
		return completion(text)
	case kind == "event":
		return nil // a kind that a later version of the interface has
	}
	return fmt.Errorf("event stream: %s %s", name, text)
}

// readHead reads prelude and headers into p.head and returns the size of the payload.
func (p *payload) readHead() (int, error) {
	if cap(p.head) < preludeBytes {
		p.head = make([]byte, 256)
	}
	p.head = p.head[:preludeBytes]
	p.sum = 0
	if err := p.fill(p.head); err != nil {
		return 0, err
	}
	total, headers := binary.BigEndian.Uint32(p.head), binary.BigEndian.Uint32(p.head[4:])
	if crc32.ChecksumIEEE(p.head[:8]) != binary.BigEndian.Uint32(p.head[8:]) || headers > maxHeaderBytes ||
		total < preludeBytes+headers+checksumBytes || total > 1<<30 {
		return 0, errEventStream
	}
	end := preludeBytes + int(headers)
	if cap(p.head) < end {
		p.head = append(make([]byte, 0, end), p.head...)
	}
	p.head = p.head[:end]
	return int(total) - end - checksumBytes, p.fill(p.head[preludeBytes:])
}

// fill fills dst from the source.
func (p *payload) fill(dst []byte) error {
	if _, err := io.ReadFull(p.source, dst); err != nil {
		return broken(err)
	}
	p.sum = crc32.Update(p.sum, crc32.IEEETable, dst)
	return nil
}

// checksum reads the end of a message.
func (p *payload) checksum() error {
	want := p.sum
	var sum [checksumBytes]byte
	if err := p.fill(sum[:]); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(sum[:]) != want {
		return errEventStream
	}
	return nil
}

// broken returns the error of an answer that ends before the stream does.
func broken(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// completion reads the last message of a stream: io.EOF, or the error that the function ended with.
func completion(text []byte) error {
	doc, err := jsonvalue.Parse(text)
	if err != nil && len(text) > 0 {
		return errEventStream
	}
	if code := doc.Get("ErrorCode").Text(); code != "" {
		return &functionError{code, doc.Get("ErrorDetails").Text()}
	}
	return io.EOF
}

// messageType returns the kind of a message (event, exception or error) and which one it is.
func messageType(headers []byte) (kind, name string, err error) {
	for len(headers) > 0 {
		key, value, rest, ok := cutHeader(headers)
		if !ok {
			return "", "", errEventStream
		}
		switch string(key) {
		case ":message-type":
			kind = string(value)
		case ":event-type", ":exception-type", ":error-code":
			name = string(value)
		}
		headers = rest
	}
	return kind, name, nil
}

// valueBytes are the lengths of header values by type; -1 is one that is preceded by its length.
var valueBytes = [...]int{0, 0, 1, 2, 4, 8, -1, -1, 8, 16}

// cutHeader splits the first header off.
func cutHeader(b []byte) (key, value, rest []byte, ok bool) {
	n := int(b[0])
	if len(b) < 1+n+1 || int(b[1+n]) >= len(valueBytes) {
		return nil, nil, nil, false
	}
	key, b = b[1:1+n], b[1+n:]
	size, b := valueBytes[b[0]], b[1:]
	if size < 0 {
		if len(b) < 2 {
			return nil, nil, nil, false
		}
		size, b = int(binary.BigEndian.Uint16(b)), b[2:]
	}
	if len(b) < size {
		return nil, nil, nil, false
	}
	return key, b[:size], b[size:], true
}
