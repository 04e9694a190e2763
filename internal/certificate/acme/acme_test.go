package acme_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/letsencrypt/challtestsrv"
	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"

	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/certificate/acme"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
)

// authority is an ACME server in the test process, which finds every name at this machine.
type authority struct {
	directory string
	roots     string // file with the certificate of its own listener
	stop      func()
}

// newAuthority starts an authority that looks for challenges at a port.
func newAuthority(t *testing.T, port int) *authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	quiet := log.New(io.Discard, "", 0)
	names := freePort(t)
	dns, err := challtestsrv.New(challtestsrv.Config{DNSAddrs: []string{names}, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	dns.SetDefaultDNSIPv4("127.0.0.1")
	dns.SetDefaultDNSIPv6("")
	go dns.Run()
	t.Cleanup(dns.Shutdown)
	awaitNames(t, names)
	memory := db.NewMemoryStore()
	issuing := ca.New(quiet, memory, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	checks := va.New(quiet, 0, port, false, names, memory)
	front := wfe.New(quiet, memory, checks, issuing, []string{"ca.example"}, false, false, 1, 1)
	server := httptest.NewTLSServer(front.Handler())
	t.Cleanup(server.Close)
	a := &authority{directory: server.URL + wfe.DirectoryPath, stop: server.Close}
	a.roots = filepath.Join(t.TempDir(), "roots.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(a.roots, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// awaitNames waits until the name server at an address answers.
func awaitNames(t *testing.T, address string) {
	t.Helper()
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		_, err := resolver.LookupHost(ctx, "ready.example.com.")
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the name server does not answer: %v", err)
		}
	}
}

// freePort returns an address of this machine at which nobody listens, neither with UDP nor with TCP.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		ln, err := net.Listen("tcp", conn.LocalAddr().String())
		if err != nil {
			continue // somebody else's
		}
		defer ln.Close()
		return conn.LocalAddr().String()
	}
	t.Fatal("no port is free for both")
	return ""
}

// handler answers nothing of interest: the tests are about handshakes.
type handler struct{}

func (handler) Serve(context.Context, *gateway.Exchange)  {}
func (handler) Refuse(*gateway.Exchange, gateway.Refusal) {}

// A certificate is obtained for a public custom domain name that has none, by a challenge that the gateway's listener
// answers, and is there again after a restart without asking anybody.
func TestObtain(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	ca := newAuthority(t, port)
	config := acme.Config{
		Directory: ca.directory, Roots: ca.roots, Storage: t.TempDir(), Host: "127.0.0.1", Port: port, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	var current atomic.Pointer[acme.Manager]
	open := func() *acme.Manager {
		t.Helper()
		manager, err := acme.Open(config)
		if err != nil {
			t.Fatal(err)
		}
		current.Store(manager)
		return manager
	}
	manager := open()
	selector := certificate.NewSelector(certificate.Config{
		Obtain: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return current.Load().Certificate(hello) },
	})
	selector.SetHosts(&certificate.Hosts{Domains: map[string]certificate.Domain{
		"a.example.com": {Public: true}, "private.example.com": {}, "*.example.org": {},
	}})
	server := listen.New(listen.Config{Handler: handler{}})
	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(ln, selector.Config()) }()
	t.Cleanup(func() {
		_ = server.Shutdown(context.Background())
		<-served
	})
	if names := strings.Join(selector.Uncertified(), " "); names != "a.example.com" {
		t.Errorf("got the names %s, want a.example.com alone", names)
	}
	if _, err := shake(ln.Addr().String(), "a.example.com"); err == nil {
		t.Error("a certificate was there before it was obtained")
	}
	manager.Manage(selector.Uncertified())
	leaf := await(t, ln.Addr().String(), "a.example.com")
	if err := leaf.VerifyHostname("a.example.com"); err != nil {
		t.Error(err)
	}
	if _, err := shake(ln.Addr().String(), "private.example.com"); err == nil {
		t.Error("a private name got a certificate")
	}
	manager.Manage(nil)
	if _, err := shake(ln.Addr().String(), "a.example.com"); err == nil {
		t.Error("the certificate is still there after its name was let go")
	}
	manager.Close()

	ca.stop()
	again := open()
	defer again.Close()
	again.Manage(selector.Uncertified())
	if !await(t, ln.Addr().String(), "a.example.com").Equal(leaf) {
		t.Error("after a restart, without the authority: got another certificate than before")
	}
}

// shake makes a handshake and returns the certificate that was presented.
func shake(addr, name string) (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", addr, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// await makes handshakes until one succeeds.
func await(t *testing.T, addr, name string) *x509.Certificate {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		leaf, err := shake(addr, name)
		if err == nil {
			return leaf
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no certificate was obtained: %v", err)
		}
	}
}

func TestOpenRefusals(t *testing.T) {
	tests := []struct {
		name   string
		config acme.Config
		want   string
	}{
		{"no roots", acme.Config{Storage: t.TempDir(), Roots: filepath.Join(t.TempDir(), "none.pem")}, "roots of the ACME directory"},
		{"roots without certificates", acme.Config{Storage: t.TempDir(), Roots: os.DevNull}, "has no certificates"},
		{"storage that can't be made", acme.Config{Storage: filepath.Join(os.DevNull, "x")}, "storage of ACME certificates"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := acme.Open(tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
