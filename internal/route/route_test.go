package route_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/route"
)

// tree builds a tree from lines "PATH VERB VERB..."; the method is the text "PATH VERB".
func tree(t testing.TB, lines ...string) *route.Tree[string] {
	t.Helper()
	var resources []route.Resource[string]
	for _, line := range lines {
		words := strings.Fields(line)
		methods := make(map[string]string)
		for _, verb := range words[1:] {
			methods[verb] = words[0] + " " + verb
		}
		resources = append(resources, route.Resource[string]{Path: words[0], Methods: methods})
	}
	tr, err := route.New(resources)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestFind(t *testing.T) {
	test := []string{"/test POST", "/{proxy+} OPTIONS"}
	parts := []string{"/part1", "/part1/hardcoded-value ANY", "/{param+} ANY"}
	tests := []struct {
		name      string
		resources []string
		request   string
		want      string // "" for none; parameters follow as name=value
	}{
		{"literal goes before greedy", test, "POST /test", "/test POST"},
		{"literal without the verb gives way to greedy", test, "OPTIONS /test", "/{proxy+} OPTIONS proxy=test"},
		{"neither has the verb", test, "GET /test", ""},
		{"greedy ANY gives way to the literal", []string{"/test POST", "/{proxy+} ANY"}, "POST /test", "/test POST"},
		{"greedy ANY takes the other verbs", []string{"/test POST", "/{proxy+} ANY"}, "GET /test", "/{proxy+} ANY proxy=test"},

		{"the longer literal", parts, "GET /part1/hardcoded-value", "/part1/hardcoded-value ANY"},
		{"back from a literal without such a child", parts, "GET /part1/random", "/{param+} ANY param=part1/random"},
		{"back from a literal without methods", parts, "GET /part1", "/{param+} ANY param=part1"},
		{"a literal with the method", []string{"/part1 GET", "/{param+} ANY"}, "GET /part1", "/part1 GET"},
		{"greedy needs a segment", []string{"/", "/{proxy+} ANY"}, "GET /", ""},
		{"the root has its own method", []string{"/ GET", "/{proxy+} ANY"}, "GET /", "/ GET"},

		{"literal, param, greedy in this order", []string{"/a/b GET", "/a/{x} GET", "/a/{y+} GET"}, "GET /a/b", "/a/b GET"},
		{"param before greedy", []string{"/a/{x} GET", "/a/{y+} GET"}, "GET /a/c", "/a/{x} GET x=c"},
		{"param without the verb gives way to greedy", []string{"/a/{x} POST", "/a/{y+} GET"}, "GET /a/c", "/a/{y+} GET y=c"},
		{"back over two levels", []string{"/a/b/c GET", "/{x}/b/d GET"}, "GET /a/b/d", "/{x}/b/d GET x=a"},
		{"parameters of a failed branch are forgotten", []string{"/{a}/{b}/c GET", "/{g+} GET"}, "GET /1/2/3", "/{g+} GET g=1/2/3"},
		{"parameters in the order of the path", []string{"/{a}/x/{b} GET"}, "GET /1/x/2", "/{a}/x/{b} GET a=1 b=2"},
		{"greedy below a param", []string{"/{a}/{rest+} GET"}, "GET /1/2/3", "/{a}/{rest+} GET a=1 rest=2/3"},

		{"the verb goes before ANY", []string{"/a GET ANY"}, "GET /a", "/a GET"},
		{"ANY takes what is left", []string{"/a GET ANY"}, "PUT /a", "/a ANY"},
		{"GET does not serve HEAD", []string{"/a GET"}, "HEAD /a", ""},
		{"ANY serves HEAD", []string{"/a ANY"}, "HEAD /a", "/a ANY"},
		{"ANY does not serve unknown verbs", []string{"/a ANY"}, "TRACE /a", ""},
		{"ANY is no verb of a request", []string{"/a ANY"}, "ANY /a", ""},
		{"verbs have case", []string{"/a GET"}, "get /a", ""},

		{"a slash at the end is ignored", []string{"/a GET"}, "GET /a/", "/a GET"},
		{"and is not part of a greedy value", []string{"/{proxy+} GET"}, "GET /proxy-value/", "/{proxy+} GET proxy=proxy-value"},
		{"a double slash inside a greedy value stays", []string{"/{proxy+} GET"}, "GET /proxy-value//double-slash", "/{proxy+} GET proxy=proxy-value//double-slash"},
		{"slashes in front are one", []string{"/{proxy+} GET"}, "GET //proxy-value", "/{proxy+} GET proxy=proxy-value"},
		{"also for a literal", []string{"/a GET"}, "GET //a", "/a GET"},
		{"an empty segment is no literal and no param", []string{"/a/b GET", "/a/{x}/b GET"}, "GET /a//b", ""},
		{"an empty segment goes to greedy", []string{"/a/b GET", "/{g+} GET"}, "GET /a//b", "/{g+} GET g=a//b"},
		{"no path is the root", []string{"/ GET"}, "GET ", "/ GET"},

		{"params are not decoded", []string{"/{x} GET"}, "GET /test%2Balias@gmail.com", "/{x} GET x=test%2Balias@gmail.com"},
		{"plus stays plus", []string{"/{x} GET"}, "GET /test+alias@x", "/{x} GET x=test+alias@x"},
		{"an encoded slash does not split", []string{"/{x} GET"}, "GET /a%2Fb", "/{x} GET x=a%2Fb"},
		{"literals compare raw", []string{"/a%20b GET"}, "GET /a%20b", "/a%20b GET"},
		{"then decoded", []string{"/a:b GET"}, "GET /a%3Ab", "/a:b GET"},
		{"decoding needs hex digits", []string{"/a:b GET", "/{x} GET"}, "GET /a%3", "/{x} GET x=a%3"},
		{"literals have case", []string{"/Pets GET"}, "GET /pets", ""},
		{"dots are not resolved", []string{"/{g+} GET"}, "GET /a/../b", "/{g+} GET g=a/../b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			verb, path, _ := strings.Cut(tt.request, " ")
			got, params, ok := tree(t, tt.resources...).Find(verb, path, nil)
			for _, p := range params {
				got += fmt.Sprintf(" %s=%s", p.Name, p.Value)
			}
			if ok != (tt.want != "") || got != tt.want {
				t.Errorf("%s: got %q (%v), want %q", tt.request, got, ok, tt.want)
			}
		})
	}
}

