package schema_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/schema"
)

// models of the tests; Tree refers to itself, Order to others.
var models = map[string]string{
	"Pet": `{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","required":["name","kind"],"additionalProperties":false,
		"properties":{"name":{"type":"string","minLength":1,"maxLength":5,"pattern":"^[a-z]*$"},"kind":{"enum":["cat","dog"]},"age":{"type":"integer","minimum":1,"maximum":30},"weight":{"type":"number","minimum":0.5}}}`,
	"Order": `{"type":"object","properties":{"pet":{"$ref":"https://apigateway.amazonaws.com/restapis/abc123/models/Pet"},
		"more":{"type":"array","minItems":1,"items":{"$ref":"https://apigateway.amazonaws.com/restapis/abc123/models/Pet"}},
		"maybe":{"oneOf":[{"type":"null"},{"$ref":"https://apigateway.eu-west-1.amazonaws.com.cn/restapis/abc123/models/Pet"}]}}}`,
	"Tree":    `{"type":"object","required":["v"],"properties":{"v":{},"left":{"$ref":"https://apigateway.amazonaws.com/restapis/abc123/models/Tree"}}}`,
	"Formats": `{"type":"object","properties":{"at":{"type":"string","format":"date-time"},"mail":{"type":"string","format":"email"},"n":{"type":"number","format":"decimal"}}}`,
	"Look":    `{"type":"object","properties":{"p":{"type":"string","pattern":"^(?=.*[0-9]).+$"}}}`,
	"Rare": `{"type":"object","properties":{"more":{"type":"number","minimum":0,"exclusiveMinimum":true},"less":{"type":"number","maximum":9,"exclusiveMaximum":true},
		"fives":{"multipleOf":5},"unique":{"uniqueItems":true},"one":{"items":[{}],"additionalItems":false},"few":{"minProperties":1,"maxProperties":2},
		"pair":{"dependencies":{"a":["b"]}},"either":{"oneOf":[{"type":"integer"},{"type":"number"}]},"no":{"not":{"type":"string"}},"nothing":{"enum":[1]}}}`,
	"List":    `{"type":"array"}`,
	"Broken":  `{"type":`,
	"Wrong":   `{"type":"nosuchtype"}`,
	"Dangles": `{"$ref":"https://apigateway.amazonaws.com/restapis/abc123/models/Gone"}`,
	"Outside": `{"$ref":"https://example.com/schema.json"}`,
}

