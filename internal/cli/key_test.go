package cli

import (
	"regexp"
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	dir := t.TempDir()
	key := func(arguments ...string) (string, string, int) {
		return run(t, map[string]string{"SHELL": "/bin/sh"}, append([]string{"key", arguments[0], "--data", dir}, arguments[1:]...)...)
	}
	out, errors, status := key("create", "--account-id", "123456789012")
	made := regexp.MustCompile(`^export AWS_ACCESS_KEY_ID=(\S+)\nexport AWS_SECRET_ACCESS_KEY=(\S+)\n$`).FindStringSubmatch(out)
	if made == nil || errors != "" || status != 0 {
		t.Fatalf("create: got status %d, errors %q and output:\n%s", status, errors, out)
	}
	out, _, status = key("list")
	if status != 0 || !strings.HasPrefix(out, made[1]+"  123456789012  ") || strings.Contains(out, made[2]) {
		t.Errorf("list: got status %d and output:\n%s", status, out)
	}

	// A server that starts here makes no first key.
	if banner := serveOnce(t, "--data", dir); strings.Contains(banner, "SECRET") {
		t.Errorf("a start with a key made another:\n%s", banner)
	}

	if _, errors, status = key("delete", made[1]); status != 0 {
		t.Errorf("delete: got status %d, errors %q", status, errors)
	}
	if _, errors, status = key("delete", made[1]); status != 2 || !strings.Contains(errors, "no such access key\nhint: see `sluice key list`") {
		t.Errorf("delete again: got status %d, errors %q", status, errors)
	}
	if out, _, _ = key("list"); out != "" {
		t.Errorf("list after delete: got %q", out)
	}
}

func TestKeyNeedsADirectory(t *testing.T) {
	_, errors, status := run(t, nil, "key", "list", "--data", ":memory:")
	if status != 1 || !strings.Contains(errors, "data: :memory: has no keys") {
		t.Errorf("got status %d, errors %q", status, errors)
	}
}
