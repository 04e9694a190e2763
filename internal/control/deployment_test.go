package control

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// deployable is testMethod with a MOCK integration.
func (s *testServer) deployable() map[string]string {
	s.t.Helper()
	v := s.testMethod()
	s.must("PUT " + v["integration"] + ` {"type":"MOCK"}`)
	return v
}

// deploy creates a deployment from the members of a JSON object and returns its id.
func (s *testServer) deploy(api, members string) string {
	s.t.Helper()
	return s.must(fmt.Sprintf("POST /restapis/%s/deployments {%s}", api, members))["id"].(string)
}

func TestDeployments(t *testing.T) {
	s := newTestServer(t)
	v := s.deployable()
	v["d1"] = s.deploy(v["api"], `"description":"first"`)
	v["d2"] = s.deploy(v["api"], `"description":"","stageName":""`)
	s.run(v, []exchange{
		{`GET /restapis/{api}/deployments/{d1}?embed=apisummary`, `200 {"id":"{d1}","description":"first","createdDate":` + fmt.Sprint(s.created("/restapis/"+v["api"]+"/deployments/"+v["d1"])) + `,
			"apiSummary":{"/pets":{"GET":{"authorizationType":"NONE","apiKeyRequired":false}}}}`},
		{`GET /restapis/{api}/deployments/{d1}?embed=other`, "400 BadRequestException: Invalid embed parameter specified: other..."},
		{`GET /restapis/{api}/deployments/gone`, "404 NotFoundException: Invalid Deployment identifier specified"},
		{`GET /restapis/gone/deployments`, "404 NotFoundException: Invalid API identifier specified 123456789012:gone"},
		{`POST /restapis/gone/deployments {}`, "404 NotFoundException: Invalid API identifier specified 123456789012:gone"},
		{`PATCH /restapis/{api}/deployments/{d2} {"patchOperations":[{"op":"replace","path":"/description","value":"x"}]}`, "200 {..."},
		{`PATCH /restapis/{api}/deployments/{d2} {"patchOperations":[{"op":"replace","path":"/id","value":"x"}]}`,
			"400 BadRequestException: Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description]"},
		{`PATCH /restapis/{api}/deployments/{d2} {"patchOperations":[{"op":"add","path":"/description","value":"x"}]}`,
			"400 BadRequestException: Invalid patch path  '/description' specified for op 'add'. Please choose supported operations"},
		{`GET /restapis/{api}/stages`, `200 {"item":[]}`},
		{`DELETE /restapis/{api}/deployments/{d2}`, "202 null"},
		{`DELETE /restapis/{api}/deployments/{d2}`, "404 NotFoundException: Invalid Deployment identifier specified"},
	})
	if _, ok := s.must("GET /restapis/" + v["api"] + "/deployments/" + v["d1"])["apiSummary"]; ok {
		t.Error("a summary that was not asked for")
	}
	items := s.must("GET /restapis/" + v["api"] + "/deployments")["item"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["id"] != v["d1"] {
		t.Errorf("deployments: got %v", items)
	}
}

// created returns the date of creation of the thing at a path.
func (s *testServer) created(path string) float64 {
	return s.must("GET " + path)["createdDate"].(float64)
}

func TestDeploymentRefusals(t *testing.T) {
	s := newTestServer(t)
	v := s.testMethod()
	const policy = `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"execute-api:/*\"}]}`
	const content = "400 BadRequestException: Invalid deployment content specified."
	s.run(v, []exchange{
		{`POST /restapis/{api}/deployments {"stageName":"s"}`, "400 BadRequestException: No integration defined for method"},
		{`DELETE {method}`, "204 null"},
		{`POST /restapis/{api}/deployments {}`, "400 BadRequestException: The REST API doesn't contain any methods"},
		{`PUT {method} {"authorizationType":"NONE"}`, "201 {..."},
		{`PUT {integration} {"type":"MOCK"}`, "201 {..."},
		{`POST /restapis/{api}/deployments {"canarySettings":{}}`, content + "Non null and non empty stageName must be provided for canary deployment. Provided value is null"},
		{`POST /restapis/{api}/deployments {"canarySettings":{},"stageName":""}`, content + "Non null and non empty stageName must be provided for canary deployment. Provided value is "},
		{`POST /restapis/{api}/deployments {"canarySettings":{},"stageName":"s"}`, content + "Stage s must already be created before making a canary release deployment"},
		{`POST /restapis/{api}/deployments {"stageName":"a b"}`, "400 BadRequestException: Stage name only allows a-zA-Z0-9_"},
		{`GET /restapis/{api}/deployments`, `200 {"item":[]}`},
		{`PATCH /restapis/{api} {"patchOperations":[{"op":"replace","path":"/endpointConfiguration/types/0","value":"PRIVATE"}]}`, "200 {..."},
		{`POST /restapis/{api}/deployments {}`, "400 BadRequestException: Private REST API doesn't have a resource policy attached to it"},
		{`PATCH /restapis/{api} {"patchOperations":[{"op":"replace","path":"/policy","value":"` + policy + `"}]}`, "200 {..."},
		{`POST /restapis/{api}/deployments {}`, "201 {..."},
	})
}

func TestDeploymentToStage(t *testing.T) {
	s := newTestServer(t)
	v := s.deployable()
	v["d1"] = s.deploy(v["api"], `"stageName":"s","stageDescription":"x","variables":{"a":"1","b":"2"},"tracingEnabled":true,"cacheClusterEnabled":true,"cacheClusterSize":"1.6"`)
	stage := func(deployment, more string) string {
		return `200 {"stageName":"s","deploymentId":"` + deployment + `",` + more + `}`
	}
	s.run(v, []exchange{{`GET /restapis/{api}/stages/s`, stage("{d1}", s.dates(v["api"], "s")+`,"description":"x","variables":{"a":"1","b":"2"},
		"tracingEnabled":true,"cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{}`)}})
	v["d2"] = s.deploy(v["api"], `"stageName":"s","variables":{"b":"3"},"tracingEnabled":false`)
	s.run(v, []exchange{{`GET /restapis/{api}/stages/s`, stage("{d2}", s.dates(v["api"], "s")+`,"description":"x","variables":{"a":"1","b":"3"},
		"tracingEnabled":false,"cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{}`)}})
	v["d3"] = s.deploy(v["api"], `"stageName":"s","canarySettings":{"percentTraffic":10,"stageVariableOverrides":{"a":"9"}}`)
	s.run(v, []exchange{
		{`GET /restapis/{api}/stages/s`, stage("{d2}", s.dates(v["api"], "s")+`,"description":"x","variables":{"a":"1","b":"3"},
			"tracingEnabled":false,"cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{},
			"canarySettings":{"deploymentId":"{d3}","percentTraffic":10,"stageVariableOverrides":{"a":"9"},"useStageCache":false}`)},
		{`DELETE /restapis/{api}/deployments/{d2}`, "400 BadRequestException: Active stages pointing to this deployment must be moved or deleted"},
		{`DELETE /restapis/{api}/deployments/{d3}`, "400 BadRequestException: Active stages pointing to this deployment must be moved or deleted"},
		{`DELETE /restapis/{api}/deployments/{d1}`, "202 null"},
		{`DELETE /restapis/{api}/stages/s`, "202 null"},
		{`DELETE /restapis/{api}/deployments/{d2}`, "202 null"},
	})
	if got := s.applied.Load(); got != 4 {
		t.Errorf("Applied: called %d times, want once for each deployment and the deletion of the stage", got)
	}
}

// dates returns the dates of a stage as members of a JSON object.
func (s *testServer) dates(api, stage string) string {
	got := s.must("GET /restapis/" + api + "/stages/" + stage)
	return fmt.Sprintf(`"createdDate":%v,"lastUpdatedDate":%v`, got["createdDate"], got["lastUpdatedDate"])
}

// A snapshot holds the API as it was deployed, in chunks that join to its encoded form.
func TestDeploymentSnapshot(t *testing.T) {
	s := newTestServer(t)
	v := s.deployable()
	large := strings.Repeat("x", 200<<10)
	child := s.resource(v["api"], v["pets"], "{id+}")
	for _, verb := range []string{"GET", "ANY"} {
		method := fmt.Sprintf("/restapis/%s/resources/%s/methods/%s", v["api"], child, verb)
		s.must("PUT " + method + ` {"authorizationType":"NONE"}`)
		s.must("PUT " + method + `/integration {"type":"MOCK","requestTemplates":{"application/json":"` + large + `"}}`)
	}
	s.must(fmt.Sprintf(`PUT /restapis/%s/gatewayresponses/DEFAULT_4XX {"statusCode":"418"}`, v["api"]))
	s.must(fmt.Sprintf(`POST /restapis/%s/requestvalidators {"name":"v"}`, v["api"]))
	id := s.deploy(v["api"], "")
	s.must("DELETE /restapis/" + v["api"] + "/resources/" + child)
	s.must("PUT " + v["integration"] + ` {"type":"HTTP","httpMethod":"GET","uri":"http://x"}`)

	ctx := restjson.WithCaller(t.Context(), restjson.Caller{AccountID: "123456789012", Region: "eu-west-1"})
	chunks := 0
	frozen, err := read(ctx, s.control, func(tx *tx) (*snapshot.API, error) {
		a := tx.place(v["api"])
		for range tx.Scan(a.keys.Snapshot(id), "") {
			chunks++
		}
		return a.snapshot(id)
	})
	if err != nil {
		t.Fatal(err)
	}
	if chunks != 2 {
		t.Errorf("got %d chunks, want 2", chunks)
	}
	var paths []string
	for _, r := range frozen.Resources {
		paths = append(paths, fmt.Sprintf("%s %s %d", r.Path, r.PathPart, len(r.Methods)))
	}
	if diff := cmp.Diff([]string{"/  0", "/pets pets 1", "/pets/{id+} {id+} 2"}, paths); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	if kind := frozen.Resources[1].Methods["GET"].MethodIntegration.Type; *kind != apigw.IntegrationTypeMock {
		t.Errorf("the snapshot follows the API: got %s", *kind)
	}
	got := fmt.Sprintln(frozen.AccountID, frozen.Region, frozen.Partition, frozen.DeploymentID == id, *frozen.RestAPI.Name,
		len(frozen.Models), len(frozen.RequestValidators), len(frozen.GatewayResponses))
	if want := "123456789012 eu-west-1 aws true test 2 1 1\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}
