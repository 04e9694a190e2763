package patch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// The functions in this file write the rows that most tables are made of. Each takes the
// member of T that the row changes as a function from T to the member's place.

// Text is the row of a text member. No value, or an empty one, removes the text.
func Text[T any](path string, member func(*T) **string) Row[T] {
	return Row[T]{
		Path: path, Ops: Replace, Value: "text; empty removes it",
		Apply: func(t *T, c Change) error {
			*member(t) = nil
			if c.Text() != "" {
				*member(t) = c.Value
			}
			return nil
		},
	}
}

// Choice is the row of a member that must have one of values. The name is what a
// refusal calls the member: "HttpMethod". An empty value is refused like a wrong one.
func Choice[T any, S ~string](path, name string, values []S, member func(*T) **S) Row[T] {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return Row[T]{
		Path: path, Ops: Replace, Value: "one of " + strings.Join(words, ", "),
		Apply: func(t *T, c Change) error {
			v := S(c.Text())
			if !slices.Contains(values, v) {
				return apigw.BadRequest(fmt.Sprintf("Invalid %s specified. Valid options are %s", name, strings.Join(words, ",")))
			}
			*member(t) = &v
			return nil
		},
	}
}

// Flag is the row of a boolean member. No value stores false.
func Flag[T any](path string, member func(*T) **bool) Row[T] {
	return Row[T]{
		Path: path, Ops: Replace, Value: "true or false; false without a value",
		Apply: func(t *T, c Change) error {
			v, err := ParseFlag(c)
			if err != nil {
				return err
			}
			*member(t) = &v
			return nil
		},
	}
}

// Number is the row of an integer member. No value, or an empty one, removes the number.
func Number[T any](path string, member func(*T) **int32) Row[T] {
	return Row[T]{
		Path: path, Ops: Replace, Value: "decimal integer; empty removes it",
		Apply: func(t *T, c Change) error {
			if c.Text() == "" {
				*member(t) = nil
				return nil
			}
			n, err := strconv.ParseInt(c.Text(), 10, 32)
			if err != nil {
				return InvalidValue(c)
			}
			*member(t) = new(int32(n))
			return nil
		},
	}
}

// Entries is the row of a map whose key is the path's one variable. Parse makes the
// value of an added or replaced entry. An add to an existing key overwrites it. Where missing is
// not "", replacing or removing a key that is not there is a NotFoundException of that text;
// where it is, the one adds the key and the other does nothing. A map that loses its last entry is
// removed.
func Entries[T any, V any](path, missing string, member func(*T) *map[string]V, parse func(Change) (V, error)) Row[T] {
	return Row[T]{
		Path: path, Ops: Entry, Value: "the entry's value; none to remove it",
		Apply: func(t *T, c Change) error {
			m, key := member(t), c.Var(0)
			if _, ok := (*m)[key]; !ok && c.Op != Add && missing != "" {
				return apigw.NotFound(missing)
			}
			if c.Op == Remove {
				if delete(*m, key); len(*m) == 0 {
					*m = nil
				}
				return nil
			}
			v, err := parse(c)
			if err != nil {
				return err
			}
			if *m == nil {
				*m = make(map[string]V)
			}
			(*m)[key] = v
			return nil
		},
	}
}

// Elements is the row of a list whose elements are added and removed by value. Adding
// an element that is there, or removing one that is not, does nothing.
func Elements[T any, S ~string](path string, member func(*T) *[]S) Row[T] {
	return Row[T]{
		Path: path, Ops: Add | Remove, Value: "the element",
		Apply: func(t *T, c Change) error {
			if c.Text() == "" {
				return emptyValue(c)
			}
			ChangeElement(member(t), c.Op, S(c.Text()))
			return nil
		},
	}
}

// ChangeElement adds v at the end of list unless it is there, or removes it. A list that
// loses its last element becomes nil.
func ChangeElement[S ~string](list *[]S, op Ops, v S) {
	at := slices.Index(*list, v)
	switch {
	case op == Remove && at >= 0:
		if *list = slices.Delete(*list, at, at+1); len(*list) == 0 {
			*list = nil
		}
	case op != Remove && at < 0:
		*list = append(*list, v)
	}
}

// ParseFlag reads the value as true or false in any case; no value is false.
func ParseFlag(c Change) (bool, error) {
	switch strings.ToLower(c.Text()) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, InvalidValue(c)
}

// ParseText returns the value and refuses an empty one by the name of the
// path's first segment.
//
// Observed: "Invalid null or empty value in responseTemplates".
func ParseText(c Change) (string, error) {
	if c.Text() == "" {
		return "", emptyValue(c)
	}
	return c.Text(), nil
}

func emptyValue(c Change) error {
	member, _, _ := strings.Cut(strings.TrimPrefix(c.Path, "/"), "/")
	return apigw.BadRequest("Invalid null or empty value in " + member)
}

// InvalidValue is the refusal of a value that cannot be read.
func InvalidValue(c Change) error {
	return apigw.BadRequest(fmt.Sprintf("Invalid value '%s' specified for patch path %s", c.Text(), c.Path))
}
