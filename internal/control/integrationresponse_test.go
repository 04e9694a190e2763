package control

import (
	"strings"
	"testing"
)

func TestIntegrationResponse(t *testing.T) {
	s := newTestServer(t)
	v := s.testMethod()
	s.run(v, []exchange{
		{`PUT {integration} {"type":"MOCK"}`, "201 {..."},
		{`PUT {response} {}`, `201 {"statusCode":"200"}`},
		{`PUT {response} {"selectionPattern":"","responseTemplates":{},"responseParameters":{}}`,
			`201 {"statusCode":"200","selectionPattern":"","responseTemplates":{},"responseParameters":{}}`},
		{`PUT {response} {"responseTemplates":{"application/json":null,"text/plain":"","a/b":"x"}}`,
			`201 {"statusCode":"200","responseTemplates":{"application/json":null,"text/plain":null,"a/b":"x"}}`},
		{`GET {response}`, `200 {"statusCode":"200","responseTemplates":{"application/json":null,"text/plain":null,"a/b":"x"}}`},
		{`PUT {response} {"selectionPattern":"5\\d{2}|(?<!x)y","contentHandling":"CONVERT_TO_TEXT","responseParameters":{"method.response.header.X":"integration.response.body.a"}}`,
			`201 {"statusCode":"200","selectionPattern":"5\\d{2}|(?<!x)y","contentHandling":"CONVERT_TO_TEXT","responseParameters":{"method.response.header.X":"integration.response.body.a"}}`},
		{`GET {integration}`, `200 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"{pets}","cacheKeyParameters":[],"integrationResponses":{
			"200":{"statusCode":"200","selectionPattern":"5\\d{2}|(?<!x)y","contentHandling":"CONVERT_TO_TEXT","responseParameters":{"method.response.header.X":"integration.response.body.a"}}}}`},
		// Without parameters the method response need not exist.
		{`PUT {integration}/responses/404 {"responseTemplates":{"a/b":"x"}}`, `201 {"statusCode":"404","responseTemplates":{"a/b":"x"}}`},
		{`DELETE {integration}/responses/404`, "204 null"},
		{`DELETE {response}`, "204 null"},
		{`GET {integration}`, `200 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"{pets}","cacheKeyParameters":[]}`},
	})
	for _, source := range []string{
		"integration.response.header.X", "integration.response.multivalueheader.X", "integration.response.body", "integration.response.body.a.b",
		"context.requestId", "stageVariables.v", "'static'", "''",
	} {
		s.run(v, []exchange{{`PUT {response} {"responseParameters":{"method.response.header.X":"` + source + `"}}`, "201 {..."}})
	}
}

