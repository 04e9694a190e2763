package cli

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	const explanation = `{"requestId": "r1", "time": "2026-11-22T10:45:58Z", "host": "api1.execute-api.localhost", "verb": "GET", "path": "/v1/pets", "apiId": "api1", "stage": "v1",
		"methodVerb": "ANY", "resourcePath": "/pets", "caller": "arn:aws:iam::111122223333:user/bob", "status": 403, "responseType": "ACCESS_DENIED", "errorType": "AccessDeniedException",
		"message": "no", "phase": "resource policy", "reasons": ["the resource policy: Deny by statement 1 (Shut)", "more"]}`
	admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/explain/r1" {
			http.Error(w, "no request of that id", http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(explanation))
	}))
	t.Cleanup(admin.Close)
	address := strings.TrimPrefix(admin.URL, "http://")

	const want = `time      2026-11-22T10:45:58Z
request   GET api1.execute-api.localhost/v1/pets
stage     v1 of API api1
method    ANY /pets
caller    arn:aws:iam::111122223333:user/bob
answer    403 AccessDeniedException ACCESS_DENIED
message   no
phase     resource policy
why       the resource policy: Deny by statement 1 (Shut)
why       more
`
	if out, errors, status := run(t, nil, "explain", "r1", "--admin", address); out != want || status != 0 {
		t.Errorf("got status %d, errors %q and output:\n%s", status, errors, out)
	}
	if out, _, status := run(t, nil, "explain", "r1", "--admin", address, "--json"); out != explanation || status != 0 {
		t.Errorf("JSON: got status %d and output:\n%s", status, out)
	}
	if _, errors, status := run(t, nil, "explain", "r2", "--admin", address); errors != "sluice: no request of that id\n" || status != 1 {
		t.Errorf("unknown: got status %d, errors %q", status, errors)
	}
	if _, errors, status := run(t, nil, "explain", "r1", "--admin", "off"); status != 2 || !strings.Contains(errors, "admin: the listener is off") {
		t.Errorf("off: got status %d, errors %q", status, errors)
	}
	if _, errors, status := run(t, nil, "explain", "r1", "--admin", "127.0.0.1:1"); status != 1 || !strings.Contains(errors, "ask the server: ") {
		t.Errorf("nobody there: got status %d, errors %q", status, errors)
	}
}
