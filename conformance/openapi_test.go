package conformance_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// corpus are the documents: those of this directory, and those of the OpenAPI reader's own tests.
var corpus = []string{"openapi/*.txtar", "../internal/openapi/testdata/*.txtar"}

// TestOpenAPICorpus imports documents over the wire. Each file is an archive of
//
//	base         optional: a document that an API is made of first
//	options      optional lines name=value for the query of the request
//	document     the document
//	import       what the API then is, with the warnings; or
//	refusal      the message with which the document is refused
//
// and UPDATE=1 writes the last two anew. A document that is imported and put into its own API again
// changes nothing; one that is refused makes no API and changes none.
func TestOpenAPICorpus(t *testing.T) {
	s := gwtest.Start(t, gwtest.Config{})
	refused, documents := 0, 0
	for _, pattern := range corpus {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no documents at %s: %v", pattern, err)
		}
		for _, file := range files {
			documents++
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				archive, err := txtar.ParseFile(file)
				if err != nil {
					t.Fatal(err)
				}
				c := &corpusRun{t: t, server: s, sections: map[string]string{}}
				for _, f := range archive.Files {
					c.sections[f.Name] = string(f.Data)
				}
				imported, refusal := c.run()
				if refusal != "" {
					refused++
				}
				c.compare(file, archive, map[string]string{"import": imported, "refusal": refusal})
			})
		}
	}
	t.Logf("%d documents, %d of them refused", documents, refused)
	if documents-refused < 60 || refused < 30 {
		t.Errorf("the corpus has only %d documents, %d of them refused", documents, refused)
	}
}

// corpusRun is one document.
type corpusRun struct {
	t        *testing.T
	server   *gwtest.Server
	sections map[string]string
}

// run imports the document and returns what became of it.
func (c *corpusRun) run() (imported, refusal string) {
	c.t.Helper()
	query := url.Values{}
	for line := range strings.Lines(c.sections["options"]) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			query.Set(name, value)
		}
	}
	document := []byte(c.sections["document"])
	defer c.deleteAPIs()
	bystander := c.must("POST", "/restapis?mode=import", []byte(bystanderDocument))["id"].(string)
	before := c.describe(bystander)
	method, path := "POST", "/restapis"
	if base, ok := c.sections["base"]; ok {
		method, path = "PUT", "/restapis/"+c.must("POST", "/restapis?mode=import", []byte(base))["id"].(string)
	} else {
		query.Set("mode", "import")
	}
	count := len(c.list("/restapis"))
	answer, err := c.server.Control(method, path+"?"+query.Encode(), document)
	if err != nil {
		c.unchanged(count, bystander, before, query, document)
		return "", messageOf(c.t, err)
	}
	id := answer["id"].(string)
	warnings := ""
	for _, w := range asList(answer["warnings"]) {
		warnings += fmt.Sprintf("warning: %s\n", w)
	}
	imported = warnings + c.describe(id)
	c.again(id, method, query, document, warnings != "")
	return imported, ""
}

// deleteAPIs deletes all APIs, of which an account has only so many.
func (c *corpusRun) deleteAPIs() {
	for _, api := range c.list("/restapis") {
		c.must("DELETE", "/restapis/"+api["id"].(string), nil)
	}
}

// bystanderDocument is an API that a refused document must not change.
const bystanderDocument = `{"openapi":"3.0.1","info":{"title":"Bystander","version":"1"},"components":{"schemas":{"M":{"type":"object"}}},
	"paths":{"/a":{"get":{"responses":{"200":{"description":"ok"}},"x-amazon-apigateway-integration":{"type":"mock"}}}}}`

