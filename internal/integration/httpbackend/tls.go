package httpbackend

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// Roots returns the system's trusted authorities and those of the given PEM files' contents.
func Roots(pem ...[]byte) (*x509.CertPool, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's trusted certificates: %w", err)
	}
	for i, data := range pem {
		if !roots.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("certificate file %d holds no PEM certificate", i+1)
		}
	}
	return roots, nil
}

// tlsConfig returns how to connect to the endpoint. SNI and the name check use the URI's host, also
// when a Host header is mapped.
func (b *Backend) tlsConfig(key endpoint) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: key.host,
		RootCAs:    b.cfg.Roots,
		NextProtos: []string{"http/1.1"},
	}
	if key.tls.InsecureSkipVerification {
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error {
			return verifyPresented(state.PeerCertificates, key.host, b.cfg.Roots)
		}
	}
	if id := key.tls.ClientCertificateID; id != "" {
		certificate, err := b.clientCertificate(id)
		if err != nil {
			return nil, err
		}
		// It is presented whatever authorities the endpoint says that it accepts: as it is self-signed,
		// none of them has issued it.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	return config, nil
}

// clientCertificate returns the certificate that the stage presents.
func (b *Backend) clientCertificate(id string) (*tls.Certificate, error) {
	err := errors.New("no client certificates are configured")
	if b.cfg.ClientCertificate != nil {
		var certificate *tls.Certificate
		if certificate, err = b.cfg.ClientCertificate(id); err == nil {
			return certificate, nil
		}
	}
	return nil, &integration.Error{
		Kind: integration.Configuration, Reason: "Invalid client certificate", Err: fmt.Errorf("client certificate %s: %w", id, err),
	}
}

// verifyPresented checks a chain without asking who vouches for it: dates, host name, signatures and
// that it ends in a root certificate, which may be one that the endpoint itself presented.
//
// AWS: TlsConfig (API reference, insecureSkipVerification).
func verifyPresented(chain []*x509.Certificate, host string, trusted *x509.CertPool) error {
	if len(chain) == 0 {
		return errors.New("endpoint presented no certificate")
	}
	presented, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, certificate := range chain {
		if certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature) == nil {
			presented.AddCert(certificate)
		} else {
			intermediates.AddCert(certificate)
		}
	}
	options := x509.VerifyOptions{DNSName: host, Roots: presented, Intermediates: intermediates}
	_, err := chain[0].Verify(options)
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) {
		options.Roots = trusted
		_, err = chain[0].Verify(options)
	}
	return err
}
