package gwtest

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/internal/server"
)

// The matrix of admission: each way of authorization, with each answer of it, under each resource policy, on methods
// that require an API key and on those that do not. The documented outcome of each cell is computed from the tables
// of the documentation, as they stand there, and compared with what a client gets.
//
// AWS: How API Gateway resource policies affect authorization workflow.

// answers of those who are asked: the caller's or the authorizer's policy, or the resource policy.
const (
	allows = "allow"
	denies = "deny"
	silent = "silent"
	absent = "none" // there is no resource policy
)

// tableA is for callers of the API's own account, and for authorizers: identity's policy, resource policy.
var tableA = map[[2]string]bool{
	{allows, allows}: true, {allows, silent}: true, {allows, denies}: false,
	{silent, allows}: true, {silent, silent}: false, {silent, denies}: false,
	{denies, allows}: false, {denies, silent}: false, {denies, denies}: false,
	{allows, absent}: true, {silent, absent}: false, {denies, absent}: false,
}

// admitted is the documented outcome: whether the policies let a request pass.
func admitted(authorization, identity, resource string) bool {
	switch authorization {
	case "none", "cognito": // the resource policy alone counts, if there is one
		return resource == absent || resource == allows
	}
	return tableA[[2]string{identity, resource}]
}

// matrixDocument is an API with a method for each authorization, with and without an API key, under a resource
// policy.
func matrixDocument(resource string, values map[string]string) (string, error) {
	document := map[string]any{"openapi": "3.0.1", "info": map[string]any{"title": "matrix " + resource, "version": "1"}}
	statement := map[string]any{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
	switch resource {
	case denies:
		statement["Effect"] = "Deny"
	case silent:
		statement["Resource"] = "execute-api:/*/GET/elsewhere"
	}
	if resource != absent {
		document["x-amazon-apigateway-policy"] = map[string]any{"Version": "2012-10-17", "Statement": []any{statement}}
	}
	authorizer := func(kind, source string) map[string]any {
		return map[string]any{
			"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
			"x-amazon-apigateway-authorizer": map[string]any{
				"type": kind, "authorizerUri": functionURI(values, "2015-03-31", "matrix", "invocations"),
				"identitySource": source, "authorizerResultTtlInSeconds": 0,
			},
		}
	}
	document["components"] = map[string]any{"securitySchemes": map[string]any{
		"iam":     map[string]any{"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
		"token":   authorizer("token", "method.request.header.Authorization"),
		"request": authorizer("request", "method.request.header.Authorization"),
		"cognito": map[string]any{
			"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
			"x-amazon-apigateway-authorizer": map[string]any{
				"type": "cognito_user_pools", "providerARNs": []string{"arn:aws:cognito-idp:us-east-1:" + values["account"] + ":userpool/us-east-1_fixture"},
			},
		},
		"key": map[string]any{"type": "apiKey", "name": "x-api-key", "in": "header"},
	}}
	paths := map[string]any{}
	for _, authorization := range []string{"none", "iam", "token", "request", "cognito"} {
		for _, key := range []string{"open", "keyed"} {
			security := map[string]any{}
			if authorization != "none" {
				security[authorization] = []string{}
			}
			if key == "keyed" {
				security["key"] = []string{}
			}
			method := map[string]any{
				"responses": map[string]any{"200": map[string]any{"description": "ok"}},
				"x-amazon-apigateway-integration": map[string]any{
					"type": "mock", "requestTemplates": map[string]string{"application/json": `{"statusCode": 200}`},
					"responses": map[string]any{"default": map[string]any{"statusCode": "200"}},
				},
			}
			if len(security) > 0 {
				method["security"] = []any{security}
			}
			paths["/"+authorization+"/"+key] = map[string]any{"get": method}
		}
	}
	document["paths"] = paths
	text, err := json.Marshal(document)
	return string(text), err
}

// matrixAuthorizer is a function that makes the policy that the token names.
func matrixAuthorizer(inv *Invocation, _ io.Writer) ([]byte, error) {
	var event struct {
		Token   string            `json:"authorizationToken"`
		Headers map[string]string `json:"headers"`
		ARN     string            `json:"methodArn"`
	}
	if err := json.Unmarshal(inv.Event, &event); err != nil {
		return nil, err
	}
	effect, resource := "Allow", event.ARN
	switch event.Token + event.Headers["Authorization"] {
	case denies:
		effect = "Deny"
	case silent:
		resource = "arn:aws:execute-api:*:*:other/*"
	}
	return json.Marshal(map[string]any{"principalId": "user", "policyDocument": map[string]any{
		"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}},
	}})
}

// matrix is the state of the test.
type matrix struct {
	server *Server
	pool   *Pool
	values map[string]string
}

// get calls a method and returns the status and the type of the error.
func (m *matrix) get(path, headers string) (string, error) {
	wire, method, err := clientRequest("GET /v1"+path+"\n"+headers, m.values)
	if err != nil {
		return "", err
	}
	got, err := send(m.server.GatewayAddr, wire, method)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(strconv.Itoa(got.status) + " " + got.headers.Get("x-amzn-ErrorType")), nil
}

// credentials returns the header with which a caller gets an answer of the policy that speaks for him.
func (m *matrix) credentials(authorization, identity string) (string, error) {
	switch authorization {
	case "none":
		return "", nil
	case "iam":
		return "Sign-With: " + map[string]string{allows: "ann", denies: "eve", silent: "bob"}[identity] + "\n", nil
	case "cognito":
		token, err := m.pool.Token("id")
		return "Authorization: " + token + "\n", err
	}
	return "Authorization: " + identity + "\n", nil
}

func TestAdmissionMatrix(t *testing.T) {
	functions, pool := newFixtureFunctions(t), NewPool(t)
	functions.lambda.Function("matrix", matrixAuthorizer)
	s := Start(t, Config{Change: func(c *server.Config) {
		functions.configure(c)
		c.UserPools, c.Principals = userPools(pool.URL), principalList(c.AccountID)
	}})
	const key = "matrix-key-0123456789-0123456789"
	for _, resource := range []string{absent, allows, denies, silent} {
		m := &matrix{server: s, pool: pool, values: map[string]string{"account": s.AccountID, "region": s.Region}}
		document, err := matrixDocument(resource, m.values)
		if err != nil {
			t.Fatal(err)
		}
		if m.values["api"], err = s.Deploy(document, "v1", ""); err != nil {
			t.Fatal(err)
		}
		if err := addKey(s, m.values["api"], key+resource); err != nil {
			t.Fatal(err)
		}
		for _, authorization := range []string{"none", "iam", "token", "request", "cognito"} {
			identities := []string{allows}
			if authorization != "none" && authorization != "cognito" {
				identities = []string{allows, denies, silent}
			}
			for _, identity := range identities {
				m.check(t, authorization, identity, resource, key+resource)
			}
		}
	}
}

// check tries the methods of a cell: with credentials and with a key, without the key, and without credentials.
func (m *matrix) check(t *testing.T, authorization, identity, resource, key string) {
	t.Helper()
	credentials, err := m.credentials(authorization, identity)
	if err != nil {
		t.Fatal(err)
	}
	const ok, denied, forbidden = "200", "403 AccessDeniedException", "403 ForbiddenException"
	passes := admitted(authorization, identity, resource)
	want := func(passed string) string {
		if !passes {
			return denied
		}
		return passed
	}
	stranger := want(ok) // without credentials
	switch authorization {
	case "iam":
		stranger = "403 MissingAuthenticationTokenException"
	case "cognito":
		stranger = "401 UnauthorizedException"
	case "token":
		stranger = "401 UnauthorizedException"
		if resource == denies { // before the authorizer is asked
			stranger = denied
		}
	case "request": // without caching its function is called whatever is missing; then it allows
		stranger = ok
		if resource == denies {
			stranger = denied
		}
	}
	keyHeader := "x-api-key: " + key + "\n"
	path := "/" + authorization
	for _, tt := range []struct{ name, path, headers, want string }{
		{"no key required", path + "/open", credentials, want(ok)},
		{"with the key", path + "/keyed", credentials + keyHeader, want(ok)},
		{"without the key", path + "/keyed", credentials, want(forbidden)},
		{"with another key", path + "/keyed", credentials + "x-api-key: " + key + "x\n", want(forbidden)},
		{"without credentials", path + "/open", "", stranger},
		{"without credentials, with the key", path + "/keyed", keyHeader, stranger},
	} {
		got, err := m.get(tt.path, tt.headers)
		if name := fmt.Sprintf("%s says %s, resource policy %s, %s", authorization, identity, resource, tt.name); err != nil || !strings.HasPrefix(got+" ", tt.want+" ") {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, tt.want)
		}
	}
}

// addKey makes an API key for the stage v1 of an API.
func addKey(s *Server, api, value string) error {
	key, err := s.Control("POST", "/apikeys", fmt.Appendf(nil, `{"name": %q, "enabled": true, "value": %q}`, value, value))
	if err != nil {
		return err
	}
	plan, err := s.Control("POST", "/usageplans", fmt.Appendf(nil, `{"name": %q, "apiStages": [{"apiId": %q, "stage": "v1"}]}`, value, api))
	if err != nil {
		return err
	}
	_, err = s.Control("POST", fmt.Sprintf("/usageplans/%s/keys", plan["id"]), fmt.Appendf(nil, `{"keyId": %q, "keyType": "API_KEY"}`, key["id"]))
	return err
}
