// Hot path.

package gateway

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/internal/plan"
)

// errTooLong says that a decoded body is longer than a body may be.
var errTooLong = errors.New("the decoded body is too long")

// decodeBody undoes the content coding of the request's body. An unknown coding, and a body that is
// not coded as it says, is an unsupported media type; an empty body is left alone.
//
// AWS: Payload compression for REST APIs in API Gateway.
func (x *Exchange) decodeBody() *fault {
	x.body = x.Request.Body
	coding, ok := x.Request.Headers.LastFold(headerContentEncoding)
	if !ok || len(x.body) == 0 {
		return nil
	}
	decoded, err := decode(x.buf.decoded[:0], strings.ToLower(strings.TrimSpace(coding)), x.body)
	switch {
	case errors.Is(err, errTooLong):
		return faultBodyTooLarge
	case err != nil:
		return faultContentCoding
	}
	x.buf.decoded, x.body = decoded, decoded
	return nil
}

// decode appends the body without its content coding to dst.
func decode(dst []byte, coding string, body []byte) ([]byte, error) {
	var r io.Reader
	var err error
	switch coding {
	case "", "identity":
		return append(dst, body...), nil
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		r, err = inflate(body)
	default:
		err = errors.New("unknown content coding " + coding)
	}
	if err != nil {
		return dst, err
	}
	buf := bytes.NewBuffer(dst)
	n, err := io.Copy(buf, io.LimitReader(r, MaxBodyBytes+1))
	if err == nil && n > MaxBodyBytes {
		err = errTooLong
	}
	return buf.Bytes(), err
}

// inflate reads the coding "deflate", which is zlib's format and in some clients the bare stream.
func inflate(body []byte) (io.Reader, error) {
	if r, err := zlib.NewReader(bytes.NewReader(body)); err == nil {
		return r, nil
	}
	return flate.NewReader(bytes.NewReader(body)), nil
}

// conversion is what is done to a body on its way.
type conversion uint8

const (
	asText     conversion = iota // bytes that are not UTF-8 become U+FFFD
	asBytes                      // nothing
	fromBase64                   // the text is decoded
	toBase64                     // the bytes are encoded
)

// requestConversion is the conversion of a request body; binary says that its media type is.
//
// AWS: Content type conversions in API Gateway. Observed: conformance/binary_request_set.txtar.
func requestConversion(binary bool, handling plan.ContentHandling) conversion {
	switch {
	case !binary && handling == plan.ToBinary:
		return fromBase64
	case !binary:
		return asText
	case handling == plan.ToText:
		return toBase64
	}
	return asBytes
}

// responseConversion is the conversion of a response body; binary says that the media type of the
// endpoint's answer is, accepted that the one is which the client accepts first.
//
// AWS: Content type conversions in API Gateway. Observed: conformance/binary_response_set.txtar.
func responseConversion(binary, accepted bool, handling plan.ContentHandling) conversion {
	switch {
	case !binary && (handling == plan.ToBinary || handling == plan.Unconverted && accepted):
		return fromBase64
	case !binary:
		return asText
	case handling == plan.ToText || handling == plan.Unconverted && !accepted:
		return toBase64
	}
	return asBytes
}

// convert returns the body after a conversion; it uses buf's memory when it needs some, and returns
// it for the next time. It reports false when text that should be base64 is not.
func (c conversion) convert(buf, body []byte) (converted, memory []byte, ok bool) {
	switch c {
	case asText:
		if utf8.Valid(body) {
			return body, buf, true
		}
		buf = appendValidText(buf[:0], body)
	case fromBase64:
		if len(body) == 0 {
			return body, buf, true
		}
		var err error
		if buf, err = base64.StdEncoding.AppendDecode(buf[:0], bytes.TrimSpace(body)); err != nil {
			return nil, buf, false
		}
	case toBase64:
		buf = base64.StdEncoding.AppendEncode(buf[:0], body)
	default:
		return body, buf, true
	}
	return buf, buf, true
}

// appendValidText appends text with U+FFFD for each sequence of bytes that is not UTF-8. As in Java a
// sequence is the longest beginning of a character.
func appendValidText(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n <= 1 {
			dst = append(dst, "\uFFFD"...)
			text = text[truncatedLen(text):]
			continue
		}
		dst = append(dst, text[:n]...)
		text = text[n:]
	}
	return dst
}

// truncatedLen returns how many bytes at the beginning of text, which is not a character, could begin
// one; at least 1.
func truncatedLen(text []byte) int {
	first := text[0]
	want := 0
	low, high := byte(0x80), byte(0xBF)
	switch {
	case 0xC2 <= first && first <= 0xDF:
		want = 2
	case 0xE0 <= first && first <= 0xEF:
		want = 3
		switch first {
		case 0xE0:
			low = 0xA0
		case 0xED:
			high = 0x9F
		}
	case 0xF0 <= first && first <= 0xF4:
		want = 4
		switch first {
		case 0xF0:
			low = 0x90
		case 0xF4:
			high = 0x8F
		}
	default:
		return 1
	}
	n := 1
	for n < want && n < len(text) && low <= text[n] && text[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}
