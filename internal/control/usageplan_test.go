package control

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/store"
)

func TestUsagePlans(t *testing.T) {
	s := newTestServer(t)
	api, _ := deployMock(s, "dev")
	const missing = "404 NotFoundException: Invalid Usage Plan ID specified"
	plan := s.must(`POST /usageplans {"name":"gold","description":"d","tags":{"a":"b"},"throttle":{"rateLimit":2,"burstLimit":5},
		"quota":{"limit":100,"period":"MONTH"},"apiStages":[{"apiId":"` + api + `","stage":"dev","throttle":{"/pets/GET":{"rateLimit":1},"//GET":{"burstLimit":3}}}]}`)["id"].(string)
	bare := s.must(`POST /usageplans {"name":"bare"}`)
	if len(bare["apiStages"].([]any)) != 0 || bare["tags"] != nil || bare["quota"] != nil || bare["throttle"] != nil {
		t.Errorf("got %v, want an empty list of API stages and nothing that was not given", bare)
	}
	vars := map[string]string{"plan": plan, "bare": bare["id"].(string), "api": api, "tags": "/tags/arn:aws:apigateway:eu-west-1::/usageplans/" + bare["id"].(string)}
	const stage = `[{"apiId":"{api}","stage":"dev","throttle":{"/pets/GET":{"rateLimit":1},"//GET":{"burstLimit":3}}}]`
	s.run(vars, []exchange{
		{`GET /usageplans/{plan}`, `200 {"id":"{plan}","name":"gold","description":"d","throttle":{"rateLimit":2,"burstLimit":5},
			"quota":{"limit":100,"offset":0,"period":"MONTH"},"apiStages":` + stage + `,"tags":{"a":"b"}}`},
		{`GET /usageplans/{bare}`, `200 {"id":"{bare}","name":"bare","apiStages":[],"tags":{}}`},
		{`PATCH /usageplans/{bare} {}`, `200 {"id":"{bare}","name":"bare","apiStages":[],"tags":{}}`},
		{`GET /usageplans/nothing`, missing},
		{`PATCH /usageplans/nothing {}`, missing},
		{`DELETE /usageplans/nothing`, missing},

		{`POST /usageplans {"name":""}`, "400 BadRequestException: Usage Plan name cannot be empty"},
		{`POST /usageplans {"name":"x","quota":{"limit":1}}`, "400 BadRequestException: Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]"},
		{`POST /usageplans {"name":"x","quota":{"limit":0,"period":"DAY"}}`, "400 BadRequestException: Usage Plan quota limit must be a non-negative numeric"},
		{`POST /usageplans {"name":"x","quota":{"limit":5,"offset":1,"period":"DAY"}}`, "400 BadRequestException: Usage Plan quota offset must be between 0 and 0 inclusive in the DAY period"},
		{`POST /usageplans {"name":"x","quota":{"limit":5,"offset":7,"period":"WEEK"}}`, "400 BadRequestException: Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period"},
		{`POST /usageplans {"name":"x","quota":{"limit":5,"offset":28,"period":"MONTH"}}`, "400 BadRequestException: Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period"},
		{`POST /usageplans {"name":"x","throttle":{"rateLimit":-1}}`, "400 BadRequestException: Usage Plan throttle rate limit must be a non-negative numeric"},
		{`POST /usageplans {"name":"x","throttle":{"burstLimit":-1}}`, "400 BadRequestException: Usage Plan throttle burst limit must be a non-negative numeric"},
		{`POST /usageplans {"name":"x","throttle":{"rateLimit":1,"burstLimit":100}}`, "201 {..."},
		{`POST /usageplans {"name":"x","apiStages":[{"apiId":"{api}","stage":"prod"}]}`, "404 NotFoundException: API Stage not found: {api}:prod"},
		{`POST /usageplans {"name":"x","apiStages":[{"apiId":"{api}"}]}`, "404 NotFoundException: API Stage not found: {api}:"},
		{`POST /usageplans {"name":"x","apiStages":[{"apiId":"{api}","stage":"dev"},{"apiId":"{api}","stage":"dev"}]}`,
			"409 ConflictException: API Stage {api}:dev is associated with the Usage Plan more than once"},
		{`POST /usageplans {"name":"x","apiStages":[{"apiId":"{api}","stage":"dev","throttle":{"/pets":{}}}]}`,
			"400 BadRequestException: Invalid method {resourcePath: /pets,method: } specified"},
		{`POST /usageplans {"name":"x","apiStages":[{"apiId":"{api}","stage":"dev","throttle":{"pets/GET":{}}}]}`,
			"400 BadRequestException: Invalid method {resourcePath: pets,method: GET} specified"},
		{`POST /usageplans {"name":"x","apiStages":[{"apiId":"{api}","stage":"dev","throttle":{"//GET":{"rateLimit":-2}}}]}`,
			"400 BadRequestException: Usage Plan throttle rate limit must be a non-negative numeric"},

		{`GET {tags}`, `200 {}`},
		{`PUT {tags} {"tags":{"k":"v"}}`, "204 null"},
		{`DELETE {tags}?tagKeys=k`, "204 null"},
		{`GET /tags/arn:aws:apigateway:eu-west-1::/usageplans/nothing`, missing},

		{`DELETE /usageplans/{plan}`, "400 BadRequestException: Cannot delete Usage Plan {plan} because there are API Stages associated with it"},
		{`DELETE /restapis/{api}/stages/dev`, "400 BadRequestException: Cannot delete stage dev because it is associated with Usage Plan {plan}"},
		{`DELETE /restapis/{api}`, "202 null"},
		{`DELETE /usageplans/{plan}`, "202 null"}, // the API took its stages with it
		{`GET /usageplans/{plan}`, missing},
	})
	if got := names(s.must("GET /usageplans?limit=1")); got != "bare" {
		t.Errorf("got %q, want the oldest plan first", got)
	}
}

