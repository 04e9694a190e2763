package gwtest_test

import (
	"crypto/tls"
	"testing"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
	"github.com/sluice-gateway/sluice/internal/server"
)

// TestInsecureSkipVerification holds what tlsConfig of an integration changes, for both types and through a VPC link: a chain that
// leads to a root which nobody trusts, but not the name in the certificate.
func TestInsecureSkipVerification(t *testing.T) {
	root, _ := newAuthority(t) // which the server does not trust
	chain := root.issue(t, "127.0.0.1")
	chain.Certificate = append(chain.Certificate, root.cert.Raw)
	direct := secure(t, chain, tls.NoClientCert)
	named := root.issue(t, "orders.internal")
	named.Certificate = append(named.Certificate, root.cert.Raw)
	private := secure(t, named, tls.NoClientCert)
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) {
		c.VPCLinks = map[string]vpclink.Targets{"orders": {Addresses: []string{private}}}
	}})
	link := must(t, s, "POST", "/vpclinks", `{"name":"orders","targetArns":["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"]}`)["id"].(string)
	through := `"connectionType":"VPC_LINK","connectionId":"` + link + `"`
	tests := []struct {
		name, kind, uri, more string
		want                  int
	}{
		{"verified", "http", "https://" + direct + "/", `"tlsConfig":{"insecureSkipVerification":false}`, 504},
		{"not said", "http_proxy", "https://" + direct + "/", `"timeoutInMillis":29000`, 504},
		{"HTTP", "http", "https://" + direct + "/", `"tlsConfig":{"insecureSkipVerification":true}`, 200},
		{"HTTP_PROXY", "http_proxy", "https://" + direct + "/", `"tlsConfig":{"insecureSkipVerification":true}`, 200},
		{"VPC link", "http_proxy", "https://orders.internal/", through + `,"tlsConfig":{"insecureSkipVerification":true}`, 200},
		{"VPC link, verified", "http_proxy", "https://orders.internal/", through, 504},
		{"VPC link, another name", "http", "https://other.internal/", through + `,"tlsConfig":{"insecureSkipVerification":true}`, 504},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api, err := s.Deploy(document(`{"type":"`+tt.kind+`","httpMethod":"GET","uri":"`+tt.uri+`","responses":{"default":{"statusCode":"200"}},`+tt.more+`}`), "v1", "")
			if err != nil {
				t.Fatal(err)
			}
			if status, body := fetch(t, s, api, "/x"); status != tt.want {
				t.Errorf("got %d %s, want %d", status, body, tt.want)
			}
		})
	}
}
