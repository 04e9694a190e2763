package mapping

// Hot path.

import (
	"strconv"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Context is $context: what the service itself knows of an exchange. It lives from the beginning of the exchange to
// its end, so that overrides set in the request template are there in the response template. The zero
// Context is ready. It is not safe for concurrent use.
//
// AWS: API Gateway mapping template and access logging variable reference.
type Context struct {
	AccountID         string // of the API's owner
	APIID             string
	DeploymentID      string
	DomainName        string
	DomainPrefix      string
	ExtendedRequestID string
	HTTPMethod        string
	Path              string // with the stage, as the client sent it
	Protocol          string
	RequestID         string
	RequestTime       time.Time
	ResourceID        string
	ResourcePath      string
	Stage             string

	// IsCanaryRequest is "true" or "false"; "" where the stage has no canary.
	IsCanaryRequest string

	// AWSEndpointRequestID is the request id that an AWS service gave in its response; "" if there is none.
	AWSEndpointRequestID string

	Identity Identity

	// Authorizer has the values of the authorizer that admitted the request, as an object of strings (and of
	// claims, an object too). The zero Value: there was no authorizer.
	Authorizer jsonvalue.Value

	// Error describes the failure that a gateway response tells of. Its ResponseType is "" where there is none.
	Error Error

	// Document, if it is an object, is $context instead of all fields above.
	Document jsonvalue.Value

	overrides overrides
}

// Identity is $context.identity: what is known of the caller. Values that aren't known are "".
type Identity struct {
	AccessKey                     string
	AccountID                     string
	APIKey                        string
	APIKeyID                      string
	Caller                        string
	CognitoAuthenticationProvider string
	CognitoAuthenticationType     string
	CognitoIdentityID             string
	CognitoIdentityPoolID         string
	PrincipalOrgID                string
	SourceIP                      string
	User                          string
	UserAgent                     string
	UserARN                       string
	VPCEndpointID                 string // through which a private API was called
	VPCID                         string

	// ClientCert describes the certificate of a client that was authenticated by mutual TLS, as an object with the members
	// clientCertPem, subjectDN, issuerDN, serialNumber and validity (notBefore, notAfter). The zero Value: there is none.
	ClientCert jsonvalue.Value
}

// Error is $context.error.
type Error struct {
	Message               string // the text
	MessageString         string // the text as JSON, or null
	ResponseType          string // the type of gateway response
	ValidationErrorString string // what a request validator found
}

// Reset makes c the zero Context.
func (c *Context) Reset() { *c = Context{} }

// requestTimeLayout is the time format of $context.requestTime, that of Common Log Format.
const requestTimeLayout = "02/Jan/2006:15:04:05 -0700"

// variable is one value of $context that is kept in a field.
type variable struct {
	name     string
	get      func(c *Context) string
	optional bool // it is there only if it isn't empty
}

// contextVariables are the variables of $context itself, in no particular order: templates see them in
// that of a hash table.
var contextVariables = []variable{
	{name: "resourceId", get: func(c *Context) string { return c.ResourceID }},
	{name: "resourcePath", get: func(c *Context) string { return c.ResourcePath }},
	{name: "httpMethod", get: func(c *Context) string { return c.HTTPMethod }},
	{name: "extendedRequestId", get: func(c *Context) string { return c.ExtendedRequestID }},
	{name: "requestTime", get: (*Context).requestTime},
	{name: "path", get: func(c *Context) string { return c.Path }},
	{name: "accountId", get: func(c *Context) string { return c.AccountID }},
	{name: "protocol", get: func(c *Context) string { return c.Protocol }},
	{name: "stage", get: func(c *Context) string { return c.Stage }},
	{name: "domainPrefix", get: func(c *Context) string { return c.DomainPrefix }},
	{name: "requestTimeEpoch", get: (*Context).requestTimeEpoch},
	{name: "requestId", get: func(c *Context) string { return c.RequestID }},
	{name: "domainName", get: func(c *Context) string { return c.DomainName }},
	{name: "deploymentId", get: func(c *Context) string { return c.DeploymentID }},
	{name: "apiId", get: func(c *Context) string { return c.APIID }},
	{name: "awsEndpointRequestId", get: func(c *Context) string { return c.AWSEndpointRequestID }, optional: true},
	{name: "isCanaryRequest", get: func(c *Context) string { return c.IsCanaryRequest }, optional: true},
}

// identityVariables are those of $context.identity.
//
// Observed: without an API key there are exactly the twelve that aren't optional, empty or not.
var identityVariables = []variable{
	{name: "cognitoIdentityPoolId", get: func(c *Context) string { return c.Identity.CognitoIdentityPoolID }},
	{name: "accountId", get: func(c *Context) string { return c.Identity.AccountID }},
	{name: "cognitoIdentityId", get: func(c *Context) string { return c.Identity.CognitoIdentityID }},
	{name: "caller", get: func(c *Context) string { return c.Identity.Caller }},
	{name: "sourceIp", get: func(c *Context) string { return c.Identity.SourceIP }},
	{name: "principalOrgId", get: func(c *Context) string { return c.Identity.PrincipalOrgID }},
	{name: "accessKey", get: func(c *Context) string { return c.Identity.AccessKey }},
	{name: "cognitoAuthenticationType", get: func(c *Context) string { return c.Identity.CognitoAuthenticationType }},
	{name: "cognitoAuthenticationProvider", get: func(c *Context) string { return c.Identity.CognitoAuthenticationProvider }},
	{name: "userArn", get: func(c *Context) string { return c.Identity.UserARN }},
	{name: "userAgent", get: func(c *Context) string { return c.Identity.UserAgent }},
	{name: "user", get: func(c *Context) string { return c.Identity.User }},
	{name: "apiKey", get: func(c *Context) string { return c.Identity.APIKey }, optional: true},
	{name: "apiKeyId", get: func(c *Context) string { return c.Identity.APIKeyID }, optional: true},
	{name: "vpcId", get: func(c *Context) string { return c.Identity.VPCID }, optional: true},
	{name: "vpceId", get: func(c *Context) string { return c.Identity.VPCEndpointID }, optional: true},
}

// errorVariables are those of $context.error.
var errorVariables = []variable{
	{name: "message", get: func(c *Context) string { return c.Error.Message }},
	{name: "messageString", get: func(c *Context) string { return c.Error.MessageString }},
	{name: "responseType", get: func(c *Context) string { return c.Error.ResponseType }},
	{name: "validationErrorString", get: func(c *Context) string { return c.Error.ValidationErrorString }},
}

func (c *Context) requestTime() string {
	if c.RequestTime.IsZero() {
		return ""
	}
	return c.RequestTime.UTC().Format(requestTimeLayout)
}

func (c *Context) requestTimeEpoch() string {
	if c.RequestTime.IsZero() {
		return ""
	}
	return strconv.FormatInt(c.RequestTime.UnixMilli(), 10)
}

// find returns the variable of that name, or nil.
func find(list []variable, name string) *variable {
	for i := range list {
		if list[i].name == name {
			return &list[i]
		}
	}
	return nil
}

// contextPath is the name of a value in $context, resolved as far as it can be without an exchange.
type contextPath struct {
	names    []string
	variable *variable // nil: looked up in a document by its names
}

// resolveContext resolves a name such as identity.sourceIp.
func resolveContext(name string) contextPath {
	p := contextPath{names: strings.Split(name, ".")}
	switch {
	case len(p.names) == 1:
		p.variable = find(contextVariables, p.names[0])
	case len(p.names) == 2 && p.names[0] == "identity":
		p.variable = find(identityVariables, p.names[1])
	case len(p.names) == 2 && p.names[0] == "error":
		p.variable = find(errorVariables, p.names[1])
	}
	return p
}

// text returns the value, if there is one and it is text, a number or a boolean.
func (p *contextPath) text(c *Context) (string, bool) {
	doc, names := c.Document, p.names
	if doc.Kind() != jsonvalue.Object {
		if p.variable != nil {
			text := p.variable.get(c)
			return text, text != ""
		}
		switch {
		case names[0] == nameAuthorizer:
			doc, names = c.Authorizer, names[1:]
		case len(names) > 2 && names[0] == nameIdentity && names[1] == nameClientCert:
			doc, names = c.Identity.ClientCert, names[2:]
		default:
			return "", false
		}
	}
	for _, name := range names {
		doc = doc.Get(name)
	}
	return scalarText(doc)
}

// scalarText returns a string as it is, and a number or boolean as it was written.
func scalarText(v jsonvalue.Value) (string, bool) {
	switch v.Kind() {
	case jsonvalue.String:
		return v.Text(), true
	case jsonvalue.Number, jsonvalue.True, jsonvalue.False:
		return v.String(), true
	}
	return "", false
}
