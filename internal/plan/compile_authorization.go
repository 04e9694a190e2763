package plan

import (
	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
)

// Authorization says who may call a method.
type Authorization struct {
	Type AuthorizationType

	// Authorizer is that of a method of the types Custom and CognitoUserPools; nil where the API does not
	// have it, and nobody can be authorized.
	Authorizer *Authorizer

	// Token is what a method of the type CognitoUserPools wants of a token; nil without an Authorizer.
	Token *cognito.Need
}

// AuthorizationType is a way of authorization.
//
// AWS: Methods, the property authorizationType.
type AuthorizationType uint8

// The types. A method of a type that nobody knows is Unknown: requests to it are refused.
const (
	Open             AuthorizationType = iota // NONE
	IAM                                       // AWS_IAM
	Custom                                    // CUSTOM: a Lambda authorizer
	CognitoUserPools                          // COGNITO_USER_POOLS
	Unknown
)

// compileAuthorization compiles who may call a method.
func (c *compiler) compileAuthorization(compiled *Method, m *apigw.Method) {
	compiled.APIKeyRequired = value(m.ApiKeyRequired)
	kind := value(m.AuthorizationType)
	switch kind {
	case "", "NONE":
		compiled.Authorization.Type = Open
	case "AWS_IAM":
		compiled.Authorization.Type = IAM
	case "CUSTOM":
		compiled.Authorization.Type = Custom
	case "COGNITO_USER_POOLS":
		compiled.Authorization.Type = CognitoUserPools
	default:
		compiled.Authorization.Type = Unknown
	}
	if compiled.APIKeyRequired && c.plan.APIKeySource == FromAuthorizer && compiled.Authorization.Type != Custom {
		c.report(Warning, "apiKeyRequired", "API keys come from Lambda authorizers, and the method has none: requests are refused")
	}
	switch compiled.Authorization.Type {
	case Custom, CognitoUserPools:
		c.compileAuthorizer(compiled, m)
	case Unknown:
		c.report(Error, "authorizationType", "authorization of type %s is not supported: requests are refused", kind)
		return
	}
}
