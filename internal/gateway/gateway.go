// Package gateway is the data plane: it takes one request at a time through method request,
// integration request, integration, integration response and method response.
//
// It does no work that could have been done earlier: templates, patterns, mappings and URIs arrive
// compiled in a plan.Stage. It knows no protocol version (package listen fills the [Exchange]) and no
// back end (package integration). Start reading at [Gateway.Serve] in serve.go, which is the order of
// the phases. Each phase has its file, named for it; gateway_response.go renders every error.
package gateway

import (
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/mock"
	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/observe"
	"github.com/sluice-gateway/sluice/internal/respcache"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

// Config configures a [Gateway]. All fields but HTTP and Signer have useful zero values.
type Config struct {
	// HTTP calls the back ends of HTTP and HTTP_PROXY integrations. Without it they answer 500.
	HTTP integration.Integration

	// Signer signs the requests to AWS services. Without it integrations with them answer 500.
	Signer integration.Signer

	// Cache keeps responses for stages that ask for it; nil keeps none.
	Cache respcache.Cache

	// Endpoints says which clients come through interface VPC endpoints; nil: none.
	Endpoints *authorize.Endpoints

	// Authorizers keeps the results of Lambda authorizers; nil is a cache of the usual size.
	Authorizers *lambdaauth.Cache

	// UserPools verifies the tokens of user pools. Without it methods that want one answer 500.
	UserPools *cognito.Verifier

	// Limiter keeps the throttles and the quotas; nil limits nothing. AccountThrottle is that of all requests of
	// an account in a region; nil is none.
	Limiter         limit.Limiter
	AccountThrottle *limit.Throttle

	// FoldHeaderNames finds headers by the names that mappings and validation use whatever their case, as for HTTP/2. It is for installations
	// behind a proxy that changes the case.
	FoldHeaderNames bool

	// StreamBytesPerSecond is how fast a streamed response goes on behind its first 10 MB; 0 is as fast as its client reads.
	StreamBytesPerSecond int64

	// Logs takes the lines of access and execution logs; nil keeps none.
	Logs *observe.Logs

	// Segments takes what traces show of requests; nil keeps none.
	Segments *observe.Segments

	// Explain, if not nil, is told of each request that was refused or answered with an error. It is called before the
	// response is sent, from many goroutines, and keeps what it is given.
	Explain func(*Explanation)

	// Logger gets a line for each request that fails because of the API's configuration or its back
	// end; nil logs nothing.
	Logger *slog.Logger

	// Now is the clock; nil is time.Now.
	Now func() time.Time

	// Random gives 64 random bits for identifiers and is safe for concurrent use; nil is a random
	// generator.
	Random func() uint64
}

// Gateway serves requests by the table that it has at the moment. It is safe for concurrent use.
type Gateway struct {
	table      atomic.Pointer[Table]
	principals atomic.Pointer[iam.Index] // whose signatures are accepted
	http       integration.Integration
	mock       mock.Integration
	signer     integration.Signer
	endpoints  *authorize.Endpoints
	logs       *observe.Logs

	authorizers *lambdaauth.Cache
	userPools   *cognito.Verifier

	limiter         limit.Limiter
	accountThrottle *limit.Throttle
	usagePlans      atomic.Pointer[usageplan.Index]

	cache   respcache.Cache
	explain func(*Explanation)
	logger  *slog.Logger
	now     func() time.Time
	random  func() uint64

	foldNames  bool
	streamRate int64 // bytes per second

	tracing tracing
}

// New returns a Gateway with an empty table: it refuses every request until Swap.
func New(cfg Config) *Gateway {
	g := &Gateway{http: cfg.HTTP, signer: cfg.Signer, endpoints: cfg.Endpoints, logs: cfg.Logs, cache: cfg.Cache, explain: cfg.Explain, logger: cfg.Logger, now: cfg.Now, random: cfg.Random}
	g.authorizers, g.userPools = cfg.Authorizers, cfg.UserPools
	if g.authorizers == nil {
		g.authorizers = lambdaauth.NewCache(lambdaauth.CacheConfig{Now: cfg.Now})
	}
	g.limiter, g.accountThrottle = cfg.Limiter, cfg.AccountThrottle
	g.usagePlans.Store(&usageplan.Index{})
	g.tracing.segments = cfg.Segments
	g.foldNames, g.streamRate = cfg.FoldHeaderNames, cfg.StreamBytesPerSecond
	if g.logger == nil {
		g.logger = slog.New(slog.DiscardHandler)
	}
	if g.now == nil {
		g.now = time.Now
	}
	if g.random == nil {
		g.random = rand.Uint64
	}
	g.table.Store(&Table{})
	return g
}

// Swap replaces the table. Requests in flight finish with the one they began with.
func (g *Gateway) Swap(t *Table) {
	g.table.Store(t)
	g.forgetSamplers(t)
}

// SwapUsagePlans replaces the usage plans and API keys. Requests that are being admitted finish with those they began with.
func (g *Gateway) SwapUsagePlans(plans *usageplan.Index) { g.usagePlans.Store(plans) }
