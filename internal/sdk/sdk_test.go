package sdk

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

func TestMethodNames(t *testing.T) {
	tests := []struct{ path, verb, operation, want string }{
		{"/", "GET", "", "rootGet"},
		{"/pets/{petId}", "GET", "", "petsPetIdGet"},
		{"/pets/{petId}", "DELETE", "", "petsPetIdDelete"},
		{"/{a}/{b}/{op}", "GET", "", "aBOpGet"},
		{"/files/{proxy+}", "OPTIONS", "", "filesProxyOptions"},
		{"/Pets/by-owner.v2", "POST", "", "petsByOwnerV2Post"},
		{"/1st", "GET", "", "_1stGet"},
		{"/pets", "GET", "ListPets", "listPets"},
		{"/pets", "GET", "list the pets", "listThePets"},
		{"/pets", "GET", "é", "petsGet"},
	}
	for _, tt := range tests {
		if got := describe(tt.path, tt.verb, tt.operation, nil).Name; got != tt.want {
			t.Errorf("%s %s %q: got %s, want %s", tt.verb, tt.path, tt.operation, got, tt.want)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	methods := methodsOf(&snapshot.API{Resources: []snapshot.Resource{
		{Path: "/aB", Methods: map[string]apigw.Method{"GET": {}}},
		{Path: "/a-b", Methods: map[string]apigw.Method{"GET": {}}},
		{Path: "/a.b", Methods: map[string]apigw.Method{"ANY": {}, "GET": {OperationName: new("a b get")}}},
	}})
	var got []string
	for _, m := range methods {
		got = append(got, m.Path+" "+m.Verb+" "+m.Name)
	}
	want := []string{
		"/a-b GET aBGet", "/a.b DELETE aBDelete", "/a.b HEAD aBHead", "/a.b OPTIONS aBOptions", "/a.b PATCH aBPatch", "/a.b POST aBPost",
		"/a.b PUT aBPut", "/a.b GET aBGet2", "/aB GET aBGet3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestParameters(t *testing.T) {
	m := describe("/{a}/x/{rest+}", "GET", "", map[string]bool{
		"method.request.path.a": true, "method.request.querystring.q": false, "method.request.multivaluequerystring.many": true,
		"method.request.header.H": true, "method.request.multivalueheader.H": false, "method.request.header.a": true,
	})
	want := method{
		Name: "aXRestGet", Verb: "GET", Path: "/{a}/x/{rest+}", Query: []string{"many", "q"}, Header: []string{"H", "a"},
		Required: []string{"a", "rest", "H", "many"}, inPath: []string{"a", "rest"},
	}
	if diff := cmp.Diff(want, m, cmp.AllowUnexported(method{})); diff != "" {
		t.Errorf("method (-want +got):\n%s", diff)
	}
}

// What an API is called must not get out of its place in a script.
func TestTextsStayInTheirPlace(t *testing.T) {
	api := &snapshot.API{
		Region: "eu-west-1", CreatedDate: time.Unix(1700000000, 0),
		RestAPI: apigw.RestApi{Name: new("a\n\n# b {{url}}")},
		Resources: []snapshot.Resource{{Path: "/", Methods: map[string]apigw.Method{
			"GET": {RequestParameters: map[string]bool{"method.request.header.</script>\u2028": false}},
		}}},
	}
	text := func(name string) string {
		archive, err := WriteJavaScript(api, "v1", "http://127.0.0.1:1/v1")
		if err != nil {
			t.Fatal(err)
		}
		files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
		if err != nil {
			t.Fatal(err)
		}
		f, err := files.Open("apiGateway-js-sdk/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if script := text("apigClient.js"); !strings.Contains(script, `"\u003c/script\u003e\u2028"`) || strings.Contains(script, placeholder) {
		t.Error("the name of a parameter is not escaped in apigClient.js, or the description is not there")
	}
	if readme := text("README.md"); !strings.HasPrefix(readme, "# JavaScript client of a # b {{url}}, stage v1\n") || !strings.Contains(readme, "| `rootGet` | `GET /` |") {
		t.Errorf("README.md begins %q", readme[:80])
	}
}
