// Hot path.

package gateway

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// coding is a content coding that a response can be given.
type coding uint8

const (
	identity coding = iota
	gzipCoding
	deflateCoding
)

// compressResponse gives the response a content coding, if the API asks for it, the body is long
// enough and the client prefers a coding that we have.
//
// AWS: Payload compression for REST APIs in API Gateway.
func (x *Exchange) compressResponse() {
	minimum, body := x.stage.Plan.MinimumCompressionSize, x.Response.Body
	if minimum == nil || len(body) == 0 || len(body) < int(*minimum) || x.Response.Headers.Has(headerContentEncoding) {
		return
	}
	var name string
	var pool *sync.Pool
	switch preferredCoding(x.Request.Headers.Get("Accept-Encoding")) {
	case gzipCoding:
		name, pool = "gzip", &gzipWriters
	case deflateCoding:
		name, pool = "deflate", &deflateWriters
	default:
		return
	}
	buf := bytes.NewBuffer(x.buf.compressed[:0])
	w := pool.Get().(compressor)
	w.Reset(buf)
	_, err := w.Write(body)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	pool.Put(w)
	if err != nil {
		return // the body stays as it is, which is what it was without compression
	}
	x.buf.compressed = buf.Bytes()
	x.Response.Body = x.buf.compressed
	x.Response.Headers.Add(headerContentEncoding, name)
}

// compressor is what both codings have.
type compressor interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// The writers are large; they are used again.
var (
	gzipWriters    = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}
	deflateWriters = sync.Pool{New: func() any { return zlib.NewWriter(io.Discard) }}
)

// preferredCoding returns the coding with the highest weight in an Accept-Encoding. When that is one
// we don't have, or "*", the body is not coded at all; gzip goes first among equals.
func preferredCoding(accept string) coding {
	best, bestWeight, known := identity, 0.0, false
	for entry := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(entry, ";")
		weight := codingWeight(parameters)
		if weight <= 0 || weight < bestWeight {
			continue
		}
		c, ok := parseCoding(strings.TrimSpace(name))
		switch {
		case weight > bestWeight:
			best, bestWeight, known = c, weight, ok
		case ok && (!known || c == gzipCoding):
			best, known = c, true
		}
	}
	if !known {
		return identity
	}
	return best
}

// parseCoding returns the coding of that name, and whether we have it.
func parseCoding(name string) (coding, bool) {
	switch {
	case strings.EqualFold(name, "gzip"):
		return gzipCoding, true
	case strings.EqualFold(name, "deflate"):
		return deflateCoding, true
	}
	return identity, strings.EqualFold(name, "identity")
}

// codingWeight returns the weight among the parameters of a coding, 1 if there is none. One that is
// no number is 0.
func codingWeight(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		weight, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0
		}
		return weight
	}
	return 1
}
