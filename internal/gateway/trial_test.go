package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// slowStream has a first part, and then, if it hangs, nothing until it is interrupted.
type slowStream struct {
	first io.Reader
	hangs bool

	once        sync.Once
	interrupted chan struct{}
	closed      bool
}

func (s *slowStream) Read(p []byte) (int, error) {
	if n, err := s.first.Read(p); n > 0 || err != io.EOF || !s.hangs {
		return n, err
	}
	<-s.interrupted
	return 0, &integration.Error{Kind: integration.Canceled}
}

func (s *slowStream) Interrupt() { s.once.Do(func() { close(s.interrupted) }) }

func (s *slowStream) Close() error { s.closed = true; return nil }

// A test collects a streamed response for as long and as far as it may, and shows no log.
func TestTrialOfStreams(t *testing.T) {
	const limit = 20 * time.Millisecond
	tests := []struct {
		name    string
		timeout int32 // of the integration, in milliseconds
		body    string
		hangs   bool
		failure error
		status  int
		length  int
	}{
		{"a whole one", 0, "hello", false, nil, 200, 5},
		{"more than a mebibyte", 0, strings.Repeat("x", 3<<20), false, nil, 200, 1 << 20},
		{"one that does not end in time", 0, "begun", true, nil, 200, 5},
		{"one that does not begin in time", 60_000, "", false, &integration.Error{Kind: integration.Timeout}, 0, 0},
		{"an integration with less time than a test", 1, "", false, &integration.Error{Kind: integration.Timeout}, 504, len(`{"message": "Endpoint request timed out"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stream := &slowStream{first: bytes.NewReader([]byte(tt.body)), hangs: tt.hangs, interrupted: make(chan struct{})}
			w := newWorld().method("GET", "/", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", func(m *apigw.Method) {
				m.MethodIntegration.ResponseTransferMode = new(apigw.ResponseTransferModeStream)
				if tt.timeout > 0 {
					m.MethodIntegration.TimeoutInMillis = &tt.timeout
				}
			}))
			w.backend = func(_ *integration.Request, resp *integration.Response) error {
				if tt.failure != nil {
					return tt.failure
				}
				resp.Status, resp.Stream, resp.StreamLength = 200, stream, -1
				return nil
			}
			gw := w.open(t)
			st := w.bind(t)[0]
			x := gateway.Acquire()
			log := gw.Try(t.Context(), x, &gateway.Trial{Stage: st, Method: st.Plan.Methods[0], Verb: "GET", Path: "/", StreamTimeout: limit})
			got := fmt.Sprint(x.Response.Status, len(x.Response.Body), x.Response.Stream, log)
			x.Release()
			if diff := cmp.Diff(fmt.Sprint(tt.status, tt.length, nil, ""), got); diff != "" {
				t.Errorf("status, length, stream and log differ (-want +got):\n%s", diff)
			}
			if tt.failure == nil && !stream.closed {
				t.Error("the stream was not closed")
			}
		})
	}
}
