package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pkg is one package of the module, read from its source files.
type pkg struct {
	path    string            // relative to the module, "." for the top
	imports map[string]string // import path → a file that has it; test files left out
	doc     string            // the package comment
	files   []*ast.File
	names   []string // the files' names, in the order of files
}

// packages reads every package of the module, without test files.
func packages(t *testing.T) (map[string]*pkg, *token.FileSet) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	found, set := map[string]*pkg{}, token.NewFileSet()
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); file != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(file, "go.mod")); err == nil && file != root {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		p := found[rel]
		if p == nil {
			p = &pkg{path: rel, imports: map[string]string{}}
			found[rel] = p
		}
		if parsed.Doc != nil {
			p.doc += parsed.Doc.Text()
		}
		for _, i := range parsed.Imports {
			p.imports[strings.Trim(i.Path.Value, `"`)] = filepath.Base(file)
		}
		p.files, p.names = append(p.files, parsed), append(p.names, path.Join(rel, filepath.Base(file)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, set
}

// matches reports whether a package's path fits one of the patterns.
func matches(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if pattern == "..." {
			return true
		}
		if below, ok := strings.CutSuffix(pattern, "/..."); ok {
			return p == below || strings.HasPrefix(p, below+"/")
		}
		return p == pattern
	})
}

// breaks reports whether the rule forbids p to import what.
func (r rule) breaks(p, what string) bool {
	if !matches(r.packages, p) || matches(r.except, p) {
		return false
	}
	inside, ok := strings.CutPrefix(what, module)
	if !ok {
		isStd := !strings.Contains(strings.SplitN(what, "/", 2)[0], ".")
		return r.stdOnly && !isStd
	}
	inside = strings.TrimPrefix(inside, "/")
	if inside == p {
		return false
	}
	if r.only != nil && !matches(r.only, inside) {
		return true
	}
	return matches(r.never, inside)
}

func TestImportLaw(t *testing.T) {
	found, _ := packages(t)
	if len(found) < 10 {
		t.Fatalf("found %d packages; the walk has lost the module", len(found))
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		p := found[name]
		for _, what := range slices.Sorted(maps.Keys(p.imports)) {
			for _, r := range law {
				if r.breaks(p.path, what) {
					t.Errorf("%s/%s imports %s\n\trule: %s\n\treason: %s", p.path, p.imports[what], what, r.name, r.reason)
				}
			}
		}
	}
}

func TestLawIsEnforced(t *testing.T) {
	tests := []struct {
		name, from, to string
		want           bool
	}{
		{"library on a library of others", "vtl", "golang.org/x/net/html", true},
		{"library on the standard library", "vtl", "strings", false},
		{"library on its own syntax", "vtl", module + "/vtl/syntax", false},
		{"library on an internal package", "jsonpath", module + "/internal/mapping", true},
		{"syntax on values", "vtl/syntax", module + "/jsonvalue", true},
		{"control on the data plane", "internal/control", module + "/internal/plan", true},
		{"data plane on the store", "internal/gateway", module + "/internal/store", true},
		{"plan on its snapshot", "internal/plan", module + "/internal/snapshot", false},
		{"backend named outside the wiring", "internal/control", module + "/internal/store/memstore", true},
		{"backend named in the wiring", "internal/server", module + "/internal/store/memstore", false},
		{"generator on its output", "internal/gen", module + "/apigw", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := slices.ContainsFunc(law, func(r rule) bool { return r.breaks(tt.from, tt.to) })
			if got != tt.want {
				t.Errorf("%s importing %s: broken %v, want %v", tt.from, tt.to, got, tt.want)
			}
		})
	}
}
