package cli

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run the program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sluice": func() {
			os.Exit(Main(context.Background(), os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, LookupEnv: os.LookupEnv}))
		},
	})
}

// TestScripts runs the scripts of testdata/script, which say what commands print. Beyond what scripts
// have of themselves there are
//
//	serve off|verify    starts a server with that --auth and sets the variables that lead to it
//	ids FILE            replaces in a file the ids of APIs and deployments
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("UPDATE") != "",
		RequireExplicitExec: false,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("no_proxy", "127.0.0.1")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve": func(ts *testscript.TestScript, _ bool, args []string) { serveScript(t, ts, args) },
			"ids":   hideIDs,
		},
	})
}

// serveScript starts a server for a script.
func serveScript(t *testing.T, ts *testscript.TestScript, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: serve off|verify")
	}
	s := startServe(t, "--data", ts.MkAbs("data"), "--auth", args[0])
	ts.Defer(func() {
		s.stop()
		if status := <-s.status; status != 0 {
			t.Errorf("serve: exit status %d; errors:\n%s", status, s.errors.String())
		}
	})
	ts.Setenv("AWS_ENDPOINT_URL_API_GATEWAY", s.url(t, "control plane"))
	for _, variable := range keyPattern.FindAllStringSubmatch(s.banner, -1) {
		ts.Setenv(variable[1], variable[2])
	}
}

// What differs from run to run: the key of a server, and ids by the words before them.
var (
	keyPattern = regexp.MustCompile(`(AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY)=(\S+)`)
	idPattern  = regexp.MustCompile(`(?m)(?:API |deployment |[iI]d": "|--rest-api-id |STAGES\n)([a-z0-9]{6,10})\b`)
)

// hideIDs replaces the ids in a file by their place in the order in which they come first.
func hideIDs(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: ids FILE")
	}
	text := ts.ReadFile(args[0])
	seen := map[string]bool{}
	for _, found := range idPattern.FindAllStringSubmatch(text, -1) {
		if id := found[1]; !seen[id] {
			seen[id] = true
			text = strings.ReplaceAll(text, id, "ID"+string(rune('@'+len(seen))))
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
