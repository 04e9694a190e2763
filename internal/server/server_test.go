package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// testConfig is a server on free ports that keeps nothing.
func testConfig() Config {
	config := DefaultConfig()
	config.Control, config.Gateway, config.Admin = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	config.Data, config.Auth = Memory, Off
	config.Logger = slog.New(slog.DiscardHandler)
	return config
}

// start runs a server until the test, or stop, ends it.
func start(t *testing.T, config Config) (s *Server, stop func()) {
	t.Helper()
	s, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return s, stop
}

// get returns the status and the body of an address.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// client returns the official client for a server, with a key for a region.
func client(s *Server, region, id, secret string) *apigateway.Client {
	return apigateway.New(apigateway.Options{
		Region:       region,
		BaseEndpoint: aws.String(s.ControlURL()),
		Credentials:  credentials.NewStaticCredentialsProvider(id, secret, ""),
		Retryer:      aws.NopRetryer{},
	})
}

// apiNames returns the names of the REST APIs that a client sees.
func apiNames(t *testing.T, c *apigateway.Client) []string {
	t.Helper()
	out, err := c.GetRestApis(t.Context(), &apigateway.GetRestApisInput{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, api := range out.Items {
		names = append(names, *api.Name)
	}
	return names
}

// createAPI creates a REST API.
func createAPI(t *testing.T, c *apigateway.Client, name string) {
	t.Helper()
	if _, err := c.CreateRestApi(t.Context(), &apigateway.CreateRestApiInput{Name: &name}); err != nil {
		t.Fatal(err)
	}
}

func TestAdmin(t *testing.T) {
	s, err := Open(t.Context(), testConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	admin := adminHandler(&s.ready, s.metrics, &s.faults)
	ask := func(path string) (int, string) {
		w := &recorder{header: http.Header{}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		admin.ServeHTTP(w, r)
		return w.status, w.body.String()
	}
	if status, _ := ask("/livez"); status != 200 {
		t.Errorf("/livez: got %d", status)
	}
	if status, _ := ask("/readyz"); status != 503 {
		t.Errorf("/readyz before Run: got %d, want 503", status)
	}
	s.ready.ready.Store(true)
	if status, _ := ask("/readyz"); status != 200 {
		t.Errorf("/readyz: got %d", status)
	}
	if status, body := ask("/metrics"); status != 200 || !strings.Contains(body, "sluice_stages 0") {
		t.Errorf("/metrics: got %d, %q", status, body)
	}
	if status, _ := ask("/debug/pprof/"); status != 200 {
		t.Errorf("/debug/pprof/: got %d", status)
	}
	if status, _ := ask("/other"); status != 404 {
		t.Errorf("/other: got %d, want 404", status)
	}
}

// recorder is a response in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = 200
	}
	return r.body.Write(p)
}

func TestMetricsCount(t *testing.T) {
	s, _ := start(t, testConfig())
	createAPI(t, client(s, "us-east-1", "000000000000", "any"), "counted")
	if status, _ := get(t, s.GatewayURL()+"/nothing/here"); status != 403 {
		t.Errorf("got status %d from the gateway, want 403", status)
	}
	_, metrics := get(t, s.AdminURL()+"/metrics")
	for _, want := range []string{
		`sluice_control_requests_total{operation="CreateRestApi",status="201"} 1`,
		`sluice_gateway_requests_total{class="4xx"} 1`,
		`sluice_gateway_requests_in_flight 0`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("%s is not among the metrics", want)
		}
	}
}

func TestAccountsAndRegionsAreApart(t *testing.T) {
	s, _ := start(t, testConfig())
	for _, account := range []string{"111111111111", "222222222222"} {
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			createAPI(t, client(s, region, account, "any"), account+" "+region)
		}
	}
	for _, account := range []string{"111111111111", "222222222222"} {
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			got := apiNames(t, client(s, region, account, "any"))
			if diff := cmp.Diff([]string{account + " " + region}, got); diff != "" {
				t.Errorf("account %s in %s (-want +got):\n%s", account, region, diff)
			}
		}
	}
	if got := apiNames(t, client(s, "us-east-1", "333333333333", "any")); len(got) != 0 {
		t.Errorf("another account sees %q", got)
	}
}

