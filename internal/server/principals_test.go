package server

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

// writeSecrets writes a file that its owner alone may read.
func writeSecrets(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "principals.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadPrincipals(t *testing.T) {
	path := writeSecrets(t, `
- access_key_id: AKIDANN
  secret_access_key: s1
  arn: arn:aws:iam::111122223333:user/ann
  tags: {team: blue}
  policies:
    - Version: 2012-10-17
      Statement: [{Effect: Allow, Action: execute-api:Invoke, Resource: "*"}]
    - '{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
- {access_key_id: ASIAJOB, secret_access_key: s2, session_token: t, expires: 2027-01-01T00:00:00Z, arn: "arn:aws:iam::111122223333:role/caller", session_name: job-1}
`)
	got, err := readPrincipals(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[1].SessionName != "job-1" || got[1].Expires.Year() != 2027 {
		t.Fatalf("got %+v", got)
	}
	want := []string{`{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		`{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}`}
	if diff := cmp.Diff(want, got[0].Policies); diff != "" {
		t.Errorf("policies differ (-want +got):\n%s", diff)
	}
}

func TestReadPrincipalsRefused(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown member", "- {access_key: x}", "field access_key not found"},
		{"no list", "a: b", "cannot unmarshal"},
		{"bad principal", "- {access_key_id: AKIDANN, secret_access_key: s, arn: ann}", `principal AKIDANN: arn: "ann" is not the ARN`},
		{"bad policy", "- {access_key_id: AKIDANN, secret_access_key: s, arn: 'arn:aws:iam::111122223333:user/ann', policies: [{Statement: []}]}",
			"policy 1: 1:14: Statement: there is no statement"},
		{"twice", "- &a {access_key_id: AKIDANN, secret_access_key: s, arn: 'arn:aws:iam::111122223333:user/ann'}\n- *a", "the access key is another principal's, too"},
	}
	for _, tt := range tests {
		if _, err := readPrincipals(writeSecrets(t, tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

// TestPrincipalsAreSecret: a file that others may read is refused.
func TestPrincipalsAreSecret(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such modes")
	}
	path := writeSecrets(t, "[]")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err := readPrincipals(path)
	if err == nil || !strings.Contains(err.Error(), "holds secrets and has mode 0640") {
		t.Errorf("got %v", err)
	}
}

// TestPrincipalsOfTheStore: what is added is found by the gateway after a start, with the access keys of the control
// plane; what is removed is not.
func TestPrincipalsOfTheStore(t *testing.T) {
	s := memstore.New()
	t.Cleanup(func() { _ = s.Close() })
	all := &Principals{s}
	user := iam.Principal{AccessKeyID: "AKIDANN", SecretAccessKey: "s1", ARN: "arn:aws:iam::111122223333:user/ann"}
	if err := all.Add(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	if err := all.Add(t.Context(), user); err == nil {
		t.Error("a principal can be added twice")
	}
	key, err := (&Keys{s}).Create(t.Context(), "111122223333")
	if err != nil {
		t.Fatal(err)
	}
	user.AccessKeyID = key.ID
	if err := all.Add(t.Context(), user); err == nil {
		t.Error("a principal can have the access key of the control plane")
	}
	list, err := all.List(t.Context())
	if err != nil || len(list) != 1 || list[0].SecretAccessKey != "" {
		t.Errorf("list: got %+v, %v", list, err)
	}
	for _, id := range []string{"AKIDANN", key.ID} {
		if _, err := indexOf(t, s).Credentials(t.Context(), id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := all.Remove(t.Context(), "AKIDANN"); err != nil {
		t.Fatal(err)
	}
	if _, err := indexOf(t, s).Credentials(t.Context(), "AKIDANN"); err == nil {
		t.Error("a principal that was removed is found")
	}
}

// indexOf returns the index that a server makes of a store.
func indexOf(t *testing.T, s store.Store) *iam.Index {
	t.Helper()
	var made *iam.Index
	p := &principals{set: func(x *iam.Index) { made = x }}
	if err := p.refresh(context.Background(), s, update{all: true}); err != nil {
		t.Fatal(err)
	}
	return made
}
