package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// runWith is run with standard input.
func runWith(t *testing.T, input string, arguments ...string) (out, errors string, status int) {
	t.Helper()
	var outBuffer, errBuffer bytes.Buffer
	status = Main(t.Context(), arguments, Streams{
		In: strings.NewReader(input), Out: &outBuffer, Err: &errBuffer,
		LookupEnv: func(string) (string, bool) { return "", false },
	})
	return outBuffer.String(), errBuffer.String(), status
}

// writeFile writes a file into the test's directory and returns its name.
func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTemplateRender(t *testing.T) {
	dir := t.TempDir()
	template := writeFile(t, dir, "t.vtl", `$input.path('$.id') $input.params('x') $input.params('h') $context.stage $stageVariables.v $stageVariables.w`+
		`#set($context.responseOverride.status = 201)#set($context.requestOverride.path.id = "7")`)
	body := writeFile(t, dir, "body.json", `{"id": "o-1"}`)
	context := writeFile(t, dir, "context.json", `{"stage": "prod"}`)
	params := writeFile(t, dir, "params.json", `{"querystring": {"x": "file"}, "header": {"h": 5}}`)
	variables := writeFile(t, dir, "variables.json", `{"v": "1"}`)
	out, errors, status := runWith(t, "", "template", "render", template, "--body", body, "--context", context, "--params", params,
		"--query", "x=flag", "--stage-variables", variables, "--variable", "w=2")
	if want := "o-1 flag 5 prod 1 2"; out != want || status != 0 {
		t.Errorf("got %q and status %d, want %q and 0", out, status, want)
	}
	want := "requestOverride: {\"path\":{\"id\":\"7\"}}\nresponseOverride: {\"status\":201}\n"
	if diff := cmp.Diff(want, errors); diff != "" {
		t.Errorf("overrides (-want +got):\n%s", diff)
	}

	out, _, status = runWith(t, `$input.body`, "template", "render", "-", "--body", body)
	if want := `{"id": "o-1"}`; out != want || status != 0 {
		t.Errorf("from standard input: got %q and status %d, want %q and 0", out, status, want)
	}
}

func TestTemplateErrors(t *testing.T) {
	dir := t.TempDir()
	broken := writeFile(t, dir, "broken.vtl", "#if(")
	failing := writeFile(t, dir, "failing.vtl", "a $util.urlDecode('%')")
	array := writeFile(t, dir, "array.json", "[]")
	bad := writeFile(t, dir, "bad.json", "{")
	tests := []struct {
		name      string
		arguments []string
		want      string
		status    int
	}{
		{"no template", nil, "a template is missing", 2},
		{"no such file", []string{filepath.Join(dir, "none.vtl")}, "none.vtl", 1},
		{"does not parse", []string{broken}, "broken.vtl:1:5:", 1},
		{"does not render", []string{failing}, "failing.vtl:1:", 1},
		{"no object", []string{broken, "--context", array}, "array.json: want a JSON object", 1},
		{"no JSON", []string{broken, "--params", bad}, "bad.json:1:2:", 1},
		{"no value", []string{broken, "--query", "x"}, `"x" is not NAME=VALUE`, 2},
		{"lines and a file", []string{broken, "--jsonl"}, "--jsonl takes no file", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errors, status := runWith(t, "", append([]string{"template", "render"}, tt.arguments...)...)
			if !strings.Contains(errors, tt.want) || out != "" || status != tt.status {
				t.Errorf("got output %q, errors %q and status %d, want %q and %d", out, errors, status, tt.want, tt.status)
			}
		})
	}
}

func TestTemplateLines(t *testing.T) {
	const input = `{"id":1,"template":"$x.a $y $input.params('q')","vars":{"x":{"a":[1]},"y":2.50},"params":{"querystring":{"q":"v"}}}
rubbish

[]
{"id":"two","template":"#if("}
{"id":3,"template":"$util.urlDecode('%')"}
{"id":4,"template":"#set($context.responseOverride.header.A = 'b')$input.body|$context.stage|$stageVariables.s","input":null,"context":{"stage":"p"},"stageVariables":{"s":"t"}}
{"id":5,"template":"$x"}`
	const want = `{"id":1,"output":"[1] 2.5 v"}
{"id":null,"error":"parse","message":"1:1: unexpected 'r', want a value"}
{"id":null,"error":"parse","message":"2:1: unexpected end of the text, want a value"}
{"id":null,"error":"parse","message":"the line is no JSON object"}
{"id":"two","error":"parse","message":"1:5: expected a value, found the end of the template"}
{"id":3,"error":"render","message":"1:7: $util.urlDecode: a % is not followed by two hexadecimal digits"}
{"id":4,"output":"{}|p|t","responseOverride":{"header":{"A":"b"}}}
{"id":5,"output":""}
`
	out, errors, status := runWith(t, input, "template", "render", "--jsonl")
	if diff := cmp.Diff(want, out); diff != "" || errors != "" || status != 0 {
		t.Errorf("errors %q, status %d (-want +got):\n%s", errors, status, diff)
	}
}

const goodCase = `What is shown here.
-- template-file --
t.vtl
-- body --
{"id": 7}
-- params --
{"header": {"A": "b"}}
-- context --
{"stage": "s"}
-- stage-variables --
{"v": "w"}
-- want --
7 b s w
-- want-overrides --
{"responseOverride": {"status": 201}}
`

