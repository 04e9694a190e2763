package permit_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/permit"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store"
)

// verdict is what a policy makes of a call.
type verdict struct {
	request string
	allowed bool
}

// check makes the calls as a user with the policies. Whether an operation that is allowed succeeds does not matter.
func (w *world) check(verdicts []verdict, policies ...string) {
	w.t.Helper()
	w.as(policies...)
	for _, v := range verdicts {
		status, body := w.call(v.request)
		if denied := status == http.StatusForbidden && strings.Contains(body, "not authorized to perform"); denied == v.allowed {
			w.t.Errorf("%s: got %d %s, want allowed %t", v.request, status, body, v.allowed)
		}
	}
	w.asRoot()
}

// TestResourceTags: the policies of the service's documentation that look at the tags of resources.
//
// AWS: Using tags to control access to API Gateway REST API resources.
func TestResourceTags(t *testing.T) {
	w := newWorld(t)
	production, development := w.api(`{"Environment": "prod"}`, `{}`), w.api(`{"Environment": "Development"}`, `{"Environment": "prod"}`)

	t.Log("Limit actions based on resource tags")
	w.check([]verdict{
		{"GET /restapis", true},
		{"GET /restapis/" + production, false},
		{"GET /restapis/" + production + "/stages/dev", false},
		{"POST /restapis/" + production + "/stages {}", false},
		{"DELETE /restapis/" + production + "/models/Error", false},
		{"GET /restapis/" + development, true},
		{"GET /restapis/" + development + "/stages", true},
		{"GET /restapis/" + development + "/stages/dev", false}, // its own tag goes before that of the API
		{"GET /restapis/" + development + "/stages/dev/exports/oas30", false},
		{"GET /restapis/" + development + "/stages/none", true},
		{"PUT /tags/arn:aws:apigateway:eu-west-1::/restapis/" + production + ` {"tags": {"a": "b"}}`, false},
		{"PUT /tags/arn:aws-cn:apigateway:eu-west-1:1:/restapis/" + production + ` {"tags": {"a": "b"}}`, false},
		{"PUT /tags/arn:aws:apigateway:eu-west-1::/restapis/" + development + ` {"tags": {"a": "b"}}`, true},
	}, `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "apigateway:*", "Resource": "*"},
		{"Effect": "Deny", "Action": ["apigateway:*"], "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/Environment": "prod"}}}]}`)

	t.Log("Allow actions based on resource tags")
	w.check([]verdict{
		{"GET /restapis/" + development, true},
		{"GET /restapis/" + production, false},
		{"GET /restapis", false},
		{"PUT /tags/arn:aws:apigateway:eu-west-1::/restapis/" + development + ` {"tags": {"other": "b"}}`, true},
		{"PUT /tags/arn:aws:apigateway:eu-west-1::/restapis/" + development + ` {"tags": {"Environment": "b"}}`, false},
		{"DELETE /tags/arn:aws:apigateway:eu-west-1::/restapis/" + development + "?tagKeys=other&tagKeys=Environment", false},
		{"DELETE /tags/arn:aws:apigateway:eu-west-1::/restapis/" + development + "?tagKeys=other", true},
		{"PUT /tags/arn:aws:apigateway:eu-west-1::/restapis/" + production + ` {"tags": {"other": "b"}}`, false},
	}, `{"Version": "2012-10-17", "Statement": [
		{"Sid": "ConditionallyAllow", "Effect": "Allow", "Action": ["apigateway:*"], "Resource": ["arn:aws:apigateway:*::*"],
			"Condition": {"StringEquals": {"aws:ResourceTag/Environment": "Development"}}},
		{"Sid": "AllowTagging", "Effect": "Allow", "Action": ["apigateway:*"], "Resource": ["arn:aws:apigateway:*::/tags/*"]},
		{"Sid": "DenyChangingTag", "Effect": "Deny", "Action": ["apigateway:*"], "Resource": ["arn:aws:apigateway:*::/tags/*"],
			"Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "Environment"}}}]}`)

	t.Log("Deny tagging operations")
	w.check([]verdict{
		{"GET /restapis/" + production, true},
		{"GET /tags/arn:aws:apigateway:eu-west-1::/restapis/" + production, false},
		{`POST /apikeys {"tags": {"a": "b"}}`, false},
		{`POST /apikeys {}`, true},
	}, allow("apigateway:*", "*"), deny("apigateway:*", "arn:aws:apigateway:*::/tags*"))
}

