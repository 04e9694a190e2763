package gwtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

const allowAll = `{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`

// authorizedAPI is an API whose only method has a TOKEN authorizer that keeps results for as long as TTL says.
const authorizedAPI = `{"openapi": "3.0.1", "info": {"title": "a", "version": "1"},
"components": {"securitySchemes": {"a": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
  "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "URI", "authorizerResultTtlInSeconds": TTL}}}},
"paths": {"/": {"get": {"security": [{"a": []}], "responses": {"200": {"description": "ok"}},
  "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200"}}}}}}}`

// startAuthorized starts a server with that API and a fake Lambda.
func startAuthorized(t *testing.T, ttl int) (*gwtest.Server, *gwtest.Lambda, string) {
	t.Helper()
	fake := gwtest.NewLambda(t)
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) {
		c.Getenv = func(name string) string {
			return map[string]string{"AWS_ENDPOINT_URL_LAMBDA": fake.URL, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}[name]
		}
	}})
	uri := fmt.Sprintf("arn:aws:apigateway:%[1]s:lambda:path/2015-03-31/functions/arn:aws:lambda:%[1]s:%[2]s:function:authorizer/invocations", s.Region, s.AccountID)
	api, err := s.Deploy(strings.NewReplacer("URI", uri, "TTL", fmt.Sprint(ttl)).Replace(authorizedAPI), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	return s, fake, api
}

// getAuthorized calls the API with a token and returns the status.
func getAuthorized(ctx context.Context, s *gwtest.Server, api, token string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.GatewayURL+"/v1/", nil)
	if err != nil {
		return 0, err
	}
	req.Host = api + ".execute-api.localhost"
	req.Header.Set("Authorization", token)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// Clients that come at the same time with one token have the function called once; without a time to keep
// results, once each.
func TestConcurrentClientsOfAnAuthorizer(t *testing.T) {
	for _, tt := range []struct{ ttl, clients, calls int }{{300, 64, 1}, {0, 20, 20}} {
		t.Run(fmt.Sprint("TTL ", tt.ttl), func(t *testing.T) {
			s, fake, api := startAuthorized(t, tt.ttl)
			release, first := make(chan struct{}), make(chan struct{}, 100)
			fake.Function("authorizer", func(*gwtest.Invocation, io.Writer) ([]byte, error) {
				first <- struct{}{}
				<-release
				return []byte(allowAll), nil
			})
			var clients sync.WaitGroup
			for range tt.clients {
				clients.Go(func() {
					if status, err := getAuthorized(t.Context(), s, api, "t"); status != http.StatusOK || err != nil {
						t.Errorf("got %d, %v", status, err)
					}
				})
			}
			<-first
			close(release)
			clients.Wait()
			if got := len(fake.TakeInvocations()); got != tt.calls {
				t.Errorf("the function was called %d times, want %d", got, tt.calls)
			}
		})
	}
}

// A client that goes while its authorizer runs ends the call that nobody else waits for; the next client has the
// function called anew.
func TestClientThatLeavesItsAuthorizer(t *testing.T) {
	for _, ttl := range []int{300, 0} {
		t.Run(fmt.Sprint("TTL ", ttl), func(t *testing.T) {
			s, fake, api := startAuthorized(t, ttl)
			called, ended := make(chan struct{}), make(chan struct{})
			fake.Function("authorizer", func(inv *gwtest.Invocation, _ io.Writer) ([]byte, error) {
				close(called)
				return nil, gwtest.ErrHang
			})
			ctx, leave := context.WithCancel(t.Context())
			go func() {
				defer close(ended)
				if status, err := getAuthorized(ctx, s, api, "t"); err == nil {
					t.Errorf("the client that left got %d", status)
				}
			}()
			<-called
			leave()
			<-ended
			fake.Function("authorizer", func(*gwtest.Invocation, io.Writer) ([]byte, error) { return []byte(allowAll), nil })
			// The gateway sees that the client is gone within 200 ms; until then others would wait with it.
			deadline, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if status, err := getAuthorized(deadline, s, api, "another"); status != http.StatusOK || err != nil {
				t.Errorf("another client: got %d, %v", status, err)
			}
		})
	}
}

