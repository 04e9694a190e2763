package server

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sluice.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
}

func TestLoadConfigPrecedence(t *testing.T) {
	file := writeFile(t, `
control: 127.0.0.1:1
gateway: 127.0.0.1:1
admin: 127.0.0.1:1
account-id: 012345678901
data: from-file
suffix: [one.example, two.example]
shutdown-timeout: 5s
log-level: warn
`)
	got, err := LoadConfig(Sources{
		Flags: map[string]string{"control": "127.0.0.1:3"},
		LookupEnv: environment(map[string]string{
			"SLUICE_CONTROL":   "127.0.0.1:2",
			"SLUICE_GATEWAY":   "127.0.0.1:2",
			"SLUICE_CONFIG":    file,
			"SLUICE_UNRELATED": "x",
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultConfig()
	want.Control, want.Gateway, want.Admin = "127.0.0.1:3", "127.0.0.1:2", "127.0.0.1:1"
	want.AccountID, want.Data = "012345678901", "from-file"
	want.Suffixes = []string{"one.example", "two.example"}
	want.ShutdownTimeout, want.LogLevel = 5*time.Second, slog.LevelWarn
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestLoadConfigTellsAllProblems(t *testing.T) {
	file := writeFile(t, "data: x\nhost: y\nregion: {a: b}\nlog-format: xml\nlog-format: json\n")
	_, err := LoadConfig(Sources{
		Flags: map[string]string{"control": "nowhere", "gateway": "127.0.0.1:http7", "shutdown-timeout": "soon"},
		LookupEnv: environment(map[string]string{
			"SLUICE_ACCOUNT_ID": "12",
			"SLUICE_REGION":     "Mars",
			"SLUICE_LOG_LEVEL":  "loud",
			"SLUICE_SUFFIX":     "a.example, b_c",
			"SLUICE_AUTH":       "maybe",
		}),
		File: file,
	})
	if err == nil {
		t.Fatal("got no error")
	}
	want := []string{
		file + ":2: host: there is no such setting",
		file + ":3: region: neither a single value nor a list of them",
		file + ":5: log-format: set twice",
		`--shutdown-timeout: "soon" is not a duration, such as 30s`,
		`SLUICE_LOG_LEVEL: "loud" is none of debug, info, warn and error`,
		`control: "nowhere" is not an address of the form host:port`,
		`gateway: "127.0.0.1:http7" has no usable port`,
		`account-id: "12" is not twelve digits`,
		`region: "Mars" is not the name of a region, such as us-east-1`,
		`auth: "maybe" is neither verify nor off`,
		`suffix: "b_c" is not a domain name`,
		`log-format: "xml" is neither text nor json`,
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestLoadConfigFile(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"empty", "", ""},
		{"only comments", "# nothing\n", ""},
		{"a list", "- control\n", ":1: not a mapping"},
		{"no YAML", "control: [\n", "configuration file "},
		{"too long", strings.Repeat("# comment\n", 200_000), "more than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadConfig(Sources{Flags: map[string]string{"data": Memory}, File: writeFile(t, tt.content)})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := LoadConfig(Sources{File: filepath.Join(t.TempDir(), "none.yaml")}); err == nil {
		t.Error("a configuration file that does not exist is ignored")
	}
}

func TestAuthOffIsForLoopbackOnly(t *testing.T) {
	tests := []struct {
		address string
		want    bool
	}{
		{"127.0.0.1:4567", true},
		{"127.1.2.3:0", true},
		{"localhost:4567", true},
		{"LocalHost:4567", true},
		{"[::1]:4567", true},
		{"[::ffff:127.0.0.1]:4567", true},
		{"0.0.0.0:4567", false},
		{":4567", false},
		{"[::]:4567", false},
		{"192.168.0.1:4567", false},
		{"localhost.example:4567", false},
		{"127.0.0.1.example:4567", false},
	}
	for _, tt := range tests {
		config := DefaultConfig()
		config.Data, config.Auth, config.Control = Memory, Off, tt.address
		if err := config.Validate(); (err == nil) != tt.want {
			t.Errorf("auth off at %s: got error %v, want it allowed: %v", tt.address, err, tt.want)
		}
	}
}

func TestSettingsHaveDefaults(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	config := DefaultConfig()
	for _, setting := range Settings() {
		changed := config
		if err := setting.set(&changed, setting.Default()); err != nil {
			t.Errorf("%s: its default is refused: %v", setting.Name, err)
		}
		if setting.Usage == "" || setting.Value == "" {
			t.Errorf("%s: there is no help for it", setting.Name)
		}
	}
}

func TestDefaultDataDirWithoutHome(t *testing.T) {
	if got := defaultDataDir(func(string) string { return "" }); got != "" {
		t.Errorf("got %q without a home, want nothing", got)
	}
}
