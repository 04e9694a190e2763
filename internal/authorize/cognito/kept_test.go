package cognito_test

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
)

// noRoom is a bound under which no token is kept.
const noRoom = 1

// outcome returns all that a Verifier says of a token.
func outcome(t *testing.T, v *cognito.Verifier, token string, need *cognito.Need) string {
	t.Helper()
	c, err := v.Verify(t.Context(), token, need)
	if err == nil {
		return "accepted " + c.Subject() + " " + c.Authorizer().String()
	}
	return fmt.Sprint(kindOf(t, err), " ", err)
}

// named returns a pool's key set with one key, as "one".
func named(key *rsa.PrivateKey) map[string]any { return keySet(map[string]*rsa.PrivateKey{"one": key}) }

// What is kept spares the signature's check and nothing else: each step has the answer that a Verifier without
// room gives.
func TestKeptTokens(t *testing.T) { synctest.Test(t, testKeptTokens) }

func testKeptTokens(t *testing.T) {
	p := newPool()
	v, now := verifier(t, p, cognito.Config{})
	forgetful := cognito.New(cognito.Config{HTTP: p, Now: func() time.Time { return *now }, KeptBytes: noRoom})
	defer forgetful.Close()
	end := start.Add(30 * time.Hour)
	token := sign(keys()[0], usual(), claims(map[string]any{"exp": end.Unix(), "nbf": start.Unix()}))
	access := sign(keys()[0], usual(), claims(map[string]any{"exp": end.Unix(), "token_use": "access", "scope": "a b"}))
	parts, different := strings.Split(token, "."), strings.Split(sign(keys()[0], usual(), claims(nil)), ".")
	audience, elsewhere := need(), need()
	audience.Audience = func(aud string) bool { return aud == "x" }
	elsewhere.Pools = elsewhere.Pools[:1]
	after := func(d time.Duration) func() { return func() { *now = now.Add(d) } }
	anHourAfter := func(set map[string]any, err error) func() { // keys are not fresh then
		return func() { *now = now.Add(time.Hour); p.change(func() { p.set, p.err = set, err }) }
	}
	same := func() {}
	const accepted, invalid, expired, unavailable = "accepted", "0", "1", "2"
	steps := []struct {
		name   string
		before func()
		token  string
		need   *cognito.Need
		want   string
		checks int64 // of signatures
	}{
		{"the first time", same, token, need(), accepted, 1},
		{"again", same, token, need(), accepted, 0},
		{"for another audience", same, token, audience, invalid, 0},
		{"for another pool", same, token, elsewhere, invalid, 0},
		{"for a method with scopes", same, token, need("a"), invalid, 1},
		{"an access token for its scope", same, access, need("a"), accepted, 1},
		{"for another of its scopes", same, access, need("b"), accepted, 0},
		{"for a scope that it does not have", same, access, need("c"), invalid, 0},
		{"another signature", same, parts[0] + "." + parts[1] + "." + different[2], need(), invalid, 1},
		{"another payload", same, parts[0] + "." + different[1] + "." + parts[2], need(), invalid, 1},
		{"another header", same, encode([]byte(`{"kid":"one","alg":"RS256"}`)) + "." + parts[1] + "." + parts[2], need(), invalid, 1},
		{"the token itself is still kept", same, token, need(), accepted, 0},
		{"before it counts", after(-61 * time.Second), token, need(), invalid, 0},
		{"when it counts", after(time.Second), token, need(), accepted, 0},
		{"while the same key is fetched", anHourAfter(named(keys()[0]), nil), token, need(), accepted, 0},
		{"with the same key", same, token, need(), accepted, 0},
		{"while another key of that id is fetched", anHourAfter(named(keys()[1]), nil), token, need(), accepted, 0},
		{"with another key of that id", same, token, need(), invalid, 1},
		{"while the first key is fetched again", anHourAfter(named(keys()[0]), nil), token, need(), invalid, 1},
		{"with the first key", same, token, need(), accepted, 1},
		{"kept anew", same, token, need(), accepted, 0},
		{"while a set without the key is fetched", anHourAfter(keySet(nil), nil), token, need(), accepted, 0},
		{"without the key", same, token, need(), invalid, 0},
		{"when the key is back", anHourAfter(named(keys()[0]), nil), token, need(), accepted, 1},
		{"while the pool fails", anHourAfter(named(keys()[0]), errors.New("broken")), token, need(), accepted, 0},
		{"as long as the key may be used", after(22*time.Hour + 59*time.Minute), token, need(), accepted, 0},
		{"when it may not", after(time.Minute), token, need(), unavailable, 0},
		{"when the pool is back", func() { *now = now.Add(5 * time.Second); p.change(func() { p.err = nil }) }, token, need(), accepted, 0},
		{"until it expires", func() { *now = end.Add(-1) }, token, need(), accepted, 0},
		{"expired", after(1), token, need(), expired, 0},
	}
	for _, step := range steps {
		step.before()
		before := v.Stats().Checks
		got, without := outcome(t, v, step.token, step.need), outcome(t, forgetful, step.token, step.need)
		synctest.Wait() // for fetches beside the request
		if kind, _, _ := strings.Cut(got, " "); kind != step.want || got != without {
			t.Errorf("%s: got %q, want %s; without room it is %q", step.name, got, step.want, without)
		}
		if checks := v.Stats().Checks - before; checks != step.checks {
			t.Errorf("%s: the signature was checked %d times, want %d", step.name, checks, step.checks)
		}
	}
}

