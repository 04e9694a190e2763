package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The generated files in the repository are what the generator writes now.
func TestGeneratedIsCurrent(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale, run make generate (-want +got):\n%s", name, diff)
		}
	}
}

func TestOverlayProblems(t *testing.T) {
	tests := []struct{ name, overlay, want string }{
		{"no reason", `{"enumOrder":[{"shape":"Op","order":["copy","add"]}]}`, "enum order Op: no reason given"},
		{"no permutation", `{"enumOrder":[{"shape":"Op","order":["add"],"reason":"r"}]}`, "enum order Op: not in the model"},
		{"unknown member", `{"memberShapes":[{"structure":"S","member":"x","shape":"Op","reason":"r"}]}`, "member shape S.x: not in the model"},
		{"unknown first member", `{"membersFirst":[{"structure":"S","members":["a","x"],"reason":"r"}]}`, "members first S: not in the model"},
		{"unknown label", `{"greedyLabels":[{"label":"b","reason":"r"}]}`, "greedy label b: not in the model"},
		{"unknown operation", `{"notImplemented":[{"operations":["Do","Undo"],"reason":"r"}]}`, "not implemented Undo: not in the model"},
		{"known shape", `{"shapes":[{"name":"S","shape":{},"reason":"r"}]}`, "new shape S: not in the model"},
		{"fine", `{"enumOrder":[{"shape":"Op","order":["copy","add"],"reason":"r"}],"greedyLabels":[{"label":"a","reason":"r"}]}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m model
			const text = `{"operations":{"Do":{"http":{"requestUri":"/x/{a}"}}},
				"shapes":{"Op":{"type":"string","enum":["add","copy"]},"S":{"type":"structure","members":{"a":{"shape":"Op"}}}}}`
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatal(err)
			}
			var o overlay
			if err := json.Unmarshal([]byte(tt.overlay), &o); err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := o.apply(&m); err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBoundOperations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bind.go")
	const source = `package control
func (c *Control) Bind(mux *restjson.Mux) {
	restjson.Bind(mux, apigw.GetStage, c.getStage)
	restjson.Bind(mux, apigw.PutMethod, c.putMethod)
	other.Bind(mux, apigw.GetModel, c.getModel)
	restjson.Bind(mux, info, c.getModels)
}`
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	bound, err := boundOperations(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GetStage", "PutMethod"}, slices.Sorted(maps.Keys(bound))); diff != "" {
		t.Error(diff)
	}
	if bound, err = boundOperations(filepath.Join(t.TempDir(), "none.go")); err != nil || len(bound) > 0 {
		t.Errorf("no file: got %v, %v", bound, err)
	}
}

func TestEnumWord(t *testing.T) {
	tests := []struct{ in, want string }{
		{"HTTP_PROXY", "HttpProxy"}, {"add", "Add"}, {"0.5", "0Point5"}, {"DEFAULT_4XX", "Default4xx"},
		{"SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicyTls1313202509"}, {"ipv4", "Ipv4"},
	}
	for _, tt := range tests {
		if got := enumWord(tt.in); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}
