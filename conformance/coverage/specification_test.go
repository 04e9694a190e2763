package coverage_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The sections of the specification that facts.txt is about: request validation to response streaming.
const firstSection, lastSection = 5, 18

// TestSpecificationIsCovered holds that each row and emphasised sentence of the specification is a fact, as it is now.
func TestSpecificationIsCovered(t *testing.T) {
	path := os.Getenv("SLUICE_SPECIFICATION")
	if path == "" {
		t.Skip("SLUICE_SPECIFICATION names no file")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := readFacts()
	if err != nil {
		t.Fatal(err)
	}
	specified := readSpecification(string(text), func(section string) bool {
		major, err := strconv.Atoi(strings.SplitN(section, ".", 2)[0])
		return err == nil && major >= firstSection && major <= lastSection
	})
	if os.Getenv("UPDATE") == "1" {
		if err := updateHashes(specified); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, f := range facts {
		switch hash, ok := specified[f.id]; {
		case !ok:
			t.Errorf("facts.txt:%d: the specification has no %s", f.line, f.id)
		case hash != f.hash:
			t.Errorf("facts.txt:%d: %s has the hash %s in the specification", f.line, f.id, hash)
		}
		delete(specified, f.id)
	}
	for id, hash := range specified {
		t.Errorf("%s [] %s is no fact yet", id, hash)
	}
}

// updateHashes writes the hashes of the specification into facts.txt.
func updateHashes(specified map[string]string) error {
	text, err := os.ReadFile("facts.txt")
	if err != nil {
		return err
	}
	var updated strings.Builder
	for line := range strings.Lines(string(text)) {
		if m := factLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil && specified[m[1]] != "" {
			line = strings.Replace(line, "] "+m[3]+" ", "] "+specified[m[1]]+" ", 1)
		}
		updated.WriteString(line)
	}
	return os.WriteFile("facts.txt", []byte(updated.String()), 0o644)
}

// digest returns the first eight digits of the hash of a line, however it is spaced.
func digest(line string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(strings.Fields(line), " "))))[:8]
}

// heading is a numbered heading.
var heading = regexp.MustCompile(`^#{2,4} (\d+(?:\.\d+)*)\.? `)

// place is where a fact stands: a row of a table, or with no table an emphasised sentence.
type place struct {
	section    string
	table, row int
}

// readSpecification returns the hash of each row of a table and of each line with a star outside of tables, by its id, of
// the sections that are wanted.
func readSpecification(text string, wanted func(section string) bool) map[string]string {
	var section string
	lines, tables, stars := make(map[place]string), make(map[string]int), make(map[string]int)
	row := 0 // of the table; its heading and the line below are -1 and 0
	inTable := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			if m := heading.FindStringSubmatch(line); m != nil {
				section = m[1]
			}
			inTable = false
			continue
		}
		if !wanted(section) {
			continue
		}
		switch isRow := strings.HasPrefix(line, "|"); {
		case isRow && !inTable:
			tables[section]++
			row, inTable = -1, true
		case isRow:
			if row++; row > 0 {
				lines[place{section, tables[section], row}] = line
			}
		default:
			inTable = false
			if strings.Contains(line, "★") {
				stars[section]++
				lines[place{section, 0, stars[section]}] = line
			}
		}
	}
	hashes := make(map[string]string, len(lines))
	for at, line := range lines {
		hashes[at.id(tables[at.section])] = digest(line)
	}
	return hashes
}

// id names a place in a section that has so many tables.
func (p place) id(tables int) string {
	switch {
	case p.table == 0:
		return fmt.Sprintf("%s/★%d", p.section, p.row)
	case tables > 1:
		return fmt.Sprintf("%s/table %d/row %d", p.section, p.table, p.row)
	}
	return fmt.Sprintf("%s/row %d", p.section, p.row)
}
