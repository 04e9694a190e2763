package signing

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/integration"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEndpoint(t *testing.T) {
	tests := []struct {
		name, service, region, partition string
		variables                        []string
		want                             string
		trusted                          bool
	}{
		{name: "AWS", service: "sqs", want: "https://sqs.eu-west-1.amazonaws.com/x"},
		{name: "China", service: "sqs", region: "cn-north-1", partition: "aws-cn", want: "https://sqs.cn-north-1.amazonaws.com.cn/x"},
		{name: "GovCloud", service: "sqs", region: "us-gov-west-1", partition: "aws-us-gov", want: "https://sqs.us-gov-west-1.amazonaws.com/x"},
		{name: "subdomain", service: "photos.s3", want: "https://photos.s3.eu-west-1.amazonaws.com/x"},
		{name: "global", service: "iam", want: "https://iam.amazonaws.com/x"},
		{name: "one for all", service: "sqs", variables: []string{"AWS_ENDPOINT_URL", "http://localhost:4566"}, want: "http://localhost:4566/x", trusted: true},
		{name: "one for the service", service: "states", variables: []string{"AWS_ENDPOINT_URL", "http://localhost:1", "AWS_ENDPOINT_URL_SFN", "http://localhost:2/base/"},
			want: "http://localhost:2/base/x", trusted: true},
		{name: "by the name in the ARN", service: "states", variables: []string{"AWS_ENDPOINT_URL_STATES", "http://localhost:3"}, want: "http://localhost:3/x", trusted: true},
		{name: "hyphen", service: "bedrock-runtime", variables: []string{"AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://localhost:3"}, want: "http://localhost:3/x", trusted: true},
		{name: "another service's", service: "sqs", variables: []string{"AWS_ENDPOINT_URL_SNS", "http://localhost:3"}, want: "https://sqs.eu-west-1.amazonaws.com/x"},
		{name: "streams", service: "streams.dynamodb", variables: []string{"AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "http://127.0.0.1:3"}, want: "http://127.0.0.1:3/x", trusted: true},
		{name: "bucket below a name", service: "photos.s3", variables: []string{"AWS_ENDPOINT_URL_S3", "https://store.example:9000"}, want: "https://photos.store.example:9000/x", trusted: true},
		{name: "bucket at an address", service: "photos.s3", variables: []string{"AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000"}, want: "http://127.0.0.1:9000/photos/x", trusted: true},
		{name: "bucket at localhost", service: "photos.s3", variables: []string{"AWS_ENDPOINT_URL_S3", "http://localhost:9000"}, want: "http://localhost:9000/photos/x", trusted: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := integration.Service{Name: tt.service, Region: tt.region, Partition: tt.partition}
			if sub, name, ok := strings.Cut(tt.service, "."); ok {
				service.Subdomain, service.Name = sub, name
			}
			if service.Region == "" {
				service.Region, service.Partition = "eu-west-1", "aws"
			}
			signer := newTestSigner(t, tt.variables...)
			for range 2 { // the second answer comes from what is kept
				req := &integration.Request{Method: "GET", URI: integration.URI{Path: "/x"}, Timeout: time.Second, Service: service}
				if err := signer.Sign(t.Context(), req); err != nil {
					t.Fatal(err)
				}
				if got := string(req.URI.Append(nil)); got != tt.want || req.Trusted != tt.trusted {
					t.Errorf("got %s, trusted %t; want %s, %t", got, req.Trusted, tt.want, tt.trusted)
				}
			}
		})
	}
}

func TestEndpointRefuses(t *testing.T) {
	for _, text := range []string{"localhost:4566", "ftp://a", "http://", "http://u@a", "http://a?x"} {
		err := newTestSigner(t, "AWS_ENDPOINT_URL", text).Sign(t.Context(), request(""))
		if e := failure(t, err); e.Kind != integration.Configuration || !strings.Contains(e.Reason, "AWS_ENDPOINT_URL") {
			t.Errorf("%s: %v", text, e)
		}
	}
}

// request returns a request to SQS with credentials.
func request(credentials string) *integration.Request {
	return &integration.Request{
		Method: "POST", URI: integration.URI{Path: "/"}, Timeout: 5 * time.Second,
		Service: integration.Service{Name: "sqs", Partition: "aws", Region: "eu-west-1", Credentials: credentials},
	}
}