// unchanged checks that a refused document has made no API, and that it is refused as a change of another
// one too, which stays as it was.
func (c *corpusRun) unchanged(count int, bystander, before string, query url.Values, document []byte) {
	c.t.Helper()
	for _, mode := range []string{"merge", "overwrite"} {
		query.Set("mode", mode)
		if _, err := c.server.Control("PUT", "/restapis/"+bystander+"?"+query.Encode(), document); err == nil && c.sections["base"] == "" {
			if strings.Contains(c.sections["refusal"], "Name cannot be empty") {
				continue // the other API has a name, which stays
			}
			c.t.Errorf("mode %s takes the document", mode)
		} else if after := c.describe(bystander); after != before {
			c.t.Errorf("mode %s changes the API (-before +after):\n%s", mode, cmp.Diff(before, after))
		}
	}
	if now := len(c.list("/restapis")); now != count {
		c.t.Errorf("there were %d APIs, now there are %d", count, now)
	}
}

// again puts the document into its own API once more, and imports it with failonwarnings.
func (c *corpusRun) again(id, method string, query url.Values, document []byte, warned bool) {
	c.t.Helper()
	before := c.describe(id)
	if method == "POST" {
		query.Set("mode", "overwrite")
	}
	c.must("PUT", "/restapis/"+id+"?"+query.Encode(), document)
	if diff := cmp.Diff(before, c.describe(id)); diff != "" {
		c.t.Errorf("put again (-before +after):\n%s", diff)
	}
	query.Set("failonwarnings", "true")
	_, err := c.server.Control("PUT", "/restapis/"+id+"?"+query.Encode(), document)
	if warned != (err != nil) {
		c.t.Errorf("failonwarnings with warnings %v: got error %v", warned, err)
	}
	if err != nil && !strings.HasPrefix(messageOf(c.t, err), "Warnings found during import:\n\t") {
		c.t.Errorf("failonwarnings: got %v", err)
	}
}

// describe writes down what an API consists of, with names in the place of ids.
func (c *corpusRun) describe(id string) string {
	c.t.Helper()
	prefix := "/restapis/" + id
	record := c.must("GET", prefix, nil)
	for _, member := range []string{"id", "createdDate", "rootResourceId", "tags"} {
		delete(record, member)
	}
	var b strings.Builder
	line := func(what string, v any) {
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			c.t.Fatal(err)
		}
		b.WriteString(what + " " + strings.ReplaceAll(text.String(), id, "{api}"))
	}
	line("api", record)
	names := map[string]string{}
	for _, kind := range []struct{ path, what string }{
		{"requestvalidators", "validator"}, {"authorizers", "authorizer"}, {"models", "model"}, {"gatewayresponses", "gateway response"},
		{"documentation/parts", "documentation"}, {"documentation/versions", "documentation version"},
	} {
		items := c.list(prefix + "/" + kind.path) // by their ids, which are random
		slices.SortFunc(items, func(a, b map[string]any) int {
			return strings.Compare(fmt.Sprint(a["name"], a["location"]), fmt.Sprint(b["name"], b["location"]))
		})
		for _, item := range items {
			if part, ok := item["id"].(string); ok {
				names[part] = fmt.Sprint(item["name"])
			}
			delete(item, "id")
			delete(item, "createdDate")
			if item["defaultResponse"] != true {
				line(kind.what, item)
			}
		}
	}
	resources := c.list(prefix + "/resources?embed=methods")
	slices.SortFunc(resources, func(a, b map[string]any) int { return strings.Compare(a["path"].(string), b["path"].(string)) })
	for _, r := range resources {
		fmt.Fprintf(&b, "%s\n", r["path"])
		names[r["id"].(string)] = "{" + r["path"].(string) + "}"
		methods, _ := r["resourceMethods"].(map[string]any)
		for _, verb := range slices.Sorted(maps.Keys(methods)) {
			line("  "+verb, methods[verb])
		}
	}
	text := b.String()
	for id, name := range names {
		text = strings.ReplaceAll(text, `"`+id+`"`, `"`+name+`"`)
	}
	return text
}

