package control

import (
	"testing"
)

func TestRestAPIRoundTrip(t *testing.T) {
	s := newTestServer(t)
	created := s.must(`POST /restapis {"name":"a"}`)
	vars := map[string]string{"id": created["id"].(string), "root": created["rootResourceId"].(string)}
	const shape = `"id":"{id}","name":"a","createdDate":1700000001,"apiKeySource":"HEADER","disableExecuteApiEndpoint":false,` +
		`"endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"rootResourceId":"{root}"`
	s.run(vars, []exchange{
		{`GET /restapis/{id}`, `200 {` + shape + `,"tags":{}}`},
		{`GET /restapis`, `200 {"item":[{` + shape + `}]}`},
		{`PATCH /restapis/{id} {}`, `200 {` + shape + `,"tags":{}}`},
		{`GET /restapis/{id}/resources`, `200 {"item":[{"id":"{root}","path":"/"}]}`},
		{`DELETE /restapis/{id}`, `202 null`},
		{`GET /restapis/{id}`, `404 NotFoundException: Invalid API identifier specified 123456789012:{id}`},
		{`DELETE /restapis/{id}`, `404 NotFoundException: Invalid API identifier specified 123456789012:{id}`},
		{`GET /restapis/{id}/resources/{root}`, `404 NotFoundException: Invalid Resource identifier specified`},
	})
}
