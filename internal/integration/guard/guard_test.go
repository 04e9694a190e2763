package guard

import (
	"net/netip"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name    string
		cfg     Config
		refused string
		allowed string
	}{
		{"built in", Config{},
			"169.254.169.254 169.254.170.2 169.254.0.1 fe80::1 fe80::1%eth0 224.0.0.1 ff02::1 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 0.0.0.0 :: 255.255.255.255 " +
				"100.100.100.200 168.63.129.16 192.0.0.192",
			"127.0.0.1 ::1 10.0.0.1 192.168.1.1 172.16.0.1 8.8.8.8 2600::1 fd00::1 100.100.100.201 169.253.255.255 169.255.0.0"},
		{"forms of IPv4 in IPv6", Config{},
			"::ffff:169.254.169.254 2002:a9fe:a9fe::1 64:ff9b::a9fe:a9fe ::a9fe:a9fe 64:ff9b:1::a9fe:a9fe 64:ff9b:1:a9fe:a9:fe00:: fd12::5efe:169.254.169.254 fd12::200:5efe:a9fe:a9fe " +
				"2001:0:a9fe:a9fe:: 2001::5601:5601",
			"::ffff:127.0.0.1 2002:7f00:1::1 64:ff9b::808:808 64:ff9b:1::808:808 2001:0:808:808::f7f7:f7f7 2001:db8::1 fd12::200:5efe:808:808"},
		{"all allowed", Config{AllowLinkLocal: true}, "", "169.254.169.254 fe80::1 0.0.0.0 8.8.8.8"},
		{"one allowed", Config{Allow: prefixes("169.254.169.254/32")}, "169.254.170.2", "169.254.169.254 2002:a9fe:a9fe::1 ::ffff:169.254.169.254"},
		{"prefix allowed", Config{Allow: prefixes("169.254.0.0/16")}, "fe80::1", "169.254.170.2"},
		{"a wide allowance opens nothing", Config{Allow: prefixes("0.0.0.0/0", "::/0")}, "169.254.169.254 fe80::1", "8.8.8.8"},
		{"denied", Config{Deny: prefixes("10.0.0.0/8", "::ffff:192.168.0.0/112")}, "10.1.1.1 ::ffff:10.1.1.1 192.168.1.1 64:ff9b::a01:101", "11.0.0.1 192.169.0.1"},
		{"the longest decides", Config{Deny: prefixes("10.0.0.0/8", "10.1.2.3/32"), Allow: prefixes("10.1.0.0/16")}, "10.2.0.1 10.1.2.3", "10.1.2.4"},
		{"all but one", Config{Deny: prefixes("0.0.0.0/0", "::/0"), Allow: prefixes("192.168.7.0/24")}, "8.8.8.8 2600::1 127.0.0.1", "192.168.7.9"},
		{"both", Config{Deny: prefixes("10.0.0.0/8"), Allow: prefixes("10.0.0.0/8")}, "", "10.0.0.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := New(tt.cfg)
			for text := range strings.FieldsSeq(tt.refused) {
				if g.Check(netip.MustParseAddr(text)) == nil {
					t.Errorf("%s passes", text)
				}
			}
			for text := range strings.FieldsSeq(tt.allowed) {
				if err := g.Check(netip.MustParseAddr(text)); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
		})
	}
}

func TestZeroGuard(t *testing.T) {
	if err := new(Guard).Check(netip.MustParseAddr("169.254.169.254")); err != nil {
		t.Error(err)
	}
}
