// Hot path.

package policy

import "strings"

// statement is one statement of a policy.
type statement struct {
	sid           string
	effect        Effect
	principals    []principalPattern // of resource policies
	notPrincipals bool               // all but the principals are meant
	actions       []pattern          // in lower case
	notActions    bool
	resources     []arnPattern
	notResources  bool
	conditions    []condition
}

// applies reports whether the statement is about a request. Delegated says that of its principals only
// the account of the caller fits.
func (s *statement) applies(kind Kind, r *Request) (applies, delegated bool) {
	if kind == Resource {
		if applies, delegated = s.namesPrincipal(&r.Principal); !applies {
			return false, false
		}
	}
	if s.namesAction(r) == s.notActions || s.namesResource(r) == s.notResources {
		return false, false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r) {
			return false, false
		}
	}
	return true, delegated
}

func (s *statement) namesPrincipal(p *Principal) (applies, delegated bool) {
	best := noPrincipal
	for i := range s.principals {
		best = max(best, s.principals[i].fits(p))
	}
	if s.notPrincipals {
		return best == noPrincipal, false
	}
	return best != noPrincipal, best == accountOfPrincipal
}

func (s *statement) namesAction(r *Request) bool {
	for i := range s.actions {
		if s.actions[i].match(r.Action, r) {
			return true
		}
	}
	return false
}

func (s *statement) namesResource(r *Request) bool {
	for i := range s.resources {
		if s.resources[i].match(r.Resource, r) {
			return true
		}
	}
	return false
}

// principalPattern is one principal that a statement names.
type principalPattern struct {
	everyone bool
	account  string // the id of an account, whose principals are all meant
	arn      string // of a user, a role or a session of one
}

// How well a principal fits one that a statement names; the larger, the better.
type fit uint8

const (
	noPrincipal fit = iota
	accountOfPrincipal
	samePrincipal
)

// fits reports how well a principal fits. An anonymous caller is meant by "*" alone.
//
// AWS: AWS JSON policy elements: Principal.
func (p *principalPattern) fits(caller *Principal) fit {
	switch {
	case p.everyone:
		return samePrincipal
	case p.account != "" && p.account == caller.AccountID:
		if strings.HasSuffix(caller.ARN, ":root") {
			return samePrincipal
		}
		return accountOfPrincipal
	case p.arn != "" && (p.arn == caller.ARN || p.arn == caller.RoleARN):
		return samePrincipal
	}
	return noPrincipal
}
