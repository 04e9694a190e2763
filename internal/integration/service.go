package integration

import "context"

// CallerCredentials as Service.Credentials means the identity of the client itself.
//
// AWS: Integration (API reference), credentials.
const CallerCredentials = "arn:aws:iam::*:user/*"

// Service is the AWS service that a request is for. The zero Service is none: the request goes to the
// host of its URI.
type Service struct {
	Name      string // as it stands in ARNs and host names, such as "sqs"
	Subdomain string // what stands before the name in the host, or ""
	Partition string // "aws", "aws-cn", ...
	Region    string

	// Credentials is the ARN of the role to call the service with, CallerCredentials, or "" for the
	// gateway's own credentials.
	Credentials string
}

// Credentials are what requests are signed with.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // "" for keys that last
}

// Signer makes a request for an AWS service one that can be sent to an HTTP endpoint. It is safe for
// concurrent use.
type Signer interface {
	// Sign completes req, whose Service is set and whose other fields are all as they are to be sent:
	// the URI gets the scheme and host of the service's endpoint, with the endpoint's own path before
	// its path, and the headers get those of the signature. Nothing of req may be changed afterwards.
	// The time that it takes is taken off req.Timeout.
	//
	// ctx ends when the client is gone. The error, if any, is an *Error of kind Configuration,
	// InvalidAddress, Timeout or Canceled.
	Sign(ctx context.Context, req *Request) error
}
