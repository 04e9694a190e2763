package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/route"
	"github.com/sluice-gateway/sluice/internal/schema"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// Compile turns a snapshot into a plan and says everything that is wrong with it.
//
// The plan is usable whatever the diagnostics say: a method with an error answers each request with
// 500, as on the service, and the others work. It is nil only when the resources do not form a tree.
func Compile(api *snapshot.API) (*Plan, Diagnostics) {
	c := &compiler{
		api: api,
		plan: &Plan{
			AccountID:               api.AccountID,
			Region:                  api.Region,
			Partition:               api.Partition,
			APIID:                   value(api.RestAPI.Id),
			DeploymentID:            api.DeploymentID,
			Name:                    value(api.RestAPI.Name),
			EndpointType:            string(apigw.EndpointTypeEdge),
			Space:                   api.AccountID + "/" + api.Region,
			UserAgent:               "AmazonAPIGateway_" + value(api.RestAPI.Id),
			DefaultEndpointDisabled: value(api.RestAPI.DisableExecuteApiEndpoint),
			MinimumCompressionSize:  api.RestAPI.MinimumCompressionSize,
			Binary:                  NewBinaryTypes(api.RestAPI.BinaryMediaTypes),
			GatewayResponses:        make(map[apigw.GatewayResponseType]*GatewayResponse),
		},
	}
	c.at.API = c.plan.APIID
	c.compileAPI()
	c.compileGatewayResponses()
	c.compileAuthorizers()
	if !c.compileResources() {
		return nil, c.found
	}
	return c.plan, c.found
}

// compiler is the state of one Compile.
type compiler struct {
	api    *snapshot.API
	plan   *Plan
	models *schema.Models
	found  Diagnostics
	at     Diagnostic // the place that is being compiled
}

// report adds a diagnostic at the current place.
func (c *compiler) report(severity Severity, field, format string, args ...any) {
	d := c.at
	d.Severity, d.Field, d.Message = severity, field, fmt.Sprintf(format, args...)
	c.found = append(c.found, d)
}

// reportParse adds the diagnostic for a text that does not parse, with the place in the text if the
// error has one.
func (c *compiler) reportParse(field string, err error) {
	d := c.at
	d.Severity, d.Field, d.Message = Error, field, err.Error()
	d.Line, d.Column, d.Message = mapping.Position(err)
	c.found = append(c.found, d)
}

// compileAPI looks at the settings of the whole API.
func (c *compiler) compileAPI() {
	api := &c.api.RestAPI
	if e := api.EndpointConfiguration; e != nil && len(e.Types) > 0 {
		c.plan.EndpointType = string(e.Types[0])
	}
	c.compilePolicy()
	c.plan.Strict = value(api.EndpointAccessMode) == apigw.EndpointAccessModeStrict
	if c.plan.SecurityPolicy = string(value(api.SecurityPolicy)); c.plan.SecurityPolicy != "" {
		if p, ok := certificate.NamedPolicy(c.plan.SecurityPolicy); ok {
			c.plan.MinTLS = p.MinVersion
		}
	}
	if value(api.ApiKeySource) == apigw.ApiKeySourceTypeAuthorizer {
		c.plan.APIKeySource = FromAuthorizer
	}
	sources := make(map[string]string, len(c.api.Models))
	for _, m := range c.api.Models {
		sources[value(m.Name)] = value(m.Schema)
	}
	c.models = schema.NewModels(sources)
}

// compileGatewayResponses compiles the customised gateway responses.
func (c *compiler) compileGatewayResponses() {
	for i := range c.api.GatewayResponses {
		if kind := c.api.GatewayResponses[i].ResponseType; kind != nil {
			c.plan.GatewayResponses[*kind] = c.compileGatewayResponse("gatewayResponses["+string(*kind)+"]", &c.api.GatewayResponses[i])
		}
	}
}

// compileGatewayResponse compiles one customised gateway response. Without status and templates it leaves
// those of the error alone.
func (c *compiler) compileGatewayResponse(field string, g *apigw.GatewayResponse) *GatewayResponse {
	compiled := &GatewayResponse{}
	compiled.Parameters, _ = c.compileParameters(field+".responseParameters", "gatewayresponse.", g.ResponseParameters, "the header is left out")
	compiled.Parameters = slices.DeleteFunc(compiled.Parameters, func(p Parameter) bool {
		if p.To != Header {
			c.report(Warning, field+".responseParameters", "a response has no path and no query string: the mapping of %s has no effect", p.Name)
		}
		return p.To != Header
	})
	if text := value(g.StatusCode); text != "" {
		status, ok := parseStatus(text)
		if !ok {
			c.report(Error, field+".statusCode", "%q is not a status: the status of the error is kept", text)
		}
		compiled.Status = status
	}
	for _, mediaType := range slices.Sorted(maps.Keys(g.ResponseTemplates)) {
		template, err := mapping.CompileSimple(g.ResponseTemplates[mediaType])
		if err != nil {
			c.reportParse(field+".responseTemplates["+mediaType+"]", err)
			continue
		}
		compiled.Templates = append(compiled.Templates, SimpleTemplate{MediaType: mediaType, Template: template})
	}
	return compiled
}

