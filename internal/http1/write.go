package http1

// Hot path.

import (
	"net/http"
	"strconv"

	"github.com/sluice-gateway/sluice/internal/header"
)

// AppendStatusLine appends the status line of an HTTP/1.1 response. A status without a registered
// phrase has an empty one.
func AppendStatusLine(dst []byte, status int) []byte {
	if status == http.StatusOK {
		return append(dst, "HTTP/1.1 200 OK\r\n"...)
	}
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, http.StatusText(status)...)
	return append(dst, '\r', '\n')
}

// AppendField appends one field line. A name that is not a token is left out, with its value;
// control characters in a value become blanks: no value can end the line.
func AppendField(dst []byte, name, value string) []byte {
	if !IsToken(name) {
		return dst
	}
	dst = append(dst, name...)
	dst = append(dst, ':', ' ')
	if IsFieldValue(value) {
		dst = append(dst, value...)
		return append(dst, '\r', '\n')
	}
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c < ' ' || c == 0x7f {
			c = ' '
		}
		dst = append(dst, c)
	}
	return append(dst, '\r', '\n')
}

// AppendFields appends the field lines of list, in order, without those that frame a message
// (Content-Length, Transfer-Encoding, Connection), which its writer computes.
func AppendFields(dst []byte, list header.List) []byte {
	for i := range list {
		if f := &list[i]; !isFraming(f.Name) {
			dst = AppendField(dst, f.Name, f.Value)
		}
	}
	return dst
}

// isFraming reports whether the field belongs to the writer of a message.
func isFraming(name string) bool {
	switch len(name) {
	case len("Connection"):
		return header.EqualName(name, "Connection")
	case len("Content-Length"):
		return header.EqualName(name, "Content-Length")
	case len("Transfer-Encoding"):
		return header.EqualName(name, "Transfer-Encoding")
	}
	return false
}

// AppendLength appends a Content-Length field.
func AppendLength(dst []byte, n int) []byte {
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, '\r', '\n')
}
