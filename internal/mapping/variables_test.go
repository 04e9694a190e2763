package mapping_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Lists of a body are json-smart's and print as JSON; those of given variables are Java's own.
func TestListsOfGivenVariables(t *testing.T) {
	given, err := jsonvalue.Parse([]byte(`{"l": ["a", 1, ["b"]], "m": {"k": ["c", 2]}}`))
	if err != nil {
		t.Fatal(err)
	}
	template, err := mapping.CompileTemplate("lists", `$l $m $input.path('$.l')`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := template.Render(nil, &mapping.Scope{
		Body:      []byte(`{"l": ["a", 1, ["b"]]}`),
		Context:   &mapping.Context{},
		Variables: given,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `[a, 1, [b]] {k=[c, 2]} ["a",1,["b"]]`; string(out) != want {
		t.Errorf("got %s, want %s", out, want)
	}
}
