package control

import (
	"regexp"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// The time that an authorizer's answer is kept, in seconds.
//
// AWS: "CreateAuthorizer", authorizerResultTtlInSeconds.
const (
	defaultAuthorizerTTL = 300
	maximumAuthorizerTTL = 3600
)

// completeAuthorizer puts in the defaults of what a new authorizer does not say.
func completeAuthorizer(z *apigw.Authorizer) {
	if z.AuthorizerResultTtlInSeconds == nil {
		z.AuthorizerResultTtlInSeconds = new(int32(defaultAuthorizerTTL))
	}
	if apigw.Value(z.AuthType) == "" {
		z.AuthType = new("custom")
		if apigw.Value(z.Type) == apigw.AuthorizerTypeCognitoUserPools {
			z.AuthType = new("cognito_user_pools")
		}
	}
	for _, text := range []**string{&z.AuthorizerCredentials, &z.AuthorizerUri, &z.IdentitySource, &z.IdentityValidationExpression} {
		if apigw.Value(*text) == "" {
			*text = nil
		}
	}
	if len(z.ProviderARNs) == 0 {
		z.ProviderARNs = nil
	}
}

// checkAuthorizer says whether an authorizer is lawful in itself.
func checkAuthorizer(z *apigw.Authorizer) error {
	if apigw.Value(z.Name) == "" {
		return apigw.BadRequest("Authorizer name cannot be empty")
	}
	if ttl := apigw.Value(z.AuthorizerResultTtlInSeconds); ttl < 0 || ttl > maximumAuthorizerTTL {
		return apigw.BadRequest("Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.")
	}
	if _, ok := parseARN(apigw.Value(z.AuthorizerCredentials)); !ok && z.AuthorizerCredentials != nil {
		return errInvalidARN
	}
	if !isPattern(apigw.Value(z.IdentityValidationExpression)) {
		return apigw.BadRequest("Invalid identity validation expression specified")
	}
	if apigw.Value(z.Type) == apigw.AuthorizerTypeCognitoUserPools {
		if err := checkProviders(z.ProviderARNs); err != nil {
			return err
		}
	} else if err := checkAuthorizerURI(apigw.Value(z.AuthorizerUri)); err != nil {
		return err
	}
	return checkIdentitySource(z)
}

func checkProviders(arns []string) error {
	if len(arns) == 0 {
		return apigw.BadRequest("ProviderARNs cannot be empty")
	}
	for _, arn := range arns {
		if _, ok := parseARN(arn); !ok {
			return errInvalidARN
		}
	}
	return nil
}

// authorizerURI is the address of a Lambda function as API Gateway calls it.
var authorizerURI = regexp.MustCompile(`^arn:[^:]+:apigateway:[^:]+:lambda:path/{1,2}2015-03-31/functions/[^/]+/invocations$`)

func checkAuthorizerURI(uri string) error {
	if !authorizerURI.MatchString(uri) {
		return apigw.BadRequest("Invalid Authorizer URI: " + uri + ". Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.")
	}
	return nil
}

// checkIdentitySource says whether an authorizer's identity source fits its type: one header, or for a
// REQUEST authorizer any number of places, none only while nothing is cached.
func checkIdentitySource(z *apigw.Authorizer) error {
	source := apigw.Value(z.IdentitySource)
	many := apigw.Value(z.Type) == apigw.AuthorizerTypeRequest
	if source == "" {
		if many && apigw.Value(z.AuthorizerResultTtlInSeconds) == 0 {
			return nil
		}
		return apigw.BadRequest("IdentitySource cannot be empty")
	}
	parts := []string{source}
	if many {
		parts = strings.Split(source, ",")
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if !isIdentitySource(part, many) {
			return apigw.BadRequest("Invalid request identity source expression: " + part)
		}
	}
	return nil
}

func isIdentitySource(part string, request bool) bool {
	if !request {
		return parameterProblem(part, "method.request", "header") == ""
	}
	for _, prefix := range []string{"context.", "stageVariables."} {
		if name, ok := strings.CutPrefix(part, prefix); ok {
			return parameterName.MatchString(name)
		}
	}
	return parameterProblem(part, "method.request", "header", "querystring") == ""
}

// authorizerPatch is what UpdateAuthorizer may change.
var authorizerPatch = patch.Table[apigw.Authorizer]{
	Resource: "Authorizer",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.Authorizer]{
		patch.Text("/name", func(z *apigw.Authorizer) **string { return &z.Name }),
		patch.Choice("/type", "AuthorizerType", inputEnum[apigw.AuthorizerType](apigw.CreateAuthorizer.Input, "type"),
			func(z *apigw.Authorizer) **apigw.AuthorizerType { return &z.Type }),
		patch.Text("/authType", func(z *apigw.Authorizer) **string { return &z.AuthType }),
		patch.Text("/authorizerUri", func(z *apigw.Authorizer) **string { return &z.AuthorizerUri }),
		patch.Text("/authorizerCredentials", func(z *apigw.Authorizer) **string { return &z.AuthorizerCredentials }),
		patch.Number("/authorizerResultTtlInSeconds", func(z *apigw.Authorizer) **int32 { return &z.AuthorizerResultTtlInSeconds }),
		{
			Path: "/identitySource", Ops: patch.Entry, Value: "expressions, separated by commas",
			Apply: func(z *apigw.Authorizer, c patch.Change) error {
				z.IdentitySource = nil
				if c.Op != patch.Remove && c.Text() != "" {
					z.IdentitySource = c.Value
				}
				return nil
			},
		},
		patch.Text("/identityValidationExpression", func(z *apigw.Authorizer) **string { return &z.IdentityValidationExpression }),
		patch.Elements("/providerARNs", func(z *apigw.Authorizer) *[]string { return &z.ProviderARNs }),
	},
}
