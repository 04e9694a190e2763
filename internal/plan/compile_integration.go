package plan

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/mapping"
)

// defaultTimeout is the time an integration has when it does not say.
const defaultTimeout = 29 * time.Second

// compileIntegration compiles the integration of a method.
func (c *compiler) compileIntegration(compiled *Method, m *apigw.Method) {
	in := m.MethodIntegration
	kind := value(in.Type)
	if cause := unsupportedIntegration(in); cause != "" {
		c.breakMethod(compiled, "methodIntegration.type", cause)
		return
	}
	result := &Integration{
		Type:            kind,
		Verb:            value(in.HttpMethod),
		ContentHandling: contentHandling(in.ContentHandling),
		Timeout:         defaultTimeout,
		uri:             value(in.Uri),
		credentials:     value(in.Credentials),
		Lambda:          kind == apigw.IntegrationTypeAws && invokesFunction(value(in.Uri)),
	}
	if result.Verb == "ANY" {
		result.Verb = ""
	}
	if ms := value(in.TimeoutInMillis); ms > 0 {
		result.Timeout = time.Duration(ms) * time.Millisecond
	}
	result.link = compileLink(in)
	if in.TlsConfig != nil {
		result.TLS.InsecureSkipVerification = value(in.TlsConfig.InsecureSkipVerification)
	}
	if value(in.ResponseTransferMode) == apigw.ResponseTransferModeStream {
		if kind != apigw.IntegrationTypeHttpProxy && kind != apigw.IntegrationTypeAwsProxy {
			c.breakMethod(compiled, "methodIntegration.responseTransferMode", "Integrations of type "+string(kind)+" can't be streamed")
			return
		}
		result.Stream = true
	}
	if kind != apigw.IntegrationTypeMock {
		result.Parameters = c.compileMappings(compiled, "methodIntegration.requestParameters", "integration.request.", in.RequestParameters)
	}
	result.CacheKey = c.compileCacheKey(compiled, in)
	compiled.Integration = result
	if kind == apigw.IntegrationTypeHttpProxy || kind == apigw.IntegrationTypeAwsProxy {
		return
	}
	result.Passthrough = c.passthrough(value(in.PassthroughBehavior))
	result.Templates = c.compileTemplates("methodIntegration.requestTemplates", in.RequestTemplates)
	c.compileResponses(compiled, m)
}

// unsupportedIntegration returns why an integration can't be called by this program, or "".
func unsupportedIntegration(in *apigw.Integration) string {
	switch kind := value(in.Type); kind {
	case apigw.IntegrationTypeMock, apigw.IntegrationTypeAws, apigw.IntegrationTypeAwsProxy:
	case apigw.IntegrationTypeHttp, apigw.IntegrationTypeHttpProxy:
	default:
		return "Integrations of type " + string(kind) + " are not supported"
	}
	return ""
}

// passthrough returns the behaviour of that name; an empty name is the default.
func (c *compiler) passthrough(name string) Passthrough {
	switch name {
	case "", "WHEN_NO_MATCH":
		return WhenNoMatch
	case "WHEN_NO_TEMPLATES":
		return WhenNoTemplates
	case "NEVER":
		return Never
	}
	c.report(Error, "methodIntegration.passthroughBehavior", "%q is not a passthrough behavior: NEVER is used", name)
	return Never
}

// contentHandling returns the conversion that an integration or integration response asks for.
func contentHandling(strategy *apigw.ContentHandlingStrategy) ContentHandling {
	switch value(strategy) {
	case apigw.ContentHandlingStrategyConvertToText:
		return ToText
	case apigw.ContentHandlingStrategyConvertToBinary:
		return ToBinary
	}
	return Unconverted
}

// compileParameters compiles parameter mappings whose targets begin with prefix, sorted by target. It
// reports what is wrong with them, with the consequence, and whether all are right.
func (c *compiler) compileParameters(field, prefix string, mappings map[string]string, consequence string) (parameters []Parameter, ok bool) {
	ok = true
	for _, target := range slices.Sorted(maps.Keys(mappings)) {
		place := field + "[" + target + "]"
		to, name, known := parseTarget(target, prefix)
		if !known {
			c.report(Error, place, "not a place for a parameter: %s", consequence)
			ok = false
			continue
		}
		from, err := mapping.CompileExpression(mappings[target])
		if err != nil {
			c.report(Error, place, "%v: %s", err, consequence)
			ok = false
			continue
		}
		parameters = append(parameters, Parameter{To: to, Name: name, From: from})
	}
	return parameters, ok
}

// compileMappings compiles the parameter mappings of a method; a wrong one breaks the method.
func (c *compiler) compileMappings(compiled *Method, field, prefix string, mappings map[string]string) []Parameter {
	parameters, ok := c.compileParameters(field, prefix, mappings, "requests are answered with 500")
	if !ok {
		compiled.Broken = "Invalid mapping expression specified"
	}
	return parameters
}

// compileTemplates compiles mapping templates, sorted by media type.
func (c *compiler) compileTemplates(field string, sources map[string]*string) []BodyTemplate {
	var templates []BodyTemplate
	for _, mediaType := range slices.Sorted(maps.Keys(sources)) {
		compiled := BodyTemplate{MediaType: mediaType}
		if source := value(sources[mediaType]); source == "" {
			compiled.Empty = true
		} else {
			compiled.Template = c.compileTemplate(field+"["+mediaType+"]", source)
		}
		templates = append(templates, compiled)
	}
	return templates
}

// compileTemplate compiles one mapping template; it returns nil when it does not parse.
func (c *compiler) compileTemplate(field, source string) *mapping.Template {
	template, err := mapping.CompileTemplate(field, source)
	if err != nil {
		c.reportParse(field, err)
		return nil
	}
	return template
}

// compileResponses compiles the integration responses, by ascending status.
func (c *compiler) compileResponses(compiled *Method, m *apigw.Method) {
	responses := m.MethodIntegration.IntegrationResponses
	for _, code := range slices.Sorted(maps.Keys(responses)) {
		definition := responses[code]
		field := "methodIntegration.integrationResponses[" + code + "]"
		status, ok := parseStatus(code)
		if !ok {
			c.report(Error, field, "%q is not a status: the integration response is never selected", code)
			continue
		}
		_, declared := m.MethodResponses[code]
		if !declared {
			c.report(Warning, field, "the method has no method response %s: requests that select it are answered with 500", code)
		}
		result := &IntegrationResponse{
			Status:          status,
			Parameters:      c.compileMappings(compiled, field+".responseParameters", "method.response.", definition.ResponseParameters),
			Templates:       c.compileTemplates(field+".responseTemplates", definition.ResponseTemplates),
			ContentHandling: contentHandling(definition.ContentHandling),
			Undeclared:      !declared,
		}
		c.place(compiled.Integration, result, field, value(definition.SelectionPattern))
	}
	slices.SortFunc(compiled.Integration.Responses, func(a, b *IntegrationResponse) int { return cmp.Compare(a.Status, b.Status) })
}

// place makes an integration response the default one, or one that is selected by its pattern.
func (c *compiler) place(in *Integration, response *IntegrationResponse, field, pattern string) {
	if pattern == "" {
		if in.Default != nil {
			c.report(Warning, field, "the integration response %d is the default already: this one is never selected", in.Default.Status)
			return
		}
		in.Default = response
		return
	}
	compiled, err := CompilePattern(pattern)
	if err != nil {
		c.report(Error, field+".selectionPattern", "%v: the integration response is never selected", err)
		return
	}
	response.Pattern = compiled
	in.Responses = append(in.Responses, response)
}
