package coverage_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents.txt is about the specifications of OpenAPI documents and of what Terraform's provider asks for. It lists each rule that was
// seen, on the service (rec, obs, A) or on the wire of the provider (T, M, F):
//
//	openapi:2/9 [rec] 9fc0390d The warning of a mapping whose value is no string.
//		conformance/openapi/warnings.txtar: Invalid format for 'requestParameters'.
//		internal/control: TestImportWarnings
//
// A fact is its document, section and place among the rules of the section, then as in facts.txt. Proofs are a file and words in it, or a
// package and its test. With SLUICE_SPECIFICATIONS naming the directory of the specifications, no rule of them may be missing here.

// proofFile recognises proofs that are words of a file.
var proofFile = regexp.MustCompile(`^(\S+\.(?:txtar|py|sh|tf)): (.+)$`)

// TestDocumentFactsAreProven holds that every rule has a proof and that all proofs exist.
func TestDocumentFactsAreProven(t *testing.T) {
	library, err := openLibrary()
	if err != nil {
		t.Fatal(err)
	}
	facts := readDocumentFacts(t)
	for _, f := range facts {
		if len(f.proofs) == 0 {
			t.Errorf("documents.txt:%d: %s has no proof", f.line, f.id)
		}
		for _, p := range f.proofs {
			err := library.check(p)
			if p.kind == "file" {
				err = checkWords(p.of, p.name)
			}
			if err != nil {
				t.Errorf("documents.txt:%d: %s: %v", f.line, f.id, err)
			}
		}
	}
	if len(facts) < 100 {
		t.Errorf("there are only %d facts", len(facts))
	}
}

// readDocumentFacts reads documents.txt.
func readDocumentFacts(t *testing.T) []fact {
	t.Helper()
	file, err := os.Open("documents.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var facts []fact
	seen := make(map[string]bool)
	scanner := bufio.NewScanner(file)
	for n := 1; scanner.Scan(); n++ {
		if proof, ok := strings.CutPrefix(scanner.Text(), "\t"); ok && len(facts) > 0 {
			p, err := parseDocumentProof(proof)
			if err != nil {
				t.Fatalf("documents.txt:%d: %v", n, err)
			}
			last := &facts[len(facts)-1]
			last.proofs = append(last.proofs, p)
			continue
		}
		m := factLine.FindStringSubmatch(scanner.Text())
		if m == nil || seen[m[1]] {
			t.Fatalf("documents.txt:%d: want \"id [marks] hash description\", each id once", n)
		}
		seen[m[1]] = true
		facts = append(facts, fact{id: m[1], marks: strings.Fields(m[2]), hash: m[3], about: m[4], line: n})
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return facts
}

// parseDocumentProof reads "path/of/file.ending: words" and "package/directory: Test".
func parseDocumentProof(text string) (proof, error) {
	if m := proofFile.FindStringSubmatch(text); m != nil {
		return proof{kind: "file", of: m[1], name: m[2]}, nil
	}
	of, name, ok := strings.Cut(text, ": ")
	if !ok || !strings.HasPrefix(name, "Test") {
		return proof{}, fmt.Errorf("%q is no proof", text)
	}
	return proof{kind: "test", of: of, name: name}, nil
}

// checkWords looks for words in a file of the repository.
func checkWords(path, words string) error {
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), words) {
		return fmt.Errorf("%s has no %q", path, words)
	}
	return nil
}

// seenMarks are the marks of rules that were seen, by the document.
var seenMarks = map[string]*regexp.Regexp{
	"openapi":   regexp.MustCompile(`\[(rec|obs)`),
	"terraform": regexp.MustCompile(`\[[TMFA](\]|,| )`),
}

// TestDocumentsAreCovered holds that each rule of the specifications is a fact, as it is now.
func TestDocumentsAreCovered(t *testing.T) {
	directory := os.Getenv("SLUICE_SPECIFICATIONS")
	if directory == "" {
		t.Skip("SLUICE_SPECIFICATIONS names no directory")
	}
	specified := make(map[string]string)
	for name, seen := range seenMarks {
		text, err := os.ReadFile(filepath.Join(directory, name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		readRules(name, string(text), seen, specified)
	}
	for _, f := range readDocumentFacts(t) {
		switch hash, ok := specified[f.id]; {
		case !ok:
			t.Errorf("documents.txt:%d: the specification has no %s", f.line, f.id)
		case hash != f.hash:
			t.Errorf("documents.txt:%d: %s has the hash %s in the specification", f.line, f.id, hash)
		}
		delete(specified, f.id)
	}
	for id, hash := range specified {
		t.Errorf("%s [] %s is no fact yet", id, hash)
	}
}

// readRules finds the rules of a specification that were seen: lines with a mark, and where a heading or the line before a table
// has one, the items and rows below it.
func readRules(name, text string, seen *regexp.Regexp, rules map[string]string) {
	var section string
	var headingSeen, introSeen bool
	head := true // the rows of a table up to the line below its head
	counts := make(map[string]int)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := heading.FindStringSubmatch(line); m != nil {
			section, headingSeen, introSeen, head = m[1], seen.MatchString(line), false, true
			continue
		}
		row := strings.HasPrefix(line, "|")
		if section == "" {
			continue
		}
		if row && strings.Trim(line, "|-: ") == "" {
			head = false
			continue
		}
		head = head || !row
		item := strings.HasPrefix(line, "- ")
		isIntro := !row && strings.HasSuffix(line, ":") && seen.MatchString(line)
		if !row && strings.TrimSpace(line) != "" {
			introSeen = isIntro
		}
		rule := seen.MatchString(line) && (!isIntro || item) || row && (headingSeen || introSeen) || item && headingSeen
		if !rule || row && head {
			continue
		}
		counts[section]++
		rules[fmt.Sprintf("%s:%s/%d", name, section, counts[section])] = digest(line)
	}
}
