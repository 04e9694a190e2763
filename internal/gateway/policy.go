// Hot path.

package gateway

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/policy"
)

// inquiry is what policies are asked about an exchange, and what the resource policy said.
type inquiry struct {
	asked    bool           // question is set
	question policy.Request // what policies are asked
	plain    string         // the resource in another spelling; "" where there is none
	resource policy.Decision
}

// What the policies say is found out in two phases. Where nobody needs to know the caller for it, that is for
// methods that are open or have a Lambda authorizer, the resource policy is evaluated before the authorizer
// runs, and a denial is final; those who sign or bring a token are authenticated first. The second phase
// combines the resource policy with what speaks for the caller:
//
//	open              the resource policy allows
//	Cognito           the same: a token says who somebody is, not what he may do
//	Lambda authorizer either allows, neither denies (the caller is of the API's account)
//	AWS_IAM           the same for a caller of the API's account; for one of another both must allow
//
// An API without resource policy leaves the decision to the caller's policies, a private one refuses.
//
// AWS: How API Gateway resource policies affect authorization workflow.

// denyByPolicy refuses what the API's resource policy denies whoever calls. An API whose policy can't be
// evaluated is closed.
func (x *Exchange) denyByPolicy() *fault {
	p := x.stage.Plan
	if p.Closed != "" {
		return authorizationFault(p.Closed)
	}
	if p.Policy == nil || authenticatesFirst(x.method.Authorization.Type) {
		return nil
	}
	x.ask()
	x.inquiry.resource = x.judge(p.Policy)
	if x.inquiry.resource.Effect == policy.Deny {
		return x.resourcePolicyFault()
	}
	return nil
}

// authenticatesFirst reports whether who calls is found out before the resource policy is looked at.
func authenticatesFirst(t plan.AuthorizationType) bool {
	return t == plan.IAM || t == plan.CognitoUserPools
}

// allowByPolicy refuses what the resource policy and the caller's own policies together don't allow.
func (x *Exchange) allowByPolicy() *fault {
	p := x.stage.Plan
	kind := x.method.Authorization.Type
	if p.Policy == nil && (kind == plan.Open || kind == plan.CognitoUserPools) {
		return nil
	}
	x.ask()
	if p.Policy != nil && authenticatesFirst(kind) {
		x.inquiry.resource = x.judge(p.Policy)
	}
	switch kind {
	case plan.Custom:
		return x.combineAuthorizer()
	case plan.IAM:
		return x.combineIdentity()
	}
	if x.inquiry.resource.Effect != policy.Allow {
		return x.resourcePolicyFault()
	}
	return nil
}

// combineAuthorizer refuses what a Lambda authorizer's policy and the resource policy don't allow. The latter
// has not denied, or the authorizer had not been asked.
func (x *Exchange) combineAuthorizer() *fault {
	d, _ := x.judgeAll(x.caller.Policies)
	switch {
	case d.Effect == policy.Deny:
		return deniedFault("User is not authorized to access this resource"+deniedByIdentity, "The authorizer's policy: "+d.String())
	case d.Effect == policy.Silent && x.inquiry.resource.Effect != policy.Allow:
		return deniedFault("User is not authorized to access this resource",
			"The authorizer's policy: "+d.String()+"; "+x.resourceReason())
	}
	return nil
}

// combineIdentity refuses what the policies of a caller who signed and the resource policy don't allow.
func (x *Exchange) combineIdentity() *fault {
	d, at := x.judgeAll(x.caller.Policies)
	if d.Effect != policy.Deny && x.caller.IsRoot() {
		d.Effect = policy.Allow
	}
	foreign := x.caller.Principal.AccountID != x.stage.Plan.AccountID
	resource := x.inquiry.resource
	switch {
	case d.Effect == policy.Deny:
		return x.notAuthorizedFault(deniedByIdentity, "Policy "+strconv.Itoa(at+1)+" of "+x.caller.Principal.ARN+": "+d.String())
	case resource.Effect == policy.Deny:
		return x.resourcePolicyFault()
	case d.Effect == policy.Allow && (!foreign || resource.Effect == policy.Allow):
		return nil
	case d.Effect == policy.Silent && !foreign && resource.Effect == policy.Allow && !resource.Delegated:
		return nil
	case d.Effect == policy.Allow:
		return x.notAuthorizedFault(silentResourcePolicy, "The caller is of account "+x.caller.Principal.AccountID+", so that the resource policy must allow, too; "+x.resourceReason())
	}
	return x.notAuthorizedFault("", "No policy of "+x.caller.Principal.ARN+" allows the request; "+x.resourceReason())
}

// The ends of messages that tell why somebody may not call.
const (
	deniedByIdentity     = " with an explicit deny in an identity-based policy"
	deniedByResource     = " with an explicit deny in a resource-based policy"
	silentResourcePolicy = " because no resource-based policy allows the execute-api:Invoke action"
)

