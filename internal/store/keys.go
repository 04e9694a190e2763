package store

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// The data model. Every key is made here and nowhere else.
//
//	{account}/{region}/restapis/{api}                             the REST API itself
//	{account}/{region}/parts/{api}/resources/{resource}           a resource
//	{account}/{region}/parts/{api}/methods/{resource}/{VERB}      a method with its integration and responses
//	{account}/{region}/parts/{api}/models/{name}                  a model
//	{account}/{region}/parts/{api}/requestvalidators/{id}         a request validator
//	{account}/{region}/parts/{api}/gatewayresponses/{TYPE}        a customised gateway response
//	{account}/{region}/parts/{api}/authorizers/{id}               an authorizer
//	{account}/{region}/parts/{api}/documentationparts/{id}        a documentation part
//	{account}/{region}/parts/{api}/documentationversions/{name}   a documentation version
//	{account}/{region}/parts/{api}/deployments/{deployment}       a deployment
//	{account}/{region}/parts/{api}/snapshots/{deployment}/{chunk} the API as it was deployed, in pieces
//	{account}/{region}/parts/{api}/stages/{name}                  a stage
//	{account}/{region}/parts/{api}/children/{resource}/{part}     the id of the resource's child with that path part
//	{account}/{region}/parts/{api}/counts/{kind}                  how many parts of a kind the API has
//	{account}/{region}/counts/{kind}                              how many things of a kind the account has
//	{account}/{region}/account/settings                           the settings of the account
//	{account}/{region}/vpclinks/{id}                              a VPC link
//	{account}/{region}/clientcertificates/{id}                    a client certificate with its private key
//	{account}/{region}/domainnames/{domain}                       a custom domain name; {name}+{id} where it is private
//	{account}/{region}/basepathmappings/{domain}/{base path}      a base path mapping of it
//	{account}/{region}/domainnameaccessassociations/{domain}/{id} an access association, with those who made it
//	{account}/{region}/apikeys/{id}                               an API key with its value
//	{account}/{region}/apikeyvalues/{digest}                      which API key has a value, by the value's digest
//	{account}/{region}/usageplans/{plan}                          a usage plan
//	{account}/{region}/usageplankeys/{plan}/{key}                 that an API key is in a usage plan
//	{account}/{region}/usage/{plan}/{key}/{month}                 how much the key used the plan in a month, YYYY-MM
//	_/accesskeys/{access key id}                                  a key that may sign requests
//	_/principals/{access key id}                                  a principal that may sign requests
//
// Values are JSON. The parts of an API stand beside the APIs, not below them, so that
// listing the APIs of a region reads nothing else. Each {segment} is escaped: a name
// given by a user never breaks out of its place, and different names never meet.

// global is the first segment of what belongs to no account. No account is named so.
const global = "_"

// Space is what one account has in one region. Spaces share nothing.
type Space struct {
	Account string
	Region  string
}

// In returns the space of account in region.
func In(account, region string) Space { return Space{Account: account, Region: region} }

// Prefix returns the prefix of everything in the space.
func (s Space) Prefix() Prefix {
	account := escape(s.Account)
	if account == global {
		account = "%5F"
	}
	return Prefix(account + "/" + escape(s.Region) + "/")
}

// AccountSettings returns the key of the settings that the account has in the region.
func (s Space) AccountSettings() Key { return (s.Prefix() + Prefix(KindAccount) + "/").key("settings") }

// VPCLinks returns the prefix of the VPC links of the space.
func (s Space) VPCLinks() Prefix { return s.Prefix() + Prefix(KindVPCLink) + "/" }

// VPCLink returns the key of a VPC link.
func (s Space) VPCLink(id string) Key { return s.VPCLinks().key(id) }

// ClientCertificates returns the prefix of the client certificates of the space.
func (s Space) ClientCertificates() Prefix { return s.Prefix() + Prefix(KindClientCertificate) + "/" }

// ClientCertificate returns the key of a client certificate.
func (s Space) ClientCertificate(id string) Key { return s.ClientCertificates().key(id) }

