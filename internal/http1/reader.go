package http1

// Hot path.

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// Errors of a [Reader].
var (
	// ErrHeadTooLarge is a message head longer than the reader's limit.
	ErrHeadTooLarge = errors.New("message head too large")

	// ErrBodyTooLarge is a body longer than the limit given.
	ErrBodyTooLarge = errors.New("message body too large")
)

const (
	// minBufferBytes is what an idle connection holds; nearly every head fits.
	minBufferBytes = 4 << 10

	// stepBytes is by how much a body's memory grows at first, so that a length that was only
	// declared costs nothing.
	stepBytes = 64 << 10

	// maxChunkOverhead bounds all chunk extensions and trailers of one body.
	maxChunkOverhead = 16 << 10
)

// Reader reads messages from one end of a connection. It is not safe for concurrent use. The zero
// Reader is ready after [Reader.Reset].
type Reader struct {
	src  io.Reader
	buf  []byte
	r, w int // unread bytes are buf[r:w]
}

// Reset makes the reader read from src and forgets what was buffered.
func (r *Reader) Reset(src io.Reader) {
	r.src, r.r, r.w = src, 0, 0
}

// Buffered returns the number of bytes that can be read without blocking.
func (r *Reader) Buffered() int { return r.w - r.r }

// Wait blocks until a byte is there. It returns io.EOF if the connection ends before.
func (r *Reader) Wait() error {
	if r.r < r.w {
		return nil
	}
	return r.fill()
}

// fill reads at least one byte more.
func (r *Reader) fill() error {
	if r.buf == nil {
		r.buf = make([]byte, minBufferBytes)
	}
	switch {
	case r.r == r.w:
		r.r, r.w = 0, 0
	case r.w == len(r.buf) && r.r > 0:
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	case r.w == len(r.buf):
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := r.src.Read(r.buf[r.w:])
	r.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// Head returns the next message head up to and including its empty line. One empty line before it is
// skipped (RFC 9112, section 2.2). The error is io.EOF if the connection ended before the first
// byte, io.ErrUnexpectedEOF if it ended in the middle, ErrHeadTooLarge if the head is longer than
// limit bytes; head then has what was read of it.
func (r *Reader) Head(limit int) (head string, err error) {
	if err := r.Wait(); err != nil {
		return "", err
	}
	if r.buf[r.r] == '\r' {
		if err := r.skipEmptyLine(); err != nil {
			return "", err
		}
	}
	scanned := 0
	for {
		if end, ok := headEnd(r.buf[r.r:r.w], &scanned); ok {
			if end > limit {
				return string(r.buf[r.r : r.r+limit]), ErrHeadTooLarge
			}
			head = string(r.buf[r.r : r.r+end])
			r.r += end
			return head, nil
		}
		if r.w-r.r > limit {
			return string(r.buf[r.r : r.r+limit]), ErrHeadTooLarge
		}
		if err := r.fill(); err != nil {
			return string(r.buf[r.r:r.w]), unexpected(err)
		}
	}
}

// Unread makes the last n bytes unread again. They must come from the last call, which must have been Head.
func (r *Reader) Unread(n int) { r.r -= n }

// skipEmptyLine drops a CRLF at the reading position and waits for the byte behind it.
func (r *Reader) skipEmptyLine() error {
	for r.w-r.r < 2 {
		if err := r.fill(); err != nil {
			return unexpected(err)
		}
	}
	if r.buf[r.r+1] == '\n' {
		r.r += 2
	}
	return r.Wait()
}

// headEnd returns the length of the head at the beginning of b if its empty line is there. Lines may
// end in LF alone, so that a malformed head is refused rather than waited for. scanned is the
// position of the first line end not yet looked at.
func headEnd(b []byte, scanned *int) (int, bool) {
	for {
		i := bytes.IndexByte(b[*scanned:], '\n')
		if i < 0 {
			return 0, false
		}
		next := *scanned + i + 1
		switch rest := b[next:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return next + 1, true
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return next + 2, true
		case len(rest) == 0 || len(rest) == 1 && rest[0] == '\r':
			return 0, false // the line end is looked at again when more has come
		}
		*scanned = next
	}
}

// Sized appends a body of n bytes to dst.
func (r *Reader) Sized(dst []byte, n int64, limit int) ([]byte, error) {
	if n > int64(limit-len(dst)) {
		return dst, ErrBodyTooLarge
	}
	return r.appendN(dst, int(n))
}

// appendN appends n bytes to dst, first those that are buffered.
func (r *Reader) appendN(dst []byte, n int) ([]byte, error) {
	k := min(n, r.w-r.r)
	dst = append(dst, r.buf[r.r:r.r+k]...)
	r.r += k
	n -= k
	for n > 0 {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, min(n, max(stepBytes, len(dst))))
		}
		free := dst[len(dst):min(cap(dst), len(dst)+n)]
		k, err := r.src.Read(free)
		dst = dst[:len(dst)+k]
		n -= k
		if err != nil && n > 0 {
			return dst, unexpected(err)
		}
	}
	return dst, nil
}

