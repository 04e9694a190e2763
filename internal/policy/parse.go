package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// The versions of the policy language. Variables are known since the newer one.
const (
	versionVariables = "2012-10-17"
	versionOld       = "2008-10-17"
)

// Error says what is wrong with a policy, and where.
type Error struct {
	Line    int    // from 1; 0 where the policy was not read as text
	Column  int    // from 1, in bytes
	Path    string // of the element: "Statement[0].Effect"; "" for the document itself
	Message string
}

// Error returns the message with its place.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:%d: ", e.Line, e.Column)
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	return b.String() + e.Message
}

// Parse reads a policy of a kind. An error is an *Error: the first thing that is wrong.
func Parse(text string, kind Kind) (*Policy, error) {
	document, err := jsonvalue.ParseString(text)
	if err != nil {
		if syntaxError, ok := errors.AsType[*jsonvalue.SyntaxError](err); ok {
			return nil, &Error{Line: syntaxError.Line, Column: syntaxError.Column, Message: syntaxError.Message}
		}
		return nil, &Error{Message: err.Error()}
	}
	p, err := ParseValue(document, kind)
	if wrong, ok := errors.AsType[*Error](err); ok {
		wrong.Line, wrong.Column = locate(text, wrong.Path)
	}
	return p, err
}

// ParseValue reads a policy that is part of a document, whose places in a text are not known.
func ParseValue(document jsonvalue.Value, kind Kind) (*Policy, error) {
	r := &reader{kind: kind}
	if document.Kind() != jsonvalue.Object {
		return nil, r.wrong("", "a policy is an object")
	}
	if err := r.checkMembers("", document, "Version", "Id", "Statement"); err != nil {
		return nil, err
	}
	switch v := document.Get("Version"); {
	case !v.Exists(), v.Text() == versionOld:
		r.syntax = wildcards
	case v.Text() == versionVariables:
		r.syntax = wildcards | variables
	default:
		return nil, r.wrong("Version", "neither "+versionVariables+" nor "+versionOld)
	}
	p := &Policy{kind: kind}
	err := each("Statement", document.Get("Statement"), func(path string, v jsonvalue.Value) error {
		s, err := r.statement(path, v)
		p.statements = append(p.statements, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(p.statements) == 0 {
		return nil, r.wrong("Statement", "there is no statement")
	}
	p.collectKeys()
	return p, nil
}

// reader is the state of one Parse.
type reader struct {
	kind   Kind
	syntax syntax
}

func (r *reader) wrong(path, message string) error { return &Error{Path: path, Message: message} }

// checkMembers refuses members of an object that mean nothing there.
func (r *reader) checkMembers(path string, v jsonvalue.Value, known ...string) error {
next:
	for name := range v.Members() {
		for _, k := range known {
			if name == k {
				continue next
			}
		}
		return r.wrong(member(path, name), "there is no such element")
	}
	return nil
}

// statement reads one statement.
func (r *reader) statement(path string, v jsonvalue.Value) (s statement, err error) {
	if v.Kind() != jsonvalue.Object {
		return s, r.wrong(path, "a statement is an object")
	}
	if err := r.checkMembers(path, v, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"); err != nil {
		return s, err
	}
	if sid := v.Get("Sid"); sid.Exists() && sid.Kind() != jsonvalue.String {
		return s, r.wrong(member(path, "Sid"), "not a text")
	}
	s.sid = v.Get("Sid").Text()
	switch v.Get("Effect").Text() {
	case "Allow":
		s.effect = Allow
	case "Deny":
		s.effect = Deny
	default:
		return s, r.wrong(member(path, "Effect"), "neither Allow nor Deny")
	}
	if err := r.principals(path, v, &s); err != nil {
		return s, err
	}
	s.notActions, err = r.either(path, v, "Action", "NotAction", func(path, text string) error {
		if text == "" {
			return r.wrong(path, "an empty text is no action")
		}
		s.actions = append(s.actions, parsePattern(strings.ToLower(text), wildcards))
		return nil
	})
	if err != nil {
		return s, err
	}
	s.notResources, err = r.either(path, v, "Resource", "NotResource", func(path, text string) error {
		if text == "" {
			return r.wrong(path, "an empty text is no resource")
		}
		s.resources = append(s.resources, parseARNPattern(text, r.syntax))
		return nil
	})
	if err != nil {
		return s, err
	}
	s.conditions, err = r.conditions(member(path, "Condition"), v.Get("Condition"))
	return s, err
}

// either reads one of two elements that exclude each other: a text or a list of texts. It reports
// whether it is the opposite one.
func (r *reader) either(path string, v jsonvalue.Value, name, opposite string, add func(path, text string) error) (negated bool, err error) {
	element := v.Get(name)
	negated = v.Get(opposite).Exists()
	switch {
	case negated && element.Exists():
		return negated, r.wrong(member(path, opposite), name+" is there, too")
	case negated:
		name, element = opposite, v.Get(opposite)
	case !element.Exists():
		return false, r.wrong(path, name+" is missing")
	}
	found := 0
	err = each(member(path, name), element, func(path string, v jsonvalue.Value) error {
		if v.Kind() != jsonvalue.String {
			return r.wrong(path, "not a text")
		}
		found++
		return add(path, v.Text())
	})
	if err == nil && found == 0 {
		err = r.wrong(member(path, name), "there is nothing in it")
	}
	return negated, err
}

// principals reads whom a statement is about.
func (r *reader) principals(path string, v jsonvalue.Value, s *statement) error {
	name, element := "Principal", v.Get("Principal")
	if other := v.Get("NotPrincipal"); other.Exists() {
		if element.Exists() {
			return r.wrong(member(path, "NotPrincipal"), "Principal is there, too")
		}
		name, element, s.notPrincipals = "NotPrincipal", other, true
	}
	path = member(path, name)
	switch {
	case r.kind == Identity && element.Exists():
		return r.wrong(path, "the policy of a principal names none")
	case r.kind == Identity:
		return nil
	case element.Text() == "*":
		s.principals = []principalPattern{{everyone: true}}
		return nil
	case element.Kind() != jsonvalue.Object || element.Len() == 0:
		return r.wrong(path, `neither "*" nor an object of principals`)
	}
	for kind, list := range element.Members() {
		err := each(member(path, kind), list, func(path string, v jsonvalue.Value) error {
			if v.Kind() != jsonvalue.String || v.Text() == "" {
				return r.wrong(path, "not a principal")
			}
			pattern, err := r.principal(path, kind, v.Text())
			s.principals = append(s.principals, pattern)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(s.principals) == 0 {
		return r.wrong(path, "there is nothing in it")
	}
	return nil
}

// principal reads one principal. Those that are no principals of AWS accounts call no API here; they
// mean nobody.
func (r *reader) principal(path, kind, text string) (principalPattern, error) {
	switch kind {
	case "AWS":
	case "Service", "Federated", "CanonicalUser":
		return principalPattern{}, nil
	default:
		return principalPattern{}, r.wrong(path, "there are no principals of this kind")
	}
	if text == "*" {
		return principalPattern{everyone: true}, nil
	}
	if isAccountID(text) {
		return principalPattern{account: text}, nil
	}
	parts := strings.SplitN(text, ":", arnParts)
	if len(parts) < arnParts || parts[0] != "arn" || parts[2] != "iam" && parts[2] != "sts" || !isAccountID(parts[4]) {
		return principalPattern{}, r.wrong(path, "neither an account nor the ARN of a user, a role or its session")
	}
	switch {
	case strings.ContainsAny(text, "*?"):
		return principalPattern{}, r.wrong(path, "the ARN of a principal has no wildcards")
	case parts[5] == "root":
		return principalPattern{account: parts[4]}, nil
	}
	return principalPattern{arn: text}, nil
}

// isAccountID reports whether a text is twelve digits.
func isAccountID(text string) bool {
	const digits = 12
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return len(text) == digits
}

// conditions reads the conditions of a statement, all of which must hold.
func (r *reader) conditions(path string, v jsonvalue.Value) (list []condition, err error) {
	if !v.Exists() {
		return nil, nil
	}
	if v.Kind() != jsonvalue.Object {
		return nil, r.wrong(path, "conditions are an object of operators")
	}
	for name, keys := range v.Members() {
		path := member(path, name)
		if keys.Kind() != jsonvalue.Object {
			return nil, r.wrong(path, "an operator has an object of condition keys")
		}
		for keyName, values := range keys.Members() {
			c, err := parseOperator(name)
			if err != nil {
				return nil, r.wrong(path, err.Error())
			}
			c.key = parseKey(keyName)
			if err := r.values(member(path, keyName), values, &c); err != nil {
				return nil, err
			}
			list = append(list, c)
		}
	}
	return list, nil
}

// values reads what a condition key is compared to. An empty list fits no value.
func (r *reader) values(path string, list jsonvalue.Value, c *condition) error {
	return each(path, list, func(path string, v jsonvalue.Value) error {
		text := v.Text()
		switch v.Kind() {
		case jsonvalue.True, jsonvalue.False:
			text = v.String()
		case jsonvalue.String, jsonvalue.Number:
		default:
			return r.wrong(path, "not a value")
		}
		if err := c.add(text, r.syntax); err != nil {
			return r.wrong(path, err.Error())
		}
		return nil
	})
}

// each calls visit for the elements of a list, or for what stands there instead of a list of one.
func each(path string, v jsonvalue.Value, visit func(path string, v jsonvalue.Value) error) error {
	if v.Kind() != jsonvalue.Array {
		if !v.Exists() {
			return nil
		}
		return visit(path, v)
	}
	for i, v := range v.Elements() {
		if err := visit(element(path, i), v); err != nil {
			return err
		}
	}
	return nil
}

// element returns the path of an element of a list.
func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// member returns the path of a member of an object.
func member(path, name string) string {
	switch {
	case path == "":
		return name
	case strings.ContainsAny(name, ".[]"):
		return path + "[" + strconv.Quote(name) + "]"
	}
	return path + "." + name
}
