package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every operation that is implemented has a proof, and each proof is there and calls its operation.
func TestProofs(t *testing.T) {
	root := filepath.Join("..", "..")
	m, err := loadModel(filepath.Join(root, "model", "apigateway-2015-07-09.json"), filepath.Join(root, "model", "overlay.json"))
	if err != nil {
		t.Fatal(err)
	}
	bound, err := boundOperations(filepath.Join(root, "internal", "control", "bind.go"))
	if err != nil {
		t.Fatal(err)
	}
	proofs, err := readProofs(filepath.Join(root, "conformance", "operations.txt"), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range m.operationNames() {
		if bound[name] && len(proofs[name]) == 0 {
			t.Errorf("%s is implemented without proof: name a fixture, script or test that calls it in conformance/operations.txt", name)
		}
		for _, proof := range proofs[name] {
			if err := checkProof(root, proof, name, m.Operations[name]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestReadProofs(t *testing.T) {
	m := &model{Operations: map[string]operation{"GetStage": {}, "GetStages": {}}}
	tests := []struct{ name, text, want string }{
		{"fine", "# head\n\nGetStage a.txtar b_test.go#TestB # why\nGetStages c.py\n", ""},
		{"unknown", "GetStage a\nGetStags a\n", ":2: GetStags is no operation"},
		{"twice", "GetStage a\nGetStage b\n", ":2: GetStage stands here twice"},
		{"nothing", "GetStage # soon\n", ":1: GetStage names no proof"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "operations.txt")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readProofs(path, m)
			if tt.want == "" {
				want := proofs{"GetStage": {"a.txtar", "b_test.go#TestB"}, "GetStages": {"c.py"}}
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("got error %v, proofs (-want +got):\n%s", err, diff)
				}
			} else if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("got %v, want ...%s", err, tt.want)
			}
		})
	}
}

func TestCheckProof(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a.py": "client.get_stage(restApiId=api)", "b.sh": "aws apigateway get-stage --rest-api-id x", "c.txtar": "GET /restapis/{{api}}/stages/v1\n",
		"d.txtar":   "GET /restapis/{{api}}/stages\nPOST /restapis/x/stages/y\n",
		"e_test.go": "package e\nfunc TestA() { sdk.GetStage(ctx, nil) }\nfunc TestB() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	op := operation{}
	op.HTTP.Method, op.HTTP.RequestURI = "GET", "/restapis/{restapi_id}/stages/{stage_name}"
	tests := []struct{ proof, want string }{
		{"a.py", ""}, {"b.sh", ""}, {"c.txtar", ""}, {"e_test.go#TestA", ""},
		{"d.txtar", "it does not call GetStage"},
		{"e_test.go#TestB", "it does not call GetStage"},
		{"e_test.go#TestC", "there is no function TestC"},
		{"e_test.go", "name a test, e_test.go#TestName"},
		{"f.py", "f.py"},
	}
	for _, tt := range tests {
		err := checkProof(root, tt.proof, "GetStage", op)
		if (tt.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.proof, err, tt.want)
		}
	}
}