// ToEnd appends everything until the connection ends to dst.
func (r *Reader) ToEnd(dst []byte, limit int) ([]byte, error) {
	for {
		dst = append(dst, r.buf[r.r:r.w]...)
		r.r, r.w = 0, 0
		if len(dst) > limit {
			return dst, ErrBodyTooLarge
		}
		if err := r.fill(); err == io.EOF {
			return dst, nil
		} else if err != nil {
			return dst, err
		}
	}
}

// Chunked appends a body in chunked transfer coding to dst. Extensions and trailers are read and
// dropped. A fault in the coding is a *SyntaxError.
func (r *Reader) Chunked(dst []byte, limit int) ([]byte, error) {
	overhead := 0
	for {
		line, err := r.line(&overhead)
		if err != nil {
			return dst, err
		}
		size, err := chunkSize(line)
		if err != nil {
			return dst, err
		}
		if size == 0 {
			return dst, r.skipTrailers(&overhead)
		}
		if size > int64(limit-len(dst)) {
			return dst, ErrBodyTooLarge
		}
		if dst, err = r.appendN(dst, int(size)); err != nil {
			return dst, err
		}
		if line, err = r.line(&overhead); err != nil {
			return dst, err
		}
		if len(line) != 0 {
			return dst, &SyntaxError{"chunk longer than its size"}
		}
	}
}

// skipTrailers reads the lines after the last chunk up to the empty one.
func (r *Reader) skipTrailers(overhead *int) error {
	for {
		line, err := r.line(overhead)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if _, _, err := parseField(string(line)); err != nil {
			return err
		}
	}
}

// line returns the next line, which must end in CRLF, without it. The slice is valid until the
// next read. What is longer than a plain size counts as overhead.
func (r *Reader) line(overhead *int) ([]byte, error) {
	const plain = 16
	for scanned := 0; ; {
		b := r.buf[r.r:r.w]
		if i := bytes.IndexByte(b[scanned:], '\n'); i >= 0 {
			i += scanned
			if i == 0 || b[i-1] != '\r' {
				return nil, &SyntaxError{"line without CRLF in chunked body"}
			}
			*overhead += max(0, i-plain)
			if *overhead > maxChunkOverhead {
				return nil, &SyntaxError{"chunk extensions or trailers too long"}
			}
			r.r += i + 1
			return b[:i-1], nil
		}
		scanned = len(b)
		if scanned > maxChunkOverhead {
			return nil, &SyntaxError{"chunk extensions or trailers too long"}
		}
		if err := r.fill(); err != nil {
			return nil, unexpected(err)
		}
	}
}

// chunkSize reads the hexadecimal size at the beginning of a chunk's line. Behind it may stand
// blanks and an extension, which begins with a semicolon and holds no control character.
func chunkSize(line []byte) (int64, error) {
	var n int64
	i := 0
	for ; i < len(line); i++ {
		digit, ok := hexDigit(line[i])
		if !ok {
			break
		}
		if n = n<<4 | int64(digit); n > 1<<40 {
			return 0, ErrBodyTooLarge
		}
	}
	rest := bytes.TrimLeft(line[i:], " \t")
	if i == 0 || len(rest) > 0 && rest[0] != ';' || !IsFieldValue(string(rest)) {
		return 0, &SyntaxError{"chunk size is not a hexadecimal number"}
	}
	return n, nil
}

// hexDigit returns the value of a hexadecimal digit.
func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// unexpected turns the end of the connection inside a message into io.ErrUnexpectedEOF.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
