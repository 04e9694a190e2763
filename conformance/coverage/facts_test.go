package coverage_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// fact is a row of a table or an emphasised sentence of the specification of the data plane.
type fact struct {
	id     string // section and place in it: "6.5.2/row 3", "6.8/table 2/row 1", "6.8/★2"
	marks  []string
	hash   string // of the specification's text, see [digest]
	about  string
	proofs []proof
	line   int // in facts.txt
}

// proof is what fails without a fact.
type proof struct {
	kind string // fixture, test, differs, nothing
	of   string // name of a fixture, or directory of a package
	name string // title of an exchange, test function with or without subtest, text
}

// String returns the proof as facts.txt has it.
func (p proof) String() string {
	if p.of == "" {
		return p.kind + ": " + p.name
	}
	return p.of + ": " + p.name
}

// factLine is the first line of a fact.
var factLine = regexp.MustCompile(`^(\S+(?:/table \d+)?(?:/row \d+)?) \[([^\]]+)\] ([0-9a-f]{8}) (.+)$`)

// readFacts reads facts.txt.
func readFacts() ([]fact, error) { return readFactsOf("facts.txt") }

// readFactsOf reads a file of facts.
func readFactsOf(file string) ([]fact, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var facts []fact
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSuffix(line, "\n")
		switch indented, ok := strings.CutPrefix(line, "\t"); {
		case line == "" || strings.HasPrefix(line, "#"):
		case ok && len(facts) > 0:
			p, err := parseProof(indented)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, n, err)
			}
			last := &facts[len(facts)-1]
			last.proofs = append(last.proofs, p)
		default:
			m := factLine.FindStringSubmatch(line)
			if m == nil {
				return nil, fmt.Errorf("%s:%d: want \"id [marks] hash description\"", file, n)
			}
			facts = append(facts, fact{id: m[1], marks: strings.Fields(m[2]), hash: m[3], about: m[4], line: n})
		}
	}
	return facts, nil
}

// parseProof reads "fixture: title", "package/directory: Test/subtest" and the words that stand for no proof.
func parseProof(text string) (proof, error) {
	of, name, ok := strings.Cut(text, ": ")
	switch {
	case !ok || name == "":
		return proof{}, fmt.Errorf("%q is no proof", text)
	case of == "differs" || of == "nothing":
		return proof{kind: of, name: name}, nil
	case strings.Contains(of, "/"):
		return proof{kind: "test", of: of, name: name}, nil
	}
	return proof{kind: "fixture", of: of, name: name}, nil
}
