// Package server puts the program together: configuration, store, control plane, data plane
// and the listeners in front of them. It is the only place that names concrete backends.
//
// What happens in an API, in either plane, is not its business. Open takes hold of
// everything, Run serves until it is told to stop and then drains. publish.go is where the
// planes meet: it turns commits into tables of the gateway. Start with Open, then Run.
package server

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/certificate/acme"
	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration/guard"
	"github.com/sluice-gateway/sluice/internal/integration/httpbackend"
	"github.com/sluice-gateway/sluice/internal/integration/signing"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/limit/memlimit"
	"github.com/sluice-gateway/sluice/internal/observe"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/respcache"
	"github.com/sluice-gateway/sluice/internal/respcache/localcache"
	"github.com/sluice-gateway/sluice/internal/sigv4"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/boltstore"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

// applyTimeout bounds how long an operation waits for the data plane to serve its change.
const applyTimeout = 5 * time.Second

// lockTimeout is how long a start waits for another process to let go of the store.
const lockTimeout = 2 * time.Second

// Server is a running program. Make one with Open.
type Server struct {
	config  Config
	log     *slog.Logger
	metrics *metrics
	ready   readiness

	store    store.Store
	firstKey *AccessKey
	mux      *restjson.Mux
	gateway  *gateway.Gateway
	backend  *httpbackend.Backend
	signer   *signing.Signer
	logs     *observe.Logs
	segments *observe.Segments // nil where there is no daemon
	cache    respcache.Cache
	links    *vpclink.Integration

	limiter limit.Limiter
	usage   *usageKeeper

	authorizers *lambdaauth.Cache
	userPools   *cognito.Verifier

	directory  *directory
	principals *principals
	faults     faults
	publisher  *publisher
	changes    <-chan store.Change
	unwatch    context.CancelFunc // ends changes
	abort      chan struct{}      // closed by Abort
	abortOnce  sync.Once
	release    sync.Once
	releaseErr error

	controlListener net.Listener
	gatewayListener net.Listener
	secureListener  net.Listener // of the gateway with TLS; nil where there is none
	adminListener   net.Listener // nil where there is none

	domains   *domainNames
	selector  *certificate.Selector // nil where nothing listens with TLS
	authority *certificate.Authority
	acme      *acme.Manager
}

// Open checks the configuration, opens the store and the listening sockets, and loads
// every stage. Nothing is served yet. The caller calls Run or Close.
func Open(ctx context.Context, config Config) (*Server, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	s := &Server{config: config, log: config.logger(), metrics: newMetrics(Version()), abort: make(chan struct{})}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open does the work of Open; what it has opened when it fails, Close closes.
func (s *Server) open(ctx context.Context) (err error) {
	if err := s.listen(ctx); err != nil {
		return err
	}
	if s.store, err = openStore(s.config.Data); err != nil {
		return err
	}
	if s.config.Auth == Verify {
		if s.firstKey, err = createFirstKey(ctx, s.store, s.config.AccountID, time.Now()); err != nil {
			return err
		}
	}
	roots, err := readRoots(s.config.TrustFiles)
	if err != nil {
		return err
	}
	addresses := guard.New(guard.Config{AllowLinkLocal: s.config.AllowLinkLocal, Allow: s.config.AllowAddresses, Deny: s.config.DenyAddresses})
	s.directory = newDirectory(s.log, func(links map[vpclink.Key]vpclink.Link) { s.links.SetLinks(links) })
	s.backend = httpbackend.New(httpbackend.Config{
		Guard: addresses.Check, ClientCertificate: s.directory.certificate, Roots: roots,
		ConnectTimeout: s.config.ConnectTimeout, FirstByteTimeout: s.config.FirstByteTimeout, MaxConnections: s.config.MaxBackendConnections,
	})
	s.links = vpclink.New(vpclink.Config{Next: s.backend, Links: s.config.VPCLinks, Logger: s.log})
	s.metrics.registry.MustRegister(newLinkMetrics(s.links.Stats))
	s.signer = signing.New(signing.Config{Getenv: s.config.Getenv, KeepRoles: s.config.KeepRoles, Guard: addresses.Check, Roots: roots, Logger: s.log})
	s.logs = observe.NewLogs(observe.Config{Open: s.config.openLog(s.log), Dropped: s.metrics.dropLines, Logger: s.log})
	if s.segments, err = openSegments(&s.config, s.log); err != nil {
		return err
	}
	s.cache = localcache.New(localcache.Config{MaxBytes: int64(s.config.CacheMemory) << 20})
	s.openAuthorizers()
	s.limiter = memlimit.New()
	s.gateway = gateway.New(gateway.Config{FoldHeaderNames: s.config.FoldHeaderNames, StreamBytesPerSecond: int64(s.config.StreamRate) << 20, HTTP: s.links, Endpoints: authorize.NewEndpoints(s.config.VPCEndpoints), Explain: s.faults.keep, Authorizers: s.authorizers, UserPools: s.userPools, Limiter: s.limiter, AccountThrottle: s.config.accountThrottle(), Signer: s.signer, Logs: s.logs, Segments: s.segments, Cache: s.cache, Logger: s.log})
	configured, err := readPrincipals(s.config.PrincipalsFile)
	if err != nil {
		return err
	}
	s.principals = newPrincipals(append(configured, s.config.Principals...), s.gateway.SetPrincipals, s.log)
	if err := s.openUsage(ctx); err != nil {
		return err
	}
	if err := s.openTLS(); err != nil {
		return err
	}
	if err := s.follow(ctx); err != nil {
		return fmt.Errorf("load the stages: %w", err)
	}
	s.mux = s.newMux()
	return nil
}

// openStore opens the store that Config.Data means.
func openStore(data string) (store.Store, error) {
	if data == Memory {
		return memstore.New(), nil
	}
	opened, err := boltstore.Open(boltstore.Config{Dir: data, LockTimeout: lockTimeout})
	if err == nil {
		return opened, nil
	}
	switch {
	case errors.Is(err, boltstore.ErrLocked):
		err = withHint(err, "another sluice is running with this directory: stop it, or choose another one with --data")
	case errors.Is(err, boltstore.ErrDamaged):
		err = withHint(err, "restore the file from a backup, or move it away to begin anew")
	case errors.Is(err, boltstore.ErrNewer):
		err = withHint(err, "start the version that wrote it, or a newer one")
	}
	return nil, err
}

// readRoots returns the system's authorities and those of the files; nil, for the system's alone, without files.
func readRoots(paths []string) (*x509.CertPool, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	var files [][]byte
	for _, path := range paths {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("trust: %w", err)
		}
		files = append(files, pem)
	}
	roots, err := httpbackend.Roots(files...)
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	return roots, nil
}

