package openapi

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// nasty makes texts that formats have their troubles with.
func nasty() *rapid.Generator[string] {
	parts := rapid.SampledFrom([]string{
		"a", "b c", " ", "\n", "\n\n", "\t", "\r", "'", `"`, `\`, ":", ": ", "#", " #", "- ", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "@", "`",
		"yes", "no", "null", "~", "true", "1", "1.0", "0x1F", "1e3", ".inf", "2020-01-01", "<<", "=", "é", "☃", "🐕", "\u0085", "\u2028", "\ufeff", "\u0000", "\u001b", "\u007f", "$input.path('$')", "---", "...",
	})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(parts, 0, 6).Draw(t, "parts"), "")
	})
}

// TestRenderIsRead holds writing and reading of both formats together: what is rendered is read as it was.
func TestRenderIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := newObject()
		for _, key := range rapid.SliceOfNDistinct(nasty(), 1, 4, rapid.ID).Draw(t, "keys") {
			value := newObject()
			value.setText("text", nasty().Draw(t, "text"))
			value.set("list", newTexts(rapid.SliceOfN(nasty(), 0, 3).Draw(t, "list")))
			value.setFlag("flag", rapid.Bool().Draw(t, "flag"))
			value.setNumber("number", rapid.Int64().Draw(t, "number"))
			value.set("null", &node{kind: kindNull})
			root.set(key, value)
		}
		for _, asYAML := range []bool{false, true} {
			text, err := root.render(asYAML)
			if err != nil {
				t.Fatal(err)
			}
			readers := map[bool]func([]byte) (*node, []Problem, error){false: readJSON, true: readYAML}
			again, problems, err := readers[asYAML](text)
			if err != nil || len(problems) > 0 {
				t.Fatalf("yaml %v: %v %v in\n%q", asYAML, err, problems, text)
			}
			if diff := cmp.Diff(jsonText(root), jsonText(again)); diff != "" {
				t.Fatalf("yaml %v (-rendered +read):\n%s", asYAML, diff)
			}
		}
	})
}