// Whatever happens, and in which order, the answers are those of a Verifier that keeps nothing.
func TestKeptTokensAtRandom(t *testing.T) { synctest.Test(t, testKeptTokensAtRandom) }

func testKeptTokensAtRandom(t *testing.T) {
	p := newPool()
	v, now := verifier(t, p, cognito.Config{KeptBytes: 8 << 10}) // some of the tokens
	forgetful := cognito.New(cognito.Config{HTTP: p, Now: func() time.Time { return *now }, KeptBytes: noRoom})
	defer forgetful.Close()
	sets := []map[string]any{named(keys()[0]), named(keys()[1]), keySet(map[string]*rsa.PrivateKey{"one": keys()[0], "two": keys()[1]}), keySet(nil)}
	var tokens []string
	for i, key := range keys() {
		for _, id := range []string{"one", "two"} {
			for j, changes := range []map[string]any{
				{"exp": start.Unix() + 40_000}, {"exp": start.Unix() + 4_000_000, "nbf": start.Unix() + 20_000}, {"exp": start.Unix() + 4_000_000, "aud": "x"},
				{"exp": start.Unix() + 4_000_000, "token_use": "access", "scope": "a b"}, {"exp": start.Unix() + 4_000_000, "sub": i},
			} {
				token := sign(key, map[string]any{"alg": "RS256", "kid": id}, claims(changes))
				tokens = append(tokens, token)
				if j == 0 {
					tokens = append(tokens, token[:len(token)-8]+"AAAAAAAA")
				}
			}
		}
	}
	audience := need()
	audience.Audience = func(aud string) bool { return aud == "x" }
	needs := []*cognito.Need{need(), need(), need(), audience, need("a"), need("b", "c"), {}}
	random := rand.New(rand.NewPCG(7, 11))
	for i := range 3000 {
		switch random.IntN(40) {
		case 0:
			*now = now.Add(time.Duration(random.Int64N(int64(3 * time.Hour))))
		case 1:
			*now = now.Add(-min(now.Sub(start), time.Hour))
		case 2, 3:
			p.change(func() { p.set, p.err = sets[random.IntN(len(sets))], nil })
		case 4:
			p.change(func() { p.err = errors.New("broken") })
		case 5, 6, 7:
			p.change(func() { p.err = nil })
		}
		token, need := random.IntN(len(tokens)), random.IntN(len(needs))
		got, want := outcome(t, v, tokens[token], needs[need]), outcome(t, forgetful, tokens[token], needs[need])
		synctest.Wait()
		if got != want {
			t.Fatalf("request %d, token %d, need %d: got %q, want %q", i, token, need, got, want)
		}
	}
	if kept, all := v.Stats(), forgetful.Stats(); kept.Checks >= all.Checks || kept.Accepted < 100 {
		t.Errorf("got %+v, want fewer checks than in %+v", kept, all)
	}
}

