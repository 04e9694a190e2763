package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/certificate"
)

func TestTLSConfiguration(t *testing.T) {
	tests := []struct {
		name, file string
		want       TLSConfig
		problem    string // part of the error
	}{
		{"everything", `
gateway-tls: 127.0.0.1:8443
tls-certificate: default.pem
tls-key: default.key
tls-development: ca
tls:
  certificates:
    arn:aws:acm:eu-west-1:123456789012:certificate/X: {certificate: a.pem, key: a.key}
    API.example.com: both.pem
  truststores:
    s3://trust/clients.pem: clients.pem
  acme: {directory: "https://ca.example/directory", email: ops@example.com, roots: ca.pem, storage: keys, agreed: true}
`, TLSConfig{
			Certificates: map[string]certificate.Files{
				"arn:aws:acm:eu-west-1:123456789012:certificate/X": {Certificate: "a.pem", Key: "a.key"},
				"api.example.com": {Certificate: "both.pem"},
			},
			Default: certificate.Files{Certificate: "default.pem", Key: "default.key"}, Development: "ca",
			Truststores: map[string]string{"s3://trust/clients.pem": "clients.pem"},
			ACME:        ACMEConfig{Directory: "https://ca.example/directory", Email: "ops@example.com", Roots: "ca.pem", Storage: "keys", Agreed: true},
		}, ""},
		{"nothing listens", "tls-development: ca\n", TLSConfig{}, "tls: nothing listens with TLS: give an address with gateway-tls"},
		{"key alone", "gateway-tls: 127.0.0.1:0\ntls-key: k\n", TLSConfig{}, "tls-key: there is no tls-certificate"},
		{"unknown member", "tls: {certificate: x}\n", TLSConfig{}, "tls: line 1: there is no certificate"},
		{"unknown member of a certificate", "tls: {certificates: {a.example.com: {cert: x}}}\n", TLSConfig{}, "there is no cert"},
		{"certificate without file", "tls: {certificates: {a.example.com: {key: x}}}\n", TLSConfig{}, "a.example.com: there is no file"},
		{"truststore that is no object", "gateway-tls: 127.0.0.1:0\ntls: {truststores: {/etc/x: y}}\n", TLSConfig{}, "truststores: /etc/x: not of the form s3://bucket/key"},
		{"terms of service", "gateway-tls: 127.0.0.1:0\ntls: {acme: {directory: x}}\n", TLSConfig{}, "acme: read the authority's terms of service, and set agreed to true"},
		{"authority without address", "gateway-tls: 127.0.0.1:0\ntls: {acme: {email: x}}\n", TLSConfig{}, "acme: there is no directory"},
		{"no storage", "gateway-tls: 127.0.0.1:0\ndata: ':memory:'\ntls: {acme: {directory: x, agreed: true}}\n", TLSConfig{}, "acme: name a directory as storage"},
		{"no mapping", "tls: yes\n", TLSConfig{}, "tls: not a mapping"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sluice.yaml")
			if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			config, err := LoadConfig(Sources{File: path})
			if tt.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("got %v, want a problem with %q", err, tt.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, config.TLS); diff != "" {
				t.Errorf("configuration differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Files that can't be read keep the program from starting, all of them named.
func TestTLSFilesMissing(t *testing.T) {
	config := DefaultConfig()
	config.Control, config.Gateway, config.Admin, config.Data = "127.0.0.1:0", "127.0.0.1:0", Off, Memory
	config.GatewayTLS = "127.0.0.1:0"
	missing := filepath.Join(t.TempDir(), "missing")
	config.TLS.Certificates = map[string]certificate.Files{"a.example.com": {Certificate: missing}, "b.example.com": {Certificate: missing}}
	s, err := Open(t.Context(), config)
	if err == nil {
		s.Close()
		t.Fatal("opened")
	}
	for _, want := range []string{"tls: a.example.com: certificate " + missing, "tls: b.example.com: certificate "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %q", err, want)
		}
	}
}