// list returns all items of a collection.
func (c *corpusRun) list(path string) []map[string]any {
	c.t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	var items []map[string]any
	position := ""
	for {
		page := c.must("GET", path+separator+"limit=500"+position, nil)
		for _, item := range asList(page["item"]) {
			items = append(items, item.(map[string]any))
		}
		next, ok := page["position"].(string)
		if !ok {
			return items
		}
		position = "&position=" + url.QueryEscape(next)
	}
}

// must makes a call that has to succeed.
func (c *corpusRun) must(method, path string, body []byte) map[string]any {
	c.t.Helper()
	answer, err := c.server.Control(method, path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer
}

// compare compares sections with what came out, or writes them anew.
func (c *corpusRun) compare(file string, archive *txtar.Archive, got map[string]string) {
	c.t.Helper()
	if os.Getenv("UPDATE") == "" {
		for name, text := range got {
			if diff := cmp.Diff(c.sections[name], text); diff != "" {
				c.t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		return
	}
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "import" || f.Name == "refusal" })
	for _, name := range []string{"import", "refusal"} {
		if got[name] != "" {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

var refusedAnswer = regexp.MustCompile(`(?s)400 Bad Request (?:BadRequest|Validation)Exception (\{.*\})`)

// messageOf returns the message of a refusal, with a line end.
func messageOf(t *testing.T, err error) string {
	t.Helper()
	found := refusedAnswer.FindStringSubmatch(err.Error())
	if found == nil {
		t.Fatalf("no refusal of the kind that documents get: %v", err)
	}
	var answer struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal([]byte(found[1]), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Message + "\n"
}

// TestOpenAPILarge imports a document of 300 paths, whose models lead to each other in a circle, deploys it and
// imports what it is exported as.
func TestOpenAPILarge(t *testing.T) {
	const paths = 300
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) { c.Limits.ResourcesPerAPI = 2 * paths }})
	c := &corpusRun{t: t, server: s}
	var document strings.Builder
	document.WriteString("openapi: 3.0.1\ninfo: {title: Large, version: '1'}\ncomponents:\n  schemas:\n")
	for i := range paths {
		fmt.Fprintf(&document, "    Model%d: {type: object, properties: {id: {type: integer}, next: {$ref: '#/components/schemas/Model%d'}}}\n", i, (i+1)%paths)
	}
	document.WriteString("paths:\n")
	for i := range paths {
		fmt.Fprintf(&document, `  /group%d/item%d:
    get:
      operationId: get%d
      parameters: [{name: q, in: query, required: %t}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Model%d"}}}}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: '{"id": %d}'}}}
`, i%20, i, i, i%2 == 0, i, i)
	}
	id := c.must("POST", "/restapis?mode=import&failonwarnings=true", []byte(document.String()))["id"].(string)
	first := c.describe(id)
	if got := strings.Count(first, "\n  GET {"); got != paths {
		t.Errorf("got %d methods, want %d", got, paths)
	}
	if got := strings.Count(first, "\nmodel {"); got != paths {
		t.Errorf("got %d models, want %d", got, paths)
	}
	c.must("POST", "/restapis/"+id+"/deployments", []byte(`{"stageName":"v"}`))
	response, err := http.Get(s.GatewayURL + "/_aws/execute-api/" + id + "/v/group19/item299")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != `{"id": 299}` {
		t.Errorf("got %d %s, %v", response.StatusCode, body, err)
	}
	for _, format := range []string{"oas30", "swagger"} {
		exported, err := http.Get(s.ControlURL + "/restapis/" + id + "/stages/v/exports/" + format + "?extensions=apigateway")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(exported.Body)
		if err != nil || exported.Body.Close() != nil {
			t.Fatal(err)
		}
		c.must("PUT", "/restapis/"+id+"?mode=overwrite&failonwarnings=true", text)
		if diff := cmp.Diff(first, c.describe(id)); diff != "" {
			t.Errorf("%s (-imported +exported and imported):\n%s", format, diff)
		}
	}
}
