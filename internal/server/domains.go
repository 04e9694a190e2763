package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/store"
)

// domainNames is the publisher's part that is about custom domain names: it reads them from the store, and makes of
// them what requests and handshakes meet. There are few of them, so that all are read when one changes. It belongs
// to the publisher's goroutine.
type domainNames struct {
	log         *slog.Logger
	truststores map[string]*certificate.Truststore
	secure      bool                     // something listens with TLS
	setHosts    func(*certificate.Hosts) // nil where nothing listens with TLS

	known []domainName // by name, public ones first, as far as they can be read
}

// domainName is a custom domain name as the store has it.
type domainName struct {
	space     store.Space
	record    control.DomainName
	mappings  []apigw.BasePathMapping
	endpoints []string // VPC endpoints of associations that are not rejected
}

// private reports whether the name is reached through VPC endpoints only.
func (d *domainName) private() bool { return d.record.DomainNameId != nil }

// ref returns what the name is called in keys and ARNs.
func (d *domainName) ref() string {
	if d.private() {
		return *d.record.DomainName.DomainName + "+" + *d.record.DomainNameId
	}
	return *d.record.DomainName.DomainName
}

// refresh reads the custom domain names if the update says so. It reports whether they may have changed.
func (n *domainNames) refresh(ctx context.Context, s store.Store, u update) (changed bool, err error) {
	if !u.all && !u.domains {
		return false, nil
	}
	var found []domainName
	err = s.View(ctx, func(tx store.Tx) error {
		found = nil
		endpoints := map[string][]string{}
		for space := range store.Spaces(tx) {
			for key, value := range tx.Scan(space.DomainNames(), "") {
				found = append(found, n.read(ctx, tx, space, key, value)...)
			}
			for key, value := range tx.Scan(space.AccessAssociations(), "") {
				n.readAssociation(ctx, key, value, endpoints)
			}
		}
		for i := range found {
			found[i].endpoints = endpoints[apigw.Value(found[i].record.DomainNameArn)]
		}
		return tx.Err()
	})
	if err != nil {
		return false, fmt.Errorf("read custom domain names: %w", err)
	}
	slices.SortStableFunc(found, func(a, b domainName) int {
		return cmp.Or(cmp.Compare(*a.record.DomainName.DomainName, *b.record.DomainName.DomainName), cmp.Compare(a.ref(), b.ref()))
	})
	n.known = found
	n.complain(ctx)
	return true, nil
}

// read reads a domain name from its record, with its mappings. One that can't be read is left out.
func (n *domainNames) read(ctx context.Context, tx store.Tx, space store.Space, key store.Key, value []byte) []domainName {
	d := domainName{space: space}
	err := json.Unmarshal(value, &d.record)
	if err == nil {
		for _, value := range tx.Scan(space.BasePathMappings(d.ref()), "") {
			var m apigw.BasePathMapping
			if err = json.Unmarshal(value, &m); err != nil {
				break
			}
			d.mappings = append(d.mappings, m)
		}
	}
	if err != nil {
		n.log.ErrorContext(ctx, "a custom domain name can't be read", "key", key, "error", err)
		return nil
	}
	return []domainName{d}
}

// readAssociation adds a VPC endpoint to those of a domain name, by its ARN.
func (n *domainNames) readAssociation(ctx context.Context, key store.Key, value []byte, endpoints map[string][]string) {
	var a control.AccessAssociation
	if err := json.Unmarshal(value, &a); err != nil {
		n.log.ErrorContext(ctx, "a domain name access association can't be read", "key", key, "error", err)
		return
	}
	if arn := apigw.Value(a.DomainNameArn); !a.Rejected {
		endpoints[arn] = append(endpoints[arn], apigw.Value(a.AccessAssociationSource))
	}
}

// complain tells of domain names that can't be served as they are configured.
func (n *domainNames) complain(ctx context.Context) {
	for i := range n.known {
		d := &n.known[i]
		name := *d.record.DomainName.DomainName
		if m := d.record.MutualTlsAuthentication; m != nil {
			switch {
			case !n.secure:
				n.log.ErrorContext(ctx, "nothing listens with TLS, so that all requests to this custom domain name, which wants mutual TLS, are refused; see --gateway-tls", "domain", name)
			case n.truststore(d) == nil:
				n.log.ErrorContext(ctx, "all requests to this custom domain name are refused: name a file for its truststore under tls.truststores", "domain", name, "truststore", truststoreURI(m))
			}
		}
		if mode := apigw.Value(d.record.RoutingMode); mode == apigw.RoutingModeRoutingRuleOnly {
			n.log.WarnContext(ctx, "there are no routing rules: all requests to this custom domain name are answered with 404", "domain", name)
		}
	}
}

// truststoreURI returns what a truststore is called in the configuration.
func truststoreURI(m *apigw.MutualTlsAuthentication) string {
	uri := apigw.Value(m.TruststoreUri)
	if version := apigw.Value(m.TruststoreVersion); version != "" {
		uri += "?versionId=" + url.QueryEscape(version)
	}
	return uri
}

