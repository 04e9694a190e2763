// Package vpclink calls endpoints through VPC links: private integrations.
//
// A VPC link leads to a load balancer in a private network. Here the operator's configuration says which
// addresses stand behind a link, and this package is the load balancer: it keeps to the targets that are
// healthy, spreads the calls over them, and hands each call with its address to the integration that
// makes it. The URI of a private integration supplies the path, the Host header and the name in the
// certificate, but is never resolved. What is called without a link passes through unchanged.
//
// It makes no connections for calls, follows no configuration and maps nothing. Start reading at
// [Integration.Call]; group.go chooses a target, health.go watches over them.
package vpclink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// Config configures an [Integration].
type Config struct {
	// Next makes the calls, to Request.Address where one is given.
	Next integration.Integration

	// Links are the targets of links, by a link's id, its name, the ARN that it leads to, or the ARN
	// that an integration names as its target.
	Links map[string]Targets

	Logger *slog.Logger // told when the health of a target changes; nil logs nothing

	// Probe checks a target once; nil does what HealthCheck describes.
	Probe func(ctx context.Context, how HealthCheck, address string) error
}

// Key names a VPC link among all accounts and regions.
type Key struct{ AccountID, Region, ID string }

// Link is what is known of a VPC link.
type Link struct {
	Name    string
	Targets []string // ARNs
}

// Integration is an integration.Integration. It is safe for concurrent use.
type Integration struct {
	next   integration.Integration
	logger *slog.Logger
	groups map[string]*group               // by the names of Config.Links; never written to
	links  atomic.Pointer[map[Key]*linked] // the links that exist

	stop    context.CancelFunc
	running sync.WaitGroup // health checks
}

// linked is a link that exists, with its targets, nil where the configuration has none.
type linked struct{ group *group }

// New returns an Integration that knows no link to exist, and begins to check the targets. The caller
// closes it. The configuration must be valid; see [Targets.Validate].
func New(cfg Config) *Integration {
	v := &Integration{next: cfg.Next, logger: cfg.Logger, groups: make(map[string]*group, len(cfg.Links))}
	if v.logger == nil {
		v.logger = slog.New(slog.DiscardHandler)
	}
	probe := cfg.Probe
	if probe == nil {
		probe = check
	}
	ctx, stop := context.WithCancel(context.Background())
	v.stop = stop
	for name, targets := range cfg.Links {
		targets = targets.withDefaults()
		g := newGroup(name, targets)
		v.groups[name] = g
		if targets.Health.Protocol == Unchecked {
			continue
		}
		for _, t := range g.targets {
			v.running.Go(func() { v.watch(ctx, g, t, probe) })
		}
	}
	v.links.Store(&map[Key]*linked{})
	return v
}

// Close ends the health checks.
func (v *Integration) Close() {
	v.stop()
	v.running.Wait()
}

// SetLinks says which links exist.
func (v *Integration) SetLinks(links map[Key]Link) {
	known := make(map[Key]*linked, len(links))
	for key, link := range links {
		known[key] = &linked{v.groupOf(key, link)}
	}
	v.links.Store(&known)
}

// groupOf returns the targets that the configuration has for a link: by its id, name or target, in
// this order.
func (v *Integration) groupOf(key Key, link Link) *group {
	for _, name := range append([]string{key.ID, link.Name}, link.Targets...) {
		if g := v.groups[name]; g != nil {
			return g
		}
	}
	return nil
}

// find returns the targets of a call. The integration's own target wins over the link's. A link that
// no operation made may still be configured: those of the second version are made elsewhere.
func (v *Integration) find(link *integration.Link) (*group, *integration.Error) {
	if g := v.groups[link.Target]; g != nil {
		return g, nil
	}
	if known := (*v.links.Load())[Key{link.AccountID, link.Region, link.ID}]; known != nil {
		if known.group != nil {
			return known.group, nil
		}
		return nil, misconfigured("VPC link " + link.ID + " has no addresses: name it under vpc_links in the configuration")
	}
	if g := v.groups[link.ID]; g != nil {
		return g, nil
	}
	if link.ID == "" {
		return nil, misconfigured("the VPC link's stage variable is not set")
	}
	return nil, misconfigured("VPC link " + link.ID + " does not exist")
}

// misconfigured is the failure of a call whose link leads nowhere.
func misconfigured(reason string) *integration.Error {
	return &integration.Error{Kind: integration.Configuration, Reason: reason}
}

// errNoTarget is the failure of a call for which no target is left.
var errNoTarget = errors.New("no healthy target")

// Call sends a request that names a link to one of the link's targets, and any other on to the next
// integration. A target that can't be connected to is passed over for another one: it has seen nothing
// of the request, so that even one that must not be sent twice may go elsewhere.
func (v *Integration) Call(ctx context.Context, req *integration.Request, resp *integration.Response) error {
	if req.Link == nil {
		return v.next.Call(ctx, req, resp)
	}
	g, failure := v.find(req.Link)
	if failure != nil {
		return failure
	}
	timeout := req.Timeout
	defer func() { req.Address, req.Trusted, req.Timeout = "", false, timeout }()
	deadline := time.Now().Add(timeout)
	var tried []*target
	last := errNoTarget
	for {
		t := g.pick(tried)
		if t == nil {
			return &integration.Error{Kind: integration.Network, Err: fmt.Errorf("VPC link %s: %w", g.name, last)}
		}
		req.Address, req.Trusted = t.address, true
		err := t.call(ctx, v.next, req, resp)
		var failure *integration.Error
		if err == nil || !errors.As(err, &failure) || failure.Kind != integration.Network || !failure.Unsent {
			return err
		}
		if dialing := (*net.OpError)(nil); errors.As(err, &dialing) && dialing.Op == "dial" {
			v.report(g, t, err)
		}
		tried, last = append(tried, t), err
		if req.Timeout = time.Until(deadline); req.Timeout <= 0 {
			return &integration.Error{Kind: integration.Timeout, Err: err}
		}
	}
}

// TargetStats are the numbers of one target.
type TargetStats struct {
	Link     string // as it is named in the configuration
	Address  string
	Healthy  bool
	Pending  int64 // calls in flight, streams included
	Calls    int64 // calls that were begun
	Failures int64 // calls that ended without an answer
}

// Stats returns the numbers of all targets, by link and in the order of the configuration.
func (v *Integration) Stats() []TargetStats {
	var stats []TargetStats
	for _, name := range slices.Sorted(maps.Keys(v.groups)) {
		for _, t := range v.groups[name].targets {
			stats = append(stats, TargetStats{
				Link: name, Address: t.address, Healthy: t.healthy.Load(),
				Pending: t.pending.Load(), Calls: t.calls.Load(), Failures: t.failures.Load(),
			})
		}
	}
	return stats
}
