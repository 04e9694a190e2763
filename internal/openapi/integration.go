package openapi

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// integrationMembers are the members that the extension may have on a REST API.
var integrationMembers = map[string]bool{
	"cacheKeyParameters": true, "cacheNamespace": true, "connectionId": true, "connectionType": true,
	"contentHandling": true, "credentials": true, "httpMethod": true, "integrationTarget": true,
	"passthroughBehavior": true, "requestParameters": true, "requestTemplates": true,
	"responseTransferMode": true, "responses": true, "timeoutInMillis": true, "tlsConfig": true,
	"type": true, "uri": true,
}

// integration reads the integration of an operation. An operation without one is a method
// without integration; a deployment will refuse it.
//
// AWS: x-amazon-apigateway-integration object
func (b *builder) integration(x *operation) {
	const name = extension + "integration"
	entry := x.node.member(name)
	if entry == nil {
		b.note(x.pos, "'%s %s' has no integration; an API with it cannot be deployed", x.verb, x.path)
		return
	}
	n := b.object(entry.value, name)
	if n == nil {
		return
	}
	frame := IntegrationFrame(x.verb, x.path)
	b.site(frame, entry.pos, b.memberPositions(n))
	for _, m := range n.members {
		if !integrationMembers[m.key] {
			b.note(m.pos, "Member '%s' of '%s' has no effect on a REST API", m.key, name)
		}
	}
	kind := strings.ToUpper(n.get("type").keyText())
	if !validTypes[apigw.IntegrationType(kind)] {
		b.serviceFail(entry.pos, "%s%s", frame, invalidEnum("IntegrationType", kind, "HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY"))
		return
	}
	integration := &apigw.Integration{
		Type:                new(apigw.IntegrationType(kind)),
		HttpMethod:          b.text(n.get("httpMethod"), "httpMethod"),
		Uri:                 b.text(n.get("uri"), "uri"),
		Credentials:         b.text(n.get("credentials"), "credentials"),
		ConnectionId:        b.text(n.get("connectionId"), "connectionId"),
		IntegrationTarget:   b.text(n.get("integrationTarget"), "integrationTarget"),
		CacheNamespace:      b.text(n.get("cacheNamespace"), "cacheNamespace"),
		CacheKeyParameters:  b.texts(n.get("cacheKeyParameters"), "cacheKeyParameters"),
		TimeoutInMillis:     b.number(n.get("timeoutInMillis"), "timeoutInMillis"),
		PassthroughBehavior: upper(b.text(n.get("passthroughBehavior"), "passthroughBehavior")),
		RequestParameters:   b.requestMapping(x, n.get("requestParameters")),
		RequestTemplates:    b.templates(n.get("requestTemplates"), "requestTemplates"),
	}
	b.integrationEnums(integration, n, frame)
	if tls := b.object(n.get("tlsConfig"), "tlsConfig"); tls != nil {
		integration.TlsConfig = &apigw.TlsConfig{
			InsecureSkipVerification: b.flag(tls.get("insecureSkipVerification"), "insecureSkipVerification"),
		}
	}
	b.integrationResponses(x, integration, n)
	x.method.Shape.MethodIntegration = integration
}

var validTypes = map[apigw.IntegrationType]bool{
	apigw.IntegrationTypeHttp: true, apigw.IntegrationTypeHttpProxy: true, apigw.IntegrationTypeMock: true,
	apigw.IntegrationTypeAws: true, apigw.IntegrationTypeAwsProxy: true,
}

// integrationEnums reads the members whose values are words.
func (b *builder) integrationEnums(integration *apigw.Integration, n *node, frame string) {
	word := func(name, enum string, allowed ...string) string {
		text := upper(b.text(n.get(name), name))
		if text == nil {
			return ""
		}
		for _, a := range allowed {
			if a == *text {
				return a
			}
		}
		b.serviceFail(n.get(name).pos, "%s%s", frame, invalidEnum(enum, *text, strings.Join(allowed, ", ")))
		return ""
	}
	if w := word("connectionType", "ConnectionType", "INTERNET", "VPC_LINK"); w != "" {
		integration.ConnectionType = new(apigw.ConnectionType(w))
	}
	integration.ContentHandling = b.contentHandling(n, frame)
	if w := word("responseTransferMode", "ResponseTransferMode", "BUFFERED", "STREAM"); w != "" {
		integration.ResponseTransferMode = new(apigw.ResponseTransferMode(w))
	}
}

