package jsonpath

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// operand is one side of a relation: the value of a literal, or what a path led to.
type operand struct {
	kind    operandKind
	truth   bool
	text    string // of a string or number
	json    jsonvalue.Value
	list    []jsonvalue.Value // what an indefinite path selected; then json is no value
	pattern Matcher

	unparsed bool // an array or object literal: equal to nothing when it stands on the left
	bad      bool // such a literal that is no JSON
}

type operandKind uint8

const (
	opUndefined operandKind = iota // a path that leads nowhere; equal to nothing
	opNull
	opBool
	opNumber
	opString
	opJSON
	opPattern
	opOpaque // in lists: text that json-path takes for a path or for JSON; equal to nothing
)

// operandSource is a literal or a path.
type operandSource interface {
	operand(c *filterContext) (operand, error)
}

type literal operand

func (l literal) operand(*filterContext) (operand, error) {
	if l.bad {
		return operand{}, &EvalError{"a literal of a filter is no JSON"}
	}
	return operand(l), nil
}

// pathOperand is a path inside a filter.
type pathOperand struct {
	path *Path
	root bool // it begins with $
}

func (p *pathOperand) operand(c *filterContext) (operand, error) {
	doc := c.item
	if p.root {
		doc = c.root
	}
	found, err := p.path.evaluate(doc, c.root, false)
	switch {
	case err == ErrNotFound:
		return operand{}, nil
	case err != nil:
		return operand{}, err
	case !p.path.definite:
		return operand{kind: opJSON, list: found}, nil
	}
	return valueOperand(found[len(found)-1]), nil
}

func valueOperand(v jsonvalue.Value) operand {
	switch v.Kind() {
	case jsonvalue.Null:
		return operand{kind: opNull}
	case jsonvalue.True, jsonvalue.False:
		return operand{kind: opBool, truth: v.Bool()}
	case jsonvalue.String:
		return operand{kind: opString, text: v.Text()}
	case jsonvalue.Number:
		return operand{kind: opNumber, text: numberText(v)}
	}
	return operand{kind: opJSON, json: v}
}

// numberText returns a number as Java prints it, which is what filters compare.
func numberText(v jsonvalue.Value) string {
	if v.Class() == jsonvalue.Integer || v.Class() == jsonvalue.Long {
		n, _ := v.Int64()
		return strconv.FormatInt(n, 10)
	}
	return string(v.Append(nil, jsonvalue.Compact))
}

// equal is the == of filters, with o on the left.
func (o operand) equal(w operand) bool {
	switch o.kind {
	case opNull:
		return w.kind == opNull
	case opBool:
		return w.kind == opBool && o.truth == w.truth
	case opNumber:
		switch w.kind {
		case opNumber, opString:
			c, ok := compareNumbers(o.text, w.text)
			return ok && c == 0
		}
	case opString:
		switch w.kind {
		case opString:
			return o.text == w.text
		case opNumber:
			return o.text == decimalText(w.text)
		}
	case opJSON:
		return w.kind == opJSON && !o.unparsed && o.equalJSON(w)
	}
	return false
}

func (o operand) equalJSON(w operand) bool {
	if !o.isArray() || !w.isArray() {
		return o.list == nil && w.list == nil && o.json.Equal(w.json)
	}
	if o.len() != w.len() {
		return false
	}
	for i := range o.len() {
		if !o.at(i).Equal(w.at(i)) {
			return false
		}
	}
	return true
}

func (o operand) isArray() bool {
	return o.kind == opJSON && (!o.json.Exists() || o.json.Kind() == jsonvalue.Array)
}

// len returns the number of elements or members.
func (o operand) len() int {
	if o.json.Exists() {
		return o.json.Len()
	}
	return len(o.list)
}

func (o operand) at(i int) jsonvalue.Value {
	if o.json.Exists() {
		return o.json.At(i)
	}
	return o.list[i]
}

// elements returns the elements of an array as operands; ok is false for what is no array.
func (o operand) elements() (list []operand, ok bool, err error) {
	if !o.isArray() {
		return nil, false, nil
	}
	list = make([]operand, o.len())
	for i := range list {
		e := valueOperand(o.at(i))
		switch e.kind {
		case opJSON:
			return nil, false, &EvalError{"a list that is compared holds an array or object"}
		case opString:
			e = listString(e.text)
		}
		list[i] = e
	}
	return list, true, nil
}

// listString returns a string of a list. json-path reads it like a literal once more.
func listString(s string) operand {
	trimmed := strings.Trim(s, " \t\r\n")
	if trimmed != "" && (trimmed[0] == '$' || trimmed[0] == '@') {
		if _, err := Compile(trimmed); err == nil {
			return operand{kind: opOpaque}
		}
	}
	if n := len(trimmed); n > 1 && (trimmed[0] == '[' && trimmed[n-1] == ']' || trimmed[0] == '{' && trimmed[n-1] == '}') {
		if _, err := jsonvalue.ParseLenientString(trimmed); err == nil {
			return operand{kind: opOpaque}
		}
	}
	if n := len(s); n > 1 {
		if (s[0] == '\'' || s[0] == '"') && s[n-1] == s[0] {
			s = s[1 : n-1]
		}
		s, _ = unescape(s)
	}
	return operand{kind: opString, text: s}
}

// contains reports whether one of the list equals o.
func (o operand) in(list []operand) bool {
	for _, e := range list {
		if o.equal(e) {
			return true
		}
	}
	return false
}

// isDecimal reports whether s is a number as Java's BigDecimal reads it.
func isDecimal(s string) bool {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	if hasExponent {
		n, err := strconv.Atoi(exponent)
		if err != nil || n > maxExponent || n < -maxExponent {
			return false
		}
	}
	mantissa = strings.TrimPrefix(strings.TrimPrefix(mantissa, "-"), "+")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

const maxExponent = 10_000

// decimalText returns the number s as Java's BigDecimal prints it.
func decimalText(s string) string {
	if strings.ContainsAny(s, "eE") {
		if v, err := jsonvalue.ParseLenientString(s); err == nil && v.Class() != jsonvalue.NoNumber {
			return string(v.Append(nil, jsonvalue.Compact))
		}
	}
	return s
}

// exactFloatChars is how long two numbers may be to be compared as float64: 15 digits make the
// trip there and back.
const exactFloatChars = 15

// compareNumbers compares two numbers exactly. It reports false if one is none.
func compareNumbers(a, b string) (int, bool) {
	if len(a) <= exactFloatChars && len(b) <= exactFloatChars {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		if errX == nil && errY == nil && isDecimal(a) && isDecimal(b) {
			switch {
			case x < y:
				return -1, true
			case x > y:
				return 1, true
			}
			return 0, true
		}
	}
	if !isDecimal(a) || !isDecimal(b) {
		return 0, false
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	if !okX || !okY {
		return 0, false
	}
	return x.Cmp(y), true
}

// regexp compiles a pattern of a filter.
func (o *Options) regexp(pattern, flags string) (Matcher, error) {
	if o.Regexp != nil {
		return o.Regexp(pattern, flags)
	}
	var known string
	for _, f := range flags {
		if strings.ContainsRune("ims", f) {
			known += string(f)
		}
	}
	if known != "" {
		known = "(?" + known + ")"
	}
	re, err := regexp.Compile(known + `\A(?:` + pattern + `)\z`)
	if err != nil {
		return nil, err
	}
	return goRegexp{re}, nil
}

// goRegexp is a Matcher of package regexp.
type goRegexp struct{ re *regexp.Regexp }

// MatchString implements [Matcher].
func (g goRegexp) MatchString(s string) (bool, error) { return g.re.MatchString(s), nil }
