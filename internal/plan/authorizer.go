package plan

import (
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/integration/awsaction"
	"github.com/sluice-gateway/sluice/internal/mapping"
)

// Authorizer is an authorizer of an API. It is immutable.
//
// AWS: Use API Gateway Lambda authorizers; Control access to REST APIs using Amazon Cognito user pools.
type Authorizer struct {
	Index int // in Plan.Authorizers
	ID    string
	Type  apigw.AuthorizerType

	// Broken says why nobody can be authorized, in the words of the execution log, or "".
	Broken string

	// Sources are where in a request the caller's identity stands: one header for the types TOKEN and
	// COGNITO_USER_POOLS, any number of places for REQUEST.
	Sources []IdentitySource

	// Validation is what the token of a TOKEN authorizer, or the audience of a user pool's token, must match;
	// nil accepts all.
	Validation *Pattern

	// TTL is how long a result of a Lambda authorizer is kept; 0 keeps none.
	TTL time.Duration

	Pools []cognito.Pool // of a COGNITO_USER_POOLS authorizer

	uri         string // before Bind
	credentials string // before Bind
}

// IdentitySource is a place in a request at which the caller's identity stands.
type IdentitySource struct {
	Text   string              // as it was configured: method.request.header.Authorization
	Header string              // the name of the header; "" for any other place
	From   *mapping.Expression // any other place
}

// compileAuthorizers compiles the authorizers of the API.
func (c *compiler) compileAuthorizers() {
	for i := range c.api.Authorizers {
		z := &c.api.Authorizers[i]
		field := "authorizers[" + value(z.Name) + "]"
		a := &Authorizer{
			Index: len(c.plan.Authorizers), ID: value(z.Id), Type: value(z.Type),
			uri: value(z.AuthorizerUri), credentials: value(z.AuthorizerCredentials),
		}
		c.plan.Authorizers = append(c.plan.Authorizers, a)
		c.compileSources(a, field, value(z.IdentitySource))
		c.compileTTL(a, field, z.AuthorizerResultTtlInSeconds)
		if expression := value(z.IdentityValidationExpression); expression != "" && a.Type != apigw.AuthorizerTypeRequest {
			pattern, err := CompilePattern(expression)
			if err != nil {
				c.breakAuthorizer(a, field+".identityValidationExpression", "Invalid identity validation expression: "+err.Error())
			}
			a.Validation = pattern
		}
		if a.Type == apigw.AuthorizerTypeCognitoUserPools {
			c.compilePools(a, field, z.ProviderARNs)
		}
	}
}

// breakAuthorizer reports why an authorizer can't be asked.
func (c *compiler) breakAuthorizer(a *Authorizer, field, cause string) {
	c.report(Error, field, "%s: requests that need the authorizer are answered with 500", cause)
	a.Broken = cause
}

// compileSources compiles the identity sources.
func (c *compiler) compileSources(a *Authorizer, field, list string) {
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		source := IdentitySource{Text: text}
		header, isHeader := strings.CutPrefix(text, "method.request.header.")
		switch {
		case isHeader:
			source.Header = header
		case a.Type != apigw.AuthorizerTypeRequest:
			c.breakAuthorizer(a, field+".identitySource", "Invalid identity source "+text)
			continue
		default:
			from, err := mapping.CompileExpression(text)
			if err != nil {
				c.breakAuthorizer(a, field+".identitySource", err.Error())
				continue
			}
			source.From = from
		}
		a.Sources = append(a.Sources, source)
	}
	if a.Type != apigw.AuthorizerTypeRequest && len(a.Sources) != 1 {
		c.breakAuthorizer(a, field+".identitySource", "The authorizer does not have one identity source")
	}
}

// compileTTL compiles how long results are kept. Without identity sources nothing tells callers apart, and
// nothing is kept.
func (c *compiler) compileTTL(a *Authorizer, field string, seconds *int32) {
	ttl := int32(defaultAuthorizerTTL)
	if seconds != nil {
		ttl = *seconds
	}
	a.TTL = min(max(0, time.Duration(ttl)*time.Second), maxAuthorizerTTL)
	if a.TTL > 0 && len(a.Sources) == 0 && a.Type == apigw.AuthorizerTypeRequest {
		c.report(Warning, field+".authorizerResultTtlInSeconds", "no result is kept: the authorizer has no identity source")
		a.TTL = 0
	}
}

// How long results are kept unless the authorizer says otherwise, in seconds, and at most.
//
// AWS: CreateAuthorizer (authorizerResultTtlInSeconds).
const (
	defaultAuthorizerTTL = 300
	maxAuthorizerTTL     = time.Hour
)

// compilePools compiles the user pools of an authorizer.
func (c *compiler) compilePools(a *Authorizer, field string, arns []string) {
	for _, arn := range arns {
		pool, ok := cognito.ParsePool(arn)
		if !ok {
			c.report(Error, field+".providerARNs", "%s is not the ARN of a user pool: its tokens are refused", arn)
			continue
		}
		a.Pools = append(a.Pools, pool)
	}
	if len(a.Pools) == 0 {
		c.breakAuthorizer(a, field+".providerARNs", "The authorizer has no user pool")
	}
}

// authorizer returns the authorizer of that id, nil if there is none.
func (c *compiler) authorizer(id string) *Authorizer {
	for _, a := range c.plan.Authorizers {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// compileAuthorizer compiles the authorizer of a method.
func (c *compiler) compileAuthorizer(compiled *Method, m *apigw.Method) {
	a := c.authorizer(value(m.AuthorizerId))
	cognitoMethod := compiled.Authorization.Type == CognitoUserPools
	if a == nil || (a.Type == apigw.AuthorizerTypeCognitoUserPools) != cognitoMethod {
		c.report(Error, "authorizerId", "the API has no such authorizer of a fitting type: requests are answered with 500")
		return
	}
	compiled.Authorization.Authorizer = a
	if !cognitoMethod {
		return
	}
	need := &cognito.Need{Pools: a.Pools, Scopes: m.AuthorizationScopes}
	if a.Validation != nil {
		need.Audience = a.Validation.Match
	}
	compiled.Authorization.Token = need
}

// bindAuthorizers puts the stage's variables into the URIs of the Lambda authorizers' functions. One whose
// URI names no function is nil.
func (b *binder) bindAuthorizers(p *Plan, stage *apigw.Stage) []*Function {
	functions := make([]*Function, len(p.Authorizers))
	for i, a := range p.Authorizers {
		if a.Type == apigw.AuthorizerTypeCognitoUserPools {
			continue
		}
		action, ok := awsaction.Parse(foldStageVariables(a.uri, stage.Variables))
		if !ok || action.Service.Name != "lambda" || !isInvocation(action.Path, false) {
			b.warn("authorizers["+a.ID+"].authorizerUri", "not the invocation of a Lambda function: requests that need the authorizer are answered with 500")
			continue
		}
		service := action.Service
		service.Credentials = foldStageVariables(a.credentials, stage.Variables)
		functions[i] = &Function{
			Service: service, Path: action.Path,
			SourceARN: "arn:" + p.Partition + ":execute-api:" + p.Region + ":" + p.AccountID + ":" + p.APIID + "/authorizers/" + a.ID,
		}
	}
	return functions
}

// AuthorizerFunction returns the function of a Lambda authorizer, nil if it has none.
func (s *Stage) AuthorizerFunction(a *Authorizer) *Function { return s.authorizers[a.Index] }
