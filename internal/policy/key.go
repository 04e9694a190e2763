// Hot path.

package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Request is what a policy is asked: may this principal do this, here and now? Fields that are zero are
// condition keys that are absent, unless they say otherwise.
type Request struct {
	Action   string // in lower case: [ActionInvoke]
	Resource string // ARN of the method that is called

	Principal Principal // zero is anonymous

	Time            time.Time // when the request came; aws:CurrentTime and aws:EpochTime
	SourceIP        netip.Addr
	SecureTransport bool // always present
	UserAgent       Optional
	Referer         Optional

	// What the requests to private APIs have.
	VPCSourceIP netip.Addr
	SourceVPC   string
	SourceVPCE  string

	// Keys are the values of further condition keys, those of an operation and of what it works on, by the
	// names of the keys in lower case.
	Keys map[string][]string
}

// The actions of the data plane, as [Request.Action] has them.
//
// AWS: Control access for invoking an API.
const (
	ActionInvoke          = "execute-api:invoke"
	ActionInvalidateCache = "execute-api:invalidatecache"
)

// Optional is a text that may be absent, which is something else than empty.
type Optional struct {
	Text    string
	Present bool
}

// Principal is who asks. The zero Principal is anonymous.
//
// AWS: AWS global condition context keys (properties of the principal).
type Principal struct {
	AccountID string
	ARN       string // of the user, the account's root, or the session of a role
	RoleARN   string // of the role, for the session of one
	Type      string // aws:PrincipalType: Account, User, AssumedRole, FederatedUser
	UserID    string // aws:userid: the unique id of a user; for a session that of the role, ":" and its name
	Username  string // aws:username; of users only
	OrgID     string
	OrgPaths  []string
	Tags      []Tag

	// TokenIssued is when temporary credentials were made; zero for the long-lived ones of users. Only
	// temporary credentials say whether a second factor was used, and when.
	TokenIssued      time.Time
	MultiFactor      bool
	MultiFactorSince time.Time
}

// Tag is a tag of a principal.
type Tag struct{ Key, Value string }

// keyID is a condition key.
type keyID uint8

const (
	keyFurther keyID = iota // one of Request.Keys
	keyCurrentTime
	keyEpochTime
	keyMultiFactorAge
	keyMultiFactorPresent
	keyPrincipalAccount
	keyPrincipalARN
	keyPrincipalOrgID
	keyPrincipalOrgPaths
	keyPrincipalTag
	keyPrincipalType
	keyReferer
	keySecureTransport
	keySourceIP
	keySourceVPC
	keySourceVPCE
	keyTokenIssueTime
	keyUserAgent
	keyUserID
	keyUsername
	keyVPCSourceIP
)

// keyNames are the condition keys in lower case: their names are compared without regard to it.
// aws:SourceArn is not among them, since no service calls APIs on behalf of a resource here.
//
// AWS: AWS condition keys that can be used in API Gateway resource policies.
var keyNames = map[string]keyID{
	"aws:currenttime":            keyCurrentTime,
	"aws:epochtime":              keyEpochTime,
	"aws:multifactorauthage":     keyMultiFactorAge,
	"aws:multifactorauthpresent": keyMultiFactorPresent,
	"aws:principalaccount":       keyPrincipalAccount,
	"aws:principalarn":           keyPrincipalARN,
	"aws:principalorgid":         keyPrincipalOrgID,
	"aws:principalorgpaths":      keyPrincipalOrgPaths,
	"aws:principaltype":          keyPrincipalType,
	"aws:referer":                keyReferer,
	"aws:securetransport":        keySecureTransport,
	"aws:sourceip":               keySourceIP,
	"aws:sourcevpc":              keySourceVPC,
	"aws:sourcevpce":             keySourceVPCE,
	"aws:tokenissuetime":         keyTokenIssueTime,
	"aws:useragent":              keyUserAgent,
	"aws:userid":                 keyUserID,
	"aws:username":               keyUsername,
	"aws:vpcsourceip":            keyVPCSourceIP,
}

// tagPrefix stands before the key of a principal's tag.
const tagPrefix = "aws:principaltag/"

// key is a condition key as a policy names it.
type key struct {
	id    keyID
	name  string // as written
	lower string // in lower case
	tag   string // of keyPrincipalTag
}

// parseKey returns the condition key of a name. One that is not among keyNames is absent from a request unless
// its Keys have it.
func parseKey(name string) key {
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, tagPrefix) {
		return key{id: keyPrincipalTag, name: name, lower: lower, tag: name[len(tagPrefix):]}
	}
	return key{id: keyNames[lower], name: name, lower: lower}
}

// value is one value of a condition key, in the form in which the request has it.
type value struct {
	form form
	text string
	addr netip.Addr
	time time.Time
	age  time.Duration
}

type form uint8