// Tokens that are not accepted take no room, and those that are take no more than there is.
func TestKeptTokensAreBounded(t *testing.T) {
	const room, most = 32 << 10, 32 // no token counts for less than 1 KiB
	v, now := verifier(t, newPool(), cognito.Config{KeptBytes: room})
	verify := func(tokens []string) (checks int64) {
		before := v.Stats().Checks
		for _, token := range tokens {
			outcome(t, v, token, need())
		}
		return v.Stats().Checks - before
	}
	many := make([]string, 4*most)
	for i := range many {
		many[i] = sign(keys()[0], usual(), claims(map[string]any{"jti": i}))
	}
	good := many[:5]
	verify(good)
	refused := make([]string, 0, 2000)
	for i := range cap(refused) / 2 {
		refused = append(refused, good[0][:len(good[0])-10]+encode(fmt.Appendf(nil, "%07d", i)), fmt.Sprint("a.b.", i))
	}
	refused = append(refused, sign(keys()[0], usual(), claims(map[string]any{"exp": start.Unix()})), sign(keys()[0], usual(), claims(map[string]any{"token_use": "access"})))
	if got, want := verify(refused), int64(1002); got != want {
		t.Errorf("%d signatures were checked of tokens that are refused, want %d", got, want)
	}
	if got := verify(refused[2000:]); got != 2 {
		t.Errorf("%d signatures were checked of tokens that have expired or are of another use, want 2", got)
	}
	if got := verify(good); got != 0 {
		t.Errorf("%d signatures were checked again after tokens that were refused, want none", got)
	}
	used := int64(0)
	for i := range many {
		verify(many[i : i+1])
		used += verify(good[:1])
	}
	if used != 0 {
		t.Errorf("the signature of a token that is used all the time was checked %d times, want none", used)
	}
	if got := verify(many); got < int64(len(many)-most) {
		t.Errorf("%d signatures of %d were checked again, want all but %d at most", got, len(many), most)
	}
	*now = start.Add(100 * time.Second)
	if got := outcome(t, v, good[0], need()); got != "1 the token has expired" {
		t.Errorf("got %q", got)
	}
}

// Tokens and key sets change at once: what is accepted was signed with a key that the pool has, or had when its
// keys were fetched last.
func TestKeptTokensConcurrently(t *testing.T) {
	p := newPool()
	v := cognito.New(cognito.Config{HTTP: p, Now: func() time.Time { return start }, KeptBytes: 16 << 10})
	defer v.Close()
	var good, forged []string
	for i := range 16 {
		good = append(good, sign(keys()[0], usual(), claims(map[string]any{"jti": i})))
		forged = append(forged, sign(keys()[1], usual(), claims(map[string]any{"jti": i})))
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				n := (i + worker) % len(good)
				c, err := v.Verify(t.Context(), good[n], need())
				if err != nil || c.Subject() != "s" {
					t.Errorf("token %d: got %v", n, err)
				}
				if i%20 > 0 {
					continue
				}
				if _, err := v.Verify(t.Context(), forged[n], need()); err == nil {
					t.Errorf("forged token %d was accepted", n)
				}
			}
		})
	}
	wg.Wait()
}

// A token that is kept costs no memory.
func TestKeptTokenAllocatesNothing(t *testing.T) {
	v, _ := verifier(t, newPool(), cognito.Config{})
	token, need := sign(keys()[0], usual(), claims(nil)), need()
	need.Audience = func(aud string) bool { return aud == "client" }
	got := testing.AllocsPerRun(1000, func() {
		if _, err := v.Verify(t.Context(), token, need); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}
