package cognito

import (
	"context"
	"crypto/rsa"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// A pool's keys are fetched by the first token that needs them, by one fetch for all that wait, and kept. From
// an age of freshFor they are fetched again beside the requests; a pool that does not answer then is worked
// around until they are staleFor old. A token whose key is not among them has them fetched at once, since the
// pool may have new ones, but not within unknownRetry of the last fetch, so that tokens with invented keys
// cost the pool nothing. After a failed fetch none is made for failureRetry, and tokens that need one are
// answered as the failed one was.
const (
	freshFor     = time.Hour
	staleFor     = 24 * time.Hour
	unknownRetry = 30 * time.Second
	failureRetry = 5 * time.Second

	fetchTimeout = 5 * time.Second
	maxSetBytes  = 256 << 10
	maxKeys      = 100
	maxSets      = 1000 // more pools than that are never in use at once
)

// The keys that are accepted.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
)

// keySet is the keys of one issuer. A key that is fetched again stays the same pointer, so that what was
// verified with it still counts, and a key that is not the same pointer is another one.
type keySet struct {
	v          *Verifier
	address    string
	configured bool

	mu      sync.Mutex
	keys    map[string]*rsa.PublicKey // by id; replaced as a whole
	fetched time.Time                 // when keys were fetched
	tried   time.Time                 // when the last fetch ended
	failure error                     // of the last fetch
	fetch   chan struct{}             // closed when the fetch that goes on is over; nil without one

	used atomic.Int64 // when, in nanoseconds
}