// contentHandling reads the member of that name of an integration or one of its responses.
func (b *builder) contentHandling(n *node, frame string) *apigw.ContentHandlingStrategy {
	text := upper(b.text(n.get("contentHandling"), "contentHandling"))
	if text == nil || *text == "" {
		return nil
	}
	switch strategy := apigw.ContentHandlingStrategy(*text); strategy {
	case apigw.ContentHandlingStrategyConvertToBinary, apigw.ContentHandlingStrategyConvertToText:
		return &strategy
	}
	b.serviceFail(n.get("contentHandling").pos, "%s%s", frame,
		invalidEnum("ContentHandlingStrategy", *text, "CONVERT_TO_BINARY, CONVERT_TO_TEXT"))
	return nil
}

// invalidEnum says that a word is missing or not one of those allowed, after the pattern of
// the service's message for verbs.
func invalidEnum(enum, given, allowed string) string {
	if given == "" {
		return "Enumeration value for " + enum + " must be non-empty"
	}
	return "Invalid " + enum + " specified. Valid options are " + strings.ReplaceAll(allowed, ", ", ",")
}

func upper(text *string) *string {
	if text == nil {
		return nil
	}
	return new(strings.ToUpper(*text))
}

// requestMapping reads the parameter mapping of the request. A value that is no string is
// dropped with a warning.
func (b *builder) requestMapping(x *operation, n *node) map[string]string {
	if n == nil || n.kind == kindNull || b.wrong(n, "requestParameters", kindObject) {
		return nil
	}
	mapping := make(map[string]string, len(n.members))
	for _, m := range n.members {
		if m.value.kind == kindString {
			mapping[m.key] = m.value.text
			continue
		}
		text, ok := b.json(m.value)
		if !ok {
			continue
		}
		b.serviceWarn(m.pos, "Invalid format for 'requestParameters'. Expected type string for property '%s' of resource '%s' and method '%s' but got '%s'",
			m.key, x.path, x.verb, text)
	}
	return mapping
}

// templates reads mapping templates by content type. A template may be null.
func (b *builder) templates(n *node, name string) map[string]*string {
	if n == nil || n.kind == kindNull || b.wrong(n, name, kindObject) {
		return nil
	}
	templates := make(map[string]*string, len(n.members))
	for _, m := range n.members {
		switch {
		case m.value.kind == kindNull, m.value.kind == kindString && m.value.text == "":
			templates[m.key] = nil
		case !b.wrong(m.value, name, kindString):
			templates[m.key] = new(m.value.text)
		}
	}
	return templates
}

// integrationResponses reads the responses of an integration by selection pattern. They are kept
// by status code, so that of two patterns for one code the later stands.
func (b *builder) integrationResponses(x *operation, integration *apigw.Integration, n *node) {
	entry := n.member("responses")
	if entry == nil {
		return
	}
	responses := b.object(entry.value, "responses")
	if responses == nil {
		return
	}
	frame := IntegrationResponseFrame(x.verb, x.path)
	b.site(frame, entry.pos, nil)
	for _, m := range responses.members {
		value := b.object(m.value, m.key)
		if value == nil {
			continue
		}
		code := b.text(value.get("statusCode"), "statusCode")
		if code == nil || !isStatus(*code) {
			b.fail(m.pos, "%sResponse '%s' needs a 'statusCode' from 100 to 599", frame, m.key)
			continue
		}
		if _, taken := integration.IntegrationResponses[*code]; taken {
			b.note(m.pos, "An earlier response of '%s %s' has the status code %s too; this one replaces it", x.verb, x.path, *code)
		}
		response := apigw.IntegrationResponse{
			StatusCode:         code,
			ContentHandling:    b.contentHandling(value, frame),
			ResponseParameters: b.textMap(value.get("responseParameters"), "responseParameters"),
			ResponseTemplates:  b.templates(value.get("responseTemplates"), "responseTemplates"),
		}
		if m.key != "default" {
			response.SelectionPattern = new(m.key)
		}
		if integration.IntegrationResponses == nil {
			integration.IntegrationResponses = make(map[string]apigw.IntegrationResponse)
		}
		integration.IntegrationResponses[*code] = response
	}
}
