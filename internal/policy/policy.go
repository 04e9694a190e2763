// Hot path.

// Package policy evaluates policies in the language of IAM: resource policies of APIs, policies of
// principals, and those that Lambda authorizers return.
//
// A policy is parsed once, with everything that can be done before a request is known, and evaluated as
// often as there are requests, which allocates nothing unless a condition compares something as text that
// is none. It does no I/O, knows no clock, and does not combine policies: that is admission's affair
// (package gateway). Permissions boundaries, session and service control policies are not its business
// either.
//
// Start reading at [Parse] and [Policy.Evaluate]; statement.go says when a statement applies, condition.go
// has the operators, key.go the condition keys.
//
// AWS: IAM JSON policy elements reference; AWS condition keys that can be used in API Gateway resource
// policies.
package policy

import (
	"slices"
	"strconv"
	"strings"
)

// Effect is what a policy says of a request.
type Effect uint8

// The effects. Silent is a policy in which no statement applies.
const (
	Silent Effect = iota
	Allow
	Deny
)

// String returns the effect as policies spell it.
func (e Effect) String() string {
	switch e {
	case Allow:
		return "Allow"
	case Deny:
		return "Deny"
	}
	return "silent"
}

// Kind is what a policy is attached to.
type Kind uint8

// The kinds. Statements of a resource policy name principals, those of an identity policy must not.
const (
	Resource Kind = iota // attached to an API
	Identity             // attached to a principal, or returned by a Lambda authorizer
)

// Policy is a parsed policy; the zero Policy is a resource policy that is always silent. It is immutable and safe for concurrent use.
type Policy struct {
	kind       Kind
	statements []statement
	further    []key // the condition keys that only Request.Keys can have, each once
}

// Decision is what a policy says of one request, and which statement says so.
type Decision struct {
	Effect Effect

	// Statement is the position of the deciding statement, from 1; 0 where no statement applies. Of
	// several that allow it is the first.
	Statement int

	// Sid is the deciding statement's own name for itself, or "".
	Sid string

	// Delegated says that the statement allows the account of the principal and not the principal
	// itself: a principal of the resource's own account needs a policy of its own, too.
	//
	// AWS: AWS JSON policy elements: Principal (AWS account principals).
	Delegated bool
}

// String returns the decision in words, for logs: "Deny by statement 2 (NoOldClients)".
func (d Decision) String() string {
	if d.Statement == 0 {
		return "no statement applies"
	}
	text := d.Effect.String() + " by statement " + strconv.Itoa(d.Statement)
	if d.Sid != "" {
		text += " (" + d.Sid + ")"
	}
	return text
}

// Evaluate says what the policy makes of a request: one statement that denies decides, else one that
// allows.
//
// AWS: Policy evaluation logic.
func (p *Policy) Evaluate(r *Request) Decision {
	var d Decision
	for i := range p.statements {
		s := &p.statements[i]
		if s.effect == Allow && d.Effect == Allow && !d.Delegated {
			continue
		}
		applies, delegated := s.applies(p.kind, r)
		if !applies || s.effect == Allow && delegated && d.Effect == Allow {
			continue
		}
		d = Decision{Effect: s.effect, Statement: i + 1, Sid: s.sid, Delegated: delegated && s.effect == Allow}
		if d.Effect == Deny {
			return d
		}
	}
	return d
}

// FurtherKeys returns the names of the condition keys, in conditions and variables of the policy, whose values
// only [Request.Keys] can have, as they are written and each once, in the order in which they stand there.
func (p *Policy) FurtherKeys() []string {
	names := make([]string, len(p.further))
	for i := range p.further {
		names[i] = p.further[i].name
	}
	return names
}

// Mentions reports whether the policy has a further condition key whose name begins with a prefix, which is in
// lower case.
func (p *Policy) Mentions(prefix string) bool {
	return slices.ContainsFunc(p.further, func(k key) bool { return strings.HasPrefix(k.lower, prefix) })
}

// collectKeys notes the further condition keys of the policy.
func (p *Policy) collectKeys() {
	note := func(k key) {
		known := func(other key) bool { return other.lower == k.lower }
		if k.id == keyFurther && !slices.ContainsFunc(p.further, known) {
			p.further = append(p.further, k)
		}
	}
	for i := range p.statements {
		s := &p.statements[i]
		for j := range s.resources {
			s.resources[j].eachVariable(note)
		}
		for j := range s.conditions {
			c := &s.conditions[j]
			note(c.key)
			for k := range c.patterns {
				c.patterns[k].eachVariable(note)
			}
			for k := range c.arns {
				c.arns[k].eachVariable(note)
			}
		}
	}
}
