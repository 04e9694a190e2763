package server

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/sluice-gateway/sluice/internal/authorize"
)

func readEndpoints(t *testing.T, text string) (map[authorize.Endpoint][]netip.Prefix, error) {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return readVPCEndpoints("file", document.Content[0])
}

func TestReadVPCEndpoints(t *testing.T) {
	got, err := readEndpoints(t, "vpce-0a: {vpc: vpc-1, addresses: [10.0.0.0/8, 192.0.2.7]}\nvpce-0b: {addresses: ['2001:db8::/32']}")
	if err != nil {
		t.Fatal(err)
	}
	want := map[authorize.Endpoint][]netip.Prefix{
		{ID: "vpce-0a", VPC: "vpc-1"}: {netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32")},
		{ID: "vpce-0b"}:               {netip.MustParsePrefix("2001:db8::/32")},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

func TestReadVPCEndpointsRefused(t *testing.T) {
	tests := []struct{ text, want string }{
		{"[a]", "file:1: vpc_endpoints: not a mapping of VPC endpoints to addresses"},
		{"x: {addresses: [10.0.0.1]}", "file:1: vpc_endpoints: x: an endpoint's id has the form vpce-0a1b2c3d"},
		{"vpce-1: {vpc: x, addresses: [10.0.0.1]}", `vpc: "x" has not the form vpc-0a1b2c3d`},
		{"vpce-1: {vpc: vpc-1}", "addresses: there are none"},
		{"vpce-1: {addresses: [host]}", `addresses: "host" is neither an address nor a prefix`},
		{"vpce-1: {address: 10.0.0.1}", "there is no address"},
		{"vpce-1: 10.0.0.1", "not a mapping"},
	}
	for _, tt := range tests {
		if _, err := readEndpoints(t, tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.text, err, tt.want)
		}
	}
}
