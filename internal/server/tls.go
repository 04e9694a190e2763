package server

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/certificate/acme"
)

// TLSConfig says with which certificates the gateway speaks TLS, and whom it trusts.
type TLSConfig struct {
	// Certificates are files by the ARN that domain names give, by a host name, or by a wildcard such as
	// *.example.com.
	Certificates map[string]certificate.Files

	// Default is for clients that name no host, or one that nobody knows; there may be none.
	Default certificate.Files

	// Development is the directory of an authority that certifies any host; "" for none.
	Development string

	// Truststores are files of authorities for mutual TLS, by the URI that domain names give:
	// s3://bucket/key, or s3://bucket/key?versionId=version for a version of it.
	Truststores map[string]string

	ACME ACMEConfig
}

// ACMEConfig says which authority certifies custom domain names that have no certificate.
type ACMEConfig struct {
	Directory string // URL of the authority's directory; "" asks nobody
	Email     string // for the authority's messages; may be ""
	Storage   string // directory for keys and certificates; below Config.Data if ""
	Roots     string // PEM file of authorities that the directory's own certificate chains to; "" for the system's
	Agreed    bool   // the operator agrees to the authority's terms of service
}

// empty reports whether nothing is configured.
func (c *TLSConfig) empty() bool {
	return len(c.Certificates) == 0 && c.Default == (certificate.Files{}) && c.Development == "" && len(c.Truststores) == 0 && c.ACME == (ACMEConfig{})
}

// validate returns what is wrong.
func (c *TLSConfig) validate(listens bool, data string) []error {
	var problems []error
	if !listens && !c.empty() {
		problems = append(problems, errors.New("tls: nothing listens with TLS: give an address with gateway-tls"))
	}
	if c.Default.Certificate == "" && c.Default.Key != "" {
		problems = append(problems, errors.New("tls-key: there is no tls-certificate"))
	}
	for _, uri := range slices.Sorted(maps.Keys(c.Truststores)) {
		if !strings.HasPrefix(uri, "s3://") {
			problems = append(problems, fmt.Errorf("%s: truststores: %s: not of the form s3://bucket/key", tlsName, uri))
		}
	}
	if a := c.ACME; a.Directory == "" && a != (ACMEConfig{}) {
		problems = append(problems, fmt.Errorf("%s: acme: there is no directory", tlsName))
	} else if a.Directory != "" && !a.Agreed {
		problems = append(problems, fmt.Errorf("%s: acme: read the authority's terms of service, and set agreed to true", tlsName))
	} else if a.Directory != "" && a.Storage == "" && data == Memory {
		problems = append(problems, fmt.Errorf("%s: acme: name a directory as storage, since nothing is kept below data", tlsName))
	}
	return problems
}

// tlsName is the member of the configuration file about TLS. It has no variable; some of it has flags.
const tlsName = "tls"

// tlsForm is the member of the configuration file.
type tlsForm struct {
	Certificates map[string]filesForm `yaml:"certificates"`
	Truststores  map[string]string    `yaml:"truststores"`
	ACME         acmeForm             `yaml:"acme"`
}

// filesForm are the files of a certificate. One file alone, which has both, will do.
type filesForm struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// acmeForm is ACMEConfig.
type acmeForm struct {
	Directory string `yaml:"directory"`
	Email     string `yaml:"email"`
	Storage   string `yaml:"storage"`
	Roots     string `yaml:"roots"`
	Agreed    bool   `yaml:"agreed"`
}

// UnmarshalYAML reads either form.
func (f *filesForm) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		f.Certificate = node.Value
		return nil
	}
	type form filesForm // without this method
	return decodeStrictly(node, (*form)(f), "certificate", "key")
}

// UnmarshalYAML refuses members that there are not.
func (f *acmeForm) UnmarshalYAML(node *yaml.Node) error {
	type form acmeForm // without this method
	return decodeStrictly(node, (*form)(f), "directory", "email", "storage", "roots", "agreed")
}

