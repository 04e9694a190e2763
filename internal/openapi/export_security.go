package openapi

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// The names of the security schemes that are no authorizers.
//
// AWS: x-amazon-apigateway-authtype property
const (
	apiKeyScheme = "api_key"
	sigV4Scheme  = "sigv4"
)

// schemeName returns the name of a scheme that is no authorizer: another one where an authorizer has it.
func (w *exporter) schemeName(name string) string {
	for i := range w.api.Authorizers {
		if apigw.Value(w.api.Authorizers[i].Name) == name {
			return w.schemeName(name + "_")
		}
	}
	return name
}

// security writes what a method asks of its callers.
func (w *exporter) security(m *apigw.Method) *node {
	list := newArray(nil)
	require := func(name string, scopes []string) {
		n := newObject()
		n.set(name, newTexts(scopes))
		list.items = append(list.items, n)
	}
	switch apigw.Value(m.AuthorizationType) {
	case "AWS_IAM":
		require(w.schemeName(sigV4Scheme), nil)
	case "CUSTOM", "COGNITO_USER_POOLS":
		if z := w.authorizer(apigw.Value(m.AuthorizerId)); z != nil {
			require(*z.Name, m.AuthorizationScopes)
		}
	}
	if apigw.Value(m.ApiKeyRequired) {
		require(w.schemeName(apiKeyScheme), nil)
	}
	return list
}

func (w *exporter) authorizer(id string) *apigw.Authorizer {
	for i := range w.api.Authorizers {
		if apigw.Value(w.api.Authorizers[i].Id) == id {
			return &w.api.Authorizers[i]
		}
	}
	return nil
}

// securitySchemes writes the schemes that methods name, and all authorizers.
func (w *exporter) securitySchemes() *node {
	schemes := newObject()
	needsKey, needsSignature := false, false
	for _, r := range w.api.Resources {
		for _, m := range r.Methods {
			needsKey = needsKey || apigw.Value(m.ApiKeyRequired)
			needsSignature = needsSignature || apigw.Value(m.AuthorizationType) == "AWS_IAM"
		}
	}
	for i := range w.api.Authorizers {
		z := &w.api.Authorizers[i]
		n := apiKeyNode(identityHeader(z))
		if w.options.extended() {
			n.setOptional(extension+"authtype", z.AuthType)
		}
		if w.options.Authorizers {
			n.set(extension+"authorizer", exportAuthorizer(z))
		}
		w.descriptions.describe(n, partLocation{kind: apigw.DocumentationPartTypeAuthorizer, name: apigw.Value(z.Name)})
		schemes.set(apigw.Value(z.Name), n)
	}
	if needsKey {
		schemes.set(w.schemeName(apiKeyScheme), apiKeyNode("x-api-key"))
	}
	if needsSignature {
		n := apiKeyNode("Authorization")
		if w.options.extended() {
			n.setText(extension+"authtype", "awsSigv4")
		}
		schemes.set(w.schemeName(sigV4Scheme), n)
	}
	return schemes
}

// apiKeyNode writes a scheme that reads a header.
func apiKeyNode(header string) *node {
	n := newObject()
	n.setText("type", "apiKey")
	n.setText("name", header)
	n.setText("in", "header")
	return n
}

// identityHeader returns the header that an authorizer reads, "Unused" where it reads more or
// something else.
//
// AWS: x-amazon-apigateway-authorizer object
func identityHeader(z *apigw.Authorizer) string {
	name, ok := strings.CutPrefix(apigw.Value(z.IdentitySource), "method.request.header.")
	if !ok || strings.Contains(name, ",") {
		return "Unused"
	}
	return name
}

func exportAuthorizer(z *apigw.Authorizer) *node {
	n := newObject()
	n.setOptional("identitySource", z.IdentitySource)
	n.setOptional("authorizerUri", z.AuthorizerUri)
	n.setOptional("authorizerCredentials", z.AuthorizerCredentials)
	if len(z.ProviderARNs) > 0 {
		n.set("providerARNs", newTexts(z.ProviderARNs))
	}
	if z.AuthorizerResultTtlInSeconds != nil {
		n.setNumber("authorizerResultTtlInSeconds", int64(*z.AuthorizerResultTtlInSeconds))
	}
	n.setOptional("identityValidationExpression", z.IdentityValidationExpression)
	n.setText("type", strings.ToLower(string(apigw.Value(z.Type))))
	return n
}
