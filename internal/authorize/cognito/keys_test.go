package cognito_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
)

// kindOf returns the kind of an error, -1 for none.
func kindOf(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return -1
	}
	var failure *cognito.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a *cognito.Error", err)
	}
	return int(failure.Kind)
}

// When keys are fetched, and when they are not.
func TestKeysAreKept(t *testing.T) {
	p := newPool()
	v, now := verifier(t, p, cognito.Config{})
	verify := func(key *rsa.PrivateKey, id string) int {
		t.Helper()
		c := claims(map[string]any{"exp": now.Unix() + 10})
		_, err := v.Verify(t.Context(), sign(key, map[string]any{"alg": "RS256", "kid": id}, c), need())
		return kindOf(t, err)
	}
	one, two := keys()[0], keys()[1]
	const accepted, invalid, unavailable = -1, int(cognito.Invalid), int(cognito.Unavailable)
	steps := []struct {
		name    string
		before  func()
		key     *rsa.PrivateKey
		id      string
		want    int
		fetches int // in all
	}{
		{"the first token fetches", func() {}, one, "one", accepted, 1},
		{"the second does not", func() {}, one, "one", accepted, 1},
		{"an unknown key soon after does not", func() { *now = now.Add(29 * time.Second) }, two, "two", invalid, 1},
		{"an unknown key does later", func() { *now = now.Add(time.Second) }, two, "two", invalid, 2},
		{"the pool has a new key", func() {
			*now = now.Add(30 * time.Second)
			p.change(func() { p.set = keySet(map[string]*rsa.PrivateKey{"two": two}) })
		}, two, "two", accepted, 3},
		{"the old one is gone", func() { *now = now.Add(30 * time.Second) }, one, "one", invalid, 4},
		{"a pool that fails fails unknown keys", func() { *now = now.Add(30 * time.Second); p.change(func() { p.err = errors.New("broken") }) }, one, "one", unavailable, 5},
		{"and is left alone for a while", func() { *now = now.Add(4 * time.Second) }, one, "one", unavailable, 5},
		{"known keys still count", func() {}, two, "two", accepted, 5},
		{"it is asked again", func() { *now = now.Add(time.Second) }, one, "one", unavailable, 6},
		{"keys that are too old don't count", func() { *now = now.Add(24 * time.Hour) }, two, "two", unavailable, 7},
		{"the pool is back", func() { *now = now.Add(5 * time.Second); p.change(func() { p.err = nil }) }, two, "two", accepted, 8},
	}
	for _, step := range steps {
		step.before()
		if got := verify(step.key, step.id); got != step.want {
			t.Errorf("%s: got %d, want %d", step.name, got, step.want)
		}
		if got := p.count(); got != step.fetches {
			t.Errorf("%s: %d fetches, want %d", step.name, got, step.fetches)
		}
	}
	if got, want := v.Stats(), (cognito.Stats{Accepted: 5, Refused: 3, Unavailable: 4, Checks: 4, Fetches: 8, Failures: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Keys that are not fresh any more are fetched again beside the request, which does not wait.
func TestKeysAreRefreshedBesideRequests(t *testing.T) {
	p := newPool()
	v, now := verifier(t, p, cognito.Config{})
	token := sign(keys()[0], usual(), claims(map[string]any{"exp": start.Unix() + 100_000}))
	if _, err := v.Verify(t.Context(), token, need()); err != nil {
		t.Fatal(err)
	}
	hold := make(chan struct{})
	p.change(func() { p.hold = hold })
	*now = now.Add(time.Hour)
	for range 2 {
		if _, err := v.Verify(t.Context(), token, need()); err != nil {
			t.Fatal(err)
		}
	}
	close(hold)
	v.Close() // the fetch is over
	if got := p.count(); got != 2 {
		t.Errorf("%d fetches, want 2", got)
	}
}

// Many tokens at once cost one fetch; one whose client goes away does not take it from the others.
func TestOneFetchForMany(t *testing.T) {
	p := newPool()
	hold := make(chan struct{})
	p.hold = hold
	v, _ := verifier(t, p, cognito.Config{})
	token := sign(keys()[0], usual(), claims(nil))
	gone, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := v.Verify(gone, token, need())
		left <- err
	}()
	var waiting sync.WaitGroup
	results := make([]error, 20)
	for i := range results {
		waiting.Go(func() { _, results[i] = v.Verify(t.Context(), token, need()) })
	}
	leave()
	if got := kindOf(t, <-left); got != int(cognito.Canceled) {
		t.Errorf("the client that left got %d, want %d", got, cognito.Canceled)
	}
	close(hold)
	waiting.Wait()
	for _, err := range results {
		if err != nil {
			t.Errorf("got %v", err)
		}
	}
	if got := p.count(); got != 1 {
		t.Errorf("%d fetches, want 1", got)
	}
}

// Close ends a fetch and those that wait for it; later ones fail at once.
func TestClose(t *testing.T) {
	p := newPool()
	p.hold, p.asked = make(chan struct{}), make(chan struct{})
	v, _ := verifier(t, p, cognito.Config{})
	token := sign(keys()[0], usual(), claims(nil))
	done := make(chan error)
	go func() {
		_, err := v.Verify(context.Background(), token, need())
		done <- err
	}()
	<-p.asked
	v.Close()
	if got := kindOf(t, <-done); got != int(cognito.Unavailable) {
		t.Errorf("got %d, want %d", got, cognito.Unavailable)
	}
	if _, err := v.Verify(context.Background(), sign(keys()[0], map[string]any{"alg": "RS256", "kid": "x"}, claims(nil)), need()); kindOf(t, err) != int(cognito.Unavailable) {
		t.Errorf("after Close: got %v", err)
	}
	if got := p.count(); got != 1 {
		t.Errorf("%d fetches, want 1", got)
	}
}
