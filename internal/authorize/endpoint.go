package authorize

import (
	"net/netip"
	"slices"
)

// Endpoint is an interface VPC endpoint, through which private APIs are called.
type Endpoint struct {
	ID  string // "vpce-…"; aws:SourceVpce
	VPC string // "vpc-…"; aws:SourceVpc
}

// Endpoints says from which addresses clients come through which interface VPC endpoint. The zero value
// knows none. It is immutable and safe for concurrent use.
type Endpoints struct {
	networks []network // longest prefixes first
}

// network is a range of addresses behind an endpoint.
type network struct {
	prefix   netip.Prefix
	endpoint Endpoint
}

// NewEndpoints returns the endpoints with the networks behind each.
func NewEndpoints(networks map[Endpoint][]netip.Prefix) *Endpoints {
	e := &Endpoints{}
	for endpoint, prefixes := range networks {
		for _, prefix := range prefixes {
			e.networks = append(e.networks, network{prefix.Masked(), endpoint})
		}
	}
	slices.SortFunc(e.networks, func(a, b network) int {
		if c := b.prefix.Bits() - a.prefix.Bits(); c != 0 {
			return c
		}
		return a.prefix.Addr().Compare(b.prefix.Addr())
	})
	return e
}

// Find returns the endpoint behind which a client is: that of the longest prefix with its address. It is the
// zero Endpoint where there is none.
func (e *Endpoints) Find(client netip.Addr) Endpoint {
	if e == nil {
		return Endpoint{}
	}
	client = client.Unmap().WithZone("")
	for i := range e.networks {
		if e.networks[i].prefix.Contains(client) {
			return e.networks[i].endpoint
		}
	}
	return Endpoint{}
}
