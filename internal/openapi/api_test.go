package openapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const located = `openapi: 3.0.1
info: {title: Located, version: "1"}
paths:
  /pets/{id}:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: nowhere
        requestTemplates:
          application/json: |
            {
              "id": $input.nothing
            }
          text/plain: "in\nquotes"
        responses:
          default: {statusCode: 200}
components: {schemas: {Pet: {type: object}}}
`

func TestLocate(t *testing.T) {
	api, problems := Parse([]byte(located), Options{})
	if len(problems) > 0 {
		t.Fatal(describeProblems(problems))
	}
	tests := []struct {
		line string
		want Position
	}{
		{IntegrationFrame("GET", "/pets/{id}") + "Invalid HTTP endpoint specified for URI", Position{10, 14}},
		{IntegrationFrame("GET", "/pets/{id}") + "Enumeration value for HttpMethod must be non-empty", Position{9, 21}},
		{IntegrationFrame("GET", "/pets/{id}") + "something else", Position{7, 7}},
		{IntegrationResponseFrame("GET", "/pets/{id}") + "something", Position{17, 9}},
		{MethodFrame("GET", "/pets/{id}") + "something", Position{5, 5}},
		{MethodResponseFrame("GET", "/pets/{id}") + "something", Position{6, 7}},
		{ResourceFrame("/pets/{id}") + "something", Position{4, 3}},
		{ResourceFrame("/pets") + "something", Position{4, 3}},
		{ModelFrame("Pet") + "something", Position{19, 24}},
		{MethodFrame("PUT", "/pets/{id}") + "something", Position{}},
	}
	for _, test := range tests {
		if got, ok := api.Locate(test.line); got != test.want || ok != (test.want != Position{}) {
			t.Errorf("Locate(%q): got %v, %v, want %v", test.line, got, ok, test.want)
		}
	}
}

func TestPositionIn(t *testing.T) {
	api, _ := Parse([]byte(located), Options{})
	templates := api.Resources[2].Methods[0].Pointer + "/x-amazon-apigateway-integration/requestTemplates/"
	tests := []struct {
		contentType string
		within      Position
		want        Position
	}{
		{"application/json", Position{1, 1}, Position{13, 13}},
		{"application/json", Position{2, 9}, Position{14, 21}},
		{"text/plain", Position{2, 1}, Position{16, 23}}, // lines in quotes are not lines of the document
		{"none", Position{1, 1}, Position{}},
	}
	for _, test := range tests {
		got, ok := api.PositionIn(templates+Escape(test.contentType), test.within)
		if got != test.want || ok != (test.want != Position{}) {
			t.Errorf("PositionIn(%s, %v): got %v, %v, want %v", test.contentType, test.within, got, ok, test.want)
		}
	}
}

func TestRefusal(t *testing.T) {
	fault := Problem{Position: Position{3, 4}, Severity: SeverityError, Message: "Broken"}
	service := Problem{Position: Position{5, 6}, Severity: SeverityError, Message: "Unable to do it", Service: true}
	warning := Problem{Position: Position{7, 8}, Severity: SeverityWarning, Message: "Ignoring.", Service: true}
	note := Problem{Severity: SeverityNote, Message: "never shown"}
	tests := []struct {
		name           string
		problems       []Problem
		failOnWarnings bool
		want           string
	}{
		{"nothing", []Problem{note}, true, ""},
		{"errors", []Problem{fault, note, service}, false, "Errors found during import:\n\tBroken (line 3, column 4)\n\tUnable to do it"},
		{"both", []Problem{warning, service}, false, "Errors found during import:\n\tUnable to do it\nAdditionally, these warnings were found:\n\tIgnoring."},
		{"warnings", []Problem{warning, note}, false, ""},
		{"fail on warnings", []Problem{warning, note}, true, "Warnings found during import:\n\tIgnoring."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, refused := Refusal(test.problems, test.failOnWarnings)
			if diff := cmp.Diff(test.want, got); diff != "" || refused != (test.want != "") {
				t.Errorf("refused %v (-want +got):\n%s", refused, diff)
			}
		})
	}
}

// TestLargeDocument reads 300 paths with five methods each.
func TestLargeDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo: {title: Large, version: '1'}\ncomponents:\n  schemas:\n")
	for i := range 300 {
		fmt.Fprintf(&b, "    Thing%d: {type: object, properties: {next: {$ref: '#/components/schemas/Thing%d'}}}\n", i, (i+1)%300)
	}
	b.WriteString("paths:\n")
	for i := range 300 {
		fmt.Fprintf(&b, "  /group%d/things%d/{id}:\n", i%10, i)
		for _, verb := range []string{"get", "put", "post", "delete", "patch"} {
			fmt.Fprintf(&b, "    %s:\n      responses: {200: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Thing%d'}}}}}\n", verb, i)
			fmt.Fprintf(&b, "      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: %s, uri: 'https://example.com/%d'}\n", strings.ToUpper(verb), i)
		}
	}
	start := time.Now()
	api, problems := Parse([]byte(b.String()), Options{})
	if len(problems) > 0 {
		t.Fatal(describeProblems(problems))
	}
	methods := 0
	for _, r := range api.Resources {
		methods += len(r.Methods)
	}
	got := []int{len(api.Resources), methods, len(api.Models)}
	if diff := cmp.Diff([]int{1 + 10 + 300 + 300, 1500, 300}, got); diff != "" {
		t.Errorf("resources, methods, models (-want +got):\n%s", diff)
	}
	t.Logf("%d bytes in %v", b.Len(), time.Since(start))
}

// TestLimits holds the reader to its bounds.
func TestLimits(t *testing.T) {
	frame := "openapi: 3.0.1\ninfo: {title: Limits, version: '1'}\n"
	long := strings.Repeat("x", 100_000)
	tests := []struct{ name, document, want string }{
		{"bytes", strings.Repeat(" ", MaxDocumentBytes+1), "The document has more than"},
		{"path", `{"swagger": "2.0", "paths": {"/` + strings.Repeat("a/", 3000) + `": {}}}`, "The path has more than 4096 bytes"},
		{"model", frame + "components: {schemas: {A: {enum: [&x " + long + strings.Repeat(", *x", 10) + "]}}}", "The schema has more than"},
		{"merges", "a: &a {" + func() (keys string) {
			for i := range 1000 {
				keys += fmt.Sprintf("k%d: 1, ", i)
			}
			return keys
		}() + "}\n" + strings.Repeat("b: {<<: *a}\n", 3000), "values to merge"},
		{"references", frame + "components: {parameters: {A: &a {name: a, in: query, x: [" + strings.Repeat("1,", 100_000) + "1]}}}\n" +
			"paths: {/: {parameters: [" + strings.Repeat("{$ref: '#/components/parameters/A'},", 30) + "]," +
			" get: {parameters: []}}}", "values once references are expanded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := Parse([]byte(test.document), Options{})
			if !strings.Contains(describeProblems(problems), test.want) {
				t.Errorf("got %.300s, want %q", describeProblems(problems), test.want)
			}
		})
	}
}