func TestUsagePlanPatch(t *testing.T) {
	s := newTestServer(t)
	api, _ := deployMock(s, "dev")
	plan := s.must(`POST /usageplans {"name":"gold"}`)["id"].(string)
	p, stage := "/usageplans/"+plan, api+":dev"
	throttle := "/apiStages/" + stage + "/throttle"
	body := func(rest string) string { return `200 {"id":"` + plan + `","name":"gold","tags":{},` + rest + `}` }
	withStage := func(rest string) string {
		return body(`"apiStages":[{"apiId":"` + api + `","stage":"dev"` + rest + `}]`)
	}
	s.run(nil, []exchange{
		{patchOf(p, "add /apiStages "+stage, "add /apiStages "+stage), withStage("")},
		{patchOf(p, "add /apiStages x:y"), "404 NotFoundException: API Stage not found: x:y"},
		{patchOf(p, "remove /apiStages x:y"), "404 NotFoundException: API Stage not found: x:y"},
		{patchOf(p, "remove /apiStages"), "400 BadRequestException: Invalid API Stage specified"},
		{patchOf(p, "remove /apiStages x"), "400 BadRequestException: Invalid API Stage specified"},

		// The provider of Terraform writes paths of methods raw, others escape them.
		{patchOf(p, "replace "+throttle+"//pets/GET/rateLimit 2.5", "replace "+throttle+"//pets/GET/burstLimit 7"),
			withStage(`,"throttle":{"/pets/GET":{"rateLimit":2.5,"burstLimit":7}}`)},
		{patchOf(p, "replace "+throttle+"/~1pets~1{id}/ANY/rateLimit 1", "remove "+throttle+"//pets/GET", "replace "+throttle+"/~1/GET/burstLimit 2"),
			withStage(`,"throttle":{"/pets/{id}/ANY":{"rateLimit":1},"//GET":{"burstLimit":2}}`)},
		{patchOf(p, "replace "+throttle+"///GET/burstLimit 3", "remove "+throttle+"/~1pets~1{id}/ANY"), withStage(`,"throttle":{"//GET":{"burstLimit":3}}`)},
		{patchOf(p, "replace "+throttle+"///GET {\"rateLimit\":1}"), withStage(`,"throttle":{"//GET":{"rateLimit":1}}`)},
		{patchOf(p, "replace "+throttle+" {\"/a/GET\":{\"rateLimit\":1}}"), withStage(`,"throttle":{"/a/GET":{"rateLimit":1}}`)},
		{patchOf(p, "remove "+throttle+"//b/GET"), "404 NotFoundException: Invalid method throttle specified: /b/GET"},
		{patchOf(p, "remove "+throttle), withStage("")},
		{patchOf(p, "replace "+throttle+" x"), "400 BadRequestException: Invalid value 'x' specified for patch path " + throttle},
		{patchOf(p, "replace "+throttle+"/pets/GET/rateLimit 1"), "400 BadRequestException: Invalid method {resourcePath: pets,method: GET} specified"},
		{patchOf(p, "replace "+throttle+"//pets/GOT/rateLimit 1"), "400 BadRequestException: Invalid method {resourcePath: /pets/GOT,method: } specified"},
		{patchOf(p, "replace /apiStages/x:y/throttle//pets/GET/rateLimit 1"), "404 NotFoundException: API Stage not found: x:y"},
		{patchOf(p, "replace /apiStages/x/throttle//pets/GET/rateLimit 1"), "400 BadRequestException: Invalid API Stage specified"},
		{patchOf(p, "remove /apiStages "+stage), body(`"apiStages":[]`)},

		{patchOf(p, "replace /throttle/rateLimit 12.500000", "add /throttle/burstLimit 3"), body(`"apiStages":[],"throttle":{"rateLimit":12.5,"burstLimit":3}`)},
		{patchOf(p, "replace /throttle/rateLimit x"), "400 BadRequestException: Invalid value 'x' specified for patch path /throttle/rateLimit"},
		{patchOf(p, "replace /quota/limit 9"), "400 BadRequestException: Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]"},
		{patchOf(p, "remove /throttle", "replace /quota/limit 9", "replace /quota/period WEEK", "replace /quota/offset 2"),
			body(`"apiStages":[],"quota":{"limit":9,"offset":2,"period":"WEEK"}`)},
		{patchOf(p, "replace /quota/period YEAR"), "400 BadRequestException: Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]"},
		{patchOf(p, "remove /quota", "add /productCode x"), body(`"apiStages":[],"productCode":"x"`)},
		{patchOf(p, "remove /productCode", "replace /description d"), body(`"apiStages":[],"description":"d"`)},
		{patchOf(p, "replace /name"), "400 BadRequestException: Usage Plan name cannot be empty"},
		{patchOf(p, "copy /name x"), "400 BadRequestException: Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations"},
		{patchOf(p, "add /name x"), "400 BadRequestException: Invalid patch path  '/name' specified for op 'add'. Must be one of: " +
			"[/productCode, /apiStages, /throttle/rateLimit, /throttle/burstLimit, /quota/limit, /quota/offset, /quota/period]"},
	})
}

