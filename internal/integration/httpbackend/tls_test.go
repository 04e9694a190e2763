package httpbackend_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/httpbackend"
)

// certificate is a key and its certificate.
type certificate struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// issue makes a certificate for the host; parent nil makes it self-signed.
func issue(t *testing.T, host string, ca bool, expires time.Time, parent *certificate) *certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: host},
		NotBefore: expires.Add(-48 * time.Hour), NotAfter: expires, IsCA: ca, BasicConstraintsValid: true,
	}
	if ca {
		template.KeyUsage = x509.KeyUsageCertSign
	} else {
		template.DNSNames = []string{host}
	}
	if ip := net.ParseIP(host); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	signer := &certificate{key, template}
	if parent != nil {
		signer = parent
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.cert, key.Public(), signer.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &certificate{key, cert}
}

// tls returns the certificate with others for a handshake.
func (c *certificate) tls(others ...*certificate) *tls.Certificate {
	chain := &tls.Certificate{PrivateKey: c.key, Certificate: [][]byte{c.cert.Raw}}
	for _, other := range others {
		chain.Certificate = append(chain.Certificate, other.cert.Raw)
	}
	return chain
}

// secureServer answers each request with the common name of the client's certificate.
func secureServer(t *testing.T, chain *tls.Certificate) string {
	return tlsServer(t, &tls.Config{Certificates: []tls.Certificate{*chain}, ClientAuth: tls.RequestClientCert})
}

// tlsServer is a secureServer with that configuration.
func tlsServer(t *testing.T, config *tls.Config) string {
	return script(t, func(_ int, c net.Conn, _ *bufio.Reader) {
		secured := tls.Server(c, config)
		r := bufio.NewReader(secured)
		for readRequest(r) != nil {
			name := "nobody"
			if peers := secured.ConnectionState().PeerCertificates; len(peers) > 0 {
				name = peers[0].Subject.CommonName
			}
			_, _ = io.WriteString(secured, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+name)
			secured.Close()
		}
	})
}

func TestTLS(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	past := time.Now().Add(-time.Hour)
	trusted := issue(t, "trusted root", true, soon, nil)
	private := issue(t, "private root", true, soon, nil)
	const host, other = "127.0.0.1", "other.example"
	trustedBelow := issue(t, "trusted intermediate", true, soon, trusted)
	privateBelow := issue(t, "private intermediate", true, soon, private)
	expiredRoot := issue(t, "expired root", true, past, nil)
	tests := []struct {
		name  string
		chain *tls.Certificate
		skip  bool
		fails bool
	}{
		{"trusted", issue(t, host, false, soon, trusted).tls(), false, false},
		{"trusted, other host", issue(t, other, false, soon, trusted).tls(), false, true},
		{"trusted, expired", issue(t, host, false, past, trusted).tls(), false, true},
		{"trusted, with intermediate", issue(t, host, false, soon, trustedBelow).tls(trustedBelow), false, false},
		{"trusted, without its intermediate", issue(t, host, false, soon, trustedBelow).tls(), false, true},
		{"private", issue(t, host, false, soon, private).tls(private), false, true},
		{"self-signed", issue(t, host, false, soon, nil).tls(), false, true},
		{"trusted, unverified", issue(t, host, false, soon, trusted).tls(), true, false},
		{"private, unverified", issue(t, host, false, soon, private).tls(private), true, false},
		{"private without its root, unverified", issue(t, host, false, soon, private).tls(), true, true},
		{"private, whole chain, unverified", issue(t, host, false, soon, privateBelow).tls(privateBelow, private), true, false},
		{"private, chain without root, unverified", issue(t, host, false, soon, privateBelow).tls(privateBelow), true, true},
		{"private, chain without intermediate, unverified", issue(t, host, false, soon, privateBelow).tls(private), true, true},
		{"private, another root, unverified", issue(t, host, false, soon, private).tls(issue(t, "private root", true, soon, nil)), true, true},
		{"private, root expired, unverified", issue(t, host, false, soon, expiredRoot).tls(expiredRoot), true, true},
		{"trusted root not sent, unverified", issue(t, host, false, soon, trustedBelow).tls(trustedBelow), true, false},
		{"private, other host, unverified", issue(t, other, false, soon, private).tls(private), true, true},
		{"private, expired, unverified", issue(t, host, false, past, private).tls(private), true, true},
		{"self-signed, unverified", issue(t, host, false, soon, nil).tls(), true, false},
		{"self-signed, other host, unverified", issue(t, other, false, soon, nil).tls(), true, true},
		{"self-signed, expired, unverified", issue(t, host, false, past, nil).tls(), true, true},
	}
	roots, err := httpbackend.Roots(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.cert.Raw}))
	if err != nil {
		t.Fatal(err)
	}
	b := newBackend(t, httpbackend.Config{Roots: roots})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := request(secureServer(t, tt.chain))
			req.URI.Scheme, req.TLS.InsecureSkipVerification = "https", tt.skip
			var resp integration.Response
			err := b.Call(t.Context(), req, &resp)
			resp.Reset()
			if !tt.fails && err != nil {
				t.Errorf("error %v, want none", err)
			}
			if tt.fails && (err == nil || kindOf(t, err) != integration.Network) {
				t.Errorf("error %v, want a network error", err)
			}
		})
	}
}

