package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
)

// configured returns the configuration that a file makes.
func configured(t *testing.T, text string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sluice.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return LoadConfig(Sources{File: path})
}

func TestUserPoolsOfTheFile(t *testing.T) {
	config, err := configured(t, `
cognito:
  eu-west-1_a: http://localhost:9229/eu-west-1_a
  arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_b:
    issuer: https://login.example/realms/x
    jwks: https://login.example/realms/x/certs
    token_use: optional
`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]cognito.Issuer{
		"eu-west-1_a": {URL: "http://localhost:9229/eu-west-1_a"},
		"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_b": {URL: "https://login.example/realms/x", KeysURL: "https://login.example/realms/x/certs", AnyUse: true},
	}
	if diff := cmp.Diff(want, config.UserPools); diff != "" {
		t.Errorf("user pools differ (-want +got):\n%s", diff)
	}
}

func TestUserPoolsThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"cognito: x":                                       "cognito: not a mapping of user pools to issuers",
		"cognito:\n  p: x":                                 `:2: cognito: p: "x" is not the address of an HTTP server`,
		"cognito:\n  p: {jwks: http://h/k}":                ":2: cognito: p: issuer is missing",
		"cognito:\n  p: {issuer: http://h/, nope: 1}":      "there is no nope",
		"cognito:\n  p: {issuer: http://h/, token_use: x}": `token_use: "x" is neither required nor optional`,
		"cognito:\n  p: [http://h/]":                       "not a mapping",
		"cognito:\n  p: http://h/\n  p: http://h/":         "p",
	} {
		if _, err := configured(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
