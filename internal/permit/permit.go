// Package permit says whether a principal may call an operation of the control plane.
//
// A call needs permission for one or more actions, each on a resource: the verb of the request on its path, and
// further ones for what the service holds to be sensitive: tags, policies, truststores, roles (need.go). The
// resources are named as the service names them (place.go). What conditions see is the request (request.go), what
// the account has at the place (resource.go) and what is known of the principal, which package policy evaluates.
//
// Who calls is known before; that the input is lawful is not looked at. Start reading at [Checker.Check].
//
// AWS: Actions, resources, and condition keys for Amazon API Gateway Management; How Amazon API Gateway works
// with IAM.
package permit

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store"
)

// Checker holds calls against the policies of those who call. It keeps no state and is safe for concurrent use.
type Checker struct {
	Store store.Store      // what the accounts have; read where a policy asks for it
	Now   func() time.Time // nil is time.Now
}

// Subject is who calls. Without policies nobody but the root user of an account may do anything.
type Subject struct {
	Principal policy.Principal
	Policies  []*policy.Policy // attached to the principal
	Root      bool             // the root user of the account, who may do what no policy denies
}

// Denied is the refusal of a call. It wraps the *apigw.Error that the client gets.
type Denied struct {
	Action   string // apigateway:PUT
	Resource string // ARN

	// Policy is the position of the policy that denies, from 1, and Decision what it says; 0 where none allows.
	Policy   int
	Decision policy.Decision

	answer *apigw.Error
}

// Error returns the error of the client.
func (d *Denied) Error() string { return d.answer.Error() }

// Unwrap returns the error of the client.
func (d *Denied) Unwrap() error { return d.answer }

// Check returns nil where the subject may make the call, else a *Denied for the first permission that is missing.
// Any other error is one of the store.
//
// AWS: Policy evaluation logic.
func (c *Checker) Check(ctx context.Context, subject *Subject, caller restjson.Caller, call *restjson.Call) error {
	q := &inquiry{checker: c, subject: subject, caller: caller, call: call, question: c.question(subject, call.Request)}
	needs, err := q.needs(ctx)
	if err != nil {
		return err
	}
	for i := range needs {
		n := &needs[i]
		if q.question.Keys, err = q.keys(ctx, n); err != nil {
			return err
		}
		q.question.Action, q.question.Resource = strings.ToLower(n.action), n.resource
		if denied := subject.judge(&q.question, n); denied != nil {
			return denied
		}
	}
	return nil
}

// question returns what policies are asked about every need of a call.
func (c *Checker) question(subject *Subject, r *http.Request) policy.Request {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	question := policy.Request{
		Principal: subject.Principal, Time: now(), SecureTransport: r.TLS != nil,
		UserAgent: header(r, "User-Agent"), Referer: header(r, "Referer"),
	}
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		question.SourceIP = from.Addr().Unmap()
	}
	return question
}

// header returns the last value of a header.
func header(r *http.Request, name string) policy.Optional {
	values := r.Header.Values(name)
	if len(values) == 0 {
		return policy.Optional{}
	}
	return policy.Optional{Text: values[len(values)-1], Present: true}
}

// judge asks the subject's policies for one need. One that denies decides, then one that allows.
//
// AWS: Troubleshoot access denied error messages (the texts).
func (s *Subject) judge(question *policy.Request, n *need) *Denied {
	allowed := s.Root
	for i, p := range s.Policies {
		d := p.Evaluate(question)
		if d.Effect == policy.Deny {
			return s.denied(n, Denied{Policy: i + 1, Decision: d}, " with an explicit deny in an identity-based policy")
		}
		allowed = allowed || d.Effect == policy.Allow
	}
	if allowed {
		return nil
	}
	return s.denied(n, Denied{}, " because no identity-based policy allows the "+n.action+" action")
}

// denied completes a refusal.
//
// Observed: internal/permit/permit_test.go (the wording, in published logs of the service's clients).
func (s *Subject) denied(n *need, d Denied, because string) *Denied {
	d.Action, d.Resource = n.action, n.resource
	d.answer = apigw.AccessDenied("User: " + s.Principal.ARN + " is not authorized to perform: " + n.action + " on resource: " + n.resource + because)
	return &d
}

// mentions reports whether a policy of the subject has a condition key whose name begins with a prefix, in lower
// case, of those that only a call has.
func (s *Subject) mentions(prefix string) bool {
	return slices.ContainsFunc(s.Policies, func(p *policy.Policy) bool { return p.Mentions(prefix) })
}
