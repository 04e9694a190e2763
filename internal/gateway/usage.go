// Hot path.

package gateway

import (
	"context"
	"strconv"

	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

// headerAPIKey is where clients send their API keys.
const headerAPIKey = "X-API-Key"

// limit refuses requests without a usable API key where the method requires one, and those that are beyond a throttle
// or a quota. The throttles are looked at in the order of the service: those of the usage plan for
// the method and for the key, that of the stage for the method, and that of the account. The
// first that refuses decides, and nothing is charged then.
//
// A method that requires no key has no usage plan: what key is sent with it does not count.
//
// AWS: Choose an API key source; Throttle requests to your REST APIs for better throughput in API Gateway.
func (g *Gateway) limit(ctx context.Context, x *Exchange) *fault {
	var use usageplan.Use
	r := &x.limits
	r.Buckets, r.Use = r.Buckets[:0], limit.Use{}
	if x.method.APIKeyRequired {
		key := x.apiKey()
		x.recordUsageCheck(key)
		stage := usageplan.Stage{API: x.stage.Plan.APIID, Name: x.stage.Name}
		var refusal usageplan.Refusal
		if use, refusal = g.usagePlans.Load().Find(usageplan.Space{AccountID: x.stage.Plan.AccountID, Region: x.stage.Plan.Region}, key, stage); refusal != usageplan.Found {
			return x.invalidKey(key, refusal)
		}
		x.context.Identity.APIKey, x.context.Identity.APIKeyID = key, use.Key.ID
		r.Buckets = use.AppendBuckets(r.Buckets, stage, usageplan.Method{Path: x.method.ResourcePath, Verb: x.method.Verb}, x.verb)
		r.Use = use.Limit
	} else {
		x.recordUsageCheck("")
	}
	planBuckets := len(r.Buckets)
	if b := x.stage.Settings(x.method).Throttle; b != nil {
		r.Buckets = append(r.Buckets, *b)
	}
	stageBuckets := len(r.Buckets)
	if g.accountThrottle != nil {
		r.Buckets = append(r.Buckets, limit.Bucket{Owner: x.stage.Plan.Space, Throttle: *g.accountThrottle})
	}
	if g.limiter == nil || len(r.Buckets) == 0 && use.Plan == nil {
		x.recordUsagePassed()
		return nil
	}
	decision, err := g.limiter.Admit(ctx, g.now(), r)
	switch {
	case err != nil:
		g.letPass(ctx, x, err)
	case decision.Verdict == limit.QuotaExceeded:
		return x.overQuota(&use)
	case decision.Verdict == limit.Throttled && decision.Bucket < planBuckets:
		return x.throttled(&use, r.Buckets[decision.Bucket].Throttle)
	case decision.Verdict == limit.Throttled && decision.Bucket < stageBuckets:
		return x.throttled(nil, r.Buckets[decision.Bucket].Throttle)
	case decision.Verdict == limit.Throttled:
		return x.throttledByAccount(*g.accountThrottle)
	}
	x.recordUsagePassed()
	return nil
}

// apiKey returns the key that the request is to be counted by: the one that the client sent, or the one that its
// authorizer named, as the API says; "" where there is none.
func (x *Exchange) apiKey() string {
	if x.stage.Plan.APIKeySource == plan.FromAuthorizer {
		return x.caller.UsageIdentifierKey
	}
	key, _ := x.Request.Headers.LastFold(headerAPIKey)
	return key
}

// letPass tells that the limits of a request could not be decided. The request is served, as on the service.
//
// AWS: Test usage plans for REST APIs in API Gateway.
func (g *Gateway) letPass(ctx context.Context, x *Exchange, err error) {
	if x.detail >= failures {
		x.record(failures, "Usage Plan check failed due to an internal error")
	}
	g.logger.ErrorContext(ctx, "the limits of a request could not be decided: it is served",
		"requestId", x.ids.requestID, "api", x.stage.Plan.APIID, "stage", x.stage.Name, "error", err)
}

// The faults that follow are shared unless somebody is told the reason, so that refusing costs little.

// givesReasons reports whether anybody is told why a request is refused.
func (x *Exchange) givesReasons() bool { return x.detail >= failures || x.explains }

// because returns a fault with the reason, which only the operator sees.
func because(f *fault, reason string) *fault {
	explained := *f
	explained.reason = reason
	return &explained
}

// invalidKey refuses a request whose key is not one that may call the stage. The client is not told why.
//
// Observed: conformance/api_key.txtar (the text for a key without a plan; the others are ours).
func (x *Exchange) invalidKey(key string, refusal usageplan.Refusal) *fault {
	if !x.givesReasons() {
		return faultInvalidKey
	}
	why := "No Usage Plan found for key and API Stage"
	switch refusal {
	case usageplan.NoKey:
		why = "No API Key was sent"
	case usageplan.UnknownKey:
		why = "No such API Key"
	case usageplan.Disabled:
		why = "The API Key is disabled"
	}
	return because(faultInvalidKey, "API Key "+mask(key)+" not authorized because method '"+x.verb+" "+x.method.ResourcePath+
		"' requires API Key and API Key is not associated with a Usage Plan for API Stage "+x.apiStage()+": "+why)
}

// throttled refuses a request that is beyond a throttle of its usage plan, or of its stage where use is nil.
//
// Observed: conformance/throttle_order.txtar (both texts).
func (x *Exchange) throttled(use *usageplan.Use, t limit.Throttle) *fault {
	if !x.givesReasons() {
		return faultThrottled
	}
	where := "RestApi " + x.stage.Plan.APIID + ", Stage " + x.stage.Name + ", Resource " + x.method.ResourceID + ", HttpMethod " + x.verb + ". " + printThrottle(t)
	if use == nil {
		return because(faultThrottled, "Key throttle limit exceeded for "+where)
	}
	return because(faultThrottled, "API Key "+mask(use.Key.Value)+" exceeded throttle limit for API Stage "+x.apiStage()+
		": Key throttle limit exceeded for Usage Plan ID "+use.Plan.ID+", "+where)
}

// throttledByAccount refuses a request that is beyond the throttle of its account. The service does not log that.
func (x *Exchange) throttledByAccount(t limit.Throttle) *fault {
	if !x.givesReasons() {
		return faultThrottled
	}
	return because(faultThrottled, "Account throttle limit exceeded. "+printThrottle(t))
}

// printThrottle prints a throttle as the execution log does.
func printThrottle(t limit.Throttle) string {
	return "Limit: " + strconv.FormatFloat(t.RatePerSecond, 'f', 2, 64) + " Burst: " + strconv.Itoa(t.Burst)
}

// overQuota refuses a request that is beyond the quota of its usage plan.
//
// Observed: conformance/usage_quota.txtar (the text).
func (x *Exchange) overQuota(use *usageplan.Use) *fault {
	if !x.givesReasons() {
		return faultQuota
	}
	q := use.Limit.Quota
	return because(faultQuota, "API Key "+mask(use.Key.Value)+" exceeded quota limit for API Stage "+x.apiStage()+
		": Key quota exhausted for Usage Plan ID "+use.Plan.ID+". Quota Limit: "+strconv.FormatInt(q.Limit, 10)+" Period: "+q.Period.String())
}