// follow starts to watch the store and fills the gateway's table.
func (s *Server) follow(ctx context.Context) error {
	s.publisher = &publisher{
		store: s.store, swap: s.gateway.Swap, log: s.log, metrics: s.metrics, findings: s.config.Findings,
		suffixes: s.config.Suffixes, rootAPI: s.config.RootAPI, rootStage: s.config.RootStage,
		progress: newProgress(), directory: s.directory, principals: s.principals, usagePlans: s.usage.plans, traces: s.segments != nil,
		stages: map[stageID]*plan.Stage{}, plans: map[deploymentID]*plan.Plan{},
	}
	s.publisher.domains = s.domains
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	s.unwatch = unwatch
	changes, err := s.store.Watch(watching)
	if err != nil {
		return err
	}
	s.changes = changes
	return s.publisher.start(ctx, changes)
}

// newMux returns the control plane.
func (s *Server) newMux() *restjson.Mux {
	throttle, _ := s.config.controlThrottle() // Validate has read it
	mux := restjson.NewMux(restjson.Config{
		Authenticator: s.authenticator(),
		Permit:        s.permit(),
		Throttle:      throttle,
		Log:           s.log,
		Observe:       s.metrics.observeControl,
	})
	control.New(control.Config{Store: s.store, Usage: s.usage, AccountThrottle: s.config.accountSettings(), Applied: s.applied, TestInvoke: s.testInvoke, FlushCache: s.flushCache, TestAuthorizer: s.testAuthorizer, FlushAuthorizers: s.flushAuthorizers,
		RequireRoles:     s.config.RequireRoles,
		InvokeURL:        s.invokeURL,
		Limits:           &s.config.Limits,
		MaxTimeoutMillis: int32(s.config.MaxIntegrationTimeout.Milliseconds()), KnownVPCLink: s.knownLink, MultiLevelBasePaths: s.config.MultiLevelBasePaths,
	}).Bind(mux)
	return mux
}

// invokeURL returns the address of a stage at the gateway, in the form that needs no host name.
func (s *Server) invokeURL(api store.API, stage string) string {
	return s.GatewayURL() + "/_aws/execute-api/" + api.ID + "/" + stage
}

// knownLink reports whether the configuration has addresses for a VPC link of that id.
func (s *Server) knownLink(id string) bool {
	_, known := s.config.VPCLinks[id]
	return known
}

