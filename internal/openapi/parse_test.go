package openapi

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestParse runs the documents of testdata. Each file is an archive of
//
//	options       optional lines "basepath=split", "ignore=documentation"
//	document      the document
//	api           what it describes, one line for each thing
//	problems      what is wrong with it; absent where nothing is
//
// and UPDATE=1 writes the last two anew.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sections := make(map[string]string)
			for _, f := range archive.Files {
				sections[f.Name] = string(f.Data)
			}
			api, problems := Parse([]byte(sections["document"]), testOptions(sections["options"]))
			gotAPI, gotProblems := describe(t, api), describeProblems(problems)
			if os.Getenv("UPDATE") != "" {
				update(t, file, archive, gotAPI, gotProblems)
				return
			}
			if diff := cmp.Diff(sections["api"], gotAPI); diff != "" {
				t.Errorf("api (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(sections["problems"], gotProblems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func testOptions(lines string) Options {
	options := Options{AccountID: "123456789012", Region: "eu-west-1", Partition: "aws"}
	for line := range strings.Lines(lines) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), "="); key {
		case "basepath":
			options.BasePath = BasePathMode(value)
		case "ignore":
			options.IgnoreDocumentation = value == "documentation"
		}
	}
	return options
}

// describe writes an API as lines.
func describe(t *testing.T, api *API) string {
	t.Helper()
	if api == nil {
		return ""
	}
	var b strings.Builder
	line := func(indent, what string, v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s%s %s\n", indent, what, text)
	}
	line("", "api", api.RestAPI)
	for _, v := range api.RequestValidators {
		line("", "validator", v.Value)
	}
	for _, a := range api.Authorizers {
		line("", "authorizer", a.Value)
	}
	for _, g := range api.GatewayResponses {
		line("", "gateway response", g.Value)
	}
	for _, m := range api.Models {
		line("", "model", m.Shape("API"))
	}
	for _, d := range api.DocumentationParts {
		line("", "documentation", d.Value)
	}
	if api.DocumentationVersion != "" {
		line("", "documentation version", api.DocumentationVersion)
	}
	for _, r := range api.Resources {
		fmt.Fprintf(&b, "%s\n", r.Path)
		for _, m := range r.Methods {
			shape := m.Shape
			integration := shape.MethodIntegration
			shape.MethodIntegration = nil
			line("  ", m.Verb(), shape)
			if m.Authorizer != "" {
				line("    ", "authorizer", m.Authorizer)
			}
			if m.RequestValidator != "" {
				line("    ", "validator", m.RequestValidator)
			}
			if integration != nil {
				line("    ", "integration", integration)
			}
		}
	}
	return b.String()
}

func describeProblems(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		service := ""
		if p.Service {
			service = " (service)"
		}
		fmt.Fprintf(&b, "%d:%d: %s%s: %s\n", p.Line, p.Column, p.Severity, service, p.Message)
	}
	return b.String()
}

func update(t *testing.T, file string, archive *txtar.Archive, api, problems string) {
	t.Helper()
	kept := archive.Files[:0]
	for _, f := range archive.Files {
		if f.Name != "api" && f.Name != "problems" {
			kept = append(kept, f)
		}
	}
	for _, f := range []txtar.File{{Name: "api", Data: []byte(api)}, {Name: "problems", Data: []byte(problems)}} {
		if len(f.Data) > 0 {
			kept = append(kept, f)
		}
	}
	archive.Files = kept
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFormatsAgree writes each document of testdata as JSON and reads it again: the API is the same.
func TestFormatsAgree(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	compared := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if f.Name != "document" {
				continue
			}
			api, problems := Parse(f.Data, testOptions(""))
			if api == nil || strings.HasPrefix(filepath.Base(file), "bad_") {
				continue
			}
			compared++
			again, problemsAgain := Parse([]byte(api.JSON("")), testOptions(""))
			if diff := cmp.Diff(describe(t, api), describe(t, again)); diff != "" {
				t.Errorf("%s (-written +as JSON):\n%s", file, diff)
			}
			if diff := cmp.Diff(messages(problems), messages(problemsAgain)); diff != "" {
				t.Errorf("%s, problems (-written +as JSON):\n%s", file, diff)
			}
		}
	}
	if compared < 30 {
		t.Errorf("only %d documents were compared", compared)
	}
}

// messages returns what problems say, without their places.
func messages(problems []Problem) []string {
	var list []string
	for _, p := range problems {
		list = append(list, p.Severity.String()+": "+p.Message)
	}
	slices.Sort(list)
	return list
}
