package lambda_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/integration/lambda"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// sample returns an event in which nothing is empty but what a request does not have.
func sample() *lambda.Event {
	return &lambda.Event{
		Resource: "/{proxy+}", Path: "/pets/7", Method: "POST", OperationName: "getPet",
		Headers: []mapping.Param{
			{Name: "Host", Value: "api1.execute-api.localhost"}, {Name: "X-A", Value: "1"}, {Name: "x-a", Value: "2"}, {Name: "X-A", Value: `3"`},
		},
		Query:          []mapping.Param{{Name: "a", Value: "1"}, {Name: "b", Value: "x+y z"}, {Name: "a", Value: "2"}},
		PathParameters: []mapping.Param{{Name: "proxy", Value: "pets/7"}},
		StageVariables: []mapping.Param{{Name: "env", Value: "test"}},
		Context: &mapping.Context{
			AccountID: "111122223333", APIID: "api1", DeploymentID: "dep1", DomainName: "api1.execute-api.localhost", DomainPrefix: "api1",
			ExtendedRequestID: "AwAAAAAAAAAEAAA=", HTTPMethod: "POST", Path: "/v1/pets/7", Protocol: "HTTP/1.1", RequestID: "r-1",
			RequestTime: time.Date(2026, 11, 22, 10, 45, 58, 7e6, time.UTC), ResourceID: "res1", ResourcePath: "/{proxy+}", Stage: "v1",
			Identity: mapping.Identity{SourceIP: "192.0.2.7", UserAgent: "curl/8", APIKey: "key", APIKeyID: "id"},
		},
		Body: []byte("a\n\"b\"\u2028\x01"),
	}
}

const sampleText = `{"resource":"/{proxy+}","path":"/pets/7","httpMethod":"POST",` +
	`"headers":{"Host":"api1.execute-api.localhost","X-A":"3\"","x-a":"2"},` +
	`"multiValueHeaders":{"Host":["api1.execute-api.localhost"],"X-A":["1","3\""],"x-a":["2"]},` +
	`"queryStringParameters":{"a":"2","b":"x+y z"},"multiValueQueryStringParameters":{"a":["1","2"],"b":["x+y z"]},` +
	`"pathParameters":{"proxy":"pets/7"},"stageVariables":{"env":"test"},` +
	`"requestContext":{"resourceId":"res1","resourcePath":"/{proxy+}","httpMethod":"POST","extendedRequestId":"AwAAAAAAAAAEAAA=",` +
	`"requestTime":"22/Nov/2026:10:45:58 +0000","path":"/v1/pets/7","accountId":"111122223333","protocol":"HTTP/1.1","stage":"v1",` +
	`"domainPrefix":"api1","requestTimeEpoch":1795344358007,"requestId":"r-1",` +
	`"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"192.0.2.7","principalOrgId":null,` +
	`"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"curl/8","user":null,` +
	`"apiKey":"key","apiKeyId":"id"},"domainName":"api1.execute-api.localhost","deploymentId":"dep1","apiId":"api1","operationName":"getPet"},` +
	`"body":"a\n\"b\"` + "\u2028" + `\u0001","isBase64Encoded":false}`

func TestEvent(t *testing.T) {
	if diff := cmp.Diff(sampleText, string(sample().Append(nil))); diff != "" {
		t.Errorf("event differs (-want +got):\n%s", diff)
	}
}

