package restjson

import (
	"bytes"
	"fmt"
	"net"
	"strconv"

	"github.com/sluice-gateway/sluice/apigw"
)

// Listener returns a listener for an http.Server of a Mux. What the server refuses before the Mux sees it, such as a
// path with %zz in it, is answered in the form of the service's errors instead of as plain text.
func Listener(l net.Listener) net.Listener { return refusingListener{l} }

type refusingListener struct{ net.Listener }

// Accept implements net.Listener.
func (l refusingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return refusingConn{c}, nil
}

// refusingConn rewrites the answers that net/http gives by itself. It writes each of them at once, and its
// headers are like those of no answer of a handler, which has a date.
type refusingConn struct{ net.Conn }

var (
	ownAnswer  = []byte("HTTP/1.1 ")
	ownHeaders = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
)

// Write implements net.Conn.
func (c refusingConn) Write(b []byte) (int, error) {
	status, ok := bytes.CutPrefix(b, ownAnswer)
	if !ok {
		return c.Conn.Write(b)
	}
	line, rest, _ := bytes.Cut(status, []byte("\r\n"))
	if !bytes.HasPrefix(rest, ownHeaders[2:]) {
		return c.Conn.Write(b)
	}
	if err := c.refuse(string(line)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// refuse answers with a status line's status and reason. A request that is none is the only one that is refused with
// 400; the others have broken a limit or ask for what HTTP servers need not know.
func (c refusingConn) refuse(line string) error {
	code, err := strconv.Atoi(line[:min(3, len(line))])
	if err != nil {
		return fmt.Errorf("read status of %q: %w", line, err)
	}
	refusal := apigw.BadRequest("Bad Request")
	refusal.Status = code
	if len(line) > 4 {
		refusal.Message = line[4:]
	}
	a, ids := errorAnswer(refusal), newRequestIDs()
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %s\r\n", line)
	fmt.Fprintf(&b, "Content-Type: application/json\r\nx-amzn-ErrorType: %s\r\nx-amzn-RequestId: %s\r\nx-amz-apigw-id: %s\r\n",
		refusal.Type, ids.request, ids.extended)
	fmt.Fprintf(&b, "Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(a.body), a.body)
	_, err = c.Conn.Write(b.Bytes())
	return err
}
