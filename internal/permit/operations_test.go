package permit_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/apigw"
)

var label = regexp.MustCompile(`\{[^}]+\}`)

// TestEveryOperation: whoever has no policies may call none of the operations, and whoever may take every action may
// call all.
func TestEveryOperation(t *testing.T) {
	w := newWorld(t)
	for _, info := range apigw.Operations() {
		request := info.Method + " " + label.ReplaceAllLiteralString(info.URI, "x")
		if info.Name == "RejectDomainNameAccessAssociation" {
			request += "?domainNameArn=x"
		}
		if status, body := w.as().call(request); status != http.StatusForbidden || !strings.Contains(body, "is not authorized to perform: apigateway:") {
			t.Errorf("%s without policies: got %d %s", info.Name, status, body)
		}
		if status, body := w.as(allow("*", "*")).call(request); status == http.StatusForbidden {
			t.Errorf("%s with all permissions: got %d %s", info.Name, status, body)
		}
	}
}

// FuzzPaths: whatever the path and the body are, whoever has no policies is let through nowhere.
func FuzzPaths(f *testing.F) {
	f.Add("PUT", "/tags/arn:aws:apigateway:::", `{"tags": {"a": "b"}}`)
	f.Add("DELETE", "/domainnameaccessassociations/arn:aws:apigateway:x::/", "")
	f.Add("POST", "/domainnames", `{"domainName": "a", "mutualTlsAuthentication": {}}`)
	f.Add("PATCH", "/domainnames/A%2Fb?domainNameId=%2B", `{"patchOperations": [{"op": "add", "path": "/mutualTlsAuthentication/truststoreUri"}]}`)
	f.Add("POST", "/restapis?mode=import", `{"openapi": "3.0.1", "paths": {"/a": {"get": {}}}}`)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		r, err := http.NewRequest(method, path, strings.NewReader(body))
		if err != nil {
			return
		}
		recorder := httptest.NewRecorder()
		newWorld(t).as().mux.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusForbidden && recorder.Code != http.StatusBadRequest {
			t.Errorf("%s %s: got %d %s", method, path, recorder.Code, recorder.Body)
		}
	})
}

// BenchmarkCheck measures the permission of a call whose principal has two policies, one of which asks for tags.
func BenchmarkCheck(b *testing.B) {
	w := newWorld(b).as(allow("apigateway:GET", "arn:aws:apigateway:*::/restapis/*"), statement("Deny", "*", "*", `{"StringEquals": {"aws:ResourceTag/team": "red"}}`))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/restapis/abc", nil)
		w.mux.ServeHTTP(httptest.NewRecorder(), r)
	}
}