// newControl returns the official client of the control plane.
func newControl(s *gwtest.Server) *apigateway.Client {
	return apigateway.New(apigateway.Options{
		BaseEndpoint: &s.ControlURL, Region: s.Region, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(s.AccountID, "x", ""),
	})
}

// The official client tests an authorizer, which really runs, and flushes what is kept of it.
func TestAuthorizerOperations(t *testing.T) {
	s, fake, api := startAuthorized(t, 300)
	client := newControl(s)
	fake.Function("authorizer", func(inv *gwtest.Invocation, _ io.Writer) ([]byte, error) {
		var event struct {
			AuthorizationToken string `json:"authorizationToken"`
		}
		if err := json.Unmarshal(inv.Event, &event); err != nil {
			return nil, err
		}
		if event.AuthorizationToken == "bad" {
			return nil, &gwtest.FunctionError{Type: "Error", Message: "Unauthorized"}
		}
		return []byte(allowAll), nil
	})
	list, err := client.GetAuthorizers(t.Context(), &apigateway.GetAuthorizersInput{RestApiId: &api})
	if err != nil || len(list.Items) != 1 || list.Items[0].Type != types.AuthorizerTypeToken {
		t.Fatalf("got %v, %v", list, err)
	}
	for token, want := range map[string]int32{"good": 0, "bad": 401, "": 401} {
		out, err := client.TestInvokeAuthorizer(t.Context(), &apigateway.TestInvokeAuthorizerInput{
			RestApiId: &api, AuthorizerId: list.Items[0].Id, Headers: map[string]string{"Authorization": token},
		})
		if err != nil {
			t.Fatal(err)
		}
		if out.ClientStatus != want || (out.Policy != nil) != (want == 0) || !strings.HasPrefix(*out.Log, "Execution log for request ") {
			t.Errorf("token %q: got %d, policy %v", token, out.ClientStatus, out.Policy)
		}
	}
	fake.TakeInvocations()
	for i, want := range []int{1, 0, 1} {
		if i == 2 {
			if _, err := client.FlushStageAuthorizersCache(t.Context(), &apigateway.FlushStageAuthorizersCacheInput{RestApiId: &api, StageName: new("v1")}); err != nil {
				t.Fatal(err)
			}
		}
		if status, err := getAuthorized(t.Context(), s, api, "good"); status != http.StatusOK || err != nil {
			t.Errorf("got %d, %v", status, err)
		}
		if got := len(fake.TakeInvocations()); got != want {
			t.Errorf("request %d: the function was called %d times, want %d", i, got, want)
		}
	}
}

// Many clients with tokens of a pool whose keys nobody has yet cost the pool one fetch.
func TestConcurrentTokensOfAUserPool(t *testing.T) {
	pool := gwtest.NewPool(t)
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) {
		c.UserPools = map[string]cognito.Issuer{"eu-west-1_p": {URL: pool.URL}}
	}})
	document := strings.NewReplacer(
		`"type": "token", "authorizerUri": "URI", "authorizerResultTtlInSeconds": TTL`,
		`"type": "cognito_user_pools", "providerARNs": ["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_p"]`,
		`"custom"`, `"cognito_user_pools"`).Replace(authorizedAPI)
	api, err := s.Deploy(document, "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for i := range 32 {
		clients.Go(func() {
			token, err := pool.Token("id", fmt.Sprint("sub=user-", i))
			if err != nil {
				t.Error(err)
				return
			}
			if status, err := getAuthorized(t.Context(), s, api, "Bearer "+token); status != http.StatusOK || err != nil {
				t.Errorf("got %d, %v", status, err)
			}
		})
	}
	clients.Wait()
	if got := pool.Fetches(); got != 1 {
		t.Errorf("the keys were fetched %d times, want once", got)
	}
}