// DomainNames returns the prefix of the custom domain names of the space.
func (s Space) DomainNames() Prefix { return s.Prefix() + Prefix(KindDomainName) + "/" }

// DomainName returns the key of a custom domain name: its name, or {name}+{id} of a private one.
func (s Space) DomainName(domain string) Key { return s.DomainNames().key(domain) }

// BasePathMappings returns the prefix of the base path mappings of a custom domain name.
func (s Space) BasePathMappings(domain string) Prefix {
	return (s.Prefix() + Prefix(KindBasePathMapping) + "/").below(domain)
}

// AllBasePathMappings returns the prefix of the base path mappings of all custom domain names of the space.
func (s Space) AllBasePathMappings() Prefix { return s.Prefix() + Prefix(KindBasePathMapping) + "/" }

// BasePathMapping returns the key of a base path mapping.
func (s Space) BasePathMapping(domain, basePath string) Key {
	return s.BasePathMappings(domain).key(basePath)
}

// AccessAssociations returns the prefix of the domain name access associations that the space's account made.
func (s Space) AccessAssociations() Prefix { return s.Prefix() + Prefix(KindAccessAssociation) + "/" }

// AccessAssociation returns the key of the association of a private custom domain name, {name}+{id}, of
// any account with a VPC endpoint.
func (s Space) AccessAssociation(domain, endpoint string) Key {
	return s.AccessAssociations().below(domain).key(endpoint)
}

// APIKeys returns the prefix of the API keys of the space.
func (s Space) APIKeys() Prefix { return s.Prefix() + Prefix(KindAPIKey) + "/" }

// APIKey returns the key of an API key.
func (s Space) APIKey(id string) Key { return s.APIKeys().key(id) }

// APIKeyValue returns the key under which the id of the API key with a value is kept. The digest is that of
// the value.
func (s Space) APIKeyValue(digest string) Key {
	return (s.Prefix() + Prefix(KindAPIKeyValue) + "/").key(digest)
}

// UsagePlans returns the prefix of the usage plans of the space, without their keys.
func (s Space) UsagePlans() Prefix { return s.Prefix() + Prefix(KindUsagePlan) + "/" }

// UsagePlan returns the key of a usage plan.
func (s Space) UsagePlan(id string) Key { return s.UsagePlans().key(id) }

// AllUsagePlanKeys returns the prefix of the usage plan keys of all usage plans of the space.
func (s Space) AllUsagePlanKeys() Prefix { return s.Prefix() + Prefix(KindUsagePlanKey) + "/" }

// UsagePlanKeys returns the prefix of the usage plan keys of one usage plan.
func (s Space) UsagePlanKeys(plan string) Prefix { return s.AllUsagePlanKeys().below(plan) }

// UsagePlanKey returns the key of a usage plan key: an API key in a usage plan.
func (s Space) UsagePlanKey(plan, apiKey string) Key { return s.UsagePlanKeys(plan).key(apiKey) }

// AllUsage returns the prefix of the usage of all usage plans of the space.
func (s Space) AllUsage() Prefix { return s.Prefix() + Prefix(KindUsage) + "/" }

// UsageOf returns the prefix of the usage of a usage plan by an API key, whose months a scan yields in order.
func (s Space) UsageOf(plan, apiKey string) Prefix {
	return s.AllUsage().below(plan).below(apiKey)
}

// UsageMonth returns the key of the usage of a usage plan by an API key in a month, written YYYY-MM.
func (s Space) UsageMonth(plan, apiKey, month string) Key {
	return s.UsageOf(plan, apiKey).key(month)
}

// RestAPIs returns the prefix of the REST APIs of the space, without their parts.
func (s Space) RestAPIs() Prefix { return s.Prefix() + "restapis/" }

// API returns the place of the REST API with that id.
func (s Space) API(id string) API { return API{Space: s, ID: id} }

// API is the place of one REST API and of its parts.
type API struct {
	Space
	ID string
}

