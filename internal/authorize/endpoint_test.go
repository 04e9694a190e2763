package authorize_test

import (
	"net/netip"
	"testing"

	"github.com/sluice-gateway/sluice/internal/authorize"
)

func TestEndpointsFind(t *testing.T) {
	wide, narrow, six := authorize.Endpoint{ID: "vpce-1", VPC: "vpc-1"}, authorize.Endpoint{ID: "vpce-2"}, authorize.Endpoint{ID: "vpce-6"}
	endpoints := authorize.NewEndpoints(map[authorize.Endpoint][]netip.Prefix{
		wide: {netip.MustParsePrefix("10.0.0.0/8")}, narrow: {netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("192.0.2.7/32")},
		six: {netip.MustParsePrefix("2001:db8::/32")},
	})
	for address, want := range map[string]authorize.Endpoint{
		"10.0.0.1": wide, "10.1.2.3": narrow, "192.0.2.7": narrow, "192.0.2.8": {}, "::ffff:10.1.2.3": narrow, "2001:db8::1%eth0": six, "2001:db9::1": {},
	} {
		if got := endpoints.Find(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %v, want %v", address, got, want)
		}
	}
	var none *authorize.Endpoints
	if got := none.Find(netip.MustParseAddr("10.0.0.1")); got != (authorize.Endpoint{}) {
		t.Errorf("without endpoints: got %v", got)
	}
}

func TestAppendARN(t *testing.T) {
	r := authorize.Request{Partition: "aws", Region: "eu-west-1", AccountID: "111122223333", APIID: "abc", Stage: "dev", Verb: "GET"}
	for path, want := range map[string]string{
		"/pets/7": "arn:aws:execute-api:eu-west-1:111122223333:abc/dev/GET/pets/7",
		"/":       "arn:aws:execute-api:eu-west-1:111122223333:abc/dev/GET/",
		"":        "arn:aws:execute-api:eu-west-1:111122223333:abc/dev/GET/",
	} {
		r.Path = path
		if got := string(r.AppendARN(nil)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
