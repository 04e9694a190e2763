package plan

import "github.com/sluice-gateway/sluice/apigw"

// Authorization says who may call a method.
type Authorization struct {
	Type AuthorizationType
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
	if compiled.Authorization.Type != Open {
		c.report(Error, "authorizationType", "authorization of type %s is not supported: requests are refused", kind)
		return
	}
	if compiled.APIKeyRequired {
		c.report(Error, "apiKeyRequired", "API keys are not supported: requests are refused")
	}
}
