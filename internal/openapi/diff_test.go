package openapi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	const before = `{
  "openapi": "3.0.1", "info": {"title": "A", "version": "1"}, "servers": [{"url": "https://a/{basePath}"}],
  "paths": {
    "/a": {"get": {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"a/b": "1"}}}},
    "/b": {"x-amazon-apigateway-any-method": {"responses": {}}},
    "/c": {"get": {"tags": ["x", {"k": 1, "l": 2}]}, "put": {}}},
  "components": {"schemas": {"M": {"type": "object"}, "N": {}},
    "securitySchemes": {"key": {"type": "apiKey"}, "z": {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": "token"}}}},
  "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": "400"}},
  "x-amazon-apigateway-request-validators": {"v": {}},
  "x-amazon-apigateway-documentation": {"version": "1"}}`
	const after = `{
  "openapi": "3.0.1", "info": {"title": "B", "version": "1"}, "servers": [{"url": "https://b/{basePath}"}],
  "x-amazon-apigateway-binary-media-types": ["a/b"],
  "paths": {
    "/a": {"get": {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": {"requestTemplates": {"a/b": "2"}, "type": "mock"}}, "delete": {}},
    "/c": {"get": {"tags": ["x", {"l": 2, "k": 1}]}, "put": {}}},
  "components": {"schemas": {"M": {"type": "array"}},
    "securitySchemes": {"other": {"type": "apiKey"}, "z": {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": "request"}}}}}`
	got, err := Diff([]byte(before), []byte(after))
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{Kind: Changed, What: "API", Members: []MemberChange{
			{Member: "title", Before: `"A"`, After: `"B"`},
			{Member: "binary-media-types", After: `["a/b"]`},
		}},
		{Kind: Changed, What: "model M", Members: []MemberChange{{Member: "type", Before: `"object"`, After: `"array"`}}},
		{Kind: Removed, What: "model N"},
		{Kind: Changed, What: "authorizer z", Members: []MemberChange{{Member: "authorizer.type", Before: `"token"`, After: `"request"`}}},
		{Kind: Removed, What: "request validator v"},
		{Kind: Removed, What: "gateway response DEFAULT_4XX"},
		{Kind: Added, What: "DELETE /a"},
		{Kind: Changed, What: "GET /a", Members: []MemberChange{{Member: `integration.requestTemplates["a/b"]`, Before: `"1"`, After: `"2"`}}},
		{Kind: Removed, What: "ANY /b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "[]", "{"} {
		if _, err := Diff([]byte(before), []byte(text)); err == nil {
			t.Errorf("%q is taken for a document", text)
		}
	}
	if same, err := Diff([]byte(before), []byte(before)); err != nil || same != nil {
		t.Errorf("a document and itself: got %v, %v", same, err)
	}
}
