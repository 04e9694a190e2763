// Package limit says what the pipeline asks of limits: whether a request is within the throttles that apply to it
// and within its client's quota, and how much of the quota is used.
//
// It keeps nothing. Package memlimit keeps buckets and counters in memory; another implementation may share
// them between gateways. Package limittest is the contract as tests. Which throttles and quotas
// apply is not decided here, but by packages plan and usageplan. Start with Limiter.
package limit

import (
	"context"
	"time"

	"github.com/sluice-gateway/sluice/internal/quota"
)

// Throttle is a token bucket: it admits RatePerSecond requests a second on average and up to Burst at once. The
// zero Throttle admits nothing.
//
// AWS: Throttle requests to your REST APIs for better throughput in API Gateway.
type Throttle struct {
	RatePerSecond float64 // tokens added a second; at least 0
	Burst         int     // size of the bucket, which is full at first; at least 0
}

// Account returns the throttle that the service gives an account in a region at first.
//
// AWS: Quotas for configuring and running a REST API.
func Account() Throttle { return Throttle{RatePerSecond: 10000, Burst: 5000} }

// Bucket is a token bucket and its throttle. Owner and Part are its identity; the throttle may
// change from one request to the next, and the tokens that are left stay.
type Bucket struct {
	Owner string // what the bucket is of, unique among all accounts and regions
	Part  string // which of the owner's buckets it is, "" for the only one
	Throttle
}

// Use is the use of a usage plan by an API key. The zero Use is none.
type Use struct {
	Counter string // identity, unique among all accounts and regions; "" where no plan is used
	Quota   quota.Quota
}

// Request is what has to be decided of a request. A Limiter does not keep it.
type Request struct {
	Buckets []Bucket // each must have a token, in this order
	Use     Use
}

// Verdict is what becomes of a request.
type Verdict uint8

// The verdicts.
const (
	Admitted Verdict = iota
	Throttled
	QuotaExceeded
)

// Decision is a verdict; Bucket is the index of the first bucket without a token, where the request is Throttled.
type Decision struct {
	Verdict Verdict
	Bucket  int
}

// Count is how much a counter has counted: on a day, and in the period of the quota that the day is in.
type Count struct {
	Counter string

	Day       quota.Day
	Used      int64 // requests on the day
	Remaining int64 // that were left at the end of it, or are left; 0 without a quota

	Period     quota.Day // first day of the period
	PeriodUsed int64     // requests in the period up to the end of the day
	Granted    int64     // what was added to the quota of the period; may be negative
}

// Limiter decides over requests and counts them. Its methods are safe for concurrent use.
type Limiter interface {
	// Admit takes a token from each bucket of r and counts its use. A request that is refused takes no
	// token and is not counted: not by the buckets before the one that refused it, either.
	// Throttles are decided before the quota. An error means that nothing could be decided.
	Admit(ctx context.Context, now time.Time, r *Request) (Decision, error)

	// SetRemaining sets how many requests may still be sent in the running period of a use's quota.
	SetRemaining(ctx context.Context, now time.Time, use *Use, remaining int64) error

	// Changed returns the counts that have changed since the last call, one for each counter and day, and
	// forgets that they have.
	Changed(ctx context.Context, now time.Time) ([]Count, error)

	// Restore sets counters that have not counted yet to what they had when they were last known.
	Restore(ctx context.Context, counts []Count) error

	// Forget drops counters: they begin anew.
	Forget(ctx context.Context, counters []string) error
}
