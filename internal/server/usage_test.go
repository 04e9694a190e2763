package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/limit/memlimit"
	"github.com/sluice-gateway/sluice/internal/quota"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

// deployKeyed makes an API with one method that requires a key, deploys it to v1, and puts a key into a usage plan
// with a quota for it.
func deployKeyed(t *testing.T, c *apigateway.Client, requests int32) (api, plan, key, value string) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	created, err := c.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("keyed")})
	check(err)
	api = *created.Id
	_, err = c.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: &api, ResourceId: created.RootResourceId, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE"), ApiKeyRequired: true})
	check(err)
	_, err = c.PutIntegration(ctx, &apigateway.PutIntegrationInput{RestApiId: &api, ResourceId: created.RootResourceId, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeMock, RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`}})
	check(err)
	_, err = c.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: &api, ResourceId: created.RootResourceId, HttpMethod: aws.String("GET"), StatusCode: aws.String("200")})
	check(err)
	_, err = c.PutIntegrationResponse(ctx, &apigateway.PutIntegrationResponseInput{RestApiId: &api, ResourceId: created.RootResourceId, HttpMethod: aws.String("GET"), StatusCode: aws.String("200")})
	check(err)
	_, err = c.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &api, StageName: aws.String("v1")})
	check(err)
	made, err := c.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Enabled: true})
	check(err)
	p, err := c.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{
		Name: aws.String("p"), ApiStages: []types.ApiStage{{ApiId: &api, Stage: aws.String("v1")}},
		Quota: &types.QuotaSettings{Limit: requests, Period: types.QuotaPeriodTypeMonth},
	})
	check(err)
	_, err = c.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: p.Id, KeyId: made.Id, KeyType: aws.String("API_KEY")})
	check(err)
	return api, *p.Id, *made.Id, *made.Value
}

// callKeyed calls the API n times and returns the statuses.
func callKeyed(t *testing.T, s *Server, api, key string, n int) (statuses []int) {
	t.Helper()
	for range n {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.GatewayURL()+"/_aws/execute-api/"+api+"/v1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-API-Key", key)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		statuses = append(statuses, response.StatusCode)
	}
	return statuses
}

// usageToday returns what GetUsage says of a key today: used and remaining requests.
func usageToday(t *testing.T, c *apigateway.Client, plan, key string) []int64 {
	t.Helper()
	today := aws.String(time.Now().UTC().Format("2006-01-02"))
	out, err := c.GetUsage(t.Context(), &apigateway.GetUsageInput{UsagePlanId: &plan, KeyId: &key, StartDate: today, EndDate: today})
	if err != nil {
		t.Fatal(err)
	}
	return out.Items[key][0]
}

// TestUsageSurvivesRestart counts requests, shows and changes the counts, and goes on with them after a restart.
func TestUsageSurvivesRestart(t *testing.T) {
	config := testConfig()
	config.Data = t.TempDir()
	s, stop := start(t, config)
	c := client(s, "us-east-1", "123456789012", "x")
	api, plan, key, value := deployKeyed(t, c, 5)
	if diff := cmp.Diff([]int{200, 200, 200}, callKeyed(t, s, api, value, 3)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{3, 2}, usageToday(t, c, plan, key)); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
	callKeyed(t, s, api, value, 1)
	stop()

	s, stop = start(t, config)
	c = client(s, "us-east-1", "123456789012", "x")
	if diff := cmp.Diff([]int64{4, 1}, usageToday(t, c, plan, key)); diff != "" {
		t.Errorf("usage after a restart (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{200, 429}, callKeyed(t, s, api, value, 2)); diff != "" {
		t.Errorf("statuses after a restart (-want +got):\n%s", diff)
	}
	out, err := c.UpdateUsage(t.Context(), &apigateway.UpdateUsageInput{UsagePlanId: &plan, KeyId: &key, PatchOperations: []types.PatchOperation{
		{Op: types.OpReplace, Path: aws.String("/remaining"), Value: aws.String("2")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{5, 2}, out.Items[key][0]); diff != "" {
		t.Errorf("usage after UpdateUsage (-want +got):\n%s", diff)
	}
	stop()

	s, _ = start(t, config)
	if diff := cmp.Diff([]int{200, 200, 429}, callKeyed(t, s, api, value, 3)); diff != "" {
		t.Errorf("statuses after what was granted and a restart (-want +got):\n%s", diff)
	}
	// A key that leaves the plan and comes back begins anew.
	c = client(s, "us-east-1", "123456789012", "x")
	if _, err := c.DeleteUsagePlanKey(t.Context(), &apigateway.DeleteUsagePlanKeyInput{UsagePlanId: &plan, KeyId: &key}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateUsagePlanKey(t.Context(), &apigateway.CreateUsagePlanKeyInput{UsagePlanId: &plan, KeyId: &key, KeyType: aws.String("API_KEY")}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{0, 5}, usageToday(t, c, plan, key)); diff != "" {
		t.Errorf("usage of a key that came back (-want +got):\n%s", diff)
	}
}

// TestKeysAreOfOneSpace holds the keys of another account away.
func TestKeysAreOfOneSpace(t *testing.T) {
	s, _ := start(t, testConfig())
	api, _, _, value := deployKeyed(t, client(s, "us-east-1", "123456789012", "x"), 100)
	_, _, _, foreign := deployKeyed(t, client(s, "us-east-1", "210987654321", "x"), 100)
	_, _, _, abroad := deployKeyed(t, client(s, "eu-west-1", "123456789012", "x"), 100)
	for _, tt := range []struct {
		value string
		want  int
	}{{value, 200}, {foreign, 403}, {abroad, 403}} {
		if got := callKeyed(t, s, api, tt.value, 1)[0]; got != tt.want {
			t.Errorf("got status %d, want %d", got, tt.want)
		}
	}
}

func TestAccountThrottle(t *testing.T) {
	config := testConfig()
	config.AccountRate, config.AccountBurst = 1, 2
	s, _ := start(t, config)
	c := client(s, "us-east-1", "123456789012", "x")
	account, err := c.GetAccount(t.Context(), &apigateway.GetAccountInput{})
	if err != nil {
		t.Fatal(err)
	}
	if got := account.ThrottleSettings; got.RateLimit != 1 || got.BurstLimit != 2 {
		t.Errorf("got throttle %+v of the account", got)
	}
	api, _, _, value := deployKeyed(t, c, 100)
	statuses := callKeyed(t, s, api, value, 6) // in much less than the four seconds in which all would pass
	if statuses[0] != 200 || statuses[5] != 429 {
		t.Errorf("got statuses %v, want the first admitted and the last throttled", statuses)
	}
}

// brokenStore fails every Update while it is told to.
type brokenStore struct {
	store.Store
	broken bool
}

var errBroken = errors.New("the disk is full")

func (s *brokenStore) Update(ctx context.Context, fn func(store.Tx) error) (store.Revision, error) {
	if s.broken {
		return 0, errBroken
	}
	return s.Store.Update(ctx, fn)
}

// TestUsageIsKeptUntilItIsStored counts on while the store fails, over the end of a month.
func TestUsageIsKeptUntilItIsStored(t *testing.T) {
	kept := &brokenStore{Store: memstore.New()}
	defer kept.Store.Close()
	space := store.In("111122223333", "eu-west-1")
	if _, err := kept.Update(t.Context(), func(tx store.Tx) error { return tx.Put(space.UsagePlanKey("p", "k"), []byte(`{"keyId":"k"}`)) }); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC)
	keeper := func() *usageKeeper {
		return &usageKeeper{store: kept, limiter: memlimit.New(), now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	}
	k := keeper()
	r := &limit.Request{Use: limit.Use{
		Counter: usageplan.Counter(usageplan.Space{AccountID: "111122223333", Region: "eu-west-1"}, "p", "k"),
		Quota:   quota.Quota{Limit: 100, Period: quota.Weekly},
	}}
	count := func(n int) {
		for range n {
			if _, err := k.limiter.Admit(t.Context(), now, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	kept.broken = true
	count(3)
	if err := k.Sync(t.Context()); !errors.Is(err, errBroken) {
		t.Fatalf("got %v, want the store's error", err)
	}
	count(1)
	now = now.Add(2 * time.Hour) // Sunday, the first of November: a new week and a new month
	count(2)
	kept.broken = false
	if err := k.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"2026-10": `{"days":{"31":{"used":4,"remaining":96}},"period":"2026-10-25","used":4}`,
		"2026-11": `{"days":{"1":{"used":2,"remaining":98}},"period":"2026-11-01","used":2}`,
	}
	if diff := cmp.Diff(want, storedUsage(t, kept, space)); diff != "" {
		t.Errorf("stored usage (-want +got):\n%s", diff)
	}

	k = keeper() // as after a restart
	if err := k.restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	count(1)
	if err := k.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	want["2026-11"] = `{"days":{"1":{"used":3,"remaining":97}},"period":"2026-11-01","used":3}`
	if diff := cmp.Diff(want, storedUsage(t, kept, space)); diff != "" {
		t.Errorf("stored usage after restoring (-want +got):\n%s", diff)
	}

	// Months are kept for about a year.
	now = time.Date(2027, 12, 5, 0, 0, 0, 0, time.UTC)
	count(1)
	if err := k.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	delete(want, "2026-10")
	want["2027-12"] = `{"days":{"5":{"used":1,"remaining":99}},"period":"2027-12-05","used":1}`
	if diff := cmp.Diff(want, storedUsage(t, kept, space)); diff != "" {
		t.Errorf("stored usage after a year (-want +got):\n%s", diff)
	}

	// What is counted for a key that has left the plan is not brought back.
	count(1)
	_, err := kept.Update(t.Context(), func(tx store.Tx) error {
		for month := range want {
			if err := tx.Delete(space.UsageMonth("p", "k", month)); err != nil {
				return err
			}
		}
		return tx.Delete(space.UsagePlanKey("p", "k"))
	})
	if err == nil {
		err = k.Sync(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := storedUsage(t, kept, space); len(got) > 0 {
		t.Errorf("got usage %v of a key that is not in the plan", got)
	}
}

// storedUsage returns the records of usage by month.
func storedUsage(t *testing.T, s store.Store, space store.Space) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := s.View(t.Context(), func(tx store.Tx) error {
		for key, value := range tx.Scan(space.AllUsage(), "") {
			name, _ := key.Name()
			found[name.Last()] = string(value)
		}
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