func TestUsagePlanKeys(t *testing.T) {
	s := newTestServer(t)
	api, _ := deployMock(s, "dev")
	first := s.must(`POST /apikeys {"name":"first","value":"` + testKeyValue + `"}`)["id"].(string)
	second := s.must(`POST /apikeys {"name":"second"}`)["id"].(string)
	plan := s.must(`POST /usageplans {"name":"p","apiStages":[{"apiId":"` + api + `","stage":"dev"}]}`)["id"].(string)
	rival := s.must(`POST /usageplans {"name":"q","apiStages":[{"apiId":"` + api + `","stage":"dev"}]}`)["id"].(string)
	other := s.must(`POST /usageplans {"name":"r"}`)["id"].(string)
	const noKey = "404 NotFoundException: Invalid API Key identifier specified"
	const noPlan = "404 NotFoundException: Invalid Usage Plan ID specified"
	vars := map[string]string{"first": first, "second": second, "plan": plan, "rival": rival, "other": other, "api": api}
	const shown = `{"id":"{first}","name":"first","type":"API_KEY","value":"` + testKeyValue + `"}`
	s.run(vars, []exchange{
		{`POST /usageplans/{plan}/keys {"keyId":"{first}","keyType":"API_KEY"}`, `201 ` + shown},
		{`POST /usageplans/{plan}/keys {"keyId":"{first}","keyType":"API_KEY"}`, "409 ConflictException: API Key {first} is already associated with Usage Plan {plan}"},
		{`POST /usageplans/{plan}/keys {"keyId":"{first}","keyType":"OTHER"}`, "400 BadRequestException: Invalid Usage Plan key type specified. Must be one of [API_KEY]"},
		{`POST /usageplans/{plan}/keys {"keyId":"nothing","keyType":"API_KEY"}`, noKey},
		{`POST /usageplans/nothing/keys {"keyId":"{first}","keyType":"API_KEY"}`, noPlan},
		{`POST /usageplans/{plan}/keys {"keyType":"API_KEY"}`, "400 ValidationException: 1 validation error detected: Value null at 'createUsagePlanKeyInput.keyId' failed to satisfy constraint: Member must not be null"},

		{`POST /usageplans/{rival}/keys {"keyId":"{first}","keyType":"API_KEY"}`,
			"409 ConflictException: API Key {first} is already associated with API Stage {api}:dev by Usage Plan {plan}"},
		{`POST /usageplans/{other}/keys {"keyId":"{first}","keyType":"API_KEY"}`, "201 {..."},
		{patchOf("/usageplans/{other}", "add /apiStages {api}:dev"), "409 ConflictException: API Key {first} is already associated with API Stage {api}:dev by Usage Plan {plan}"},
		{`POST /usageplans/{plan}/keys {"keyId":"{second}","keyType":"API_KEY"}`, "201 {..."},

		{`GET /usageplans/{plan}/keys/{first}`, `200 ` + shown},
		{`GET /usageplans/{rival}/keys/{first}`, noKey},
		{`GET /usageplans/nothing/keys/{first}`, noPlan},
		{`GET /usageplans/{plan}/keys?name=fir`, `200 {"item":[` + shown + `]}`},
		{`GET /usageplans/nothing/keys`, `200 {"item":[]}`},
		{`DELETE /usageplans/{rival}/keys/{first}`, noKey},
		{`DELETE /usageplans/nothing/keys/{first}`, noPlan},
	})
	if got := names(s.must("GET /usageplans/" + plan + "/keys")); got != "second first" {
		t.Errorf("got keys %q, want the newest first", got)
	}
	if got := names(s.must("GET /usageplans?keyId=" + first)); got != "p r" {
		t.Errorf("got plans %q of the first key, want p r", got)
	}
	if got := names(s.must("GET /usageplans?keyId=nothing")); got != "" {
		t.Errorf("got plans %q of no key", got)
	}
	s.must("DELETE /usageplans/" + other + "/keys/" + first)
	s.must("DELETE /apikeys/" + second)
	if got := names(s.must("GET /usageplans/" + plan + "/keys")); got != "first" {
		t.Errorf("got keys %q after one was deleted, want first", got)
	}
}

