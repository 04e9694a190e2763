package jsonpath

import (
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// filterContext is what a filter is asked about.
type filterContext struct {
	item jsonvalue.Value
	root jsonvalue.Value
}

// expression is a filter or a part of it. errFalse makes the whole filter false, other errors end the evaluation.
type expression interface {
	holds(c *filterContext) (bool, error)
}

// errFalse is an operation that json-path gives up on: the element doesn't pass the filter, whatever else it says.
var errFalse = &EvalError{"the filter does not apply"}

// passes reports whether an item passes a filter.
func passes(f expression, c *filterContext) (bool, error) {
	ok, err := f.holds(c)
	if err == errFalse || err == ErrNotFound {
		return false, nil
	}
	return ok, err
}

type orExpression []expression

func (e orExpression) holds(c *filterContext) (bool, error) {
	for _, part := range e {
		if ok, err := part.holds(c); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

type andExpression []expression

func (e andExpression) holds(c *filterContext) (bool, error) {
	for _, part := range e {
		if ok, err := part.holds(c); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

type notExpression struct{ part expression }

func (e notExpression) holds(c *filterContext) (bool, error) {
	ok, err := e.part.holds(c)
	return !ok, err
}

// existence asks whether a path leads somewhere. An indefinite path does, whatever it selects, unless
// a member that it names is missing on the way. Paths with $ are asked of the element too.
type existence struct {
	path *Path
	want bool
}

func (e *existence) holds(c *filterContext) (bool, error) {
	_, err := e.path.evaluate(c.item, c.root, true)
	if err != nil && err != ErrNotFound {
		return false, err
	}
	return (err == nil) == e.want, nil
}

// relation is a comparison.
type relation struct {
	left     operandSource
	operator operator
	right    operandSource
}

func (r *relation) holds(c *filterContext) (bool, error) {
	left, err := r.left.operand(c)
	if err != nil {
		return false, err
	}
	right, err := r.right.operand(c)
	if err != nil {
		return false, err
	}
	return r.operator(left, right)
}

// operator compares two operands.
type operator func(left, right operand) (bool, error)

// operatorNamed returns the operator of that name, in capital letters, or nil.
func operatorNamed(name string) operator {
	switch name {
	case "==":
		return isEqual
	case "!=":
		return not(isEqual)
	case "===":
		return isIdentical
	case "!==":
		return not(isIdentical)
	case "<":
		return ordered(func(c int) bool { return c < 0 })
	case "<=":
		return ordered(func(c int) bool { return c <= 0 })
	case ">":
		return ordered(func(c int) bool { return c > 0 })
	case ">=":
		return ordered(func(c int) bool { return c >= 0 })
	case "=~":
		return matches
	case "IN":
		return isIn
	case "NIN":
		return not(isIn)
	case "CONTAINS":
		return contains
	case "SIZE":
		return hasSize
	case "EMPTY":
		return isEmpty
	case "SUBSETOF":
		return sets(func(left, right []operand) bool { return count(left, right) == len(left) })
	case "ANYOF":
		return sets(func(left, right []operand) bool { return count(left, right) > 0 })
	case "NONEOF":
		return sets(func(left, right []operand) bool { return count(left, right) == 0 })
	case "EXISTS":
		return exists
	case "ALL", "TYPE", "MATCHES":
		// These are for json-path's callers in Java; in a path their right side is never of the kind they want.
		return func(operand, operand) (bool, error) { return false, errFalse }
	}
	return nil
}

func exists(left, right operand) (bool, error) {
	if left.kind != opBool || right.kind != opBool {
		return false, &EvalError{"exists compares booleans"}
	}
	return left.truth == right.truth, nil
}

func not(op operator) operator {
	return func(left, right operand) (bool, error) {
		ok, err := op(left, right)
		return !ok, err
	}
}

func isEqual(left, right operand) (bool, error) { return left.equal(right), nil }

func isIdentical(left, right operand) (bool, error) {
	return left.kind == right.kind && left.equal(right), nil
}

func ordered(holds func(c int) bool) operator {
	return func(left, right operand) (bool, error) {
		switch {
		case left.kind == opNumber && right.kind == opNumber:
			c, ok := compareNumbers(left.text, right.text)
			return ok && holds(c), nil
		case left.kind == opString && right.kind == opString:
			return holds(strings.Compare(left.text, right.text)), nil
		}
		return false, nil
	}
}

// matches is =~: a pattern on one side, text, or a list of it, on the other. What is no text counts as "".
func matches(left, right operand) (bool, error) {
	if (left.kind == opPattern) == (right.kind == opPattern) {
		return false, nil
	}
	pattern, value := right.pattern, left
	if left.kind == opPattern {
		pattern, value = left.pattern, right
	}
	if !value.isArray() {
		return pattern.MatchString(value.patternInput())
	}
	list, _, err := value.elements()
	if err != nil {
		return false, err
	}
	for _, e := range list {
		if ok, err := pattern.MatchString(e.patternInput()); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (o operand) patternInput() string {
	switch o.kind {
	case opString:
		return o.text
	case opNumber:
		return decimalText(o.text)
	case opBool:
		if o.truth {
			return "true"
		}
		return "false"
	}
	return ""
}

func isIn(left, right operand) (bool, error) {
	if right.kind != opJSON {
		return false, errFalse
	}
	list, ok, err := right.elements()
	return ok && left.in(list), err
}

func contains(left, right operand) (bool, error) {
	if left.kind == opString && right.kind == opString {
		return strings.Contains(left.text, right.text), nil
	}
	list, ok, err := left.elements()
	return ok && right.in(list), err
}

func hasSize(left, right operand) (bool, error) {
	if right.kind != opNumber {
		return false, nil
	}
	want, ok := toInt(right.text)
	switch left.kind {
	case opString:
		return ok && utf16Len(left.text) == want, nil
	case opJSON:
		return ok && left.len() == want, nil
	}
	return false, nil
}

func isEmpty(left, right operand) (bool, error) {
	if left.kind != opString && left.kind != opJSON {
		return false, nil
	}
	if right.kind != opBool {
		return false, errFalse
	}
	if left.kind == opString {
		return (left.text == "") == right.truth, nil
	}
	if !left.isArray() {
		return false, &EvalError{"empty is for strings and arrays"}
	}
	return (left.len() == 0) == right.truth, nil
}

// sets is an operator on two arrays.
func sets(holds func(left, right []operand) bool) operator {
	return func(left, right operand) (bool, error) {
		if left.kind != opJSON || right.kind != opJSON {
			return false, errFalse
		}
		r, okRight, err := right.elements()
		if err != nil || !okRight {
			return false, err
		}
		l, okLeft, err := left.elements()
		if err != nil || !okLeft {
			return false, err
		}
		return holds(l, r), nil
	}
}

// count returns how many of left are in right.
func count(left, right []operand) int {
	n := 0
	for _, o := range left {
		if o.in(right) {
			n++
		}
	}
	return n
}

// toInt returns the whole part of a number.
func toInt(s string) (int, bool) {
	v, err := jsonvalue.ParseLenientString(s)
	if err != nil {
		return 0, false
	}
	f, ok := v.Float64()
	return int(f), ok
}

// utf16Len returns the length of s as Java counts it.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}
