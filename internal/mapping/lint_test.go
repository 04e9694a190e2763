package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/mapping"
)

func TestLint(t *testing.T) {
	tests := []struct {
		name, source string
		want         []string
	}{
		{"a good one", `#set($b = $input.path('$'))
{
  "id": "$b.id", "n": $input.json('$.n'), #if($b.x != "")"x": $b.x,#end
  "l": [#foreach($e in $b.l)"$util.escapeJavaScript($e)"#if($foreach.hasNext), #end#end],
  "c": "$context.identity.sourceIp $context.authorizer.claims.sub $stageVariables.v"
}`, nil},
		{"no template", "{\n#if(", []string{"2:"}},
		{"names of $context", `"$context.stag $context.identity.sourceIP $context.stage"`,
			[]string{"1:11: $context has no stag", "1:34: $context.identity has no sourceIP"}},
		{"functions", `"$util.escapeJavascript('x')$util.urlEncode('a', 'b')$input.pth('$')$input.bdy"`,
			[]string{"escapeJavascript()", "takes one string", "no function pth()", "no property bdy"}},
		{"a path that is none", `$input.json('$.a[')`, []string{"jsonpath"}},
		{"methods", `"$input.path('$.a').toUppercase()"`, []string{"toUppercase()"}},
		{"an override without effect", `#set($context.responseOverride.headers.X = "1"){}`, []string{"$context.responseOverride.headers has no effect"}},
		{"loading", `#parse("x")`, []string{"#parse"}},
		{"a name that the template made", `#set($util = "x")"$util.length()"`, nil},
		{"a comma too many", `{"a": 1,}`, []string{"1:9: the output can't be JSON: '}' can't stand here"}},
		{"a bracket is missing", `{"a": [1, 2}`, []string{"1:12:"}},
		{"cut off", `{"a": $input.json('$')`, []string{"ends too early"}},
		{"a comma too few in a loop", `[#foreach($x in [1, 2]){"x": $x}#end]`, []string{"1:24: the output can't be JSON: '{' can't stand here, in the second round of the loop"}},
		{"in every branch", `{#if($x)"a" 1#else"b" 2#end}`, []string{"1:13:"}},
		{"a line in a string", "\"a\nb\"", []string{"a line end can't stand here"}},
		{"only settings", `#set($x = 1)`, nil},
		{"a macro can print anything", `#macro(m)}#end{"a": 1#m()`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range mapping.Lint(tt.source, true) {
				got = append(got, p.String())
			}
			if len(got) != len(tt.want) {
				t.Fatalf("%s (-want +got):\n%s", tt.source, cmp.Diff(tt.want, got))
			}
			for i := range got {
				if !strings.Contains(got[i], tt.want[i]) {
					t.Errorf("%s: got %s, want %s", tt.source, got[i], tt.want[i])
				}
			}
		})
	}
	if got := mapping.Lint(`<a>$input.path('$.b')</a>`, false); got != nil {
		t.Errorf("output that is not JSON: got %v", got)
	}
}