func TestTemplateTest(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "t.vtl", `$input.path('$.id') $input.params('A') $context.stage $stageVariables.v#set($context.responseOverride.status = 201)`)
	writeFile(t, dir, "good.txtar", goodCase)
	fails := writeFile(t, dir, "fails.txtar", "-- template --\n$util.urlDecode('%')\n-- want-error --\nrender\n")
	out, errors, status := runWith(t, "", "template", "test", dir)
	want := "ok    " + fails + "\nok    " + filepath.Join(dir, "good.txtar") + "\n"
	if diff := cmp.Diff(want, out); diff != "" || status != 0 {
		t.Errorf("errors %q, status %d (-want +got):\n%s", errors, status, diff)
	}
}

func TestTemplateTestDiffers(t *testing.T) {
	dir := t.TempDir()
	file := writeFile(t, dir, "bad.txtar", `-- template --
one
two $context.requestOverride.header.put("A", "b")
three
-- want --
one
2
three
-- want-overrides --
{"requestOverride": {"header": {"A": "c"}}}
`)
	out, errors, status := runWith(t, "", "template", "test", dir)
	want := "FAIL  " + file + `
    want (- want, + got):
      one
    - 2
    + two·
      three
    want-overrides (- want, + got):
    - {"requestOverride": {"header": {"A": "c"}}}
    + {"requestOverride":{"header":{"A":"b"}}}
`
	if diff := cmp.Diff(want, out); diff != "" || status != 1 || !strings.Contains(errors, "1 of 1 case differs") {
		t.Errorf("errors %q, status %d (-want +got):\n%s", errors, status, diff)
	}
	if _, _, status := runWith(t, "", "template", "test", "--update", dir); status != 0 {
		t.Errorf("update: got status %d, want 0", status)
	}
	if out, _, status := runWith(t, "", "template", "test", file); status != 0 {
		t.Errorf("after the update: got status %d:\n%s", status, out)
	}
	if _, errors, status := runWith(t, "", "template", "test", t.TempDir()); status != 1 || !strings.Contains(errors, "no cases") {
		t.Errorf("an empty directory: got status %d, errors %q", status, errors)
	}
	wrong := writeFile(t, t.TempDir(), "wrong.txtar", "-- template --\nx\n-- wanted --\ny\n")
	if _, errors, status := runWith(t, "", "template", "test", wrong); status != 1 || !strings.Contains(errors, "section wanted") {
		t.Errorf("an unknown section: got status %d, errors %q", status, errors)
	}
}

func TestTemplateLint(t *testing.T) {
	dir := t.TempDir()
	good := writeFile(t, dir, "good.vtl", `{"a": "$context.stage"}`)
	bad := writeFile(t, dir, "bad.vtl", `{"a": "$context.stagename",}`)
	if out, errors, status := runWith(t, "", "template", "lint", good); out != "" || errors != "" || status != 0 {
		t.Errorf("a good one: got %q, %q and status %d", out, errors, status)
	}
	out, errors, status := runWith(t, "", "template", "lint", good, bad)
	want := bad + ":1:17: $context has no stagename\n" + bad + ":1:28: the output can't be JSON: '}' can't stand here\n"
	if diff := cmp.Diff(want, out); diff != "" || status != 1 || errors != "sluice: 2 problems found\n" {
		t.Errorf("errors %q, status %d (-want +got):\n%s", errors, status, diff)
	}
	if out, _, status := runWith(t, "", "template", "lint", "--content-type", "text/plain", bad); strings.Contains(out, "JSON") || status != 1 {
		t.Errorf("not JSON: got %q and status %d", out, status)
	}
}

func TestJSONPathEval(t *testing.T) {
	file := writeFile(t, t.TempDir(), "d.json", `{"a": [1.50, {"b": "c"}]}`)
	tests := []struct {
		name, input string
		arguments   []string
		want        string
		status      int
	}{
		{"from a file", "", []string{"$.a", file}, "[1.50,{\"b\":\"c\"}]\n", 0},
		{"from standard input", `{"x": true}`, []string{"x"}, "true\n", 0},
		{"nothing there", `{}`, []string{"$.x"}, "", 1},
		{"no path", `{}`, []string{"$["}, "", 2},
		{"no argument", `{}`, nil, "", 2},
		{"no JSON", `{`, []string{"$"}, "", 1},
		{"lines", `{"id":1,"selector":"$.a","document":"{\"a\":1e2}"}
x
{"id":"y","selector":"$..","document":"1"}
{"id":3,"selector":"$.b","document":"{}"}
{"id":4,"selector":"$.b","document":"{"}
{"id":5,"selector":"$[?(@ =~ /(?!b).*/)]","document":"[\"a\",\"b\"]"}`, []string{"--jsonl"},
			`{"id":1,"result":"100.0"}
{"id":null,"error":"failure","message":"1:1: unexpected 'x', want a value"}
{"id":"y","error":"invalid-path"}
{"id":3,"error":"not-found"}
{"id":4,"error":"failure"}
{"id":5,"result":"[\"a\"]"}
`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errors, status := runWith(t, tt.input, append([]string{"jsonpath", "eval"}, tt.arguments...)...)
			if diff := cmp.Diff(tt.want, out); diff != "" || status != tt.status || (errors == "") != (status == 0) {
				t.Errorf("errors %q, status %d, want %d (-want +got):\n%s", errors, status, tt.status, diff)
			}
		})
	}
}
