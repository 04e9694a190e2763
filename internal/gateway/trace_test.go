package gateway_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/observe"
)

// tracedGateway returns a gateway whose stage traces requests, and how to receive the segments that it sends: nil where none
// comes that was sent before.
func tracedGateway(t *testing.T, w *world, now func() time.Time, random func() uint64) (*gateway.Gateway, func() map[string]any) {
	t.Helper()
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	segments, err := observe.OpenSegments(daemon.LocalAddr().String(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { segments.Close(); daemon.Close() })
	w.stage.TracingEnabled = new(true)
	table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(t)})
	if err != nil {
		t.Fatal(err)
	}
	gw := gateway.New(gateway.Config{HTTP: w, Segments: segments, Now: now, Random: random})
	gw.Swap(table)
	return gw, func() map[string]any {
		t.Helper()
		// A datagram on the loopback is there when its sending returns; this one ends the wait.
		segments.Send(&observe.Segment{Name: "end"})
		buf := make([]byte, 64<<10)
		var found map[string]any
		for {
			if err := daemon.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			n, _, err := daemon.ReadFrom(buf)
			if err != nil {
				t.Fatal(err)
			}
			_, document, _ := strings.Cut(string(buf[:n]), "\n")
			var segment map[string]any
			if err := json.Unmarshal([]byte(document), &segment); err != nil {
				t.Fatal(err)
			}
			if segment["name"] == "end" {
				return found
			}
			found = segment
		}
	}
}

// The first request of a second is traced; of the others those that the client traces, and some. A traced one's segment is the
// Parent of what the back end records.
//
// AWS: Set up AWS X-Ray with API Gateway REST APIs.
func TestActiveTracing(t *testing.T) {
	const root = "1-65a1b2c3-0123456789abcdef01234567"
	counter, now := uint64(0), arrival
	random := func() uint64 { counter += 1_000_003; return counter*100 + 50 } // never below 5 of 100
	w := newWorld().method("GET", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/p?q=1", nil)).answer(200, "hi")
	gw, receive := tracedGateway(t, w, func() time.Time { return now }, random)
	tests := []struct {
		name, header string
		sampled      bool
		root, parent string // that the client sent
	}{
		{"the first of a second", "", true, "", ""},
		{"the next", "", false, "", ""},
		{"a client that traces", "Root=" + root + ";Parent=00000000000000bb;Sampled=1", true, root, "00000000000000bb"},
		{"a client that does not", "Root=" + root + ";Parent=00000000000000bb;Sampled=0", false, root, "00000000000000bb"},
		{"a client that leaves it to others", "Root=" + root + ";Sampled=?", false, root, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request := "GET /v1?x=1\n"
			if tt.header != "" {
				request += "X-Amzn-Trace-Id: " + tt.header + "\n"
			}
			answer := serve(gw, request+"\n")
			sent := w.sent.Headers.Get("X-Amzn-Trace-Id")
			if !strings.Contains(answer, "X-Amzn-Trace-Id: "+sent+"\n") {
				t.Errorf("the back end saw %s, and the client not:\n%s", sent, answer)
			}
			var gotRoot, gotParent, gotSampled string
			if _, err := fmt.Sscanf(strings.ReplaceAll(sent, ";", " "), "Root=%s Parent=%s Sampled=%s", &gotRoot, &gotParent, &gotSampled); err != nil {
				t.Fatalf("%s: %v", sent, err)
			}
			if want := map[bool]string{true: "1", false: "0"}[tt.sampled]; gotSampled != want || tt.root != "" && gotRoot != tt.root {
				t.Errorf("the back end saw %s, want Sampled=%s and the client's Root", sent, want)
			}
			segment := receive()
			if !tt.sampled {
				if segment != nil || tt.parent != "" && gotParent != tt.parent {
					t.Errorf("the back end saw %s, and there is the segment %v", sent, segment)
				}
				return
			}
			parent, _ := segment["parent_id"].(string)
			if segment["trace_id"] != gotRoot || segment["id"] != gotParent || gotParent == tt.parent || parent != tt.parent || segment["name"] != "test/v1" {
				t.Errorf("the back end saw %s, and there is the segment %v", sent, segment)
			}
			calls, _ := segment["subsegments"].([]any)
			if len(calls) != 1 || calls[0].(map[string]any)["name"] != "http://h/p" || calls[0].(map[string]any)["namespace"] != "remote" {
				t.Errorf("subsegments %v", calls)
			}
		})
	}
	now = now.Add(time.Second)
	serve(gw, "GET /v1\n\n")
	if receive() == nil {
		t.Error("the first of the next second has no segment")
	}
	counter, random = 0, nil
	w.backend = func(*integration.Request, *integration.Response) error {
		return &integration.Error{Kind: integration.Timeout}
	}
	serve(gw, "GET /v1/none\nX-Amzn-Trace-Id: Root="+root+";Sampled=1\n\n")
	if got := receive(); got["error"] != true || got["subsegments"] != nil {
		t.Errorf("a request to no method has the segment %v", got)
	}
	serve(gw, "GET /v1\nX-Amzn-Trace-Id: Root="+root+";Sampled=1\n\n")
	got := receive()
	calls, _ := got["subsegments"].([]any)
	if got["fault"] != true || len(calls) != 1 || calls[0].(map[string]any)["fault"] != true {
		t.Errorf("a call that failed has the segment %v", got)
	}
}

// A stage that does not trace passes headers on, and so does one that did.
func TestPassiveTracing(t *testing.T) {
	w := newWorld().method("GET", "/", httpMethod(apigw.IntegrationTypeHttp, "http://h/", nil))
	gw, receive := tracedGateway(t, w, func() time.Time { return arrival }, func() uint64 { return 0 })
	serve(gw, "GET /v1\n\n")
	if receive() == nil {
		t.Error("a stage that traces sent no segment")
	}
	w.stage.TracingEnabled = nil
	table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(t)})
	if err != nil {
		t.Fatal(err)
	}
	gw.Swap(table)
	const given = "Root=1-65a1b2c3-0123456789abcdef01234567;Parent=00000000000000bb;Sampled=1"
	serve(gw, "GET /v1\nX-Amzn-Trace-Id: "+given+"\n\n")
	if diff := cmp.Diff(given, w.sent.Headers.Get("X-Amzn-Trace-Id")); diff != "" || receive() != nil {
		t.Errorf("a stage that does not trace sent a segment, or another header:\n%s", diff)
	}
}
