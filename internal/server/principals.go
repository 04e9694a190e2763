package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/permit"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/sigv4"
	"github.com/sluice-gateway/sluice/internal/store"
)

// principals keeps the index of those who may sign requests, to either plane, equal to the store. In it are the
// principals of the configuration, those of the store, and the access keys, which speak for the root user of their
// account. It implements sigv4.Lookup; all else belongs to the publisher's goroutine.
type principals struct {
	configured []iam.Principal
	set        func(*iam.Index) // for the gateway
	log        *slog.Logger

	current atomic.Pointer[iam.Index]
}

// newPrincipals returns principals of which nobody is known before the first refresh.
func newPrincipals(configured []iam.Principal, set func(*iam.Index), log *slog.Logger) *principals {
	return &principals{configured: configured, set: set, log: log}
}

// Credentials implements sigv4.Lookup. Their Owner is an *authorize.Caller.
func (p *principals) Credentials(ctx context.Context, accessKeyID string) (sigv4.Credentials, error) {
	return p.current.Load().Credentials(ctx, accessKeyID)
}

// refresh makes a new index if the update names principals or access keys.
func (p *principals) refresh(ctx context.Context, s store.Store, u update) error {
	if !u.all && !u.principals {
		return nil
	}
	var all []iam.Principal
	err := s.View(ctx, func(tx store.Tx) error {
		all = append([]iam.Principal(nil), p.configured...)
		for key, value := range tx.Scan(store.Principals(), "") {
			var principal iam.Principal
			if err := json.Unmarshal(value, &principal); err != nil {
				p.log.ErrorContext(ctx, "a principal can't be read", "key", key, "error", err)
				continue
			}
			all = append(all, principal)
		}
		for key, value := range tx.Scan(store.AccessKeys(), "") {
			var access AccessKey
			if err := json.Unmarshal(value, &access); err != nil {
				p.log.ErrorContext(ctx, "an access key can't be read", "key", key, "error", err)
				continue
			}
			all = append(all, access.principal())
		}
		return tx.Err()
	})
	if err != nil {
		return fmt.Errorf("read principals: %w", err)
	}
	index, err := iam.NewIndex(all)
	if err != nil {
		p.log.ErrorContext(ctx, "principals that are wrong are left out", "error", err)
	}
	for _, who := range index.All() {
		for at, attached := range who.Policies {
			for _, key := range unknownKeys(attached) {
				p.log.WarnContext(ctx, "no request has a condition key of a principal's policy: conditions see it absent",
					"principal", who.Principal.ARN, "access_key", who.AccessKey, "policy", at+1, "key", key)
			}
		}
	}
	p.current.Store(index)
	p.set(index)
	return nil
}

// unknownKeys returns the condition keys of a policy that no request to either plane has.
func unknownKeys(p *policy.Policy) []string {
	return slices.DeleteFunc(p.FurtherKeys(), permit.KnownKey)
}

// UnknownConditionKeys returns the condition keys in a principal's policies that no request to either plane has, as
// they are written: conditions see them absent. Policies that are wrong have none.
func UnknownConditionKeys(principal *iam.Principal) []string {
	var names []string
	for _, document := range principal.Policies {
		if p, err := policy.Parse(document, policy.Identity); err == nil {
			names = append(names, unknownKeys(p)...)
		}
	}
	return names
}

// principal returns whom an access key speaks for. Who has it may change the account's APIs, and call them.
func (k *AccessKey) principal() iam.Principal {
	return iam.Principal{AccessKeyID: k.ID, SecretAccessKey: k.Secret, ARN: "arn:aws:iam::" + k.AccountID + ":root"}
}

// principalForm is a principal in a file: its policies may be written as YAML instead of as texts.
type principalForm struct {
	iam.Principal `yaml:",inline"`

	Policies []policyForm `yaml:"policies"`
}

// policyForm is a policy document as JSON.
type policyForm string

// UnmarshalYAML takes a text as it is and makes JSON of anything else.
func (p *policyForm) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*p = policyForm(node.Value)
		return nil
	}
	keepDates(node)
	var document any
	if err := node.Decode(&document); err != nil {
		return err
	}
	text, err := json.Marshal(document)
	*p = policyForm(text)
	return err
}

// keepDates makes texts of what YAML takes for dates, such as the version of a policy.
func keepDates(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!timestamp" {
		node.Tag = "!!str"
	}
	for _, child := range node.Content {
		keepDates(child)
	}
}

