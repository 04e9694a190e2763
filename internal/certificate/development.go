package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Authority makes certificates for development: for any host, signed by a certificate that people have to trust by
// hand. It is safe for concurrent use.
type Authority struct {
	certificate *x509.Certificate
	pem         []byte
	key         *ecdsa.PrivateKey
	leafKey     *ecdsa.PrivateKey
	now         func() time.Time

	mu    sync.Mutex
	made  map[string]*tls.Certificate // by host
	order []string                    // of made, oldest first
}

// AuthorityFile is the name of the file, in an authority's directory, with the certificate that clients have to trust.
const AuthorityFile = "ca.pem"

// The other file of an authority, and what it makes.
const (
	authorityKey = "ca.key"

	authorityTime = 10 * 365 * 24 * time.Hour
	leafTime      = 30 * 24 * time.Hour
	leafRenewal   = 24 * time.Hour // before its end a certificate is made anew
	clockSkew     = time.Hour      // for clients whose clocks are behind
	maxLeaves     = 256            // certificates that are kept
)

// OpenAuthority returns the authority whose files are in a directory. They are made there, readable by their owner
// only, where there are none.
func OpenAuthority(dir string) (*Authority, error) {
	certificatePEM, err := os.ReadFile(filepath.Join(dir, AuthorityFile))
	if errors.Is(err, os.ErrNotExist) {
		return createAuthority(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("development authority: %w", err)
	}
	keyPEM, err := os.ReadFile(filepath.Join(dir, authorityKey))
	if err != nil {
		return nil, fmt.Errorf("development authority: %w", err)
	}
	pair, err := tls.X509KeyPair(certificatePEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("development authority %s: %w", filepath.Join(dir, AuthorityFile), err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return nil, fmt.Errorf("development authority %s: it was not made by this program", filepath.Join(dir, AuthorityFile))
	}
	return newAuthority(pair.Leaf, key, certificatePEM)
}

// createAuthority makes an authority and its files.
func createAuthority(dir string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname() // for people only
	now := time.Now()
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Sluice development authority " + host, Organization: []string{"Sluice development"}},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(authorityTime),
		IsCA: true, MaxPathLenZero: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	made, err := sign(template, template, key, key)
	if err != nil {
		return nil, err
	}
	keyBytes, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	certificatePEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Raw})
	err = errors.Join(os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, authorityKey), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyBytes}), 0o600),
		os.WriteFile(filepath.Join(dir, AuthorityFile), certificatePEM, 0o644))
	if err != nil {
		return nil, fmt.Errorf("development authority: %w", err)
	}
	return newAuthority(made, key, certificatePEM)
}

func newAuthority(certificate *x509.Certificate, key *ecdsa.PrivateKey, text []byte) (*Authority, error) {
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return &Authority{
		certificate: certificate, pem: bytes.Clone(text), key: key, leafKey: leafKey, now: time.Now, made: map[string]*tls.Certificate{},
	}, nil
}

// PEM returns the authority's certificate, which clients have to trust.
func (a *Authority) PEM() []byte { return bytes.Clone(a.pem) }

// Certificate returns a certificate for a host, or for the address where the host is "".
func (a *Authority) Certificate(host string, address net.IP) (*tls.Certificate, error) {
	if host == "" {
		host = address.String()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if c := a.made[host]; c != nil && now.Before(c.Leaf.NotAfter.Add(-leafRenewal)) {
		return c, nil
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{"Sluice development"}},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(leafTime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	leaf, err := sign(template, a.certificate, a.leafKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate for %s: %w", host, err)
	}
	made := &tls.Certificate{Certificate: [][]byte{leaf.Raw, a.certificate.Raw}, PrivateKey: a.leafKey, Leaf: leaf}
	if a.made[host] == nil {
		if len(a.order) >= maxLeaves {
			delete(a.made, a.order[0])
			a.order = a.order[1:]
		}
		a.order = append(a.order, host)
	}
	a.made[host] = made
	return made, nil
}

// sign makes a certificate for a key.
func sign(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
