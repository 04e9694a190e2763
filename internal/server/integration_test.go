package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// versioned is an API whose every part tells its version: the status, a header and the body of
// GET / come from three places of one deployment.
func versioned(version int) string {
	status := wantOf(version).Status
	return fmt.Sprintf(`{
  "swagger": "2.0", "info": {"title": "versioned", "version": "1"},
  "paths": {"/": {"get": {
    "responses": {"%[2]d": {"description": "", "headers": {"X-Version": {"type": "string"}}}},
    "x-amazon-apigateway-integration": {
      "type": "mock",
      "requestTemplates": {"application/json": "{\"statusCode\": %[2]d}"},
      "responses": {"default": {
        "statusCode": "%[2]d",
        "responseParameters": {"method.response.header.X-Version": "'%[1]d'"},
        "responseTemplates": {"application/json": "{\"version\": %[1]d}"}}}}}}}}`, version, status)
}

// answer is what a client got.
type answer struct {
	Status  int
	Version string // of the header
	Body    string
}

// wantOf is the answer of a whole deployment.
func wantOf(version int) answer {
	return answer{210 + version%50, fmt.Sprint(version), fmt.Sprintf(`{"version": %d}`, version)}
}

// call makes a GET request.
func call(client *http.Client, url string) (answer, error) {
	response, err := client.Get(url)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("X-Version"), string(body)}, err
}

// wantAnswer fails the test unless a stage answers with a version.
func wantAnswer(t *testing.T, s *gwtest.Server, api, stage string, version int) {
	t.Helper()
	got, err := call(http.DefaultClient, stageURL(s, api, stage))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantOf(version), got); diff != "" {
		t.Errorf("%s of %s (-want +got):\n%s", stage, api, diff)
	}
}

func stageURL(s *gwtest.Server, api, stage string) string {
	return s.GatewayURL + "/_aws/execute-api/" + api + "/" + stage + "/"
}

// control calls the control plane.
func control(t *testing.T, s *gwtest.Server, method, path, body string) map[string]any {
	t.Helper()
	result, err := s.Control(method, path, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestRestart stops a server and starts another in its directory.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	keep := func(c *server.Config) { c.Data = dir }
	var apis []string
	paths := []string{"/restapis"}
	before := map[string]map[string]any{}

	t.Run("before", func(t *testing.T) {
		s := gwtest.Start(t, gwtest.Config{Change: keep})
		for i := range 3 {
			api, err := s.Deploy(versioned(i), "prod", "")
			if err != nil {
				t.Fatal(err)
			}
			apis = append(apis, api)
			control(t, s, "PUT", "/restapis/"+api+"?mode=overwrite", versioned(i+10))
			control(t, s, "POST", "/restapis/"+api+"/deployments", `{"stageName": "test", "variables": {"a": "b"}}`)
			paths = append(paths, "/restapis/"+api+"/deployments", "/restapis/"+api+"/stages", "/restapis/"+api+"/resources?embed=methods")
		}
		for _, path := range paths {
			before[path] = control(t, s, "GET", path, "")
		}
	})
	t.Run("after", func(t *testing.T) {
		s := gwtest.Start(t, gwtest.Config{Change: keep})
		for _, path := range paths {
			if diff := cmp.Diff(before[path], control(t, s, "GET", path, "")); diff != "" {
				t.Errorf("%s (-before +after):\n%s", path, diff)
			}
		}
		for i, api := range apis {
			wantAnswer(t, s, api, "prod", i)
			wantAnswer(t, s, api, "test", i+10)
		}
	})
}

// TestDeletedAPIIsNotServed deletes while the data plane serves.
func TestDeletedAPIIsNotServed(t *testing.T) {
	s := gwtest.Start(t, gwtest.Config{})
	api, err := s.Deploy(versioned(1), "prod", "")
	if err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, s, api, "prod", 1)
	control(t, s, "DELETE", "/restapis/"+api, "")
	got, err := call(http.DefaultClient, stageURL(s, api, "prod"))
	if err != nil || got.Status != 403 {
		t.Errorf("got %+v, error %v, want 403", got, err)
	}
}

// TestRedeployUnderLoad redeploys an API again and again while clients call it. No request
// may fail, every answer comes from one whole deployment, and never from one older than was
// current when the request began. SLUICE_TEST_SOAK=1 is the whole test.
func TestRedeployUnderLoad(t *testing.T) {
	clients, deployments := 16, 40
	if os.Getenv("SLUICE_TEST_SOAK") != "" {
		clients, deployments = 200, 500
	}
	dir := t.TempDir()
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) { c.Data = dir }})
	api, err := s.Deploy(versioned(0), "prod", "")
	if err != nil {
		t.Fatal(err)
	}
	var current, calls atomic.Int64
	var calling sync.WaitGroup
	done := make(chan struct{})
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	for range clients {
		calling.Go(func() {
			client := &http.Client{Transport: transport}
			for {
				select {
				case <-done:
					return
				default:
				}
				oldest := current.Load()
				if problem := checkVersion(client, stageURL(s, api, "prod"), int(oldest)); problem != nil {
					t.Error(problem)
					return
				}
				calls.Add(1)
			}
		})
	}
	for version := 1; version <= deployments; version++ {
		control(t, s, "PUT", "/restapis/"+api+"?mode=overwrite", versioned(version))
		control(t, s, "POST", "/restapis/"+api+"/deployments", `{"stageName": "prod"}`)
		current.Store(int64(version))
	}
	close(done)
	calling.Wait()
	wantAnswer(t, s, api, "prod", deployments)
	t.Logf("%d requests of %d clients during %d deployments", calls.Load(), clients, deployments)
}

