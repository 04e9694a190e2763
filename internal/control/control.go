// Package control is the control plane: the operations of the API Gateway REST service, each
// one method of Control and one transaction of the store.
//
// An operation loads what it works on, checks the change, changes and saves; a failure leaves
// nothing behind. The operations stand one file per family (restapi.go, resource.go,
// method.go ...). What is lawful is said by functions named check..., over the shapes of apigw, which
// the put, the end of a PATCH and the import share. What PATCH may change is said by the
// tables of package patch.
//
// The wire form, the required members and the constraints of the model are the business of
// package restjson: they hold when an operation is called. What the stored API does at run time
// is the business of the data plane, which this package does not import: it reads the
// snapshots that deployments leave in the store.
//
// Start with bind.go, the index of the operations, then records.go, how they reach the store.
package control

import (
	"context"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// Config is what a Control needs. Only Store is required.
type Config struct {
	// Store keeps everything. Control does not close it.
	Store store.Store

	// Clock tells the time that goes into created and updated dates; nil is time.Now.
	Clock func() time.Time

	// NewID returns n random lower-case letters and digits; nil is RandomID.
	NewID func(n int) string

	// Applied, where set, is called after a commit that changes what the data plane serves,
	// with its revision, and returns once that is served. Its error becomes the
	// operation's, although the change is kept.
	Applied func(ctx context.Context, revision store.Revision) error

	// TestInvoke executes a method for TestInvokeMethod. Without it the operation fails.
	TestInvoke func(ctx context.Context, t *Trial) (*apigw.TestInvokeMethodResponse, error)

	// FlushCache empties the response cache of a stage for FlushStageCache. Without it the operation fails.
	FlushCache func(ctx context.Context, api store.API, stage string) error

	// TestAuthorizer runs an authorizer for TestInvokeAuthorizer, and FlushAuthorizers forgets the results that are
	// kept for a stage for FlushStageAuthorizersCache. Without them the operations fail.
	TestAuthorizer   func(ctx context.Context, t *AuthorizerTrial) (*apigw.TestInvokeAuthorizerResponse, error)
	FlushAuthorizers func(ctx context.Context, api store.API, stage string) error

	// Usage counts requests by usage plan and API key. Without it usage is shown as the store has it, and can't be changed.
	Usage UsageCounts

	// AccountThrottle is the throttle that accounts have; nil is the service's, 10,000 requests a second and 5,000 at once.
	AccountThrottle *apigw.ThrottleSettings

	// RequireRoles refuses integrations with AWS services other than Lambda that name no role.
	RequireRoles bool

	// MaxTimeoutMillis is the longest that an integration may take; 0 is the service's 29,000.
	MaxTimeoutMillis int32

	// InvokeURL returns where a stage is called, for generated SDKs. Nil makes the addresses that AWS would have.
	InvokeURL func(api store.API, stage string) string

	// Limits are the quotas of accounts and APIs; nil is DefaultLimits.
	Limits *Limits

	// KnownVPCLink reports whether a VPC link of that id, which no operation here has made, has
	// addresses: one of the second version, which another service makes. Nil knows none.
	KnownVPCLink func(id string) bool

	// MultiLevelBasePaths takes base paths of several levels ("orders/v1"), which the service takes from its
	// second API only.
	MultiLevelBasePaths bool
}

// Control carries out operations. It holds no state of its own besides its
// configuration and is safe for concurrent use.
type Control struct {
	store   store.Store
	clock   func() time.Time
	newID   func(n int) string
	applied func(ctx context.Context, revision store.Revision) error

	requireRoles bool

	testInvoke func(ctx context.Context, t *Trial) (*apigw.TestInvokeMethodResponse, error)
	flushCache func(ctx context.Context, api store.API, stage string) error

	testAuthorizer   func(ctx context.Context, t *AuthorizerTrial) (*apigw.TestInvokeAuthorizerResponse, error)
	flushAuthorizers func(ctx context.Context, api store.API, stage string) error

	usage      UsageCounts
	throttle   apigw.ThrottleSettings
	maxTimeout int32
	knownLink  func(id string) bool
	multiLevel bool
	limits     *Limits
	invokeURL  func(api store.API, stage string) string
}

// New returns a Control over cfg.Store.
func New(cfg Config) *Control {
	c := &Control{
		store: cfg.Store, clock: cfg.Clock, newID: cfg.NewID, applied: cfg.Applied,
		requireRoles: cfg.RequireRoles, maxTimeout: cfg.MaxTimeoutMillis, knownLink: cfg.KnownVPCLink,
	}
	if c.maxTimeout == 0 {
		c.maxTimeout = defaultTimeoutMillis
	}
	if c.invokeURL = cfg.InvokeURL; c.invokeURL == nil {
		c.invokeURL = func(api store.API, stage string) string {
			return "https://" + api.ID + ".execute-api." + api.Region + ".amazonaws.com/" + stage
		}
	}
	if c.limits = cfg.Limits; c.limits == nil {
		c.limits = new(DefaultLimits())
	}
	c.throttle = apigw.ThrottleSettings{BurstLimit: new(int32(5000)), RateLimit: new(10000.0)}
	if cfg.AccountThrottle != nil {
		c.throttle = *cfg.AccountThrottle
	}
	if c.knownLink == nil {
		c.knownLink = func(string) bool { return false }
	}
	c.multiLevel = cfg.MultiLevelBasePaths
	c.testInvoke, c.flushCache, c.usage = cfg.TestInvoke, cfg.FlushCache, cfg.Usage
	c.testAuthorizer, c.flushAuthorizers = cfg.TestAuthorizer, cfg.FlushAuthorizers
	if c.clock == nil {
		c.clock = time.Now
	}
	if c.newID == nil {
		c.newID = RandomID
	}
	if c.applied == nil {
		c.applied = func(context.Context, store.Revision) error { return nil }
	}
	return c
}
