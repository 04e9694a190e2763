package openapi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// TestRoundTrip holds export and import together: what is exported with all extensions is read back as
// the same API, in both formats and both notations. The API is as the control plane freezes it.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		format := rapid.SampledFrom([]Format{FormatOpenAPI, FormatSwagger}).Draw(t, "format")
		want := randomAPI(t, format)
		document, err := Export(want, ExportOptions{
			Format: format, Stage: "v", Integrations: true, Authorizers: true, Postman: true, YAML: rapid.Bool().Draw(t, "yaml"),
		})
		if err != nil {
			t.Fatal(err)
		}
		parsed, problems := Parse(document.Text, Options{})
		if text, refused := Refusal(problems, true); refused {
			t.Fatalf("%s\n%s", text, document.Text)
		}
		got := parsed.Snapshot(*want.RestAPI.Id)
		options := cmp.Options{
			cmpopts.IgnoreFields(snapshot.API{}, "Region", "Partition", "CreatedDate"),
			cmpopts.SortSlices(func(a, b apigw.Model) bool { return *a.Name < *b.Name }),
			cmpopts.SortSlices(func(a, b snapshot.Resource) bool { return a.Path < b.Path }),
			cmpopts.SortSlices(func(a, b apigw.Authorizer) bool { return *a.Name < *b.Name }),
			cmpopts.SortSlices(func(a, b apigw.GatewayResponse) bool { return *a.ResponseType < *b.ResponseType }),
		}
		if diff := cmp.Diff(want, got, options); diff != "" {
			t.Fatalf("%s (-exported +parsed):\n%s\n%s", format, diff, document.Text)
		}
	})
}

// maybe draws a text or nothing.
func maybe(t *rapid.T, texts *rapid.Generator[string], label string) *string {
	if rapid.Bool().Draw(t, label+"?") {
		return new(texts.Draw(t, label))
	}
	return nil
}

// printable are texts with what formats have their troubles with, but never empty.
func printable() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string { return "x" + nasty().Draw(t, "text") })
}

// randomAPI makes an API with everything that a document can hold. In Swagger the content types of
// models and templates are one list, so that they are the same there.
func randomAPI(t *rapid.T, format Format) *snapshot.API {
	word := rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9]{0,6}`)
	words := func(label string) []string { return rapid.SliceOfNDistinct(word, 0, 3, rapid.ID).Draw(t, label) }
	api := &snapshot.API{
		Region: "eu-west-1", Partition: "aws", CreatedDate: time.Unix(1700000000, 0),
		RestAPI: apigw.RestApi{
			Id: new("id"), Name: new(printable().Draw(t, "name")), Description: maybe(t, printable(), "description"),
			Version: new(printable().Draw(t, "version")), BinaryMediaTypes: rapid.SampledFrom([][]string{nil, {"image/png", "*/*"}}).Draw(t, "binary"),
		},
		Resources: []snapshot.Resource{{ID: "/", Path: "/"}},
	}
	if rapid.Bool().Draw(t, "settings") {
		api.RestAPI.ApiKeySource = new(apigw.ApiKeySourceTypeAuthorizer)
		api.RestAPI.MinimumCompressionSize = new(rapid.Int32Range(0, 10485760).Draw(t, "compression"))
		api.RestAPI.Policy = new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"*"}]}`)
	}
	models := words("models")
	for _, name := range models {
		other := rapid.SampledFrom(models).Draw(t, "reference")
		api.Models = append(api.Models, apigw.Model{
			Name: &name, ContentType: new("application/json"),
			Schema: new(`{"type":"object","properties":{"a":{"$ref":"` + modelAddress + "id/models/" + other + `"},"$ref":{"enum":["` + name + `"]}}}`),
		})
	}
	for _, name := range words("validators") {
		api.RequestValidators = append(api.RequestValidators, apigw.RequestValidator{
			Id: &name, Name: &name, ValidateRequestBody: new(rapid.Bool().Draw(t, "body")), ValidateRequestParameters: new(rapid.Bool().Draw(t, "parameters")),
		})
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.OneOf(word, rapid.SampledFrom([]string{apiKeyScheme, sigV4Scheme})), 0, 3, rapid.ID).Draw(t, "authorizers") {
		api.Authorizers = append(api.Authorizers, randomAuthorizer(t, name))
	}
	for _, kind := range rapid.SliceOfNDistinct(rapid.SampledFrom([]apigw.GatewayResponseType{"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED"}), 0, 2, rapid.ID).Draw(t, "gateway responses") {
		g := apigw.GatewayResponse{ResponseType: &kind, StatusCode: rapid.SampledFrom([]*string{nil, new("418")}).Draw(t, "status")}
		if rapid.Bool().Draw(t, "template") {
			g.ResponseTemplates = map[string]string{"application/json": printable().Draw(t, "text")}
			g.ResponseParameters = map[string]string{"gatewayresponse.header.A": "'b'"}
		}
		api.GatewayResponses = append(api.GatewayResponses, g)
	}
	for _, path := range randomPaths(t) {
		api.Resources = append(api.Resources, randomResource(t, api, path, models, format))
	}
	return api
}

