package gwtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/internal/gwtest"
)

// With UPDATE=1 sections that do not hold are rewritten so that they do, and others are left alone.
func TestUpdate(t *testing.T) {
	const fixture = `# An update.
# Observed: here.
-- api.yaml --
openapi: 3.0.1
info: {title: update, version: "1"}
paths:
  /a:
    get:
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://{{backend}}/b"}
-- request: wrong --
GET /v1/a
-- endpoint-response --
201
Content-Type: text/plain

created at {{backend}}
-- endpoint-request --
POST /nonsense
-- response --
404
X-None: x

nothing
-- request: right --
GET /v1/a
-- endpoint-response --
204
-- response --
204
`
	path := filepath.Join(t.TempDir(), "update.txtar")
	if err := os.WriteFile(path, []byte(fixture), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("UPDATE", "1")
	gwtest.RunFixtures(t, path)
	updated, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"-- response --\n201\n", "\n\ncreated at {{backend}}\n-- request: right --", "-- endpoint-request --\nGET /b\n", "-- response --\n204\n",
	} {
		if !strings.Contains(string(updated), want) {
			t.Errorf("updated fixture lacks %q:\n%s", want, updated)
		}
	}
}
