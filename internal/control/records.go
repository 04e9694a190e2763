package control

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store"
)

// tx is one transaction on behalf of one caller. It is valid for one run of the function that
// read or change was given, which may run again: it must not have effects outside of it.
type tx struct {
	store.Tx
	space  store.Space // what the caller's account has in the region of the call
	caller restjson.Caller
	now    time.Time
	newID  func(n int) string
	rules  integrationRules

	limits *Limits

	tallies map[store.Prefix]*tally // of what the transaction adds and removes
	indexed store.API               // whose entries for children the transaction has made anew
}

// read runs fn in a read-only transaction.
func read[Out any](ctx context.Context, c *Control, fn func(*tx) (*Out, error)) (out *Out, err error) {
	caller, now := restjson.CallerFrom(ctx), c.clock()
	err = c.store.View(ctx, func(stx store.Tx) error {
		out, err = fn(c.begin(stx, caller, now))
		return firstError(err, stx.Err())
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// change runs fn in a transaction that is kept when fn succeeds.
func change[Out any](ctx context.Context, c *Control, fn func(*tx) (*Out, error)) (*Out, error) {
	out, _, err := commit(ctx, c, fn)
	return out, err
}

// publish is change for what the data plane serves: it returns when the change is served.
func publish[Out any](ctx context.Context, c *Control, fn func(*tx) (*Out, error)) (*Out, error) {
	out, revision, err := commit(ctx, c, fn)
	if err != nil {
		return nil, err
	}
	if err := c.applied(ctx, revision); err != nil {
		return nil, fmt.Errorf("wait for the data plane to serve revision %d: %w", revision, err)
	}
	return out, nil
}

func commit[Out any](ctx context.Context, c *Control, fn func(*tx) (*Out, error)) (out *Out, revision store.Revision, err error) {
	caller, now := restjson.CallerFrom(ctx), c.clock()
	revision, err = c.store.Update(ctx, func(stx store.Tx) error {
		t := c.begin(stx, caller, now)
		if out, err = fn(t); err == nil {
			err = t.settle()
		}
		return firstError(err, stx.Err())
	})
	if err != nil {
		return nil, 0, err
	}
	return out, revision, nil
}

func (c *Control) begin(stx store.Tx, caller restjson.Caller, now time.Time) *tx {
	t := &tx{
		Tx: stx, space: store.In(caller.AccountID, caller.Region), caller: caller, now: now, newID: c.newID, limits: c.limits,
		rules: integrationRules{roleRequired: c.requireRoles, maxTimeoutMillis: c.maxTimeout, knownLink: c.knownLink},
	}
	if caller.OwnAccount {
		t.rules.roleAccount = caller.AccountID
	}
	return t
}

// firstError returns the error of a transaction. That of a broken scan comes first: what fn
// concluded from half a scan means nothing.
func firstError(fn, scan error) error {
	if scan != nil {
		return scan
	}
	return fn
}

// load returns the record under key, nil where there is none.
func load[T any](t *tx, key store.Key) (*T, error) {
	value, ok, err := t.Get(key)
	if err != nil || !ok {
		return nil, err
	}
	return decode[T](key, value)
}

// loadOr is load with an error for the record that is not there.
func loadOr[T any](t *tx, key store.Key, missing *apigw.Error) (*T, error) {
	record, err := load[T](t, key)
	if err == nil && record == nil {
		return nil, missing
	}
	return record, err
}

// list returns the records under prefix in the order of their keys.
func list[T any](t *tx, prefix store.Prefix) ([]T, error) {
	records := []T{}
	for key, value := range t.Scan(prefix, "") {
		record, err := decode[T](key, value)
		if err != nil {
			return nil, err
		}
		records = append(records, *record)
	}
	return records, t.Err()
}

// save stores record under key.
func save[T any](t *tx, key store.Key, record *T) error {
	value, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("encode record %s: %w", key, err)
	}
	return t.Put(key, value)
}

func decode[T any](key store.Key, value []byte) (*T, error) {
	record := new(T)
	if err := json.Unmarshal(value, record); err != nil {
		return nil, fmt.Errorf("decode record %s: %w", key, err)
	}
	return record, nil
}

// exists reports whether there is a record under key.
func (t *tx) exists(key store.Key) (bool, error) {
	_, ok, err := t.Get(key)
	return ok, err
}

// deleteAll deletes every record under prefix.
func (t *tx) deleteAll(prefix store.Prefix) error {
	var keys []store.Key
	for key := range t.Scan(prefix, "") {
		keys = append(keys, key)
	}
	for _, key := range keys {
		if err := t.Delete(key); err != nil {
			return err
		}
	}
	return t.Err()
}
