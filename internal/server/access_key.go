package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/internal/store"
)

// AccessKey is what signs requests to the control plane. Signatures are checked with the
// secret itself, so the store holds it in clear; nothing shows it after its creation.
type AccessKey struct {
	ID        string    `json:"accessKeyId"`
	Secret    string    `json:"secretAccessKey"`
	AccountID string    `json:"accountId"`
	Created   time.Time `json:"createdDate"`
}

// newAccessKey returns a random access key, of the form that SDKs and people know.
func newAccessKey(accountID string, now time.Time) AccessKey {
	secret := make([]byte, 30) // 40 characters
	_, _ = rand.Read(secret)   // it never fails
	return AccessKey{
		ID:        "AKSL" + rand.Text()[:16],
		Secret:    base64.StdEncoding.EncodeToString(secret),
		AccountID: accountID,
		Created:   now.UTC().Truncate(time.Second),
	}
}

// createFirstKey puts an access key into a store that has none and returns it; where
// there are keys it returns nil.
func createFirstKey(ctx context.Context, s store.Store, accountID string, now time.Time) (*AccessKey, error) {
	var created *AccessKey
	_, err := s.Update(ctx, func(tx store.Tx) error {
		created = nil
		for range tx.Scan(store.AccessKeys(), "") {
			return tx.Err()
		}
		if err := tx.Err(); err != nil {
			return err
		}
		key := newAccessKey(accountID, now)
		created = &key
		return putKey(tx, key)
	})
	if err != nil {
		return nil, fmt.Errorf("create the first access key: %w", err)
	}
	return created, nil
}

// putKey stores an access key.
func putKey(tx store.Tx, key AccessKey) error {
	value, err := json.Marshal(key)
	if err != nil {
		return err
	}
	return tx.Put(store.AccessKey(key.ID), value)
}

// Keys manages the access keys of a store that no server has open.
type Keys struct{ store store.Store }

// OpenKeys opens the access keys in a data directory. The caller closes them.
func OpenKeys(data string) (*Keys, error) {
	if data == Memory {
		return nil, fmt.Errorf("data: %s has no keys when nothing runs", Memory)
	}
	s, err := openStore(data)
	if err != nil {
		return nil, err
	}
	return &Keys{s}, nil
}

// Create makes an access key for an account and returns it. It is the only chance to learn
// its secret.
func (k *Keys) Create(ctx context.Context, accountID string) (AccessKey, error) {
	if !accountPattern.MatchString(accountID) {
		return AccessKey{}, fmt.Errorf("account-id: %q is not twelve digits", accountID)
	}
	key := newAccessKey(accountID, time.Now())
	_, err := k.store.Update(ctx, func(tx store.Tx) error { return putKey(tx, key) })
	return key, err
}

// List returns all access keys without their secrets, in the order of their ids.
func (k *Keys) List(ctx context.Context) ([]AccessKey, error) {
	var keys []AccessKey
	err := k.store.View(ctx, func(tx store.Tx) error {
		keys = nil
		for name, value := range tx.Scan(store.AccessKeys(), "") {
			var key AccessKey
			if err := json.Unmarshal(value, &key); err != nil {
				return fmt.Errorf("read %s: %w", name, err)
			}
			key.Secret = ""
			keys = append(keys, key)
		}
		return tx.Err()
	})
	return keys, err
}

// ErrNoKey says that there is no access key of that id.
var ErrNoKey = errors.New("there is no such access key")

// Delete removes an access key, so that what it signs is refused from the next start on.
func (k *Keys) Delete(ctx context.Context, id string) error {
	_, err := k.store.Update(ctx, func(tx store.Tx) error {
		if _, ok, err := tx.Get(store.AccessKey(id)); err != nil {
			return err
		} else if !ok {
			return fmt.Errorf("%s: %w", id, ErrNoKey)
		}
		return tx.Delete(store.AccessKey(id))
	})
	return err
}

// Close releases the store.
func (k *Keys) Close() error { return k.store.Close() }
