package control

import (
	"testing"

	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

const (
	networkTarget     = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/orders/50dc6c495c0c9188"
	applicationTarget = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/orders/50dc6c495c0c9188"
)

func TestVPCLinks(t *testing.T) {
	s := newTestServer(t)
	const missing = "404 NotFoundException: Invalid Vpc Link identifier specified"
	link := s.must(`POST /vpclinks {"name":"orders","description":"d","targetArns":["` + networkTarget + `"],"tags":{"a":"b"}}`)["id"].(string)
	plain := s.must(`POST /vpclinks {"name":"plain","targetArns":["` + networkTarget + `"]}`)["id"].(string)
	failed := s.must(`POST /vpclinks {"name":"failed","targetArns":["` + applicationTarget + `"]}`)["id"].(string)
	vars := map[string]string{"link": link, "plain": plain, "failed": failed, "arn": networkTarget, "app": applicationTarget,
		"tags": "/tags/arn:aws:apigateway:eu-west-1::/vpclinks/" + plain}
	const shown = `{"id":"{link}","name":"orders","description":"d","targetArns":["{arn}"],"status":"AVAILABLE","tags":{"a":"b"}}`
	s.run(vars, []exchange{
		{`POST /vpclinks {"name":"","targetArns":["x"]}`, "400 BadRequestException: Name cannot be empty"},
		{`POST /vpclinks {"name":"x","targetArns":[]}`, "400 BadRequestException: No target arn specified for vpc link."},
		{`POST /vpclinks {"name":"x","targetArns":["{arn}","{arn}"]}`, "400 BadRequestException: More than one target arn specified for vpc link."},
		{`POST /vpclinks {"name":"x","targetArns":["wrong"]}`, "400 BadRequestException: Invalid ARN. ARN is not well formed wrong"},
		{`POST /vpclinks {"name":"x","targetArns":["{arn}"],"tags":{"aws:x":"y"}}`, "400 BadRequestException: ..."},

		{`GET /vpclinks/{link}`, `200 ` + shown},
		{`GET /vpclinks/{plain}`, `200 {"id":"{plain}","name":"plain","targetArns":["{arn}"],"status":"AVAILABLE","tags":{}}`},
		{`GET /vpclinks/{failed}`, `200 {"id":"{failed}","name":"failed","targetArns":["{app}"],"status":"FAILED","statusMessage":"NLB ARN is malformed","tags":{}}`},
		{`GET /vpclinks/nothing`, missing},
		{`PATCH /vpclinks/nothing {}`, missing},
		{`DELETE /vpclinks/nothing`, missing},

		{patchOf("/vpclinks/{plain}", "replace /name other", "replace /description text"),
			`200 {"id":"{plain}","name":"other","description":"text","targetArns":["{arn}"],"status":"AVAILABLE","tags":{}}`},
		{patchOf("/vpclinks/{plain}", "replace /name"), "400 BadRequestException: Name cannot be empty"},
		{patchOf("/vpclinks/{plain}", "replace /targetArns x"),
			"400 BadRequestException: Invalid patch path  '/targetArns' specified for op 'replace'. Must be one of: [/name, /description]"},

		{`GET {tags}`, `200 {}`},
		{`PUT {tags} {"tags":{"k":"v","l":"w"}}`, "204 null"},
		{`DELETE {tags}?tagKeys=l`, "204 null"},
		{`GET {tags}`, `200 {"tags":{"k":"v"}}`},
		{`GET /tags/arn:aws:apigateway:eu-west-1::/vpclinks/nothing`, missing},

		{`DELETE /vpclinks/{plain}`, "202 null"},
		{`GET /vpclinks/{plain}`, missing},
	})
	created := s.must(`POST /vpclinks {"name":"new","targetArns":["` + networkTarget + `"]}`)
	if created["status"] != "PENDING" || created["tags"] != nil {
		t.Errorf("got %v, want a link that is PENDING and has no tags", created)
	}
	if items := s.must("GET /vpclinks?limit=2"); len(items["item"].([]any)) != 2 || items["position"] == nil {
		t.Errorf("got %v, want two of three links and a position", items)
	}
}

// deployLinked makes an API with a method that goes through the link and deploys it.
func deployLinked(s *testServer, connection, stage string) (api, resource string) {
	s.t.Helper()
	api, root := s.api()
	method := "/restapis/" + api + "/resources/" + root + "/methods/GET"
	s.must("PUT " + method + ` {"authorizationType":"NONE"}`)
	s.must("PUT " + method + `/integration {"type":"HTTP_PROXY","httpMethod":"GET","uri":"http://orders.internal/","connectionType":"VPC_LINK","connectionId":"` + connection + `"}`)
	s.must("POST /restapis/" + api + "/deployments " + stage)
	return api, root
}

func TestVPCLinkInUse(t *testing.T) {
	s := newTestServer(t)
	link := s.must(`POST /vpclinks {"name":"orders","targetArns":["` + networkTarget + `"]}`)["id"].(string)
	_, direct := deployLinked(s, link, `{"stageName":"prod"}`)
	variable, byVariable := deployLinked(s, "${stageVariables.link}", `{"stageName":"dev","variables":{"link":"`+link+`"}}`)
	s.must("POST /restapis/" + variable + `/deployments {"stageName":"dev","canarySettings":{"percentTraffic":1,"stageVariableOverrides":{"link":"other"}}}`)
	first, second := "GET:"+direct+":prod", "GET:"+byVariable+":dev"
	if second < first {
		first, second = second, first
	}
	s.run(map[string]string{"link": link}, []exchange{
		{"DELETE /vpclinks/{link}", "400 BadRequestException: Cannot delete vpc link. Vpc link '{link}', is referenced in [" + first + ", " + second +
			"] in format of [Method:Resource:Stage]."},
		{"DELETE /restapis/" + variable, "202 null"},
		{"DELETE /vpclinks/{link}", "400 BadRequestException: Cannot delete vpc link. Vpc link '{link}', is referenced in [GET:" + direct +
			":prod] in format of [Method:Resource:Stage]."},
	})
}

func TestDeploymentNeedsWorkingVPCLink(t *testing.T) {
	s := newTestServer(t)
	failed := s.must(`POST /vpclinks {"name":"failed","targetArns":["` + applicationTarget + `"]}`)["id"].(string)
	link := s.must(`POST /vpclinks {"name":"orders","targetArns":["` + networkTarget + `"]}`)["id"].(string)
	api, root := s.api()
	vars := map[string]string{"api": "/restapis/" + api, "m": "/restapis/" + api + "/resources/" + root + "/methods/GET", "failed": failed, "link": link}
	const integration = `PUT {m}/integration {"type":"HTTP","httpMethod":"GET","uri":"http://x","connectionType":"VPC_LINK","connectionId":"`
	s.run(vars, []exchange{
		{`PUT {m} {"authorizationType":"NONE"}`, "201 {..."},
		{integration + `{failed}"}`, "201 {..."},
		{`POST {api}/deployments {}`, "400 BadRequestException: Vpc link '{failed}' is in status FAILED"},
		{integration + `{link}"}`, "201 {..."},
		{`POST {api}/deployments {}`, "201 {..."},
		{`DELETE /vpclinks/{link}`, "202 null"}, // deployed, but to no stage
		{`POST {api}/deployments {}`, "400 BadRequestException: Invalid Vpc Link identifier specified"},
	})
}

func TestConfiguredVPCLinkNeedsTarget(t *testing.T) {
	s := newTestServer(t)
	mux := restjson.NewMux(restjson.Config{Authenticator: restjson.Open{AccountID: "123456789012", Region: "eu-west-1"}})
	New(Config{Store: s.store, MaxTimeoutMillis: 60000, KnownVPCLink: func(id string) bool { return id == "second" }}).Bind(mux)
	s.serve(mux)
	api, root := s.api()
	vars := map[string]string{"api": "/restapis/" + api, "m": "/restapis/" + api + "/resources/" + root + "/methods/GET"}
	const integration = `PUT {m}/integration {"type":"HTTP","httpMethod":"GET","uri":"http://x","connectionType":"VPC_LINK","connectionId":`
	s.run(vars, []exchange{
		{`PUT {m} {"authorizationType":"NONE"}`, "201 {..."},
		{integration + `"third"}`, "404 NotFoundException: Invalid Vpc Link identifier specified"},
		{integration + `"second"}`, "400 BadRequestException: IntegrationTarget is required for VpcLinkV2"},
		{integration + `"second","integrationTarget":"` + applicationTarget + `"}`, "201 {..."},
		{`POST {api}/deployments {}`, "201 {..."},

		{`PUT {m}/integration {"type":"HTTP","httpMethod":"GET","uri":"http://x","timeoutInMillis":60001}`, "400 BadRequestException: Timeout should be between 50 ms and 60000 ms"},
		{`PUT {m}/integration {"type":"HTTP","httpMethod":"GET","uri":"http://x","timeoutInMillis":60000}`, "201 {..."},
	})
}

// TestVPCLinksAreOfOneSpace holds links of other accounts and regions apart.
func TestVPCLinksAreOfOneSpace(t *testing.T) {
	s := newTestServer(t)
	link := s.must(`POST /vpclinks {"name":"orders","targetArns":["` + networkTarget + `"]}`)["id"].(string)
	mux := restjson.NewMux(restjson.Config{Authenticator: restjson.Open{AccountID: "123456789012", Region: "us-east-1"}})
	s.control.Bind(mux)
	s.serve(mux)
	s.run(map[string]string{"link": link}, []exchange{
		{"GET /vpclinks/{link}", "404 NotFoundException: Invalid Vpc Link identifier specified"},
		{"GET /vpclinks", `200 {"item":[]}`},
	})
}