// readPrincipals reads a file of principals: a YAML list. As it holds secrets, nobody but its owner may read it.
func readPrincipals(path string) ([]iam.Principal, error) {
	if path == "" {
		return nil, nil
	}
	text, err := readSecrets(path)
	if err != nil {
		return nil, fmt.Errorf("principals: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var forms []principalForm
	if err := decoder.Decode(&forms); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("principals: %s: %w", path, err)
	}
	var list []iam.Principal
	for _, form := range forms {
		principal := form.Principal
		principal.Policies = nil
		for _, document := range form.Policies {
			principal.Policies = append(principal.Policies, string(document))
		}
		list = append(list, principal)
	}
	if _, err := iam.NewIndex(list); err != nil {
		return nil, fmt.Errorf("principals: %s: %w", path, err)
	}
	return list, nil
}

// readSecrets reads a file that its owner alone may read. Windows has no such modes.
func readSecrets(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // read only: nothing is lost
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	const others = 0o077
	if runtime.GOOS != "windows" && info.Mode().Perm()&others != 0 {
		return nil, withHint(fmt.Errorf("%s holds secrets and has mode %04o", path, info.Mode().Perm()), "chmod 600 "+path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err == nil && len(text) > maxFileBytes {
		err = fmt.Errorf("%s has more than %d bytes", path, maxFileBytes)
	}
	return text, err
}

// Principals manages the principals of a store that no server has open.
type Principals struct{ store store.Store }

// OpenPrincipals opens the principals in a data directory. The caller closes them.
func OpenPrincipals(data string) (*Principals, error) {
	if data == Memory {
		return nil, fmt.Errorf("data: %s has no principals when nothing runs", Memory)
	}
	s, err := openStore(data)
	if err != nil {
		return nil, err
	}
	return &Principals{s}, nil
}

// ErrPrincipalExists says that the access key of a principal is taken.
var ErrPrincipalExists = errors.New("the access key exists already")

// ErrNoPrincipal says that there is no principal with an access key.
var ErrNoPrincipal = errors.New("there is no such principal")

// NewPrincipalKey gives a principal a new access key, and a session token if its credentials are temporary.
func NewPrincipalKey(principal *iam.Principal, temporary bool) {
	key := newAccessKey("", time.Now())
	principal.AccessKeyID, principal.SecretAccessKey = key.ID, key.Secret
	if temporary {
		principal.SessionToken = rand.Text() + rand.Text()
	}
}

// Add stores a principal. It refuses one that is wrong, and an access key that exists, also one of the control
// plane.
func (p *Principals) Add(ctx context.Context, principal iam.Principal) error {
	if err := principal.Validate(); err != nil {
		return err
	}
	value, err := json.Marshal(principal)
	if err != nil {
		return err
	}
	_, err = p.store.Update(ctx, func(tx store.Tx) error {
		for _, key := range []store.Key{store.Principal(principal.AccessKeyID), store.AccessKey(principal.AccessKeyID)} {
			if _, taken, err := tx.Get(key); err != nil {
				return err
			} else if taken {
				return fmt.Errorf("%s: %w", principal.AccessKeyID, ErrPrincipalExists)
			}
		}
		return tx.Put(store.Principal(principal.AccessKeyID), value)
	})
	return err
}

// List returns all principals without their secrets, in the order of their access keys.
func (p *Principals) List(ctx context.Context) ([]iam.Principal, error) {
	var list []iam.Principal
	err := p.store.View(ctx, func(tx store.Tx) error {
		list = nil
		for name, value := range tx.Scan(store.Principals(), "") {
			var principal iam.Principal
			if err := json.Unmarshal(value, &principal); err != nil {
				return fmt.Errorf("read %s: %w", name, err)
			}
			list = append(list, principal.Redacted())
		}
		return tx.Err()
	})
	return list, err
}

// Remove removes the principal with an access key, so that what it signs is refused from the next start on.
func (p *Principals) Remove(ctx context.Context, accessKeyID string) error {
	_, err := p.store.Update(ctx, func(tx store.Tx) error {
		key := store.Principal(accessKeyID)
		if _, ok, err := tx.Get(key); err != nil {
			return err
		} else if !ok {
			return fmt.Errorf("%s: %w", accessKeyID, ErrNoPrincipal)
		}
		return tx.Delete(key)
	})
	return err
}

// Close releases the store.
func (p *Principals) Close() error { return p.store.Close() }