func TestClientCertificate(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	client := issue(t, "the stage", false, soon, nil)
	b := newBackend(t, httpbackend.Config{ClientCertificate: func(id string) (*tls.Certificate, error) {
		if id != "abc" {
			return nil, errors.New("not found")
		}
		return client.tls(), nil
	}})
	req := request(secureServer(t, issue(t, "127.0.0.1", false, soon, nil).tls()))
	req.URI.Scheme, req.TLS.InsecureSkipVerification = "https", true
	for id, want := range map[string]string{"": "nobody", "abc": "the stage"} {
		req.TLS.ClientCertificateID = id
		if got := call(t, b, req); got != want {
			t.Errorf("with certificate %q the endpoint saw %q, want %q", id, got, want)
		}
	}
	req.TLS.ClientCertificateID = "xyz"
	if got := kindOf(t, b.Call(t.Context(), req, new(integration.Response))); got != integration.Configuration {
		t.Errorf("kind %v, want Configuration", got)
	}
}

// TestClientCertificateIsPresentedToAll holds that a back end gets the certificate although none of the
// authorities that it accepts has issued it: it is self-signed.
func TestClientCertificateIsPresentedToAll(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	client, accepted := issue(t, "the stage", false, soon, nil), issue(t, "an authority", true, soon, nil)
	authorities := x509.NewCertPool()
	authorities.AddCert(accepted.cert)
	addr := tlsServer(t, &tls.Config{
		Certificates: []tls.Certificate{*issue(t, "127.0.0.1", false, soon, nil).tls()},
		ClientAuth:   tls.RequestClientCert, ClientCAs: authorities,
	})
	b := newBackend(t, httpbackend.Config{ClientCertificate: func(string) (*tls.Certificate, error) { return client.tls(), nil }})
	req := request(addr)
	req.URI.Scheme, req.TLS = "https", integration.TLS{InsecureSkipVerification: true, ClientCertificateID: "abc"}
	if got := call(t, b, req); got != "the stage" {
		t.Errorf("the endpoint saw %q, want the stage's certificate", got)
	}
}

// TestNameOfTLS holds that SNI and the name check use the URI's host, whatever address is dialled and
// whatever Host header is mapped, and that HTTP/2 is never negotiated.
func TestNameOfTLS(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	const host = "orders.internal"
	root := issue(t, "root", true, soon, nil)
	names, protocols := make(chan string, 8), make(chan string, 8)
	addr := tlsServer(t, &tls.Config{
		Certificates: []tls.Certificate{*issue(t, host, false, soon, root).tls()},
		NextProtos:   []string{"h2", "http/1.1"},
		VerifyConnection: func(state tls.ConnectionState) error {
			names <- state.ServerName
			protocols <- state.NegotiatedProtocol
			return nil
		},
	})
	roots := x509.NewCertPool()
	roots.AddCert(root.cert)
	b := newBackend(t, httpbackend.Config{Roots: roots})
	for _, tt := range []struct {
		host  string
		skip  bool
		fails bool
	}{
		{host + ":8443", false, false},
		{host, true, false},
		{"other.internal", false, true},
		{"other.internal", true, true},
	} {
		req := request(tt.host)
		req.URI.Scheme, req.Address, req.TLS.InsecureSkipVerification = "https", addr, tt.skip
		req.Headers.Add("Host", "mapped.example")
		var resp integration.Response
		err := b.Call(t.Context(), req, &resp)
		resp.Reset()
		if (err != nil) != tt.fails {
			t.Errorf("%s, unverified %t: error %v, want one: %t", tt.host, tt.skip, err, tt.fails)
		}
		if tt.fails {
			continue
		}
		if name, protocol := <-names, <-protocols; name != host || protocol != "http/1.1" {
			t.Errorf("SNI %q and protocol %q, want %q and http/1.1", name, protocol, host)
		}
	}
}

func TestRootsRefusesGarbage(t *testing.T) {
	if _, err := httpbackend.Roots([]byte("not PEM")); err == nil {
		t.Error("no error")
	}
}

// TestAddress holds that a given address is dialled instead of the URI's, past the guard where it is trusted.
func TestAddress(t *testing.T) {
	addr := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
	b := newBackend(t, httpbackend.Config{Guard: func(netip.Addr) error { return errors.New("nobody may go there") }})
	closed := script(t, func(int, net.Conn, *bufio.Reader) {})
	tests := []struct {
		name    string
		address string
		trusted bool
		want    integration.Kind // -1 for an answer
	}{
		{"trusted", addr, true, -1},
		{"not trusted", addr, false, integration.InvalidAddress},
		{"unknown name", "no-such-host.invalid:80", true, integration.Network},
		{"closed at once", closed, true, integration.Network},
	}
	for _, tt := range tests {
		req := request("no-such-name.invalid")
		req.Address, req.Trusted = tt.address, tt.trusted
		var resp integration.Response
		err := b.Call(t.Context(), req, &resp)
		resp.Reset()
		if (err == nil) != (tt.want < 0) || err != nil && kindOf(t, err) != tt.want {
			t.Errorf("%s: error %v, want kind %v", tt.name, err, tt.want)
		}
	}
}