// truststore returns that of a domain name, nil where it is not configured.
func (n *domainNames) truststore(d *domainName) *certificate.Truststore {
	return n.truststores[truststoreURI(d.record.MutualTlsAuthentication)]
}

// domains returns the custom domain names as requests meet them. A mapping counts if the API that is served is
// the one that it means: owners has the APIs by id.
func (n *domainNames) domains(owners map[string]store.API) []*gateway.Domain {
	var made []*gateway.Domain
	taken := map[string]bool{}
	for i := range n.known {
		d := &n.known[i]
		name := *d.record.DomainName.DomainName
		if !d.private() {
			if taken[name] { // the control plane does not let it happen
				n.log.Error("this custom domain name is another account's or region's, too, and is not served", "domain", name, "account", d.space.Account, "region", d.space.Region)
				continue
			}
			taken[name] = true
		}
		made = append(made, n.domain(d, owners))
	}
	return made
}

// domain returns a custom domain name as requests meet it.
func (n *domainNames) domain(d *domainName, owners map[string]store.API) *gateway.Domain {
	made := &gateway.Domain{
		Name:      *d.record.DomainName.DomainName,
		RulesOnly: apigw.Value(d.record.RoutingMode) == apigw.RoutingModeRoutingRuleOnly,
		Strict:    apigw.Value(d.record.EndpointAccessMode) == apigw.EndpointAccessModeStrict,
		Private:   d.private(), Endpoints: d.endpoints,
	}
	if p, ok := certificate.NamedPolicy(string(apigw.Value(d.record.SecurityPolicy))); ok {
		made.MinVersion = p.MinVersion
	}
	if d.record.MutualTlsAuthentication != nil {
		made.Mutual, made.Trust = true, n.truststore(d)
	}
	if made.Private {
		partition, _, _ := strings.Cut(strings.TrimPrefix(apigw.Value(d.record.DomainNameArn), "arn:"), ":")
		made.ARN = "arn:" + partition + ":execute-api:" + d.space.Region + ":" + d.space.Account + ":/domainnames/" + d.ref()
		made.Policy = n.policy(d)
	}
	for _, m := range d.mappings {
		if id := apigw.Value(m.RestApiId); owners[id] == d.space.API(id) {
			made.Mappings = append(made.Mappings, gateway.Mapping{BasePath: basePath(&m), APIID: id, Stage: apigw.Value(m.Stage)})
		}
	}
	return made
}

// basePath returns the base path of a mapping, "" for "(none)".
func basePath(m *apigw.BasePathMapping) string {
	if path := apigw.Value(m.BasePath); path != "(none)" {
		return path
	}
	return ""
}

// policy returns the policy of a private domain name for its callers; nil, which allows nobody, where there is none.
func (n *domainNames) policy(d *domainName) *policy.Policy {
	if d.record.Policy == nil {
		return nil
	}
	parsed, err := policy.Parse(*d.record.Policy, policy.Resource)
	if err != nil {
		n.log.Error("all requests to this private domain name are refused: its policy can't be read", "domain", d.ref(), "error", err)
		return nil
	}
	return parsed
}

// hosts returns what clients may name in handshakes.
func (n *domainNames) hosts(stages map[stageID]*plan.Stage) *certificate.Hosts {
	hosts := &certificate.Hosts{Domains: map[string]certificate.Domain{}, Policies: map[string]string{}}
	for i := range n.known {
		d := &n.known[i]
		name := *d.record.DomainName.DomainName
		if _, taken := hosts.Domains[name]; taken {
			continue // a public name goes before private ones
		}
		made := certificate.Domain{
			Policy: string(apigw.Value(d.record.SecurityPolicy)), Mutual: d.record.MutualTlsAuthentication != nil, Public: !d.private() && !strings.HasPrefix(name, "*"),
		}
		for _, arn := range []*string{d.record.RegionalCertificateArn, d.record.CertificateArn} {
			if arn != nil {
				made.ARNs = append(made.ARNs, *arn)
			}
		}
		if d.record.Certificate != "" {
			pair, err := tls.X509KeyPair([]byte(d.record.Certificate), []byte(d.record.PrivateKey))
			if err != nil {
				n.log.Error("the certificate of this custom domain name can't be read", "domain", name, "error", err)
			} else {
				made.Uploaded = &pair
			}
		}
		hosts.Domains[name] = made
	}
	for _, id := range slices.SortedFunc(maps.Keys(stages), stageID.compare) {
		p := stages[id].Plan
		if api := strings.ToLower(p.APIID); p.SecurityPolicy != "" && stricter(p.SecurityPolicy, hosts.Policies[api]) {
			hosts.Policies[api] = p.SecurityPolicy
		}
	}
	return hosts
}

// stricter reports whether a security policy asks for newer versions than another. The stages of an API may have been
// deployed with different ones, and a handshake names no stage.
func stricter(name, than string) bool {
	a, ok := certificate.NamedPolicy(name)
	if !ok || than == "" {
		return ok
	}
	b, ok := certificate.NamedPolicy(than)
	return !ok || a.MinVersion > b.MinVersion
}
