package mapping_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

func render(t testing.TB, source string, s *mapping.Scope) string {
	t.Helper()
	template, err := mapping.CompileTemplate("test", source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	out, err := template.Render(nil, s)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return string(out)
}

func exampleContext() *mapping.Context {
	return &mapping.Context{
		AccountID: "111122223333", APIID: "a1b2c3", DeploymentID: "d1", DomainName: "a1b2c3.example.test", DomainPrefix: "a1b2c3",
		ExtendedRequestID: "x=", HTTPMethod: "POST", Path: "/prod/o/42", Protocol: "HTTP/1.1", RequestID: "r-1",
		RequestTime: time.Date(2024, 1, 2, 3, 4, 5, 6e6, time.UTC), ResourceID: "res", ResourcePath: "/o/{id}", Stage: "prod",
		Identity: mapping.Identity{SourceIP: "192.0.2.1", UserAgent: "t/1"},
	}
}

// Changes that a template makes to what $input.path returns show in everything that is read from the body later.
func TestChangedBody(t *testing.T) {
	const body = `{"a": {"x": 1, "l": [1, {"y": 2}]}, "s": "t/u"}`
	tests := []struct{ name, template, want string }{
		{"a new member", `#set($b = $input.path('$'))#set($b.url = "u/v")$input.json('$')`,
			`{"a":{"x":1,"l":[1,{"y":2}]},"s":"t/u","url":"u/v"}`},
		{"deep below", `#set($y = $input.path('$.a.l[1]'))#set($y.y = 3)$input.json('$.a.l') $input.path('$.a').l`,
			`[1,{"y":3}] [1,{"y":3}]`},
		{"found on two ways", `#set($one = $input.path('$.a'))#set($two = $input.path('$').a)#set($one.x = 9)$two.x $input.path('$..x')`,
			`9 [9]`},
		{"after the change", `#set($b = $input.path('$'))#set($b.n = {})#set($n = $input.path('$.n'))#set($n.k = 'v')$input.json('$.n') $input.path('$.n').k`,
			`{"k":"v"} v`},
		{"a list grows", `#set($l = $input.path('$.a.l'))#set($ok = $l.add('new'))$input.json('$.a.l[-1]') $input.path('$.a.l').size()`,
			`"new" 3`},
		{"a member goes", `#set($x = $input.path('$.a').remove('l'))$input.json('$.a') $input.json('$.a.l')`,
			`{"x":1} ""`},
		{"a filter sees it", `#set($x = $input.path('$.a.l[1]'))#set($x.y = 5)$input.json('$.a.l[?(@.y == 5)]')`,
			`[{"y":5}]`},
		{"a map in itself", `#set($b = $input.path('$.a'))#set($b.l = 1)#set($b.self = $b)$input.json('$.a.x')`,
			`1`},
		{"numbers of all classes", `#set($b = $input.path('$'))#set($b.n = [1, 3000000000, 1.5, true, $null])$input.json('$.n')`,
			`[1,3000000000,1.5,true,""]`},
		{"another body is not changed", `#set($p = $util.parseJson('{"k": 1}'))#set($p.k = 2)$input.json('$.s')`,
			`"t/u"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &mapping.Scope{Body: []byte(body), Context: &mapping.Context{}}
			if got := render(t, tt.template, s); got != tt.want {
				t.Errorf("%s\n got %s\nwant %s", tt.template, got, tt.want)
			}
		})
	}
}

func TestInput(t *testing.T) {
	s := &mapping.Scope{
		Body:    []byte(`{"big": 12345678901234567890, "dec": 1.2345678901234567890, "e": 1e400, "list": [{"k": "a/b"}], "half": "\ud83d"}`),
		Path:    []mapping.Param{{"id", "42"}, {"same", "p"}},
		Query:   []mapping.Param{{"q", "1"}, {"q", "2"}, {"same", "q"}},
		Header:  []mapping.Param{{"X-b", "2"}, {"Accept", "*/*"}, {"same", "h"}, {"x-A", "1"}},
		Context: &mapping.Context{},
	}
	tests := []struct{ template, want string }{
		{`$input.path('$.big') $input.path('$.dec') $input.path('$.e')`, `12345678901234567890 1.2345678901234567890 Infinity`},
		{`$input.json('$.e') $input.json('$.dec')`, `null 1.2345678901234567890`},
		{`$input.path('$.list') $input.json('$.list')`, `[{"k":"a\/b"}] [{"k":"a/b"}]`},
		{`$input.path('$.half') $util.escapeJavaScript($input.path('$.half')) $util.urlEncode($input.path('$.half'))`, `? \uD83D %3F`},
		{`$input.params('same') $input.params('q') $input.params('x-a')|`, `p 2 |`},
		{`$input.params().header.keySet()`, `[Accept, same, x-A, X-b]`},
		{`$input.params().querystring`, `{q=2, same=q}`},
		{`$input.path('$[')|$input.json('$[')|$input.path(1)|$input.nothing|$input`, `|""|||`},
		{`$input.path('$.list[?(@.k =~ /(?<=x)?a.*/)].k')`, `["a\/b"]`},
	}
	for _, tt := range tests {
		if got := render(t, tt.template, s); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.template, got, tt.want)
		}
	}
	s.FoldNames = true
	if got := render(t, `$input.params('x-a') $input.params('X-B')`, s); got != "1 2" {
		t.Errorf("names without case: got %s", got)
	}
}

// The order of the keys was recorded on the service.
func TestContextKeys(t *testing.T) {
	s := &mapping.Scope{Context: exampleContext()}
	tests := []struct{ template, want string }{
		{`$context.keySet()`, `[resourceId, resourcePath, httpMethod, extendedRequestId, requestTime, path, accountId, protocol, requestOverride, ` +
			`stage, domainPrefix, requestTimeEpoch, requestId, identity, domainName, deploymentId, responseOverride, apiId]`},
		{`$context.identity.keySet()`, `[cognitoIdentityPoolId, accountId, cognitoIdentityId, caller, sourceIp, principalOrgId, accessKey, ` +
			`cognitoAuthenticationType, cognitoAuthenticationProvider, userArn, userAgent, user]`},
		{`$context.requestOverride.keySet() $context.responseOverride.keySet()`, `[path, header, querystring] [header]`},
		{`$context.stage $context.requestTime $context.requestTimeEpoch $context.identity.sourceIp|$context.identity.user|$context.nope`,
			`prod 02/Jan/2024:03:04:05 +0000 1704164645006 192.0.2.1||`},
		{`$context.requestTimeEpoch.class.name`, `java.lang.Long`},
		{`$context$context.identity$context.get("requestOverride")|`, `|`},
		{`#foreach($k in $context.authorizer.keySet())$k#end|$context.authorizer.principalId|$context.error.message|`, `|||`},
	}
	for _, tt := range tests {
		if got := render(t, tt.template, s); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.template, got, tt.want)
		}
	}
	s.Context.Authorizer, _ = jsonvalue.ParseString(`{"principalId": "u", "claims": {"sub": "s"}}`)
	s.Context.Identity.APIKey = "k"
	s.Context.Error = mapping.Error{Message: "m", MessageString: `"m"`, ResponseType: "THROTTLED"}
	want := "u s  k m"
	if got := render(t, `$context.authorizer.principalId $context.authorizer.claims.sub $context.authorizer.claims $context.identity.apiKey $context.error.message`, s); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOverrides(t *testing.T) {
	c := exampleContext()
	s := &mapping.Scope{Context: c}
	render(t, `#set($context.requestOverride.header.X-One = "1")#set($context.requestOverride.querystring["q"] = ["a", 2, true])
#set($p = $context.requestOverride.path)$p.put("id", 7)#set($context.responseOverride.status = 201)
#set($context.responseOverride.custom = {"k": "v"})#set($context.responseOverride.header.Location = "/x")`, s)
	if got, want := render(t, `$context.requestOverride.header.get("X-One") $context.responseOverride.custom.k`, s), "1 v"; got != want {
		t.Errorf("in the next template: got %q, want %q", got, want)
	}
	wantRequest := mapping.RequestOverride{
		Header:      mapping.Overrides{{"X-One", []string{"1"}}},
		Path:        mapping.Overrides{{"id", []string{"7"}}},
		QueryString: mapping.Overrides{{"q", []string{"a", "2", "true"}}},
	}
	if diff := cmp.Diff(wantRequest, c.RequestOverride()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	wantResponse := mapping.ResponseOverride{Header: mapping.Overrides{{"Location", []string{"/x"}}}, Status: 201}
	if diff := cmp.Diff(wantResponse, c.ResponseOverride()); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
	if got := c.RequestOverride().Header.Get("x-one"); got != nil {
		t.Errorf("names have case: got %v", got)
	}

	c.Reset()
	render(t, `#set($m = {"header": {"A": "b"}, "path": "no map"})#set($context["requestOverride"] = $m)#set($context.responseOverride.status = "404")`, s)
	if diff := cmp.Diff(mapping.RequestOverride{Header: mapping.Overrides{{"A", []string{"b"}}}}, c.RequestOverride()); diff != "" {
		t.Errorf("a whole map (-want +got):\n%s", diff)
	}
	if got := c.ResponseOverride().Status; got != 404 {
		t.Errorf("a status that is text: got %d, want 404", got)
	}

	c.Reset()
	if diff := cmp.Diff(mapping.ResponseOverride{}, c.ResponseOverride()); diff != "" {
		t.Errorf("after Reset (-want +got):\n%s", diff)
	}
}

// What a template puts into the overrides stays as it is while others are rendered with the memory of the rendering.
func TestOverridesOutlive(t *testing.T) {
	c := &mapping.Context{}
	body := []byte(`{"list": ["a", "b"], "map": {"k": "v"}, "text": "x\u00e9"}`)
	render(t, `#set($context.requestOverride.header.L = $input.path('$.list'))#set($context.requestOverride.header.T = $input.path('$.text'))`+
		`#set($context.requestOverride.path = $input.path('$.map'))#set($context.requestOverride.mine = $input.path('$'))`,
		&mapping.Scope{Body: body, Context: c})
	clear(body)
	for range 5 {
		other := &mapping.Scope{Body: []byte(`{"list": [1, 2, 3], "map": {"o": "p"}, "text": "other\n"}`), Context: &mapping.Context{}}
		render(t, `$input.path('$.list')$input.path('$.map')$input.path('$.text')#foreach($x in $input.path('$').list)$x#end`, other)
	}
	want := mapping.RequestOverride{
		Header: mapping.Overrides{{"T", []string{"xé"}}, {"L", []string{"a", "b"}}},
		Path:   mapping.Overrides{{"k", []string{"v"}}},
	}
	got := c.RequestOverride()
	slices.SortFunc(got.Header, func(a, b mapping.Override) int { return strings.Compare(b.Name, a.Name) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := render(t, `$context.requestOverride.mine.list`, &mapping.Scope{Context: c}); got != `["a","b"]` {
		t.Errorf("in the next template: got %s", got)
	}
}

// One template renders for many exchanges at once.
func TestConcurrent(t *testing.T) {
	template, err := mapping.CompileTemplate("t", `#foreach($x in $input.path('$.l'))$x.k;#end$input.json("$.$context.stage")#set($b = $input.path('$'))#set($b.n = $context.stage)$input.path('$.n')`)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			stage := string(rune('a' + i))
			s := &mapping.Scope{
				Body:    []byte(`{"l": [{"k": "` + stage + `"}, {"k": "` + stage + stage + `"}], "` + stage + `": ` + string(rune('0'+i)) + `}`),
				Context: &mapping.Context{Stage: stage},
			}
			want := stage + ";" + stage + stage + ";" + string(rune('0'+i)) + stage
			for range 100 {
				if out, err := template.Render(nil, s); string(out) != want || err != nil {
					t.Errorf("got %s, %v, want %s", out, err, want)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestUtil(t *testing.T) {
	tests := []struct{ template, want string }{
		{`$util.escapeJavaScript("a'b""c\d/e")`, `a\'b\"c\\d\/e`},
		{`$util.escapeJavaScript("é€😀")`, `\u00E9\u20AC\uD83D\uDE00`},
		{`$util.urlEncode("a b*-._~é/")`, `a+b*-._%7E%C3%A9%2F`},
		{`$util.urlDecode("a+b%2Fé%C3%A9")`, `a b/éé`},
		{"$util.escapeJavaScript(\"a\x7fb\x01\")", "a\x7fb\\u0001"},
		{`$util.urlDecode("%FF%FEa%E2%82b%ED%A0%80c%F0%9F%98d%C3")`, "\uFFFD\uFFFDa\uFFFDb\uFFFDc\uFFFDd\uFFFD"},
		{`$util.base64Encode("€")`, `4oKs`},
		{`$util.base64Decode("4oKs") $util.base64Decode("aGk")`, `€ hi`},
		{`$util.parseJson('{"a": [1, {"b": 2}]}').a[1].b`, `2`},
		{`$util.parseJson('{"a"')|$util.parseJson(5)|$util.nothing('x')|$util|$util.size`, `||||`},
		{`$util.escapeJavaScript($nope)|$util.urlEncode($nope)|`, `||`},
	}
	for _, tt := range tests {
		if got := render(t, tt.template, &mapping.Scope{Context: &mapping.Context{}}); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.template, got, tt.want)
		}
	}
	for _, source := range []string{`$util.urlDecode("%zz")`, `$util.urlDecode("%a")`, `$util.base64Decode("a*b=")`, `$util.base64Decode("abc==")`} {
		template, err := mapping.CompileTemplate("t", source)
		if err != nil {
			t.Fatal(err)
		}
		out, err := template.Render([]byte("kept"), &mapping.Scope{Context: &mapping.Context{}})
		if line, column, message := mapping.Position(err); line != 1 || column == 0 || !strings.Contains(message, "$util.") || string(out) != "kept" {
			t.Errorf("%s: got %q, %v at %d:%d", source, out, err, line, column)
		}
	}
}

func TestCompileError(t *testing.T) {
	_, err := mapping.CompileTemplate("t", "a\n#if(")
	line, _, message := mapping.Position(err)
	if line != 2 || message == "" {
		t.Errorf("got %v at line %d: %s", err, line, message)
	}
}

func benchmarkCase(tb testing.TB, name string) (*mapping.Template, *mapping.Scope) {
	tb.Helper()
	source, err := os.ReadFile("testdata/bench/" + name + ".vtl")
	if err != nil {
		tb.Fatal(err)
	}
	text, err := os.ReadFile("testdata/bench/" + name + ".json")
	if err != nil {
		tb.Fatal(err)
	}
	request, err := jsonvalue.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	template, err := mapping.CompileTemplate(name, string(source))
	if err != nil {
		tb.Fatal(err)
	}
	s := scopeOf(request)
	s.Context = contextOf(request.Get("context"))
	return template, s
}

// contextOf returns the context of a case as the gateway has it.
func contextOf(v jsonvalue.Value) *mapping.Context {
	text := func(name string) string { return v.Get(name).Text() }
	return &mapping.Context{
		APIID: text("apiId"), HTTPMethod: text("httpMethod"), Stage: text("stage"), RequestID: text("requestId"),
		ResourceID: text("resourceId"), ResourcePath: text("resourcePath"), Authorizer: v.Get("authorizer"),
		Identity: mapping.Identity{
			SourceIP: v.Get("identity").Get("sourceIp").Text(), UserAgent: v.Get("identity").Get("userAgent").Text(),
		},
	}
}

// benchmarks are the inputs for speed with what they must render to.
var benchmarks = []struct{ name, first, last string }{
	{"small", "6cea2027", "aee71301"},
	{"query", "daa8ff81", "7c13dbfa"},
	{"passthrough", "7c70dda5", "38299033"},
}

func TestBenchmarkOutputs(t *testing.T) {
	for _, b := range benchmarks {
		template, s := benchmarkCase(t, b.name)
		out, err := template.Render(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(out)
		if got := hex.EncodeToString(sum[:]); !strings.HasPrefix(got, b.first) || !strings.HasSuffix(got, b.last) {
			t.Errorf("%s: got hash %s, want %s…%s of\n%s", b.name, got, b.first, b.last, out)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	for _, bench := range benchmarks {
		b.Run(bench.name, func(b *testing.B) {
			template, s := benchmarkCase(b, bench.name)
			context := *s.Context
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				*s.Context = context
				if out, err = template.Render(out[:0], s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func FuzzRender(f *testing.F) {
	f.Add(`#set($b = $input.path('$'))#foreach($x in $b.l)$x.k#if($foreach.hasNext),#end#end $input.json('$..k')`, `{"l": [{"k": 1}]}`)
	f.Add(`#set($b = $input.path('$'))#set($b.u = $util.parseJson($input.body))$input.json('$.u')$context.keySet()`, `{"a": "b"}`)
	f.Add(`$util.escapeJavaScript($input.params('x'))#set($context.responseOverride.header.X = ["a"])`, ``)
	f.Fuzz(func(t *testing.T, source, body string) {
		if len(source) > 1000 || len(body) > 1000 {
			return
		}
		template, err := mapping.CompileTemplate("fuzz", source)
		if err != nil {
			return
		}
		s := &mapping.Scope{
			Body: []byte(body), Context: exampleContext(), Query: []mapping.Param{{"x", "y/é"}},
			StageVariables: []mapping.Param{{"v", "1"}},
		}
		if _, err := template.Render(nil, s); err != nil {
			if line, _, _ := mapping.Position(err); line == 0 {
				t.Errorf("%q: an error without a place: %v", source, err)
			}
		}
		s.Context.RequestOverride()
		s.Context.ResponseOverride()
		s.Context.OverrideDocuments()
		mapping.Lint(source, true)
	})
}
