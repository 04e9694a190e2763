package gateway_test

import (
	"regexp"
	"testing"

	"github.com/sluice-gateway/sluice/internal/gateway"
)

// hostsServed are the hosts that lead somewhere in FuzzHost, said in another way than the table looks them up.
var hostsServed = regexp.MustCompile(`(?i)^(api\.example\.com|[^.:]+\.wild\.example\.com)(:[^\]:]*)?$`)

// Whatever a client names as the host, an API is reached by the names that it was given, and by no others: neither by the
// host of its disabled endpoint nor by paths or headers that name it.
func FuzzHost(f *testing.F) {
	for _, host := range []string{
		"api.example.com", "API.EXAMPLE.COM:443", "api.example.com.", "api.example.com@evil", "x.wild.example.com", "a.b.wild.example.com", ".wild.example.com",
		"*.wild.example.com", "wild.example.com", "api1.execute-api.localhost", "api1-vpce-1.execute-api.eu-west-1.amazonaws.com", "[::1]:80", "[api.example.com]", "::", ":", "localhost",
	} {
		f.Add(host, "/", "api1")
		f.Add(host, "/_aws/execute-api/api1/v1/", host)
	}
	w := newWorld().method("GET", "/{proxy+}", mockMethod("reached")).method("GET", "/", mockMethod("reached"))
	w.api.RestAPI.DisableExecuteApiEndpoint = new(true)
	to := []gateway.Mapping{{APIID: "api1", Stage: "v1"}}
	table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(f), Domains: []*gateway.Domain{
		{Name: "api.example.com", Mappings: to}, {Name: "*.wild.example.com", Mappings: to},
	}})
	if err != nil {
		f.Fatal(err)
	}
	gw := gateway.New(gateway.Config{HTTP: w})
	gw.Swap(table)
	f.Fuzz(func(t *testing.T, host, target, api string) {
		x := gateway.Acquire()
		defer x.Release()
		fill(x, "GET /\n\n")
		x.Request.Host, x.Request.Target = host, target
		x.Request.Headers.Add("Host", host)
		x.Request.Headers.Add("x-apigw-api-id", api)
		gw.Serve(t.Context(), x)
		if reached := x.Response.Status == 200; reached && !hostsServed.MatchString(host) {
			t.Errorf("host %q, target %q: reached the API", host, target)
		} else if !reached && target == "/" && hostsServed.MatchString(host) {
			t.Errorf("host %q: got %d", host, x.Response.Status)
		}
	})
}
