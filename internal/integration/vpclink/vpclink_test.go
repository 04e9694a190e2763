package vpclink_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// endpoints is the next integration: it notes where calls go.
type endpoints struct {
	mu     sync.Mutex
	called []string                                            // addresses
	answer func(address string, r *integration.Response) error // nil answers 200
}

func (e *endpoints) Call(_ context.Context, req *integration.Request, resp *integration.Response) error {
	e.mu.Lock()
	e.called = append(e.called, req.Address)
	e.mu.Unlock()
	if e.answer != nil {
		return e.answer(req.Address, resp)
	}
	resp.Status = 200
	return nil
}

// take returns the addresses that were called since it was last called.
func (e *endpoints) take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	called := e.called
	e.called = nil
	return called
}

// refusal is the failure of a call whose connection was refused.
func refusal() error {
	return &integration.Error{Kind: integration.Network, Unsent: true, Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}
}

// newLinks returns links that exist, checked by nobody unless the targets say so.
func newLinks(t *testing.T, cfg vpclink.Config) *vpclink.Integration {
	t.Helper()
	v := vpclink.New(cfg)
	t.Cleanup(v.Close)
	v.SetLinks(map[vpclink.Key]vpclink.Link{
		{AccountID: "1", Region: "r", ID: "abc123"}: {Name: "orders", Targets: []string{"arn:nlb"}},
		{AccountID: "1", Region: "r", ID: "other1"}: {Name: "other", Targets: []string{"arn:other"}},
		{AccountID: "2", Region: "r", ID: "theirs"}: {Name: "theirs"},
	})
	return v
}

func unchecked(addresses ...string) vpclink.Targets {
	return vpclink.Targets{Addresses: addresses, Balance: vpclink.RoundRobin, Health: vpclink.HealthCheck{Protocol: vpclink.Unchecked}}
}

func request(link *integration.Link) *integration.Request {
	return &integration.Request{Method: "POST", Link: link, Timeout: time.Minute}
}

func TestWhereALinkLeads(t *testing.T) {
	const id, target = "abc123", "arn:alb"
	tests := []struct {
		name       string
		configured []string
		link       *integration.Link
		want       string // the address or the error
	}{
		{"no link", []string{id}, nil, ""},
		{"by id", []string{id, "orders", "arn:nlb"}, &integration.Link{AccountID: "1", Region: "r", ID: id}, "abc123:80"},
		{"by name", []string{"orders", "arn:nlb"}, &integration.Link{AccountID: "1", Region: "r", ID: id}, "orders:80"},
		{"by target", []string{"arn:nlb"}, &integration.Link{AccountID: "1", Region: "r", ID: id}, "nlb:80"},
		{"by the integration's target", []string{id, target}, &integration.Link{AccountID: "1", Region: "r", ID: id, Target: target}, "alb:80"},
		{"the integration's target is not configured", []string{id}, &integration.Link{AccountID: "1", Region: "r", ID: id, Target: target}, "abc123:80"},
		{"second version", []string{"vpclink_v2"}, &integration.Link{AccountID: "1", Region: "r", ID: "vpclink_v2"}, "vpclink_v2:80"},
		{"not configured", []string{"orders"}, &integration.Link{AccountID: "1", Region: "r", ID: "other1"},
			"configuration error: VPC link other1 has no addresses: name it under vpc_links in the configuration"},
		{"gone", []string{id}, &integration.Link{AccountID: "1", Region: "r", ID: "gone"}, "configuration error: VPC link gone does not exist"},
		{"of another account", []string{"theirs-too"}, &integration.Link{AccountID: "1", Region: "r", ID: "theirs"}, "configuration error: VPC link theirs does not exist"},
		{"no stage variable", []string{id}, &integration.Link{AccountID: "1", Region: "r"}, "configuration error: the VPC link's stage variable is not set"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := &endpoints{}
			links := map[string]vpclink.Targets{}
			for _, name := range tt.configured {
				links[name] = unchecked(strings.TrimPrefix(name, "arn:") + ":80")
			}
			v := newLinks(t, vpclink.Config{Next: next, Links: links})
			req := request(tt.link)
			got := ""
			if err := v.Call(t.Context(), req, new(integration.Response)); err != nil {
				got = err.Error()
			} else {
				got = strings.Join(next.take(), " ")
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if req.Address != "" || req.Trusted || req.Timeout != time.Minute {
				t.Errorf("the request is left changed: %+v", req)
			}
		})
	}
}

