package server

import (
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// TestLimitsUnderLoad offers 20,000 requests in 60 seconds from 64 clients to a key with a throttle of 100 a second and 50
// at once, over real connections. It takes that minute, so SLUICE_TEST_LIMITS=1 must ask for it: make limits.
// TestRateOverAMinute of memlimit is the same with a clock that does not wait.
func TestLimitsUnderLoad(t *testing.T) {
	if os.Getenv("SLUICE_TEST_LIMITS") == "" {
		t.Skip("it takes a minute: set SLUICE_TEST_LIMITS=1")
	}
	const clients, offered, period = 64, 20000, time.Minute
	s, _ := start(t, testConfig())
	c := client(s, "us-east-1", "123456789012", "x")
	api, plan, key, value := deployKeyed(t, c, 1000000)
	_, err := c.UpdateUsagePlan(t.Context(), &apigateway.UpdateUsagePlanInput{UsagePlanId: &plan, PatchOperations: []types.PatchOperation{
		{Op: types.OpReplace, Path: aws.String("/throttle/rateLimit"), Value: aws.String("100")},
		{Op: types.OpReplace, Path: aws.String("/throttle/burstLimit"), Value: aws.String("50")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	var admitted, throttled atomic.Int64
	begun := time.Now()
	end := begun.Add(period)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for left := (offered + i) / clients; left > 0 && t.Context().Err() == nil; left-- {
				mean := time.Until(end) / time.Duration(left)
				time.Sleep(min(time.Until(end), time.Duration(rand.Float64()*2*float64(mean))))
				switch status := callOnce(t, transport, s.GatewayURL()+"/_aws/execute-api/"+api+"/v1", value); status {
				case http.StatusOK:
					admitted.Add(1)
				case http.StatusTooManyRequests:
					throttled.Add(1)
				default:
					t.Errorf("got status %d", status)
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(begun)
	t.Logf("%d of %d requests admitted, %d throttled, in %v", admitted.Load(), offered, throttled.Load(), took)
	if total := admitted.Load() + throttled.Load(); total != offered {
		t.Errorf("got %d answers, want %d", total, offered)
	}
	// The last request may come a moment after the minute.
	most := int64(50 + 100*took.Seconds())
	if got := admitted.Load(); got > most || got < 5900 {
		t.Errorf("got %d requests admitted in %v, want 5,900 to %d", got, took, most)
	}
	if used := usageToday(t, c, plan, key)[0]; used != admitted.Load() {
		t.Errorf("got usage %d, want the %d requests that were admitted", used, admitted.Load())
	}
}

// callOnce calls an address with a key and returns the status, 0 where there is none.
func callOnce(t *testing.T, transport *http.Transport, url, key string) int {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header.Set("X-API-Key", key)
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response.StatusCode
}
