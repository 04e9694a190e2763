// Package storetest is the contract of store.Store as a test suite that every backend runs.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/internal/store"
)

// Run tests the stores that open returns. Each is empty and is closed by the suite.
func Run(t *testing.T, open func(t testing.TB) store.Store) {
	tests := []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"Empty", testEmpty},
		{"Transaction", testTransaction},
		{"Scan", testScan},
		{"ScanStopsEarly", testScanStopsEarly},
		{"ErrorChangesNothing", testErrorChangesNothing},
		{"PanicChangesNothing", testPanicChangesNothing},
		{"GoexitChangesNothing", testGoexitChangesNothing},
		{"ViewIsReadOnly", testViewIsReadOnly},
		{"ViewIsIsolated", testViewIsIsolated},
		{"TransactionEnds", testTransactionEnds},
		{"Revision", testRevision},
		{"ValuesMayBeKept", testValuesMayBeKept},
		{"LargeValues", testLargeValues},
		{"Concurrent", testConcurrent},
		{"OneFailsOthersDoNot", testOneFailsOthersDoNot},
		{"ContextEnds", testContextEnds},
		{"Close", testClose},
		{"CloseWaits", testCloseWaits},
		{"Spaces", testSpaces},
		{"Watch", testWatch},
		{"WatchEnds", testWatchEnds},
		{"WatchResynchronises", testWatchResynchronises},
		{"WatchConcurrent", testWatchConcurrent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
					t.Errorf("close: %v", err)
				}
			})
			tt.test(t, s)
		})
	}
	t.Run("Model", func(t *testing.T) { testModel(t, open) })
}

// Contents reads the whole store, values as text.
func Contents(t testing.TB, s store.Store) map[store.Key]string {
	t.Helper()
	var got map[store.Key]string
	err := s.View(t.Context(), func(tx store.Tx) error {
		got = map[store.Key]string{}
		for k, v := range tx.Scan("", "") {
			got[k] = string(v)
		}
		return tx.Err()
	})
	if err != nil {
		t.Fatalf("read the store: %v", err)
	}
	return got
}