// Key returns the key of the REST API itself.
func (a API) Key() Key { return a.RestAPIs().key(a.ID) }

// Parts returns the prefix of everything that belongs to the API, except its own record.
func (a API) Parts() Prefix { return (a.Space.Prefix() + "parts/").below(a.ID) }

// Resources returns the prefix of the API's resources.
func (a API) Resources() Prefix { return a.Parts().below(string(KindResource)) }

// Resource returns the key of a resource.
func (a API) Resource(id string) Key { return a.Resources().key(id) }

// ChildrenOf returns the prefix of the entries for the children of one resource.
func (a API) ChildrenOf(resource string) Prefix {
	return a.Parts().below(string(KindChild)).below(resource)
}

// Child returns the key of the entry for a resource's child with that path part.
func (a API) Child(resource, pathPart string) Key { return a.ChildrenOf(resource).key(pathPart) }

// Methods returns the prefix of all methods of the API.
func (a API) Methods() Prefix { return a.Parts().below(string(KindMethod)) }

// MethodsOf returns the prefix of the methods of one resource.
func (a API) MethodsOf(resource string) Prefix { return a.Methods().below(resource) }

// Method returns the key of a method: a verb or ANY, on a resource.
func (a API) Method(resource, verb string) Key { return a.MethodsOf(resource).key(verb) }

// Models returns the prefix of the API's models.
func (a API) Models() Prefix { return a.Parts().below(string(KindModel)) }

// Model returns the key of a model.
func (a API) Model(name string) Key { return a.Models().key(name) }

// RequestValidators returns the prefix of the API's request validators.
func (a API) RequestValidators() Prefix { return a.Parts().below(string(KindRequestValidator)) }

// RequestValidator returns the key of a request validator.
func (a API) RequestValidator(id string) Key { return a.RequestValidators().key(id) }

// GatewayResponses returns the prefix of the API's customised gateway responses.
func (a API) GatewayResponses() Prefix { return a.Parts().below(string(KindGatewayResponse)) }

// GatewayResponse returns the key of a customised gateway response.
func (a API) GatewayResponse(responseType string) Key { return a.GatewayResponses().key(responseType) }

// Authorizers returns the prefix of the API's authorizers.
func (a API) Authorizers() Prefix { return a.Parts().below(string(KindAuthorizer)) }

// Authorizer returns the key of an authorizer.
func (a API) Authorizer(id string) Key { return a.Authorizers().key(id) }

// DocumentationParts returns the prefix of the API's documentation parts.
func (a API) DocumentationParts() Prefix { return a.Parts().below(string(KindDocumentationPart)) }

// DocumentationPart returns the key of a documentation part.
func (a API) DocumentationPart(id string) Key { return a.DocumentationParts().key(id) }

// DocumentationVersions returns the prefix of the API's documentation versions.
func (a API) DocumentationVersions() Prefix {
	return a.Parts().below(string(KindDocumentationVersion))
}

// DocumentationVersion returns the key of a documentation version.
func (a API) DocumentationVersion(name string) Key { return a.DocumentationVersions().key(name) }

// Deployments returns the prefix of the API's deployments, without their snapshots.
func (a API) Deployments() Prefix { return a.Parts().below(string(KindDeployment)) }

// Deployment returns the key of a deployment.
func (a API) Deployment(id string) Key { return a.Deployments().key(id) }

// Snapshot returns the prefix of the chunks of a deployment's snapshot, which a scan
// yields in the order of their numbers.
func (a API) Snapshot(deployment string) Prefix {
	return a.Parts().below(string(KindSnapshot)).below(deployment)
}

// SnapshotChunk returns the key of chunk number n of a deployment's snapshot; n counts
// from 0 and stays below one million.
func (a API) SnapshotChunk(deployment string, n int) Key {
	return a.Snapshot(deployment).key(fmt.Sprintf("%06d", n))
}

// Stages returns the prefix of the API's stages.
func (a API) Stages() Prefix { return a.Parts().below(string(KindStage)) }

