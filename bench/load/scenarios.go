package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// sizes are the lengths of the bodies that back ends fill.
var sizes = []int{16, 1 << 10, 16, 1 << 10, 100 << 10}

// cacheKeys is how many different responses are cached.
const cacheKeys = 64

// scenario is one kind of call.
type scenario struct {
	name   string
	verb   string
	path   string // %[1]s is the nonce, %[2]d the size, %[3]d the cache key
	status int
	sent   string // the request's body, likewise; "" for none
	want   string // the answer's body, likewise; "" for the nonce, or the key, repeated up to the size
	cached bool   // the answer is one of another request on purpose: it has the key instead of the nonce
}

const (
	nonceObject = `{"nonce": "%[1]s"}`
	filled      = ""
)

// scenarios are the five types of integrations, and what goes another way through the gateway: private integrations, streams,
// cached and refused requests.
var scenarios = []scenario{
	{name: "MOCK", verb: "GET", path: "/v1/mock?n=%[1]s", want: nonceObject},
	{name: "HTTP", verb: "POST", path: "/v1/http/%[1]s", sent: nonceObject, want: nonceObject},
	{name: "HTTP_PROXY", verb: "GET", path: "/v1/proxy/%[1]s?size=%[2]d", want: filled},
	{name: "HTTP_PROXY, POST", verb: "POST", path: "/v1/echo/%[1]s", sent: nonceObject, want: nonceObject},
	{name: "HTTP_PROXY, VPC link", verb: "GET", path: "/v1/link/%[1]s?size=%[2]d", want: filled},
	{name: "HTTP_PROXY, streamed", verb: "GET", path: "/v1/stream/%[1]s?size=%[2]d", want: filled},
	{name: "AWS_PROXY", verb: "POST", path: "/v1/function/%[1]s?size=%[2]d", sent: nonceObject, want: filled},
	{name: "AWS_PROXY, streamed", verb: "GET", path: "/v1/functionstream/%[1]s?size=%[2]d", want: filled},
	{name: "AWS, Lambda", verb: "POST", path: "/v1/custom/%[1]s", sent: nonceObject, want: nonceObject},
	{name: "AWS, service", verb: "GET", path: "/v1/table/%[1]s", want: nonceObject},
	{name: "HTTP, cached", verb: "GET", path: "/v1/cached/key%03[3]d?size=1024", cached: true, want: filled},
	{name: "refused by the validator", verb: "GET", path: "/v1/refused/%[1]s", status: 400, want: nonceObject},
}