// TestTagsOfThings: the tags of each kind of thing count for it and what is below it.
func TestTagsOfThings(t *testing.T) {
	w := newWorld(t)
	key := w.asRoot().make(`POST /apikeys {"tags": {"team": "blue"}}`, "id")
	plan := w.make(`POST /usageplans {"name": "a", "tags": {"team": "blue"}}`, "id")
	certificate := w.make(`POST /clientcertificates {"tags": {"team": "blue"}}`, "clientCertificateId")
	link := w.make(`POST /vpclinks {"name": "a", "targetArns": ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/a/b"], "tags": {"team": "blue"}}`, "id")
	w.make(`POST /domainnames {"domainName": "a.example.com", "endpointConfiguration": {"types": ["REGIONAL"]}, "tags": {"team": "blue"}}`, "")
	w.check([]verdict{
		{"GET /apikeys/" + key, true}, {"GET /apikeys", false}, {"GET /apikeys/other", false},
		{"GET /usageplans/" + plan + "/keys", true}, {"GET /clientcertificates/" + certificate, true}, {"GET /vpclinks/" + link, true},
		{"GET /domainnames/A.example.com/basepathmappings", true}, {"GET /domainnames/b.example.com", false}, {"GET /account", false},
	}, statement("Allow", "*", "*", `{"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/none, 'blue'}"}}`))
}

// TestRequestTags: what conditions see of the tags of a call.
func TestRequestTags(t *testing.T) {
	w := newWorld(t)
	api := w.api(`{}`, `{}`)
	// AWS: Using tags to control access to API Gateway resources (example 2).
	w.check([]verdict{
		{"POST /restapis/" + api + `/stages {"stageName": "s1", "deploymentId": "d"}`, false},
		{"POST /restapis/" + api + `/stages {"stageName": "s1", "deploymentId": "d", "tags": {"stage": "alpha"}}`, false},
		{"POST /restapis/" + api + `/stages {"stageName": "s1", "deploymentId": "d", "tags": {"stage": "beta"}}`, true},
		{"POST /restapis/" + api + `/deployments {}`, true},
	}, allow("apigateway:*", "*"),
		statement("Deny", "apigateway:POST", "arn:aws:apigateway:*::/restapis/*/stages", `{"Null": {"aws:RequestTag/stage": "true"}}`),
		statement("Deny", "apigateway:POST", "arn:aws:apigateway:*::/restapis/*/stages", `{"ForAnyValue:StringNotEquals": {"aws:RequestTag/stage": ["beta", "gamma", "prod"]}}`))

	// A key that only differs in case is no way past.
	w.check([]verdict{
		{`POST /apikeys {"tags": {"cost": "a"}}`, true},
		{`POST /apikeys {"tags": {"cost": "a", "other": "a"}}`, false},
		{`POST /apikeys {"tags": {"cost": "a", "Cost": "b"}}`, false},
		{`POST /apikeys {}`, false},
	}, statement("Allow", "apigateway:*", "*", `{"ForAllValues:StringEquals": {"aws:TagKeys": ["cost"]}, "StringEquals": {"aws:RequestTag/cost": "a"}, "Null": {"aws:TagKeys": "false"}}`))
}