const (
	absent form = iota
	textual
	address
	instant // a date, also as seconds since 1970
	epoch   // a date, printed as seconds since 1970
	period  // a number of seconds
)

// values returns how many values the key has in a request.
func (k *key) values(r *Request) int {
	switch k.id {
	case keyPrincipalOrgPaths:
		return len(r.Principal.OrgPaths)
	case keyFurther:
		return len(r.Keys[k.lower])
	}
	if k.at(r, 0).form == absent {
		return 0
	}
	return 1
}

// at returns the value of the key at a position below what values returns. At 0 it may be absent.
func (k *key) at(r *Request, i int) value {
	p := &r.Principal
	switch k.id {
	case keyCurrentTime:
		return timed(r.Time, instant)
	case keyEpochTime:
		return timed(r.Time, epoch)
	case keyReferer:
		return optional(r.Referer)
	case keyUserAgent:
		return optional(r.UserAgent)
	case keySecureTransport:
		return flag(r.SecureTransport)
	case keySourceIP:
		return addressed(r.SourceIP)
	case keyVPCSourceIP:
		return addressed(r.VPCSourceIP)
	case keySourceVPC:
		return given(r.SourceVPC)
	case keySourceVPCE:
		return given(r.SourceVPCE)
	case keyPrincipalOrgPaths:
		return listed(p.OrgPaths, i)
	case keyFurther:
		return listed(r.Keys[k.lower], i)
	}
	return k.ofPrincipal(r, p)
}

// ofPrincipal returns the value of a key that tells of the principal.
func (k *key) ofPrincipal(r *Request, p *Principal) value {
	switch k.id {
	case keyPrincipalAccount:
		return given(p.AccountID)
	case keyPrincipalARN:
		if p.RoleARN != "" {
			return given(p.RoleARN)
		}
		return given(p.ARN)
	case keyPrincipalOrgID:
		return given(p.OrgID)
	case keyPrincipalType:
		return given(p.Type)
	case keyUserID:
		return given(p.UserID)
	case keyUsername:
		return given(p.Username)
	case keyPrincipalTag:
		for i := range p.Tags {
			if strings.EqualFold(p.Tags[i].Key, k.tag) {
				return value{form: textual, text: p.Tags[i].Value}
			}
		}
	case keyTokenIssueTime:
		return timed(p.TokenIssued, instant)
	case keyMultiFactorPresent:
		if !p.TokenIssued.IsZero() {
			return flag(p.MultiFactor)
		}
	case keyMultiFactorAge:
		if !p.TokenIssued.IsZero() && p.MultiFactor && !p.MultiFactorSince.IsZero() {
			return value{form: period, age: r.Time.Sub(p.MultiFactorSince)}
		}
	}
	return value{}
}

// given is the value of a key that is absent where it is empty.
func given(text string) value {
	if text == "" {
		return value{}
	}
	return value{form: textual, text: text}
}

// listed is one of the values of a key with several.
func listed(texts []string, i int) value {
	if i >= len(texts) {
		return value{}
	}
	return value{form: textual, text: texts[i]}
}

func optional(o Optional) value {
	if !o.Present {
		return value{}
	}
	return value{form: textual, text: o.Text}
}

func flag(set bool) value {
	if set {
		return value{form: textual, text: "true"}
	}
	return value{form: textual, text: "false"}
}

func addressed(a netip.Addr) value {
	if !a.IsValid() {
		return value{}
	}
	return value{form: address, addr: a}
}

func timed(t time.Time, f form) value {
	if t.IsZero() {
		return value{}
	}
	return value{form: f, time: t}
}

// asText returns the value as operators on strings see it.
func (v *value) asText() string {
	switch v.form {
	case address:
		return v.addr.String()
	case instant:
		return v.time.UTC().Format(time.RFC3339)
	case epoch:
		return strconv.FormatInt(v.time.Unix(), 10)
	case period:
		return strconv.FormatInt(int64(v.age/time.Second), 10)
	}
	return v.text
}

// asNumber returns the value as operators on numbers see it.
func (v *value) asNumber() (float64, bool) {
	switch v.form {
	case instant, epoch:
		return float64(v.time.Unix()), true
	case period:
		return float64(int64(v.age / time.Second)), true
	case textual:
		return parseNumber(v.text)
	}
	return 0, false
}

// asTime returns the value as operators on dates see it.
func (v *value) asTime() (time.Time, bool) {
	switch v.form {
	case instant, epoch:
		return v.time.Truncate(time.Second), true
	case textual:
		return parseTime(v.text)
	}
	return time.Time{}, false
}

// asAddr returns the value as operators on addresses see it.
func (v *value) asAddr() (netip.Addr, bool) {
	if v.form == address {
		return v.addr.Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(v.text)
	return addr.Unmap().WithZone(""), err == nil && v.form == textual
}
