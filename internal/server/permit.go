package server

import (
	"context"
	"errors"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/permit"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// errNobody is the failure of a call whose signature is right and whose signer is not known: none is let through.
var errNobody = errors.New("the owner of a verified access key is not known")

// permit returns what says whether a caller may call an operation; nil, where nobody is verified, permits
// everything.
func (s *Server) permit() func(context.Context, restjson.Caller, *restjson.Call) error {
	if s.config.Auth == Off {
		return nil
	}
	checker := &permit.Checker{Store: s.store}
	return func(ctx context.Context, caller restjson.Caller, call *restjson.Call) error {
		who, ok := caller.Owner.(*authorize.Caller)
		switch {
		case !ok:
			return errNobody
		case who.IsRoot() && len(who.Policies) == 0:
			return nil // the usual case
		}
		subject := &permit.Subject{Principal: who.Principal, Policies: who.Policies, Root: who.IsRoot()}
		err := checker.Check(ctx, subject, caller, call)
		if denied, ok := errors.AsType[*permit.Denied](err); ok {
			s.log.InfoContext(ctx, "control request denied", "operation", call.Operation.Name, "principal", who.Principal.ARN,
				"action", denied.Action, "resource", denied.Resource, "policy", denied.Policy, "decision", denied.Decision.String())
		}
		return err
	}
}
