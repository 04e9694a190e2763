package gwtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Pool is a fake of a user pool: it serves a key set and makes tokens that are signed with a key of it.
type Pool struct {
	URL string // the issuer: http://host:port

	key, other *rsa.PrivateKey // one is in the key set

	mu      sync.Mutex
	fetches int
}

// keyID names the pool's key.
const keyID = "fixture-key"

// NewPool starts a fake that ends with the test.
func NewPool(t testing.TB) *Pool {
	t.Helper()
	p := &Pool{}
	for _, key := range []**rsa.PrivateKey{&p.key, &p.other} {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		*key = made
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

// ServeHTTP serves the key set.
func (p *Pool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.fetches++
	p.mu.Unlock()
	if r.Method != http.MethodGet || r.URL.Path != "/.well-known/jwks.json" {
		http.NotFound(w, r)
		return
	}
	set, _ := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kid": keyID, "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(p.key.N.Bytes()),
	}}})
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(set)
}

// Fetches returns how often something was asked for.
func (p *Pool) Fetches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

// Token makes a token of a use, "id" or "access", that is good for an hour. Each change is "name=value" for a
// claim: text, in which "+" is a blank, or JSON; "exp=-5" is five seconds ago, and "name=" has no such claim.
// Four names are not claims: "alg" and "kid" of the header; "signer=other" signs with a key that is not the pool's,
// and "pool=x" makes the issuer one whose keys can't be fetched.
func (p *Pool) Token(use string, changes ...string) (string, error) {
	now := time.Now().Unix()
	header := map[string]any{"alg": "RS256", "kid": keyID}
	claims := map[string]any{"iss": p.URL, "sub": "user-1", "token_use": use, "iat": now, "exp": now + 3600}
	if use == "id" {
		claims["aud"], claims["email_verified"], claims["cognito:groups"] = "client-1", true, []string{"a", "b"}
	} else {
		claims["client_id"], claims["scope"] = "client-1", "pets/read"
	}
	key := p.key
	for _, change := range changes {
		name, value, ok := strings.Cut(change, "=")
		switch {
		case !ok:
			return "", fmt.Errorf("token: %q is not of the form name=value", change)
		case name == "signer":
			key = p.other
		case name == "pool":
			claims["iss"] = p.URL + "/" + value
		case name == "alg", name == "kid":
			header[name] = value
		case value == "":
			delete(claims, name)
		case name == "exp":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return "", fmt.Errorf("token: %w", err)
			}
			claims[name] = now + seconds
		case json.Valid([]byte(value)):
			claims[name] = json.RawMessage(value)
		default:
			claims[name] = strings.ReplaceAll(value, "+", " ")
		}
	}
	return signToken(key, header, claims)
}

// signToken makes a token.
func signToken(key *rsa.PrivateKey, parts ...map[string]any) (string, error) {
	var encoded []string
	for _, part := range parts {
		text, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		encoded = append(encoded, base64.RawURLEncoding.EncodeToString(text))
	}
	signed := strings.Join(encoded, ".")
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// tokenPlaceholder is {{token USE name=value ...}}.
var tokenPlaceholder = regexp.MustCompile(`\{\{token ([^}]*)\}\}`)

// expandTokens replaces the tokens in a text.
func (p *Pool) expandTokens(text string) (string, error) {
	var failed error
	text = tokenPlaceholder.ReplaceAllStringFunc(text, func(all string) string {
		fields := strings.Fields(tokenPlaceholder.FindStringSubmatch(all)[1])
		if len(fields) == 0 {
			failed = fmt.Errorf("%s: the use is missing", all)
			return ""
		}
		token, err := p.Token(fields[0], fields[1:]...)
		if err != nil {
			failed = err
		}
		return token
	})
	return text, failed
}
