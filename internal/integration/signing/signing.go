// Package signing makes requests to AWS services ones that can be sent: it finds the service's
// endpoint, the credentials to call it with, and signs with Signature Version 4.
//
// It sends nothing itself, except that it asks STS for the credentials of a role. What a request says
// to its service is none of its business. Start reading at [Signer.Sign]; endpoint.go, role.go, own.go
// and signature.go are its steps, client.go is how it sends.
package signing

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// Config configures a [Signer]. The zero Config reads the process's environment.
type Config struct {
	// Getenv returns a variable of the environment, with the meaning that the AWS SDKs give it; nil is
	// os.Getenv. Profiles and other sources of credentials are always those of the process.
	Getenv func(name string) string

	// KeepRoles signs with the gateway's own credentials instead of those of the roles that
	// integrations name, for endpoints that know no roles.
	KeepRoles bool

	// Guard, if not nil, is asked about each address at which STS is to be called for an integration's role, as
	// it is about other back ends: an error keeps it from being called. Endpoints that the environment names
	// are not asked about, nor are the sources of the gateway's own credentials.
	Guard func(netip.Addr) error

	// Roots are the authorities that certificates of STS and of those sources may chain to; nil is the
	// system's.
	Roots *x509.CertPool

	Logger *slog.Logger     // nil logs nothing
	Now    func() time.Time // nil is time.Now
}

// Signer is an integration.Signer. It is safe for concurrent use.
type Signer struct {
	now       func() time.Time
	keepRoles bool
	endpoints *endpoints
	own       *own
	sessions  *sessions
	roles     *roles
	keys      keys
	clock     clock
}

// New returns a Signer. It takes hold of nothing and asks nobody before the first request. The caller
// closes it.
func New(cfg Config) *Signer {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Signer{now: cfg.Now, keepRoles: cfg.KeepRoles, endpoints: &endpoints{getenv: cfg.Getenv}}
	s.own = &own{getenv: cfg.Getenv, client: newChainClient(cfg.Roots)}
	s.sessions = &sessions{endpoints: s.endpoints, own: s.own, trusted: newClient(cfg.Roots, nil), guarded: newClient(cfg.Roots, cfg.Guard)}
	s.roles = newRoles(s.sessions, cfg.Logger, cfg.Now)
	return s
}

// Close ends what goes on in the background.
func (s *Signer) Close() {
	s.roles.close()
	s.sessions.guarded.CloseIdleConnections()
	s.sessions.trusted.CloseIdleConnections()
}

// Sign completes req, as integration.Signer says.
func (s *Signer) Sign(ctx context.Context, req *integration.Request) error {
	target, err := s.endpoints.of(&req.Service)
	if err != nil {
		return configuration(err.Error(), nil)
	}
	credentials, ready := s.ready(req)
	if !ready {
		if credentials, err = s.await(ctx, req); err != nil {
			return err
		}
	}
	req.Trusted = target.configured
	req.URI.Scheme, req.URI.Host = target.scheme, target.host
	if target.path != "" {
		req.URI.Path = target.path + req.URI.Path
	}
	s.sign(req, target.region, credentials)
	return nil
}

// usesRole reports whether the request is made with the credentials of a role.
func (s *Signer) usesRole(req *integration.Request) bool {
	return req.Service.Credentials != "" && !s.keepRoles
}

// ready returns the credentials that can be had without waiting.
func (s *Signer) ready(req *integration.Request) (integration.Credentials, bool) {
	switch {
	case req.Service.Credentials == integration.CallerCredentials:
		if req.Caller != nil {
			return *req.Caller, true
		}
		return integration.Credentials{}, false
	case s.usesRole(req):
		return s.roles.ready(req.Service.Credentials)
	}
	return s.own.static()
}

// await gets the credentials within the time of the call, and takes the time that it took off it.
func (s *Signer) await(ctx context.Context, req *integration.Request) (integration.Credentials, error) {
	if req.Service.Credentials == integration.CallerCredentials {
		return integration.Credentials{}, configuration("The integration is called with the caller's credentials, and the caller has none", nil)
	}
	start := time.Now()
	bounded, cancel := context.WithTimeout(ctx, req.Timeout)
	defer cancel()
	var credentials integration.Credentials
	var err error
	if s.usesRole(req) {
		credentials, err = s.roles.await(bounded, &req.Service)
	} else {
		credentials, err = s.own.retrieve(bounded)
	}
	req.Timeout -= time.Since(start)
	switch {
	case ctx.Err() != nil:
		return credentials, &integration.Error{Kind: integration.Canceled, Err: ctx.Err()}
	case bounded.Err() != nil || req.Timeout <= 0:
		return credentials, &integration.Error{Kind: integration.Timeout, Err: err}
	}
	return credentials, err
}

// configuration returns an error for an integration that can't be called as configured.
func configuration(reason string, cause error) *integration.Error {
	return &integration.Error{Kind: integration.Configuration, Reason: reason, Err: cause}
}

// errNoSession is an answer of STS without credentials.
var errNoSession = errors.New("STS answered without credentials")

// errClosed is the failure of calls after Close.
var errClosed = errors.New("signer is shut down")