// authenticator returns what says who calls the control plane.
func (s *Server) authenticator() restjson.Authenticator {
	if s.config.Auth == Off {
		return restjson.Open{AccountID: s.config.AccountID, Region: s.config.Region}
	}
	return restjson.Signed{Verifier: &sigv4.Verifier{Lookup: s.principals, Service: "apigateway"}}
}

// applied returns when the data plane serves a revision. A data plane that is slow does not
// make an operation fail that is done.
func (s *Server) applied(ctx context.Context, revision store.Revision) error {
	bounded, cancel := context.WithTimeout(ctx, applyTimeout)
	defer cancel()
	err := s.publisher.progress.wait(bounded, revision)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		s.log.WarnContext(ctx, "the data plane is behind", "revision", revision)
		return nil
	}
	return err
}

// flushCache empties the response cache of a stage.
func (s *Server) flushCache(ctx context.Context, api store.API, stage string) error {
	return s.cache.Flush(ctx, plan.CacheSpace(api.Account, api.Region, api.ID, stage))
}

// FirstKey returns the access key that Open created because there was none, nil otherwise.
// It is the only chance to learn its secret.
func (s *Server) FirstKey() *AccessKey { return s.firstKey }

// SyncLogs returns when the lines that stages have logged so far are at their destinations.
func (s *Server) SyncLogs() { s.logs.Sync() }

// ReopenLogs makes the access and execution logs of stages go on in new files where other programs have moved theirs away.
func (s *Server) ReopenLogs() { s.logs.Reopen() }

// ControlURL returns the base URL of the control plane.
func (s *Server) ControlURL() string { return baseURL(s.controlListener) }

// GatewayURL returns the base URL of the data plane.
func (s *Server) GatewayURL() string { return baseURL(s.gatewayListener) }

// SecureURL returns the base URL of the data plane with TLS, "" where there is none.
func (s *Server) SecureURL() string {
	if s.secureListener == nil {
		return ""
	}
	return "https" + strings.TrimPrefix(baseURL(s.secureListener), "http")
}

// DevelopmentAuthority returns the certificate of the authority for development, PEM, nil where there is none.
func (s *Server) DevelopmentAuthority() []byte {
	if s.authority == nil {
		return nil
	}
	return s.authority.PEM()
}

// AdminURL returns the base URL of the admin listener, "" where there is none.
func (s *Server) AdminURL() string {
	if s.adminListener == nil {
		return ""
	}
	return baseURL(s.adminListener)
}

// Run serves until ctx ends or a listener fails, and then drains: it stops accepting, lets
// the requests in flight be answered within Config.ShutdownTimeout, and releases everything.
// Run is called once.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var publishing, serving sync.WaitGroup
	serving.Go(func() { s.usage.run(ctx) })
	publishing.Go(func() { s.publisher.run(context.WithoutCancel(ctx), s.changes) })

	servers := s.newServers()
	for _, server := range servers {
		serving.Go(func() {
			if err := server.serve(); err != nil {
				cancel(fmt.Errorf("%s listener: %w", server.name, err))
			}
		})
	}
	s.ready.ready.Store(true)
	s.log.InfoContext(ctx, "serving", "control", s.ControlURL(), "gateway", s.GatewayURL(), "admin", s.AdminURL())
	debug.FreeOSMemory() // of what it took to compile all stages, most is garbage now
	<-ctx.Done()
	s.ready.ready.Store(false)

	drainErr := s.drain(servers)
	serving.Wait()
	s.unwatch()
	publishing.Wait()
	err := errors.Join(drainErr, s.Close())
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

// Abort makes a Run that drains break off the requests in flight. It may be called at any
// time and more than once.
func (s *Server) Abort() { s.abortOnce.Do(func() { close(s.abort) }) }

// Close releases everything. After Run it does nothing; where Run is never called, it must be.
func (s *Server) Close() error {
	s.release.Do(func() {
		var errs []error
		if s.unwatch != nil {
			s.unwatch()
		}
		if s.acme != nil {
			s.acme.Close()
		}
		if s.signer != nil {
			s.signer.Close()
		}
		if s.userPools != nil {
			s.userPools.Close()
		}
		if s.links != nil {
			s.links.Close()
		}
		if s.backend != nil {
			s.backend.Close()
		}
		errs = append(errs, s.logs.Close(), s.segments.Close())
		if s.usage != nil {
			errs = append(errs, s.usage.Sync(context.Background()))
		}
		if s.store != nil {
			errs = append(errs, s.store.Close())
		}
		for _, listener := range []net.Listener{s.controlListener, s.gatewayListener, s.secureListener, s.adminListener} {
			if listener == nil {
				continue
			}
			if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
		s.releaseErr = errors.Join(errs...)
	})
	return s.releaseErr
}