// TestRequestProperties: what conditions see of the input of operations.
//
// AWS: Amazon API Gateway identity-based policy examples.
func TestRequestProperties(t *testing.T) {
	w := newWorld(t)
	api := w.api(`{}`, `{}`)
	patch := func(path, value string) string {
		return `{"patchOperations": [{"op": "replace", "path": "` + path + `", "value": "` + value + `"}]}`
	}
	document := func(authorizer, security string) string {
		return `{"openapi": "3.0.1", "info": {"title": "doc"}, "servers": [{"url": "https://x", "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": true}}], "paths": {"/a": {"get": {` + security + `"responses": {}}}},
			"components": {"securitySchemes": {"s": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
			"x-amazon-apigateway-authorizer": {"type": "` + authorizer + `", "identitySource": "method.request.header.A", "authorizerUri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f/invocations"}}}}}`
	}
	tests := []struct {
		key, value string // what the only policy allows, if there is the key
		verdicts   []verdict
	}{
		{"ApiName", "good", []verdict{
			{`POST /restapis {"name": "good"}`, true}, {`POST /restapis {"name": "bad"}`, false}, {"PATCH /restapis/" + api + " " + patch("/name", "bad"), false},
			{"PATCH /restapis/" + api + " " + patch("/description", "bad"), true}, {"POST /restapis?mode=import " + document("token", ""), false},
		}},
		{"DisableExecuteApiEndpoint", "true", []verdict{
			{`POST /restapis {"name": "a", "disableExecuteApiEndpoint": true}`, true}, {`POST /restapis {"name": "a"}`, false},
			{"PATCH /restapis/" + api + " " + patch("/disableExecuteApiEndpoint", "false"), false}, {"POST /restapis?mode=import " + document("token", ""), true},
			{"PUT /restapis/" + api + " " + document("token", ""), true},
		}},
		{"EndpointType", "PRIVATE", []verdict{
			{`POST /restapis {"name": "a", "endpointConfiguration": {"types": ["PRIVATE"]}}`, true}, {`POST /restapis {"name": "a", "endpointConfiguration": {"types": ["EDGE"]}}`, false},
			{`POST /restapis {"name": "a"}`, false}, {"PATCH /restapis/" + api + " " + patch("/endpointConfiguration/types/EDGE", "REGIONAL"), false},
			{"PATCH /restapis/" + api + " " + patch("/endpointConfiguration/types/EDGE", "PRIVATE"), true},
			{"POST /restapis?mode=import&endpointConfigurationTypes=PRIVATE " + document("token", ""), true}, {"POST /restapis?mode=import " + document("token", ""), false},
			{`POST /domainnames {"domainName": "a.example.com"}`, false}, {`PATCH /domainnames/a.example.com {"patchOperations": [{"op": "add", "path": "/endpointConfiguration/types", "value": "EDGE"}]}`, false},
			{`PATCH /domainnames/a.example.com {"patchOperations": [{"op": "remove", "path": "/endpointConfiguration/types", "value": "EDGE"}]}`, true},
		}},
		{"SecurityPolicy", "TLS_1_2", []verdict{
			{`POST /domainnames {"domainName": "a.example.com", "securityPolicy": "TLS_1_0"}`, false}, {"PATCH /domainnames/a.example.com " + patch("/securityPolicy", "TLS_1_0"), false},
			{`POST /restapis {"name": "a", "securityPolicy": "TLS_1_0"}`, false}, {"PATCH /restapis/" + api + " " + patch("/securityPolicy", "TLS_1_2"), true},
		}},
		{"RoutingMode", "BASE_PATH_MAPPING_ONLY", []verdict{
			{`POST /domainnames {"domainName": "a.example.com", "routingMode": "ROUTING_RULE_ONLY"}`, false}, {"PATCH /domainnames/a.example.com " + patch("/routingMode", "BASE_PATH_MAPPING_ONLY"), true},
		}},
		{"MtlsTrustStoreUri", "s3://good/*", []verdict{
			{`POST /domainnames {"domainName": "a.example.com", "mutualTlsAuthentication": {"truststoreUri": "s3://bad/x"}}`, false},
			{`POST /domainnames {"domainName": "a.example.com", "mutualTlsAuthentication": {"truststoreUri": "s3://good/x"}}`, true},
			{"PATCH /domainnames/a.example.com " + patch("/mutualTlsAuthentication/truststoreUri", "s3://bad/x"), false},
		}},
		{"MtlsTrustStoreVersion", "1", []verdict{
			{`POST /domainnames {"domainName": "a.example.com", "mutualTlsAuthentication": {"truststoreUri": "s3://bad/x", "truststoreVersion": "2"}}`, false},
			{"PATCH /domainnames/a.example.com " + patch("/mutualTlsAuthentication/truststoreVersion", "1"), true},
		}},
		{"ApiKeyRequired", "true", []verdict{
			{"PUT /restapis/" + api + `/resources/r/methods/GET {"authorizationType": "NONE", "apiKeyRequired": true}`, true},
			{"PUT /restapis/" + api + `/resources/r/methods/GET {"authorizationType": "NONE"}`, false},
			{"PATCH /restapis/" + api + "/resources/r/methods/GET " + patch("/apiKeyRequired", "false"), false},
			{"POST /restapis?mode=import " + document("token", ""), false},
		}},
		{"RouteAuthorizationType", "CUSTOM", []verdict{
			{"PUT /restapis/" + api + `/resources/r/methods/GET {"authorizationType": "NONE"}`, false},
			{"PATCH /restapis/" + api + "/resources/r/methods/GET " + patch("/authorizationType", "NONE"), false},
			{"POST /restapis?mode=import " + document("token", ""), false},
			{"POST /restapis?mode=import " + document("token", `"security": [{"s": []}], `), true},
		}},
		{"AuthorizerType", "REQUEST", []verdict{
			{"POST /restapis/" + api + `/authorizers {"name": "a", "type": "TOKEN"}`, false}, {"POST /restapis/" + api + `/authorizers {"name": "a", "type": "REQUEST"}`, true},
			{"PATCH /restapis/" + api + "/authorizers/a " + patch("/type", "TOKEN"), false},
			{"PUT /restapis/" + api + " " + document("token", `"security": [{"s": []}], `), false},
			{"PUT /restapis/" + api + " " + document("request", `"security": [{"s": []}], `), true},
		}},
		{"StageName", "dev", []verdict{
			{"POST /restapis/" + api + `/deployments {"stageName": "dev"}`, true}, {"POST /restapis/" + api + `/deployments {"stageName": "prod"}`, false},
			{"POST /restapis/" + api + `/deployments {}`, true},
		}},
		{"AccessLoggingDestination", "arn:aws:logs:*", []verdict{
			{"PATCH /restapis/" + api + "/stages/dev " + patch("/accessLogSettings/destinationArn", "arn:aws:firehose:x"), false},
			{"PATCH /restapis/" + api + "/stages/dev " + patch("/accessLogSettings/destinationArn", "arn:aws:logs:x"), true},
		}},
		{"AccessLoggingFormat", "*requestId*", []verdict{{"PATCH /restapis/" + api + "/stages/dev " + patch("/accessLogSettings/format", "$context.stage"), false}}},
		{"AccessAssociationSource", "vpce-1", []verdict{
			{`POST /domainnameaccessassociations {"accessAssociationSource": "vpce-2", "accessAssociationSourceType": "VPCE", "domainNameArn": "arn:d"}`, false},
			{`POST /domainnameaccessassociations {"accessAssociationSource": "vpce-1", "accessAssociationSourceType": "VPCE", "domainNameArn": "arn:d"}`, true},
		}},
		{"DomainNameArn", "arn:good", []verdict{
			{`POST /domainnameaccessassociations {"accessAssociationSource": "vpce-1", "accessAssociationSourceType": "VPCE", "domainNameArn": "arn:bad"}`, false},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			if !permit.KnownKey("apigateway:request/" + tt.key) {
				t.Error("the key is not known")
			}
			w.t = t
			w.check(tt.verdicts, statement("Allow", "*", "*", `{"ForAllValues:StringLike": {"apigateway:Request/`+tt.key+`": "`+tt.value+`"}}`))
		})
	}
}