// failure returns err as what it must be.
func failure(t *testing.T, err error) *integration.Error {
	t.Helper()
	var e *integration.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want an *integration.Error", err)
	}
	return e
}

func TestCaller(t *testing.T) {
	signer := newTestSigner(t)
	req := request(integration.CallerCredentials)
	if e := failure(t, signer.Sign(t.Context(), req)); e.Kind != integration.Configuration || !strings.Contains(e.Reason, "caller") {
		t.Errorf("without a caller: %v", e)
	}
	req.Caller = &integration.Credentials{AccessKeyID: "AKIDCALLER", SecretAccessKey: "s"}
	if err := signer.Sign(t.Context(), req); err != nil || !strings.Contains(req.Headers.Get("Authorization"), "AKIDCALLER") {
		t.Errorf("error %v, headers %v", err, req.Headers)
	}
}

func TestNoCredentials(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		t.Setenv(name, "")
	}
	nowhere := t.TempDir() + "/none"
	t.Setenv("AWS_CONFIG_FILE", nowhere)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
	signer := New(Config{Getenv: environment()})
	defer signer.Close()
	if e := failure(t, signer.Sign(t.Context(), request(""))); e.Kind != integration.Configuration || !strings.Contains(e.Reason, "AWS_ACCESS_KEY_ID") {
		t.Errorf("got %v", e)
	}
}

// TestChain: what the environment's variables do not have, the SDK's default chain may.
func TestChain(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDCHAIN")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	signer := New(Config{Getenv: environment()})
	defer signer.Close()
	req := request("")
	if err := signer.Sign(t.Context(), req); err != nil || !strings.Contains(req.Headers.Get("Authorization"), "AKIDCHAIN") {
		t.Errorf("error %v, headers %v", err, req.Headers)
	}
}

// fakeSTS answers AssumeRole with sessions of an hour that are numbered.
type fakeSTS struct {
	calls  atomic.Int64
	refuse atomic.Bool
	hold   chan struct{} // if not nil, answers wait for it
	ends   func() time.Time
}

func (f *fakeSTS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.hold != nil {
		<-f.hold
	}
	n := f.calls.Add(1)
	if r.FormValue("Action") != "AssumeRole" || f.refuse.Load() {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`)
		return
	}
	_, _ = fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>T%d</SessionToken><Expiration>%s</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`, n, r.FormValue("RoleArn"), n, f.ends().UTC().Format(time.RFC3339))
}

// newRoleSigner returns a signer that asks f for roles, and its clock.
func newRoleSigner(t *testing.T, f *fakeSTS) (*Signer, *atomic.Int64) {
	clock := new(atomic.Int64)
	clock.Store(testTime.Unix())
	now := func() time.Time { return time.Unix(clock.Load(), 0) }
	f.ends = func() time.Time { return now().Add(time.Hour) }
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	s := New(Config{Getenv: environment(append([]string{"AWS_ENDPOINT_URL_STS", server.URL}, testKeys...)...), Now: now})
	t.Cleanup(func() { s.Close(); http.DefaultClient.CloseIdleConnections() })
	return s, clock
}

const testRole = "arn:aws:iam::000000000000:role/caller"

// key returns the access key that a signed request names.
func key(t *testing.T, s *Signer, role string) string {
	t.Helper()
	req := request(role)
	if err := s.Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(req.Headers.Get("Authorization"), "Credential=")
	name, _, _ := strings.Cut(rest, "/")
	if number, ok := strings.CutPrefix(name, "ASIA"); ok && req.Headers.Get(headerToken) != "T"+number {
		t.Errorf("token %q beside key %s", req.Headers.Get(headerToken), name)
	}
	return name
}

// TestRole: one session serves until it is due, then goes on serving while the next one is got.
func TestRole(t *testing.T) {
	f := &fakeSTS{}
	s, clock := newRoleSigner(t, f)
	for range 3 {
		if got := key(t, s, testRole); got != "ASIA1" {
			t.Fatalf("key %s, want that of the first session", got)
		}
	}
	if got := key(t, s, testRole+"2"); got != "ASIA2" {
		t.Fatalf("key %s of another role", got)
	}
	clock.Add(56 * 60) // due, but it holds
	if got := key(t, s, testRole); got != "ASIA1" {
		t.Fatalf("key %s, want that of the session that holds", got)
	}
	s.roles.calls.Wait()
	if got := key(t, s, testRole); got != "ASIA3" {
		t.Fatalf("key %s, want that of the next session", got)
	}
	clock.Add(2 * 60 * 60) // over
	if got := key(t, s, testRole); got != "ASIA4" {
		t.Fatalf("key %s, want a fresh one", got)
	}
}

