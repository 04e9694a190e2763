// Package coverage_test holds that the data plane's specification is proven: facts.txt lists each row of its tables and each of its
// emphasised sentences, in words of our own, with the fixtures and tests that fail without it.
//
//	6.5.2/row 3 [R] 1a2b3c4d Content-Length and Transfer-Encoding fail the request.
//		request_headers_restricted: Content-Length
//		internal/gateway: TestEndpointRequestFaults/Content-Length
//
// A fact is its place in the specification, the marks that say who knows it (D documented, R recorded, Rp published, U uncertain),
// the hash of the specification's text, a description, and its proofs: an exchange of a fixture in conformance, a test of a package,
// or the words of an entry in docs/differences.md, which alone suffice for what is uncertain only.
//
// The specification is no part of this repository. With SLUICE_SPECIFICATION naming its file the tests also hold that no row of it is
// missing here; with UPDATE=1 besides they write the hashes anew.
//
// docs/put-integration.md is held to the same: each parameter of PutIntegration and PutIntegrationResponse has its row and its proofs.
package coverage_test

import (
	"slices"
	"testing"
)

// TestFactsAreProven holds that every fact has a proof and that all proofs exist.
func TestFactsAreProven(t *testing.T) {
	facts, err := readFacts()
	if err != nil {
		t.Fatal(err)
	}
	library, err := openLibrary()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, f := range facts {
		if seen[f.id] {
			t.Errorf("facts.txt:%d: %s stands there twice", f.line, f.id)
		}
		seen[f.id] = true
		for _, p := range f.proofs {
			if err := library.check(p); err != nil {
				t.Errorf("facts.txt:%d: %s: %v", f.line, f.id, err)
			}
		}
		if !f.proven() {
			t.Errorf("facts.txt:%d: %s has no proof", f.line, f.id)
		}
	}
}

// proven reports whether a fact has what fails without it, is uncertain and has its entry among the differences, or is no behaviour.
func (f *fact) proven() bool {
	for _, p := range f.proofs {
		switch p.kind {
		case "fixture", "test":
			return true
		case "differs":
			if slices.Contains(f.marks, "U") {
				return true
			}
		case "nothing":
			return slices.Contains(f.marks, "-")
		}
	}
	return false
}
