package openapi

import (
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// securityScheme is what naming a scheme in "security" does to a method.
type securityScheme struct {
	apiKey     bool
	authorizer string // name
	cognito    bool   // the authorizer takes scopes
	iam        bool
}

// securitySchemes reads the schemes, some of which are authorizers.
func (b *builder) securitySchemes() {
	b.security = make(map[string]securityScheme)
	holder, name := b.root.get("components"), "securitySchemes"
	if b.swagger {
		holder, name = b.root, "securityDefinitions"
	}
	schemes := b.object(holder.get(name), name)
	if schemes == nil {
		return
	}
	for _, m := range schemes.members {
		n := b.resolve(m.value)
		if n == nil || b.object(n, m.key) == nil {
			continue
		}
		b.security[m.key] = b.scheme(m, n)
	}
}

// scheme reads one scheme. What it does not understand has no effect, as the warning says.
func (b *builder) scheme(m member, n *node) securityScheme {
	authType := n.get(extension + "authtype").keyText()
	if authorizer := b.object(n.get(extension+"authorizer"), extension+"authorizer"); authorizer != nil {
		return b.authorizer(m, n, authorizer, authType)
	}
	kind := n.get("type").keyText()
	if kind != "apiKey" {
		b.serviceWarn(m.pos, "Unsupported security definition type '%s' for '%s'. Ignoring.", kind, m.key)
		return securityScheme{}
	}
	if strings.HasPrefix(strings.ToLower(authType), "aws") {
		return securityScheme{iam: true}
	}
	in, name := n.get("in").keyText(), n.get("name").keyText()
	if in == "header" && strings.EqualFold(name, "x-api-key") {
		return securityScheme{apiKey: true}
	}
	b.warn(m.pos, "Unsupported API key '%s' in '%s' for '%s': only the header x-api-key is supported. Ignoring.", name, in, m.key)
	return securityScheme{}
}

// authorizer reads the authorizer of a scheme.
//
// AWS: x-amazon-apigateway-authorizer object
func (b *builder) authorizer(m member, scheme, n *node, authType string) securityScheme {
	b.site(AuthorizerFrame(m.key), m.pos, nil)
	kind := strings.ToUpper(n.get("type").keyText())
	allowed := []string{"TOKEN", "REQUEST", "COGNITO_USER_POOLS"}
	if !slices.Contains(allowed, kind) {
		b.serviceFail(n.pos, "%s%s", AuthorizerFrame(m.key), invalidEnum("AuthorizerType", kind, strings.Join(allowed, ", ")))
		return securityScheme{}
	}
	authorizer := apigw.Authorizer{
		Name:                         new(m.key),
		Type:                         new(apigw.AuthorizerType(kind)),
		AuthorizerUri:                b.text(n.get("authorizerUri"), "authorizerUri"),
		AuthorizerCredentials:        b.text(n.get("authorizerCredentials"), "authorizerCredentials"),
		AuthorizerResultTtlInSeconds: b.number(n.get("authorizerResultTtlInSeconds"), "authorizerResultTtlInSeconds"),
		IdentitySource:               b.text(n.get("identitySource"), "identitySource"),
		IdentityValidationExpression: b.text(n.get("identityValidationExpression"), "identityValidationExpression"),
		ProviderARNs:                 b.texts(n.get("providerARNs"), "providerARNs"),
	}
	if authType != "" {
		authorizer.AuthType = &authType
	}
	header := scheme.get("name").keyText()
	if authorizer.IdentitySource == nil && kind != "REQUEST" && header != "" && scheme.get("in").keyText() == "header" {
		authorizer.IdentitySource = new("method.request.header." + header)
	}
	b.api.Authorizers = append(b.api.Authorizers, Located[apigw.Authorizer]{authorizer, m.pos})
	return securityScheme{authorizer: m.key, cognito: kind == "COGNITO_USER_POOLS"}
}

// authorization reads who may call the operation.
func (b *builder) authorization(x *operation) {
	shape := &x.method.Shape
	shape.AuthorizationType = new("NONE")
	shape.ApiKeyRequired = new(false)
	entry := x.node.member("security")
	if entry == nil {
		entry = b.root.member("security")
	}
	if entry != nil {
		for _, requirement := range b.array(entry.value, "security") {
			if b.object(requirement, "security") == nil {
				continue
			}
			for _, m := range requirement.members {
				b.require(x, m)
			}
		}
	}
	b.authorizationExtension(x)
}

// require applies one scheme that the operation names.
func (b *builder) require(x *operation, m member) {
	shape := &x.method.Shape
	scheme, known := b.security[m.key]
	switch {
	case !known:
		// To ignore it would leave the method open.
		b.fail(m.pos, "Security definition '%s' not found", m.key)
	case scheme.apiKey:
		shape.ApiKeyRequired = new(true)
	case scheme.authorizer != "" && x.method.Authorizer != "" && x.method.Authorizer != scheme.authorizer:
		b.note(m.pos, "'%s %s' has the authorizer '%s' already; '%s' has no effect", x.verb, x.path, x.method.Authorizer, m.key)
	case scheme.authorizer != "":
		x.method.Authorizer = scheme.authorizer
		shape.AuthorizationType = new("CUSTOM")
		if scheme.cognito {
			shape.AuthorizationType = new("COGNITO_USER_POOLS")
			if scopes := b.texts(m.value, m.key); len(scopes) > 0 {
				shape.AuthorizationScopes = scopes
			}
		}
	case scheme.iam && x.method.Authorizer == "":
		shape.AuthorizationType = new("AWS_IAM")
	}
}

// authorizationExtension reads the extension that wins over "security".
//
// AWS: x-amazon-apigateway-auth object
func (b *builder) authorizationExtension(x *operation) {
	const name = extension + "auth"
	n := b.object(x.node.get(name), name)
	if n == nil {
		return
	}
	text := b.text(n.get("type"), "type")
	if text == nil {
		return
	}
	switch kind := strings.ToUpper(*text); kind {
	case "AWS_IAM", "NONE":
		x.method.Shape.AuthorizationType = &kind
		x.method.Shape.AuthorizationScopes = nil
		x.method.Authorizer = ""
	default:
		b.fail(n.pos, "Invalid type '%s' for '%s': must be AWS_IAM or NONE", *text, name)
	}
}
