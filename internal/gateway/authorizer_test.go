package gateway_test

import (
	"context"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/lambdaauth"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// unsigned is a signer that signs nothing.
type unsigned struct{}

// Sign implements integration.Signer.
func (unsigned) Sign(_ context.Context, req *integration.Request) error {
	req.URI.Scheme, req.URI.Host = "http", "lambda.test"
	return nil
}

// authorizedWorld is a world whose method GET / has a TOKEN authorizer.
func authorizedWorld(ttl int32) *world {
	w := newWorld()
	w.api.Authorizers = []apigw.Authorizer{{
		Id: new("auth1"), Name: new("a"), Type: new(apigw.AuthorizerTypeToken), IdentitySource: new("method.request.header.Authorization"),
		AuthorizerUri:                new("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations"),
		AuthorizerResultTtlInSeconds: &ttl,
	}}
	m := mockMethod("ok")
	m.AuthorizationType, m.AuthorizerId = new("CUSTOM"), new("auth1")
	return w.method("GET", "/", m)
}

// openAuthorized returns a gateway for the world, with a cache of results.
func (w *world) openAuthorized(t testing.TB, now func() time.Time) *gateway.Gateway {
	t.Helper()
	table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(t), Suffixes: []string{"example.test"}})
	if err != nil {
		t.Fatal(err)
	}
	gw := gateway.New(gateway.Config{
		HTTP: w, Signer: unsigned{}, Now: now, Authorizers: lambdaauth.NewCache(lambdaauth.CacheConfig{Now: now}),
	})
	gw.Swap(table)
	return gw
}

// allow makes the function return a policy that allows everything.
func (w *world) allow() *world {
	return w.answer(200, `{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}}`)
}

// A call that does not end well is no fault of the client's.
func TestAuthorizerCallFailures(t *testing.T) {
	failures := map[string]error{
		"no answer in time":      &integration.Error{Kind: integration.Timeout},
		"no connection":          &integration.Error{Kind: integration.Network},
		"a wrong address":        &integration.Error{Kind: integration.InvalidAddress},
		"too long an answer":     &integration.Error{Kind: integration.TooLarge, Bytes: 11 << 20},
		"a role that is refused": &integration.Error{Kind: integration.Configuration, Reason: "no role"},
		"an error of no kind":    context.DeadlineExceeded,
	}
	for name, err := range failures {
		for _, ttl := range []int32{0, 300} {
			t.Run(name, func(t *testing.T) {
				w := authorizedWorld(ttl)
				w.backend = func(*integration.Request, *integration.Response) error { return err }
				x := gateway.Acquire()
				defer x.Release()
				fill(x, "GET /v1/\nAuthorization: t\n\n")
				w.openAuthorized(t, time.Now).Serve(t.Context(), x)
				kind := x.Response.Headers.Get("x-amzn-ErrorType")
				if x.Response.Status != 500 || string(x.Response.Body) != `{"message":null}` || kind != "AuthorizerConfigurationException" {
					t.Errorf("got %d %s %s", x.Response.Status, kind, x.Response.Body)
				}
				if w.sent.Timeout != 29*time.Second {
					t.Errorf("the function may take %v, want 29s", w.sent.Timeout)
				}
			})
		}
	}
}

// How the function is called, and how often: a result counts until its time is over.
func TestAuthorizerCalls(t *testing.T) {
	now := arrival
	w := authorizedWorld(60).allow()
	calls := 0
	answer := w.backend
	w.backend = func(req *integration.Request, resp *integration.Response) error { calls++; return answer(req, resp) }
	gw := w.openAuthorized(t, func() time.Time { return now })
	for i, want := range []int{1, 1, 2} {
		if i == 2 {
			now = now.Add(time.Minute)
		}
		x := gateway.Acquire()
		fill(x, "GET /v1/\nauthorization: t\n\n")
		gw.Serve(t.Context(), x)
		if x.Response.Status != 200 || calls != want {
			t.Errorf("request %d: got %d after %d calls, want 200 after %d", i, x.Response.Status, calls, want)
		}
		x.Release()
	}
	want := map[string]string{
		"x-amzn-lambda-integration-tag": w.sent.Headers.Get("x-amzn-lambda-integration-tag"), "X-Amzn-Apigateway-Api-Id": "api1",
		"X-Amz-Source-Arn": "arn:aws:execute-api:us-east-1:111122223333:api1/authorizers/auth1", "Accept": "application/json",
		"User-Agent": "AmazonAPIGateway_api1", "Content-Type": "application/json",
	}
	for _, f := range w.sent.Headers {
		if want[f.Name] != f.Value || f.Value == "" {
			t.Errorf("header %s: %s, want %q", f.Name, f.Value, want[f.Name])
		}
	}
	if len(w.sent.Headers) != len(want) || w.sent.URI.Path != "/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations" {
		t.Errorf("got %s with %v", w.sent.URI.Path, w.sent.Headers)
	}
}

