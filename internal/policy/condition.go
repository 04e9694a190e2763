// Hot path.

package policy

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// condition is one condition key under one operator, with the values that it is compared to.
type condition struct {
	operator operator
	quantity quantity
	ifExists bool
	key      key

	patterns []pattern      // of operators on strings
	arns     []arnPattern   // of operators on ARNs
	numbers  []float64      // of operators on numbers
	times    []time.Time    // of operators on dates
	prefixes []netip.Prefix // of operators on addresses
	flags    []bool         // of Bool and Null
	texts    []string       // of BinaryEquals: bytes
}

// operator is a condition operator without what qualifies it.
type operator struct {
	kind    operatorKind
	negated bool
	order   order // of numbers and dates
}

type operatorKind uint8

const (
	stringEquals operatorKind = iota
	stringEqualsIgnoreCase
	stringLike
	arnLike
	numeric
	date
	boolean
	binary
	ipAddress
	null
)

// order is how a number or date must compare to that of the policy.
type order uint8

const (
	equal order = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// operators are the condition operators by name.
//
// AWS: IAM JSON policy elements: Condition operators.
var operators = map[string]operator{
	"StringEquals":              {kind: stringEquals},
	"StringNotEquals":           {kind: stringEquals, negated: true},
	"StringEqualsIgnoreCase":    {kind: stringEqualsIgnoreCase},
	"StringNotEqualsIgnoreCase": {kind: stringEqualsIgnoreCase, negated: true},
	"StringLike":                {kind: stringLike},
	"StringNotLike":             {kind: stringLike, negated: true},
	"ArnEquals":                 {kind: arnLike},
	"ArnNotEquals":              {kind: arnLike, negated: true},
	"ArnLike":                   {kind: arnLike},
	"ArnNotLike":                {kind: arnLike, negated: true},
	"NumericEquals":             {kind: numeric},
	"NumericNotEquals":          {kind: numeric, negated: true},
	"NumericLessThan":           {kind: numeric, order: less},
	"NumericLessThanEquals":     {kind: numeric, order: lessOrEqual},
	"NumericGreaterThan":        {kind: numeric, order: greater},
	"NumericGreaterThanEquals":  {kind: numeric, order: greaterOrEqual},
	"DateEquals":                {kind: date},
	"DateNotEquals":             {kind: date, negated: true},
	"DateLessThan":              {kind: date, order: less},
	"DateLessThanEquals":        {kind: date, order: lessOrEqual},
	"DateGreaterThan":           {kind: date, order: greater},
	"DateGreaterThanEquals":     {kind: date, order: greaterOrEqual},
	"Bool":                      {kind: boolean},
	"BinaryEquals":              {kind: binary},
	"IpAddress":                 {kind: ipAddress},
	"NotIpAddress":              {kind: ipAddress, negated: true},
	"Null":                      {kind: null},
}

// quantity says which values of a key with several an operator is about.
//
// AWS: Single-valued vs. multivalued context keys.
type quantity uint8

const (
	unqualified quantity = iota
	forAllValues
	forAnyValue
)

const (
	prefixAllValues = "ForAllValues:"
	prefixAnyValue  = "ForAnyValue:"
	suffixIfExists  = "IfExists"
)

// parseOperator reads an operator with what qualifies it.
func parseOperator(name string) (condition, error) {
	var c condition
	base := name
	if rest, ok := strings.CutPrefix(base, prefixAllValues); ok {
		c.quantity, base = forAllValues, rest
	} else if rest, ok := strings.CutPrefix(base, prefixAnyValue); ok {
		c.quantity, base = forAnyValue, rest
	}
	base, c.ifExists = strings.CutSuffix(base, suffixIfExists)
	var ok bool
	c.operator, ok = operators[base]
	switch {
	case !ok:
		return c, fmt.Errorf("there is no condition operator %q", name)
	case c.operator.kind == null && (c.ifExists || c.quantity != unqualified):
		return c, errors.New("the operator Null can't be qualified")
	}
	return c, nil
}

// add adds a value that the key is compared to.
func (c *condition) add(text string, s syntax) (err error) {
	switch c.operator.kind {
	case stringEquals, stringEqualsIgnoreCase:
		c.patterns = append(c.patterns, parsePattern(text, s&variables))
	case stringLike:
		c.patterns = append(c.patterns, parsePattern(text, s))
	case arnLike:
		c.arns = append(c.arns, parseARNPattern(text, s))
	case numeric:
		number, ok := parseNumber(text)
		if !ok {
			return fmt.Errorf("%q is not a number", text)
		}
		c.numbers = append(c.numbers, number)
	case date:
		t, ok := parseTime(text)
		if !ok {
			return fmt.Errorf("%q is not a date such as 2026-01-31T00:00:00Z", text)
		}
		c.times = append(c.times, t)
	case boolean, null:
		set := strings.EqualFold(text, "true")
		if !set && !strings.EqualFold(text, "false") {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		c.flags = append(c.flags, set)
	case binary:
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fmt.Errorf("%q is not base64", text)
		}
		c.texts = append(c.texts, string(decoded))
	case ipAddress:
		prefix, err := parsePrefix(text)
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a range of them such as 192.0.2.0/24", text)
		}
		c.prefixes = append(c.prefixes, prefix)
	}
	return nil
}

