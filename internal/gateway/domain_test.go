package gateway_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/policy"
)

// openDomains returns a gateway that serves the world's API under custom domain names, and clients from 10.0.0.0/8
// through the VPC endpoint vpce-1.
func (w *world) openDomains(t *testing.T, domains ...*gateway.Domain) *gateway.Gateway {
	t.Helper()
	table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(t), Domains: domains})
	if err != nil {
		t.Fatal(err)
	}
	gw := gateway.New(gateway.Config{
		HTTP: w, Now: func() time.Time { return arrival },
		Endpoints: authorize.NewEndpoints(map[authorize.Endpoint][]netip.Prefix{
			{ID: "vpce-1", VPC: "vpc-1"}: {netip.MustParsePrefix("10.0.0.0/8")},
		}),
	})
	gw.Swap(table)
	return gw
}

// The answer tells resource, parameters, $context.path, stage and domain.
func TestDomainMappings(t *testing.T) {
	show := `$context.resourcePath $input.params('id') $context.path $context.stage $context.domainName $context.domainPrefix`
	w := newWorld().method("GET", "/", mockMethod(show)).method("GET", "/a/{id}", mockMethod(show))
	w.api.RestAPI.DisableExecuteApiEndpoint = new(true) // custom domain names go on
	to := func(basePath, stage string) gateway.Mapping {
		return gateway.Mapping{BasePath: basePath, APIID: "api1", Stage: stage}
	}
	gw := w.openDomains(t,
		&gateway.Domain{Name: "api.example.com", Mappings: []gateway.Mapping{to("", "v1"), to("orders", "v1"), to("orders/v2", "v1"), to("open", ""), to("gone", "v9"), {BasePath: "lost", APIID: "api9", Stage: "v1"}}},
		&gateway.Domain{Name: "staged.example.com", Mappings: []gateway.Mapping{to("", "")}},
		&gateway.Domain{Name: "*.wild.example.com", Mappings: []gateway.Mapping{to("w", "v1")}},
		&gateway.Domain{Name: "tame.wild.example.com", Mappings: []gateway.Mapping{to("t", "v1")}},
		&gateway.Domain{Name: "empty.example.com"},
		&gateway.Domain{Name: "rules.example.com", RulesOnly: true, Mappings: []gateway.Mapping{to("", "v1")}},
	)
	const end = " v1 api.example.com api"
	tests := []struct {
		name, host, target string
		want               string // "" is Forbidden
	}{
		{"catch-all", "api.example.com", "/a/7", "/a/{id} 7 /a/7" + end},
		{"catch-all, root", "API.example.com:443", "/", "/  / v1 API.example.com API"},
		{"base path", "api.example.com", "/orders/a/7", "/a/{id} 7 /orders/a/7" + end},
		{"base path alone", "api.example.com", "/orders", "/  /orders" + end},
		{"base path and slash", "api.example.com", "/orders/", "/  /orders/" + end},
		{"slashes in front", "api.example.com", "//orders//a/7", "/a/{id} 7 /orders//a/7" + end},
		{"two levels", "api.example.com", "/orders/v2/a/7", "/a/{id} 7 /orders/v2/a/7" + end},
		{"the longest base path, whatever it serves", "api.example.com", "/orders/v2/nothing", "token"},
		{"whole segments", "api.example.com", "/ordersX", "token"},
		{"base paths have case", "api.example.com", "/Orders/a/7", "token"},
		{"stage in the path", "api.example.com", "/open/v1/a/7", "/a/{id} 7 /open/v1/a/7" + end},
		{"no stage in the path", "api.example.com", "/open", ""},
		{"unknown stage in the path", "api.example.com", "/open/v2/a", ""},
		{"stage that is gone", "api.example.com", "/gone/a/7", ""},
		{"API that is gone", "api.example.com", "/lost/a/7", ""},
		{"stage first", "staged.example.com", "/v1/a/7", "/a/{id} 7 /v1/a/7 v1 staged.example.com staged"},
		{"wildcard", "any.wild.example.com", "/w", "/  /w v1 any.wild.example.com any"},
		{"wildcard of one label", "two.any.wild.example.com", "/w", ""},
		{"exact name before wildcard", "tame.wild.example.com", "/w", ""},
		{"no mapping", "empty.example.com", "/", ""},
		{"no path forms", "empty.example.com", "/_aws/execute-api/api1/v1", ""},
		{"routing rules only", "rules.example.com", "/", "rule"},
		{"disabled endpoint", "api1.execute-api.localhost", "/v1/a/7", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := serve(gw, "GET "+tt.target+"\nHost: "+tt.host+"\nx-apigw-api-id: api1\n\n")
			want := "200\nContent-Type: application/json\n\n" + tt.want
			switch tt.want {
			case "":
				want = forbiddenAnswer
			case "token":
				want = missingTokenAnswer
			case "rule":
				want = "404\nContent-Type: application/json\nx-amzn-ErrorType: NotFoundException\n\n" + `{"message":"Not Found"}`
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDuplicateDomain(t *testing.T) {
	_, err := gateway.NewTable(gateway.TableConfig{Domains: []*gateway.Domain{{Name: "a.example.com"}, {Name: "a.example.com"}}})
	if err == nil || !strings.Contains(err.Error(), "two custom domain names a.example.com") {
		t.Errorf("got %v, want an error about two names", err)
	}
}

// secured serves a request that comes over TLS.
func secured(gw *gateway.Gateway, s *gateway.Security, peer, request string) string {
	x := gateway.Acquire()
	defer x.Release()
	fill(x, request)
	x.Request.Security, x.Request.TLS = s, s != nil
	if peer != "" {
		x.Request.PeerIP = peer
	}
	gw.Serve(context.Background(), x)
	return printResponse(&x.Response, false)
}

func TestDomainSecurity(t *testing.T) {
	w := newWorld().method("GET", "/", mockMethod("ok"))
	mapping := []gateway.Mapping{{APIID: "api1", Stage: "v1"}}
	gw := w.openDomains(t,
		&gateway.Domain{Name: "new.example.com", Mappings: mapping, MinVersion: tls.VersionTLS13},
		&gateway.Domain{Name: "strict.example.com", Mappings: mapping, Strict: true},
		&gateway.Domain{Name: "unreadable.example.com", Mappings: mapping, Mutual: true},
	)
	tests := []struct {
		name, host string
		security   *gateway.Security
		ok         bool
	}{
		{"new enough", "new.example.com", &gateway.Security{Version: tls.VersionTLS13}, true},
		{"too old, by another name's handshake", "new.example.com", &gateway.Security{Version: tls.VersionTLS12}, false},
		{"a proxy in front", "new.example.com", nil, true},
		{"same name", "Strict.example.com:8443", &gateway.Security{Version: tls.VersionTLS12, ServerName: "strict.example.com"}, true},
		{"another name", "strict.example.com", &gateway.Security{Version: tls.VersionTLS12, ServerName: "new.example.com"}, false},
		{"no truststore", "unreadable.example.com", &gateway.Security{Version: tls.VersionTLS13}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := forbiddenAnswer
			if tt.ok {
				want = "200\nContent-Type: application/json\n\nok"
			}
			if diff := cmp.Diff(want, secured(gw, tt.security, "", "GET /\nHost: "+tt.host+"\n\n")); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMutualTLS(t *testing.T) {
	authority, key := newCertificate(t, "Test CA", nil, nil)
	trusted, _ := newCertificate(t, "client", authority, key)
	stranger, _ := newCertificate(t, "stranger", nil, nil)
	path := filepath.Join(t.TempDir(), "trust.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	trust, err := certificate.OpenTruststore(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld().method("GET", "/", mockMethod(`$context.identity.clientCert.subjectDN|$context.identity.clientCert.issuerDN|$context.identity.clientCert.serialNumber|$context.identity.clientCert.validity.notBefore`))
	gw := w.openDomains(t, &gateway.Domain{Name: "m.example.com", Mutual: true, Trust: trust, Mappings: []gateway.Mapping{{APIID: "api1", Stage: "v1"}}})
	tests := []struct {
		name         string
		certificates []*x509.Certificate
		plain, ok    bool
	}{
		{"trusted", []*x509.Certificate{trusted}, false, true},
		{"another authority's", []*x509.Certificate{stranger}, false, false},
		{"none", nil, false, false},
		{"no TLS", nil, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			security := &gateway.Security{Version: tls.VersionTLS13, ServerName: "m.example.com", Certificates: tt.certificates}
			if tt.plain {
				security = nil
			}
			want := forbiddenAnswer
			if tt.ok {
				want = "200\nContent-Type: application/json\n\nCN=client|CN=Test CA|2a:01|Nov 22 09:45:58 2026 GMT"
			}
			for range 2 { // the second time from memory
				if diff := cmp.Diff(want, secured(gw, security, "", "GET /\nHost: m.example.com\n\n")); diff != "" {
					t.Errorf("response differs (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// newCertificate makes a certificate that parent signs, or that signs itself.
func newCertificate(t *testing.T, name string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x2a01), Subject: pkix.Name{CommonName: name}, NotBefore: arrival.Add(-time.Hour), NotAfter: arrival.Add(time.Hour),
		IsCA: parent == nil, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func TestPrivateDomain(t *testing.T) {
	w := newWorld().method("GET", "/", mockMethod("$context.identity.vpceId $context.identity.vpcId"))
	w.api.RestAPI.EndpointConfiguration = &apigw.EndpointConfiguration{Types: []apigw.EndpointType{apigw.EndpointTypePrivate}}
	w.api.RestAPI.Policy = new(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"*"}}`)
	const arn = "arn:aws:execute-api:us-east-1:111122223333:/domainnames/in.example.com+d1"
	allow := func(resource string) *policy.Policy {
		p, err := policy.Parse(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"`+resource+`","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}}`, policy.Resource)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	domain := func(name string, p *policy.Policy, endpoints ...string) *gateway.Domain {
		return &gateway.Domain{Name: name, ARN: arn, Private: true, Endpoints: endpoints, Policy: p, Mappings: []gateway.Mapping{{APIID: "api1", Stage: "v1"}}}
	}
	gw := w.openDomains(t,
		domain("in.example.com", allow(arn+"/*"), "vpce-1"),
		domain("bare.example.com", allow(arn), "vpce-1"),
		domain("silent.example.com", nil, "vpce-1"),
		domain("denied.example.com", allow("arn:other"), "vpce-1"),
		domain("foreign.example.com", allow("*"), "vpce-2"),
		&gateway.Domain{Name: "in.example.com", RulesOnly: true}, // public, of the same name
	)
	const ok = "200\nContent-Type: application/json\n\nvpce-1 vpc-1"
	noRule := "404\nContent-Type: application/json\nx-amzn-ErrorType: NotFoundException\n\n" + `{"message":"Not Found"}`
	const inside, outside = "10.1.2.3", "192.0.2.7"
	tests := []struct{ name, host, target, peer, want string }{
		{"through its endpoint", "in.example.com", "/", inside, ok},
		{"the public name from elsewhere", "in.example.com", "/", outside, noRule},
		{"policy on the name itself", "bare.example.com", "/", inside, ok},
		{"no policy", "silent.example.com", "/", inside, forbiddenAnswer},
		{"silent policy", "denied.example.com", "/", inside, forbiddenAnswer},
		{"another endpoint's", "foreign.example.com", "/", inside, forbiddenAnswer},
		{"no endpoint", "bare.example.com", "/", outside, forbiddenAnswer},
		{"the API's host", "api1.execute-api.localhost", "/v1", inside, ok},
		{"the API's host with the endpoint", "api1-vpce-1.execute-api.localhost", "/v1", inside, ok},
		{"the API's host with another endpoint", "api1-vpce-2.execute-api.localhost", "/v1", inside, forbiddenAnswer},
		{"the API's host from elsewhere", "api1.execute-api.localhost", "/v1", outside, forbiddenAnswer},
		{"header from elsewhere", "vpce.example.com\nx-apigw-api-id: api1", "/v1", outside, forbiddenAnswer},
		{"header", "vpce.example.com\nx-apigw-api-id: api1", "/v1", inside, ok},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, secured(gw, nil, tt.peer, "GET "+tt.target+"\nHost: "+tt.host+"\n\n")); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever the mappings and the path, the longest base path that the path begins with wins, in whole segments.
func TestLongestBasePath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segment := rapid.SampledFrom([]string{"a", "b", "ab", "c"})
		levels := rapid.SliceOfNDistinct(rapid.SliceOfN(segment, 0, 3), 1, 6, func(s []string) string { return strings.Join(s, "/") }).Draw(t, "base paths")
		w := newWorld().method("GET", "/", mockMethod("$context.stage")).method("GET", "/{proxy+}", mockMethod("$context.stage"))
		d := &gateway.Domain{Name: "api.example.com"}
		var stages []*plan.Stage
		for i, level := range levels {
			w.stage.StageName = new("s" + strconv.Itoa(i))
			p, _ := plan.Compile(&w.api)
			bound, _ := plan.Bind(p, &w.stage)
			stages = append(stages, bound)
			d.Mappings = append(d.Mappings, gateway.Mapping{BasePath: strings.Join(level, "/"), APIID: "api1", Stage: *w.stage.StageName})
		}
		table, err := gateway.NewTable(gateway.TableConfig{Stages: stages, Domains: []*gateway.Domain{d}})
		if err != nil {
			t.Fatal(err)
		}
		gw := gateway.New(gateway.Config{HTTP: w})
		gw.Swap(table)
		path := rapid.SliceOfN(segment, 0, 4).Draw(t, "path")
		want, longest := forbiddenAnswer, -1
		for i, level := range levels {
			if len(level) > longest && len(level) <= len(path) && slices.Equal(level, path[:len(level)]) {
				want, longest = "200\nContent-Type: application/json\n\ns"+strconv.Itoa(i), len(level)
			}
		}
		if diff := cmp.Diff(want, serve(gw, "GET /"+strings.Join(path, "/")+"\nHost: api.example.com\n\n")); diff != "" {
			t.Errorf("response differs (-want +got):\n%s", diff)
		}
	})
}
