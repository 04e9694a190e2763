package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Security describes the TLS of a client's connection. The requests of a connection share one; it is safe for
// concurrent use.
type Security struct {
	ServerName   string              // that the client named, in lower case; "" if it named none
	Version      uint16              // such as tls.VersionTLS13
	CipherSuite  uint16              // such as tls.TLS_AES_128_GCM_SHA256
	Certificates []*x509.Certificate // that the client presented, its own first; nobody has verified them

	verdict atomic.Pointer[verdict]

	describe    sync.Once
	description jsonvalue.Value
}

// NewSecurity returns what a handshake came to.
func NewSecurity(state *tls.ConnectionState) *Security {
	return &Security{
		ServerName: strings.ToLower(state.ServerName), Version: state.Version, CipherSuite: state.CipherSuite,
		Certificates: state.PeerCertificates,
	}
}

// verdict is what a truststore says of a connection's client, as long as it stays the same.
type verdict struct {
	by     *certificate.Authorities
	until  time.Time // when something that was valid may have expired
	reason string
}

// verdictTime is how long a verdict holds: certificates expire while connections stay.
const verdictTime = time.Minute

// distrust says why a truststore does not trust the client, "" if it does. Without TLS nobody is trusted.
func (s *Security) distrust(t *certificate.Truststore, now time.Time) string {
	if s == nil {
		return "The connection is not encrypted"
	}
	authorities := t.Authorities()
	if v := s.verdict.Load(); v != nil && v.by == authorities && now.Before(v.until) {
		return v.reason
	}
	v := &verdict{by: authorities, until: now.Add(verdictTime), reason: authorities.Check(s.Certificates, now)}
	s.verdict.Store(v)
	return v.reason
}

// version returns the protocol as $context.tlsVersion has it.
//
// AWS: Variables for access logging for API Gateway.
func (s *Security) version() string {
	if s == nil {
		return ""
	}
	switch s.Version {
	case tls.VersionTLS10:
		return "TLSv1"
	case tls.VersionTLS11:
		return "TLSv1.1"
	case tls.VersionTLS12:
		return "TLSv1.2"
	}
	return "TLSv1.3"
}

// cipherSuite returns the cipher suite as $context.cipherSuite has it: in the format of IANA.
func (s *Security) cipherSuite() string {
	if s == nil {
		return ""
	}
	return tls.CipherSuiteName(s.CipherSuite)
}

// clientCert returns $context.identity.clientCert, the zero Value if the client presented no certificate.
//
// AWS: How to turn on mutual TLS authentication for your REST APIs in API Gateway.
func (s *Security) clientCert() jsonvalue.Value {
	if s == nil || len(s.Certificates) == 0 {
		return jsonvalue.Value{}
	}
	s.describe.Do(func() { s.description = describeCertificate(s.Certificates[0]) })
	return s.description
}

// certificateTime is how times of certificates are written.
const certificateTime = "Jan _2 15:04:05 2006 GMT"

// describeCertificate returns what $context.identity.clientCert says of a certificate.
func describeCertificate(c *x509.Certificate) jsonvalue.Value {
	text := func(name, value string) []byte {
		return jsonvalue.AppendString(append(jsonvalue.AppendString(nil, name, jsonvalue.Verbatim), ':'), value, jsonvalue.Verbatim)
	}
	document := append([]byte{'{'}, text("clientCertPem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))...)
	document = append(append(document, ','), text("subjectDN", c.Subject.String())...)
	document = append(append(document, ','), text("issuerDN", c.Issuer.String())...)
	document = append(append(document, ','), text("serialNumber", serialNumber(c))...)
	document = append(document, `,"validity":{`...)
	document = append(document, text("notBefore", c.NotBefore.UTC().Format(certificateTime))...)
	document = append(append(document, ','), text("notAfter", c.NotAfter.UTC().Format(certificateTime))...)
	value, err := jsonvalue.Parse(append(document, "}}"...))
	if err != nil {
		return jsonvalue.Value{} // what was built above always parses
	}
	return value
}

// serialNumber returns the bytes of a serial number in hexadecimal digits, with colons between them.
func serialNumber(c *x509.Certificate) string {
	const digits = "0123456789abcdef"
	raw := c.SerialNumber.Bytes()
	if len(raw) == 0 {
		raw = []byte{0}
	}
	text := make([]byte, 0, 3*len(raw))
	for i, b := range raw {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, digits[b>>4], digits[b&15])
	}
	return string(text)
}
