package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// errNoAPIKey answers requests for an API key that does not exist.
//
// Observed: GetApiKey of an unknown id.
var errNoAPIKey = apigw.NotFound("Invalid API Key identifier specified")

func (c *Control) createApiKey(ctx context.Context, in *apigw.CreateApiKeyRequest) (*apigw.ApiKey, error) {
	return publish(ctx, c, func(t *tx) (*apigw.ApiKey, error) {
		key := &apigw.ApiKey{
			Name: in.Name, Description: in.Description, CustomerId: in.CustomerId, Enabled: in.Enabled, Value: in.Value, Tags: in.Tags,
			StageKeys: []string{},
		}
		for _, s := range in.StageKeys {
			key.StageKeys = append(key.StageKeys, apigw.Value(s.RestApiId)+"/"+apigw.Value(s.StageName))
		}
		if err := t.createAPIKey(key); err != nil {
			return nil, err
		}
		if len(key.Tags) == 0 {
			key.Tags = nil
		}
		return key, nil
	})
}

// createAPIKey completes, checks and stores a new API key.
//
// Observed: an API key is disabled unless it is created enabled; an empty value is none.
func (t *tx) createAPIKey(key *apigw.ApiKey) error {
	if apigw.Value(key.Value) == "" {
		key.Value = new(t.newKeyValue())
	}
	for _, text := range []**string{&key.Name, &key.Description, &key.CustomerId} {
		if apigw.Value(*text) == "" {
			*text = nil
		}
	}
	key.Enabled = new(apigw.Value(key.Enabled))
	if err := checkAPIKeyValue(*key.Value); err != nil {
		return err
	}
	if err := checkTags(key.Tags); err != nil {
		return err
	}
	if err := t.checkStageKeys(key.StageKeys); err != nil {
		return err
	}
	holder, err := t.apiKeyWithValue(*key.Value)
	switch {
	case err != nil:
		return err
	case holder != "":
		return apigw.Conflict("API Key already exists")
	}
	id, err := t.freshID(apiIDLength, t.space.APIKey)
	if err != nil {
		return err
	}
	key.Id, key.CreatedDate = &id, &t.now
	if err := t.Put(t.space.APIKeyValue(valueDigest(*key.Value)), []byte(id)); err != nil {
		return err
	}
	return t.saveAPIKey(key)
}

// saveAPIKey checks and stores an API key that is new or was changed.
func (t *tx) saveAPIKey(key *apigw.ApiKey) error {
	if err := checkAPIKey(key); err != nil {
		return err
	}
	key.LastUpdatedDate = &t.now
	return save(t, t.space.APIKey(*key.Id), key)
}

// apiKey returns an API key of the caller's, with its value.
func (t *tx) apiKey(id string) (*apigw.ApiKey, error) {
	return loadOr[apigw.ApiKey](t, t.space.APIKey(id), errNoAPIKey)
}

// apiKeyWithValue returns the id of the API key that has a value, "" where none has.
func (t *tx) apiKeyWithValue(value string) (string, error) {
	id, _, err := t.Get(t.space.APIKeyValue(valueDigest(value)))
	return string(id), err
}

// valueDigest returns what stands for the value of an API key where the value itself should not stand.
func valueDigest(value string) string {
	digest := sha256.Sum256([]byte(value))
	return hex.EncodeToString(digest[:])
}

func (c *Control) getApiKey(ctx context.Context, in *apigw.GetApiKeyRequest) (*apigw.ApiKey, error) {
	return read(ctx, c, func(t *tx) (*apigw.ApiKey, error) {
		key, err := t.apiKey(in.ApiKey)
		if err != nil {
			return nil, err
		}
		if !apigw.Value(in.IncludeValue) {
			key.Value = nil
		}
		return taggedAPIKeyShown(key), nil
	})
}

// taggedAPIKeyShown returns a key as get and update show it: untagged things have empty tags there.
func taggedAPIKeyShown(key *apigw.ApiKey) *apigw.ApiKey {
	if key.Tags == nil {
		key.Tags = map[string]string{}
	}
	return key
}

// getApiKeys lists API keys, the newest first.
//
// Observed: the name that is looked for is the beginning of the keys' names, with its case.
func (c *Control) getApiKeys(ctx context.Context, in *apigw.GetApiKeysRequest) (*apigw.ApiKeys, error) {
	return read(ctx, c, func(t *tx) (*apigw.ApiKeys, error) {
		all, err := list[apigw.ApiKey](t, t.space.APIKeys())
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(k apigw.ApiKey) bool {
			return !strings.HasPrefix(apigw.Value(k.Name), apigw.Value(in.NameQuery)) ||
				apigw.Value(in.CustomerId) != "" && apigw.Value(k.CustomerId) != *in.CustomerId
		})
		items, next, err := page(all, func(k *apigw.ApiKey) string { return newestFirst(k.CreatedDate, *k.Id) }, in.Limit, in.Position)
		if !apigw.Value(in.IncludeValues) {
			for i := range items {
				items[i].Value = nil
			}
		}
		return &apigw.ApiKeys{Items: items, Position: next}, err
	})
}

// newestFirst returns a key that sorts things by their date of creation, the newest first, then by id.
func newestFirst(created *time.Time, id string) string {
	const end = 1<<63 - 1 // nanoseconds since the epoch, in the year 2262
	return fmt.Sprintf("%019d%s", end-max(0, apigw.Value(created).UnixNano()), id)
}

// updateApiKey changes an API key.
//
// Observed: the answer has no value.
func (c *Control) updateApiKey(ctx context.Context, in *apigw.UpdateApiKeyRequest) (*apigw.ApiKey, error) {
	return publish(ctx, c, func(t *tx) (*apigw.ApiKey, error) {
		key, err := t.apiKey(in.ApiKey)
		if err != nil {
			return nil, err
		}
		if len(in.PatchOperations) > 0 {
			had := slices.Clone(key.StageKeys)
			if err := apiKeyPatch.Apply(key, in.PatchOperations); err != nil {
				return nil, err
			}
			// A stage that the key had may be gone since: that is no reason to refuse another change.
			added := slices.DeleteFunc(slices.Clone(key.StageKeys), func(s string) bool { return slices.Contains(had, s) })
			if err := t.checkStageKeys(added); err != nil {
				return nil, err
			}
			if err := t.saveAPIKey(key); err != nil {
				return nil, err
			}
		}
		shown := *key
		shown.Value = nil
		return taggedAPIKeyShown(&shown), nil
	})
}

// deleteApiKey deletes an API key, takes it out of its usage plans and forgets how it used them.
func (c *Control) deleteApiKey(ctx context.Context, in *apigw.DeleteApiKeyRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		key, err := t.apiKey(in.ApiKey)
		if err != nil {
			return nil, err
		}
		plans, err := t.usagePlansOf(in.ApiKey)
		if err != nil {
			return nil, err
		}
		for _, plan := range plans {
			if err := t.removeUsagePlanKey(*plan.Id, in.ApiKey); err != nil {
				return nil, err
			}
		}
		for _, k := range []store.Key{t.space.APIKeyValue(valueDigest(*key.Value)), t.space.APIKey(in.ApiKey)} {
			if err := t.Delete(k); err != nil {
				return nil, err
			}
		}
		return &apigw.Empty{}, nil
	})
}
