package cognito_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/integration"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	poolARN   = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a1B2c3D4e"
	otherARN  = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_other"
	issuerURL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3D4e"
)

// start is the time at which the tests begin.
var start = time.Unix(1_800_000_000, 0)

// keys are made once: that takes a while.
var keys = sync.OnceValue(func() (pair [2]*rsa.PrivateKey) {
	for i := range pair {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		pair[i] = key
	}
	return pair
})

// pool is the back end that serves a pool's keys.
type pool struct {
	mu       sync.Mutex
	set      map[string]any // what it answers
	err      error
	requests []string
	trusted  bool
	asked    chan struct{} // gets a value for each request, if there is one
	hold     chan struct{} // answers wait until it is closed
}

// newPool returns a pool with the first key as "one".
func newPool() *pool { return &pool{set: keySet(map[string]*rsa.PrivateKey{"one": keys()[0]})} }

// keySet returns a key set.
func keySet(named map[string]*rsa.PrivateKey) map[string]any {
	list := []any{map[string]any{"kty": "EC", "kid": "curve", "crv": "P-256"}}
	for id, key := range named {
		list = append(list, map[string]any{
			"kid": id, "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": encode(key.N.Bytes()),
		})
	}
	return map[string]any{"keys": list}
}

// Call implements integration.Integration.
func (p *pool) Call(ctx context.Context, req *integration.Request, resp *integration.Response) error {
	p.mu.Lock()
	p.requests = append(p.requests, req.Method+" "+string(req.URI.Append(nil)))
	p.trusted = req.Trusted
	hold, err := p.hold, p.err
	body, _ := json.Marshal(p.set)
	p.mu.Unlock()
	if p.asked != nil {
		p.asked <- struct{}{}
	}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return &integration.Error{Kind: integration.Canceled, Err: ctx.Err()}
		}
	}
	resp.Status, resp.Body = 200, body
	return err
}

// change changes the pool.
func (p *pool) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// count returns how many fetches there were.
func (p *pool) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

func encode(part []byte) string { return base64.RawURLEncoding.EncodeToString(part) }

// sign makes a token.
func sign(key *rsa.PrivateKey, header, claims map[string]any) string {
	head, _ := json.Marshal(header)
	body, _ := json.Marshal(claims)
	signed := encode(head) + "." + encode(body)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + encode(signature)
}

// usual returns the header of a token of the first key.
func usual() map[string]any { return map[string]any{"alg": "RS256", "kid": "one"} }

// claims returns those of a good ID token, changed.
func claims(changes map[string]any) map[string]any {
	c := map[string]any{
		"iss": issuerURL, "sub": "s", "aud": "client", "token_use": "id", "iat": start.Unix() - 10, "exp": start.Unix() + 100,
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == "absent" })
	return c
}

// verifier returns a Verifier with a clock.
func verifier(t *testing.T, p *pool, cfg cognito.Config) (*cognito.Verifier, *time.Time) {
	t.Helper()
	now := start
	cfg.HTTP, cfg.Now = p, func() time.Time { return now }
	v := cognito.New(cfg)
	t.Cleanup(v.Close)
	return v, &now
}

func need(scopes ...string) *cognito.Need {
	other, _ := cognito.ParsePool(otherARN)
	p, _ := cognito.ParsePool(poolARN)
	return &cognito.Need{Pools: []cognito.Pool{other, p}, Scopes: scopes}
}

