package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// describe appends the texts of a failure and of those that caused it: the leaves of the tree, as the
// service lists them. doc is the whole body.
//
// AWS: $context.error.validationErrorString; the texts are those that users published. Differs: those that
// nobody published are this program's, in the same manner.
func describe(texts []string, failure *jsonschema.ValidationError, doc any) []string {
	if len(failure.Causes) > 0 {
		for _, cause := range failure.Causes {
			texts = describe(texts, cause, doc)
		}
		return texts
	}
	return append(texts, describeLeaf(failure, doc))
}

// describeLeaf returns the text of one failure.
func describeLeaf(failure *jsonschema.ValidationError, doc any) string {
	switch k := failure.ErrorKind.(type) {
	case *kind.Required:
		return "object has missing required properties (" + quoted(k.Missing) + ")"
	case *kind.AdditionalProperties:
		return "object instance has properties which are not allowed by the schema: " + quoted(k.Properties)
	case *kind.Type:
		return fmt.Sprintf("instance type (%s) does not match any allowed primitive type (allowed: %s)",
			typeAt(doc, failure.InstanceLocation, k.Got), quoted(k.Want))
	case *kind.Pattern:
		return fmt.Sprintf("ECMA 262 regex %q does not match input string %q", verbatim(k.Want), verbatim(k.Got))
	case *kind.MinLength:
		return fmt.Sprintf("string %s is too short (length: %d, required minimum: %d)", textAt(doc, failure.InstanceLocation), k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("string %s is too long (length: %d, maximum allowed: %d)", textAt(doc, failure.InstanceLocation), k.Got, k.Want)
	case *kind.Enum:
		return fmt.Sprintf("instance value (%s) not found in enum (possible values: %s)", compactJSON(k.Got), compactJSON(k.Want))
	case *kind.Minimum:
		return fmt.Sprintf("numeric instance is lower than the required minimum (minimum: %s, found: %s)", number(k.Want), number(k.Got))
	case *kind.Maximum:
		return fmt.Sprintf("numeric instance is greater than the required maximum (maximum: %s, found: %s)", number(k.Want), number(k.Got))
	case *kind.MinItems:
		return fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.MaxItems:
		return fmt.Sprintf("array is too long: must have at most %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.Format:
		return fmt.Sprintf("string %s is invalid against requested format %s", compactJSON(k.Got), k.Want)
	}
	return describeRare(failure.ErrorKind)
}

// describeRare returns the text of a failure of a keyword that few models have.
func describeRare(failure jsonschema.ErrorKind) string {
	switch k := failure.(type) {
	case *kind.ExclusiveMinimum:
		return fmt.Sprintf("numeric instance is not strictly greater than the required minimum %s", number(k.Want))
	case *kind.ExclusiveMaximum:
		return fmt.Sprintf("numeric instance is not strictly lower than the required maximum %s", number(k.Want))
	case *kind.MultipleOf:
		return fmt.Sprintf("remainder of division is not zero (%s / %s)", number(k.Got), number(k.Want))
	case *kind.UniqueItems:
		return "array must not contain duplicate elements"
	case *kind.AdditionalItems:
		return fmt.Sprintf("array has %d elements which are not allowed by the schema", k.Count)
	case *kind.MinProperties:
		return fmt.Sprintf("object has too few properties (found %d but schema requires at least %d)", k.Got, k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("object has too many properties (found %d but schema requires at most %d)", k.Got, k.Want)
	case *kind.Dependency:
		return fmt.Sprintf("property %q of object has missing property dependencies (missing: %s)", verbatim(k.Prop), quoted(k.Missing))
	case *kind.OneOf:
		return "instance failed to match exactly one schema"
	case *kind.Not:
		return "instance matched a schema which it should not have"
	}
	return "instance failed to match the schema (keyword: " + strings.Join(failure.KeywordPath(), "/") + ")"
}

// verbatim is a string that %q prints in double quotes without escaping anything.
type verbatim string

// Format prints the quoted text.
func (v verbatim) Format(f fmt.State, _ rune) { fmt.Fprint(f, `"`+string(v)+`"`) }

// quoted returns names as a JSON list, sorted.
func quoted(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return compactJSON(names)
}

// compactJSON returns a value that came from JSON as JSON.
func compactJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// number returns a number as short as it can be written without loss.
func number(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	digits, exact := r.FloatPrec()
	if !exact {
		digits = 16
	}
	return r.FloatString(digits)
}

// typeAt returns the name of the type of the value at a place: the library tells apart numbers and
// integers as JSON Schema does.
func typeAt(doc any, place []string, name string) string {
	n, ok := valueAt(doc, place).(json.Number)
	if !ok {
		return name
	}
	if strings.ContainsAny(string(n), ".eE") {
		return "number"
	}
	return "integer"
}

// textAt returns the string at a place, as JSON.
func textAt(doc any, place []string) string {
	return compactJSON(valueAt(doc, place))
}

// valueAt returns the value at a place of the body.
func valueAt(doc any, place []string) any {
	for _, name := range place {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			doc = v[i]
		}
	}
	return doc
}