// key returns an issuer's key of that id. It waits for a fetch if it must, until ctx ends.
func (v *Verifier) key(ctx context.Context, issuer *Issuer, configured bool, id string) (*rsa.PublicKey, error) {
	s := v.set(issuer.KeysURL, configured)
	key, wait, err := s.look(id)
	if wait == nil {
		return key, err
	}
	select {
	case <-wait:
	case <-ctx.Done():
		return nil, &Error{Kind: Canceled, Reason: "the client is gone", Err: ctx.Err()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known(id)
}

// set returns the keys of an address, none as yet if nobody asked before. The set that was not used for the
// longest time makes room.
func (v *Verifier) set(address string, configured bool) *keySet {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.sets[address]
	if s == nil {
		if len(v.sets) >= maxSets {
			v.forget()
		}
		s = &keySet{v: v, address: address, configured: configured}
		v.sets[address] = s
	}
	s.used.Store(v.now().UnixNano())
	return s
}

// forget drops the set that was not used for the longest time.
func (v *Verifier) forget() {
	oldest := ""
	for address, s := range v.sets {
		if oldest == "" || s.used.Load() < v.sets[oldest].used.Load() {
			oldest = address
		}
	}
	delete(v.sets, oldest)
}

// look returns the key of that id if it is there, or what can be said without a fetch; otherwise the end of a
// fetch to wait for.
func (s *keySet) look(id string) (key *rsa.PublicKey, wait <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.v.now()
	age := now.Sub(s.fetched)
	if key := s.keys[id]; key != nil && age < staleFor {
		if age >= freshFor && now.Sub(s.tried) >= unknownRetry {
			s.begin()
		}
		return key, nil, nil
	}
	if s.fetch == nil {
		pause := unknownRetry
		if s.failure != nil {
			pause = failureRetry
		}
		if !s.tried.IsZero() && now.Sub(s.tried) < pause || !s.begin() {
			key, err := s.known(id)
			return key, nil, err
		}
	}
	return nil, s.fetch, nil
}

// known returns the key of that id after a fetch. The caller holds the lock.
func (s *keySet) known(id string) (*rsa.PublicKey, error) {
	if key := s.keys[id]; key != nil && s.v.now().Sub(s.fetched) < staleFor {
		return key, nil
	}
	if s.failure != nil {
		return nil, &Error{Kind: Unavailable, Reason: "the keys of the user pool can't be fetched from " + s.address, Err: s.failure}
	}
	return nil, invalid("the token is signed with a key that the user pool does not have")
}

// begin starts a fetch, unless one goes on or the Verifier is closed; it reports whether one goes on then. The
// caller holds the lock.
func (s *keySet) begin() bool {
	if s.fetch != nil {
		return true
	}
	v := s.v
	v.mu.Lock() // Close stops, under the lock, before it waits
	defer v.mu.Unlock()
	if err := v.ctx.Err(); err != nil {
		s.failure = err
		return false
	}
	done := make(chan struct{})
	s.fetch = done
	v.running.Go(func() {
		keys, err := v.fetch(v.ctx, s.address, s.configured)
		v.fetches.Add(1)
		if err != nil {
			v.failures.Add(1)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tried, s.failure, s.fetch = v.now(), err, nil
		if err == nil {
			s.replace(keys)
			s.fetched = s.tried
		} else if v.ctx.Err() == nil {
			v.logger.Warn("the keys of a user pool can't be fetched", "url", s.address, "error", err)
		}
		close(done)
	})
	return true
}

// replace takes the keys of a fetch for those that there were. The caller holds the lock.
func (s *keySet) replace(keys map[string]*rsa.PublicKey) {
	for id, key := range keys {
		if had := s.keys[id]; had != nil && had.Equal(key) {
			keys[id] = had
		}
	}
	s.keys = keys
}

// fetch gets the key set of an address.
func (v *Verifier) fetch(ctx context.Context, address string, configured bool) (map[string]*rsa.PublicKey, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	req := integration.Request{
		Method:  "GET",
		URI:     integration.URI{Scheme: u.Scheme, Host: u.Host, Path: u.EscapedPath(), Query: u.RawQuery},
		Timeout: fetchTimeout, MaxResponseBytes: maxSetBytes, Trusted: configured,
	}
	if req.URI.Path == "" {
		req.URI.Path = "/"
	}
	req.Headers.Add("Accept", "application/json")
	var resp integration.Response
	defer resp.Reset()
	if err := v.http.Call(ctx, &req, &resp); err != nil {
		return nil, err
	}
	if resp.Status != 200 {
		return nil, fmt.Errorf("the answer has the status %d", resp.Status)
	}
	return parseKeys(resp.Body)
}

// parseKeys reads a JSON Web Key Set. Keys of other kinds and for other uses are left out.
//
// RFC 7517 section 5, RFC 7518 section 6.3.
func parseKeys(text []byte) (map[string]*rsa.PublicKey, error) {
	doc, err := jsonvalue.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("not a key set: %w", err)
	}
	list := doc.Get("keys")
	if list.Kind() != jsonvalue.Array {
		return nil, fmt.Errorf("not a key set: it has no list of keys")
	}
	if list.Len() > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d keys", maxKeys)
	}
	keys := make(map[string]*rsa.PublicKey, list.Len())
	for i, jwk := range list.Elements() {
		id := jwk.Get("kid").Text()
		if id == "" || jwk.Get("kty").Text() != "RSA" || !isOrAbsent(jwk.Get("use"), "sig") || !isOrAbsent(jwk.Get("alg"), algorithm) {
			continue
		}
		key, err := parseKey(jwk)
		if err != nil {
			return nil, fmt.Errorf("key %d (%s): %w", i, strconv.Quote(id), err)
		}
		keys[id] = key
	}
	return keys, nil
}

// isOrAbsent reports whether a member is that text, or not there.
func isOrAbsent(v jsonvalue.Value, text string) bool { return !v.Exists() || v.Text() == text }

// parseKey reads an RSA key.
func parseKey(jwk jsonvalue.Value) (*rsa.PublicKey, error) {
	n, failure := decodePart(jwk.Get("n").Text())
	if failure != nil {
		return nil, failure
	}
	e, failure := decodePart(jwk.Get("e").Text())
	if failure != nil {
		return nil, failure
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n)}
	if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return nil, fmt.Errorf("a modulus of %d bits", bits)
	}
	exponent := new(big.Int).SetBytes(e)
	if !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > 1<<31-1 || exponent.Bit(0) == 0 {
		return nil, fmt.Errorf("an unusable exponent")
	}
	key.E = int(exponent.Int64())
	return key, nil
}
