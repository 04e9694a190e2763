package coverage_test

import (
	"os"
	"testing"
)

// authorizerFacts lists what the specification of the data plane says of authorizers, section by section.
const authorizerFacts = "authorizer_facts.txt"

// authorizerSections are the sections that authorizerFacts is about.
var authorizerSections = map[string]bool{"3.7": true, "3.8": true, "3.9": true, "3.10": true, "3.11": true}

// TestAuthorizerFactsAreProven holds that every fact has a proof that exists.
func TestAuthorizerFactsAreProven(t *testing.T) {
	facts, err := readFactsOf(authorizerFacts)
	if err != nil {
		t.Fatal(err)
	}
	library, err := openLibrary()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if !f.proven() {
			t.Errorf("%s:%d: %s has no proof", authorizerFacts, f.line, f.id)
		}
		for _, p := range f.proofs {
			if err := library.check(p); err != nil {
				t.Errorf("%s:%d: %s: %v", authorizerFacts, f.line, f.id, err)
			}
		}
	}
}

// TestAuthorizerSectionsAreCovered holds that no row of the sections is missing, and that all are as they were.
func TestAuthorizerSectionsAreCovered(t *testing.T) {
	path := os.Getenv("SLUICE_SPECIFICATION")
	if path == "" {
		t.Skip("SLUICE_SPECIFICATION names no file")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := readFactsOf(authorizerFacts)
	if err != nil {
		t.Fatal(err)
	}
	specified := readSpecification(string(text), func(section string) bool { return authorizerSections[section] })
	for _, f := range facts {
		if hash := specified[f.id]; hash != f.hash {
			t.Errorf("%s:%d: %s has the hash %q in the specification", authorizerFacts, f.line, f.id, hash)
		}
		delete(specified, f.id)
	}
	for id, hash := range specified {
		t.Errorf("%s [] %s is no fact yet", id, hash)
	}
}