func TestIntegrationResponseErrors(t *testing.T) {
	const framed = "400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : "
	s := newTestServer(t)
	v := s.testMethod()
	s.run(v, []exchange{
		{`PUT {integration}/responses/wrong {}`,
			`400 ValidationException: 1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d`},
		{`PUT {response} {}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`GET {response}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`PATCH {response} {}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`DELETE {response}`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`DELETE /restapis/{api}/resources/{pets}/methods/POST/integration/responses/200`, "404 NotFoundException: Invalid Integration identifier specified"},
		{`PUT /restapis/{api}/resources/{pets}/methods/POST/integration/responses/200 {}`, "404 NotFoundException: Invalid Method identifier specified"},
		{`PUT /restapis/{api}/resources/gone/methods/POST/integration/responses/200 {}`, "404 NotFoundException: Invalid Resource identifier specified"},
		{`PUT /restapis/gone/resources/{pets}/methods/POST/integration/responses/200 {}`, "404 NotFoundException: Invalid Resource identifier specified"},
		{`PUT {integration} {"type":"MOCK"}`, "201 {..."},
		{`GET {response}`, "404 NotFoundException: Invalid Response status code specified"},
		{`PATCH {response} {}`, "404 NotFoundException: Invalid Response status code specified"},
		{`DELETE {response}`, "404 NotFoundException: Invalid Response status code specified"},
		{`PUT {integration}/responses/404 {"responseParameters":{"method.response.header.X":"'x'"}}`, framed + "[No method response exists for method.]"},
		{`PUT {response} {"responseParameters":{"method.response.header.Y":"'x'"}}`, framed + "[Invalid mapping expression parameter specified: method.response.header.Y]"},
		{`PUT {response} {"responseParameters":{"wrong":"'x'"}}`, framed + "[Invalid mapping expression specified: wrong]"},
		{`PUT {response} {"responseParameters":{"method.response.header.X":"a,b"}}`, framed + "[Invalid mapping expression specified: a,b]"},
		{`PUT {response} {"responseParameters":{"method.response.header.X":"method.request.header.h"}}`, framed + "[Invalid mapping expression specified: method.request.header.h]"},
		{`PUT {response} {"responseTemplates":{"123":"x"}}`, "400 BadRequestException: Validation Result: warnings : [], errors : [Invalid content type specified: 123]"},
		{`PUT {response} {"responseTemplates":{"application/json":123}}`,
			"400 SerializationException: class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"},
		{`PUT {response} {"contentHandling":"x"}`, "400 ValidationException: 1 validation error detected: Value 'x' at 'putIntegrationResponseInput.contentHandling' " +
			"failed to satisfy constraint: Member must satisfy enum value set: [CONVERT_TO_BINARY, CONVERT_TO_TEXT]"},
		{`PUT {response} {"selectionPattern":"("}`, "400 BadRequestException: Invalid regex pattern specified"},
		{`PUT {response} {"selectionPattern":"(?P<go>x)"}`, "400 BadRequestException: Invalid regex pattern specified"},
		{`PUT {response} {"selectionPattern":"\\p{Alpha}+\\h(?=x)[a-z&&[^b]]"}`, "201 {..."},
		{`PUT {response} {"selectionPattern":"5.."}`, "201 {..."},
		{`PUT {integration}/responses/500 {"selectionPattern":"5.."}`, "409 ConflictException: Integration response with selection pattern 5.. already exists"},
		{`PUT {integration}/responses/500 {}`, "201 {..."},
		{`PUT {integration}/responses/501 {"selectionPattern":""}`, "409 ConflictException: Integration response with selection pattern default already exists"},
		{`PUT {integration}/responses/500 {}`, "201 {..."},
	})
}

func TestUpdateIntegrationResponse(t *testing.T) {
	patched := func(ops ...string) string {
		return `PATCH {response} {"patchOperations":[` + strings.Join(ops, ",") + `]}`
	}
	s := newTestServer(t)
	v := s.testMethod()
	s.run(v, []exchange{
		{`PUT {integration} {"type":"MOCK"}`, "201 {..."},
		{`PUT {response} {}`, "201 {..."},
		{`PUT {integration}/responses/500 {"selectionPattern":"x"}`, "201 {..."},
		{`PATCH {response} {}`, `200 {"statusCode":"200"}`},
		{patched(`{"op":"replace","path":"/selectionPattern","value":"2.."}`, `{"op":"replace","path":"/contentHandling","value":"CONVERT_TO_BINARY"}`,
			`{"op":"add","path":"/responseParameters/method.response.header.X","value":"'x'"}`, `{"op":"replace","path":"/responseTemplates/application~1json","value":"t"}`),
			`200 {"statusCode":"200","selectionPattern":"2..","contentHandling":"CONVERT_TO_BINARY","responseParameters":{"method.response.header.X":"'x'"},"responseTemplates":{"application/json":"t"}}`},
		{patched(`{"op":"replace","path":"/selectionPattern","value":""}`, `{"op":"replace","path":"/contentHandling","value":""}`,
			`{"op":"remove","path":"/responseParameters/method.response.header.X"}`, `{"op":"remove","path":"/responseTemplates/application~1json"}`),
			`200 {"statusCode":"200","selectionPattern":""}`},
		{patched(`{"op":"replace","path":"/selectionPattern","value":"x"}`), "409 ConflictException: Integration response with selection pattern x already exists"},
		{patched(`{"op":"replace","path":"/selectionPattern","value":"["}`), "400 BadRequestException: Invalid regex pattern specified"},
		{patched(`{"op":"add","path":"/responseParameters/method.response.header.Y","value":"'x'"}`),
			"400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.Y]"},
		{patched(`{"op":"replace","path":"/statusCode","value":"201"}`), "400 BadRequestException: Invalid patch path /statusCode"},
		{patched(`{"op":"add","path":"/selectionPattern","value":"x"}`), "400 BadRequestException: Invalid patch operation specified. Must be one of: [replace]"},
		{`GET {response}`, `200 {"statusCode":"200","selectionPattern":""}`},
	})
}
