package coverage_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// controlFacts lists what the documents about the control plane mark as recorded on the service or observed there.
const controlFacts = "control_facts.txt"

// controlDocuments are the documents that controlFacts is about. With SLUICE_SPECIFICATIONS naming their directory the tests
// also hold that no marked line of theirs is missing.
var controlDocuments = []string{"control-plane", "put-integration"}

// TestControlFactsAreProven holds that every marked line has proofs, that all of them exist, and that a difference which is the only
// proof is written down.
func TestControlFactsAreProven(t *testing.T) {
	facts, err := readFactsOf(controlFacts)
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
			t.Errorf("%s:%d: %s stands there twice", controlFacts, f.line, f.id)
		}
		seen[f.id] = true
		if len(f.proofs) == 0 {
			t.Errorf("%s:%d: %s has no proof", controlFacts, f.line, f.id)
		}
		for _, p := range f.proofs {
			if err := library.check(p); err != nil {
				t.Errorf("%s:%d: %s: %v", controlFacts, f.line, f.id, err)
			}
		}
	}
}

// TestControlSpecificationIsCovered holds that each marked line of the documents is a fact, as it is now.
func TestControlSpecificationIsCovered(t *testing.T) {
	directory := os.Getenv("SLUICE_SPECIFICATIONS")
	if directory == "" {
		t.Skip("SLUICE_SPECIFICATIONS names no directory")
	}
	facts, err := readFactsOf(controlFacts)
	if err != nil {
		t.Fatal(err)
	}
	specified := make(map[string]string)
	for _, name := range controlDocuments {
		text, err := os.ReadFile(filepath.Join(directory, name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		for id, hash := range markedLines(string(text)) {
			specified[name+"/"+id] = hash
		}
	}
	for _, f := range facts {
		switch hash, ok := specified[f.id]; {
		case !ok:
			t.Errorf("%s:%d: there is no %s", controlFacts, f.line, f.id)
		case hash != f.hash:
			t.Errorf("%s:%d: %s has the hash %s now", controlFacts, f.line, f.id, hash)
		}
		delete(specified, f.id)
	}
	for id, hash := range specified {
		t.Errorf("%s [] %s is no fact yet", id, hash)
	}
}

var (
	controlHeading = regexp.MustCompile(`^#{2,3} (\d+(?:\.\d+)?)`)
	tested         = regexp.MustCompile(`\[(?:rec|obs)\b`)
	tableLine      = regexp.MustCompile(`^\|[ \-|]+\|$`)
)

// markedLines returns the hash of each line that is marked as recorded or observed, by section and number in it. The rows of a table
// whose head is marked are, too.
func markedLines(text string) map[string]string {
	hashes := make(map[string]string)
	section, n := "0", 0
	inTable, markedTable := false, false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := controlHeading.FindStringSubmatch(line); m != nil {
			section, n, inTable = m[1], 0, false
			continue
		}
		marked := tested.MatchString(line)
		if !strings.HasPrefix(line, "|") {
			inTable = false
		} else if !inTable {
			inTable, markedTable = true, marked
			continue
		} else {
			marked = (marked || markedTable) && !tableLine.MatchString(line)
		}
		if marked {
			n++
			hashes[section+"/"+strconv.Itoa(n)] = digest(line)
		}
	}
	return hashes
}
