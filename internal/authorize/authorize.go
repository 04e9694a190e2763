// Package authorize holds what the ways of authorization share: what an authorizer may see of a request,
// and what it says of the caller.
//
// It decides nothing. Each way has a package below this one, package gateway calls them in the service's
// order (admission.go there), and package policy evaluates the policies that they bring. Start reading at
// [Request] and [Caller].
package authorize

import (
	"time"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Request is what authorization may see of a client's request. Its memory is the exchange's: nobody
// keeps or changes what is in it.
type Request struct {
	// The request as it was sent.
	Method   string      // the verb that was written, whatever overrides it
	Target   string      // raw path and query: "/dev/pets/7?x=1"
	Host     string      // with the port, if one was given
	Headers  header.List // in order and case, Host included
	Body     []byte      // before content coding
	SourceIP string      // address of the client, without port
	TLS      bool        // the connection is encrypted
	Received time.Time

	// What it is addressed to.
	Partition string // "aws"
	Region    string
	AccountID string // of the API's owner
	APIID     string
	Stage     string
	Verb      string // of the method: the one sent, or what overrides it
	Path      string // raw, without the stage: "/pets/7"
}

// AppendARN appends the ARN of the method that is called, with the actual path, to dst.
//
// AWS: Control access for invoking an API (resource format of permissions for executing an API).
func (r *Request) AppendARN(dst []byte) []byte {
	for _, part := range [...]string{"arn:", r.Partition, ":execute-api:", r.Region, ":", r.AccountID, ":", r.APIID, "/", r.Stage, "/", r.Verb} {
		dst = append(dst, part...)
	}
	if r.Path == "" || r.Path[0] != '/' {
		dst = append(dst, '/')
	}
	return append(dst, r.Path...)
}

// Caller is who sent a request, as the authorization of a method found out. The zero Caller is anonymous.
// Values that are not known are "".
type Caller struct {
	PrincipalID string // what an authorizer calls the caller

	// Principal is who signed the request, for methods with AWS_IAM; zero for all others, whatever their
	// authorizer says.
	Principal policy.Principal
	AccessKey string // id of the key that signed the request
	ID        string // $context.identity.caller: the unique id of the user or of the session of a role
	User      string // $context.identity.user

	// Policies speak for the caller: those of a principal, or the one that a Lambda authorizer returned.
	Policies []*policy.Policy

	// Authorizer is $context.authorizer: an object, or the zero Value where no authorizer ran.
	Authorizer jsonvalue.Value

	// UsageIdentifierKey is the value of the API key with which an authorizer has the request counted.
	UsageIdentifierKey string
}

// IsRoot reports whether the caller is the root user of an account, who needs no policy there.
func (c *Caller) IsRoot() bool { return c.Principal.Type == PrincipalAccount }

// The types of principals, as policies see them.
//
// AWS: AWS global condition context keys (aws:PrincipalType).
const (
	PrincipalAccount       = "Account" // the root user
	PrincipalUser          = "User"
	PrincipalAssumedRole   = "AssumedRole"
	PrincipalFederatedUser = "FederatedUser"
)