// Stage returns the key of a stage.
func (a API) Stage(name string) Key { return a.Stages().key(name) }

// AccessKeys returns the prefix of the access keys that may sign requests to the
// control plane. They belong to the installation: each names its account in its value.
func AccessKeys() Prefix { return global + "/" + "accesskeys/" }

// AccessKey returns the key of an access key.
func AccessKey(id string) Key { return AccessKeys().key(id) }

// Principals returns the prefix of the principals that may sign requests to APIs. They belong to the
// installation: the account of each is that of its ARN.
func Principals() Prefix { return global + "/" + Prefix(KindPrincipal) + "/" }

// Principal returns the key of the principal with an access key.
func Principal(accessKeyID string) Key { return Principals().key(accessKeyID) }

// below returns the prefix of what lies under segment.
func (p Prefix) below(segment string) Prefix { return p + Prefix(escape(segment)) + "/" }

// key returns the key of segment under p.
func (p Prefix) key(segment string) Key { return Key(p) + Key(escape(segment)) }

// After returns a key greater than every key with this prefix and less than every other
// key that follows them: scanning after it skips the whole family.
func (p Prefix) After() Key { return Key(p) + "\xff" }

// Kind says what a key holds.
type Kind string

// The kinds of keys. Those of the parts of an API are also their segment in the key.
const (
	KindRestAPI              Kind = "restapis"
	KindResource             Kind = "resources"
	KindMethod               Kind = "methods"
	KindModel                Kind = "models"
	KindRequestValidator     Kind = "requestvalidators"
	KindGatewayResponse      Kind = "gatewayresponses"
	KindAuthorizer           Kind = "authorizers"
	KindDocumentationPart    Kind = "documentationparts"
	KindDocumentationVersion Kind = "documentationversions"
	KindDeployment           Kind = "deployments"
	KindSnapshot             Kind = "snapshots"
	KindChild                Kind = "children"
	KindCount                Kind = "counts"
	KindStage                Kind = "stages"
	KindAccount              Kind = "account"
	KindVPCLink              Kind = "vpclinks"
	KindClientCertificate    Kind = "clientcertificates"
	KindDomainName           Kind = "domainnames"
	KindBasePathMapping      Kind = "basepathmappings"
	KindAccessAssociation    Kind = "domainnameaccessassociations"
	KindAPIKey               Kind = "apikeys"
	KindAPIKeyValue          Kind = "apikeyvalues"
	KindUsagePlan            Kind = "usageplans"
	KindUsagePlanKey         Kind = "usageplankeys"
	KindUsage                Kind = "usage"
	KindAccessKey            Kind = "accesskeys"
	KindPrincipal            Kind = "principals"
)

// spaceKinds are the kinds of what belongs to a space and to no API.
var spaceKinds = []Kind{KindAccount, KindCount, KindVPCLink, KindClientCertificate, KindDomainName, KindAPIKey, KindAPIKeyValue, KindUsagePlan}

// nestedKinds are the kinds of what belongs to a thing of a space that is no API, with the number of segments
// after the kind.
var nestedKinds = map[Kind]int{KindBasePathMapping: 2, KindAccessAssociation: 2, KindUsagePlanKey: 2, KindUsage: 3}

// Name is a key taken apart.
type Name struct {
	Kind Kind
	API  API      // the API it is or belongs to, with the empty id for what belongs to the space alone; zero outside the spaces
	Path []string // the segments after the kind: one, two for methods and snapshot chunks, or what nestedKinds says
}

// Last returns the last segment: the id or name of the thing itself.
func (n Name) Last() string { return n.Path[len(n.Path)-1] }

