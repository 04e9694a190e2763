package coverage_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// memberRow is a row of docs/put-integration.md.
type memberRow struct {
	operation string // heading of its table
	member    string
	rule      string
	does      string
	proofs    []string
	differs   string
	line      int
}

// code is text in backticks.
var code = regexp.MustCompile("`([^`]+)`")

// readMembers reads the tables of docs/put-integration.md.
func readMembers() ([]memberRow, error) {
	text, err := os.ReadFile(root + "/docs/put-integration.md")
	if err != nil {
		return nil, err
	}
	var rows []memberRow
	operation, n := "", 0
	for line := range strings.Lines(string(text)) {
		n++
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			operation = strings.TrimSpace(heading)
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 2 || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| member") {
			continue
		}
		if len(cells) != 7 {
			return nil, fmt.Errorf("put-integration.md:%d: %d cells, want 5", n, len(cells)-2)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		row := memberRow{operation: operation, member: strings.Trim(cells[1], "`"), rule: cells[2], does: cells[3], differs: cells[5], line: n}
		for _, m := range code.FindAllStringSubmatch(cells[4], -1) {
			row.proofs = append(row.proofs, m[1])
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// TestPutIntegrationIsProven holds that every row has proofs that exist, and names differences that are written down.
func TestPutIntegrationIsProven(t *testing.T) {
	rows, err := readMembers()
	if err != nil {
		t.Fatal(err)
	}
	library, err := openLibrary()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if len(row.proofs) == 0 || row.does == "" {
			t.Errorf("put-integration.md:%d: %s, %s: nothing that it does, or no proof", row.line, row.member, row.rule)
		}
		for _, text := range row.proofs {
			p, err := parseProof(text)
			if err == nil {
				err = library.check(p)
			}
			if err != nil {
				t.Errorf("put-integration.md:%d: %s: %v", row.line, row.member, err)
			}
		}
		if row.differs == "" {
			continue
		}
		if err := library.checkDifference(row.differs); err != nil {
			t.Errorf("put-integration.md:%d: %s: %v", row.line, row.member, err)
		}
	}
}

// passthroughBehaviors are values that the model has as text only.
var passthroughBehaviors = []string{"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"}

// model is what the service model says of shapes.
type model struct {
	Shapes map[string]struct {
		Members map[string]struct{ Shape string }
		Enum    []string
	}
}

// TestPutIntegrationHasAllMembers holds that every member of the service model has its rows, and every value its own.
func TestPutIntegrationHasAllMembers(t *testing.T) {
	rows, err := readMembers()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(root + "/model/apigateway-2015-07-09.json")
	if err != nil {
		t.Fatal(err)
	}
	var m model
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for operation, shapes := range map[string][]string{
		"PutIntegration":         {"PutIntegrationRequest", "Integration"},
		"PutIntegrationResponse": {"PutIntegrationResponseRequest", "IntegrationResponse"},
	} {
		for _, shape := range shapes {
			if len(m.Shapes[shape].Members) == 0 {
				t.Errorf("the model has no members of %s", shape)
			}
			for member, of := range m.Shapes[shape].Members {
				values := slices.Clone(m.Shapes[of.Shape].Enum)
				if member == "passthroughBehavior" {
					values = passthroughBehaviors
				}
				checkMember(t, rows, operation, member, values)
			}
		}
	}
}

// checkMember looks for a row of a member, and for one of each of its values.
func checkMember(t *testing.T, rows []memberRow, operation, member string, values []string) {
	var own []memberRow
	for _, row := range rows {
		if row.operation == operation && row.member == member {
			own = append(own, row)
		}
	}
	if len(own) == 0 {
		t.Errorf("put-integration.md: %s has no row for %s", operation, member)
	}
	for _, value := range values {
		if !slices.ContainsFunc(own, func(row memberRow) bool { return strings.HasPrefix(row.rule, "`"+value+"`") }) {
			t.Errorf("put-integration.md: %s has no row for %s %s", operation, member, value)
		}
	}
}
