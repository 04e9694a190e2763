// Package iam finds out who signed a request, for methods with the authorization type AWS_IAM.
//
// The gateway keeps its own principals: access keys with the user or the session of a role that they belong to,
// and the policies attached to it. An [Index] holds them, immutable, and [Index.Verify] holds a request's signature
// against it; the control plane looks them up in the same index. What the policies say is not this package's
// affair: package gateway combines them with the resource policy. Start reading at [Principal].
//
// AWS: Control access to a REST API with IAM permissions.
package iam

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// Principal is an access key, and who signs with it. It is what is stored and configured; an [Index] has it
// compiled.
type Principal struct {
	AccessKeyID     string `json:"accessKeyId" yaml:"access_key_id"`
	SecretAccessKey string `json:"secretAccessKey" yaml:"secret_access_key"`

	// SessionToken makes temporary credentials of the key: requests must carry it. Issued is when they were
	// made and Expires when they end; zero is unknown, and never.
	SessionToken string    `json:"sessionToken,omitzero" yaml:"session_token"`
	Issued       time.Time `json:"issued,omitzero" yaml:"issued"`
	Expires      time.Time `json:"expires,omitzero" yaml:"expires"`
	MultiFactor  bool      `json:"multiFactor,omitzero" yaml:"multi_factor"` // used when they were issued

	// ARN is that of a user, of an account's root, of a role or of a role's session. With that of a role
	// SessionName names the session; "" is "sluice".
	ARN         string `json:"arn" yaml:"arn"`
	SessionName string `json:"sessionName,omitzero" yaml:"session_name"`

	// ID is the unique id of the user or role, such as AIDACKCEVSQ6C2EXAMPLE. "" is one made of the ARN.
	ID string `json:"id,omitzero" yaml:"id"`

	OrganizationID    string            `json:"organizationId,omitzero" yaml:"organization_id"`
	OrganizationPaths []string          `json:"organizationPaths,omitzero" yaml:"organization_paths"`
	Tags              map[string]string `json:"tags,omitzero" yaml:"tags"`

	// Policies are the policy documents attached to the user or role, as JSON texts.
	Policies []string `json:"policies,omitzero" yaml:"-"`

	// Cognito says which identity of an identity pool the credentials were given to; zero for none.
	Cognito CognitoIdentity `json:"cognito,omitzero" yaml:"cognito"`
}

// CognitoIdentity is an identity of a Cognito identity pool, as $context.identity shows it.
type CognitoIdentity struct {
	IdentityID     string `json:"identityId,omitzero" yaml:"identity_id"`
	IdentityPoolID string `json:"identityPoolId,omitzero" yaml:"identity_pool_id"`
	Type           string `json:"authenticationType,omitzero" yaml:"authentication_type"` // authenticated or unauthenticated
	Provider       string `json:"authenticationProvider,omitzero" yaml:"authentication_provider"`
}

// defaultSession is the session of a role that names none.
const defaultSession = "sluice"

var (
	arnPattern     = regexp.MustCompile(`^arn:(aws[a-z-]*):(iam|sts)::([0-9]{12}):(root|user/[^\s:]+|role/[^\s:]+|assumed-role/[^\s:/]+/[^\s:/]+|federated-user/[^\s:/]+)$`)
	keyPattern     = regexp.MustCompile(`^\w{3,128}$`)
	sessionPattern = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// Validate returns everything that is wrong with the principal.
func (p *Principal) Validate() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !keyPattern.MatchString(p.AccessKeyID) {
		add("access key id: %q is not 3 to 128 letters and digits", p.AccessKeyID)
	}
	if p.SecretAccessKey == "" {
		add("secret access key: it is missing")
	}
	parts := arnPattern.FindStringSubmatch(p.ARN)
	switch {
	case parts == nil:
		add("arn: %q is not the ARN of a user, a role, a role's session or an account's root", p.ARN)
	case (parts[2] == "sts") != (strings.HasPrefix(parts[4], "assumed-role/") || strings.HasPrefix(parts[4], "federated-user/")):
		add("arn: users and roles are of iam, sessions of sts: %q is neither", p.ARN)
	case p.SessionName != "" && !strings.HasPrefix(parts[4], "role/"):
		add("session name: only the ARN of a role takes one")
	}
	if p.SessionName != "" && !sessionPattern.MatchString(p.SessionName) {
		add("session name: %q is not 2 to 64 letters, digits and +=,.@-_", p.SessionName)
	}
	if p.SessionToken == "" && (!p.Expires.IsZero() || !p.Issued.IsZero() || p.MultiFactor) {
		add("session token: only temporary credentials are issued, expire and tell of a second factor")
	}
	if t := p.Cognito.Type; t != "" && t != "authenticated" && t != "unauthenticated" {
		add("cognito: %q is neither authenticated nor unauthenticated", t)
	}
	for i, document := range p.Policies {
		if _, err := policy.Parse(document, policy.Identity); err != nil {
			add("policy %d: %w", i+1, err)
		}
	}
	return errors.Join(problems...)
}

