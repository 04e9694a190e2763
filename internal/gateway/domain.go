// Hot path.

package gateway

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/policy"
)

// Domain is a custom domain name and where its paths lead. It is immutable.
//
// AWS: Custom domain name for public REST APIs in API Gateway; Custom domain names for private APIs in API Gateway.
type Domain struct {
	Name string // lower case; in "*.example.com" the first label stands for any
	ARN  string // of a private one, as policies name it

	Mappings []Mapping

	// RulesOnly says that routing rules alone decide where a request goes. There are none: each is answered with 404.
	//
	// AWS: Routing rules to connect API stages to a custom domain name for REST APIs.
	RulesOnly bool

	// MinVersion is the oldest version of TLS that clients may speak, if they speak it to this program.
	MinVersion uint16

	// Strict says that a client's handshake must name the host that its request names.
	//
	// AWS: Security policies for REST APIs in API Gateway (endpoint access mode).
	Strict bool

	// Mutual says that clients must present a certificate that Trust trusts. If Trust is nil none does.
	Mutual bool
	Trust  *certificate.Truststore

	// Private says that the name is reached through the interface VPC endpoints of that ids only, and as Policy allows; nil
	// allows nobody.
	Private   bool
	Endpoints []string
	Policy    *policy.Policy
}

// Mapping is a base path mapping.
type Mapping struct {
	BasePath string // without slash in front and behind; "" matches every path
	APIID    string
	Stage    string // "": the next segment of the path names it
}

// domain is a Domain in a table.
type domain struct {
	*Domain
	mappings map[string]mapped // by base path
	longest  int               // base path, in bytes
}

// mapped is where a mapping leads.
type mapped struct {
	stages apiStages // nil if the API has none
	stage  string
}

// host has the domains of one name.
type host struct {
	public  *domain
	private []*domain
}

// addDomains puts the domains into the table. It fails when a name stands for two public ones.
func (t *Table) addDomains(domains []*Domain) error {
	if len(domains) > 0 {
		t.domains = make(map[string]*host, len(domains))
	}
	for _, d := range domains {
		made := &domain{Domain: d, mappings: make(map[string]mapped, len(d.Mappings))}
		for _, m := range d.Mappings {
			made.mappings[m.BasePath] = mapped{stages: t.apis[m.APIID], stage: m.Stage}
			made.longest = max(made.longest, len(m.BasePath))
		}
		h := t.domains[d.Name]
		if h == nil {
			h = &host{}
			t.domains[d.Name] = h
		}
		switch {
		case d.Private:
			t.private = true
			h.private = append(h.private, made)
		case h.public != nil:
			return fmt.Errorf("there are two custom domain names %s", d.Name)
		default:
			h.public = made
		}
	}
	return nil
}

// domainOf returns the domain that a host names for a client that comes through a VPC endpoint, and whether it
// names one at all. An exact name goes before a wildcard, a private one before a public one.
func (t *Table) domainOf(name, endpoint string) (d *domain, named bool) {
	if len(t.domains) == 0 {
		return nil, false
	}
	name = strings.ToLower(name)
	h := t.domains[name]
	if h == nil {
		if label, parent, ok := strings.Cut(name, "."); ok && label != "" {
			h = t.domains["*."+parent]
		}
	}
	if h == nil {
		return nil, false
	}
	for _, private := range h.private {
		for _, id := range private.Endpoints {
			if id == endpoint {
				return private, true
			}
		}
	}
	return h.public, true
}

// mapping returns the mapping whose base path is the longest that a path begins with, in whole segments, and how long
// it is in the path, the slash in front included. The path has one slash in front.
//
// AWS: Map stages to a custom domain name for REST APIs.
func (d *domain) mapping(path string) (m mapped, length int, ok bool) {
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '/') {
		if end-1 > d.longest {
			continue
		}
		if m, ok = d.mappings[path[1:end]]; ok {
			return m, end, true
		}
	}
	m, ok = d.mappings[""]
	return m, 0, ok
}

// resolve finds the stage for a path of the domain.
func (d *domain) resolve(a *address, path string) *fault {
	a.domain = d
	if d.RulesOnly {
		return faultNoRule
	}
	a.full = oneSlash(path)
	m, length, ok := d.mapping(a.full)
	if !ok {
		return faultUnmapped
	}
	a.basePath = a.full[:length]
	rest := a.full[length:]
	name := m.stage
	if name == "" {
		name, rest, _ = strings.Cut(oneSlash(rest)[1:], "/")
		a.staged = true
		if rest != "" {
			rest = "/" + rest
		}
	}
	a.path = oneSlash(rest)
	if a.stage = m.stages[name]; a.stage == nil {
		return faultNoStage
	}
	return nil
}

// eventPath returns the path that events for functions show: without the stage, with the base path of a custom domain
// name.
func (x *Exchange) eventPath() string {
	switch {
	case x.domain == nil || x.basePath == "" && x.staged:
		return x.path
	case x.staged:
		return x.basePath + x.path
	}
	return x.full
}

// faultNoRule answers a request that no routing rule takes.
//
// AWS: Routing rules to connect API stages to a custom domain name for REST APIs (the body is this program's choice).
var faultNoRule = &fault{status: http.StatusNotFound, errorType: notFound, message: "Not Found", fixed: true}

