package gwtest

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"net/http"
)

// stream runs a function and sends what it writes as an event stream.
//
// AWS: InvokeWithResponseStream (Lambda API reference).
func (l *Lambda) stream(w http.ResponseWriter, r *http.Request, f Function, inv *Invocation) error {
	out := &eventWriter{w: w, begin: func() {
		w.Header().Set("x-amzn-RequestId", l.requestID())
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	}}
	result, err := f(inv, out)
	if errors.Is(err, ErrHang) {
		<-r.Context().Done()
		return err
	}
	failure, failed := err.(*FunctionError)
	if err != nil && !failed {
		return err
	}
	if len(result) > 0 {
		if _, err := out.Write(result); err != nil {
			return err
		}
	}
	var complete struct{ ErrorCode, ErrorDetails, LogResult string }
	if failed {
		complete.ErrorCode, complete.ErrorDetails = failure.Type, failure.Message
	}
	text, err := json.Marshal(complete)
	if err != nil {
		return err
	}
	return out.send("InvokeComplete", text)
}

// eventWriter sends each piece that is written as an event of its own.
type eventWriter struct {
	w     http.ResponseWriter
	begin func() // sets the headers, once
}

// Write sends one PayloadChunk.
func (e *eventWriter) Write(p []byte) (int, error) {
	if err := e.send("PayloadChunk", p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// send sends one event at once.
func (e *eventWriter) send(kind string, payload []byte) error {
	if e.begin != nil {
		e.begin()
		e.begin = nil
	}
	if _, err := e.w.Write(appendEvent(nil, kind, payload)); err != nil {
		return err
	}
	e.w.(http.Flusher).Flush()
	return nil
}

// appendEvent appends a message of an event stream.
func appendEvent(dst []byte, kind string, payload []byte) []byte {
	contentType := "application/octet-stream"
	if kind == "InvokeComplete" {
		contentType = "application/json"
	}
	var headers []byte
	for _, h := range [...][2]string{{":event-type", kind}, {":content-type", contentType}, {":message-type", "event"}} {
		headers = append(headers, byte(len(h[0])))
		headers = append(headers, h[0]...)
		headers = append(headers, 7) // a text
		headers = binary.BigEndian.AppendUint16(headers, uint16(len(h[1])))
		headers = append(headers, h[1]...)
	}
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(12+len(headers)+len(payload)+4))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(headers)))
	dst = binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
	dst = append(dst, headers...)
	dst = append(dst, payload...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}
