package control

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

const testKeyValue = "abcdefghijklmnopqrst0123456789"

func TestAPIKeys(t *testing.T) {
	s := newTestServer(t)
	const missing = "404 NotFoundException: Invalid API Key identifier specified"
	created := s.must(`POST /apikeys {"name":"first","description":"d","customerId":"c","enabled":true,"value":"` + testKeyValue + `","tags":{"a":"b"}}`)
	plain := s.must(`POST /apikeys {"name":"","description":"","value":"","generateDistinctId":true}`)
	if plain["enabled"] != false || plain["tags"] != nil || plain["name"] != nil || plain["description"] != nil || len(plain["stageKeys"].([]any)) != 0 {
		t.Errorf("got %v, want a disabled key without name and tags, with an empty list of stage keys", plain)
	}
	if value, _ := plain["value"].(string); !regexp.MustCompile(`^[A-Za-z0-9]{40}$`).MatchString(value) || value == strings.ToLower(value) {
		t.Errorf("got value %q, want 40 letters of both cases and digits", value)
	}
	id, second := created["id"].(string), plain["id"].(string)
	if len(id) != 10 || created["value"] != testKeyValue || created["createdDate"] == nil || created["lastUpdatedDate"] == nil {
		t.Errorf("got %v, want a key with an id of ten characters, its value and dates", created)
	}
	vars := map[string]string{"id": id, "second": second, "tags": "/tags/arn:aws:apigateway:eu-west-1::/apikeys/" + second}
	s.run(vars, []exchange{
		{`GET /apikeys/nothing`, missing},
		{`PATCH /apikeys/nothing {}`, missing},
		{`DELETE /apikeys/nothing`, missing},
		{`POST /apikeys {"value":"short"}`, "400 BadRequestException: API Key value should be at least 20 characters"},
		{`POST /apikeys {"value":"` + strings.Repeat("x", 129) + `"}`, "400 BadRequestException: API Key value exceeds maximum size of 128 characters"},
		{`POST /apikeys {"value":" ` + testKeyValue + `"}`, "400 BadRequestException: API Key value may only have printable ASCII characters and must not begin or end with a blank"},
		{`POST /apikeys {"value":"` + testKeyValue + `"}`, "409 ConflictException: API Key already exists"},
		{`POST /apikeys {"name":"` + strings.Repeat("x", 1025) + `"}`, "400 BadRequestException: API Key name exceeds maximum size of 1024 characters"},
		{`POST /apikeys {"tags":{"aws:x":"y"}}`, "400 BadRequestException: ..."},
		{`POST /apikeys {"stageKeys":[{"restApiId":"x","stageName":"y"}]}`, "404 NotFoundException: Invalid stage identifier specified"},
		{`POST /apikeys {"stageKeys":[{"restApiId":"x"}]}`, "400 BadRequestException: Invalid stage key specified: x/"},

		{patchOf("/apikeys/{id}", "replace /nothing x"), "400 BadRequestException: Invalid patch path  '/nothing' specified for op 'replace'. " +
			"Must be one of: [/description, /enabled, /name, /customerId]"},
		{patchOf("/apikeys/{id}", "copy /name x"), "400 BadRequestException: Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations"},
		{patchOf("/apikeys/{id}", "add /labels x"), "400 BadRequestException: Labels of API keys are not supported: use tags"},
		{patchOf("/apikeys/{id}", "add /stages a/b"), "404 NotFoundException: Invalid stage identifier specified"},
		{patchOf("/apikeys/{id}", "remove /stages a/b"), "404 NotFoundException: Invalid stage identifier specified"},

		{`GET {tags}`, `200 {}`},
		{`PUT {tags} {"tags":{"k":"v"}}`, "204 null"},
		{`GET {tags}`, `200 {"tags":{"k":"v"}}`},
		{`DELETE {tags}?tagKeys=k`, "204 null"},
		{`GET /tags/arn:aws:apigateway:eu-west-1::/apikeys/nothing`, missing},
	})
	if got := s.must("GET /apikeys/" + id); got["value"] != nil || got["tags"].(map[string]any)["a"] != "b" {
		t.Errorf("got %v, want the key without its value", got)
	}
	if got := s.must("GET /apikeys/" + id + "?includeValue=true"); got["value"] != testKeyValue {
		t.Errorf("got %v, want the value", got)
	}
	changed := s.must(patchOf("/apikeys/"+second, "replace /enabled true", "replace /name other", "replace /customerId z"))
	if changed["value"] != nil || changed["enabled"] != true || changed["name"] != "other" || changed["tags"] == nil {
		t.Errorf("got %v, want the changed key without value and with tags", changed)
	}
	if before := plain["lastUpdatedDate"].(float64); changed["lastUpdatedDate"].(float64) <= before {
		t.Errorf("got last updated %v, want it after %v", changed["lastUpdatedDate"], before)
	}
	s.must("DELETE /apikeys/" + id)
	s.run(vars, []exchange{
		{"GET /apikeys/{id}", missing},
		{`POST /apikeys {"value":"` + testKeyValue + `"}`, "201 {..."}, // the value is free again
	})
}

