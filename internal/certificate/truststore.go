package certificate

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// maxChain is the longest chain of certificates, the client's and the authority's included.
//
// AWS: How to turn on mutual TLS authentication for your REST APIs in API Gateway.
const maxChain = 4

// Truststore has the authorities whose clients may call a custom domain name. It is from a file, which is read
// anew when it changes, and safe for concurrent use.
type Truststore struct {
	file *watched[Authorities]
}

// Authorities are the certificates of a truststore at one time. Who has checked a chain against them need not do it
// again as long as [Truststore.Authorities] returns the same.
type Authorities struct {
	roots *x509.CertPool
	known map[string]bool // certificates of the truststore, by their bytes
}

// OpenTruststore reads a truststore: a PEM file of certificates. Logger is told when the file is replaced by something
// else.
func OpenTruststore(path string, logger *slog.Logger) (*Truststore, error) {
	read := func() (*Authorities, error) {
		text, err := readTruststore(path)
		if err == nil {
			var a *Authorities
			if a, err = parseAuthorities(text); err == nil {
				return a, nil
			}
		}
		return nil, fmt.Errorf("truststore %s: %w", path, err)
	}
	failed := func(err error) { logger.Error("a changed truststore is not used", "error", err) }
	w, err := watch([]string{path}, read, failed)
	if err != nil {
		return nil, err
	}
	return &Truststore{w}, nil
}

// parseAuthorities reads the certificates of a truststore.
func parseAuthorities(text []byte) (*Authorities, error) {
	a := &Authorities{roots: x509.NewCertPool(), known: map[string]bool{}}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(a.known)+1, err)
		}
		a.roots.AddCert(certificate)
		a.known[string(certificate.Raw)] = true
	}
	if len(a.known) == 0 {
		return nil, errors.New("it has no certificates")
	}
	return a, nil
}

// Authorities returns the certificates of the truststore as they are now.
func (t *Truststore) Authorities() *Authorities { return t.file.get() }

// The reasons why a client is refused, as the execution log has them.
//
// AWS: How do I troubleshoot HTTP 403 Forbidden errors from an API Gateway custom domain name that requires
// mutual TLS? The others are ours.
const (
	reasonNone     = "The client did not present a certificate"
	reasonIssuer   = "Could not find issuer for certificate"
	reasonInsecure = "Client cert using an insecure Signature Algorithm"
	reasonSelf     = "self signed certificate"
	reasonExpired  = "certificate has expired"
	reasonEarly    = "certificate is not yet valid"
	reasonLong     = "certificate chain too long"
	reasonPurpose  = "unsupported certificate purpose"
)

// Check says why a client is refused that presented the chain, its own certificate first; "" where it is trusted.
func (a *Authorities) Check(chain []*x509.Certificate, now time.Time) string {
	if len(chain) == 0 {
		return reasonNone
	}
	leaf := chain[0]
	switch {
	case insecure(leaf.SignatureAlgorithm):
		return reasonInsecure
	case now.After(leaf.NotAfter):
		return reasonExpired
	case now.Before(leaf.NotBefore):
		return reasonEarly
	case a.known[string(leaf.Raw)]:
		return ""
	}
	options := x509.VerifyOptions{
		Roots: a.roots, Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, certificate := range chain[1:] {
		options.Intermediates.AddCert(certificate)
	}
	verified, err := leaf.Verify(options)
	if err != nil {
		return refusal(leaf, err)
	}
	for _, path := range verified {
		if len(path) <= maxChain {
			return ""
		}
	}
	return reasonLong
}

// refusal returns the reason for an error of a verification.
func refusal(leaf *x509.Certificate, err error) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch invalid.Reason {
		case x509.Expired:
			return reasonExpired
		case x509.TooManyIntermediates:
			return reasonLong
		case x509.IncompatibleUsage:
			return reasonPurpose
		}
		return "invalid certificate"
	}
	if _, ok := errors.AsType[x509.InsecureAlgorithmError](err); ok {
		return reasonInsecure
	}
	if leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil {
		return reasonSelf
	}
	return reasonIssuer
}

// insecure reports whether certificates must not be signed with an algorithm.
//
// AWS: How to turn on mutual TLS authentication for your REST APIs in API Gateway (SHA-256 or stronger).
func insecure(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.DSAWithSHA256, x509.ECDSAWithSHA1, x509.UnknownSignatureAlgorithm:
		return true
	}
	return false
}