func randomAuthorizer(t *rapid.T, name string) apigw.Authorizer {
	z := apigw.Authorizer{
		Id: &name, Name: &name, AuthType: rapid.SampledFrom([]*string{nil, new("custom"), new("oauth2")}).Draw(t, "authtype"),
		Type:                         new(rapid.SampledFrom([]apigw.AuthorizerType{"TOKEN", "REQUEST", "COGNITO_USER_POOLS"}).Draw(t, "type")),
		AuthorizerResultTtlInSeconds: new(rapid.Int32Range(0, 3600).Draw(t, "ttl")),
		IdentitySource:               new(rapid.SampledFrom([]string{"method.request.header.Auth", "method.request.header.A,method.request.querystring.b"}).Draw(t, "source")),
	}
	if *z.Type == apigw.AuthorizerTypeCognitoUserPools {
		z.ProviderARNs = []string{"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/p"}
		return z
	}
	z.AuthorizerUri = new("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations")
	z.AuthorizerCredentials = rapid.SampledFrom([]*string{nil, new("arn:aws:iam::123456789012:role/r")}).Draw(t, "credentials")
	z.IdentityValidationExpression = rapid.SampledFrom([]*string{nil, new("^x$")}).Draw(t, "expression")
	return z
}

// randomPaths draws paths below each other; each has a method, since others are not in a document unless
// they lead to one.
func randomPaths(t *rapid.T) []string {
	return rapid.SampledFrom([][]string{{"/a"}, {"/a", "/a/{b}"}, {"/{p+}"}, {"/c.d-e_f~", "/c.d-e_f~/g"}, {}}).Draw(t, "paths")
}

func randomResource(t *rapid.T, api *snapshot.API, path string, models []string, format Format) snapshot.Resource {
	parent := parentPath(path)
	r := snapshot.Resource{ID: path, ParentID: parent, PathPart: path[strings.LastIndexByte(path, '/')+1:], Path: path, Methods: map[string]apigw.Method{}}
	name := rapid.StringMatching(`[a-zA-Z0-9._$-]{1,8}`)
	for range rapid.IntRange(1, 3).Draw(t, "methods") {
		m := randomMethod(t, name)
		m.OperationName = maybe(t, printable(), "operation")
		m.MethodIntegration.CacheNamespace = new(path)
		if format == FormatOpenAPI || len(m.MethodIntegration.RequestTemplates) == 0 {
			withModels(t, m, models)
		}
		if len(api.Authorizers) > 0 && rapid.Bool().Draw(t, "authorized") {
			z := rapid.SampledFrom(api.Authorizers).Draw(t, "authorizer")
			m.AuthorizerId, m.AuthorizationType = z.Id, new("CUSTOM")
			if *z.Type == apigw.AuthorizerTypeCognitoUserPools {
				m.AuthorizationType = new("COGNITO_USER_POOLS")
				m.AuthorizationScopes = rapid.SampledFrom([][]string{nil, {"a/b", "c"}}).Draw(t, "scopes")
			}
		}
		if len(api.RequestValidators) > 0 && rapid.Bool().Draw(t, "validated") {
			m.RequestValidatorId = rapid.SampledFrom(api.RequestValidators).Draw(t, "validator").Id
		}
		if rapid.Bool().Draw(t, "cache keys") {
			m.MethodIntegration.CacheKeyParameters = []string{"method.request.path.x"}
			m.MethodIntegration.CacheNamespace = new("space")
		}
		r.Methods[*m.HttpMethod] = *m
	}
	return r
}

// withModels gives a method a request model and its responses models.
func withModels(t *rapid.T, m *apigw.Method, models []string) {
	if len(models) == 0 {
		return
	}
	m.RequestModels = map[string]string{"application/json": rapid.SampledFrom(models).Draw(t, "request model")}
	types := []string{}
	for _, r := range m.MethodIntegration.IntegrationResponses {
		for kind := range r.ResponseTemplates {
			types = append(types, kind)
		}
	}
	if len(types) > 0 && slices.ContainsFunc(types, func(kind string) bool { return kind != "application/json" }) {
		return // in Swagger the model would be of all these types
	}
	for status, r := range m.MethodResponses {
		r.ResponseModels = map[string]string{"application/json": rapid.SampledFrom(models).Draw(t, "response model")}
		m.MethodResponses[status] = r
	}
}
