// Command gen writes the generated part of the repository from the service model:
//
//	apigw/shapes_gen.go       one struct per structure, one string type per enumeration
//	apigw/operations_gen.go   one typed row per operation, and the shapes as data for the codec
//	docs/operations.md        which operations are implemented, read from internal/control/bind.go, and
//	                          what proves it, read from conformance/operations.txt
//
// Its sources are model/apigateway-2015-07-09.json, verbatim, and model/overlay.json, our
// corrections, each with its reason. It imports nothing that it generates, so it also runs when the
// generated code is broken. Run it from the root of the repository: go run ./internal/gen.
//
// Start with model.go (what is read), then shapes.go, operations.go and document.go (what is written).
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintf(os.Stderr, "gen: %v\n", err)
		os.Exit(1)
	}
}

// run generates every file below root, the directory of go.mod.
func run(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
	}
	return nil
}

// generate returns the generated files by their path below root.
func generate(root string) (map[string][]byte, error) {
	m, err := loadModel(
		filepath.Join(root, "model", "apigateway-2015-07-09.json"),
		filepath.Join(root, "model", "overlay.json"),
	)
	if err != nil {
		return nil, err
	}
	shapes, err := writeShapes(m)
	if err != nil {
		return nil, fmt.Errorf("shapes: %w", err)
	}
	operations, err := writeOperations(m)
	if err != nil {
		return nil, fmt.Errorf("operations: %w", err)
	}
	bound, err := boundOperations(filepath.Join(root, "internal", "control", "bind.go"))
	if err != nil {
		return nil, fmt.Errorf("bindings: %w", err)
	}
	proofs, err := readProofs(filepath.Join(root, "conformance", "operations.txt"), m)
	if err != nil {
		return nil, fmt.Errorf("proofs: %w", err)
	}
	document, err := writeDocument(m, bound, proofs)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	return map[string][]byte{
		"apigw/shapes_gen.go":     shapes,
		"apigw/operations_gen.go": operations,
		"docs/operations.md":      document,
	}, nil
}
