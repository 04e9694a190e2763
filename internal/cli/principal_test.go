package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestPrincipal(t *testing.T) {
	dir := t.TempDir()
	principal := func(arguments ...string) (string, string, int) {
		return run(t, map[string]string{"SHELL": "/bin/sh"}, append([]string{"principal", arguments[0], "--data", dir}, arguments[1:]...)...)
	}
	policy := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(policy, []byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errors, status := principal("add", "--arn", "arn:aws:iam::111122223333:user/ann", "--policy", policy, "--tag", "team=blue")
	user := regexp.MustCompile(`^export AWS_ACCESS_KEY_ID=(\S+)\nexport AWS_SECRET_ACCESS_KEY=(\S+)\n$`).FindStringSubmatch(out)
	if user == nil || errors != "" || status != 0 {
		t.Fatalf("add a user: got status %d, errors %q and output:\n%s", status, errors, out)
	}
	out, errors, status = principal("add", "--arn", "arn:aws:iam::111122223333:role/caller", "--session", "job-1", "--temporary", "--lasts", "1h")
	role := regexp.MustCompile(`^export AWS_ACCESS_KEY_ID=(\S+)\nexport AWS_SECRET_ACCESS_KEY=(\S+)\nexport AWS_SESSION_TOKEN=(\S+)\n$`).FindStringSubmatch(out)
	if role == nil || errors != "" || status != 0 {
		t.Fatalf("add a role: got status %d, errors %q and output:\n%s", status, errors, out)
	}

	out, _, _ = principal("list")
	for _, line := range []string{
		user[1] + "  arn:aws:iam::111122223333:user/ann  -  1  -\n",
		role[1] + "  arn:aws:iam::111122223333:role/caller  job-1  0  20",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("list: no %q in\n%s", line, out)
		}
	}
	for _, secret := range []string{user[2], role[2], role[3]} {
		if strings.Contains(out, secret) {
			t.Errorf("list shows a secret:\n%s", out)
		}
	}

	if _, errors, status = principal("remove", user[1]); status != 0 {
		t.Errorf("remove: got status %d, errors %q", status, errors)
	}
	if _, errors, status = principal("remove", user[1]); status != 2 || !strings.Contains(errors, "there is no such principal\nhint: see `sluice principal list`") {
		t.Errorf("remove again: got status %d, errors %q", status, errors)
	}
}

// TestPrincipalWarns: a condition key that nothing has is told of, and the principal is added.
func TestPrincipalWarns(t *testing.T) {
	dir := t.TempDir()
	policy := filepath.Join(dir, "policy.json")
	if err := os.WriteFile(policy, []byte(`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceArn": "x", "aws:RequestTag/a": "b"}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errors, status := run(t, nil, "principal", "add", "--data", dir, "--arn", "arn:aws:iam::111122223333:user/ann", "--policy", policy)
	if want := "sluice: warning: no request has the condition key aws:SourceArn: conditions see it absent\n"; status != 0 || errors != want || !strings.Contains(out, "AWS_SECRET_ACCESS_KEY") {
		t.Errorf("got status %d, errors %q and output:\n%s", status, errors, out)
	}
}

func TestPrincipalRefused(t *testing.T) {
	dir := t.TempDir()
	wrong := filepath.Join(dir, "wrong.json")
	if err := os.WriteFile(wrong, []byte(`{"Statement": {"Effect": "Perhaps"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name      string
		arguments []string
		status    int
		want      string
	}{
		{"no ARN", nil, 2, `required flag(s) "arn" not set`},
		{"a bad ARN", []string{"--arn", "ann"}, 1, `arn: "ann" is not the ARN of a user, a role, a role's session or an account's root`},
		{"a session of a user", []string{"--arn", "arn:aws:iam::111122223333:user/ann", "--session", "job"}, 1, "session name: only the ARN of a role takes one"},
		{"a bad policy", []string{"--arn", "arn:aws:iam::111122223333:user/ann", "--policy", wrong}, 1, "policy 1: 1:26: Statement.Effect: neither Allow nor Deny"},
		{"no such file", []string{"--arn", "arn:aws:iam::111122223333:user/ann", "--policy", filepath.Join(dir, "none")}, 1, "policy: open "},
		{"lasting for ever, for an hour", []string{"--arn", "arn:aws:iam::111122223333:user/ann", "--lasts", "1h"}, 2, "--lasts is above zero, and for --temporary credentials"},
		{"a key without a secret", []string{"--arn", "arn:aws:iam::111122223333:user/ann", "--access-key-id", "AKIDEXAMPLE"}, 1, "secret access key: it is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, errors, status := run(t, nil, append([]string{"principal", "add", "--data", dir}, tt.arguments...)...)
			if status != tt.status || !strings.Contains(errors, tt.want) {
				t.Errorf("got status %d, errors %q, want %d and %q", status, errors, tt.status, tt.want)
			}
		})
	}
}
