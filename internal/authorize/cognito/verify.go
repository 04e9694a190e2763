package cognito

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// notBeforeLeeway is how far a pool's clock may be ahead of ours.
const notBeforeLeeway = time.Minute

// Need is what a method wants of a token. It is immutable.
type Need struct {
	Pools []Pool // the token is of one of them

	// Audience reports whether the claim aud, or one of its values, is right; nil accepts any client of the
	// pool, and then also tokens without the claim.
	Audience func(aud string) bool

	// Scopes are the scopes of which an access token must have one; without any an ID token is wanted.
	Scopes []string
}

// Verify verifies a token, without "Bearer " before it, and returns what it says. It may wait for the keys of
// a pool, until ctx ends. The error is an *Error.
func (v *Verifier) Verify(ctx context.Context, text string, need *Need) (*Claims, error) {
	claims, err := v.verify(ctx, text, need)
	if err == nil {
		v.accepted.Add(1)
		return claims, nil
	}
	if failure, ok := err.(*Error); ok && failure.Kind == Unavailable {
		v.unavailable.Add(1)
	} else if !ok || failure.Kind != Canceled {
		v.refused.Add(1)
	}
	return nil, err
}

// verify is Verify.
func (v *Verifier) verify(ctx context.Context, text string, need *Need) (*Claims, error) {
	t, failure := parseToken(text)
	if failure != nil {
		return nil, failure
	}
	issuer, configured, ok := v.issuerFor(t, need.Pools)
	if !ok {
		return nil, invalid("the token's issuer is none of the authorizer's user pools")
	}
	key, err := v.key(ctx, issuer, configured, t.keyID)
	if err != nil {
		return nil, err
	}
	if !t.signedBy(key) {
		return nil, invalid("the token's signature is wrong")
	}
	if err := v.checkTime(t.claims); err != nil {
		return nil, err
	}
	if err := checkUse(t.claims, need, issuer.AnyUse); err != nil {
		return nil, err
	}
	return &Claims{document: t.claims, scopes: t.scopes(), scoped: len(need.Scopes) > 0}, nil
}

// issuerFor returns the pool's issuer that a token says it is from.
func (v *Verifier) issuerFor(t *token, pools []Pool) (issuer Issuer, configured, ok bool) {
	iss := t.claims.Get("iss")
	if iss.Kind() != jsonvalue.String {
		return Issuer{}, false, false
	}
	for _, p := range pools {
		if issuer, configured = v.issuer(p); issuer.URL == iss.Text() {
			return issuer, configured, true
		}
	}
	return Issuer{}, false, false
}

// checkTime says whether a token counts at this time.
func (v *Verifier) checkTime(claims jsonvalue.Value) error {
	now := v.now()
	expires, ok := instant(claims.Get("exp"))
	if !ok {
		return invalid("the token does not say when it expires")
	}
	if !now.Before(expires) {
		return &Error{Kind: Expired, Reason: "the token has expired"}
	}
	if nbf := claims.Get("nbf"); nbf.Exists() {
		begins, ok := instant(nbf)
		if !ok || now.Add(notBeforeLeeway).Before(begins) {
			return invalid("the token does not count yet")
		}
	}
	return nil
}

// instant returns the time that a number of seconds since 1970 means.
func instant(v jsonvalue.Value) (time.Time, bool) {
	seconds, ok := v.Big()
	if !ok {
		return time.Time{}, false
	}
	// A time beyond what time.Time can hold is as good as never.
	whole := new(big.Int).Quo(seconds.Num(), seconds.Denom())
	if !whole.IsInt64() || whole.Int64() < 0 || whole.Int64() > maxSeconds {
		return time.Time{}, false
	}
	return time.Unix(whole.Int64(), 0).UTC(), true
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253402300799

// checkUse says whether a token is of the kind that a method wants: for methods with scopes an access token
// that has one of them, for others an ID token.
//
// AWS: Control access to REST APIs using Amazon Cognito user pools as an authorizer.
func checkUse(claims jsonvalue.Value, need *Need, anyUse bool) error {
	want := "id"
	if len(need.Scopes) > 0 {
		want = "access"
	}
	use := claims.Get("token_use")
	if use.Text() != want && (use.Exists() || !anyUse) {
		return invalid("the token is not of the use " + want)
	}
	if need.Audience != nil && !slices.ContainsFunc(texts(claims.Get("aud")), need.Audience) {
		return invalid("the token's audience does not match the identity validation expression")
	}
	if want == "access" && !hasScope(claims, need.Scopes) {
		return invalid("the token has none of the method's scopes")
	}
	return nil
}

// hasScope reports whether a token has one of the scopes.
func hasScope(claims jsonvalue.Value, scopes []string) bool {
	for scope := range strings.FieldsSeq(claims.Get("scope").Text()) {
		if slices.Contains(scopes, scope) {
			return true
		}
	}
	return false
}

// scopes returns the scopes of a token.
func (t *token) scopes() []string { return strings.Fields(t.claims.Get("scope").Text()) }

// texts returns a string, or the strings of an array.
func texts(v jsonvalue.Value) []string {
	if v.Kind() == jsonvalue.String {
		return []string{v.Text()}
	}
	var list []string
	for _, e := range v.Elements() {
		if e.Kind() == jsonvalue.String {
			list = append(list, e.Text())
		}
	}
	return list
}