// resourcePolicyFault refuses what the resource policy denies or does not allow.
func (x *Exchange) resourcePolicyFault() *fault {
	end := silentResourcePolicy
	if x.inquiry.resource.Effect == policy.Deny {
		end = deniedByResource
	}
	return x.notAuthorizedFault(end, "The resource policy: "+x.inquiry.resource.String())
}

// resourceReason tells the operator what the resource policy said.
func (x *Exchange) resourceReason() string {
	if x.stage.Plan.Policy == nil {
		return "the API has no resource policy"
	}
	return "the resource policy: " + x.inquiry.resource.String()
}

// notAuthorizedFault refuses a caller in the words of IAM.
//
// Observed: conformance/resource_policy.txtar (the wording, and the masked account).
func (x *Exchange) notAuthorizedFault(end, reason string) *fault {
	return deniedFault("User: "+x.who()+" is not authorized to perform: execute-api:Invoke on resource: "+x.maskedARN()+end, reason)
}

// who names the caller in refusals.
func (x *Exchange) who() string {
	if x.caller.Principal.ARN == "" {
		return "anonymous"
	}
	return x.caller.Principal.ARN
}

// maskedARN returns the ARN of the method as refusals show it: of the account its last four digits.
func (x *Exchange) maskedARN() string {
	p := x.stage.Plan
	account := p.AccountID[max(0, len(p.AccountID)-4):]
	return "arn:" + p.Partition + ":execute-api:" + p.Region + ":********" + account + ":" + p.APIID + "/" + x.stage.Name + "/" + x.verb + "/" +
		strings.TrimPrefix(x.path, "/")
}

// deniedFault refuses somebody who may not call; reason tells the operator why.
func deniedFault(message, reason string) *fault {
	f := withMessage(apigw.GatewayResponseTypeAccessDenied, message)
	f.reason = reason
	return f
}

// ask prepares what policies are asked about the request, unless they were asked before.
func (x *Exchange) ask() {
	if x.inquiry.asked {
		return
	}
	x.inquiry.asked = true
	r := x.authorizationRequest()
	q := &x.inquiry.question
	arn := r.AppendARN(x.buf.line[:0])
	x.buf.line = arn
	q.Action, q.Resource = policy.ActionInvoke, string(arn)
	q.Principal = x.caller.Principal
	q.Time, q.SecureTransport = r.Received, r.TLS
	q.SourceIP, _ = netip.ParseAddr(r.SourceIP)
	q.UserAgent.Text, q.UserAgent.Present = r.Headers.LastFold(headerUserAgent)
	q.Referer.Text, q.Referer.Present = r.Headers.LastFold("Referer")
	if x.stage.Plan.EndpointType == endpointPrivate {
		q.VPCSourceIP, q.SourceVPC, q.SourceVPCE = q.SourceIP, x.endpoint.VPC, x.endpoint.ID
	}
	x.inquiry.plain = x.plainARN()
}

// plainARN returns the method's ARN with the path that others may take the one sent for: decoded, without empty
// segments and a slash at its end. It is "" where there is none but that.
func (x *Exchange) plainARN() string {
	path := strings.TrimPrefix(x.path, "/")
	if !strings.Contains(path, "%") && !strings.Contains(path, "//") && !strings.HasSuffix(path, "/") {
		return ""
	}
	path = decodePath(path)
	var segments []string
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "" {
			segments = append(segments, segment)
		}
	}
	return strings.TrimSuffix(x.inquiry.question.Resource, strings.TrimPrefix(x.path, "/")) + strings.Join(segments, "/")
}

// judge returns what a policy says of the request. The path counts as it was sent; what is denied stays denied
// in other spellings of it.
//
// Differs: docs/differences.md, spellings of a path.
func (x *Exchange) judge(p *policy.Policy) policy.Decision {
	d := p.Evaluate(&x.inquiry.question)
	if x.inquiry.plain == "" || d.Effect == policy.Deny {
		return d
	}
	sent := x.inquiry.question.Resource
	x.inquiry.question.Resource = x.inquiry.plain
	plain := p.Evaluate(&x.inquiry.question)
	x.inquiry.question.Resource = sent
	if plain.Effect == policy.Deny {
		return plain
	}
	return d
}

// judgeAll returns what the policies of one principal say of the request, and which of them decides, from 0.
func (x *Exchange) judgeAll(policies []*policy.Policy) (policy.Decision, int) {
	found, at := policy.Decision{}, -1
	for i, p := range policies {
		d := x.judge(p)
		if d.Effect == policy.Deny {
			return d, i
		}
		if d.Effect == policy.Allow && at < 0 {
			found, at = d, i
		}
	}
	return found, at
}

// decodePath decodes a path once. A percent sign that is followed by anything but two hexadecimal digits stays.
func decodePath(path string) string {
	dst := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) && unhex(path[i+1]) >= 0 && unhex(path[i+2]) >= 0 {
			c = byte(unhex(path[i+1])<<4 | unhex(path[i+2]))
			i += 2
		}
		dst = append(dst, c)
	}
	return string(dst)
}
