package server_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// calling is an API with an HTTP integration at / and one with SQS at /sqs.
func calling(uri string) string {
	return fmt.Sprintf(`{
  "swagger": "2.0", "info": {"title": "calling", "version": "1"},
  "paths": {
    "/": {"get": {"x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": %q}}},
    "/sqs": {"get": {
      "responses": {"200": {"description": ""}},
      "x-amazon-apigateway-integration": {"type": "aws", "httpMethod": "GET", "uri": "arn:aws:apigateway:us-east-1:sqs:path/x", "responses": {"default": {"statusCode": "200"}}}}}}}`, uri)
}

// TestAddresses: integrations reach what the settings let them reach, endpoints of AWS services what the operator
// names.
func TestAddresses(t *testing.T) {
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	tests := []struct {
		name         string
		uri          string // instead of the back end's
		change       func(*server.Config)
		status, aws  int
		wantInTheLog string
	}{
		{name: "usual", status: 200, aws: 200},
		{name: "metadata service", uri: "http://169.254.169.254/latest/meta-data/", status: 500, aws: 200, wantInTheLog: "Invalid endpoint address"},
		{name: "metadata service as 6to4", uri: "http://[2002:a9fe:a9fe::]/", status: 500, aws: 200, wantInTheLog: "Invalid endpoint address"},
		{name: "metadata service as IPv4 in IPv6", uri: "http://[::ffff:169.254.169.254]/", status: 500, aws: 200, wantInTheLog: "Invalid endpoint address"},
		{name: "denied", change: func(c *server.Config) { c.DenyAddresses = []netip.Prefix{loopback} }, status: 500, aws: 200, wantInTheLog: "Invalid endpoint address"},
		{name: "denied but for one", change: func(c *server.Config) {
			c.DenyAddresses, c.AllowAddresses = []netip.Prefix{loopback}, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		}, status: 200, aws: 200},
		{name: "no credentials", change: func(c *server.Config) {
			endpoint := c.Getenv("AWS_ENDPOINT_URL")
			c.Getenv = func(name string) string {
				if name == "AWS_ENDPOINT_URL" {
					return endpoint
				}
				return ""
			}
		}, status: 200, aws: 500, wantInTheLog: "no AWS credentials"},
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			backend := gwtest.NewBackend(t)
			log := new(lockedBuffer)
			s := gwtest.Start(t, gwtest.Config{Log: log, Change: func(c *server.Config) {
				c.Getenv = func(name string) string {
					return map[string]string{"AWS_ENDPOINT_URL": "http://" + backend.Addr, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}[name]
				}
				if tt.change != nil {
					tt.change(c)
				}
			}})
			uri := tt.uri
			if uri == "" {
				uri = "http://" + backend.Addr + "/"
			}
			api, err := s.Deploy(calling(uri), "v1", "")
			if err != nil {
				t.Fatal(err)
			}
			for path, want := range map[string]int{"": tt.status, "sqs": tt.aws} {
				got, err := call(http.DefaultClient, stageURL(s, api, "v1")+path)
				if err != nil {
					t.Fatal(err)
				}
				if got.Status != want {
					t.Errorf("/%s: status %d, want %d: %s", path, got.Status, want, got.Body)
				}
			}
			if !strings.Contains(log.String(), tt.wantInTheLog) {
				t.Errorf("log without %q:\n%s", tt.wantInTheLog, log.String())
			}
		})
	}
}

func TestAddressSettings(t *testing.T) {
	config, err := server.LoadConfig(server.Sources{Flags: map[string]string{
		"data": server.Memory, "allow-addresses": "169.254.170.2, 10.0.0.0/8", "deny-addresses": "::1,fd00::/8",
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(config.AllowAddresses, config.DenyAddresses)
	if want := "[169.254.170.2/32 10.0.0.0/8] [::1/128 fd00::/8]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, setting := range server.Settings() {
		if slices.Contains([]string{"allow-addresses", "deny-addresses"}, setting.Name) && setting.Default() != "" {
			t.Errorf("default of %s: %q", setting.Name, setting.Default())
		}
	}
	for _, text := range []string{"localhost", "10.0.0.0/33", "10.0.0"} {
		_, err := server.LoadConfig(server.Sources{Flags: map[string]string{"data": server.Memory, "deny-addresses": text}})
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: error %v", text, err)
		}
	}
}

// lockedBuffer keeps what a server logs. It is safe for concurrent use.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
