package certificate

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Hosts is what a client may name in a handshake. It is immutable.
type Hosts struct {
	// Domains are the custom domain names, by name in lower case; "*.example.com" is one of them, too.
	Domains map[string]Domain

	// Policies are the security policies of the APIs that have one, by the API's id in lower case.
	Policies map[string]string
}

// Domain is what a handshake needs to know of a custom domain name.
type Domain struct {
	ARNs     []string         // of its certificates; the first that is configured is used
	Uploaded *tls.Certificate // that came with the domain name; nil where none did
	Policy   string           // name of its security policy
	Mutual   bool             // clients are asked for their certificates
	Public   bool             // reached from anywhere, so that an authority can be asked for a certificate
}

// Config configures a [Selector]. All fields may be zero.
type Config struct {
	// Certificates are those of the configuration: by the ARN that domain names give, by a host name, or by
	// "*." and all but the first label of host names.
	Certificates map[string]*Pair

	// Default is for clients that name no host, or one that nobody knows.
	Default *Pair

	// Development makes certificates for whatever has none.
	Development *Authority

	// Obtain returns a certificate for a public custom domain name that has none, and answers the challenges of
	// the authority that it asks.
	Obtain func(*tls.ClientHelloInfo) (*tls.Certificate, error)

	Logger *slog.Logger // nil logs nothing
}

// Selector answers handshakes: it chooses certificate and security policy by the host that the client names. It is
// safe for concurrent use.
type Selector struct {
	cfg   Config
	hosts atomic.Pointer[Hosts]

	mu      sync.Mutex
	configs map[configKey]*tls.Config
	told    map[string]time.Time // when it was told of a host that it has no certificate
}

// configKey is what configurations differ in.
type configKey struct {
	policy string
	mutual bool
}

// The protocols that are offered.
const (
	ProtocolHTTP2 = "h2"
	ProtocolHTTP1 = "http/1.1"
	protocolACME  = "acme-tls/1"
)

// NewSelector returns a selector that knows no hosts yet.
func NewSelector(cfg Config) *Selector {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Selector{cfg: cfg, configs: map[configKey]*tls.Config{}, told: map[string]time.Time{}}
	s.hosts.Store(&Hosts{})
	return s
}

// SetHosts replaces what clients may name.
func (s *Selector) SetHosts(hosts *Hosts) { s.hosts.Store(hosts) }

// Config returns the configuration of a listener.
func (s *Selector) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS10, GetConfigForClient: s.ConfigForClient}
}

// ConfigForClient returns the configuration for a client's handshake.
func (s *Selector) ConfigForClient(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	hosts := s.hosts.Load()
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	key := configKey{}
	if d, ok := hosts.domain(name); ok {
		key = configKey{d.Policy, d.Mutual}
	} else if label, _, ok := strings.Cut(name, ".execute-api."); ok {
		id, _, _ := strings.Cut(label, "-vpce-")
		key.policy = hosts.Policies[id]
	}
	return s.config(key)
}

// config returns the configuration for a policy. Configurations are kept, and with them the keys of session
// tickets.
func (s *Selector) config(key configKey) (*tls.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if config := s.configs[key]; config != nil {
		return config, nil
	}
	policy, ok := NamedPolicy(key.policy)
	if !ok {
		return nil, fmt.Errorf("security policy %s is not known", key.policy)
	}
	config := &tls.Config{GetCertificate: s.certificate, NextProtos: []string{ProtocolHTTP2, ProtocolHTTP1}}
	policy.apply(config)
	if s.cfg.Obtain != nil {
		config.NextProtos = append(config.NextProtos, protocolACME)
	}
	if key.mutual {
		// Whether the certificate is trusted is said by the answer to the request, not by the handshake.
		config.ClientAuth = tls.RequestClientCert
	}
	s.configs[key] = config
	return config, nil
}

