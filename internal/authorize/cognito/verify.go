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
	if len(text) > maxTokenBytes {
		return nil, invalid("the token is too long")
	}
	id := newKeptID(text, len(need.Scopes) > 0)
	kept := v.kept.get(id)
	if kept.token == nil {
		t, failure := parseToken(text)
		if failure != nil {
			return nil, failure
		}
		kept.token = t
	}
	issuer, configured, ok := v.issuerFor(kept.token, need.Pools)
	if !ok {
		return nil, invalid("the token's issuer is none of the authorizer's user pools")
	}
	key, err := v.key(ctx, &issuer, configured, kept.token.keyID)
	if err != nil {
		return nil, err
	}
	if kept.key != key {
		v.checks.Add(1)
		if !kept.token.signedBy(key, text) {
			return nil, invalid("the token's signature is wrong")
		}
		kept = newKeptToken(kept.token, key)
	}
	if err := kept.checkTime(v.now()); err != nil {
		return nil, err
	}
	if err := checkUse(kept.token.claims, need, issuer.AnyUse); err != nil {
		return nil, err
	}
	if kept.says == nil {
		kept.says = newClaims(kept.token.claims, id.scoped)
		v.kept.put(id, kept)
	}
	return kept.says, nil
}

// issuerFor returns the pool's issuer that a token says it is from.
func (v *Verifier) issuerFor(t *token, pools []Pool) (issuer Issuer, configured, ok bool) {
	iss := t.claims.Get("iss")
	if iss.Kind() != jsonvalue.String {
		return Issuer{}, false, false
	}
	for i := range pools {
		if issuer, configured = v.issuer(&pools[i]); issuer.URL == iss.Text() {
			return issuer, configured, true
		}
	}
	return Issuer{}, false, false
}

// checkTime says whether a token counts at this time.
func (k *keptToken) checkTime(now time.Time) error {
	switch {
	case k.expires.IsZero():
		return invalid("the token does not say when it expires")
	case !now.Before(k.expires):
		return &Error{Kind: Expired, Reason: "the token has expired"}
	case now.Add(notBeforeLeeway).Before(k.begins):
		return invalid("the token does not count yet")
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
	if need.Audience != nil && !anyText(claims.Get("aud"), need.Audience) {
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

// anyText reports whether a string, or one of the strings of an array, is right.
func anyText(v jsonvalue.Value, right func(string) bool) bool {
	if v.Kind() == jsonvalue.String {
		return right(v.Text())
	}
	for _, e := range v.Elements() {
		if e.Kind() == jsonvalue.String && right(e.Text()) {
			return true
		}
	}
	return false
}
