package observe_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/observe"
)

// listenUDP is a daemon that returns what it is sent.
func listenUDP(t *testing.T) (address string, receive func() string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String(), func() string {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 64<<10)
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
}

// AWS: AWS X-Ray segment documents; Sending segment documents to the X-Ray daemon.
func TestSegments(t *testing.T) {
	address, receive := listenUDP(t)
	segments, err := observe.OpenSegments(address, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer segments.Close()
	at := time.UnixMilli(1795344358250)
	segment := observe.Segment{
		TraceID: "1-65a1b2c3-0123456789abcdef01234567", ID: "00000000000000aa", ParentID: "00000000000000bb", Name: "pet's/dev",
		Start: at, End: at.Add(20 * time.Millisecond), AccountID: "111122223333", APIID: "api1", Stage: "dev", RequestID: "req1",
		Method: "GET", URL: "http://h/dev/x", ClientIP: "192.0.2.7", UserAgent: "agent", Status: 429, ContentLength: 5,
		Call: &observe.Call{
			ID: "00000000000000cc", Name: "lambda", Service: true, Start: at.Add(time.Millisecond), End: at.Add(2 * time.Millisecond),
			Method: "POST", URL: "https://lambda/f", Status: 200,
		},
	}
	segments.Send(&segment)
	header, document, _ := strings.Cut(receive(), "\n")
	if header != `{"format": "json", "version": 1}` {
		t.Errorf("header %s", header)
	}
	var got any
	if err := json.Unmarshal([]byte(document), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"name": "pet_s/dev", "id": "00000000000000aa", "parent_id": "00000000000000bb", "trace_id": "1-65a1b2c3-0123456789abcdef01234567",
		"start_time": 1795344358.25, "end_time": 1795344358.27, "origin": "AWS::ApiGateway::Stage", "error": true, "throttle": true,
		"http": map[string]any{
			"request":  map[string]any{"method": "GET", "url": "http://h/dev/x", "client_ip": "192.0.2.7", "user_agent": "agent"},
			"response": map[string]any{"status": 429.0, "content_length": 5.0},
		},
		"annotations": map[string]any{"aws:api_id": "api1", "aws:api_stage": "dev"},
		"aws": map[string]any{
			"xray":        map[string]any{"sampling_rule_name": "Default"},
			"api_gateway": map[string]any{"account_id": "111122223333", "rest_api_id": "api1", "stage": "dev", "request_id": "req1"},
		},
		"subsegments": []any{map[string]any{
			"name": "lambda", "id": "00000000000000cc", "namespace": "aws", "start_time": 1795344358.251, "end_time": 1795344358.252,
			"http": map[string]any{"request": map[string]any{"method": "POST", "url": "https://lambda/f"}, "response": map[string]any{"status": 200.0}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("segment differs (-want +got):\n%s", diff)
	}

	// Whatever a client sends fits into a datagram, and a call without an answer is a fault.
	segment = observe.Segment{Name: strings.Repeat("é", 300), URL: strings.Repeat("u", 100_000), UserAgent: "\xff" + strings.Repeat("a", 100_000), Status: 504, Call: &observe.Call{}}
	segments.Send(&segment)
	_, document, _ = strings.Cut(receive(), "\n")
	var short struct {
		Name        string
		Fault       bool
		ParentID    *string `json:"parent_id"`
		Subsegments []struct{ Fault bool }
	}
	if err := json.Unmarshal([]byte(document), &short); err != nil {
		t.Fatal(err)
	}
	if len(short.Name) != 200 || !short.Fault || short.ParentID != nil || !short.Subsegments[0].Fault {
		t.Errorf("got %+v", short)
	}
}

// A nil *Segments sends nothing, and nobody waits for a daemon that is not there.
func TestNoSegments(t *testing.T) {
	var none *observe.Segments
	none.Send(&observe.Segment{})
	if err := none.Close(); err != nil {
		t.Error(err)
	}
	if _, err := observe.OpenSegments("no port", slog.New(slog.DiscardHandler)); err == nil {
		t.Error("an address without port was taken")
	}
	var told bytes.Buffer
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := conn.LocalAddr().String()
	conn.Close()
	gone, err := observe.OpenSegments(address, slog.New(slog.NewTextHandler(&told, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		gone.Send(&observe.Segment{})
	}
	if err := gone.Close(); err != nil {
		t.Error(err)
	}
	gone.Send(&observe.Segment{})
}