// Put puts values in one transaction and returns its revision.
func Put(t testing.TB, s store.Store, values map[store.Key]string) store.Revision {
	t.Helper()
	revision, err := s.Update(t.Context(), func(tx store.Tx) error {
		for k, v := range values {
			if err := tx.Put(k, []byte(v)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("put %v: %v", slices.Sorted(maps.Keys(values)), err)
	}
	return revision
}

func wantContents(t testing.TB, s store.Store, want map[store.Key]string) {
	t.Helper()
	if diff := cmp.Diff(want, Contents(t, s)); diff != "" {
		t.Errorf("contents (-want +got):\n%s", diff)
	}
}

func testEmpty(t *testing.T, s store.Store) {
	wantContents(t, s, map[store.Key]string{})
	err := s.View(t.Context(), func(tx store.Tx) error {
		value, ok, err := tx.Get("no/such/key")
		if value != nil || ok {
			t.Errorf("got %q, %v for a key that does not exist", value, ok)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func testTransaction(t *testing.T, s store.Store) {
	Put(t, s, map[store.Key]string{"a": "1", "b": "2", "empty": ""})
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(
			tx.Put("a", []byte("3")), wantGet(tx, "a", "3", true),
			tx.Delete("b"), wantGet(tx, "b", "", false),
			tx.Put("c", []byte("4")), tx.Delete("c"), wantGet(tx, "c", "", false),
			tx.Delete("b"), tx.Delete("no such key"),
			wantGet(tx, "empty", "", true),
		)
	})
	if err != nil {
		t.Error(err)
	}
	wantContents(t, s, map[store.Key]string{"a": "3", "empty": ""})
}

// wantGet returns an error when key does not have that value.
func wantGet(tx store.Tx, key store.Key, want string, wantOK bool) error {
	got, ok, err := tx.Get(key)
	if err == nil && (string(got) != want || ok != wantOK) {
		err = fmt.Errorf("get %q: got %q, %v, want %q, %v", key, got, ok, want, wantOK)
	}
	return err
}

func testScan(t *testing.T, s store.Store) {
	Put(t, s, map[store.Key]string{"a": "", "a/1": "", "a/2": "", "a/3": "", "a0": "", "b/1": "", "b/2": ""})
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		// Half of what the scans below meet is of this transaction.
		for _, key := range []store.Key{"a/0", "a/25", "a/9", "c/1"} {
			if err := tx.Put(key, nil); err != nil {
				return err
			}
		}
		if err := tx.Delete("a/2"); err != nil {
			return err
		}
		tests := []struct {
			prefix store.Prefix
			after  store.Key
			want   string
		}{
			{"", "", "a a/0 a/1 a/25 a/3 a/9 a0 b/1 b/2 c/1"},
			{"a/", "", "a/0 a/1 a/25 a/3 a/9"},
			{"a/", "a/0", "a/1 a/25 a/3 a/9"},
			{"a/", "a/1", "a/25 a/3 a/9"},
			{"a/", "a/2", "a/25 a/3 a/9"},
			{"a/", "a/9", ""},
			{"a/", "b/1", ""},
			{"b/", "a/9", "b/1 b/2"},
			{"c/", "", "c/1"},
			{"d/", "", ""},
			{"", store.Prefix("a/").After(), "a0 b/1 b/2 c/1"},
		}
		for _, tt := range tests {
			var got []string
			for key := range tx.Scan(tt.prefix, tt.after) {
				got = append(got, string(key))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("scan %q after %q: got %q, want %q", tt.prefix, tt.after, got, tt.want)
			}
		}
		return tx.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

func testScanStopsEarly(t *testing.T, s store.Store) {
	Put(t, s, map[store.Key]string{"a": "1", "b": "2", "c": "3"})
	err := s.View(t.Context(), func(tx store.Tx) error {
		for key, value := range tx.Scan("", "") {
			if key != "a" || string(value) != "1" {
				t.Errorf("got %q = %q first", key, value)
			}
			break
		}
		// The transaction is as good as before.
		return errors.Join(tx.Err(), wantGet(tx, "c", "3", true))
	})
	if err != nil {
		t.Error(err)
	}
}

func testErrorChangesNothing(t *testing.T, s store.Store) {
	Put(t, s, map[store.Key]string{"a": "1"})
	failure := errors.New("no")
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put("a", []byte("2")), tx.Put("b", nil), failure)
	})
	if !errors.Is(err, failure) {
		t.Errorf("got error %v, want %v", err, failure)
	}
	if err := s.View(t.Context(), func(store.Tx) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("view: got error %v, want %v", err, failure)
	}
	wantContents(t, s, map[store.Key]string{"a": "1"})
}

func testPanicChangesNothing(t *testing.T, s store.Store) {
	func() {
		defer func() {
			if p := recover(); p != "bug" {
				t.Errorf("got panic %v, want that of the function", p)
			}
		}()
		_, _ = s.Update(t.Context(), func(tx store.Tx) error {
			if err := tx.Put("a", nil); err != nil {
				t.Error(err)
			}
			panic("bug")
		})
	}()
	Put(t, s, map[store.Key]string{"b": "1"})
	wantContents(t, s, map[store.Key]string{"b": "1"})
}

func testGoexitChangesNothing(t *testing.T, s store.Store) {
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = s.Update(t.Context(), func(tx store.Tx) error {
			defer runtime.Goexit() // as FailNow of a test does
			return tx.Put("a", nil)
		})
	})
	wg.Wait()
	Put(t, s, map[store.Key]string{"b": "1"})
	wantContents(t, s, map[store.Key]string{"b": "1"})
}

func testViewIsReadOnly(t *testing.T, s store.Store) {
	err := s.View(t.Context(), func(tx store.Tx) error {
		if err := tx.Put("a", nil); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("put: got error %v, want %v", err, store.ErrReadOnly)
		}
		if err := tx.Delete("a"); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("delete: got error %v, want %v", err, store.ErrReadOnly)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func testViewIsIsolated(t *testing.T, s store.Store) {
	Put(t, s, map[store.Key]string{"a": "1", "b": "1"})
	err := s.View(t.Context(), func(tx store.Tx) error {
		if err := wantGet(tx, "a", "1", true); err != nil {
			return err
		}
		// Another goroutine's update passes while this view is open.
		var wg sync.WaitGroup
		wg.Go(func() { Put(t, s, map[store.Key]string{"a": "2", "b": "2", "c": "2"}) })
		wg.Wait()
		return errors.Join(wantGet(tx, "a", "1", true), wantGet(tx, "b", "1", true), wantGet(tx, "c", "", false))
	})
	if err != nil {
		t.Error(err)
	}
	wantContents(t, s, map[store.Key]string{"a": "2", "b": "2", "c": "2"})
}

func testTransactionEnds(t *testing.T, s store.Store) {
	var kept []store.Tx
	keep := func(tx store.Tx) error {
		kept = append(kept, tx)
		return nil
	}
	if err := s.View(t.Context(), keep); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Update(t.Context(), keep); err != nil {
		t.Fatal(err)
	}
	for _, tx := range kept {
		_, _, getErr := tx.Get("a")
		for range tx.Scan("", "") {
			t.Error("a scan yields after the transaction")
		}
		for _, err := range []error{getErr, tx.Put("a", nil), tx.Delete("a"), tx.Err()} {
			if !errors.Is(err, store.ErrTxDone) {
				t.Errorf("got error %v, want %v", err, store.ErrTxDone)
			}
		}
	}
}

func testRevision(t *testing.T, s store.Store) {
	first := Put(t, s, map[store.Key]string{"a": "1"})
	second := Put(t, s, map[store.Key]string{"a": "2"})
	if first == 0 || second <= first {
		t.Errorf("got revisions %d and %d, want them to grow from above 0", first, second)
	}
	unchanged := []func(store.Tx) error{
		func(store.Tx) error { return nil },
		func(tx store.Tx) error { return tx.Delete("no such key") },
	}
	for _, fn := range unchanged {
		got, err := s.Update(t.Context(), fn)
		if got != second || err != nil {
			t.Errorf("update that changes nothing: got revision %d, error %v, want %d", got, err, second)
		}
	}
}

func testValuesMayBeKept(t *testing.T, s store.Store) {
	Put(t, s, map[store.Key]string{"a": "first", "b": "first"})
	var got, scanned []byte
	err := s.View(t.Context(), func(tx store.Tx) error {
		var err error
		got, _, err = tx.Get("a")
		for _, value := range tx.Scan("", "a") {
			scanned = value
		}
		return errors.Join(err, tx.Err())
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		Put(t, s, map[store.Key]string{"a": fmt.Sprint(i), "b": fmt.Sprint(i)})
	}
	if string(got) != "first" || string(scanned) != "first" {
		t.Errorf("got %q and %q, want what was read", got, scanned)
	}
}

func testLargeValues(t *testing.T, s store.Store) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 6<<20/16)
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put("a", large), tx.Put("b", large[:1<<20]), tx.Put("c", nil))
	})
	if err != nil {
		t.Fatal(err)
	}
	got := Contents(t, s)
	if got["a"] != string(large) || got["b"] != string(large[:1<<20]) || len(got) != 3 {
		t.Errorf("got %d values of %d and %d bytes, want the large ones back", len(got), len(got["a"]), len(got["b"]))
	}
}

