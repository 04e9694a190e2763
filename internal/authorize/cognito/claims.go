package cognito

import (
	"iter"
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Claims are what a verified token says. They are immutable and safe for concurrent use.
type Claims struct {
	document   jsonvalue.Value
	subject    string
	authorizer jsonvalue.Value
}

// newClaims returns the claims of a token, for a method that wants scopes or not.
func newClaims(document jsonvalue.Value, scoped bool) *Claims {
	c := &Claims{document: document, subject: strings.Clone(document.Get("sub").Text())}
	var b jsonvalue.Builder
	b.BeginObject()
	b.Key("claims")
	b.BeginObject()
	for name, text := range c.All() {
		b.Key(name)
		b.Str(text)
	}
	b.End()
	if scoped {
		b.Key("scopes")
		b.BeginArray()
		for scope := range strings.FieldsSeq(document.Get("scope").Text()) {
			b.Str(scope)
		}
		b.End()
	}
	b.End()
	c.authorizer = b.Finish()
	return c
}

// dateLayout is the form in which times are told: that of Java's Date.
const dateLayout = "Mon Jan 02 15:04:05 UTC 2006"

// All goes through the claims as texts, in the token's order. Claims that are null are left out.
//
// Observed: conformance/authorizer_cognito_claims.txtar. The times exp and iat are dates, other numbers and
// booleans their text; the elements of a list are joined by commas, an object is its JSON text.
func (c *Claims) All() iter.Seq2[string, string] {
	return func(yield func(name, text string) bool) {
		for name, v := range c.document.Members() {
			if v.IsNull() {
				continue
			}
			if !yield(name, claimText(name, v)) {
				return
			}
		}
	}
}

// claimText returns a claim as text.
func claimText(name string, v jsonvalue.Value) string {
	if name == "exp" || name == "iat" {
		if at, ok := instant(v); ok {
			return at.Format(dateLayout)
		}
	}
	switch v.Kind() {
	case jsonvalue.String:
		return v.Text()
	case jsonvalue.Array:
		parts := make([]string, 0, v.Len())
		for _, e := range v.Elements() {
			parts = append(parts, claimText("", e))
		}
		return strings.Join(parts, ",")
	}
	return v.String()
}

// Authorizer returns $context.authorizer: the claims as texts, and the token's scopes where the method wants
// some.
//
// AWS: API Gateway mapping template and access logging variable reference ($context.authorizer.claims).
func (c *Claims) Authorizer() jsonvalue.Value { return c.authorizer }

// Subject returns the claim sub, the pool's id of the user; "" if the token has none.
func (c *Claims) Subject() string { return c.subject }
