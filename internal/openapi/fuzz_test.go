package openapi

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzParse holds Parse to its contract: it neither panics nor hangs, and every problem of a
// document that can be read has a place in it.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, section := range archive.Files {
			if section.Name == "document" {
				f.Add(section.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		api, problems := Parse(document, Options{BasePath: BasePathPrepend})
		lines := strings.Count(string(document), "\n") + 1
		for _, p := range problems {
			if p.Position.Line < 1 || p.Position.Line > lines+1 || p.Column < 1 {
				t.Errorf("problem %q at %v of %d lines", p.Message, p.Position, lines)
			}
		}
		if api == nil {
			return
		}
		for _, r := range api.Resources {
			for _, m := range r.Methods {
				if _, ok := api.PositionOf(m.Pointer); !ok {
					t.Errorf("no place for the operation %q", m.Pointer)
				}
			}
		}
		for i := range api.Models {
			api.Models[i].Shape("id")
		}
	})
}
