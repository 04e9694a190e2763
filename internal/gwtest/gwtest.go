// Package gwtest runs the whole server in the test process and holds fixtures against it.
//
// [Start] gives a server on ports that the system chose, [NewBackend] a back end that records what it
// is sent, and [RunFixtures] runs conformance/*.txtar: black-box descriptions of the data plane
// that need no Go to read. It is imported by tests only. Start reading at [Start]; fixture.go says what
// a fixture is.
package gwtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/internal/server"
)

// Config says what is different from the usual server of a test: everything in memory, no
// authentication, and nothing logged.
type Config struct {
	// Log, if not nil, gets what the server logs.
	Log io.Writer

	// Change, if not nil, changes the server's configuration before the start.
	Change func(*server.Config)
}

// Server is a running server.
type Server struct {
	ControlURL  string // http://host:port
	GatewayURL  string
	GatewayAddr string // host:port
	SecureAddr  string // host:port of the gateway with TLS, "" where there is none
	AccountID   string
	Region      string

	logs *stageLogs
	sync func()
}

// TakeLog returns what was written to the log group since the last TakeLog, for access and execution logs of stages.
func (s *Server) TakeLog(group string) string {
	s.sync()
	return s.logs.take(group)
}

// Start runs a server until the test ends. It fails the test if the server can't start or does not
// stop in order.
func Start(t testing.TB, cfg Config) *Server {
	t.Helper()
	config := server.DefaultConfig()
	config.Control, config.Gateway, config.Admin = "127.0.0.1:0", "127.0.0.1:0", server.Off
	config.Data, config.Auth = server.Memory, server.Off
	config.Logger = slog.New(slog.DiscardHandler)
	if cfg.Log != nil {
		config.Logger = slog.New(slog.NewTextHandler(cfg.Log, nil))
	}
	logs := &stageLogs{groups: make(map[string]*bytes.Buffer)}
	config.OpenLog = logs.open
	if cfg.Change != nil {
		cfg.Change(&config)
	}
	s, err := server.Open(context.Background(), config)
	if err != nil {
		t.Fatalf("start server: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("stop server: %v", err)
		}
	})
	return &Server{
		ControlURL: s.ControlURL(), GatewayURL: s.GatewayURL(),
		GatewayAddr: strings.TrimPrefix(s.GatewayURL(), "http://"),
		SecureAddr:  strings.TrimPrefix(s.SecureURL(), "https://"),
		AccountID:   config.AccountID, Region: config.Region,
		logs: logs, sync: s.SyncLogs,
	}
}

// Control makes a call to the control plane, as any HTTP client could, and returns the result. A
// call that is refused is an error with the service's answer.
func (s *Server) Control(method, path string, body []byte) (map[string]any, error) {
	req, err := http.NewRequest(method, s.ControlURL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s %s %s", method, path, resp.Status, resp.Header.Get("x-amzn-ErrorType"), text)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	var result map[string]any
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", method, path, err, text)
	}
	return result, nil
}

// Deploy imports an OpenAPI document as a new API, deploys it to the stage and returns the API's id.
// extra, JSON, has further members of the deployment's request; "" has none.
func (s *Server) Deploy(document, stage, extra string) (api string, err error) {
	if api, err = s.Import(document); err != nil {
		return "", err
	}
	return api, s.deploy(api, stage, extra)
}

// Import imports an OpenAPI document as a new API and returns its id.
func (s *Server) Import(document string) (api string, err error) {
	result, err := s.Control("POST", "/restapis?mode=import&failonwarnings=true", []byte(document))
	if err != nil {
		return "", err
	}
	api, _ = result["id"].(string)
	return api, nil
}

// deploy deploys the API as it is to the stage.
func (s *Server) deploy(api, stage, extra string) error {
	request := map[string]any{}
	if extra != "" {
		if err := json.Unmarshal([]byte(extra), &request); err != nil {
			return fmt.Errorf("deployment's members: %w", err)
		}
	}
	request["stageName"] = stage
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	_, err = s.Control("POST", "/restapis/"+api+"/deployments", body)
	return err
}
