package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/internal/protocol/sigv4"
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
		value, err := json.Marshal(key)
		if err != nil {
			return err
		}
		created = &key
		return tx.Put(store.AccessKey(key.ID), value)
	})
	if err != nil {
		return nil, fmt.Errorf("create the first access key: %w", err)
	}
	return created, nil
}

// keyring finds access keys in the store. It implements sigv4.Lookup.
type keyring struct{ store store.Store }

// Credentials implements sigv4.Lookup.
func (k keyring) Credentials(ctx context.Context, accessKeyID string) (sigv4.Credentials, error) {
	var key AccessKey
	err := k.store.View(ctx, func(tx store.Tx) error {
		value, ok, err := tx.Get(store.AccessKey(accessKeyID))
		if err != nil {
			return err
		}
		if !ok {
			return sigv4.ErrUnknownKey
		}
		return json.Unmarshal(value, &key)
	})
	if err != nil {
		return sigv4.Credentials{}, fmt.Errorf("look up an access key: %w", err)
	}
	return sigv4.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, AccountID: key.AccountID}, nil
}
