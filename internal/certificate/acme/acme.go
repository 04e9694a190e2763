// Package acme obtains certificates for host names from an authority that speaks ACME, and renews them.
//
// It is certmagic, told which names are wanted and where its listener is. Challenges are of the kind
// TLS-ALPN-01, which the gateway's own listener answers: the authority has to reach it at port 443 of
// each name. Keys and certificates are kept in a directory. Start reading at [Manager.Manage].
package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Config configures a [Manager].
type Config struct {
	Directory string // URL of the authority's directory
	Email     string // for the authority's messages; may be ""
	Storage   string // directory for keys and certificates
	Roots     string // PEM file of authorities that the directory's own certificate chains to; "" for the system's

	// Host and Port are where the gateway listens with TLS.
	Host string
	Port int

	Logger *slog.Logger // nil logs nothing
}

// Manager keeps certificates for names. It is safe for concurrent use, but for Manage and Close, which one goroutine
// calls.
type Manager struct {
	cache *certmagic.Cache
	magic *certmagic.Config
	log   *slog.Logger

	mu    sync.Mutex
	names map[string]context.CancelFunc // ends the efforts for a name
}

// Open returns a manager that wants no names yet. Close it.
func Open(cfg Config) (*Manager, error) {
	m := &Manager{log: cfg.Logger, names: map[string]context.CancelFunc{}}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	var roots *x509.CertPool
	if cfg.Roots != "" {
		text, err := os.ReadFile(cfg.Roots)
		if err != nil {
			return nil, fmt.Errorf("roots of the ACME directory: %w", err)
		}
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("roots of the ACME directory: %s has no certificates", cfg.Roots)
		}
	}
	if err := os.MkdirAll(cfg.Storage, 0o700); err != nil {
		return nil, fmt.Errorf("storage of ACME certificates: %w", err)
	}
	logger := zap.New(&logCore{m.log})
	m.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return m.magic, nil },
		Logger:           logger,
	})
	m.magic = certmagic.New(m.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: cfg.Storage}, Logger: logger,
		OCSP: certmagic.OCSPConfig{DisableStapling: true}, // no further host is called
	})
	m.magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(m.magic, certmagic.ACMEIssuer{
		CA: cfg.Directory, TestCA: cfg.Directory, Email: cfg.Email, Agreed: true, TrustedRoots: roots, Logger: logger,
		DisableHTTPChallenge: true, ListenHost: cfg.Host, AltTLSALPNPort: cfg.Port,
	})}
	return m, nil
}

// Manage says which names are wanted: certificates that are not there are obtained in the background, again and again
// until that succeeds, and all are renewed in time. Names that were wanted before and are not any more are let go.
func (m *Manager) Manage(names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
		if m.names[name] != nil {
			continue
		}
		ctx, cancel := context.WithCancel(context.Background())
		m.names[name] = cancel
		if err := m.magic.ManageAsync(ctx, []string{name}); err != nil {
			m.log.Error("no certificate is obtained", "domain", name, "error", err)
		}
	}
	for name, cancel := range m.names {
		if !wanted[name] {
			cancel()
			delete(m.names, name)
			m.cache.RemoveManaged([]certmagic.SubjectIssuer{{Subject: name}})
		}
	}
}

// errNotYet is a name whose certificate has not been obtained.
var errNotYet = errors.New("it has not been obtained yet")

// Certificate returns the certificate for the name of a handshake, or that which answers an authority's challenge.
func (m *Manager) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	certificate, err := m.magic.GetCertificate(hello)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errNotYet, err)
	}
	return certificate, nil
}

// Close ends all efforts. Certificates stay in the directory.
func (m *Manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, cancel := range m.names {
		cancel()
		delete(m.names, name)
	}
	m.cache.Stop()
}

// logCore writes the library's log to ours. What the library calls information is detail to operators.
type logCore struct{ log *slog.Logger }

// levels of ours for those of the library.
var levels = map[zapcore.Level]slog.Level{
	zapcore.DebugLevel: slog.LevelDebug, zapcore.InfoLevel: slog.LevelDebug, zapcore.WarnLevel: slog.LevelWarn,
}

func levelOf(l zapcore.Level) slog.Level {
	if level, ok := levels[l]; ok {
		return level
	}
	return slog.LevelError
}

// Enabled implements zapcore.Core.
func (c *logCore) Enabled(l zapcore.Level) bool {
	return c.log.Enabled(context.Background(), levelOf(l))
}

// With implements zapcore.Core.
func (c *logCore) With(fields []zapcore.Field) zapcore.Core {
	return &logCore{c.log.With(attributes(fields)...)}
}

// Check implements zapcore.Core.
func (c *logCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(entry.Level) {
		return checked.AddCore(entry, c)
	}
	return checked
}

// Write implements zapcore.Core.
func (c *logCore) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	level := levelOf(entry.Level)
	for _, f := range fields {
		// Efforts that were ended on purpose are nothing to worry about.
		if err, ok := f.Interface.(error); ok && errors.Is(err, context.Canceled) {
			level = slog.LevelDebug
		}
	}
	c.log.Log(context.Background(), level, "ACME: "+entry.Message, attributes(fields)...)
	return nil
}

// Sync implements zapcore.Core.
func (c *logCore) Sync() error { return nil }

// attributes returns fields as attributes of ours.
func attributes(fields []zapcore.Field) []any {
	encoder := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(encoder)
	}
	var list []any
	for _, name := range slices.Sorted(maps.Keys(encoder.Fields)) {
		list = append(list, slog.Any(name, encoder.Fields[name]))
	}
	return list
}