// The order in which resources were created has no influence.
func TestOrderOfCreation(t *testing.T) {
	forward := tree(t, "/a GET", "/{x} GET", "/{p+} ANY")
	backward := tree(t, "/{p+} ANY", "/{x} GET", "/a GET")
	if diff := cmp.Diff(forward.String(), backward.String()); diff != "" {
		t.Errorf("trees differ:\n%s", diff)
	}
}

func TestString(t *testing.T) {
	got := tree(t, "/{proxy+} ANY", "/pets/{petId} GET", "/pets POST GET", "/").String()
	want := "/\n  pets GET POST\n    {petId} GET\n  {proxy+} ANY\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("printed tree differs (-want +got):\n%s", diff)
	}
}

func TestNewErrors(t *testing.T) {
	tests := []struct {
		resources []route.Resource[string]
		want      string
	}{
		{[]route.Resource[string]{{Path: "a"}}, "resource a: the path does not begin with a slash"},
		{[]route.Resource[string]{{Path: "/a//b"}}, "resource /a//b: a path part is empty"},
		{[]route.Resource[string]{{Path: "/{a+}/b"}}, "resource /{a+}/b: nothing can follow the greedy parameter {a+}"},
		{[]route.Resource[string]{{Path: "/{a"}}, `resource /{a: "{a" is not a path part`},
		{[]route.Resource[string]{{Path: "/{}"}}, `resource /{}: "{}" is not a path part`},
		{[]route.Resource[string]{{Path: "/{a}"}, {Path: "/{b}"}}, `resource /{b}: {b} stands where the parameter "a" already is`},
		{[]route.Resource[string]{{Path: "/a", Methods: map[string]string{"FOO": ""}}}, `resource /a: "FOO" is not a verb`},
		{[]route.Resource[string]{
			{Path: "/a", Methods: map[string]string{"GET": ""}},
			{Path: "/a", Methods: map[string]string{"GET": ""}},
		}, "resource /a: GET is defined twice"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			_, err := route.New(tt.resources)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestFindDoesNotAllocate(t *testing.T) {
	tr := tree(t, "/a/{b}/c GET", "/a/{b}/{rest+} GET", "/x:y GET")
	params := make([]route.Param, 0, 8)
	for _, path := range []string{"/a/1/c", "/a/1/d/e", "/x%3Ay", "/none"} {
		if n := testing.AllocsPerRun(100, func() { tr.Find("GET", path, params) }); n != 0 {
			t.Errorf("Find(%q) allocates %v times, want 0", path, n)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	for _, size := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			lines := make([]string, size)
			for i := range lines {
				lines[i] = fmt.Sprintf("/things%d/{id}/parts GET", i)
			}
			tr := tree(b, lines...)
			path := fmt.Sprintf("/things%d/42/parts", size/2)
			params := make([]route.Param, 0, 8)
			b.ReportAllocs()
			for b.Loop() {
				tr.Find("GET", path, params)
			}
		})
	}
}