// request appends the bytes of a request.
func (s *scenario) request(dst []byte, host, nonce string, size, call int) []byte {
	dst = fmt.Appendf(dst, "%s ", s.verb)
	dst = s.text(dst, s.path, nonce, size, call)
	dst = fmt.Appendf(dst, " HTTP/1.1\r\nHost: %s\r\nUser-Agent: load/1\r\nAccept: */*\r\nx-amzn-RequestId: %s\r\n", host, nonce)
	if s.sent == "" {
		return append(dst, "\r\n"...)
	}
	body := s.text(nil, s.sent, nonce, size, call)
	return fmt.Appendf(dst, "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// text appends a text with the values of a call. That it needs not all of them is no fault.
func (s *scenario) text(dst []byte, format, nonce string, size, call int) []byte {
	return fmt.Appendf(dst, format+"%[4]s", nonce, size, call%cacheKeys, "")
}

// body appends the body that the answer must have.
func (s *scenario) body(dst []byte, nonce string, size, call int) []byte {
	switch {
	case s.want != filled:
		return s.text(dst, s.want, nonce, size, call)
	case s.cached:
		return appendFilled(dst, fmt.Sprintf("key%03d", call%cacheKeys), 1024)
	}
	return appendFilled(dst, nonce, size)
}

// check says what is wrong with an answer.
func (s *scenario) check(a rig.Answer, nonce, body string) error {
	status := s.status
	if status == 0 {
		status = 200
	}
	own := a.Headers.Get("X-Nonce")
	switch {
	case a.Status != status:
		return fmt.Errorf("answer %d, want %d: %.300s", a.Status, status, a.Body)
	case a.Headers.Get("x-amzn-RequestId") != nonce:
		return fmt.Errorf("the request %s has the answer of %s", nonce, a.Headers.Get("x-amzn-RequestId"))
	case own != nonce && !s.cached:
		return fmt.Errorf("the request %s has an answer with the header X-Nonce: %s", nonce, own)
	case string(a.Body) != body:
		return fmt.Errorf("the request %s has the body %.100q of %d bytes, want %.100q of %d", nonce, a.Body, len(a.Body), body, len(body))
	}
	return nil
}

// appendFilled appends a text over and over, up to a length.
func appendFilled(dst []byte, text string, size int) []byte {
	end := len(dst) + size
	for len(dst) < end {
		dst = append(dst, text[:min(len(text), end-len(dst))]...)
	}
	return dst
}

// document is the API that is called; {backend} and {function} are replaced.
const document = `
openapi: 3.0.1
info: {title: load, version: "1"}
x-amazon-apigateway-request-validators: {parameters: {validateRequestBody: false, validateRequestParameters: true}}
x-amazon-apigateway-gateway-responses:
  BAD_REQUEST_PARAMETERS:
    responseParameters: {gatewayresponse.header.X-Nonce: context.requestId}
    responseTemplates: {application/json: '{"nonce": "$context.requestId"}'}
paths:
  /mock:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '#set($context.responseOverride.header.X-Nonce = $input.params("n")){"nonce": "$input.params("n")"}'}}}
  /http/{n}:
    post:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, headers: {X-Nonce: {schema: {type: string}}}}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: POST
        uri: http://{backend}/echo
        requestParameters: {integration.request.header.X-Nonce: method.request.path.n}
        requestTemplates: {application/json: '{"once": "$input.path("$.nonce")", "again": $input.json("$.nonce")}'}
        responses:
          default:
            statusCode: "200"
            responseParameters: {method.response.header.X-Nonce: integration.response.header.X-Nonce}
            responseTemplates: {application/json: '{"nonce": "$input.path("$.again")"}'}
  /proxy/{n}:
    get:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: GET, uri: "http://{backend}/fill/{n}", requestParameters: {integration.request.path.n: method.request.path.n}}
  /echo/{n}:
    post:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: POST, uri: "http://{backend}/echo", requestParameters: {integration.request.header.X-Nonce: method.request.path.n}}
  /link/{n}:
    get:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: GET, uri: "http://orders.internal/fill/{n}", requestParameters: {integration.request.path.n: method.request.path.n},
         connectionType: VPC_LINK, connectionId: "${stageVariables.link}"}
  /stream/{n}:
    get:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: GET, uri: "http://{backend}/stream/{n}", requestParameters: {integration.request.path.n: method.request.path.n}, responseTransferMode: STREAM}
  /function/{n}:
    post:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "{function}/invocations"}
  /functionstream/{n}:
    get:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "{streaming}/response-streaming-invocations", responseTransferMode: STREAM}
  /custom/{n}:
    post:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: "{function}/invocations"
        requestTemplates: {application/json: '{"custom": $input.json("$.nonce")}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '#set($n = $input.path("$.back"))#set($context.responseOverride.header.X-Nonce = $n){"nonce": "$n"}'}}}
  /table/{n}:
    get:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, headers: {X-Nonce: {schema: {type: string}}}}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: "arn:aws:apigateway:us-east-1:dynamodb:action/GetItem"
        requestTemplates: {application/json: '{"TableName": "t", "Key": {"n": {"S": "$input.params("n")"}}}'}
        responses:
          default:
            statusCode: "200"
            responseParameters: {method.response.header.X-Nonce: integration.response.body.Item.n.S}
            responseTemplates: {application/json: '{"nonce": "$input.path("$.Item.n.S")"}'}
  /cached/{k}:
    get:
      parameters: [{name: k, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: http://{backend}/fill/{k}?size=1024
        requestParameters: {integration.request.path.k: method.request.path.k}
        cacheKeyParameters: [method.request.path.k]
        responses: {default: {statusCode: "200"}}
  /refused/{n}:
    get:
      parameters: [{name: n, in: path, required: true, schema: {type: string}}, {name: need, in: query, required: true, schema: {type: string}}]
      x-amazon-apigateway-request-validator: parameters
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}
`

// The prefixes of the URIs of functions.
const (
	functionURI  = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f"
	streamingURI = "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:000000000000:function:f"
)

// stageSettings turns on what goes on beside the calls: logs, metrics, traces, and the cache for one method, whose
// responses live a second, so that there are misses as well as hits.
const stageSettings = `{"patchOperations": [
	{"op": "replace", "path": "/accessLogSettings/destinationArn", "value": "arn:aws:logs:us-east-1:000000000000:log-group:load"},
	{"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId $context.status $context.integration.latency $context.xrayTraceId"},
	{"op": "replace", "path": "/*/*/metrics/enabled", "value": "true"},
	{"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "100000000"}, {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "100000000"},
	{"op": "replace", "path": "/*/*/caching/enabled", "value": "false"},
	{"op": "replace", "path": "/~1cached~1{k}/GET/caching/enabled", "value": "true"},
	{"op": "replace", "path": "/~1cached~1{k}/GET/caching/ttlInSeconds", "value": "1"},
	{"op": "replace", "path": "/~1refused~1{n}/GET/logging/loglevel", "value": "INFO"},
	{"op": "replace", "path": "/~1refused~1{n}/GET/logging/dataTrace", "value": "true"}]}`

// deploy builds and starts the server and deploys the API.
func deploy(ctx context.Context, f *rig.Fleet, back *backends) (*rig.Sluice, string, error) {
	if err := f.Build(ctx); err != nil {
		return nil, "", err
	}
	config := filepath.Join(f.Dir, "sluice.yaml")
	if err := os.WriteFile(config, []byte("vpc_links: {orders: ["+back.http+"]}\n"), 0o600); err != nil {
		return nil, "", err
	}
	s, err := f.StartSluice(ctx, rig.Options{
		Env: []string{"AWS_ENDPOINT_URL=http://" + back.aws, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret"},
		Arguments: []string{
			"--config", config, "--logs", filepath.Join(f.Dir, "logs"), "--log-rotate-size", "8", "--log-rotate-keep", "2", "--xray-daemon", back.daemon,
		},
	})
	if err != nil {
		return nil, "", err
	}
	const role = `{"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::000000000000:role/logs"}]}`
	if err := s.Call(ctx, "PATCH", "/account", role, nil); err != nil {
		return nil, "", err
	}
	var link struct{ ID string }
	const arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/orders/1"
	if err := s.Call(ctx, "POST", "/vpclinks", `{"name": "orders", "targetArns": ["`+arn+`"]}`, &link); err != nil {
		return nil, "", err
	}
	text := strings.NewReplacer("{backend}", back.http, "{function}", functionURI, "{streaming}", streamingURI).Replace(document)
	api, err := s.ImportAndDeploy(ctx, text, fmt.Sprintf(`"variables": {"link": %q}, "tracingEnabled": true, "cacheClusterEnabled": true, "cacheClusterSize": "0.5"`, link.ID))
	if err != nil {
		return nil, "", err
	}
	return s, api, s.Call(ctx, "PATCH", "/restapis/"+api+"/stages/v1", stageSettings, nil)
}
