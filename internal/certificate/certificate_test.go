package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// now is when the certificates of these tests are looked at.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// issued is a certificate with its key.
type issued struct {
	cert *x509.Certificate
	key  any
}

// issue makes a certificate that by signs, or that signs itself where by is nil; edit may change it.
func issue(t *testing.T, name string, by *issued, edit func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, name, key, key.Public(), by, edit)
}

func issueFor(t *testing.T, name string, key, public any, by *issued, edit func(*x509.Certificate)) *issued {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if edit != nil {
		edit(template)
	}
	parent := &issued{template, key}
	if by != nil {
		parent = by
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, public, parent.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issued{cert, key}
}

// text returns the certificate and its key as PEM.
func (i *issued) text(t *testing.T) []byte {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
}

// write writes a file and returns its path.
func write(t *testing.T, path string, text []byte) string {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTruststore(t *testing.T) {
	root := issue(t, "root", nil, nil)
	middle := issue(t, "middle", root, nil)
	low := issue(t, "low", middle, nil)
	lowest := issue(t, "lowest", low, nil)
	stranger := issue(t, "stranger", nil, nil)
	listed := issue(t, "listed", nil, nil)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a, err := parseAuthorities(slices.Concat(root.text(t), listed.text(t)))
	if err != nil {
		t.Fatal(err)
	}
	insecure := issueFor(t, "insecure", rsaKey, rsaKey.Public(), nil, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSA })
	insecure.cert.SignatureAlgorithm = x509.SHA1WithRSA // nobody signs such certificates any more, this program neither
	tests := []struct {
		name  string
		chain []*issued
		want  string
	}{
		{"of the root", []*issued{issue(t, "client", root, nil)}, ""},
		{"of an authority between", []*issued{issue(t, "client", middle, nil), middle}, ""},
		{"four long", []*issued{issue(t, "client", low, nil), low, middle}, ""},
		{"five long", []*issued{issue(t, "client", lowest, nil), lowest, low, middle}, reasonLong},
		{"without the authority between", []*issued{issue(t, "client", middle, nil)}, reasonIssuer},
		{"listed itself", []*issued{listed}, ""},
		{"another root's", []*issued{issue(t, "client", stranger, nil), stranger}, reasonIssuer},
		{"self-signed", []*issued{stranger}, reasonSelf},
		{"expired", []*issued{issue(t, "client", root, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) })}, reasonExpired},
		{"not yet valid", []*issued{issue(t, "client", root, func(c *x509.Certificate) { c.NotBefore = now.Add(time.Minute) })}, reasonEarly},
		{"of servers", []*issued{issue(t, "client", root, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })}, reasonPurpose},
		{"SHA-1", []*issued{insecure}, reasonInsecure},
		{"none", nil, reasonNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var chain []*x509.Certificate
			for _, i := range tt.chain {
				chain = append(chain, i.cert)
			}
			if got := a.Check(chain, now); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	for _, text := range []string{"", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if _, err := parseAuthorities([]byte(text)); err == nil {
			t.Errorf("parseAuthorities(%q): no error", text)
		}
	}
}