// findMapped finds the stage for a request to a custom domain name; d is nil where the name is private and the client does
// not come through an endpoint that may reach it.
func (g *Gateway) findMapped(x *Exchange, d *domain) *fault {
	if d == nil {
		return faultUnassociated
	}
	path, query, _ := strings.Cut(x.Request.Target, "?")
	a := address{query: query}
	f := d.resolve(&a, path)
	if a.stage == nil {
		return f
	}
	a.stage = g.draw(a.stage)
	x.address = a
	x.admission.BasePathMatched = strings.TrimPrefix(a.basePath, "/")
	if f := g.checkDomain(x); f != nil {
		return g.refuseEarly(x, f)
	}
	return checkQuery(query)
}

// refuseEarly refuses a request before its method counts. The method is looked for nevertheless, so that the
// stage's logs tell of the refusal.
func (g *Gateway) refuseEarly(x *Exchange, f *fault) *fault {
	x.verb = x.Request.Method
	var found bool
	x.method, x.params, found = x.stage.Plan.Tree.Find(x.verb, x.path, x.params[:0])
	x.fillScope()
	if found {
		g.startRecording(x)
	}
	return f
}

// checkDomain refuses a request to a custom domain name that does not come in the way that the name asks for.
func (g *Gateway) checkDomain(x *Exchange) *fault {
	d := x.domain
	if f := x.checkSecurity(d.MinVersion, d.Strict); f != nil {
		return f
	}
	switch {
	case d.Mutual:
		return g.checkClient(x)
	case d.Private:
		return g.checkDomainPolicy(x)
	}
	return nil
}

// checkSecurity refuses a client that speaks an older TLS than the host that it names takes, which it can when its
// handshake named another one, or, where the access mode is strict, whose handshake did. Of a proxy in front that
// speaks TLS itself nothing is known.
//
// AWS: Security policies for REST APIs in API Gateway.
func (x *Exchange) checkSecurity(minVersion uint16, strict bool) *fault {
	s := x.Request.Security
	switch {
	case s == nil:
		return nil
	case s.Version < minVersion:
		return refusedFault("The client speaks " + s.version() + ", which the security policy does not take")
	case strict && s.ServerName != strings.ToLower(hostname(x.Request.Host)):
		return refusedFault("The handshake was for " + s.ServerName + ", the request is for " + x.Request.Host)
	}
	return nil
}

// checkClient refuses a client whose certificate the domain's truststore does not trust.
//
// AWS: How do I troubleshoot HTTP 403 Forbidden errors from an API Gateway custom domain name that requires mutual TLS?
func (g *Gateway) checkClient(x *Exchange) *fault {
	if x.domain.Trust == nil {
		return refusedFault("The truststore of " + x.domain.Name + " can't be read")
	}
	if reason := x.Request.Security.distrust(x.domain.Trust, g.now()); reason != "" {
		return refusedFault(reason)
	}
	return nil
}

// refusedFault refuses a request before it is known what it asks for. Reason is for the execution log.
func refusedFault(reason string) *fault {
	f := *faultForbidden
	f.reason = "Access denied. Reason: " + reason
	return &f
}

// checkDomainPolicy refuses what the policy of a private domain does not allow.
//
// AWS: Custom domain names for private APIs in API Gateway.
func (g *Gateway) checkDomainPolicy(x *Exchange) *fault {
	d := x.domain
	if d.Policy == nil {
		return refusedFault("The domain name " + d.Name + " has no policy")
	}
	question := policy.Request{
		Action: policy.ActionInvoke, Time: x.Request.Received, SecureTransport: x.Request.TLS,
		SourceVPC: x.endpoint.VPC, SourceVPCE: x.endpoint.ID,
	}
	question.VPCSourceIP, _ = netip.ParseAddr(x.Request.PeerIP)
	question.UserAgent.Text, question.UserAgent.Present = x.Request.Headers.LastFold(headerUserAgent)
	question.Referer.Text, question.Referer.Present = x.Request.Headers.LastFold("Referer")
	var said policy.Decision
	for _, path := range [...]string{"", x.full, decodePath(x.full)} {
		question.Resource = d.ARN + path
		decision := d.Policy.Evaluate(&question)
		if decision.Effect > said.Effect {
			said = decision
		}
	}
	if said.Effect != policy.Allow {
		return refusedFault("The policy of the domain name " + d.Name + ": " + said.String())
	}
	return nil
}

// endpointOf returns the interface VPC endpoint through which the client comes.
func (g *Gateway) endpointOf(x *Exchange) authorize.Endpoint {
	address, err := netip.ParseAddr(x.Request.PeerIP)
	if err != nil {
		return authorize.Endpoint{}
	}
	return g.endpoints.Find(address)
}

// checkEndpoint refuses a request to a private API that does not come through an interface VPC endpoint, or not through
// the one that its host names.
//
// AWS: How to invoke a private API.
func (g *Gateway) checkEndpoint(x *Exchange) *fault {
	if x.stage.Plan.EndpointType != endpointPrivate {
		x.endpoint = authorize.Endpoint{}
		return nil
	}
	if x.endpoint = g.endpointOf(x); x.endpoint.ID == "" {
		return refusedFault("The client does not come through an interface VPC endpoint")
	}
	label, _, _ := strings.Cut(strings.ToLower(x.Request.Host), executeAPI)
	if i := strings.Index(label, "-vpce-"); i > 0 && label[i+1:] != x.endpoint.ID {
		return refusedFault("The host names another VPC endpoint than " + x.endpoint.ID)
	}
	return nil
}

// endpointPrivate is the type of endpoint of private APIs.
const endpointPrivate = "PRIVATE"
