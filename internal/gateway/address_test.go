package gateway_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/gateway"
)

const (
	forbiddenAnswer    = "403\nContent-Type: application/json\nx-amzn-ErrorType: ForbiddenException\n\n" + `{"message":"Forbidden"}`
	missingTokenAnswer = "403\nContent-Type: application/json\nx-amzn-ErrorType: MissingAuthenticationTokenException\n\n" + `{"message":"Missing Authentication Token"}`
)

// The answer tells resource, parameters and $context.path.
func TestAddressing(t *testing.T) {
	show := `$context.resourcePath $input.params('id') $context.path $context.domainName`
	w := newWorld().method("GET", "/", mockMethod(show)).method("GET", "/a/{id}", mockMethod(show))
	plain := w.open(t)
	w.root = true
	rooted := w.open(t)

	const host = "api1.execute-api.localhost:8080"
	tests := []struct {
		name, host, target string
		gw                 *gateway.Gateway
		header             string
		want               string // "" is Forbidden
	}{
		{"default host", host, "/v1/a/7", plain, "", "/a/{id} 7 /v1/a/7 api1.execute-api.localhost"},
		{"host has no case", "API1.Execute-API.LocalHost", "/v1/a/7", plain, "", "/a/{id} 7 /v1/a/7 API1.Execute-API.LocalHost"},
		{"configured suffix", "api1.execute-api.example.test", "/v1/a/7", plain, "", "/a/{id} 7 /v1/a/7 api1.execute-api.example.test"},
		{"the service's own name", "api1.execute-api.eu-west-1.amazonaws.com", "/v1", plain, "", "/  /v1 api1.execute-api.eu-west-1.amazonaws.com"},
		{"with an interface endpoint", "api1-vpce-0123.execute-api.localhost", "/v1/a/7", plain, "", "/a/{id} 7 /v1/a/7 api1-vpce-0123.execute-api.localhost"},
		{"another suffix", "api1.execute-api.example.org", "/v1/a/7", plain, "", ""},
		{"unknown API", "api2.execute-api.localhost", "/v1/a/7", plain, "", ""},
		{"unknown stage", host, "/v2/a/7", plain, "", ""},
		{"stages have case", host, "/V1/a/7", plain, "", ""},
		{"no stage", host, "/", plain, "", ""},
		{"stage alone", host, "/v1", plain, "", "/  /v1 api1.execute-api.localhost"},
		{"stage and slash", host, "/v1/", plain, "", "/  /v1/ api1.execute-api.localhost"},
		{"slashes before the stage", host, "//v1/a/7", plain, "", "/a/{id} 7 /v1/a/7 api1.execute-api.localhost"},
		{"slashes after the stage", host, "/v1//a/7", plain, "", "/a/{id} 7 /v1//a/7 api1.execute-api.localhost"},
		{"slash at the end", host, "/v1/a/7/", plain, "", "/a/{id} 7 /v1/a/7/ api1.execute-api.localhost"},

		{"header names the API", "127.0.0.1:8080", "/v1/a/7", plain, "X-Apigw-Api-Id: api1", "/a/{id} 7 /v1/a/7 127.0.0.1"},
		{"header names an unknown API", "127.0.0.1:8080", "/v1/a/7", plain, "x-apigw-api-id: api2", ""},
		{"the host goes before the header", host, "/v1/a/7", plain, "x-apigw-api-id: api2", "/a/{id} 7 /v1/a/7 api1.execute-api.localhost"},

		{"path form", "localhost:8080", "/_aws/execute-api/api1/v1/a/7", plain, "", "/a/{id} 7 /v1/a/7 localhost"},
		{"path form, stage alone", "localhost:8080", "/_aws/execute-api/api1/v1", plain, "", "/  /v1 localhost"},
		{"path form, unknown API", "localhost:8080", "/_aws/execute-api/api2/v1", plain, "", ""},
		{"path form, no stage", "localhost:8080", "/_aws/execute-api/api1", plain, "", ""},
		{"old path form", "localhost:8080", "/restapis/api1/v1/_user_request_/a/7", plain, "", "/a/{id} 7 /v1/a/7 localhost"},
		{"old path form, root", "localhost:8080", "/restapis/api1/v1/_user_request_", plain, "", "/  /v1/ localhost"},
		{"old path form without its word", "localhost:8080", "/restapis/api1/v1/a/7", plain, "", ""},
		{"old path form, longer word", "localhost:8080", "/restapis/api1/v1/_user_request_x/a", plain, "", ""},

		{"no API named", "localhost:8080", "/a/7", plain, "", ""},
		{"root alias", "localhost:8080", "/a/7", rooted, "", "/a/{id} 7 /a/7 localhost"},
		{"root alias, root", "localhost:8080", "/", rooted, "", "/  / localhost"},
		{"path forms go before the root alias", "localhost:8080", "/_aws/execute-api/api1/v1/a/7", rooted, "", "/a/{id} 7 /v1/a/7 localhost"},
		{"an API's host has no root alias", host, "/a/7", rooted, "", ""},
		{"IPv6 host", "[::1]:8080", "/a/7", rooted, "", "/a/{id} 7 /a/7 [::1]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := serve(tt.gw, "GET "+tt.target+"\nHost: "+tt.host+"\n"+tt.header+"\n\n")
			want := forbiddenAnswer
			if tt.want != "" {
				want = "200\nContent-Type: application/json\n\n" + tt.want
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDisabledEndpoint(t *testing.T) {
	w := newWorld().method("GET", "/", mockMethod(""))
	w.api.RestAPI.DisableExecuteApiEndpoint = new(true)
	if diff := cmp.Diff(forbiddenAnswer, serve(w.open(t), "GET /v1\n\n")); diff != "" {
		t.Errorf("response differs (-want +got):\n%s", diff)
	}
}

// An id that someone chose may have capitals, which a host has not.
func TestCapitalsInAPIID(t *testing.T) {
	w := newWorld().method("GET", "/", mockMethod("hi"))
	w.api.RestAPI.Id = new("MyAPI")
	gw := w.open(t)
	for _, request := range []string{
		"GET /v1\nHost: myapi.execute-api.localhost\n\n",
		"GET /_aws/execute-api/MyAPI/v1\nHost: localhost\n\n",
	} {
		if diff := cmp.Diff("200\nContent-Type: application/json\n\nhi", serve(gw, request)); diff != "" {
			t.Errorf("%s: response differs (-want +got):\n%s", request, diff)
		}
	}
}

func TestDuplicateStage(t *testing.T) {
	w := newWorld().method("GET", "/", mockMethod(""))
	st := w.bind(t)
	_, err := gateway.NewTable(gateway.TableConfig{Stages: append(st, st...)})
	if err == nil || !strings.Contains(err.Error(), "two stages v1") {
		t.Errorf("got %v, want an error about two stages", err)
	}
}