func TestValidate(t *testing.T) {
	tests := []struct{ name, model, body, want string }{
		{"conforms", "Pet", `{"name":"tom","kind":"cat","age":3}`, ""},
		{"missing required", "Pet", `{}`, `[object has missing required properties (["kind","name"])]`},
		{"extra property", "Pet", `{"name":"tom","kind":"cat","foo":1}`, `[object instance has properties which are not allowed by the schema: ["foo"]]`},
		{"several failures", "Pet", `{"name":"tom","foo":1}`, `[object has missing required properties (["kind"]), object instance has properties which are not allowed by the schema: ["foo"]]`},
		{"wrong type", "Pet", `[]`, `[instance type (array) does not match any allowed primitive type (allowed: ["object"])]`},
		{"number for a string", "Pet", `{"name":7,"kind":"cat"}`, `[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`},
		{"fraction for an integer", "Pet", `{"name":"tom","kind":"cat","age":3.5}`, `[instance type (number) does not match any allowed primitive type (allowed: ["integer"])]`},
		{"pattern", "Pet", `{"name":"Tom\"","kind":"cat"}`, `[ECMA 262 regex "^[a-z]*$" does not match input string "Tom""]`},
		{"too short", "Pet", `{"name":"","kind":"cat"}`, `[string "" is too short (length: 0, required minimum: 1)]`},
		{"too long", "Pet", `{"name":"abcdef","kind":"cat"}`, `[string "abcdef" is too long (length: 6, maximum allowed: 5)]`},
		{"enum", "Pet", `{"name":"tom","kind":"cow"}`, `[instance value ("cow") not found in enum (possible values: ["cat","dog"])]`},
		{"too small", "Pet", `{"name":"tom","kind":"cat","age":0}`, `[numeric instance is lower than the required minimum (minimum: 1, found: 0)]`},
		{"too small a fraction", "Pet", `{"name":"tom","kind":"cat","weight":0.25}`, `[numeric instance is lower than the required minimum (minimum: 0.5, found: 0.25)]`},
		{"too large", "Pet", `{"name":"tom","kind":"cat","age":31}`, `[numeric instance is greater than the required maximum (maximum: 30, found: 31)]`},

		{"reference", "Order", `{"pet":{"name":"tom","kind":"cat"}}`, ""},
		{"failure behind a reference", "Order", `{"pet":{"name":"tom"}}`, `[object has missing required properties (["kind"])]`},
		{"reference in items", "Order", `{"more":[{"name":"tom"}]}`, `[object has missing required properties (["kind"])]`},
		{"too few items", "Order", `{"more":[]}`, `[array is too short: must have at least 1 elements but instance has 0 elements]`},
		{"null or a model", "Order", `{"maybe":null}`, ""},
		{"recursive reference", "Tree", `{"v":1,"left":{"v":2,"left":{"v":3}}}`, ""},
		{"failure in a recursive reference", "Tree", `{"v":1,"left":{"left":{"v":3}}}`, `[object has missing required properties (["v"])]`},
		{"format", "Formats", `{"at":"yesterday"}`, `[string "yesterday" is invalid against requested format date-time]`},
		{"unknown formats are ignored", "Formats", `{"n":1}`, ""},
		{"look-ahead", "Look", `{"p":"a1"}`, ""},
		{"look-ahead fails", "Look", `{"p":"ab"}`, `[ECMA 262 regex "^(?=.*[0-9]).+$" does not match input string "ab"]`},

		{"strictly greater", "Rare", `{"more":0}`, `[numeric instance is not strictly greater than the required minimum 0]`},
		{"strictly lower", "Rare", `{"less":9}`, `[numeric instance is not strictly lower than the required maximum 9]`},
		{"not a multiple", "Rare", `{"fives":7}`, `[remainder of division is not zero (7 / 5)]`},
		{"duplicates", "Rare", `{"unique":[1,1]}`, `[array must not contain duplicate elements]`},
		{"additional items", "Rare", `{"one":[1,2,3]}`, `[array has 2 elements which are not allowed by the schema]`},
		{"too few properties", "Rare", `{"few":{}}`, `[object has too few properties (found 0 but schema requires at least 1)]`},
		{"too many properties", "Rare", `{"few":{"a":1,"b":2,"c":3}}`, `[object has too many properties (found 3 but schema requires at most 2)]`},
		{"dependencies", "Rare", `{"pair":{"a":1}}`, `[property "a" of object has missing property dependencies (missing: ["b"])]`},
		{"two of oneOf", "Rare", `{"either":1}`, `[instance failed to match exactly one schema]`},
		{"not", "Rare", `{"no":"s"}`, `[instance matched a schema which it should not have]`},

		{"built-in Empty", "Empty", `{"any":"thing"}`, ""},
		{"built-in Empty demands an object", "Empty", `7`, `[instance type (integer) does not match any allowed primitive type (allowed: ["object"])]`},
		{"empty body against Empty", "Empty", ``, ""},
		{"empty body against required properties", "Pet", ` `, `[Unknown error parsing request body]`},
		{"empty body against a list", "List", ``, `[Unknown error parsing request body]`},
		{"not JSON", "Empty", `{"a":`, `[Unknown error parsing request body]`},
		{"text after the value", "Empty", `{} x`, `[Unknown error parsing request body]`},
	}
	set := schema.NewModels(models)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := set.Compile(tt.model)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Validate([]byte(tt.body)); got != tt.want {
				t.Errorf("%s against %s:\n got %s\nwant %s", tt.body, tt.model, got, tt.want)
			}
		})
	}
}

// A body full of strings for an expensive pattern is refused in good time, also where a failure of the
// pattern would be what conforms.
func TestPatternTime(t *testing.T) {
	evil := `"` + strings.Repeat("a", 40) + `b"`
	body := "[" + strings.Repeat(evil+",", 1000) + `"a"]`
	for _, model := range []string{
		`{"type":"array","items":{"type":"string","pattern":"^(a|aa)+$"}}`,
		`{"type":"array","items":{"type":"string","pattern":"^(?=a)(a|aa)+$"}}`,
		`{"type":"array","items":{"type":"string","not":{"pattern":"^(?=a)(a|aa)+$"}}}`,
	} {
		s, err := schema.NewModels(map[string]string{"M": model}).Compile("M")
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if s.Validate([]byte(body)) == "" {
			t.Errorf("%s: the body conforms", model)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: validation took %v", model, took)
		}
	}
}

// The failures of a long body are not described: there may be millions.
func TestLongBody(t *testing.T) {
	s, err := schema.NewModels(map[string]string{"M": `{"type":"array","items":{"type":"string"}}`}).Compile("M")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ element, want string }{
		{`1`, "[instance failed to match the schema]"},
		{`"1"`, ""},
	} {
		body := "[" + strings.Repeat(tt.element+",", 200_000) + tt.element + "]"
		if got := s.Validate([]byte(body)); got != tt.want {
			t.Errorf("elements %s: got %s, want %s", tt.element, got, tt.want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	tests := []struct{ model, want string }{
		{"Broken", "model Broken"},
		{"Wrong", "model Wrong"},
		{"Dangles", "model Dangles: the API has no model Gone"},
		{"Outside", "model Outside: https://example.com/schema.json is not a model of the API"},
		{"Nowhere", "model Nowhere: the API has no model Nowhere"},
	}
	set := schema.NewModels(models)
	for _, tt := range tests {
		t.Run(tt.model, func(t *testing.T) {
			_, err := set.Compile(tt.model)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
