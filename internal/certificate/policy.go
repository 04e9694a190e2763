package certificate

import (
	"crypto/tls"
	"strings"
)

// Policy is a security policy: what of TLS a client must speak. It is immutable.
//
// AWS: Supported security policies; Choose a security policy for your custom domain in API Gateway.
type Policy struct {
	MinVersion, MaxVersion uint16

	suites []uint16 // of TLS 1.2 and before; those of TLS 1.3 can't be chosen
	curves []tls.CurveID
}

// The cipher suites, by what policies say of them.
var (
	suitesForwardSecret = []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	}
	suitesChaCha = []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}
	suitesCBC    = []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	}
	suitesStatic = []uint16{
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	}
)

// The groups of the key exchange.
var (
	curvesNIST    = []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521}
	curvesUsual   = append([]tls.CurveID{tls.X25519}, curvesNIST...)
	curvesQuantum = []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024}
)

// DefaultPolicy is that of API hosts and of domain names that nobody configured: TLS 1.2 and later.
//
// Differs: the service accepts TLS 1.0 at the hosts of edge-optimized and regional APIs.
var DefaultPolicy = &Policy{
	MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13,
	suites: concat(suitesForwardSecret, suitesChaCha), curves: concat(curvesQuantum[:1], curvesUsual),
}

// The policies from before names began with SecurityPolicy_. Both take TLS 1.3, too.
var (
	policyTLS10 = &Policy{tls.VersionTLS10, tls.VersionTLS13, concat(suitesForwardSecret, suitesChaCha, suitesCBC, suitesStatic), curvesUsual}
	policyTLS12 = &Policy{tls.VersionTLS12, tls.VersionTLS13, concat(suitesForwardSecret, suitesChaCha, suitesCBC, suitesStatic), curvesUsual}
)

// NamedPolicy returns the policy of a name in the model, DefaultPolicy for "". It reports false for a name that it
// does not know.
//
// The newer names say what they mean: after SecurityPolicy_, the newest version and, for other endpoints than
// edge-optimized ones, the oldest; then FIPS, PFS and PQ, and the date.
func NamedPolicy(name string) (*Policy, bool) {
	switch name {
	case "":
		return DefaultPolicy, true
	case "TLS_1_0":
		return policyTLS10, true
	case "TLS_1_2":
		return policyTLS12, true
	}
	rest, isNew := strings.CutPrefix(name, "SecurityPolicy_")
	p := &Policy{MaxVersion: tls.VersionTLS13, curves: curvesUsual}
	switch {
	case !isNew:
		return nil, false
	case strings.HasPrefix(rest, "TLS13_1_2_"), strings.HasPrefix(rest, "TLS12_"):
		p.MinVersion = tls.VersionTLS12
	case strings.HasPrefix(rest, "TLS13_"):
		p.MinVersion = tls.VersionTLS13
	default:
		return nil, false
	}
	words := strings.Split(rest, "_")
	has := func(word string) bool {
		for _, w := range words {
			if w == word {
				return true
			}
		}
		return false
	}
	p.suites = suitesForwardSecret
	if has("FIPS") {
		p.curves = curvesNIST
	} else {
		p.suites = concat(p.suites, suitesChaCha)
	}
	if !has("PFS") {
		p.suites = concat(p.suites, suitesCBC, suitesStatic)
	}
	if has("PQ") {
		p.curves = concat(curvesQuantum, p.curves)
	}
	return p, true
}

// apply sets what the policy says in config.
func (p *Policy) apply(config *tls.Config) {
	config.MinVersion, config.MaxVersion = p.MinVersion, p.MaxVersion
	config.CipherSuites, config.CurvePreferences = p.suites, p.curves
}

// concat returns the elements of all lists in one of its own.
func concat[T any](lists ...[]T) []T {
	var all []T
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