// holds reports whether the condition holds for a request.
//
// AWS: IAM JSON policy elements: Condition operators (keys that are absent; …IfExists).
func (c *condition) holds(r *Request) bool {
	n := c.key.values(r)
	switch {
	case c.operator.kind == null:
		return c.is(n == 0)
	case n == 0 && c.quantity == forAnyValue:
		return c.ifExists
	case n == 0:
		return c.ifExists || c.operator.negated || c.quantity == forAllValues
	}
	// Without a quantity one value is enough to be like the policy's, and to be unlike them none may be.
	all := c.quantity == forAllValues || c.quantity == unqualified && c.operator.negated
	for i := range n {
		v := c.key.at(r, i)
		if c.matches(&v, r) != c.operator.negated != all {
			return !all
		}
	}
	return all
}

// matches reports whether one of the policy's values fits a value of the request, before it is negated.
func (c *condition) matches(v *value, r *Request) bool {
	switch c.operator.kind {
	case numeric:
		return c.matchesNumber(v)
	case date:
		return c.matchesTime(v)
	case ipAddress:
		return c.matchesAddr(v)
	}
	text := v.asText()
	switch c.operator.kind {
	case stringEquals, stringLike:
		for i := range c.patterns {
			if c.patterns[i].match(text, r) {
				return true
			}
		}
	case stringEqualsIgnoreCase:
		for i := range c.patterns {
			if c.patterns[i].equalFold(text, r) {
				return true
			}
		}
	case arnLike:
		for i := range c.arns {
			if c.arns[i].match(text, r) {
				return true
			}
		}
	case binary:
		for _, want := range c.texts {
			if want == text {
				return true
			}
		}
	case boolean:
		return strings.EqualFold(text, "true") && c.is(true) || strings.EqualFold(text, "false") && c.is(false)
	}
	return false
}

// is reports whether one of the policy's flags is the given one.
func (c *condition) is(set bool) bool {
	for _, want := range c.flags {
		if want == set {
			return true
		}
	}
	return false
}

func (c *condition) matchesNumber(v *value) bool {
	number, ok := v.asNumber()
	for _, want := range c.numbers {
		if ok && c.operator.order.allows(compare(number, want)) {
			return true
		}
	}
	return false
}

func (c *condition) matchesTime(v *value) bool {
	t, ok := v.asTime()
	for _, want := range c.times {
		if ok && c.operator.order.allows(t.Compare(want)) {
			return true
		}
	}
	return false
}

func (c *condition) matchesAddr(v *value) bool {
	addr, ok := v.asAddr()
	for _, want := range c.prefixes {
		if ok && want.Contains(addr) {
			return true
		}
	}
	return false
}

// allows reports whether a comparison came out as the order wants.
func (o order) allows(comparison int) bool {
	switch o {
	case less:
		return comparison < 0
	case lessOrEqual:
		return comparison <= 0
	case greater:
		return comparison > 0
	case greaterOrEqual:
		return comparison >= 0
	}
	return comparison == 0
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// parseNumber reads a decimal number.
func parseNumber(text string) (float64, bool) {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' {
			return 0, false
		}
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil
}

// dateLayouts are the forms of dates: those of W3C's profile of ISO 8601.
var dateLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00", // fractions of a second are read with it
	"2006-01-02T15:04Z07:00",
	"2006-01-02",
	"2006-01",
}

// parseTime reads a date, or seconds since 1970. A number of four digits is a year.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	const digitsOfYear = 4
	seconds, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return time.Time{}, false
	case len(text) == digitsOfYear && seconds > 0:
		return time.Date(int(seconds), time.January, 1, 0, 0, 0, 0, time.UTC), true
	}
	return time.Unix(seconds, 0), true
}

// parsePrefix reads a range of addresses, or one address. Bits behind the length of a prefix count for nothing.
func parsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		addr = addr.Unmap()
		return addr.Prefix(addr.BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}