func TestEventValues(t *testing.T) {
	tests := []struct {
		name, member string
		edit         func(*lambda.Event)
		want         string
	}{
		{"no headers", "headers", func(e *lambda.Event) { e.Headers = nil }, "null"},
		{"no headers, all values", "multiValueHeaders", func(e *lambda.Event) { e.Headers = nil }, "null"},
		{"no query", "queryStringParameters", func(e *lambda.Event) { e.Query = nil }, "null"},
		{"no query, all values", "multiValueQueryStringParameters", func(e *lambda.Event) { e.Query = nil }, "null"},
		{"no path parameters", "pathParameters", func(e *lambda.Event) { e.PathParameters = nil }, "null"},
		{"no stage variables", "stageVariables", func(e *lambda.Event) { e.StageVariables = nil }, "null"},
		{"no body", "body", func(e *lambda.Event) { e.Body = nil }, "null"},
		{"bytes", "body", func(e *lambda.Event) { e.Body, e.Base64 = []byte{0, 0xff}, true }, `"AP8="`},
		{"bytes, flag", "isBase64Encoded", func(e *lambda.Event) { e.Base64 = true }, "true"},
		{"no bytes, flag", "isBase64Encoded", func(e *lambda.Event) { e.Body, e.Base64 = nil, true }, "false"},
		{"canary", "requestContext.isCanaryRequest", func(e *lambda.Event) { e.Context.IsCanaryRequest = "true" }, "true"},
		{"no canary", "requestContext.isCanaryRequest", func(*lambda.Event) {}, "null"}, // which here stands for absent
		{"header that is not UTF-8", "headers", func(e *lambda.Event) { e.Headers = []mapping.Param{{Name: "X", Value: "a\xffb"}} }, `{"X":"a` + "\uFFFD" + `b"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := sample()
			tt.edit(e)
			doc, err := jsonvalue.Parse(e.Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			member := doc
			for name := range strings.SplitSeq(tt.member, ".") {
				member = member.Get(name)
			}
			if got := member.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// Many parameters take another way than few; both say the same.
func TestEventManyParameters(t *testing.T) {
	var few, many []mapping.Param
	for i := range 100 {
		p := mapping.Param{Name: fmt.Sprint("n", i%30), Value: fmt.Sprint(i)}
		many = append(many, p)
		if i < 40 {
			few = append(few, p)
		}
	}
	for _, list := range [][]mapping.Param{few, many} {
		e := sample()
		e.Query = list
		var got struct {
			Single   map[string]string   `json:"queryStringParameters"`
			Multiple map[string][]string `json:"multiValueQueryStringParameters"`
		}
		if err := json.Unmarshal(e.Append(nil), &got); err != nil {
			t.Fatal(err)
		}
		single, multiple := map[string]string{}, map[string][]string{}
		for _, p := range list {
			single[p.Name] = p.Value
			multiple[p.Name] = append(multiple[p.Name], p.Value)
		}
		if diff := cmp.Diff(single, got.Single); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(multiple, got.Multiple); diff != "" {
			t.Error(diff)
		}
	}
}

// The official types take the event in without loss: what they write is the event again, but for the
// members that they do not know, which the service sends all the same, and for what they leave out.
func TestEventFitsOfficialTypes(t *testing.T) {
	for name, edit := range map[string]func(*lambda.Event){
		"text":  func(*lambda.Event) {},
		"bytes": func(e *lambda.Event) { e.Base64 = true },
		"Lambda authorizer": func(e *lambda.Event) {
			e.Context.Authorizer, _ = jsonvalue.ParseString(`{"principalId":"u","integrationLatency":7}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := sample()
			edit(e)
			text := e.Append(nil)
			var event events.APIGatewayProxyRequest
			if err := json.Unmarshal(text, &event); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(event)
			if err != nil {
				t.Fatal(err)
			}
			var want, got map[string]any
			if json.Unmarshal(text, &want) != nil || json.Unmarshal(again, &got) != nil {
				t.Fatal("not JSON")
			}
			context := want["requestContext"].(map[string]any)
			delete(context, "deploymentId")
			identity := context["identity"].(map[string]any)
			delete(identity, "principalOrgId")
			for name, value := range identity {
				if value == nil {
					delete(identity, name) // the types leave it out
				}
			}
			got["isBase64Encoded"] = event.IsBase64Encoded
			if gotContext := got["requestContext"].(map[string]any); context["authorizer"] == nil && gotContext["authorizer"] == nil {
				delete(gotContext, "authorizer")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("event differs (-ours +theirs):\n%s", diff)
			}
		})
	}
}

// unofficial are members that the service sends and the official types do not know.
//
// Observed: conformance/lambda_event.txtar.
var unofficial = []string{`"deploymentId":"dep1",`, `"principalOrgId":null,`}

// A handler that refuses members it does not know takes the event in, but for those that are unofficial.
func TestEventDecodesStrictly(t *testing.T) {
	decode := func(text string) error {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		return decoder.Decode(new(events.APIGatewayProxyRequest))
	}
	known := string(sample().Append(nil))
	for _, member := range unofficial {
		if without := strings.Replace(known, member, "", 1); without != known {
			known = without
		} else {
			t.Errorf("the event has no %s", member)
		}
		if decode(strings.Replace(sampleText, member, "", 1)) == nil {
			t.Errorf("without %s nothing is unknown: the official types have learned the others", member)
		}
	}
	if err := decode(known); err != nil {
		t.Error(err)
	}
}

// Every member of the official types is in the event.
func TestEventIsComplete(t *testing.T) {
	e := sample()
	e.Context.Authorizer, _ = jsonvalue.ParseString(`{}`)
	doc, err := jsonvalue.Parse(e.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	var check func(path string, v jsonvalue.Value, of reflect.Type)
	check = func(path string, v jsonvalue.Value, of reflect.Type) {
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			member := v.Get(name)
			if !member.Exists() && name != "clientCert" { // which only clients with a certificate have
				t.Errorf("the event has no %s.%s", path, name)
			}
			if of.Field(i).Type.Kind() == reflect.Struct {
				check(path+"."+name, member, of.Field(i).Type)
			}
		}
	}
	check("event", doc, reflect.TypeFor[events.APIGatewayProxyRequest]())
}

func TestEventIsJSON(t *testing.T) {
	e := sample()
	e.Path = string([]byte{'/', 0xff, 0x1f, '"', '\\', 0x7f})
	var every []byte
	for c := range 128 {
		every = append(every, byte(c))
	}
	e.Body = every
	var event events.APIGatewayProxyRequest
	if err := json.Unmarshal(e.Append(nil), &event); err != nil || event.Body != string(every) {
		t.Errorf("got %q, %v", event.Body, err)
	}
}

func BenchmarkEvent(b *testing.B) {
	e, dst := sample(), make([]byte, 0, 8<<10)
	e.Body = bytes.Repeat([]byte("0123456789abcde\n"), 64)
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Append(dst[:0])
	}
}

func TestEventDoesNotAllocate(t *testing.T) {
	e, dst := sample(), make([]byte, 0, 8<<10)
	if n := testing.AllocsPerRun(100, func() { e.Append(dst) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
