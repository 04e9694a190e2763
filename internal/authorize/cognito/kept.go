// Hot path.

package cognito

import (
	"crypto/rsa"
	"crypto/sha256"
	"time"

	"github.com/maypok86/otter/v2"
)

// To verify a signature takes many times what all else of a request takes, and a client sends the same token for
// an hour. So a token that was accepted is kept, taken apart, with the key by which it was signed. What is kept
// spares two things, reading the token and verifying its signature, and decides nothing:
//
//   - A token is found by the SHA-256 of its whole text, so that one with another header, payload or signature
//     is another one, and how long a look-up takes tells nothing about tokens that are almost right.
//   - The signature counts for the key by which it was verified. The key is looked up for each request as for a
//     token that nobody has seen, with all that keys.go says of its age, and where it is not that very key, the
//     signature is verified again.
//   - Issuer, time, use, audience and scopes are held against the clock and the method for each request.
//
// Only tokens that were accepted are kept: what is forged, expired or for others takes no room and drives nothing
// out. Those that are used least go first.

// DefaultKeptBytes is the memory that a [Verifier] has for tokens unless told otherwise: enough for some 9,000 of
// Cognito's, and 32,768 of any.
const DefaultKeptBytes = 32 << 20

// keptID is what a token is found by. What a token says to methods with scopes and to others differs.
type keptID struct {
	digest [sha256.Size]byte
	scoped bool
}

// newKeptID returns what a token is found by that a method wants with scopes or without.
func newKeptID(text string, scoped bool) keptID {
	var buf [2048]byte // a conversion would allocate; longer tokens are rare
	return keptID{sha256.Sum256(append(buf[:0], text...)), scoped}
}

// keptToken is a token that was signed with a key. The zero keptToken is none.
type keptToken struct {
	token   *token
	key     *rsa.PublicKey
	expires time.Time // zero where the token does not say
	begins  time.Time // zero where it always counted
	says    *Claims
}

// newKeptToken returns a token that was signed with a key, as yet without what it says.
func newKeptToken(t *token, key *rsa.PublicKey) keptToken {
	k := keptToken{token: t, key: key}
	k.expires, _ = instant(t.claims.Get("exp"))
	if nbf := t.claims.Get("nbf"); nbf.Exists() {
		var ok bool
		if k.begins, ok = instant(nbf); !ok {
			k.begins = time.Unix(maxSeconds+1, 0) // never
		}
	}
	return k
}

// size returns about how many bytes of memory the token takes: 3.5 KB for one of Cognito's.
func (k *keptToken) size() int {
	const overhead = 1024 // the structures, and what a cache has for each of its entries
	return overhead + 4*k.token.claimsBytes + 24*(k.token.claims.Count()+k.says.authorizer.Count())
}

// keptTokens keeps tokens. It is safe for concurrent use.
type keptTokens struct {
	cache *otter.Cache[keptID, *keptToken]
}

// newKeptTokens returns what keeps tokens up to that memory.
func newKeptTokens(maxBytes int64) *keptTokens {
	return &keptTokens{otter.Must(&otter.Options[keptID, *keptToken]{
		MaximumWeight: uint64(maxBytes),
		Weigher:       func(_ keptID, k *keptToken) uint32 { return uint32(k.size()) },
		Executor:      func(task func()) { task() }, // no goroutine outlives its caller
	})}
}

// get returns the token of that id, the zero keptToken if it is not kept.
func (c *keptTokens) get(id keptID) keptToken {
	if k, ok := c.cache.GetIfPresent(id); ok {
		return *k
	}
	return keptToken{}
}

// put keeps a token.
func (c *keptTokens) put(id keptID, k keptToken) { c.cache.Set(id, &k) }