func testConcurrent(t *testing.T, s store.Store) {
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				_, err := s.Update(t.Context(), func(tx store.Tx) error {
					value, _, err := tx.Get("counter")
					return errors.Join(err, tx.Put("counter", append(bytes.Clone(value), '+')), tx.Put("mirror", append(bytes.Clone(value), '+')))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for range each {
				if got := Contents(t, s); got["counter"] != got["mirror"] {
					t.Errorf("a view saw %d in one place and %d in another", len(got["counter"]), len(got["mirror"]))
				}
			}
		})
	}
	wg.Wait()
	if got := len(Contents(t, s)["counter"]); got != writers*each {
		t.Errorf("counted to %d, want %d", got, writers*each)
	}
}

func testOneFailsOthersDoNot(t *testing.T, s store.Store) {
	const writers, each = 8, 20
	failure := errors.New("no")
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				fails := (w+i)%2 == 0
				_, err := s.Update(t.Context(), func(tx store.Tx) error {
					if err := tx.Put(store.Key(fmt.Sprintf("%v/%d/%d", fails, w, i)), nil); err != nil {
						return err
					}
					if fails {
						return failure
					}
					return nil
				})
				if fails != errors.Is(err, failure) || (!fails && err != nil) {
					t.Errorf("writer %d, update %d: got error %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
	got := Contents(t, s)
	if len(got) != writers*each/2 {
		t.Errorf("got %d keys, want %d", len(got), writers*each/2)
	}
	for key := range got {
		if strings.HasPrefix(string(key), "true/") {
			t.Errorf("key %q of a failed update is there", key)
		}
	}
}

func testContextEnds(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(store.Tx) error {
		t.Error("the function runs after its context has ended")
		return nil
	}
	if _, err := s.Update(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("update: got error %v, want %v", err, context.Canceled)
	}
	if err := s.View(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("view: got error %v, want %v", err, context.Canceled)
	}
	// A context that ends while another update runs ends the wait for it.
	ctx, cancel = context.WithCancel(t.Context())
	var wg sync.WaitGroup
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		wg.Go(func() {
			if _, err := s.Update(ctx, never); !errors.Is(err, context.Canceled) {
				t.Errorf("waiting update: got error %v, want %v", err, context.Canceled)
			}
		})
		cancel()
		wg.Wait()
		return tx.Put("a", nil)
	})
	if err != nil {
		t.Error(err)
	}
	wantContents(t, s, map[store.Key]string{"a": ""})
}

