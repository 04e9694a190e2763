package restjson

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
)

// Rate is a token bucket: PerSecond requests a second on average and up to Burst at once.
type Rate struct {
	PerSecond float64 // above 0
	Burst     int     // at least 1
}

// AllOperations stands for all operations together where rates are named.
const AllOperations = "all"

// Rates are the rates at which one account may call operations in one region, by their names; AllOperations
// bounds their sum. What is not named is not limited.
type Rates map[string]Rate

// ServiceRates returns the rates of the service. That private APIs may be created less often is left out.
//
// AWS: "Amazon API Gateway quotas and important notes".
func ServiceRates() Rates {
	rates := Rates{AllOperations: {10, 40}}
	for _, group := range []struct {
		n          int
		per        time.Duration
		operations []string
	}{
		{5, time.Second, []string{"CreateApiKey", "DeleteApiKey", "CreateResource", "DeleteResource"}},
		{5, 2 * time.Second, []string{"GetResources"}},
		{1, time.Second, []string{"PutRestApi"}},
		{1, 3 * time.Second, []string{"CreateRestApi", "ImportRestApi"}},
		{1, 5 * time.Second, []string{"CreateDeployment"}},
		{1, 20 * time.Second, []string{"CreateDocumentationVersion", "UpdateAccount", "UpdateUsagePlan"}},
		{1, 30 * time.Second, []string{"CreateDomainName", "UpdateDomainName", "DeleteDomainName", "DeleteRestApi", "ImportDocumentationParts"}},
	} {
		for _, operation := range group.operations {
			rates[operation] = rateOf(group.n, group.per)
		}
	}
	return rates
}

func rateOf(n int, per time.Duration) Rate { return Rate{float64(n) / per.Seconds(), n} }

// ParseRates reads rates from words: "service" for those of the service, and Operation=N/PERIOD or
// Operation=N/PERIOD:BURST, such as CreateResource=5/1s and all=10/1s:40. Of two for one operation the later stands.
func ParseRates(words []string) (Rates, error) {
	known := map[string]bool{AllOperations: true}
	for _, info := range apigw.Operations() {
		known[info.Name] = true
	}
	rates := Rates{}
	for _, word := range words {
		if word == "service" {
			maps.Copy(rates, ServiceRates())
			continue
		}
		name, text, ok := strings.Cut(word, "=")
		if !ok || !known[name] {
			return nil, fmt.Errorf("%q is neither service nor OPERATION=N/PERIOD with the name of an operation or all", word)
		}
		rate, err := parseRate(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		rates[name] = rate
	}
	return rates, nil
}

func parseRate(text string) (Rate, error) {
	problem := fmt.Errorf("%q is no rate, such as 5/1s or 10/1s:40", text)
	rate, burst, hasBurst := strings.Cut(text, ":")
	number, period, _ := strings.Cut(rate, "/")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return Rate{}, problem
	}
	per, err := time.ParseDuration(period)
	if err != nil || per <= 0 {
		return Rate{}, problem
	}
	r := rateOf(n, per)
	if hasBurst {
		if r.Burst, err = strconv.Atoi(burst); err != nil || r.Burst < 1 {
			return Rate{}, problem
		}
	}
	return r, nil
}

// Throttle admits requests at Rates, each account in each region for itself. It is safe for concurrent use.
type Throttle struct {
	rates Rates
	clock func() time.Time

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

// bucketKey names a bucket.
type bucketKey struct{ account, region, operation string }

// bucket holds tokens as of a time.
type bucket struct {
	tokens float64
	at     time.Time
}

// maxBuckets is when those that are full, and so like new, are thrown away.
const maxBuckets = 4096

// NewThrottle returns a Throttle of full buckets. A nil clock is time.Now.
func NewThrottle(rates Rates, clock func() time.Time) *Throttle {
	if clock == nil {
		clock = time.Now
	}
	return &Throttle{rates: rates, clock: clock, buckets: map[bucketKey]*bucket{}}
}

// Admit takes a token for a call of an operation. Where there is none it returns TooManyRequests, which says how
// long until there is one. A nil Throttle admits all.
//
// Observed: the text.
func (t *Throttle) Admit(caller Caller, operation string) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	var open []*bucket
	wait := time.Duration(0)
	for _, name := range [...]string{operation, AllOperations} {
		rate, limited := t.rates[name]
		if !limited {
			continue
		}
		b := t.filled(bucketKey{caller.AccountID, caller.Region, name}, rate, now)
		if b.tokens < 1 {
			wait = max(wait, time.Duration(math.Ceil((1-b.tokens)/rate.PerSecond*float64(time.Second))))
		}
		open = append(open, b)
	}
	if wait > 0 {
		return apigw.TooManyRequests("Too Many Requests", wait)
	}
	for _, b := range open {
		b.tokens--
	}
	return nil
}

// filled returns a bucket as it is now.
func (t *Throttle) filled(key bucketKey, rate Rate, now time.Time) *bucket {
	b := t.buckets[key]
	if b == nil {
		if len(t.buckets) >= maxBuckets {
			t.discardFull(now)
		}
		b = &bucket{tokens: float64(rate.Burst), at: now}
		t.buckets[key] = b
		return b
	}
	if elapsed := now.Sub(b.at); elapsed > 0 {
		b.tokens, b.at = min(float64(rate.Burst), b.tokens+elapsed.Seconds()*rate.PerSecond), now
	}
	return b
}

// discardFull throws away the buckets that are full by now.
func (t *Throttle) discardFull(now time.Time) {
	for key, b := range t.buckets {
		if rate := t.rates[key.operation]; b.tokens+now.Sub(b.at).Seconds()*rate.PerSecond >= float64(rate.Burst) {
			delete(t.buckets, key)
		}
	}
}