// fakeCounts is a data plane that counts what the test says.
type fakeCounts struct {
	s     *testServer
	syncs int
}

func (f *fakeCounts) Sync(context.Context) error {
	f.syncs++
	return nil
}

func (f *fakeCounts) SetRemaining(ctx context.Context, space store.Space, plan, key string, remaining int64) error {
	today := time.Unix(1700000000, 0).UTC()
	f.put(ctx, space.UsageMonth(plan, key, today.Format("2006-01")), UsageMonth{Days: map[int]UsageDay{today.Day(): {Used: 3, Remaining: remaining}}})
	return nil
}

func (f *fakeCounts) put(ctx context.Context, key store.Key, month UsageMonth) {
	f.s.t.Helper()
	text, err := json.Marshal(month)
	if err != nil {
		f.s.t.Fatal(err)
	}
	if _, err := f.s.store.Update(ctx, func(tx store.Tx) error { return tx.Put(key, text) }); err != nil {
		f.s.t.Fatal(err)
	}
}

func TestUsage(t *testing.T) {
	s := newTestServer(t)
	counts := &fakeCounts{s: s}
	s.control.usage = counts
	plan := s.must(`POST /usageplans {"name":"p","quota":{"limit":100,"offset":4,"period":"WEEK"}}`)["id"].(string)
	key := s.must(`POST /apikeys {}`)["id"].(string)
	idle := s.must(`POST /apikeys {}`)["id"].(string)
	stranger := s.must(`POST /apikeys {}`)["id"].(string)
	for _, id := range []string{key, idle} {
		s.must(fmt.Sprintf(`POST /usageplans/%s/keys {"keyId":%q,"keyType":"API_KEY"}`, plan, id))
	}
	// The clock stands on Tuesday, 14 November 2023.
	space := store.In("123456789012", "eu-west-1")
	counts.put(t.Context(), space.UsageMonth(plan, key, "2023-11"), UsageMonth{Days: map[int]UsageDay{13: {10, 86}, 14: {1, 85}}})
	counts.put(t.Context(), space.UsageMonth(plan, key, "2023-10"), UsageMonth{Days: map[int]UsageDay{31: {2, 98}}})
	u := "/usageplans/" + plan + "/usage?"
	item := func(id, days string) string { return fmt.Sprintf("%q:[%s]", id, days) }
	body := func(from, to string, items ...string) string {
		return fmt.Sprintf(`200 {"usagePlanId":%q,"startDate":%q,"endDate":%q,"values":{%s}}`, plan, from, to, strings.Join(items, ","))
	}
	s.run(nil, []exchange{
		{"GET " + u + "startDate=2023-11-12&endDate=2023-11-19&keyId=" + key,
			body("2023-11-12", "2023-11-19", item(key, "[0,96],[10,86],[1,85],[0,85],[0,85],[0,85],[0,85],[0,100]"))},
		{"GET " + u + "startDate=2023-10-31&endDate=2023-11-02&keyId=" + key, body("2023-10-31", "2023-11-02", item(key, "[2,98],[0,98],[0,98]"))},
		{"GET " + u + "startDate=2023-11-01&endDate=2023-11-01&keyId=" + key, body("2023-11-01", "2023-11-01", item(key, "[0,98]"))},
		{"GET " + u + "startDate=2023-11-14&endDate=2023-11-14", body("2023-11-14", "2023-11-14", item(key, "[1,85]"), item(idle, "[0,96]"))},
		{"GET " + u + "startDate=2023-11-14&endDate=2023-11-14&keyId=" + stranger, "404 NotFoundException: Invalid API Key identifier specified"},
		{"GET /usageplans/nothing/usage?startDate=2023-11-14&endDate=2023-11-14", "404 NotFoundException: Invalid Usage Plan ID specified"},
		{"GET " + u + "startDate=14.11.2023&endDate=2023-11-14", "400 BadRequestException: Invalid start date specified: it must have the form YYYY-MM-DD"},
		{"GET " + u + "startDate=2023-11-14&endDate=2023-11-31", "400 BadRequestException: Invalid end date specified: it must have the form YYYY-MM-DD"},
		{"GET " + u + "startDate=2023-11-14&endDate=2023-11-13", "400 BadRequestException: Invalid date range specified: the end date is before the start date"},
		{"GET " + u + "startDate=2022-11-14&endDate=2023-11-15", "400 BadRequestException: Invalid date range specified: it has more than 366 days"},

		{patchOf("/usageplans/"+plan+"/keys/"+key+"/usage", "replace /remaining 500"), body("2023-11-14", "2023-11-14", item(key, "[3,500]"))},
		{patchOf("/usageplans/"+plan+"/keys/"+key+"/usage", "replace /remaining -1"), "400 BadRequestException: Invalid value '-1' specified for patch path /remaining"},
		{patchOf("/usageplans/"+plan+"/keys/"+key+"/usage", "add /remaining 1"), "400 BadRequestException: Invalid patch path  '/remaining' specified for op 'add'. Please choose supported operations"},
		{patchOf("/usageplans/"+plan+"/keys/"+key+"/usage", "replace /used 1"), "400 BadRequestException: Invalid patch path  '/used' specified for op 'replace'. Must be one of: [/remaining]"},
		{patchOf("/usageplans/"+plan+"/keys/"+stranger+"/usage", "replace /remaining 1"), "404 NotFoundException: Invalid API Key identifier specified"},
		{patchOf("/usageplans/"+plan, "remove /quota"), "200 {..."},
		{patchOf("/usageplans/"+plan+"/keys/"+key+"/usage", "replace /remaining 1"), "400 BadRequestException: Usage Plan " + plan + " has no quota"},
		{"GET " + u + "startDate=2023-11-12&endDate=2023-11-12&keyId=" + key, body("2023-11-12", "2023-11-12", item(key, "[0,0]"))},
	})
	if counts.syncs == 0 {
		t.Error("usage was shown without asking the data plane what it has counted")
	}
	page := s.must("GET " + u + "startDate=2023-11-14&endDate=2023-11-14&limit=1")
	if len(page["values"].(map[string]any)) != 1 || page["position"] == nil {
		t.Errorf("got %v, want one of two keys and a position", page)
	}
	s.must("DELETE /apikeys/" + key)
	err := s.store.View(t.Context(), func(tx store.Tx) error {
		for k := range tx.Scan(space.UsageOf(plan, key), "") {
			t.Errorf("usage of a key that is deleted is left behind: %s", k)
		}
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUsagePlanLimits(t *testing.T) {
	s := newTestServer(t)
	limits := DefaultLimits()
	limits.UsagePlansPerKey, limits.MethodThrottlesPerStage = 1, 1
	s.control.limits = &limits
	api, _ := deployMock(s, "dev")
	key := s.must(`POST /apikeys {}`)["id"].(string)
	first := s.must(`POST /usageplans {"name":"p"}`)["id"].(string)
	second := s.must(`POST /usageplans {"name":"q"}`)["id"].(string)
	s.run(map[string]string{"key": key, "first": first, "second": second, "api": api}, []exchange{
		{`POST /usageplans/{first}/keys {"keyId":"{key}","keyType":"API_KEY"}`, "201 {..."},
		{`POST /usageplans/{second}/keys {"keyId":"{key}","keyType":"API_KEY"}`, "429 LimitExceededException: Maximum number of Usage Plans (1) for API Key {key} has been reached."},
		{`POST /usageplans {"name":"x","apiStages":[{"apiId":"{api}","stage":"dev","throttle":{"//GET":{},"/a/GET":{}}}]}`,
			"429 LimitExceededException: Maximum number of method throttles (1) for API Stage {api}:dev has been reached."},
	})
}