// Files are read again when they change, and what is broken then is not used and told of.
func TestReload(t *testing.T) {
	first, second := issue(t, "first", nil, nil), issue(t, "second", nil, nil)
	path := write(t, filepath.Join(t.TempDir(), "pair.pem"), first.text(t))
	var log bytes.Buffer
	p, err := OpenPair(Files{Certificate: path}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Now()
	p.files.now = func() time.Time { return clock }
	later := func() string {
		clock = clock.Add(2 * lookInterval)
		return p.Certificate().Leaf.Subject.CommonName
	}
	if got := later(); got != "first" {
		t.Errorf("got %s, want first", got)
	}
	write(t, path, append(second.text(t), '\n'))
	if got := p.Certificate().Leaf.Subject.CommonName; got != "first" {
		t.Errorf("looked at the files too often: got %s, want first", got)
	}
	if got := later(); got != "second" {
		t.Errorf("after the change: got %s, want second", got)
	}
	write(t, path, []byte("broken"))
	if got := later(); got != "second" || !strings.Contains(log.String(), "a changed certificate is not used") {
		t.Errorf("broken files: got %s and the log %q, want second and a complaint", got, log.String())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := later(); got != "second" {
		t.Errorf("without files: got %s, want second", got)
	}
	write(t, path, first.text(t))
	if got := later(); got != "first" {
		t.Errorf("after the repair: got %s, want first", got)
	}
	if _, err := OpenPair(Files{Certificate: filepath.Join(t.TempDir(), "none")}, nil); err == nil {
		t.Error("opened a file that is not there")
	}
}

func TestTruststoreReload(t *testing.T) {
	first, second := issue(t, "first", nil, nil), issue(t, "second", nil, nil)
	path := write(t, filepath.Join(t.TempDir(), "trust.pem"), first.text(t))
	s, err := OpenTruststore(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Now()
	s.file.now = func() time.Time { return clock }
	client := []*x509.Certificate{issue(t, "client", second, nil).cert}
	before := s.Authorities()
	if got := before.Check(client, now); got != reasonIssuer {
		t.Errorf("got %q, want the client refused", got)
	}
	write(t, path, slices.Concat(first.text(t), second.text(t)))
	clock = clock.Add(2 * lookInterval)
	after := s.Authorities()
	if got := after.Check(client, now); got != "" || after == before {
		t.Errorf("after the change: got %q, want the client trusted by other authorities", got)
	}
	if err := os.Truncate(path, maxTruststoreBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTruststore(path, nil); !errors.Is(err, errTooLarge) {
		t.Errorf("too large: got %v", err)
	}
}

func TestPolicies(t *testing.T) {
	static, chacha, cbc := uint16(tls.TLS_RSA_WITH_AES_128_GCM_SHA256), uint16(tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256), uint16(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
	tests := []struct {
		name                              string
		minimum                           uint16
		static, chacha, cbc, quantum, x25 bool
	}{
		{"", tls.VersionTLS12, false, true, false, true, true},
		{"TLS_1_0", tls.VersionTLS10, true, true, true, false, true},
		{"TLS_1_2", tls.VersionTLS12, true, true, true, false, true},
		{"SecurityPolicy_TLS13_1_3_2025_09", tls.VersionTLS13, true, true, true, false, true},
		{"SecurityPolicy_TLS13_1_3_FIPS_2025_09", tls.VersionTLS13, true, false, true, false, false},
		{"SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", tls.VersionTLS12, false, true, false, true, true},
		{"SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", tls.VersionTLS12, true, false, true, true, false},
		{"SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", tls.VersionTLS12, false, false, false, true, false},
		{"SecurityPolicy_TLS13_1_2_PQ_2025_09", tls.VersionTLS12, true, true, true, true, true},
		{"SecurityPolicy_TLS13_1_2_2021_06", tls.VersionTLS12, true, true, true, false, true},
		{"SecurityPolicy_TLS13_2025_EDGE", tls.VersionTLS13, true, true, true, false, true},
		{"SecurityPolicy_TLS12_PFS_2025_EDGE", tls.VersionTLS12, false, true, false, false, true},
		{"SecurityPolicy_TLS12_2018_EDGE", tls.VersionTLS12, true, true, true, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, ok := NamedPolicy(tt.name)
			if !ok || p.MinVersion != tt.minimum || p.MaxVersion != tls.VersionTLS13 {
				t.Fatalf("got %+v, %v, want the oldest version %x", p, ok, tt.minimum)
			}
			got := []bool{slices.Contains(p.suites, static), slices.Contains(p.suites, chacha), slices.Contains(p.suites, cbc),
				slices.Contains(p.curves, tls.X25519MLKEM768), slices.Contains(p.curves, tls.X25519)}
			if want := []bool{tt.static, tt.chacha, tt.cbc, tt.quantum, tt.x25}; !slices.Equal(got, want) {
				t.Errorf("static RSA, ChaCha20, CBC, post-quantum, X25519: got %v, want %v", got, want)
			}
		})
	}
	for _, name := range []string{"TLS_1_1", "SecurityPolicy_", "SecurityPolicy_TLS14_1_3"} {
		if _, ok := NamedPolicy(name); ok {
			t.Errorf("NamedPolicy(%q): known", name)
		}
	}
}

func TestSelection(t *testing.T) {
	pair := func(name string) *Pair {
		p, err := OpenPair(Files{Certificate: write(t, filepath.Join(t.TempDir(), "pair.pem"), issue(t, name, nil, nil).text(t))}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	authority, err := OpenAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	uploaded := pair("uploaded").Certificate()
	hosts := &Hosts{Domains: map[string]Domain{
		"arn.example.com":    {ARNs: []string{"arn:unmapped", "arn:mapped"}, Uploaded: uploaded},
		"up.example.com":     {Uploaded: uploaded, ARNs: []string{"arn:unmapped"}},
		"name.example.com":   {},
		"*.wild.example":     {},
		"public.example.com": {Public: true, ARNs: []string{"arn:unmapped"}},
		"inner.example.com":  {},
	}}
	certificates := map[string]*Pair{"arn:mapped": pair("by ARN"), "name.example.com": pair("by name"), "*.wild.example": pair("by wildcard")}
	obtain := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair("obtained").Certificate(), nil }
	local, _ := net.Pipe()
	defer local.Close()
	tests := []struct {
		name, host string
		config     Config
		want       string // "" is an error
	}{
		{"ARN", "arn.example.com", Config{}, "by ARN"},
		{"uploaded", "UP.example.com.", Config{}, "uploaded"},
		{"name", "name.example.com", Config{}, "by name"},
		{"wildcard", "any.wild.example", Config{}, "by wildcard"},
		{"obtained", "public.example.com", Config{Obtain: obtain, Default: pair("default")}, "obtained"},
		{"private names are not obtained", "inner.example.com", Config{Obtain: obtain}, ""},
		{"default", "inner.example.com", Config{Default: pair("default")}, "default"},
		{"default for a host that nobody knows", "unknown.example.com", Config{Default: pair("default")}, "default"},
		{"development", "inner.example.com", Config{Development: authority, Default: pair("default")}, "made"},
		{"nothing", "public.example.com", Config{}, ""},
		{"nothing for a host that nobody knows", "", Config{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Certificates = certificates
			s := NewSelector(tt.config)
			s.SetHosts(hosts)
			got := ""
			if c, err := s.certificate(&tls.ClientHelloInfo{ServerName: tt.host, Conn: local}); err == nil {
				if got = c.Leaf.Subject.CommonName; got == "" {
					got = "made"
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// The development authority is kept, and certifies names and addresses.
func TestAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "ca")
	first, err := OpenAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenAuthority(dir)
	if err != nil || !bytes.Equal(first.PEM(), again.PEM()) {
		t.Fatalf("opened again: got %v, want the same authority", err)
	}
	if info, err := os.Stat(filepath.Join(dir, authorityKey)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the key's file: %v, %v, want one that others can't read", info, err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(first.PEM())
	for _, host := range []string{"api.example.com", "127.0.0.1", "::1"} {
		c, err := again.Certificate(host, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		if same, _ := again.Certificate(host, nil); same != c {
			t.Errorf("%s: made twice", host)
		}
	}
	if c, err := again.Certificate("", net.IPv4(127, 0, 0, 1)); err != nil || c.Leaf.VerifyHostname("127.0.0.1") != nil {
		t.Errorf("without a name: got %v, want a certificate for the address", err)
	}
	c, _ := again.Certificate("api.example.com", nil)
	again.now = func() time.Time { return c.Leaf.NotAfter.Add(-leafRenewal / 2) }
	if renewed, err := again.Certificate("api.example.com", nil); err != nil || renewed == c {
		t.Errorf("near its end: got the same certificate, %v, want another", err)
	}
	for i := range maxLeaves + 10 {
		if _, err := first.Certificate("host"+string(rune('a'+i%26))+strings.Repeat("x", i/26)+".example", nil); err != nil {
			t.Fatal(err)
		}
	}
	if len(first.made) > maxLeaves || len(first.order) != len(first.made) {
		t.Errorf("got %d certificates in memory, want at most %d", len(first.made), maxLeaves)
	}
	write(t, filepath.Join(dir, AuthorityFile), issue(t, "other", nil, nil).text(t))
	if _, err := OpenAuthority(dir); err == nil {
		t.Error("opened an authority whose key is another's")
	}
}
