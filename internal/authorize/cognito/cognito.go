// Package cognito reads who calls from a JSON Web Token of an Amazon Cognito user pool, or of a provider
// that stands in for one.
//
// A token counts if one of the authorizer's pools signed it, with RS256 and a key of the pool's key set, if
// it has not expired, and if it is of the kind that the method wants. The keys are fetched when the first
// token needs them and kept; keys.go says for how long. Tokens that were accepted are kept, too, so that their
// signature is verified once: kept.go says what that may and what it must not change. The package calls a back end through the
// integration that it is given and knows no HTTP of its own. It does not know where in a request a token
// stands, nor what the client is told. Start reading at [Verifier.Verify].
//
// AWS: Control access to REST APIs using Amazon Cognito user pools as an authorizer.
package cognito

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// Pool is a user pool, as the ARN in an authorizer names it. The zero Pool is none.
type Pool struct {
	Partition string // "aws"
	Region    string
	ID        string // "eu-west-1_a1B2c3D4e"
	ARN       string
	Issuer    Issuer // Cognito itself; a Verifier may have another for the pool
}

// ParsePool reads the ARN of a user pool. It reports false for any other text. What it returns can stand in
// the name of a host and in a path.
//
// AWS: Actions, resources, and condition keys for Amazon Cognito User Pools (userpool).
func ParsePool(arn string) (Pool, bool) {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "cognito-idp" {
		return Pool{}, false
	}
	id, ok := strings.CutPrefix(parts[5], "userpool/")
	if !ok || !isName(parts[1]) || !isName(parts[3]) || !isName(id) {
		return Pool{}, false
	}
	p := Pool{Partition: parts[1], Region: parts[3], ID: id, ARN: arn}
	p.Issuer = issuerOf(&p)
	return p, true
}

// isName reports whether a text is made of letters, digits, hyphens and underscores, and has at least one.
func isName(text string) bool {
	for _, c := range []byte(text) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return text != ""
}

// Issuer says who signs the tokens of a pool.
type Issuer struct {
	URL string // the claim iss, exactly

	// KeysURL is where the pool's keys are, as a JSON Web Key Set; "" is /.well-known/jwks.json below URL.
	KeysURL string

	// AnyUse accepts tokens without the claim token_use, which only Cognito writes.
	AnyUse bool
}

// Validate says what is wrong with the issuer, nil if nothing is.
func (i Issuer) Validate() error {
	if i.URL == "" {
		return fmt.Errorf("issuer is missing")
	}
	for _, text := range []string{i.URL, i.keysURL()} {
		u, err := url.Parse(text)
		if err != nil {
			return err
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return fmt.Errorf("%q is not the address of an HTTP server", text)
		}
	}
	return nil
}

// keysURL returns where the keys are.
func (i Issuer) keysURL() string {
	if i.KeysURL != "" {
		return i.KeysURL
	}
	return strings.TrimSuffix(i.URL, "/") + "/.well-known/jwks.json"
}

// issuerOf returns who signs the tokens of a pool that Cognito itself keeps.
//
// AWS: Verifying JSON web tokens (Amazon Cognito developer guide).
func issuerOf(p *Pool) Issuer {
	domain := "amazonaws.com"
	if p.Partition == "aws-cn" {
		domain = "amazonaws.com.cn"
	}
	issuer := Issuer{URL: "https://cognito-idp." + p.Region + "." + domain + "/" + p.ID}
	issuer.KeysURL = issuer.keysURL()
	return issuer
}

// Config configures a [Verifier]. Only HTTP is required.
type Config struct {
	// HTTP fetches key sets.
	HTTP integration.Integration

	// Issuers stand in for Cognito, by the ARN or the id of a pool. They are valid: see [Issuer.Validate].
	// Their addresses are called wherever they lead, since the operator chose them.
	Issuers map[string]Issuer

	// KeptBytes bounds the memory of all tokens that are kept together; 0 is [DefaultKeptBytes].
	KeptBytes int64

	Logger *slog.Logger     // told of key sets that can't be fetched; nil logs nothing
	Now    func() time.Time // nil is time.Now
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	http    integration.Integration
	issuers map[string]Issuer // with the addresses of their keys
	kept    *keptTokens
	logger  *slog.Logger
	now     func() time.Time

	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	running sync.WaitGroup // fetches

	accepted, refused, unavailable, checks, fetches, failures atomic.Int64

	mu   sync.Mutex
	sets map[string]*keySet // by the address of the keys
}

// New returns a Verifier that knows no keys yet. The caller closes it.
func New(cfg Config) *Verifier {
	v := &Verifier{http: cfg.HTTP, issuers: maps.Clone(cfg.Issuers), logger: cfg.Logger, now: cfg.Now, sets: make(map[string]*keySet)}
	for name, issuer := range v.issuers {
		issuer.KeysURL = issuer.keysURL()
		v.issuers[name] = issuer
	}
	v.kept = newKeptTokens(cmp.Or(cfg.KeptBytes, DefaultKeptBytes))
	if v.logger == nil {
		v.logger = slog.New(slog.DiscardHandler)
	}
	if v.now == nil {
		v.now = time.Now
	}
	v.ctx, v.stop = context.WithCancel(context.Background())
	return v
}

// Stats are the numbers of a Verifier since it was made.
type Stats struct {
	Accepted    int64 // tokens
	Refused     int64 // tokens that are none of the pools, or not what the method wants
	Unavailable int64 // tokens whose pool's keys could not be had
	Checks      int64 // of signatures; there is none for a token that is kept
	Fetches     int64 // of keys
	Failures    int64 // fetches that gave no keys
}

// Stats returns the numbers so far.
func (v *Verifier) Stats() Stats {
	return Stats{
		Accepted: v.accepted.Load(), Refused: v.refused.Load(), Unavailable: v.unavailable.Load(), Checks: v.checks.Load(),
		Fetches: v.fetches.Load(), Failures: v.failures.Load(),
	}
}

// Close ends the fetches that go on. A Verify that waits for one fails.
func (v *Verifier) Close() {
	v.mu.Lock()
	v.stop()
	v.mu.Unlock()
	v.running.Wait()
}

// issuer returns who signs the tokens of a pool, and whether the operator said so.
func (v *Verifier) issuer(p *Pool) (issuer Issuer, configured bool) {
	if issuer, configured = v.issuers[p.ARN]; configured {
		return issuer, true
	}
	if issuer, configured = v.issuers[p.ID]; configured {
		return issuer, true
	}
	return p.Issuer, false
}

// Error is why a token was not accepted. The client never sees its text, the operator does.
type Error struct {
	Kind   Kind
	Reason string
	Err    error // the cause, or nil
}

// Kind says what a token was not accepted for.
type Kind uint8

// The kinds.
const (
	Invalid     Kind = iota // it is no token of the pools, or not one that the method wants
	Expired                 // it was one
	Unavailable             // the keys of its pool can't be had
	Canceled                // the client is gone
)

// Error describes the error for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Reason + ": " + e.Err.Error()
	}
	return e.Reason
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// invalid returns an Error for a token that doesn't count.
func invalid(reason string) *Error { return &Error{Kind: Invalid, Reason: reason} }
