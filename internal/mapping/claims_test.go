package mapping_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Names of claims have colons. They end where other names end, and only they have them.
func TestClaimsWithColons(t *testing.T) {
	authorizer, err := jsonvalue.ParseString(`{"claims":{"cognito:groups":"a,b","sub":"u","cognito":"c"}}`)
	if err != nil {
		t.Fatal(err)
	}
	c := &mapping.Context{Authorizer: authorizer, Stage: "v1"}
	tests := []struct{ format, want string }{
		{"$context.authorizer.claims.cognito:groups", "a,b"},
		{"$context.authorizer.claims.cognito:groups.", "a,b."},
		{"$context.authorizer.claims.sub:$context.stage", "u:v1"},
		{"$context.authorizer.claims.sub: x", "u: x"},
		{"$context.authorizer.claims.sub:", "u:"},
		{"$context.stage:groups", "v1:groups"},
		{"$context.authorizer.claims.cognito", "c"},
	}
	for _, tt := range tests {
		log, unknown := mapping.CompileAccessLog(tt.format)
		if got := string(log.Append(nil, c, &mapping.Outcome{})); got != tt.want || len(unknown) > 0 {
			t.Errorf("access log %s: got %q and %v, want %q", tt.format, got, unknown, tt.want)
		}
		simple, err := mapping.CompileSimple(tt.format)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(simple.Render(nil, &mapping.Scope{Context: c})); got != tt.want {
			t.Errorf("gateway response %s: got %q, want %q", tt.format, got, tt.want)
		}
	}
}
