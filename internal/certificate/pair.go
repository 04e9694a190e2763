package certificate

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
)

// Files names the files of a certificate: PEM, the certificate itself first and then its chain. Key is that of
// its private key; it may be the same file.
type Files struct {
	Certificate string
	Key         string
}

// Pair is a certificate with its private key from files, which are read anew when they change. It is safe for
// concurrent use.
type Pair struct {
	files *watched[tls.Certificate]
}

// OpenPair reads a certificate. Logger is told when the files are replaced by something that is no certificate.
func OpenPair(files Files, logger *slog.Logger) (*Pair, error) {
	if files.Key == "" {
		files.Key = files.Certificate
	}
	read := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w", files.Certificate, err)
		}
		return &pair, nil
	}
	failed := func(err error) { logger.Error("a changed certificate is not used", "error", err) }
	w, err := watch([]string{files.Certificate, files.Key}, read, failed)
	if err != nil {
		return nil, err
	}
	return &Pair{w}, nil
}

// Certificate returns the certificate as it is in the files.
func (p *Pair) Certificate() *tls.Certificate { return p.files.get() }

// maxTruststoreBytes bounds a truststore.
//
// AWS: How to turn on mutual TLS authentication for your REST APIs in API Gateway (1,000 certificates).
const maxTruststoreBytes = 8 << 20

// errTooLarge is a truststore of more than maxTruststoreBytes.
var errTooLarge = errors.New("it has more than 8 MiB")

// readTruststore reads a file that may be a truststore.
func readTruststore(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxTruststoreBytes {
		return nil, errTooLarge
	}
	return os.ReadFile(path)
}