// TestExportIsParsed writes random methods and reads them again.
func TestExportIsParsed(t *testing.T) {
	name := rapid.StringMatching(`[a-zA-Z0-9._$-]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		m := randomMethod(t, name)
		api := &snapshot.API{
			Region: "eu-west-1", Partition: "aws", CreatedDate: time.Unix(1700000000, 0),
			RestAPI:   apigw.RestApi{Id: new("id"), Name: new("Random"), Version: new("1")},
			Resources: []snapshot.Resource{{Path: "/"}, {Path: "/a", Methods: map[string]apigw.Method{*m.HttpMethod: *m}}},
		}
		for _, format := range []Format{FormatOpenAPI, FormatSwagger} {
			document, err := Export(api, ExportOptions{
				Format: format, Stage: "v", Integrations: true, Authorizers: true, YAML: rapid.Bool().Draw(t, "yaml"),
			})
			if err != nil {
				t.Fatal(err)
			}
			parsed, problems := Parse(document.Text, Options{})
			if text, refused := Refusal(problems, true); refused {
				t.Fatalf("%s: %s\n%s", format, text, document.Text)
			}
			got := parsed.Resources[1].Methods[0].Shape
			if diff := cmp.Diff(*m, got); diff != "" {
				t.Fatalf("%s (-exported +parsed):\n%s\n%s", format, diff, document.Text)
			}
		}
	})
}

// randomMethod makes a method as the control plane keeps it, as far as a document shows it.
func randomMethod(t *rapid.T, name *rapid.Generator[string]) *apigw.Method {
	m := &apigw.Method{
		ApiKeyRequired:    new(rapid.Bool().Draw(t, "key")),
		AuthorizationType: new(rapid.SampledFrom([]string{"NONE", "AWS_IAM"}).Draw(t, "authorization")),
		HttpMethod:        new(rapid.SampledFrom([]string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "ANY"}).Draw(t, "verb")),
		MethodIntegration: &apigw.Integration{
			Type:                new(rapid.SampledFrom([]apigw.IntegrationType{"MOCK", "HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY"}).Draw(t, "type")),
			PassthroughBehavior: new(rapid.SampledFrom([]string{"WHEN_NO_MATCH", "NEVER"}).Draw(t, "passthrough")),
		},
	}
	for _, n := range rapid.SliceOfN(name, 0, 3).Draw(t, "parameters") {
		if m.RequestParameters == nil {
			m.RequestParameters = map[string]bool{}
		}
		place := rapid.SampledFrom([]string{"path", "querystring", "header"}).Draw(t, "place")
		m.RequestParameters["method.request."+place+"."+n] = place == "path" || rapid.Bool().Draw(t, "required")
	}
	i := m.MethodIntegration
	if rapid.Bool().Draw(t, "mapped") {
		i.RequestParameters = map[string]string{"integration.request.header." + name.Draw(t, "target"): "'" + nasty().Draw(t, "value") + "'"}
	}
	if rapid.Bool().Draw(t, "templated") {
		i.RequestTemplates = map[string]*string{"application/json": new("x" + nasty().Draw(t, "template")), "text/plain": nil}
	}
	patterns := rapid.SliceOfNDistinct(rapid.StringMatching(`[0-9.*|]{1,5}`), 0, 3, rapid.ID).Draw(t, "patterns")
	for n, pattern := range patterns {
		status := []string{"200", "404", "500"}[n]
		if m.MethodResponses == nil {
			m.MethodResponses = map[string]apigw.MethodResponse{}
			i.IntegrationResponses = map[string]apigw.IntegrationResponse{}
		}
		m.MethodResponses[status] = apigw.MethodResponse{StatusCode: &status, ResponseParameters: map[string]bool{"method.response.header." + name.Draw(t, "header"): false}}
		response := apigw.IntegrationResponse{StatusCode: &status, ResponseTemplates: map[string]*string{"a/b": new("y" + nasty().Draw(t, "response"))}}
		if n > 0 {
			response.SelectionPattern = &pattern
		}
		i.IntegrationResponses[status] = response
	}
	return m
}

// describedAPI has a method with everything that documentation parts describe.
func describedAPI() *snapshot.API {
	return &snapshot.API{
		Region: "eu-west-1", Partition: "aws",
		RestAPI: apigw.RestApi{Id: new("id"), Name: new("Described"), Version: new("1")},
		Authorizers: []apigw.Authorizer{{
			Id: new("z"), Name: new("sigv4"), Type: new(apigw.AuthorizerTypeToken), IdentitySource: new("method.request.header.Auth"),
		}},
		Resources: []snapshot.Resource{{Path: "/"}, {Path: "/a/{id}", Methods: map[string]apigw.Method{"POST": {
			HttpMethod: new("POST"), AuthorizationType: new("AWS_IAM"),
			RequestParameters: map[string]bool{"method.request.path.id": true, "method.request.querystring.q": false, "method.request.header.H": false},
			RequestModels:     map[string]string{"application/json": "M"},
			MethodResponses: map[string]apigw.MethodResponse{
				"200": {ResponseParameters: map[string]bool{"method.response.header.R": false}}, "404": {},
			},
		}}}},
	}
}

// Descriptions come from the parts of the documentation version, the nearest of them first; the words
// for Postman from the authorization.
func TestExportDescribes(t *testing.T) {
	part := func(kind apigw.DocumentationPartType, path, method, status, name, properties string) apigw.DocumentationPart {
		optional := func(text string) *string {
			if text == "" {
				return nil
			}
			return &text
		}
		return apigw.DocumentationPart{Properties: &properties, Location: &apigw.DocumentationPartLocation{
			Type: kind, Path: optional(path), Method: optional(method), StatusCode: optional(status), Name: optional(name),
		}}
	}
	documentation := &ExportDocumentation{Version: "d", Parts: []apigw.DocumentationPart{
		part("API", "", "", "", "", `{"description":"not written"}`),
		part("AUTHORIZER", "", "", "", "sigv4", `{"description":"an authorizer"}`),
		part("METHOD", "/", "*", "", "", `{"description":"any method","summary":"too far"}`),
		part("METHOD", "/a", "POST", "", "", `{"description":"a method","tags":["t"],"x":1,"operationId":"no"}`),
		part("PATH_PARAMETER", "/a/{id}", "*", "", "id", `{"description":"an id"}`),
		part("QUERY_PARAMETER", "/", "*", "", "q", `{"description":"a query"}`),
		part("REQUEST_HEADER", "/a/{id}", "POST", "", "H", `{"description":"a header"}`),
		part("REQUEST_BODY", "/", "POST", "", "", `{"description":"a body"}`),
		part("RESPONSE", "/a/{id}", "POST", "200", "", `{"description":"all well"}`),
		part("RESPONSE", "/", "*", "*", "", `{"description":"something"}`),
		part("RESPONSE_HEADER", "/", "*", "200", "R", `{"description":"R's"}`),
		part("METHOD", "/a/{id}", "POST", "", "", `[]`),
	}}
	const want = `{"description":"a method","tags":["t"],"parameters":[` +
		`{"name":"H","in":"header","schema":{"type":"string"},"description":"a header"},` +
		`{"name":"id","in":"path","required":true,"schema":{"type":"string"},"description":"an id"},` +
		`{"name":"q","in":"query","schema":{"type":"string"},"description":"a query"}],` +
		`"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/M"}}},"required":true,"description":"a body"},` +
		`"responses":{"200":{"description":"all well","headers":{"R":{"schema":{"type":"string"},"description":"R's"}},"content":{}},` +
		`"404":{"description":"something","content":{}}},` +
		`"security":[{"sigv4_":[]}],` +
		`"x-postman-meta":{"currentHelper":"awsSigV4","helperAttributes":{"id":"awsSigV4","accessKey":"{{aws_access_key_id}}",` +
		`"secretKey":"{{aws_secret_access_key}}","region":"eu-west-1","service":"execute-api"}}}`
	document, err := Export(describedAPI(), ExportOptions{Format: FormatOpenAPI, Stage: "v", Postman: true, Documentation: documentation})
	if err != nil {
		t.Fatal(err)
	}
	root, _, err := readJSON(document.Text)
	if err != nil {
		t.Fatal(err)
	}
	got := root.get("paths").get("/a/{id}").get("post")
	wanted, _, err := readJSON([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, wanted) {
		t.Errorf("operation (-want +got):\n%s", cmp.Diff(jsonText(wanted), jsonText(got)))
	}
	if got := jsonText(root.get("components")); !strings.Contains(got, `"sigv4":{"type":"apiKey","name":"Auth","in":"header","description":"an authorizer"}`) || !strings.Contains(got, `"sigv4_":`) {
		t.Errorf("schemes: %s", got)
	}
	if root.get(extension+"documentation") != nil || root.get("info").get("description") != nil {
		t.Errorf("the parts are written: %s", document.Text)
	}
	swagger, err := Export(describedAPI(), ExportOptions{Format: FormatSwagger, Stage: "v", Documentation: documentation, DocumentationParts: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`"in": "body"`, `"description": "a body"`, `"documentationParts"`} {
		if !strings.Contains(string(swagger.Text), text) {
			t.Errorf("no %s in:\n%s", text, swagger.Text)
		}
	}
}
