package http1

// Hot path.

import (
	"io"
	"strconv"
)

// BodyReader reads a message's body piece by piece, as it comes. It is made by [Reader.Body]; the zero
// BodyReader is at its end. It is not safe for concurrent use.
type BodyReader struct {
	r       *Reader
	framing framing
	left    int64 // bytes of the sized body or of the current chunk that are not read yet
	inChunk bool  // the line end behind the current chunk is not read yet
}

// framing is how the end of a body is found.
type framing uint8

const (
	ended framing = iota
	sized
	chunked
	toEnd
)

// Body returns a reader of the body whose head was just read from r and says f of it. Nothing else may
// read from r until the body is at its end.
func (r *Reader) Body(f *Framing) BodyReader {
	switch {
	case f.Chunked:
		return BodyReader{r: r, framing: chunked}
	case f.ContentLength == 0:
		return BodyReader{}
	case f.ContentLength > 0:
		return BodyReader{r: r, framing: sized, left: f.ContentLength}
	}
	return BodyReader{r: r, framing: toEnd}
}

// Read reads what is there of the body, at least one byte. The error is io.EOF at the end of the body,
// io.ErrUnexpectedEOF if the connection ended before it, a *SyntaxError for a fault in the coding.
func (b *BodyReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	switch b.framing {
	case ended:
		return 0, io.EOF
	case toEnd:
		n, err := b.r.some(p)
		if err == io.EOF {
			b.framing = ended
		}
		return n, err
	case chunked:
		if b.left == 0 {
			if err := b.nextChunk(); err != nil {
				return 0, err
			}
		}
	}
	n, err := b.r.some(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if b.left == 0 && b.framing == sized {
		b.framing = ended
	}
	if err != nil && n == 0 {
		return 0, unexpected(err)
	}
	return n, nil
}

// nextChunk reads up to the bytes of the next chunk. It returns io.EOF behind the last.
func (b *BodyReader) nextChunk() error {
	overhead := 0
	if b.inChunk {
		line, err := b.r.line(&overhead)
		if err != nil {
			return err
		}
		if len(line) != 0 {
			return &SyntaxError{"chunk longer than its size"}
		}
		b.inChunk = false
	}
	line, err := b.r.line(&overhead)
	if err != nil {
		return err
	}
	if b.left, err = chunkSize(line); err != nil {
		return err
	}
	if b.left > 0 {
		b.inChunk = true
		return nil
	}
	if err := b.r.skipTrailers(&overhead); err != nil {
		return err
	}
	b.framing = ended
	return io.EOF
}

// Ended reports whether the body was read to its end.
func (b *BodyReader) Ended() bool { return b.framing == ended }

// some reads at least one byte into p, first what is buffered.
func (r *Reader) some(p []byte) (int, error) {
	if r.r == r.w {
		if len(p) >= minBufferBytes {
			n, err := r.src.Read(p)
			if n > 0 {
				return n, nil
			}
			if err == nil {
				err = io.ErrNoProgress
			}
			return 0, err
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.r:r.w])
	r.r += n
	return n, nil
}

// AppendChunkSize appends the line before a chunk of n bytes. Behind the chunk stands a CRLF; a chunk of
// no bytes would end the body.
func AppendChunkSize(dst []byte, n int) []byte {
	dst = strconv.AppendInt(dst, int64(n), 16)
	return append(dst, '\r', '\n')
}

// LastChunk ends a body in chunked transfer coding.
const LastChunk = "0\r\n\r\n"