// TestResourceProperties: what conditions see of what the account has.
func TestResourceProperties(t *testing.T) {
	w := newWorld(t)
	api := w.api(`{}`, `{}`)
	root := w.make("GET /restapis/"+api, "rootResourceId")
	authorizer := w.make("POST /restapis/"+api+`/authorizers {"name": "a", "type": "TOKEN", "identitySource": "method.request.header.A", `+
		`"authorizerUri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f/invocations"}`, "id")
	w.make("PATCH /restapis/"+api+`/stages/dev {"patchOperations": [{"op": "replace", "path": "/accessLogSettings/destinationArn", "value": "arn:aws:logs:eu-west-1:111122223333:log-group:g"}, `+
		`{"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId"}]}`, "")
	w.make(`POST /domainnames {"domainName": "tls.example.com", "endpointConfiguration": {"types": ["REGIONAL"]}, "securityPolicy": "TLS_1_2", "routingMode": "BASE_PATH_MAPPING_ONLY", `+
		`"regionalCertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/c", "mutualTlsAuthentication": {"truststoreUri": "s3://bucket/t.pem", "truststoreVersion": "7"}}`, "")
	const domain = "GET /domainnames/tls.example.com"
	here, method := "GET /restapis/"+api, "GET /restapis/"+api+"/resources/"+root+"/methods/GET"
	tests := []struct{ key, value, request, without string }{
		{"ApiName", "a", here, here + "/stages"},
		{"DisableExecuteApiEndpoint", "false", here, "GET /restapis"},
		{"EndpointType", "EDGE", here, here + "/stages/dev"},
		{"EndpointType", "REGIONAL", domain, domain + "/basepathmappings"},
		{"SecurityPolicy", "TLS_1_2", domain, "GET /domainnames"},
		{"RoutingMode", "BASE_PATH_MAPPING_ONLY", domain, "GET /domainnames/other.example.com"},
		{"MtlsTrustStoreUri", "s3://bucket/t.pem", domain, domain + "/basepathmappings"},
		{"MtlsTrustStoreVersion", "7", domain, domain + "/basepathmappings"},
		{"ApiKeyRequired", "false", method, here},
		{"RouteAuthorizationType", "NONE", method, method + "/integration"},
		{"AuthorizerType", "TOKEN", here + "/authorizers/" + authorizer, here + "/authorizers/none"},
		{"AccessLoggingDestination", "arn:aws:logs:*", here + "/stages/dev", here + "/stages/none"},
		{"AccessLoggingFormat", "$context.requestId", here + "/stages/dev", here + "/stages/dev/sdks/javascript"},
		{"ApiKeyRequired", "false", "PUT /restapis/" + api + " {}", here},
		{"RouteAuthorizationType", "NONE", "PUT /restapis/" + api + " {}", here},
		{"AuthorizerType", "TOKEN", "PUT /restapis/" + api + " {}", here},
	}
	for _, tt := range tests {
		t.Run(tt.key+" "+tt.value, func(t *testing.T) {
			if !permit.KnownKey("apigateway:Resource/" + tt.key) {
				t.Error("the key is not known")
			}
			w.t = t
			condition := func(value string) string {
				return `{"ForAnyValue:StringLike": {"apigateway:Resource/` + tt.key + `": "` + value + `"}}`
			}
			w.check([]verdict{{tt.request, true}, {tt.without, false}}, statement("Allow", "apigateway:*", "*", condition(tt.value)))
			w.check([]verdict{{tt.request, false}}, statement("Allow", "apigateway:*", "*", condition("x"+tt.value)))
		})
	}
}

