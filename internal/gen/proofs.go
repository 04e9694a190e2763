package main

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// proofs are what shows each operation to work, over the wire: paths of fixtures and scripts below the
// root, and tests as "path_test.go#TestName".
type proofs map[string][]string

// readProofs reads conformance/operations.txt, whose head describes its form. The operations must be
// those of the model.
func readProofs(path string, m *model) (proofs, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found := proofs{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "# ")
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		operation := fields[0]
		if _, ok := m.Operations[operation]; !ok {
			return nil, fmt.Errorf("%s:%d: %s is no operation", path, n, operation)
		}
		if len(found[operation]) > 0 {
			return nil, fmt.Errorf("%s:%d: %s stands here twice", path, n, operation)
		}
		if len(fields) == 1 {
			return nil, fmt.Errorf("%s:%d: %s names no proof", path, n, operation)
		}
		found[operation] = fields[1:]
	}
	return found, lines.Err()
}

// checkProof says what is wrong with a proof of an operation: it must exist, and it must call the
// operation, by its name in some client or by verb and path.
func checkProof(root, proof, name string, op operation) error {
	file, test, isTest := strings.Cut(proof, "#")
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return fmt.Errorf("%s proves nothing: %w", proof, err)
	}
	switch {
	case isTest:
		if text, err = functionText(text, test); err != nil {
			return fmt.Errorf("%s proves nothing: %w", proof, err)
		}
	case path.Ext(file) == ".go":
		return fmt.Errorf("%s proves nothing: name a test, %s#TestName", proof, file)
	}
	if !callPattern(name, op).Match(text) {
		return fmt.Errorf("%s proves nothing: it does not call %s", proof, name)
	}
	return nil
}

// functionText returns the source of a function in a Go file.
func functionText(source []byte, name string) ([]byte, error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, "", source, 0)
	if err != nil {
		return nil, err
	}
	for _, declaration := range parsed.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == name {
			return source[files.Position(f.Pos()).Offset:files.Position(f.End()).Offset], nil
		}
	}
	return nil, fmt.Errorf("there is no function %s", name)
}

var (
	wordStart = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	label     = regexp.MustCompile(`\\\{[^/]+?\\\}`)
)

// callPattern matches a call of an operation: PutMethod of the Go SDK, put_method of boto3, put-method of the
// AWS CLI, or "PUT /restapis/..." as fixtures and tests write it, whatever stands for the labels.
func callPattern(name string, op operation) *regexp.Regexp {
	snake := strings.ToLower(wordStart.ReplaceAllString(name, "${1}_${2}"))
	path, query, _ := strings.Cut(op.HTTP.RequestURI, "?")
	raw := op.HTTP.Method + " " + label.ReplaceAllString(regexp.QuoteMeta(path), `[^\s?]+`)
	if query != "" {
		raw += `\?\S*` + regexp.QuoteMeta(query)
	}
	names := strings.Join([]string{name, snake, strings.ReplaceAll(snake, "_", "-")}, "|")
	return regexp.MustCompile(`\b(?:` + names + `)\b|` + raw + `(?:[\s?"'` + "`" + `]|$)`)
}
