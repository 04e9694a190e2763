package mapping_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/internal/mapping"
)

// What a template keeps from one rendering to the next must not lie in memory that the next one writes over: a path or a
// pattern that came from one body must not be taken for that of another.
func TestRenderingsShareNothing(t *testing.T) {
	const bodyA = `{"k": "$.a.b", "u": "%24.a.b", "r": "[ab]", "e": "%5Bab]", "s": "abc", "a": {"b": {"v": 1}}, "abc": {"v": 2}}`
	const bodyB = `{"k": "$.abc", "u": "%24.abc", "r": "[ac]", "e": "%5Bac]", "s": "abc", "a": {"b": {"v": 1}}, "abc": {"v": 2}}`
	for _, tt := range []struct{ name, source, want string }{
		{"path from the body", `$input.path($input.path('$.k')).v`, "2"},
		{"path made by a function", `$input.path($util.urlDecode($input.path('$.u'))).v`, "2"},
		{"pattern from the body", `$input.path('$.s').replaceAll($input.path('$.r'), "x")`, "xbx"},
		{"pattern made by a function", `$input.path('$.s').replaceAll($util.urlDecode($input.path('$.e')), "x")`, "xbx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 1000 { // each template hashes its keys in its own way, and few of them show the mistake
				template, err := mapping.CompileTemplate("reuse", tt.source)
				if err != nil {
					t.Fatal(err)
				}
				var out []byte
				for _, body := range []string{bodyA, bodyB} {
					s := &mapping.Scope{Body: []byte(body), Context: &mapping.Context{}}
					if out, err = template.Render(nil, s); err != nil {
						t.Fatal(err)
					}
				}
				if string(out) != tt.want {
					t.Fatalf("got %q after another body, want %q", out, tt.want)
				}
			}
		})
	}
}