func TestAuthVerify(t *testing.T) {
	config := testConfig()
	config.Auth, config.Data, config.AccountID = Verify, t.TempDir(), "444444444444"
	s, stop := start(t, config)
	key := s.FirstKey()
	if key == nil || key.AccountID != config.AccountID {
		t.Fatalf("got first key %+v, want one of account %s", key, config.AccountID)
	}
	createAPI(t, client(s, "us-east-1", key.ID, key.Secret), "signed")
	wantCode(t, client(s, "us-east-1", "AKSLOTHER", key.Secret), "UnrecognizedClientException")
	wantCode(t, client(s, "us-east-1", key.ID, "wrong"), "InvalidSignatureException")
	response, err := http.Get(s.ControlURL() + "/restapis")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if got := response.Header.Get("X-Amzn-ErrorType"); response.StatusCode != 403 || got != "MissingAuthenticationTokenException" {
		t.Errorf("unsigned: got status %d, %s", response.StatusCode, got)
	}
	stop()

	// The key outlives the process, and there is no second first key.
	s, _ = start(t, config)
	if s.FirstKey() != nil {
		t.Error("a start with an old store made another key")
	}
	if diff := cmp.Diff([]string{"signed"}, apiNames(t, client(s, "us-east-1", key.ID, key.Secret))); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
}

// wantCode fails the test unless the service refuses the client with that error.
func wantCode(t *testing.T, c *apigateway.Client, want string) {
	t.Helper()
	_, err := c.GetRestApis(t.Context(), &apigateway.GetRestApisInput{})
	var failure smithy.APIError
	if !errors.As(err, &failure) || failure.ErrorCode() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// TestWebPagesGiveNoOrders sends what a browser would send for a page of another site.
func TestWebPagesGiveNoOrders(t *testing.T) {
	s, _ := start(t, testConfig())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.ControlURL()+"/restapis", strings.NewReader(`{"name": "evil"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/plain")
	request.Header.Set("Origin", "https://attacker.example")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != 403 {
		t.Errorf("got status %d, want 403", response.StatusCode)
	}
	if got := apiNames(t, client(s, "us-east-1", "000000000000", "any")); len(got) != 0 {
		t.Errorf("a web page made %q", got)
	}
}

// TestKeysBelongToAccounts has one key for each of two accounts.
func TestKeysBelongToAccounts(t *testing.T) {
	config := testConfig()
	config.Auth, config.Data = Verify, t.TempDir()
	keys, err := OpenKeys(config.Data)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]AccessKey{}
	for _, account := range []string{"111111111111", "222222222222"} {
		if made[account], err = keys.Create(t.Context(), account); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keys.Create(t.Context(), "12"); err == nil {
		t.Error("a key was made for an account that cannot be")
	}
	if err := keys.Close(); err != nil {
		t.Fatal(err)
	}
	s, _ := start(t, config)
	for account, key := range made {
		createAPI(t, client(s, "us-east-1", key.ID, key.Secret), "of "+account)
	}
	for account, key := range made {
		got := apiNames(t, client(s, "us-east-1", key.ID, key.Secret))
		if diff := cmp.Diff([]string{"of " + account}, got); diff != "" {
			t.Errorf("account %s (-want +got):\n%s", account, diff)
		}
	}
}

func TestOpenTellsWhatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	dir := t.TempDir()
	open := func(change func(*Config)) error {
		config := testConfig()
		config.Data = dir
		change(&config)
		s, err := Open(t.Context(), config)
		if err != nil {
			return err
		}
		return s.Close()
	}
	address := taken.Addr().String()
	tests := []struct {
		name, want, hint string
		change           func(*Config)
	}{
		{"control", "control: listen tcp " + address, "--control", func(c *Config) { c.Control = address }},
		{"gateway", "gateway: listen tcp " + address, "--gateway", func(c *Config) { c.Gateway = address }},
		{"admin", "admin: listen tcp " + address, "--admin", func(c *Config) { c.Admin = address }},
		{"trust", "trust: open nowhere.pem", "", func(c *Config) { c.TrustFiles = []string{"nowhere.pem"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := open(tt.change)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got error %v, want %q", err, tt.want)
			}
			var advice interface{ Hint() string }
			if tt.hint != "" && (!errors.As(err, &advice) || !strings.Contains(advice.Hint(), tt.hint)) {
				t.Errorf("there is no hint at %s", tt.hint)
			}
			// What had been opened before is closed: the next attempt succeeds.
			if err := open(func(*Config) {}); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestOpenChecksTheConfiguration(t *testing.T) {
	config := testConfig()
	config.Region, config.Control = "", "0.0.0.0:0"
	_, err := Open(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "region:") || !strings.Contains(err.Error(), "auth:") {
		t.Errorf("got error %v, want both problems", err)
	}
}
