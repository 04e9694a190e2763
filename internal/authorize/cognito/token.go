package cognito

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// algorithm is the only one that tokens may be signed with. A token does not choose: "none", the symmetric
// algorithms and all others are refused.
//
// AWS: Verifying JSON web tokens (Amazon Cognito developer guide): RS256.
const algorithm = "RS256"

// maxTokenBytes is the longest token that is looked at. A request has no room for a longer one.
const maxTokenBytes = 64 << 10

// token is a JSON Web Token in the compact form, taken apart and not verified.
//
// RFC 7515 section 3.1, RFC 7519 section 7.2.
type token struct {
	keyID       string
	claims      jsonvalue.Value // an object
	claimsBytes int             // length of their text
	signature   []byte
}

// parseToken takes a token apart. Nothing of the text is in what it returns.
func parseToken(text string) (*token, *Error) {
	signed, signature, ok := cutLast(text, '.')
	first, second, two := strings.Cut(signed, ".")
	if !ok || !two || strings.Contains(second, ".") {
		return nil, invalid("not a JSON Web Token: it does not have three parts")
	}
	head, err := parsePart(first)
	if err != nil {
		return nil, err
	}
	t := &token{keyID: head.Get("kid").Text()}
	switch {
	case head.Get("alg").Text() != algorithm:
		return nil, invalid("the token is not signed with " + algorithm)
	case head.Get("crit").Exists():
		return nil, invalid("the token has a critical header parameter that nobody here knows")
	case head.Get("kid").Kind() != jsonvalue.String || t.keyID == "":
		return nil, invalid("the token names no key")
	}
	if t.claims, err = parsePart(second); err != nil {
		return nil, err
	}
	t.claimsBytes = base64.RawURLEncoding.DecodedLen(len(second))
	if t.signature, err = decodePart(signature); err != nil {
		return nil, err
	}
	return t, nil
}

// cutLast cuts a text around the last separator.
func cutLast(text string, separator byte) (before, after string, found bool) {
	i := strings.LastIndexByte(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// decodePart decodes base64url without padding. Line ends, which the decoder would skip, are refused.
func decodePart(text string) ([]byte, *Error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, invalid("a part of the token is not base64url")
	}
	part, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, invalid("a part of the token is not base64url")
	}
	return part, nil
}

// parsePart reads a part that is a JSON object.
func parsePart(text string) (jsonvalue.Value, *Error) {
	part, err := decodePart(text)
	if err != nil {
		return jsonvalue.Value{}, err
	}
	doc, parseErr := jsonvalue.Parse(bytes.TrimSpace(part))
	if parseErr != nil || doc.Kind() != jsonvalue.Object {
		return jsonvalue.Value{}, invalid("a part of the token is not a JSON object")
	}
	return doc, nil
}

// signedBy reports whether the token, which was taken out of the text, was signed with a key.
func (t *token) signedBy(key *rsa.PublicKey, text string) bool {
	signed, _, _ := cutLast(text, '.')
	sum := sha256.Sum256([]byte(signed))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], t.signature) == nil
}