// TestGlobalKeys: what conditions see of every call.
func TestGlobalKeys(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		condition string
		allowed   bool
	}{
		{`{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}`, true},
		{`{"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}`, false},
		{`{"DateGreaterThan": {"aws:CurrentTime": "2026-11-22T11:59:59Z"}}`, true},
		{`{"DateGreaterThan": {"aws:CurrentTime": "2026-11-22T12:00:01Z"}}`, false},
		{`{"Bool": {"aws:SecureTransport": "true"}}`, false},
		{`{"StringLike": {"aws:UserAgent": "aws-cli/*"}}`, true},
		{`{"Null": {"aws:Referer": "true"}}`, true},
		{`{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a??"}}`, true},
		{`{"StringEquals": {"aws:username": "ann"}}`, true},
		{`{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}`, true},
		{`{"StringEquals": {"aws:RequestedRegion": "us-east-1"}}`, false},
		{`{"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}`, true},
		{`{"Bool": {"aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false"}}`, true},
		{`{"StringEquals": {"aws:NoSuchKey": "x"}}`, false},
		{`{"StringNotEquals": {"aws:NoSuchKey": "x"}}`, true},
		{`{"Bool": {"aws:MultiFactorAuthPresent": "true"}}`, false},
	}
	for _, tt := range tests {
		w.check([]verdict{{"GET /restapis", tt.allowed}}, statement("Allow", "*", "*", tt.condition))
	}
	w.check([]verdict{
		{`PATCH /account {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::111122223333:role/good"}]}`, true},
		{`PATCH /account {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::111122223333:role/bad"}]}`, false},
	}, allow("apigateway:*", "*"), statement("Allow", "iam:PassRole", "arn:aws:iam::*:role/good", `{"StringEquals": {"iam:PassedToService": "apigateway.amazonaws.com"}}`))
}