// domain returns the custom domain name that a host is.
func (h *Hosts) domain(name string) (Domain, bool) {
	if d, ok := h.Domains[name]; ok {
		return d, true
	}
	d, ok := h.Domains[wildcardOf(name)]
	return d, ok
}

// wildcardOf returns the wildcard that stands for a name, "" where there is none.
func wildcardOf(name string) string {
	_, parent, ok := strings.Cut(name, ".")
	if !ok {
		return ""
	}
	return "*." + parent
}

// certificate returns the certificate for a handshake.
func (s *Selector) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	d, known := s.hosts.Load().domain(name)
	if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == protocolACME && s.cfg.Obtain != nil {
		return s.cfg.Obtain(hello)
	}
	if own := s.own(name, d); own != nil {
		return own, nil
	}
	switch {
	case known && d.Public && s.cfg.Obtain != nil:
		return s.obtain(hello, name)
	case s.cfg.Development != nil:
		return s.cfg.Development.Certificate(name, localIP(hello.Conn))
	case s.cfg.Default != nil:
		return s.cfg.Default.Certificate(), nil
	}
	return nil, s.missing(name, known, d)
}

// own returns the certificate that a host has of its own: the one that a custom domain name's ARN means, the one that
// was uploaded with it, or one that is configured for the host's name. It is nil where there is none.
func (s *Selector) own(name string, d Domain) *tls.Certificate {
	for _, arn := range d.ARNs {
		if pair := s.cfg.Certificates[arn]; pair != nil {
			return pair.Certificate()
		}
	}
	if d.Uploaded != nil {
		return d.Uploaded
	}
	for _, host := range []string{name, wildcardOf(name)} {
		if pair := s.cfg.Certificates[host]; pair != nil && host != "" {
			return pair.Certificate()
		}
	}
	return nil
}

// obtain asks an authority for a certificate.
func (s *Selector) obtain(hello *tls.ClientHelloInfo, name string) (*tls.Certificate, error) {
	certificate, err := s.cfg.Obtain(hello)
	if err != nil {
		err = fmt.Errorf("no certificate for %s: %w", name, err)
		s.tell(name, err)
	}
	return certificate, err
}

// errNoCertificate ends the handshake of a client for whose host there is no certificate.
var errNoCertificate = errors.New("no certificate for the host that the client named")

// missing says why there is no certificate for a host.
func (s *Selector) missing(name string, known bool, d Domain) error {
	if !known {
		return errNoCertificate
	}
	hint := "name files for " + name
	if len(d.ARNs) > 0 {
		hint = "name files for " + d.ARNs[0] + ", or for " + name + ","
	}
	err := fmt.Errorf("no certificate for the custom domain name %s: %s under tls.certificates of the configuration", name, hint)
	s.tell(name, err)
	return err
}

const (
	tellInterval = time.Minute // until it is told again of the same host
	maxTold      = 10_000      // hosts that are remembered for that
)

// tell logs what keeps a custom domain name from being served, once in a while.
func (s *Selector) tell(name string, err error) {
	now := time.Now()
	s.mu.Lock()
	last, told := s.told[name]
	again := !told || now.Sub(last) >= tellInterval
	if again {
		if len(s.told) >= maxTold {
			clear(s.told)
		}
		s.told[name] = now
	}
	s.mu.Unlock()
	if again {
		s.cfg.Logger.Error("a client could not be answered over TLS", "error", err)
	}
}

// localIP returns the address at which a client has reached this machine.
func localIP(conn net.Conn) net.IP {
	if conn == nil {
		return nil
	}
	if address, ok := conn.LocalAddr().(*net.TCPAddr); ok {
		return address.IP
	}
	return nil
}

// Uncertified returns the public custom domain names for which nothing is configured or uploaded, which an
// authority would have to certify.
func (s *Selector) Uncertified() []string {
	var names []string
	for name, d := range s.hosts.Load().Domains {
		if d.Public && s.own(name, d) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
