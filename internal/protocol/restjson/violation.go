package restjson

import (
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// The service collects all violations of the model's constraints in one message. Each is a sentence
// below; validationError joins them.

func enumSet(s *apigw.Shape) string {
	return "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
}

func violated(given, path, constraint string) string {
	return fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", given, path, constraint)
}

// textViolations returns what is wrong with a text at a path.
func (p *plan) textViolations(text, path string) []string {
	var v []string
	if p.enumViolates(text) {
		v = append(v, violated("'"+text+"'", path, enumSet(p.shape)))
	}
	if p.pattern != nil && !p.pattern.MatchString(text) {
		v = append(v, violated("'"+text+"'", path, "Member must satisfy regular expression pattern: "+p.shape.Pattern))
	}
	return v
}

// listViolations returns what is wrong with the texts of a list at a path: the list as a whole
// violates its constraint, once.
func (p *plan) listViolations(texts []string, path string) []string {
	for _, text := range texts {
		if p.element.enumViolates(text) {
			given := "'[" + strings.Join(texts, ", ") + "]'"
			return []string{violated(given, path, "Member must satisfy constraint: ["+enumSet(p.element.shape)+"]")}
		}
	}
	return nil
}

func missingViolation(path string) string {
	return violated("null", path, "Member must not be null")
}

// validationError returns the error for violations, nil where there are none.
func validationError(violations []string) error {
	switch len(violations) {
	case 0:
		return nil
	case 1:
		return apigw.Validation("1 validation error detected: " + violations[0])
	}
	return apigw.Validation(fmt.Sprintf("%d validation errors detected: %s", len(violations), strings.Join(violations, "; ")))
}