func TestAPIKeyStages(t *testing.T) {
	s := newTestServer(t)
	api, _ := deployMock(s, "dev")
	key := s.must(fmt.Sprintf(`POST /apikeys {"stageKeys":[{"restApiId":%q,"stageName":"dev"}]}`, api))
	if got := fmt.Sprint(key["stageKeys"]); got != "["+api+"/dev]" {
		t.Errorf("got stage keys %s, want [%s/dev]", got, api)
	}
	id := key["id"].(string)
	if got := s.must(patchOf("/apikeys/"+id, "remove /stages "+api+"/dev")); len(got["stageKeys"].([]any)) != 0 {
		t.Errorf("got %v, want no stage keys", got)
	}
	if got := s.must(patchOf("/apikeys/"+id, "add /stages "+api+"/dev", "add /stages "+api+"/dev")); len(got["stageKeys"].([]any)) != 1 {
		t.Errorf("got %v, want one stage key", got)
	}
	s.must("DELETE /restapis/" + api + "/stages/dev")
	if got := s.must(patchOf("/apikeys/"+id, "replace /name other")); got["name"] != "other" {
		t.Errorf("got %v, want a key changed whose stage is gone", got)
	}
}

// deployMock makes an API with one method and deploys it.
func deployMock(s *testServer, stage string) (api, resource string) {
	s.t.Helper()
	api, root := s.api()
	method := "/restapis/" + api + "/resources/" + root + "/methods/GET"
	s.must("PUT " + method + ` {"authorizationType":"NONE"}`)
	s.must("PUT " + method + `/integration {"type":"MOCK"}`)
	s.must(fmt.Sprintf(`POST /restapis/%s/deployments {"stageName":%q}`, api, stage))
	return api, root
}

func TestAPIKeyList(t *testing.T) {
	s := newTestServer(t)
	for i, name := range []string{"alpha", "alphabet", "Alpha", "beta"} {
		s.must(fmt.Sprintf(`POST /apikeys {"name":%q,"customerId":"c%d"}`, name, i%2))
	}
	tests := []struct{ query, want string }{
		{"", "beta Alpha alphabet alpha"},
		{"?limit=-1", "beta Alpha alphabet alpha"},
		{"?name=alpha", "alphabet alpha"},
		{"?name=lpha", ""},
		{"?customerId=c1", "beta alphabet"},
		{"?customerId=c", ""},
	}
	for _, tt := range tests {
		if got := names(s.must("GET /apikeys" + tt.query)); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.query, got, tt.want)
		}
	}
	var all []string
	position := ""
	for {
		page := s.must("GET /apikeys?limit=3&includeValues=true&position=" + position)
		all = append(all, names(page))
		for _, item := range page["item"].([]any) {
			if item.(map[string]any)["value"] == nil || item.(map[string]any)["tags"] != nil {
				t.Errorf("got %v, want a value and no tags", item)
			}
		}
		if position, _ = page["position"].(string); position == "" {
			break
		}
	}
	if got := strings.Join(all, "|"); got != "beta Alpha alphabet|alpha" {
		t.Errorf("got pages %q", got)
	}
	if item := s.must("GET /apikeys")["item"].([]any)[0].(map[string]any); item["value"] != nil {
		t.Errorf("got %v, want no value unless it is asked for", item)
	}
}

// names returns the names of listed things.
func names(page map[string]any) string {
	var all []string
	for _, item := range page["item"].([]any) {
		all = append(all, item.(map[string]any)["name"].(string))
	}
	return strings.Join(all, " ")
}