// An authorizer that is gone, or that nobody can ask, leaves the method closed.
func TestAuthorizersThatAreMissing(t *testing.T) {
	lost := authorizedWorld(0).allow()
	lost.api.Authorizers = nil
	broken := authorizedWorld(0).allow()
	broken.api.Authorizers[0].IdentitySource = nil
	pool := authorizedWorld(0).allow()
	pool.api.Authorizers[0].Type, pool.api.Authorizers[0].ProviderARNs = new(apigw.AuthorizerTypeCognitoUserPools), []string{"arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_x"}
	method := pool.api.Resources[0].Methods["GET"]
	method.AuthorizationType = new("COGNITO_USER_POOLS")
	pool.api.Resources[0].Methods["GET"] = method
	for name, w := range map[string]*world{"no authorizer": lost, "broken": broken, "no user pools": pool} {
		x := gateway.Acquire()
		fill(x, "GET /v1/\nAuthorization: t\n\n")
		w.openAuthorized(t, time.Now).Serve(t.Context(), x)
		if x.Response.Status != 500 || string(x.Response.Body) != `{"message":null}` {
			t.Errorf("%s: got %d %s", name, x.Response.Status, x.Response.Body)
		}
		x.Release()
	}
}

// A client that is gone is not told anything, and keeps nothing.
func TestAuthorizerWithoutClient(t *testing.T) {
	for _, ttl := range []int32{0, 300} {
		w := authorizedWorld(ttl).allow()
		ctx, cancel := context.WithCancel(t.Context())
		answer := w.backend
		w.backend = func(req *integration.Request, resp *integration.Response) error {
			cancel()
			return answer(req, resp)
		}
		x := gateway.Acquire()
		fill(x, "GET /v1/\nAuthorization: t\n\n")
		w.openAuthorized(t, time.Now).Serve(ctx, x)
		if x.Response.Status == 200 && ttl == 0 {
			t.Error("the request was executed for a client that is gone")
		}
		x.Release()
	}
}

func BenchmarkAuthorizerHit(b *testing.B) {
	w := authorizedWorld(3600).allow()
	gw := w.openAuthorized(b, func() time.Time { return arrival })
	b.ReportAllocs()
	for b.Loop() {
		x := gateway.Acquire()
		fill(x, "GET /v1/\nAuthorization: t\n\n")
		gw.Serve(context.Background(), x)
		x.Release()
	}
}

// A request whose authorizer's result is kept costs the key, the ARN that the policy is held against and the identifiers.
func TestAuthorizerHitAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("pools keep nothing under the race detector")
	}
	gw := authorizedWorld(3600).allow().openAuthorized(t, func() time.Time { return arrival })
	serve := func() {
		x := gateway.Acquire()
		defer x.Release()
		x.Request.Method, x.Request.Target, x.Request.Host, x.Request.Received = "GET", "/v1/", "api1.execute-api.localhost:8080", arrival
		x.Request.PeerIP, x.Request.LocalPort = "192.0.2.7", 8080
		x.Request.Headers.Add("Authorization", "t")
		gw.Serve(context.Background(), x)
	}
	if got := testing.AllocsPerRun(500, serve); got > 3 {
		t.Errorf("got %v allocations, want at most 3", got)
	}
}
