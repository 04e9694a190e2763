package backend

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPetStore(t *testing.T) {
	store, err := New("petstore")
	if err != nil {
		t.Fatal(err)
	}
	// One after the other: each finds what those before it left.
	tests := []struct {
		method, target, body string
		wantStatus           int
		wantBody             string
	}{
		{"GET", "/pets?limit=1", "", 200, `[{"petId":1,"petName":"Rex","kind":"dog","price":249.99}]`},
		{"GET", "/pets?kind=cat", "", 200, `[{"petId":2,"petName":"Tom","kind":"cat","price":124.5}]`},
		{"GET", "/pets?kind=newt", "", 200, `[]`},
		{"GET", "/pets?limit=x", "", 400, `{"code":"bad_limit","reason":"limit is no number: x"}`},
		{"POST", "/pets", `{"petName":"Ada","kind":"newt","price":3}`, 201, `{"petId":4,"petName":"Ada","kind":"newt","price":3}`},
		{"POST", "/pets", `{"petName":" "}`, 422, `{"code":"no_name","reason":"a pet needs a petName"}`},
		{"POST", "/pets", `{"petName":"x","price":-1}`, 422, `{"code":"bad_price","reason":"-1 is no price"}`},
		{"POST", "/pets", `none`, 400, `{"code":"no_json","reason":"invalid character 'o' in literal null (expecting 'u')"}`},
		{"PUT", "/pets/4", `{"petName":"Ida","kind":"newt","price":4}`, 200, `{"petId":4,"petName":"Ida","kind":"newt","price":4}`},
		{"GET", "/pets/4", "", 200, `{"petId":4,"petName":"Ida","kind":"newt","price":4}`},
		{"DELETE", "/pets/4", "", 204, ""},
		{"GET", "/pets/4", "", 404, `{"code":"no_such_pet","reason":"there is no pet 4"}`},
		{"GET", "/elsewhere", "", 404, `{"code":"no_such_page","reason":"nothing is at /elsewhere"}`},
	}
	for _, test := range tests {
		w := httptest.NewRecorder()
		store.ServeHTTP(w, httptest.NewRequest(test.method, test.target, strings.NewReader(test.body)))
		if w.Code != test.wantStatus || strings.TrimSpace(w.Body.String()) != test.wantBody {
			t.Errorf("%s %s: got %d %s, want %d %s", test.method, test.target, w.Code, w.Body, test.wantStatus, test.wantBody)
		}
	}
}

func TestEcho(t *testing.T) {
	echo, err := New("echo")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("PUT", "/a%2Fb/status/418?x=1&x=2", strings.NewReader("hello"))
	r.Header.Set("X-Test", "yes")
	echo.ServeHTTP(w, r)
	want := `{"method":"PUT","path":"/a%2Fb/status/418","query":{"x":["1","2"]},"headers":{"Host":["example.com"],"X-Test":["yes"]},"body":"hello"}` + "\n"
	if diff := cmp.Diff(want, w.Body.String()); diff != "" || w.Code != http.StatusTeapot {
		t.Errorf("status %d (-want +got):\n%s", w.Code, diff)
	}
}

func TestNewUnknown(t *testing.T) {
	if _, err := New("nothing"); err == nil || err.Error() != `there is no back end "nothing": choose one of echo, petstore` {
		t.Errorf("got %v", err)
	}
}