// readTLS reads the member of the configuration file.
func readTLS(path string, node *yaml.Node) (TLSConfig, error) {
	var form tlsForm
	if err := decodeStrictly(node, &form, "certificates", "truststores", "acme"); err != nil {
		return TLSConfig{}, fmt.Errorf("%s:%d: %s: %w", path, node.Line, tlsName, err)
	}
	config := TLSConfig{Certificates: map[string]certificate.Files{}, Truststores: form.Truststores, ACME: ACMEConfig(form.ACME)}
	for name, files := range form.Certificates {
		if files.Certificate == "" {
			return TLSConfig{}, fmt.Errorf("%s:%d: %s: certificates: %s: there is no file", path, node.Line, tlsName, name)
		}
		if !strings.HasPrefix(name, "arn:") {
			name = strings.ToLower(name)
		}
		config.Certificates[name] = certificate.Files(files)
	}
	return config, nil
}

// openCertificates opens the files that the configuration names.
func openCertificates(config *TLSConfig, log *slog.Logger) (certificate.Config, error) {
	opened := certificate.Config{Certificates: map[string]*certificate.Pair{}, Logger: log}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(config.Certificates)) {
		pair, err := certificate.OpenPair(config.Certificates[name], log)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", tlsName, name, err))
			continue
		}
		opened.Certificates[name] = pair
	}
	if config.Default.Certificate != "" {
		pair, err := certificate.OpenPair(config.Default, log)
		opened.Default, problems = pair, append(problems, err)
	}
	if config.Development != "" {
		authority, err := certificate.OpenAuthority(config.Development)
		opened.Development, problems = authority, append(problems, err)
	}
	return opened, errors.Join(problems...)
}

// openTruststores opens the truststores that the configuration names.
func openTruststores(config *TLSConfig, log *slog.Logger) (map[string]*certificate.Truststore, error) {
	opened := map[string]*certificate.Truststore{}
	var problems []error
	for _, uri := range slices.Sorted(maps.Keys(config.Truststores)) {
		store, err := certificate.OpenTruststore(config.Truststores[uri], log)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", tlsName, uri, err))
			continue
		}
		opened[uri] = store
	}
	return opened, errors.Join(problems...)
}

// takeTLS reads the member of the configuration file about TLS and takes it out of the mapping.
func takeTLS(path string, node *yaml.Node) (TLSConfig, error) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == tlsName {
			value := node.Content[i+1]
			node.Content = slices.Delete(node.Content, i, i+2)
			return readTLS(path, value)
		}
	}
	return TLSConfig{}, nil
}

// openTLS opens what the gateway needs for TLS, and prepares the publisher's part that is about custom domain names.
func (s *Server) openTLS() error {
	truststores, err := openTruststores(&s.config.TLS, s.log)
	if err != nil {
		return err
	}
	s.domains = &domainNames{log: s.log, truststores: truststores, secure: s.secureListener != nil}
	if s.secureListener == nil {
		return nil
	}
	config, err := openCertificates(&s.config.TLS, s.log)
	if err != nil {
		return err
	}
	if s.config.TLS.ACME.Directory != "" {
		if s.acme, err = s.openACME(); err != nil {
			return err
		}
		config.Obtain = s.acme.Certificate
	}
	s.authority = config.Development
	s.selector = certificate.NewSelector(config)
	s.domains.setHosts = func(hosts *certificate.Hosts) {
		s.selector.SetHosts(hosts)
		if s.acme != nil {
			s.acme.Manage(s.selector.Uncertified())
		}
	}
	return nil
}

// openACME opens what obtains certificates.
func (s *Server) openACME() (*acme.Manager, error) {
	c := s.config.TLS.ACME
	config := acme.Config{Directory: c.Directory, Email: c.Email, Storage: c.Storage, Roots: c.Roots, Logger: s.log}
	if config.Storage == "" {
		config.Storage = filepath.Join(s.config.Data, "acme")
	}
	if address, ok := s.secureListener.Addr().(*net.TCPAddr); ok {
		config.Host, config.Port = address.IP.String(), address.Port
	}
	manager, err := acme.Open(config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tlsName, err)
	}
	return manager, nil
}