func TestVerify(t *testing.T) {
	good := sign(keys()[0], usual(), claims(nil))
	parts := strings.Split(good, ".")
	withAudience := need()
	withAudience.Audience = func(aud string) bool { return aud == "client" }
	accessWithAudience := need("a")
	accessWithAudience.Audience = withAudience.Audience
	access := map[string]any{"token_use": "access", "aud": "absent", "scope": "openid a/read"}
	tests := []struct {
		name  string
		token string
		need  *cognito.Need
		want  string // the error's kind and reason, "" for none
	}{
		{"good", good, need(), ""},
		{"good, audience", good, withAudience, ""},
		{"one of several audiences", sign(keys()[0], usual(), claims(map[string]any{"aud": []string{"x", "client"}})), withAudience, ""},
		{"access token with a scope", sign(keys()[0], usual(), claims(access)), need("x", "a/read"), ""},

		{"empty", "", need(), "0 not a JSON Web Token: it does not have three parts"},
		{"one part", parts[0], need(), "0 not a JSON Web Token: it does not have three parts"},
		{"four parts", good + ".a", need(), "0 not a JSON Web Token: it does not have three parts"},
		{"too long", strings.Repeat("a", 64<<10+1), need(), "0 the token is too long"},
		{"no base64url", "*." + parts[1] + "." + parts[2], need(), "0 a part of the token is not base64url"},
		{"padded", parts[0] + "=." + parts[1] + "." + parts[2], need(), "0 a part of the token is not base64url"},
		{"line ends", parts[0] + "\n." + parts[1] + "." + parts[2], need(), "0 a part of the token is not base64url"},
		{"header is no JSON", encode([]byte("x")) + "." + parts[1] + "." + parts[2], need(), "0 a part of the token is not a JSON object"},
		{"claims are a list", parts[0] + "." + encode([]byte("[]")) + "." + parts[2], need(), "0 a part of the token is not a JSON object"},
		{"alg none", encode([]byte(`{"alg":"none","kid":"one"}`)) + "." + parts[1] + ".", need(), "0 the token is not signed with RS256"},
		{"alg HS256", sign(keys()[0], map[string]any{"alg": "HS256", "kid": "one"}, claims(nil)), need(), "0 the token is not signed with RS256"},
		{"alg RS512", sign(keys()[0], map[string]any{"alg": "RS512", "kid": "one"}, claims(nil)), need(), "0 the token is not signed with RS256"},
		{"critical parameter", sign(keys()[0], map[string]any{"alg": "RS256", "kid": "one", "crit": []string{"b64"}}, claims(nil)), need(),
			"0 the token has a critical header parameter that nobody here knows"},
		{"no key id", sign(keys()[0], map[string]any{"alg": "RS256"}, claims(nil)), need(), "0 the token names no key"},
		{"unknown key id", sign(keys()[0], map[string]any{"alg": "RS256", "kid": "two"}, claims(nil)), need(),
			"0 the token is signed with a key that the user pool does not have"},
		{"key of another kind", sign(keys()[0], map[string]any{"alg": "RS256", "kid": "curve"}, claims(nil)), need(),
			"0 the token is signed with a key that the user pool does not have"},
		{"signed with another key", sign(keys()[1], usual(), claims(nil)), need(), "0 the token's signature is wrong"},
		{"changed claims", parts[0] + "." + encode([]byte(`{"iss":"`+issuerURL+`"}`)) + "." + parts[2], need(), "0 the token's signature is wrong"},
		{"no signature", parts[0] + "." + parts[1] + ".", need(), "0 the token's signature is wrong"},
		{"another issuer", sign(keys()[0], usual(), claims(map[string]any{"iss": issuerURL + "/"})), need(), "0 the token's issuer is none of the authorizer's user pools"},
		{"no issuer", sign(keys()[0], usual(), claims(map[string]any{"iss": nil})), need(), "0 the token's issuer is none of the authorizer's user pools"},
		{"no pools", good, &cognito.Need{}, "0 the token's issuer is none of the authorizer's user pools"},
		{"expired", sign(keys()[0], usual(), claims(map[string]any{"exp": start.Unix()})), need(), "1 the token has expired"},
		{"expired and forged", sign(keys()[1], usual(), claims(map[string]any{"exp": start.Unix()})), need(), "0 the token's signature is wrong"},
		{"never expires", sign(keys()[0], usual(), claims(map[string]any{"exp": "absent"})), need(), "0 the token does not say when it expires"},
		{"expires as text", sign(keys()[0], usual(), claims(map[string]any{"exp": "tomorrow"})), need(), "0 the token does not say when it expires"},
		{"expires beyond time", sign(keys()[0], usual(), claims(map[string]any{"exp": json.Number("1e300")})), need(), "0 the token does not say when it expires"},
		{"begins later", sign(keys()[0], usual(), claims(map[string]any{"nbf": start.Unix() + 61})), need(), "0 the token does not count yet"},
		{"begins now, by a clock ahead", sign(keys()[0], usual(), claims(map[string]any{"nbf": start.Unix() + 60})), need(), ""},
		{"access token, no scopes wanted", sign(keys()[0], usual(), claims(access)), need(), "0 the token is not of the use id"},
		{"ID token, scopes wanted", good, need("a"), "0 the token is not of the use access"},
		{"no use", sign(keys()[0], usual(), claims(map[string]any{"token_use": "absent"})), need(), "0 the token is not of the use id"},
		{"none of the scopes", sign(keys()[0], usual(), claims(access)), need("a", "a/read/all"), "0 the token has none of the method's scopes"},
		{"no scopes", sign(keys()[0], usual(), claims(map[string]any{"token_use": "access"})), need("a"), "0 the token has none of the method's scopes"},
		{"another audience", sign(keys()[0], usual(), claims(map[string]any{"aud": "x"})), withAudience,
			"0 the token's audience does not match the identity validation expression"},
		{"access token and an expression", sign(keys()[0], usual(), claims(map[string]any{"token_use": "access", "aud": "absent", "scope": "a"})), accessWithAudience,
			"0 the token's audience does not match the identity validation expression"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, _ := verifier(t, newPool(), cognito.Config{})
			got := ""
			if _, err := v.Verify(t.Context(), tt.token, tt.need); err != nil {
				var failure *cognito.Error
				if !errors.As(err, &failure) {
					t.Fatalf("got %v, want a *cognito.Error", err)
				}
				got = fmt.Sprint(failure.Kind, " ", failure.Reason)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A configured issuer stands in for Cognito, by ARN or id, where its keys are and without token_use.
func TestConfiguredIssuer(t *testing.T) {
	const local = "http://localhost:9229/eu-west-1_a1B2c3D4e"
	tests := []struct {
		name   string
		key    string
		issuer cognito.Issuer
		claims map[string]any
		want   string // the request for the keys, "" where the token is refused before
		ok     bool
	}{
		{"by ARN", poolARN, cognito.Issuer{URL: local}, map[string]any{"iss": local}, "GET " + local + "/.well-known/jwks.json", true},
		{"by id", "eu-west-1_a1B2c3D4e", cognito.Issuer{URL: local + "/"}, map[string]any{"iss": local + "/"}, "GET " + local + "/.well-known/jwks.json", true},
		{"keys elsewhere", poolARN, cognito.Issuer{URL: local, KeysURL: "https://keys.example/a%20b?c=d"}, map[string]any{"iss": local}, "GET https://keys.example/a%20b?c=d", true},
		{"Cognito itself is not believed then", poolARN, cognito.Issuer{URL: local}, nil, "", false},
		{"no token_use", poolARN, cognito.Issuer{URL: local, AnyUse: true}, map[string]any{"iss": local, "token_use": "absent"}, "GET " + local + "/.well-known/jwks.json", true},
		{"wrong token_use", poolARN, cognito.Issuer{URL: local, AnyUse: true}, map[string]any{"iss": local, "token_use": "access"}, "GET " + local + "/.well-known/jwks.json", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.issuer.Validate(); err != nil {
				t.Fatal(err)
			}
			p := newPool()
			v, _ := verifier(t, p, cognito.Config{Issuers: map[string]cognito.Issuer{tt.key: tt.issuer}})
			_, err := v.Verify(t.Context(), sign(keys()[0], usual(), claims(tt.claims)), need())
			if (err == nil) != tt.ok {
				t.Errorf("got %v, want success %v", err, tt.ok)
			}
			if got := strings.Join(p.requests, ","); got != tt.want {
				t.Errorf("got the requests %q, want %q", got, tt.want)
			}
			if tt.want != "" && !p.trusted {
				t.Error("the address that the operator chose is not trusted")
			}
		})
	}
}

func TestIssuerValidate(t *testing.T) {
	for _, issuer := range []cognito.Issuer{{}, {URL: "pool"}, {URL: "ftp://h/p"}, {URL: "http://"}, {URL: "http://u:p@h/"}, {URL: "http://h/", KeysURL: "/keys"}, {URL: "http://h/\x7f"}} {
		if err := issuer.Validate(); err == nil {
			t.Errorf("%+v: got no error", issuer)
		}
	}
}

func TestParsePool(t *testing.T) {
	got, ok := cognito.ParsePool("arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_x")
	const address = "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_x"
	want := cognito.Pool{
		Partition: "aws-cn", Region: "cn-north-1", ID: "cn-north-1_x", ARN: "arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_x",
		Issuer: cognito.Issuer{URL: address, KeysURL: address + "/.well-known/jwks.json"},
	}
	if !ok || got != want {
		t.Errorf("got %+v, %v, want %+v", got, ok, want)
	}
	for _, arn := range []string{
		"", "eu-west-1_x", "arn:aws:cognito-idp:eu-west-1:1:userpool/", "arn:aws:cognito-idp:evil.example/:1:userpool/x", "arn:aws:cognito-idp:eu-west-1:1:userpool/a/b",
		"arn:aws:cognito-idp:eu-west-1:1:userpool/a:b", "arn:aws:cognito-identity:eu-west-1:1:userpool/x", "arn:aws:cognito-idp::1:userpool/x",
	} {
		if p, ok := cognito.ParsePool(arn); ok {
			t.Errorf("%q: got %+v, want none", arn, p)
		}
	}
}

// The text of each claim, in the token's order. The cases are of tokens that functions behind the service
// printed.
func TestClaims(t *testing.T) {
	body := `{"sub":"d0e8","email_verified":true,"iss":"` + issuerURL + `","cognito:groups":["anotherGroup","admin"],"nothing":null,
		"aud":"5aa2","token_use":"id","auth_time":1518532281,"exp":1800003600,"iat":1800000000,"empty":[],"rate":1.50,
		"identities":[{"dateCreated":"1555241917584","userId":"31","issuer":null,"primary":"true"}],"address":{"formatted":"x \"y\""}}`
	head := encode([]byte(`{"alg":"RS256","kid":"one"}`)) + "." + encode([]byte(body))
	sum := sha256.Sum256([]byte(head))
	signature, err := rsa.SignPKCS1v15(nil, keys()[0], crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	v, _ := verifier(t, newPool(), cognito.Config{})
	c, err := v.Verify(t.Context(), head+"."+encode(signature), need())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"claims":{"sub":"d0e8","email_verified":"true","iss":"` + issuerURL + `","cognito:groups":"anotherGroup,admin",` +
		`"aud":"5aa2","token_use":"id","auth_time":"1518532281","exp":"Fri Jan 15 09:00:00 UTC 2027","iat":"Fri Jan 15 08:00:00 UTC 2027","empty":"","rate":"1.50",` +
		`"identities":"{\"dateCreated\":\"1555241917584\",\"userId\":\"31\",\"issuer\":null,\"primary\":\"true\"}","address":"{\"formatted\":\"x \\\"y\\\"\"}"}}`
	if diff := cmp.Diff(want, c.Authorizer().String()); diff != "" {
		t.Errorf("claims differ (-want +got):\n%s", diff)
	}
	if c.Subject() != "d0e8" {
		t.Errorf("got the subject %q", c.Subject())
	}
	access, err := v.Verify(t.Context(), sign(keys()[0], usual(), map[string]any{"iss": issuerURL, "exp": 1800000001, "token_use": "access", "scope": "a  b"}), need("b"))
	if err != nil {
		t.Fatal(err)
	}
	const scoped = `{"claims":{"exp":"Fri Jan 15 08:00:01 UTC 2027","iss":"` + issuerURL + `","scope":"a  b","token_use":"access"},"scopes":["a","b"]}`
	if got := access.Authorizer().String(); got != scoped {
		t.Errorf("got  %s\nwant %s", got, scoped)
	}
}

// A key of 2,048 bits and an exponent that is a small odd number are the least.
func TestKeysThatAreRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	entry := func(n, e string) any {
		return map[string]any{"keys": []any{map[string]any{"kid": "one", "kty": "RSA", "n": n, "e": e}}}
	}
	n := encode(keys()[0].N.Bytes())
	for name, set := range map[string]any{
		"no document": "x", "no list": map[string]any{}, "short modulus": entry(encode(small.N.Bytes()), "AQAB"),
		"long modulus": entry(encode(new(big.Int).Lsh(big.NewInt(1), 8193).Bytes()), "AQAB"), "no modulus": entry("", "AQAB"),
		"even exponent": entry(n, encode([]byte{4})), "exponent of 1": entry(n, encode([]byte{1})), "huge exponent": entry(n, encode(make([]byte, 0, 9))+"_________"),
		"no base64url": entry("*", "AQAB"), "too many": map[string]any{"keys": make([]any, 101)},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool()
			p.set = map[string]any{"keys": set}
			if m, ok := set.(map[string]any); ok {
				p.set = m
			}
			v, _ := verifier(t, p, cognito.Config{})
			_, err := v.Verify(t.Context(), sign(keys()[0], usual(), claims(nil)), need())
			var failure *cognito.Error
			if !errors.As(err, &failure) || failure.Kind != cognito.Unavailable {
				t.Errorf("got %v, want the keys to be unavailable", err)
			}
		})
	}
}

// BenchmarkVerify is what a token costs that is kept, and one that is not.
func BenchmarkVerify(b *testing.B) {
	for name, room := range map[string]int64{"kept": cognito.DefaultKeptBytes, "new": noRoom} {
		b.Run(name, func(b *testing.B) {
			v := cognito.New(cognito.Config{HTTP: newPool(), Now: func() time.Time { return start }, KeptBytes: room})
			defer v.Close()
			token, need := sign(keys()[0], usual(), claims(nil)), need()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(context.Background(), token, need); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