func testClose(t *testing.T, s store.Store) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fn := func(store.Tx) error {
		t.Error("the function runs in a store that is closed")
		return nil
	}
	_, updateErr := s.Update(t.Context(), fn)
	_, watchErr := s.Watch(t.Context())
	for _, err := range []error{s.View(t.Context(), fn), updateErr, watchErr, s.Close()} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("got error %v, want %v", err, store.ErrClosed)
		}
	}
}

func testCloseWaits(t *testing.T, s store.Store) {
	var wg sync.WaitGroup
	begun, closed := make(chan struct{}), make(chan struct{})
	err := s.View(t.Context(), func(tx store.Tx) error {
		wg.Go(func() {
			close(begun)
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			close(closed)
		})
		<-begun
		for range 100 {
			runtime.Gosched()
			select {
			case <-closed:
				t.Fatal("Close returned while a view was open")
			default:
			}
		}
		_, _, err := tx.Get("a")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	wg.Wait()
}

func testSpaces(t *testing.T, s store.Store) {
	want := []store.Space{
		store.In("000000000000", "eu-west-1"),
		store.In("000000000000", "us-east-1"),
		store.In("123456789012", "us-east-1"),
		store.In("z", "us-east-1"),
	}
	values := map[store.Key]string{store.AccessKey("AKID"): "{}"}
	for _, space := range want {
		for _, id := range []string{"a", "b"} {
			values[space.API(id).Key()] = "{}"
			values[space.API(id).Stage("prod")] = "{}"
		}
	}
	Put(t, s, values)
	var got []store.Space
	err := s.View(t.Context(), func(tx store.Tx) error {
		got = slices.Collect(store.Spaces(tx))
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spaces (-want +got):\n%s", diff)
	}
}

// testModel runs random transactions against the store and against a plain map.
func testModel(t *testing.T, open func(t testing.TB) store.Store) {
	s := open(t)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	model := map[store.Key]string{}
	maps.Copy(model, Contents(t, s))
	rapid.Check(t, func(r *rapid.T) {
		keys := rapid.StringMatching(`[ab]/[ab]{0,2}`)
		next := maps.Clone(model)
		commit := rapid.Bool().Draw(r, "commit")
		_, err := s.Update(t.Context(), func(tx store.Tx) error {
			for range rapid.IntRange(0, 8).Draw(r, "steps") {
				if err := modelStep(r, tx, next, store.Key(keys.Draw(r, "key"))); err != nil {
					return err
				}
			}
			if !commit {
				return errRolledBack
			}
			return nil
		})
		if commit && err == nil {
			model = next
		} else if !errors.Is(err, errRolledBack) {
			r.Fatal(err)
		}
		if diff := cmp.Diff(model, Contents(t, s)); diff != "" {
			r.Fatalf("contents (-want +got):\n%s", diff)
		}
	})
}

// errRolledBack ends the transactions of testModel that are not to be kept.
var errRolledBack = errors.New("rolled back on purpose")

// modelStep does one random thing to the transaction and to the map.
func modelStep(r *rapid.T, tx store.Tx, model map[store.Key]string, key store.Key) error {
	switch rapid.SampledFrom([]string{"put", "delete", "get", "scan"}).Draw(r, "step") {
	case "put":
		model[key] = rapid.StringN(0, 5, -1).Draw(r, "value")
		return tx.Put(key, []byte(model[key]))
	case "delete":
		delete(model, key)
		return tx.Delete(key)
	case "get":
		value, ok := model[key]
		return wantGet(tx, key, value, ok)
	}
	prefix := store.Prefix(rapid.SampledFrom([]string{"", "a/", "b/"}).Draw(r, "prefix"))
	var want, got []store.Key
	for _, k := range slices.Sorted(maps.Keys(model)) {
		if k > key && strings.HasPrefix(string(k), string(prefix)) {
			want = append(want, k)
		}
	}
	for k := range tx.Scan(prefix, key) {
		got = append(got, k)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("scan %q after %q (-want +got):\n%s", prefix, key, diff)
	}
	return tx.Err()
}
