package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// apiDocument is the API that is measured; {backend} is replaced.
const apiDocument = `
openapi: 3.0.1
info: {title: bench, version: "1"}
components:
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
    pool:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: cognito_user_pools
      x-amazon-apigateway-authorizer: {type: cognito_user_pools, providerARNs: ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_bench"]}
paths:
  /p16: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://{backend}/p16"}}}
  /p1k: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://{backend}/p1k"}}}
  /p100k: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://{backend}/p100k"}}}
  /mock:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"id": 7, "name": "Rex", "tags": [#foreach($t in ["a", "b"])"$t"#if($foreach.hasNext), #end#end]}'}}}
  /http:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: POST
        uri: http://{backend}/p1k
        requestTemplates: {application/json: '{"caller": "$context.identity.sourceIp", "query": "$input.params("q")"}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '#set($p = $input.path("$")){"name": "$p.name", "tags": [#foreach($t in $p.tags)"$t"#if($foreach.hasNext), #end#end], "note": $input.json("$.note")}'}}}
  /function:
    get: {x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}}
  /cached:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "http://{backend}/p1k", responses: {default: {statusCode: "200"}}}
  /token:
    get: {security: [{pool: []}], x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://{backend}/p1k"}}
  /key:
    get: {security: [{key: []}], x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://{backend}/p1k"}}
`

// sluiceConfig takes the quotas away that would be in the way, and says who signs the tokens.
const sluiceConfig = `
limits: {resources-per-api: none, document-bytes: none}
cognito: {us-east-1_bench: "http://%s"}
`

// apiKey is the value of the API key.
const apiKey = "bench-key-0123456789abcdef"

// startSluice builds the program, starts it and deploys the APIs.
func startSluice(ctx context.Context, f *rig.Fleet, r *results, backend string, signer *rsa.PrivateKey) (*target, error) {
	if err := f.Build(ctx); err != nil {
		return nil, err
	}
	config, err := writeConfig(f, "sluice.yaml", fmt.Sprintf(sluiceConfig, backend))
	if err != nil {
		return nil, err
	}
	s, err := f.StartSluice(ctx, rig.Options{
		Env:       []string{"AWS_ENDPOINT_URL=http://" + backend, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret"},
		Arguments: []string{"--config", config},
	})
	if err != nil {
		return nil, err
	}
	api, err := s.ImportAndDeploy(ctx, strings.ReplaceAll(apiDocument, "{backend}", backend), `"cacheClusterEnabled": true, "cacheClusterSize": "0.5"`)
	if err != nil {
		return nil, err
	}
	if err := setUp(ctx, s, api); err != nil {
		return nil, err
	}
	t := &target{name: "Sluice", address: s.Gateway, processes: []int{s.Process}, calls: make(map[string]call), sluice: s}
	for name, path := range map[string]string{proxy16: "p16", proxy1K: "p1k", proxy100K: "p100k", mock: "mock", http: "http?q=1", function: "function", cached: "cached", token: "token", key: "key"} {
		t.calls[name] = call{path: "/v1/" + path, host: rig.Host(api)}
	}
	t.calls[token] = call{path: "/v1/token", host: rig.Host(api), headers: "Authorization: " + newToken(signer, "http://"+backend) + "\r\n"}
	t.calls[key] = call{path: "/v1/key", host: rig.Host(api), headers: "x-api-key: " + apiKey + "\r\n"}
	for name, n := range map[string]int{resources0: 10, resources1: 1000, resources2: 10_000} {
		if t.calls[name], err = deployResources(ctx, s, backend, n); err != nil {
			return nil, err
		}
	}
	r.checkCalls(ctx, t)
	return t, nil
}

// setUp caches one method, makes throttles that refuse nobody, and the key and its plan.
func setUp(ctx context.Context, s *rig.Sluice, api string) error {
	const caching = `{"patchOperations": [{"op": "replace", "path": "/*/*/caching/enabled", "value": "false"},
		{"op": "replace", "path": "/~1cached/GET/caching/enabled", "value": "true"}, {"op": "replace", "path": "/~1cached/GET/caching/ttlInSeconds", "value": "3600"},
		{"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "100000000"}, {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "100000000"},
		{"op": "replace", "path": "/~1cached/GET/throttling/rateLimit", "value": "100000000"}, {"op": "replace", "path": "/~1cached/GET/throttling/burstLimit", "value": "100000000"}]}`
	if err := s.Call(ctx, "PATCH", "/restapis/"+api+"/stages/v1", caching, nil); err != nil {
		return err
	}
	var made, plan struct{ ID string }
	if err := s.Call(ctx, "POST", "/apikeys", `{"name": "bench", "enabled": true, "value": "`+apiKey+`"}`, &made); err != nil {
		return err
	}
	const limits = `"throttle": {"rateLimit": 10000000, "burstLimit": 10000000}, "quota": {"limit": 2000000000, "period": "MONTH"}`
	if err := s.Call(ctx, "POST", "/usageplans", `{"name": "bench", "apiStages": [{"apiId": "`+api+`", "stage": "v1"}], `+limits+`}`, &plan); err != nil {
		return err
	}
	return s.Call(ctx, "POST", "/usageplans/"+plan.ID+"/keys", `{"keyId": "`+made.ID+`", "keyType": "API_KEY"}`, nil)
}

// newToken makes a token of the user pool that is good for a day.
func newToken(signer *rsa.PrivateKey, issuer string) string {
	now := time.Now().Unix()
	part := func(v map[string]any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(map[string]any{"alg": "RS256", "kid": "bench"}) + "." +
		part(map[string]any{"iss": issuer, "sub": "user-1", "token_use": "id", "aud": "client-1", "iat": now, "exp": now + 86_400})
	sum := sha256.Sum256([]byte(signed))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, signer, crypto.SHA256, sum[:]) // it fails for keys that are too short
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// deployResources deploys an API with that many resources in groups of a hundred, and returns the call of one in the middle.
func deployResources(ctx context.Context, s *rig.Sluice, backend string, n int) (call, error) {
	api, err := s.ImportAndDeploy(ctx, resourcesDocument(backend, n), "")
	if err != nil {
		return call{}, fmt.Errorf("deploy %d resources: %w", n, err)
	}
	return call{path: "/v1" + resourcePath(n/2), host: rig.Host(api)}, nil
}

// resourcePath returns the path of a resource of resourcesDocument.
func resourcePath(i int) string { return fmt.Sprintf("/group%d/item%d", i/100, i%100) }

// resourcesDocument returns an API of HTTP_PROXY integrations.
func resourcesDocument(backend string, n int) string {
	var b strings.Builder
	b.WriteString(`{"openapi": "3.0.1", "info": {"title": "resources", "version": "1"}, "paths": {`)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `%q: {"get": {"x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": "http://%s/p1k"}}}`, resourcePath(i), backend)
	}
	b.WriteString("}}")
	return b.String()
}