// TestRoot: the root user needs no policy, and is held to one that denies.
func TestRoot(t *testing.T) {
	w := newWorld(t).as(deny("apigateway:DELETE", "*"))
	w.subject.Root = true
	if status, body := w.call(`POST /restapis {"name": "a", "tags": {"k": "v"}}`); status != http.StatusCreated {
		t.Errorf("got %d %s", status, body)
	}
	if status, _ := w.call("DELETE /restapis/abc"); status != http.StatusForbidden {
		t.Errorf("denied: got %d", status)
	}
}

// TestDenied: the operator learns which policy and statement denied.
func TestDenied(t *testing.T) {
	w := newWorld(t).as(allow("*", "*"), `{"Version": "2012-10-17", "Statement": [`+allow("*", "*")+`, {"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}]}`)
	w.call("GET /restapis")
	if w.denied == nil || w.denied.Policy != 2 || w.denied.Decision.String() != "Deny by statement 2 (No)" {
		t.Errorf("got %+v", w.denied)
	}
	w.as().call("GET /restapis")
	if w.denied == nil || w.denied.Policy != 0 || w.denied.Action != "apigateway:GET" {
		t.Errorf("got %+v", w.denied)
	}
}

// noStore can't be read.
type noStore struct{ store.Store }

func (noStore) View(context.Context, func(store.Tx) error) error {
	return errors.New("the disk is gone")
}

// TestStoreIsReadWhereAsked: only policies that look at what the account has cost a look, and one that fails lets
// nobody through.
func TestStoreIsReadWhereAsked(t *testing.T) {
	tests := []struct {
		condition string
		failed    bool
	}{
		{`{"StringNotEquals": {"aws:username": "bob"}}`, false},
		{`{"StringNotEquals": {"aws:RequestTag/a": "b"}}`, false},
		{`{"StringNotEquals": {"aws:ResourceTag/a": "b"}}`, true},
		{`{"StringNotEquals": {"apigateway:Resource/ApiName": "b"}}`, true},
	}
	for _, tt := range tests {
		checker := &permit.Checker{Store: noStore{}}
		p, err := policy.Parse(`{"Version": "2012-10-17", "Statement": `+statement("Allow", "*", "*", tt.condition)+`}`, policy.Identity)
		if err != nil {
			t.Fatal(err)
		}
		mux := restjson.NewMux(restjson.Config{Permit: func(ctx context.Context, caller restjson.Caller, call *restjson.Call) error {
			err = checker.Check(ctx, &permit.Subject{Policies: []*policy.Policy{p}}, caller, call)
			return apigw.InternalFailure()
		}})
		(&world{t: t, mux: mux}).call("GET /restapis/abc")
		if _, denied := errors.AsType[*permit.Denied](err); denied || (err != nil) != tt.failed {
			t.Errorf("%s: got %v", tt.condition, err)
		}
	}
}

func TestKnownKey(t *testing.T) {
	tests := map[string]bool{
		"aws:TagKeys": true, "AWS:requesttag/x": true, "aws:ResourceTag/x": true, "aws:calledvia": true, "iam:PassedToService": true,
		"apigateway:Request/Priority": false, "apigateway:Resource/StageName": false, "apigateway:Request/": false, "aws:SourceArn": false, "s3:prefix": false, "": false,
	}
	for name, want := range tests {
		if got := permit.KnownKey(name); got != want {
			t.Errorf("%s: got %t, want %t", name, got, want)
		}
	}
}