// Name takes the key apart. It reports false for a key that this package did not make.
func (k Key) Name() (Name, bool) {
	segments := strings.Split(string(k), "/")
	isGlobal := segments[0] == global
	for i, s := range segments {
		plain, ok := unescape(s)
		if !ok {
			return Name{}, false
		}
		segments[i] = plain
	}
	switch {
	case isGlobal && len(segments) == 3:
		return Name{Kind: Kind(segments[1]), Path: segments[2:]}, true
	case len(segments) == 4 && segments[2] == string(KindRestAPI):
		api := In(segments[0], segments[1]).API(segments[3])
		return Name{Kind: KindRestAPI, API: api, Path: segments[3:]}, true
	case len(segments) == 4 && slices.Contains(spaceKinds, Kind(segments[2])):
		return Name{Kind: Kind(segments[2]), API: In(segments[0], segments[1]).API(""), Path: segments[3:]}, true
	case len(segments) > 4 && len(segments) == 3+nestedKinds[Kind(segments[2])]:
		return Name{Kind: Kind(segments[2]), API: In(segments[0], segments[1]).API(""), Path: segments[3:]}, true
	case len(segments) >= 6 && segments[2] == "parts":
		api := In(segments[0], segments[1]).API(segments[3])
		return Name{Kind: Kind(segments[4]), API: api, Path: segments[5:]}, true
	}
	return Name{}, false
}

// Family returns the prefix of the keys of k's siblings, the things of one kind that an API or an account has, and
// that kind. Both are empty for a key that is not of that form.
func (k Key) Family() (Prefix, Kind) {
	segments := strings.SplitN(string(k), "/", 7)
	n := len(segments)
	if n != 4 && (n != 6 || segments[2] != "parts") {
		return "", ""
	}
	last := segments[n-1]
	return Prefix(k[:len(k)-len(last)]), Kind(segments[n-2])
}

// Count returns the key of the number of the things with this prefix, which is that of a Family.
func (p Prefix) Count() Key {
	family := strings.TrimSuffix(string(p), "/")
	kind := strings.LastIndexByte(family, '/') + 1
	return (Prefix(family[:kind]) + Prefix(KindCount) + "/").key(family[kind:])
}

// Spaces yields every space that holds something, in order, reading one key of each.
func Spaces(tx Tx) iter.Seq[Space] {
	return func(yield func(Space) bool) {
		key, ok := firstKey(tx, "")
		for ok {
			account, rest, _ := strings.Cut(string(key), "/")
			family := Prefix(account + "/")
			if account != global {
				region, _, _ := strings.Cut(rest, "/")
				family += Prefix(region + "/")
				space, valid := parseSpace(account, region)
				if valid && !yield(space) {
					return
				}
			}
			key, ok = firstKey(tx, family.After())
		}
	}
}

// parseSpace returns the space that two segments name.
func parseSpace(account, region string) (Space, bool) {
	plainAccount, ok1 := unescape(account)
	plainRegion, ok2 := unescape(region)
	return In(plainAccount, plainRegion), ok1 && ok2
}

// firstKey returns the first key after the given one.
func firstKey(tx Tx, after Key) (Key, bool) {
	for key := range tx.Scan("", after) {
		return key, true
	}
	return "", false
}

// escape makes a segment of any text: letters, digits and most signs stand for
// themselves, "/", "%", blanks and whatever is not printable ASCII become %XX. The
// empty text becomes a lone "%".
func escape(text string) string {
	if text == "" {
		return "%"
	}
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || c == '/' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescape undoes escape. It reports false for text that escape does not produce.
func unescape(segment string) (string, bool) {
	if segment == "%" {
		return "", true
	}
	if !strings.Contains(segment, "%") {
		return segment, segment != ""
	}
	var b strings.Builder
	for i := 0; i < len(segment); i++ {
		if segment[i] != '%' {
			b.WriteByte(segment[i])
			continue
		}
		if i+2 >= len(segment) {
			return "", false
		}
		high, low := strings.IndexByte(hexDigits, segment[i+1]), strings.IndexByte(hexDigits, segment[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		b.WriteByte(byte(high<<4 | low))
		i += 2
	}
	return b.String(), true
}

// hexDigits are the digits of an escape.
const hexDigits = "0123456789ABCDEF"
