package restjson

import (
	"context"
	"net/http"
	"strings"

	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// Caller is who sent a request, and the region that it is for. All state belongs to an account in a region.
type Caller struct {
	AccountID   string // twelve digits
	Region      string // us-east-1
	Partition   string // aws
	AccessKeyID string // empty where the request was not signed

	// OwnAccount is whether AccountID is the caller's own, verified or at least stated, and not
	// merely the one that is configured for everyone.
	OwnAccount bool

	// Owner is what is known of the owner of the access key that a signature was verified with, for
	// Config.Permit; nil where nothing is.
	Owner any
}

// Authenticator says who sent a request. Its error is shown to the client if it is an *apigw.Error.
type Authenticator interface {
	Authenticate(r *http.Request, body []byte) (Caller, error)
}

// admitter is an Authenticator that can refuse a request before its body is read. What it returns finishes with the
// body what was begun.
type admitter interface {
	Admit(r *http.Request) (complete func(body []byte) (Caller, error), err error)
}

// Open is an Authenticator that trusts everyone. The region is that of the request's credential
// scope, if it has one, and the account is the access key id if that has twelve digits.
type Open struct {
	AccountID string // of the others; 000000000000 if empty
	Region    string // of the others; us-east-1 if empty
}

// Authenticate returns what the request says of itself, unverified. It never fails.
func (o Open) Authenticate(r *http.Request, _ []byte) (Caller, error) {
	c := Caller{AccountID: o.AccountID, Region: o.Region}
	if c.AccountID == "" {
		c.AccountID = "000000000000"
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if scope, ok := sigv4.ScopeOf(r); ok {
		c.AccessKeyID = scope.AccessKeyID
		if isAccountID(scope.AccessKeyID) {
			c.AccountID, c.OwnAccount = scope.AccessKeyID, true
		}
		if scope.Region != "" {
			c.Region = scope.Region
		}
	}
	c.Partition = PartitionOf(c.Region)
	return c, nil
}

func isAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// PartitionOf returns the partition of a region: aws, aws-cn or aws-us-gov.
func PartitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

type callerKey struct{}

// WithCaller returns a context whose caller is c: that of a request, or of a call of an operation that
// does not come over the wire.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom returns the caller of the request that ctx belongs to, the zero Caller outside requests.
func CallerFrom(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