// TestRoleOnce: many requests wait for one call.
func TestRoleOnce(t *testing.T) {
	f := &fakeSTS{hold: make(chan struct{})}
	s, _ := newRoleSigner(t, f)
	var waiting sync.WaitGroup
	for range 20 {
		waiting.Go(func() {
			if err := s.Sign(t.Context(), request(testRole)); err != nil {
				t.Error(err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if e := failure(t, s.Sign(ctx, request(testRole))); e.Kind != integration.Canceled {
		t.Errorf("client that left: %v", e)
	}
	hurried := request(testRole)
	hurried.Timeout = time.Millisecond
	if e := failure(t, s.Sign(t.Context(), hurried)); e.Kind != integration.Timeout {
		t.Errorf("little time: %v", e)
	}
	close(f.hold)
	waiting.Wait()
	if n := f.calls.Load(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestRoleRefused: the reason is the service's text; a refusal is not asked for again at once, and a
// session outlives the refusal of the next one.
func TestRoleRefused(t *testing.T) {
	f := &fakeSTS{}
	f.refuse.Store(true)
	s, clock := newRoleSigner(t, f)
	for range 3 {
		e := failure(t, s.Sign(t.Context(), request(testRole)))
		if want := "API Gateway does not have permission to assume the provided role " + testRole; e.Kind != integration.Configuration || e.Reason != want {
			t.Fatalf("got %v, want %s", e, want)
		}
	}
	if n := f.calls.Load(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	f.refuse.Store(false)
	clock.Add(1)
	if got := key(t, s, testRole); got != "ASIA2" {
		t.Fatalf("key %s", got)
	}
	f.refuse.Store(true)
	clock.Add(57 * 60)
	for range 2 {
		if got := key(t, s, testRole); got != "ASIA2" {
			t.Fatalf("key %s, want that of the session that holds", got)
		}
		s.roles.calls.Wait()
	}
}

func TestKeepRoles(t *testing.T) {
	s := New(Config{Getenv: environment(testKeys...), KeepRoles: true})
	defer s.Close()
	if got := key(t, s, testRole); got != "AKIDEXAMPLE" {
		t.Errorf("key %s, want the gateway's own", got)
	}
}

// STS is called as back ends are: at addresses that the guard lets through, and with the operator's authorities.
func TestClient(t *testing.T) {
	server := httptest.NewTLSServer(http.RedirectHandler("http://example.com/", http.StatusFound))
	defer server.Close()
	ours := x509.NewCertPool()
	ours.AddCert(server.Certificate())
	refuse := func(addr netip.Addr) error { return fmt.Errorf("integrations may not call %s", addr) }
	tests := []struct {
		name  string
		roots *x509.CertPool
		guard func(netip.Addr) error
		want  string
	}{
		{"no guard", ours, nil, ""},
		{"an address that may be called", ours, func(netip.Addr) error { return nil }, ""},
		{"one that may not", ours, refuse, "integrations may not call 127.0.0.1"},
		{"a certificate that nobody knows", nil, nil, "certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(tt.roots, tt.guard)
			defer client.CloseIdleConnections()
			resp, err := client.Get(server.URL)
			if err == nil {
				_ = resp.Body.Close()
			}
			switch {
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			case tt.want == "" && (err != nil || resp.StatusCode != http.StatusFound):
				t.Errorf("got %v, want the redirect as it is", err)
			}
		})
	}
}

// The guard is not asked about an endpoint that the operator named.
func TestNamedEndpointIsNotGuarded(t *testing.T) {
	f := &fakeSTS{ends: func() time.Time { return testTime.Add(time.Hour) }}
	server := httptest.NewServer(f)
	defer server.Close()
	s := New(Config{
		Getenv: environment(append([]string{"AWS_ENDPOINT_URL_STS", server.URL}, testKeys...)...),
		Guard:  func(netip.Addr) error { return errors.New("asked") },
		Now:    func() time.Time { return testTime },
	})
	defer s.Close()
	if got := key(t, s, testRole); got != "ASIA1" {
		t.Errorf("key %s, want that of the session", got)
	}
}
