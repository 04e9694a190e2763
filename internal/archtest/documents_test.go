package archtest

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxLines is where a file is split by noun. Generated files are exempt.
const maxLines = 800

func TestPackagesSayWhatTheyAre(t *testing.T) {
	found, _ := packages(t)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if strings.TrimSpace(found[name].doc) == "" {
			t.Errorf("%s has no package comment", name)
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	found, set := packages(t)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		p := found[name]
		for i, f := range p.files {
			if ast.IsGenerated(f) {
				continue
			}
			if lines := set.File(f.Pos()).LineCount(); lines > maxLines {
				t.Errorf("%s has %d lines; over %d it is split by noun", p.names[i], lines, maxLines)
			}
		}
	}
}

func TestExportedIdentifiersAreDocumented(t *testing.T) {
	found, set := packages(t)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		for _, f := range found[name].files {
			if ast.IsGenerated(f) || f.Name.Name == "main" {
				continue
			}
			for _, d := range f.Decls {
				for _, id := range undocumented(d) {
					t.Errorf("%s: %s has no doc comment", set.Position(id.Pos()), id.Name)
				}
			}
		}
	}
}

// undocumented lists the exported names of d that nothing is said of.
func undocumented(d ast.Decl) (ids []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || receiverIsExported(d.Recv)) {
			ids = append(ids, d.Name)
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return nil
		}
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if d.Doc == nil && s.Doc == nil && s.Name.IsExported() {
					ids = append(ids, s.Name)
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						ids = append(ids, n)
					}
				}
			}
		}
	}
	return ids
}

func receiverIsExported(r *ast.FieldList) bool {
	t := r.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// TestArchitectureNamesEveryPackage keeps docs/architecture.md complete: each package stands there in back-ticks.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	text := document(t, "docs/architecture.md")
	found, _ := packages(t)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/architecture.md does not name the package `%s`", name)
		}
	}
}

// TestDependenciesAreExplained keeps docs/dependencies.md complete: a line for each direct dependency.
func TestDependenciesAreExplained(t *testing.T) {
	text := document(t, "docs/dependencies.md")
	require := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`)
	listed := require.FindAllStringSubmatch(document(t, "go.mod"), -1)
	if len(listed) == 0 {
		t.Fatal("no direct dependency found in go.mod")
	}
	for _, m := range listed {
		if !strings.Contains(text, "`"+m[1]+"`") {
			t.Errorf("docs/dependencies.md does not say what `%s` is for", m[1])
		}
	}
}

// TestDifferencesNameTheirFixtures follows every fixture or test that docs/differences.md names.
func TestDifferencesNameTheirFixtures(t *testing.T) {
	fixture := regexp.MustCompile("`([A-Za-z0-9_/.-]+\\.(?:txtar|go|jsonl|vtl|py|sh))`")
	for _, m := range fixture.FindAllStringSubmatch(document(t, "docs/differences.md"), -1) {
		if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("docs/differences.md names %s: %v", m[1], err)
		}
	}
}

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
