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
