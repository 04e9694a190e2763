// Package guard says which addresses integrations may call, so that an API can't be made to reach what
// only the machine itself may: the instance metadata service, whose answers hold credentials, and the
// local link.
//
// It is asked for each address that is about to be dialled, after the name was resolved, so that no
// name leads around it. What the operator names himself (endpoints of AWS services) is not asked for.
// Start reading at [New].
package guard

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// refused are the prefixes that integrations may not call unless the operator allows them: unspecified,
// broadcast, link-local and multicast addresses, and the metadata services of clouds that stand
// elsewhere.
//
// AWS: Access instance metadata for an EC2 instance (169.254.169.254 and fd00:ec2::254); Amazon ECS
// task metadata endpoint (169.254.170.2).
var refused = prefixes(
	"0.0.0.0/32", "255.255.255.255/32", "169.254.0.0/16", "224.0.0.0/4",
	"100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
	"::/128", "fe80::/10", "ff00::/8", "fd00:ec2::/32", "fd20:ce::254/128",
)

// prefixes returns the prefixes of texts that are such.
func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// Config says what differs from the built-in refusals.
type Config struct {
	// AllowLinkLocal takes the built-in refusals away.
	AllowLinkLocal bool

	Allow []netip.Prefix // addresses that may be called
	Deny  []netip.Prefix // further addresses that may not be called
}

// Guard decides about addresses. The zero Guard lets all through. It is immutable.
type Guard struct {
	rules []rule
}

// rule lets the addresses of a prefix through, or refuses them.
type rule struct {
	prefix netip.Prefix
	allow  bool
}

// New returns a Guard. Of the prefixes that an address belongs to, the longest decides; where one is
// both allowed and denied, it is allowed.
func New(cfg Config) *Guard {
	g := &Guard{}
	add := func(list []netip.Prefix, allow bool) {
		for _, prefix := range list {
			g.rules = append(g.rules, rule{unmapped(prefix), allow})
		}
	}
	if !cfg.AllowLinkLocal {
		add(refused, false)
	}
	add(cfg.Deny, false)
	add(cfg.Allow, true)
	return g
}

// unmapped returns a prefix of IPv4 addresses that is written as one of IPv6 addresses as what it is.
func unmapped(prefix netip.Prefix) netip.Prefix {
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= 96 {
		return netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96).Masked()
	}
	return prefix.Masked()
}

// Check returns an error that says why an address may not be called, or nil. An address in which an
// IPv4 address is embedded, to which a translator would pass the packets on, is treated like that one
// as well.
func (g *Guard) Check(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if !g.admits(addr) {
		return fmt.Errorf("integrations may not call %s", addr)
	}
	for _, inner := range embedded(addr) {
		if !g.admits(inner) {
			return fmt.Errorf("integrations may not call %s, which stands for %s", addr, inner)
		}
	}
	return nil
}

// admits reports whether an address may be called, by the longest prefix.
func (g *Guard) admits(addr netip.Addr) bool {
	allow, bits := true, -1
	for _, r := range g.rules {
		if r.prefix.Bits() >= bits && r.prefix.Contains(addr) && (r.prefix.Bits() > bits || r.allow) {
			allow, bits = r.allow, r.prefix.Bits()
		}
	}
	return allow
}

var (
	sixToFour  = netip.MustParsePrefix("2002::/16")      // RFC 3056
	translated = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052
	locally    = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215
	teredo     = netip.MustParsePrefix("2001::/32")      // RFC 4380
	compatible = netip.MustParsePrefix("::/96")          // RFC 4291, 2.5.5.1
	isatapMask = [4]byte{0xfd, 0xff, 0xff, 0xff}         // RFC 5214: with or without the universal bit
	isatap     = [4]byte{0x00, 0x00, 0x5e, 0xfe}
)

// embedded returns the IPv4 addresses that an IPv6 address stands for by one of the known schemes.
func embedded(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	b := addr.As16()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(b[i : i+4])) }
	var inner []netip.Addr
	switch {
	case sixToFour.Contains(addr):
		inner = append(inner, at(2))
	case teredo.Contains(addr):
		var client [4]byte
		binary.BigEndian.PutUint32(client[:], ^binary.BigEndian.Uint32(b[12:]))
		inner = append(inner, at(4), netip.AddrFrom4(client))
	case locally.Contains(addr):
		// The network chooses how long its prefix is: RFC 6052 leaves four places in this one.
		for _, place := range [...][4]byte{{b[6], b[7], b[9], b[10]}, {b[7], b[9], b[10], b[11]}, {b[9], b[10], b[11], b[12]}, [4]byte(b[12:])} {
			if place != [4]byte{} {
				inner = append(inner, netip.AddrFrom4(place))
			}
		}
	case translated.Contains(addr), compatible.Contains(addr) && !addr.IsLoopback() && !addr.IsUnspecified():
		inner = append(inner, at(12))
	}
	if matches := [4]byte{b[8] & isatapMask[0], b[9], b[10], b[11]}; matches == isatap {
		inner = append(inner, at(12))
	}
	return inner
}
