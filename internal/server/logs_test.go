package server_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// TestLogFiles follows a stage's access log into its file, into a new one after that was moved away, and into the next when it is
// full.
func TestLogFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not move a file that is open")
	}
	config := gatedConfig()
	config.Logs, config.LogRotateSize, config.LogRotateKeep = t.TempDir(), 1, 1
	s, err := server.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { ended <- s.Run(ctx) }()
	client := &gwtest.Server{ControlURL: s.ControlURL(), GatewayURL: s.GatewayURL()}
	api, err := client.Deploy(versioned(1), "prod", "")
	if err != nil {
		t.Fatal(err)
	}
	control(t, client, "PATCH", "/restapis/"+api+"/stages/prod", `{"patchOperations": [
		{"op": "replace", "path": "/accessLogSettings/destinationArn", "value": "arn:aws:logs:us-east-1:000000000000:log-group:access/prod"},
		{"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId $context.path `+strings.Repeat("x", 2500)+`"}]}`)
	ask := func(times int) {
		t.Helper()
		for range times {
			if _, err := call(http.DefaultClient, stageURL(client, api, "prod")); err != nil {
				t.Fatal(err)
			}
		}
		s.SyncLogs()
	}
	path := filepath.Join(config.Logs, config.AccountID, config.Region, "access", "prod.log")
	lines := func(path string) int {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "\n")
	}
	ask(2)
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	s.ReopenLogs()
	ask(3)
	if moved, now := lines(path+".moved"), lines(path); moved != 2 || now != 3 {
		t.Errorf("%d lines in the file that was moved and %d in the new one, want 2 and 3", moved, now)
	}
	ask(420) // 2.5 KB each
	if full, now := lines(path+".1"), lines(path); full+now != 423 || full < 350 {
		t.Errorf("%d lines in the full file and %d in the new one, want 423 together", full, now)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}