func TestRoundRobin(t *testing.T) {
	next := &endpoints{}
	v := newLinks(t, vpclink.Config{Next: next, Links: map[string]vpclink.Targets{"orders": unchecked("a:1", "b:1", "c:1")}})
	for range 6 {
		if err := v.Call(t.Context(), request(&integration.Link{AccountID: "1", Region: "r", ID: "abc123"}), new(integration.Response)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"b:1", "c:1", "a:1", "b:1", "c:1", "a:1"}, next.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// body is a streamed body without bytes.
type body struct{}

func (body) Read([]byte) (int, error) { return 0, nil }
func (body) Interrupt()               {}
func (body) Close() error             { return nil }

func TestLeastPending(t *testing.T) {
	next := &endpoints{answer: func(_ string, r *integration.Response) error { r.Stream = body{}; return nil }}
	targets := unchecked("a:1", "b:1", "c:1")
	targets.Balance = vpclink.LeastPending
	v := newLinks(t, vpclink.Config{Next: next, Links: map[string]vpclink.Targets{"orders": targets}})
	link := &integration.Link{AccountID: "1", Region: "r", ID: "abc123"}
	answers := make([]integration.Response, 7)
	call := func(i int) string {
		t.Helper()
		if err := v.Call(t.Context(), request(link), &answers[i]); err != nil {
			t.Fatal(err)
		}
		return next.take()[0]
	}
	seen := map[string]int{}
	where := make([]string, 6)
	for i := range where {
		where[i] = call(i)
		seen[where[i]]++
	}
	if diff := cmp.Diff(map[string]int{"a:1": 2, "b:1": 2, "c:1": 2}, seen); diff != "" {
		t.Fatalf("six calls that all wait (-want +got):\n%s", diff)
	}
	answers[4].Reset() // closes the stream: its target has one call less than the others
	if got := call(6); got != where[4] {
		t.Errorf("got %s, want %s, which has the fewest calls in flight", got, where[4])
	}
	for i := range answers {
		answers[i].Reset()
	}
	for _, s := range v.Stats() {
		if s.Pending != 0 || s.Calls < 2 || !s.Healthy || s.Link != "orders" {
			t.Errorf("got %+v, want nothing pending", s)
		}
	}
}

func TestRefusedConnectionsGoElsewhere(t *testing.T) {
	link := &integration.Link{AccountID: "1", Region: "r", ID: "abc123"}
	tests := []struct {
		name   string
		fail   map[string]error
		called []string
		want   string
	}{
		{"one refuses", map[string]error{"b:1": refusal()}, []string{"b:1", "c:1"}, ""},
		{"all refuse", map[string]error{"a:1": refusal(), "b:1": refusal(), "c:1": refusal()}, []string{"b:1", "c:1", "a:1"}, "network error"},
		{"sent, then broken", map[string]error{"b:1": &integration.Error{Kind: integration.Network}}, []string{"b:1"}, "network error"},
		{"timeout", map[string]error{"b:1": &integration.Error{Kind: integration.Timeout, Unsent: true}}, []string{"b:1"}, "timeout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := &endpoints{answer: func(address string, _ *integration.Response) error { return tt.fail[address] }}
			v := newLinks(t, vpclink.Config{Next: next, Links: map[string]vpclink.Targets{"orders": unchecked("a:1", "b:1", "c:1")}})
			err := v.Call(t.Context(), request(link), new(integration.Response))
			got := ""
			if failure := (*integration.Error)(nil); errors.As(err, &failure) {
				got = failure.Kind.String()
			}
			if got != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if diff := cmp.Diff(tt.called, next.take()); diff != "" {
				t.Errorf("called (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHealth takes a target through the checks that fail and those that pass again.
func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		sick := map[string]bool{}
		set := func(address string, is bool) {
			mu.Lock()
			defer mu.Unlock()
			sick[address] = is
		}
		next := &endpoints{}
		v := vpclink.New(vpclink.Config{
			Next: next,
			Links: map[string]vpclink.Targets{"orders": {
				Addresses: []string{"a:1", "b:1"}, Health: vpclink.HealthCheck{Interval: time.Second, Rise: 3, Fall: 2},
			}},
			Probe: func(_ context.Context, _ vpclink.HealthCheck, address string) error {
				mu.Lock()
				defer mu.Unlock()
				if sick[address] {
					return errors.New("sick")
				}
				return nil
			},
		})
		defer v.Close()
		states := func() string {
			synctest.Wait()
			text := ""
			for _, s := range v.Stats() {
				text += fmt.Sprintf("%s %t ", s.Address, s.Healthy)
			}
			return strings.TrimSpace(text)
		}
		expect := func(when, want string) {
			t.Helper()
			if got := states(); got != want {
				t.Errorf("%s: got %q, want %q", when, got, want)
			}
		}
		expect("at first", "a:1 true b:1 true")
		set("a:1", true)
		time.Sleep(time.Second)
		expect("after one failure", "a:1 true b:1 true")
		time.Sleep(time.Second)
		expect("after two failures", "a:1 false b:1 true")
		for range 3 {
			if err := v.Call(t.Context(), request(&integration.Link{ID: "orders"}), new(integration.Response)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]string{"b:1", "b:1", "b:1"}, next.take()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		set("b:1", true)
		time.Sleep(2 * time.Second)
		expect("both sick", "a:1 false b:1 false")
		err := v.Call(t.Context(), request(&integration.Link{ID: "orders"}), new(integration.Response))
		if failure := (*integration.Error)(nil); !errors.As(err, &failure) || failure.Kind != integration.Network || !strings.Contains(err.Error(), "no healthy target") {
			t.Errorf("got %v, want a network error for want of a target", err)
		}
		set("a:1", false)
		time.Sleep(2 * time.Second)
		expect("after two good checks", "a:1 false b:1 false")
		time.Sleep(time.Second)
		expect("after three", "a:1 true b:1 false")
	})
}

func TestProbes(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	up, down := server.Listener.Addr().String(), closed.Addr().String()
	tests := []struct {
		address string
		check   vpclink.HealthCheck
		want    bool
	}{
		{up, vpclink.HealthCheck{Protocol: vpclink.TCP}, true},
		{down, vpclink.HealthCheck{Protocol: vpclink.TCP}, false},
		{up, vpclink.HealthCheck{Protocol: vpclink.HTTP, Path: "/health"}, true},
		{up, vpclink.HealthCheck{Protocol: vpclink.HTTP, Path: "/other"}, false},
		{down, vpclink.HealthCheck{Protocol: vpclink.HTTP, Path: "/health"}, false},
	}
	for _, tt := range tests {
		err := vpclink.Check(t.Context(), tt.check, tt.address)
		if (err == nil) != tt.want {
			t.Errorf("%s %s: got %v, want it to pass: %t", tt.check.Protocol, tt.check.Path, err, tt.want)
		}
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name    string
		targets vpclink.Targets
		want    string
	}{
		{"good", vpclink.Targets{Addresses: []string{"10.0.0.1:80", "[::1]:8080", "orders.internal:443"}}, ""},
		{"nothing", vpclink.Targets{}, "there is no target"},
		{"no port", vpclink.Targets{Addresses: []string{"10.0.0.1"}}, `target "10.0.0.1" is not of the form host:port`},
		{"all wrong", vpclink.Targets{
			Addresses: []string{":80"}, Balance: "best", Health: vpclink.HealthCheck{Protocol: "icmp", Path: "x", Fall: -1},
		}, `target ":80" is not of the form host:port
balance "best" is neither least-pending nor round-robin
health check "icmp" is none of tcp, http and off
path "x" of the health check does not begin with a slash
a number of the health check is negative`},
	}
	for _, tt := range tests {
		got := ""
		if err := tt.targets.Validate(); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