func TestAPIKeyImport(t *testing.T) {
	s := newTestServer(t)
	plan := s.must(`POST /usageplans {"name":"p"}`)["id"].(string)
	other := s.must(`POST /usageplans {"name":"q"}`)["id"].(string)
	file := func(lines ...string) string {
		return strings.NewReplacer("{p}", plan, "{q}", other).Replace(strings.Join(lines, "\n"))
	}
	post := func(query, body string) answer {
		t.Helper()
		r, err := http.NewRequest("POST", s.url+"/apikeys?mode=import&format=csv"+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return s.send(r)
	}
	const first, second = "first-key-0123456789", "second-key-0123456789"
	a := post("", file("Enabled,NAME,key,UsageplanIds,Colour", `true,One,`+first+`,"{p},{q}",red`, `false,Two, `+second+` ,'{p}', blue`, ""))
	ids, _ := a.body["ids"].([]any)
	if a.status != 201 || len(ids) != 2 || a.body["warnings"] != nil {
		t.Fatalf("got %v, want two ids", a)
	}
	one := s.must("GET /apikeys/" + ids[0].(string) + "?includeValue=true")
	two := s.must("GET /apikeys/" + ids[1].(string) + "?includeValue=true")
	if one["name"] != "One" || one["value"] != first || one["enabled"] != true || two["value"] != second || two["enabled"] != false {
		t.Errorf("got %v and %v", one, two)
	}
	for id, want := range map[string]int{plan: 2, other: 1} {
		if got := len(s.must("GET /usageplans/" + id + "/keys")["item"].([]any)); got != want {
			t.Errorf("plan %s: got %d keys, want %d", id, got, want)
		}
	}

	again := post("", file("key,name,usageplanids", first+",Renamed,{p}", "short,Bad,", second+",Two,nothing"))
	if want := fmt.Sprintf("[%v %v]", ids[0], ids[1]); fmt.Sprint(again.body["ids"]) != want {
		t.Errorf("got %v, want the ids of the keys with these values, %s", again, want)
	}
	if want := "[Line 3: API Key value should be at least 20 characters Line 4: Invalid Usage Plan ID specified: nothing]"; fmt.Sprint(again.body["warnings"]) != want {
		t.Errorf("got %v, want warnings %s", again, want)
	}
	if got := s.must("GET /apikeys/" + ids[0].(string)); got["name"] != "Renamed" || got["enabled"] != true {
		t.Errorf("got %v, want the key overwritten", got)
	}

	refused := post("&failonwarnings=true", file("key,name,enabled", "third-key-0123456789,Three,", "fourth-key-012345678,Four,maybe"))
	if want := "400 BadRequestException: Unable to import API keys: Line 3: Enabled must be true or false: maybe"; refused.String() != want {
		t.Errorf("got %s, want %s", refused, want)
	}
	if got := len(s.must("GET /apikeys")["item"].([]any)); got != 2 {
		t.Errorf("got %d keys after an import that was refused, want 2", got)
	}
	for body, want := range map[string]string{
		"\n":                   "400 BadRequestException: The API key file is empty",
		"name,value\na,b":      "400 BadRequestException: The API key file has no column key",
		"key\nx":               "400 BadRequestException: The API key file has no column name",
		"key,name\n\"x,y\nz,w": "400 BadRequestException: The API key file is not CSV: the quote of line 2 is never closed",
	} {
		if got := post("", body).String(); got != want {
			t.Errorf("%q: got %s, want %s", body, got, want)
		}
	}
}

func TestSplitCSV(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "a,b\nc,d\n", "1[a b] 2[c d]"},
		{"carriage returns", "a,b\r\nc,d\r\n", "1[a b] 2[c d]"},
		{"empty lines and fields", "a,b\n\n,\nc,", "1[a b] 3[ ] 4[c ]"},
		{"double quotes", `"a,""b""",c`, `1[a,"b" c]`},
		{"single quotes", `'a,b' ,"it's"`, "1[a,b it's]"},
		{"line end in quotes", "\"a\nb\",c\nd", "1[a\nb c] 3[d]"},
		{"quote within a field", `it's,5"`, `1[it's 5"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, err := splitCSV(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range records {
				got = append(got, fmt.Sprint(r.line, r.fields))
			}
			if joined := strings.ReplaceAll(strings.Join(got, " "), " [", "["); joined != tt.want {
				t.Errorf("got %s, want %s", joined, tt.want)
			}
		})
	}
}

func FuzzSplitCSV(f *testing.F) {
	f.Add("a,b\n\"c\"\"\n,d',e\r\n'f")
	f.Fuzz(func(t *testing.T, text string) {
		records, err := splitCSV(text)
		if err != nil {
			return
		}
		for _, r := range records {
			if len(r.fields) == 0 || r.line < 1 {
				t.Errorf("got record %+v of %q", r, text)
			}
		}
	})
}
