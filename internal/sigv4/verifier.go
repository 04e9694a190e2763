// Package sigv4 verifies requests that are signed with AWS Signature Version 4, in the Authorization
// header or in the query string. It does not sign, and it decides nothing but who sent a request.
//
// Start with Verifier. parse.go reads the signature, canonical.go computes what it should be.
//
// AWS: Create a signed AWS API request.
package sigv4

import (
	"context"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxSkew is how far the clock of a client may be off.
const MaxSkew = 5 * time.Minute

// maxExpires is the longest life of a presigned request.
const maxExpires = 7 * 24 * time.Hour

// ErrUnknownKey is returned by a Lookup for an access key that does not exist.
var ErrUnknownKey = errors.New("unknown access key")

// Credentials are an access key with its secret.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // of temporary credentials: the request must carry it
	Expires         time.Time // of temporary credentials; zero for never
	AccountID       string    // the account to which the key belongs

	// Owner is what the Lookup knows of whose key it is. It comes back in the Identity, so that who was
	// verified need not be looked up again.
	Owner any
}

// Lookup finds the credentials of an access key. It returns ErrUnknownKey where there are none and
// is called concurrently.
type Lookup interface {
	Credentials(ctx context.Context, accessKeyID string) (Credentials, error)
}

// Verifier verifies requests for one service. It is safe for concurrent use.
type Verifier struct {
	Lookup  Lookup
	Service string           // that the credential scope must name: apigateway, execute-api
	Region  string           // that the credential scope must name; empty for any
	Now     func() time.Time // nil is time.Now
}

// Identity is who signed a request, and the region for which it was signed.
type Identity struct {
	AccessKeyID string
	AccountID   string
	Region      string
	Owner       any // of the Credentials
}

// Verify returns who signed the request. A request that is refused gives an *Error; any other error
// comes from the Lookup.
func (v *Verifier) Verify(ctx context.Context, r *Request) (Identity, error) {
	admitted, err := v.Begin(ctx, r)
	if err != nil {
		return Identity{}, err
	}
	return admitted.Complete(r.Body)
}

// Admitted is a request about which everything is known but its body.
type Admitted struct {
	request   *Request
	signature *signature
	creds     Credentials
}

// Begin refuses what Verify would refuse without looking at the body: a server calls it before it
// reads the body of a stranger. To be admitted proves nothing until Complete.
func (v *Verifier) Begin(ctx context.Context, r *Request) (*Admitted, error) {
	sig, creds, err := v.admit(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Admitted{r, sig, creds}, nil
}

// Complete returns who signed the request that has this body.
func (a *Admitted) Complete(body []byte) (Identity, error) {
	a.request.Body = body
	if !matches(a.request, a.signature, a.creds) {
		return Identity{}, errSignatureMismatch
	}
	return Identity{AccessKeyID: a.creds.AccessKeyID, AccountID: a.creds.AccountID, Region: a.signature.region, Owner: a.creds.Owner}, nil
}

// Admit refuses what Verify would refuse without looking at the body: a server calls it before it
// reads the body of a stranger. To be admitted proves nothing.
func (v *Verifier) Admit(ctx context.Context, r *Request) error {
	_, _, err := v.admit(ctx, r)
	return err
}

// admit reads the signature of a request and checks everything but whether it matches.
func (v *Verifier) admit(ctx context.Context, r *Request) (*signature, Credentials, error) {
	sig, err := parse(r)
	if err != nil {
		return nil, Credentials{}, err
	}
	creds, err := v.Lookup.Credentials(ctx, sig.accessKeyID)
	if errors.Is(err, ErrUnknownKey) {
		return nil, Credentials{}, errUnrecognizedClient
	}
	if err != nil {
		return nil, Credentials{}, fmt.Errorf("look up access key: %w", err)
	}
	now := time.Now
	if v.Now != nil {
		now = v.Now
	}
	for _, check := range []func() error{
		func() error { return checkToken(sig, creds, now()) },
		func() error { return v.checkScope(sig) },
		func() error { return checkTime(sig, now()) },
		func() error { return checkSignedHeaders(r, sig) },
	} {
		if err := check(); err != nil {
			return nil, Credentials{}, err
		}
	}
	return sig, creds, nil
}

// checkToken refuses a session token that is not the key's, or the lack of one, or an old one.
func checkToken(sig *signature, creds Credentials, now time.Time) error {
	if subtle.ConstantTimeCompare([]byte(sig.sessionToken), []byte(creds.SessionToken)) != 1 {
		return errUnrecognizedClient
	}
	if !creds.Expires.IsZero() && now.After(creds.Expires) {
		return errExpiredToken
	}
	return nil
}

// checkScope refuses a credential scope for another service, region or date.
func (v *Verifier) checkScope(sig *signature) error {
	switch {
	case sig.terminator != terminator:
		return invalidSignature("Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, sig.terminator)
	case sig.service != v.Service:
		return invalidSignature("Credential should be scoped to correct service: '%s'.", v.Service)
	case !validRegion(sig.region) || v.Region != "" && sig.region != v.Region:
		return invalidSignature("Credential should be scoped to a valid region.")
	case sig.scopeDate != sig.time.Format(dateLayout):
		return invalidSignature("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			sig.scopeDate, sig.time.Format(dateLayout), sig.time.Format(timeLayout))
	}
	return nil
}

// validRegion reports whether the text can be the name of a region.
func validRegion(region string) bool {
	for _, c := range region {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return region != ""
}

// checkTime refuses a signature outside its life: five minutes around its date, or from its date for
// as long as a presigned request says.
func checkTime(sig *signature, now time.Time) error {
	life, unit := MaxSkew, "5 min."
	if sig.expires > 0 {
		life, unit = sig.expires, fmt.Sprintf("%d sec.", int(sig.expires.Seconds()))
	}
	at := now.UTC().Format(timeLayout)
	if oldest := now.Add(-life); sig.time.Before(oldest.Truncate(time.Second)) {
		return invalidSignature("Signature expired: %s is now earlier than %s (%s - %s)",
			sig.time.Format(timeLayout), oldest.UTC().Format(timeLayout), at, unit)
	}
	if latest := now.Add(MaxSkew); sig.time.After(latest) {
		return invalidSignature("Signature not yet current: %s is still later than %s (%s + 5 min.)",
			sig.time.Format(timeLayout), latest.UTC().Format(timeLayout), at)
	}
	return nil
}

// checkSignedHeaders refuses a request in which a header that must be signed is not.
func checkSignedHeaders(r *Request, sig *signature) error {
	if !sig.signs("host") {
		return invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for _, name := range []string{"X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"} {
		if len(r.Header.Values(name)) > 0 && !sig.signs(strings.ToLower(name)) {
			return invalidSignature("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

// matches reports whether the signature is the one that the credentials give. Clients differ in
// whether they sign the path as it is sent or normalised; either is accepted.
func matches(r *Request, sig *signature, creds Credentials) bool {
	given, err := hex.DecodeString(sig.value)
	if err != nil {
		return false
	}
	hash, ok := payloadHash(r, sig)
	if !ok {
		return false
	}
	key := signingKey(creds.SecretAccessKey, sig)
	for _, path := range canonicalPaths(r.Path) {
		if hmac.Equal(given, mac(key, stringToSign(sig, canonicalRequest(r, sig, path, hash)))) {
			return true
		}
	}
	return false
}