// Redacted returns the principal without what must not be shown.
func (p Principal) Redacted() Principal {
	p.SecretAccessKey, p.SessionToken = "", ""
	return p
}

// AccountID returns the account of the principal, "" if its ARN is none.
func (p *Principal) AccountID() string {
	if parts := arnPattern.FindStringSubmatch(p.ARN); parts != nil {
		return parts[3]
	}
	return ""
}

// entry is a principal, compiled.
type entry struct {
	credentials sigv4.Credentials
	caller      authorize.Caller
	cognito     CognitoIdentity
}

// compile makes an entry of a principal that is valid.
func (p *Principal) compile() (*entry, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	e := &entry{
		credentials: sigv4.Credentials{
			AccessKeyID: p.AccessKeyID, SecretAccessKey: p.SecretAccessKey, SessionToken: p.SessionToken, Expires: p.Expires, AccountID: p.AccountID(),
		},
		cognito: p.Cognito,
	}
	for _, document := range p.Policies {
		compiled, err := policy.Parse(document, policy.Identity)
		if err != nil {
			return nil, err
		}
		e.caller.Policies = append(e.caller.Policies, compiled)
	}
	e.caller.AccessKey, e.caller.Principal = p.AccessKeyID, p.identity()
	e.credentials.Owner = &e.caller
	who := &e.caller.Principal
	e.caller.ID, e.caller.User = who.UserID, who.UserID
	if p.SessionToken != "" {
		who.TokenIssued, who.MultiFactor = p.Issued, p.MultiFactor
		if who.TokenIssued.IsZero() {
			who.TokenIssued = time.Unix(0, 0) // temporary, since an unknown time
		}
		who.MultiFactorSince = p.Issued
	}
	return e, nil
}

// identity returns what policies see of the principal.
func (p *Principal) identity() policy.Principal {
	parts := arnPattern.FindStringSubmatch(p.ARN)
	partition, account, resource := parts[1], parts[3], parts[4]
	who := policy.Principal{AccountID: account, ARN: p.ARN, OrgID: p.OrganizationID, OrgPaths: p.OrganizationPaths}
	for key, value := range p.Tags {
		who.Tags = append(who.Tags, policy.Tag{Key: key, Value: value})
	}
	slices.SortFunc(who.Tags, func(a, b policy.Tag) int { return strings.Compare(a.Key, b.Key) })
	kind, name, _ := strings.Cut(resource, "/")
	switch kind {
	case "root":
		who.Type, who.UserID = authorize.PrincipalAccount, account
	case "user":
		who.Type, who.Username, who.UserID = authorize.PrincipalUser, name[strings.LastIndexByte(name, '/')+1:], p.uniqueID("AIDA", p.ARN)
	case "federated-user":
		who.Type, who.UserID = authorize.PrincipalFederatedUser, account+":"+name
	case "role":
		session := p.SessionName
		if session == "" {
			session = defaultSession
		}
		who.Type, who.RoleARN = authorize.PrincipalAssumedRole, p.ARN
		who.UserID = p.uniqueID("AROA", p.ARN) + ":" + session
		who.ARN = "arn:" + partition + ":sts::" + account + ":assumed-role/" + name[strings.LastIndexByte(name, '/')+1:] + "/" + session
	case "assumed-role":
		role, session, _ := strings.Cut(name, "/")
		who.Type, who.RoleARN = authorize.PrincipalAssumedRole, "arn:"+partition+":iam::"+account+":role/"+role
		who.UserID = p.uniqueID("AROA", who.RoleARN) + ":" + session
	}
	return who
}

// uniqueID returns the principal's unique id: the one that was given, or one of the form that IAM's have, always
// the same for an ARN.
func (p *Principal) uniqueID(prefix, arn string) string {
	if p.ID != "" {
		return p.ID
	}
	const length = 17
	sum := sha256.Sum256([]byte(arn))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:length]
}
