package patch

import (
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// Offer is what a table tells a Family about itself. Every *Table is one.
type Offer interface {
	OpsFor(path string) Ops    // what may be done to a path
	PathsFor(ops Ops) []string // where any of ops may be done
}

// Family puts the refusal of an operation that no row takes into words. The service has
// two wordings, MemberFamily and PathListFamily; Stage alone has its own.
type Family func(o Offer, op apigw.PatchOperation) error

// MemberFamily is the wording of RestApi, Method, MethodResponse, GatewayResponse,
// Integration and IntegrationResponse.
//
// Observed: an unknown path and a wrong operation on a known one are told apart.
func MemberFamily(o Offer, op apigw.PatchOperation) error {
	if ops := o.OpsFor(apigw.Value(op.Path)); ops != 0 {
		return apigw.BadRequest(fmt.Sprintf("Invalid patch operation specified. Must be one of: [%s]", ops))
	}
	return apigw.BadRequest("Invalid patch path " + orNull(op.Path))
}

// PathListFamily is the wording of all other resources but Stage: it lists the paths that the
// operation has, whatever the path that was asked for.
//
// Observed: two blanks after "path".
func PathListFamily(o Offer, op apigw.PatchOperation) error {
	name := "null"
	if op.Op != nil {
		name = string(*op.Op)
	}
	offer := "Please choose supported operations"
	if paths := o.PathsFor(opOf(op)); len(paths) > 0 {
		offer = fmt.Sprintf("Must be one of: [%s]", strings.Join(paths, ", "))
	}
	return apigw.BadRequest(fmt.Sprintf("Invalid patch path  '%s' specified for op '%s'. %s", orNull(op.Path), name, offer))
}

func orNull(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}
