package observe

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// Segment is what a trace shows of one request: the gateway's work and, where a back end was called, a subsegment for that.
//
// AWS: AWS X-Ray segment documents; AWS X-Ray traces for Amazon API Gateway APIs.
type Segment struct {
	TraceID  string // "1-65a1b2c3-0123456789abcdef01234567"
	ID       string // 16 hexadecimal digits, the Parent of what the back end records
	ParentID string // of the client's segment, "" where it recorded none
	Name     string // the API's name and the stage's
	Start    time.Time
	End      time.Time

	AccountID, APIID, Stage, RequestID string

	Method, URL, ClientIP, UserAgent string
	Status                           int
	ContentLength                    int

	Call *Call // nil where no back end was called
}

// Call is the subsegment of a call to a back end.
type Call struct {
	ID      string // 16 hexadecimal digits
	Name    string // the service, or the address without its query
	Service bool   // it is an AWS service
	Start   time.Time
	End     time.Time
	Method  string
	URL     string
	Status  int // 0 where no answer came
}

// Segments sends segments to an X-Ray daemon, or to a collector that takes what one does. It is safe for concurrent use; a nil
// *Segments sends nothing.
type Segments struct {
	conn   net.Conn
	logger *slog.Logger
	failed atomic.Bool // the last one
}

// OpenSegments prepares to send to a UDP address, "host:port". Whether somebody listens there is not looked at. The caller calls Close.
func OpenSegments(address string, logger *slog.Logger) (*Segments, error) {
	conn, err := net.Dial("udp", address)
	if err != nil {
		return nil, fmt.Errorf("X-Ray daemon: %w", err)
	}
	return &Segments{conn: conn, logger: logger}, nil
}

// segmentHeader stands before each document that a daemon is sent.
//
// AWS: Sending segment documents to the X-Ray daemon.
const segmentHeader = `{"format": "json", "version": 1}` + "\n"

// maxSegmentText is the length to which texts of clients are cut, so that a segment fits into a datagram. maxSegmentName is that of
// names.
const (
	maxSegmentText = 2000
	maxSegmentName = 200
)

// Send sends a segment, in one datagram and without waiting for anybody: one that gets lost is lost. The first of several
// failures goes to the log.
func (s *Segments) Send(segment *Segment) {
	if s == nil {
		return
	}
	document, err := json.Marshal(segment.document())
	if err == nil {
		_, err = s.conn.Write(append([]byte(segmentHeader), document...))
	}
	if failed := err != nil && !errors.Is(err, net.ErrClosed); s.failed.Swap(failed) != failed && failed {
		s.logger.Warn("traces can't be sent to the X-Ray daemon", "address", s.conn.RemoteAddr().String(), "error", err)
	}
}

// Close ends the sending.
func (s *Segments) Close() error {
	if s == nil {
		return nil
	}
	return s.conn.Close()
}

// object is a JSON object.
type object map[string]any

// document returns the segment as the daemon takes it.
func (s *Segment) document() object {
	response := object{"status": s.Status}
	if s.ContentLength >= 0 {
		response["content_length"] = s.ContentLength
	}
	d := object{
		"name": segmentName(s.Name), "id": s.ID, "trace_id": s.TraceID, "start_time": seconds(s.Start), "end_time": seconds(s.End),
		"origin": "AWS::ApiGateway::Stage",
		"http": object{
			"request":  object{"method": shorten(s.Method), "url": shorten(s.URL), "client_ip": s.ClientIP, "user_agent": shorten(s.UserAgent)},
			"response": response,
		},
		"annotations": object{"aws:api_id": s.APIID, "aws:api_stage": s.Stage},
		"aws": object{
			"xray":        object{"sampling_rule_name": "Default"},
			"api_gateway": object{"account_id": s.AccountID, "rest_api_id": s.APIID, "stage": s.Stage, "request_id": s.RequestID},
		},
	}
	if s.ParentID != "" {
		d["parent_id"] = s.ParentID
	}
	addOutcome(d, s.Status)
	if s.Call != nil {
		d["subsegments"] = []object{s.Call.document()}
	}
	return d
}

// document returns the subsegment.
func (c *Call) document() object {
	d := object{
		"name": segmentName(c.Name), "id": c.ID, "start_time": seconds(c.Start), "end_time": seconds(c.End), "namespace": "remote",
		"http": object{"request": object{"method": shorten(c.Method), "url": shorten(c.URL)}},
	}
	if c.Service {
		d["namespace"] = "aws"
	}
	if c.Status == 0 {
		d["fault"] = true
		return d
	}
	d["http"].(object)["response"] = object{"status": c.Status}
	addOutcome(d, c.Status)
	return d
}

// addOutcome says what kind of failure a status is.
func addOutcome(d object, status int) {
	switch {
	case status >= 500:
		d["fault"] = true
	case status == 429:
		d["error"], d["throttle"] = true, true
	case status >= 400:
		d["error"] = true
	}
}

// seconds returns a time as segments have it.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// shorten cuts a text of a client, which may be anything.
func shorten(text string) string {
	if len(text) > maxSegmentText {
		text = text[:maxSegmentText]
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// segmentName returns a name that the service takes: letters, digits, blanks and some marks.
func segmentName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(` _.:/%&#=+\-@`, r) {
			return r
		}
		return '_'
	}, name)
	for len(name) > maxSegmentName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return cmp.Or(name, "_")
}
