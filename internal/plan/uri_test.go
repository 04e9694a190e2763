package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// values are placeholder values of a test.
type values map[string]string

func (v values) PathValue(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

func TestURIBuild(t *testing.T) {
	variables := map[string]string{"url": "example.com:8080/base?k=v", "sub": "test", "port": "22"}
	tests := []struct {
		name, source string
		values       values
		want         string // "" when it can't be built
	}{
		{"static", "http://example.com/a/b?c=d", nil, "http://example.com/a/b?c=d"},
		{"no path", "HTTPS://Example.com", nil, "https://Example.com/"},
		{"no path but a query", "http://example.com?a=b", nil, "http://example.com/?a=b"},
		{"the fragment is not sent", "http://example.com/a#b", nil, "http://example.com/a"},
		{"nor is user information", "http://me:secret@example.com/a", nil, "http://example.com/a"},
		{"placeholder in the path", "http://h/pets/{id}/x", values{"id": "7"}, "http://h/pets/7/x"},
		{"placeholder in the query", "http://h/pets?id={id}", values{"id": "a b&c"}, "http://h/pets?id=a%20b%26c"},
		{"greedy slashes stay", "http://h/{proxy}", values{"proxy": "a/b//c"}, "http://h/a/b//c"},
		{"raw text stays", "http://h/{proxy}", values{"proxy": "a%2Fb+c@d"}, "http://h/a%2Fb+c@d"},
		{"what can't stand in a path is encoded", "http://h/{p}", values{"p": "a b?c#d%\r\né"}, "http://h/a%20b%3Fc%23d%25%0D%0A%C3%A9"},
		{"an empty value is a value", "http://h/{p}/x", values{"p": ""}, "http://h//x"},
		{"the plus of a greedy placeholder is dropped", "http://h/{proxy+}", values{"proxy": "a"}, "http://h/a"},
		{"placeholder without value", "http://h/{p}", values{"q": "1"}, ""},
		{"an unclosed brace is text", "http://h/{p", nil, "http://h/{p"},

		{"stage variable for the rest", "http://${stageVariables.url}", nil, "http://example.com:8080/base?k=v"},
		{"stage variable in the host", "http://${stageVariables.sub}.example.com/x", nil, "http://test.example.com/x"},
		{"stage variable in the query", "http://h/x?q=${stageVariables.sub}", nil, "http://h/x?q=test"},
		{"missing stage variable in the path", "http://h/${stageVariables.none}x", nil, "http://h/x"},
		{"missing stage variable as the host", "http://${stageVariables.none}/x", nil, ""},
		{"a port that is not allowed", "http://h:${stageVariables.port}/x", nil, ""},
		{"other text with a dollar stays", "http://h/${foo}", nil, "http://h/${foo}"},
		{"an unclosed stage variable stays", "http://h/${stageVariables.x", nil, "http://h/${stageVariables.x"},

		{"no scheme", "example.com/x", nil, ""},
		{"another scheme", "ftp://example.com/x", nil, ""},
		{"no host", "http:///x", nil, ""},
		{"a blank in the host", "http://a b/x", nil, ""},
		{"an IPv6 address", "http://[::1]:8080/x", nil, "http://[::1]:8080/x"},
		{"placeholder in the host", "http://{h}/x", values{"h": "example.com"}, "http://example.com/x"},
		{"an injected port in the host", "http://{h}/x", values{"h": "example.com:22"}, ""},
		{"port 80", "http://h:80/", nil, "http://h:80/"},
		{"port 1023", "http://h:1023/", nil, ""},
		{"port 65536", "http://h:65536/", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var uri integration.URI
			got := ""
			if compileURI(tt.source, variables).Build(&uri, tt.values) {
				got = string(uri.Append(nil))
			}
			if got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.source, got, tt.want)
			}
		})
	}
}

func TestPlaceholders(t *testing.T) {
	got := compileURI("http://h/{a}/${stageVariables.v}/{b}?c={c}", nil).Placeholders()
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Errorf("placeholders differ (-want +got):\n%s", diff)
	}
}