// compileResources compiles all methods and builds the tree. It reports false when there is none.
func (c *compiler) compileResources() bool {
	resources := make([]route.Resource[*Method], 0, len(c.api.Resources))
	for i := range c.api.Resources {
		r := &c.api.Resources[i]
		methods := make(map[string]*Method, len(r.Methods))
		for _, verb := range slices.Sorted(maps.Keys(r.Methods)) {
			definition := r.Methods[verb]
			c.at.Resource, c.at.Method = r.Path, verb
			methods[verb] = c.compileMethod(r, verb, &definition)
		}
		resources = append(resources, route.Resource[*Method]{Path: r.Path, Methods: methods})
	}
	c.at.Resource, c.at.Method = "", ""
	tree, err := route.New(resources)
	if err != nil {
		c.report(Error, "resources", "%v", err)
		return false
	}
	c.plan.Tree = tree
	return true
}

// compileMethod compiles one method with everything below it.
func (c *compiler) compileMethod(r *snapshot.Resource, verb string, m *apigw.Method) *Method {
	compiled := &Method{
		Index:         len(c.plan.Methods),
		Verb:          verb,
		ResourceID:    r.ID,
		ResourcePath:  r.Path,
		OperationName: value(m.OperationName),
	}
	c.plan.Methods = append(c.plan.Methods, compiled)
	c.compileAuthorization(compiled, m)
	c.compileValidation(compiled, m)
	if m.MethodIntegration == nil {
		c.breakMethod(compiled, "methodIntegration", "No integration defined for method")
		return compiled
	}
	c.compileIntegration(compiled, m)
	return compiled
}

// breakMethod reports why a method can't be executed and makes it answer 500.
func (c *compiler) breakMethod(m *Method, field, cause string) {
	c.report(Error, field, "%s: requests are answered with 500", cause)
	m.Broken = cause
}

// compileValidation compiles what the method's request validator checks.
func (c *compiler) compileValidation(compiled *Method, m *apigw.Method) {
	id := value(m.RequestValidatorId)
	if id == "" {
		return
	}
	i := slices.IndexFunc(c.api.RequestValidators, func(v apigw.RequestValidator) bool { return value(v.Id) == id })
	if i < 0 {
		c.breakMethod(compiled, "requestValidatorId", "The request validator "+id+" does not exist")
		return
	}
	if value(c.api.RequestValidators[i].ValidateRequestParameters) {
		compiled.Required = c.requiredParameters(m.RequestParameters)
	}
	if value(c.api.RequestValidators[i].ValidateRequestBody) {
		c.compileBodies(compiled, m.RequestModels)
	}
}

// requiredParameters returns the parameters declared as required, in the order in which they are
// listed when they are missing.
func (c *compiler) requiredParameters(declared map[string]bool) []RequiredParameter {
	var required []RequiredParameter
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if !declared[name] {
			continue
		}
		in, parameter, ok := parseTarget(strings.Replace(name, ".multivalue", ".", 1), "method.request.")
		if !ok {
			c.report(Error, "requestParameters["+name+"]", "not a request parameter")
			continue
		}
		required = append(required, RequiredParameter{In: in, Name: parameter})
	}
	slices.SortStableFunc(required, func(a, b RequiredParameter) int { return cmp.Compare(a.In, b.In) })
	return required
}

// compileBodies compiles the models of request bodies. Without any the body must be an object.
func (c *compiler) compileBodies(compiled *Method, models map[string]string) {
	if len(models) == 0 {
		models = map[string]string{DefaultMediaType: "Empty"}
	}
	for _, mediaType := range slices.Sorted(maps.Keys(models)) {
		s, err := c.models.Compile(models[mediaType])
		if err != nil {
			c.breakMethod(compiled, "requestModels["+mediaType+"]", err.Error())
			return
		}
		compiled.Bodies = append(compiled.Bodies, BodySchema{MediaType: mediaType, Schema: s})
	}
}

// parseTarget splits a name like "method.request.header.X" or "integration.request.path.x" behind its
// prefix into location and name.
func parseTarget(text, prefix string) (Location, string, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return 0, "", false
	}
	location, name, ok := strings.Cut(rest, ".")
	if !ok || name == "" {
		return 0, "", false
	}
	switch location {
	case "header":
		return Header, name, true
	case "path":
		return Path, name, true
	case "querystring":
		return QueryString, name, true
	}
	return 0, "", false
}

// parseStatus reads a status of three digits.
func parseStatus(text string) (int, bool) {
	if len(text) != 3 {
		return 0, false
	}
	status := 0
	for i := range 3 {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		status = status*10 + int(text[i]-'0')
	}
	return status, status >= 100 && status <= 599
}

// value returns what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