// checkVersion calls the versioned API and says what is wrong with the answer.
func checkVersion(client *http.Client, url string, oldest int) error {
	got, err := call(client, url)
	if err != nil {
		return err
	}
	var body struct{ Version int }
	if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
		return fmt.Errorf("got %+v: %w", got, err)
	}
	if got != wantOf(body.Version) {
		return fmt.Errorf("got %+v, a mixture of deployments", got)
	}
	if body.Version < oldest {
		return fmt.Errorf("got version %d after version %d was deployed", body.Version, oldest)
	}
	return nil
}

// TestShutdownLosesNothing stops the server while requests wait for the back end.
func TestShutdownLosesNothing(t *testing.T) {
	const requests = 20
	backend := newGate(t)
	config := gatedConfig()
	s, err := server.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	url := deployProxy(t, s, backend.url)

	answers := make(chan error, requests)
	for range requests {
		go func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			got, err := call(client, url)
			if err == nil && (got.Status != 200 || got.Body != "done") {
				err = fmt.Errorf("got %+v", got)
			}
			answers <- err
		}()
	}
	for range requests {
		<-backend.waiting
	}
	stop()
	waitRefused(t, strings.TrimPrefix(s.GatewayURL(), "http://"))
	select {
	case err := <-ended:
		t.Fatalf("the server ended with %d requests in flight: %v", requests, err)
	default:
	}
	close(backend.open)
	for range requests {
		if err := <-answers; err != nil {
			t.Errorf("a request in flight was lost: %v", err)
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}

// TestShutdownIsBounded stops the server while a request waits for ever, for as long as the
// configuration says, and until Abort.
func TestShutdownIsBounded(t *testing.T) {
	tests := []struct {
		name    string
		timeout time.Duration
		abort   bool
	}{
		{"timeout", 20 * time.Millisecond, false},
		{"abort", time.Hour, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			backend := newGate(t)
			config := gatedConfig()
			config.ShutdownTimeout = tt.timeout
			s, err := server.Open(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			url := deployProxy(t, s, backend.url)
			go func() { _, _ = call(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, url) }()
			<-backend.waiting
			stop()
			if tt.abort {
				s.Abort()
				s.Abort()
			}
			if err := <-ended; err == nil || !strings.Contains(err.Error(), "broken off") {
				t.Errorf("got error %v, want that a request was broken off", err)
			}
		})
	}
}

// gatedConfig is a server in memory that trusts everyone.
func gatedConfig() server.Config {
	config := server.DefaultConfig()
	config.Control, config.Gateway, config.Admin = "127.0.0.1:0", "127.0.0.1:0", server.Off
	config.Data, config.Auth, config.LogOutput = server.Memory, server.Off, io.Discard
	return config
}

// gate is a back end whose answers wait.
type gate struct {
	url     string
	waiting chan struct{} // gets a value for each request that waits
	open    chan struct{} // closed to let them be answered
}

// newGate starts a gate that ends with the test.
func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{waiting: make(chan struct{}, 100), open: make(chan struct{})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.url = "http://" + listener.Addr().String()
	ended := make(chan struct{})
	backend := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.waiting <- struct{}{}
		select {
		case <-g.open:
		case <-ended:
		}
		_, _ = io.WriteString(w, "done")
	})}
	served := make(chan struct{})
	go func() { _ = backend.Serve(listener); close(served) }()
	t.Cleanup(func() {
		close(ended)
		_ = backend.Close()
		<-served
	})
	return g
}

// deployProxy deploys an API that passes GET / on, and returns its address.
func deployProxy(t *testing.T, s *server.Server, target string) string {
	t.Helper()
	client := &gwtest.Server{ControlURL: s.ControlURL(), GatewayURL: s.GatewayURL()}
	api, err := client.Deploy(fmt.Sprintf(`{
  "swagger": "2.0", "info": {"title": "proxy", "version": "1"},
  "paths": {"/": {"get": {
    "responses": {},
    "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": "%s/"}}}}}`, target), "prod", "")
	if err != nil {
		t.Fatal(err)
	}
	return stageURL(client, api, "prod")
}

// waitRefused waits until nobody listens at an address.
func waitRefused(t *testing.T, address string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		_, _ = bufio.NewReader(conn).ReadByte() // ends when the other side closes
		_ = conn.Close()
	}
	t.Fatalf("%s still accepts", address)
}
