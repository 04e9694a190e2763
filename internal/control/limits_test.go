package control

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// Each limit refuses the first thing too many, and lets it in again once another one is gone.
func TestLimits(t *testing.T) {
	limits := Limits{
		RegionalAPIs: 2, PrivateAPIs: 1, EdgeAPIs: 1, ResourcesPerAPI: 3, AuthorizersPerAPI: 3, StagesPerAPI: 1, DocumentationPartsPerAPI: 1,
		ModelsPerAPI: 3, RequestValidatorsPerAPI: 2, DeploymentsPerAPI: 2, VariablesPerStage: 1, ClientCertificates: 1, VPCLinks: 1, APIKeys: 1, UsagePlans: 1,
		PolicyCharacters: 300, ModelBytes: 1024, TemplateBytes: 10, DocumentBytes: 500, AccessLogFormatBytes: 30,
	}
	const full = `429 LimitExceededException: Maximum number of %[1]s for this %[2]s has been reached. Please contact AWS if you need additional %[1]s.`
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`POST {api}/deployments {}`, `201 {...`},
	})
	s.control.limits = &limits
	deployment := s.must("GET " + vars["api"] + "/deployments")["item"].([]any)[0].(map[string]any)["id"].(string)
	vars["deployment"] = deployment
	vars["nlb"] = `{"name":"l","targetArns":["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/a/1"]}`

	tests := []struct {
		create        string // may hold %d, which differs each time
		things, owner string
		room          int    // how many more there may be
		id            string // of what was created, below the collection
	}{
		{`POST {api}/resources/{root} {"pathPart":"p%d"}`, "Resources", "API", 1, "id"},
		{`POST {api}/authorizers {"name":"a%d","type":"TOKEN","authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations","identitySource":"method.request.header.A"}`, "Authorizers", "API", 1, "id"},
		{`POST {api}/stages {"stageName":"s%d","deploymentId":"{deployment}"}`, "Stages", "API", 1, "stageName"},
		{`POST {api}/documentation/parts {"location":{"type":"RESOURCE","path":"/p%d"},"properties":"{}"}`, "Documentation Parts", "API", 1, "id"},
		{`POST {api}/models {"name":"m%d","contentType":"application/json","schema":"{\"type\":\"object\"}"}`, "Models", "API", 1, "name"},
		{`POST {api}/requestvalidators {"name":"v%d"}`, "Request Validators", "API", 1, "id"},
		{`POST {api}/deployments {"description":"%d"}`, "Deployments", "API", 1, "id"},
		{`POST /clientcertificates {"description":"%d"}`, "Client Certificates", "account", 1, "clientCertificateId"},
		{`POST /vpclinks {nlb}`, "VPC Links", "account", 1, "id"},
		{`POST /apikeys {"name":"k%d"}`, "API Keys", "account", 1, "id"},
		{`POST /usageplans {"name":"p%d"}`, "Usage Plans", "account", 1, "id"},
		{`POST /restapis {"name":"n%d","endpointConfiguration":{"types":["REGIONAL"]}}`, "APIs", "account", 2, "id"},
		{`POST /restapis {"name":"n%d","endpointConfiguration":{"types":["PRIVATE"]}}`, "APIs", "account", 1, "id"},
	}
	number := 0
	for _, tt := range tests {
		t.Run(tt.things, func(t *testing.T) {
			request := func() string {
				number++
				text := strings.ReplaceAll(tt.create, "%d", strconv.Itoa(number))
				for name, value := range vars {
					text = strings.ReplaceAll(text, "{"+name+"}", value)
				}
				return text
			}
			var last map[string]any
			for range tt.room {
				last = s.must(request())
			}
			want := fmt.Sprintf(full, tt.things, tt.owner)
			if got := s.do(request()).String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			collection, _, _ := strings.Cut(strings.TrimPrefix(request(), "POST "), " ")
			collection = strings.TrimSuffix(collection, "/"+vars["root"])
			s.must("DELETE " + collection + "/" + last[tt.id].(string))
			s.must(request())
			s.checkCounts()
		})
	}
}

// What has a size has a limit of it, and none is kept that is larger.
func TestSizeLimits(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`POST {api}/deployments {"stageName":"prod"}`, `201 {...`},
	})
	s.control.limits = &Limits{PolicyCharacters: 10, ModelBytes: 1024, TemplateBytes: 10, DocumentBytes: 50, AccessLogFormatBytes: 30, VariablesPerStage: 1}
	const limit = `429 LimitExceededException: `
	long := strings.Repeat("x", 1025)
	s.run(vars, []exchange{
		{patchOf("{api}", `replace /policy {"Statement":[]}`), limit + `Maximum policy size of 10 characters has been exceeded.`},
		{`POST {api}/models {"name":"M","contentType":"application/json","schema":"` + long + `"}`, limit + `Maximum model size of 1 KB has been exceeded.`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK","requestTemplates":{"a/b":"12345678901"}}`,
			limit + `Mapping template for content type a/b exceeds the maximum size of 10 bytes`},
		{`PUT {pets}/methods/GET/integration/responses/200 {"responseTemplates":{"a/b":"12345678901"}}`,
			limit + `Mapping template for content type a/b exceeds the maximum size of 10 bytes`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK","requestTemplates":{"a/b":"1234567890"}}`, `201 {...`},
		{`PUT {api} {"swagger":"2.0","info":{"title":"more than fifty bytes"},"paths":{}}`, limit + `The document exceeds the maximum size of 50 bytes`},
		{patchOf("{api}/stages/prod", "add /accessLogSettings/format $context.requestId$context.status"), limit + `Access Log format exceeds the maximum size of 30 bytes`},
		{patchOf("{api}/stages/prod", "replace /variables/a 1", "replace /variables/b 2"), limit + `Maximum number of stage variables (1) for this stage has been reached.`},
	})
}

// An import and a clone are whole or not at all.
func TestLimitsOfImports(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	s.resource(id, root, "a")
	before := s.keys()
	s.control.limits = &Limits{ResourcesPerAPI: 2}
	const full = `429 LimitExceededException: Maximum number of Resources for this API has been reached. Please contact AWS if you need additional Resources.`
	s.run(map[string]string{"id": id}, []exchange{
		{`POST /restapis?mode=import {"swagger":"2.0","info":{"title":"t"},"paths":{"/a/b":{}}}`, full},
		{`PUT /restapis/{id}?mode=merge {"swagger":"2.0","info":{"title":"t"},"paths":{"/a/b":{}}}`, full},
	})
	if diff := cmp.Diff(before, s.keys()); diff != "" {
		t.Errorf("keys before and after (-before +after):\n%s", diff)
	}
	s.run(map[string]string{"id": id}, []exchange{
		{`PUT /restapis/{id}?mode=overwrite {"swagger":"2.0","info":{"title":"t"},"paths":{"/b":{}}}`, `200 {...`},
		{`POST /restapis {"name":"c","cloneFrom":"{id}"}`, `201 {...`},
	})
	s.checkCounts()
	s.control.limits = &Limits{ResourcesPerAPI: 1}
	s.run(map[string]string{"id": id}, []exchange{{`POST /restapis {"name":"c","cloneFrom":"{id}"}`, full}})
	s.checkCounts()
}

// A store that an older program has written has neither numbers nor entries for children.
func TestStoreWithoutCounts(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	a := s.resource(id, root, "a")
	s.resource(id, a, "{b}")
	_, err := s.store.Update(t.Context(), func(tx store.Tx) error {
		for _, key := range s.keysOf(store.KindCount, store.KindChild) {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"api": "/restapis/" + id, "root": root, "a": a}
	s.run(vars, []exchange{
		{`POST {api}/resources/{root} {"pathPart":"a"}`, `409 ConflictException: Another resource with the same parent already has this name: a`},
		{`POST {api}/resources/{a} {"pathPart":"{c}"}`, `400 BadRequestException: A sibling ({b}) of this resource already has a variable path part -- only one is allowed`},
		{`DELETE {api}/resources/{a}`, `202 null`},
		{`GET {api}/resources/{a}`, `404 NotFoundException: Invalid Resource identifier specified`},
	})
	if got := len(s.must("GET /restapis/" + id + "/resources")["item"].([]any)); got != 1 {
		t.Errorf("%d resources are left, want the root alone", got)
	}
}

// keysOf returns the keys of some kinds.
func (s *testServer) keysOf(kinds ...store.Kind) (keys []store.Key) {
	s.t.Helper()
	for _, key := range s.keys() {
		name, _ := key.Name()
		for _, kind := range kinds {
			if name.Kind == kind {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// checkCounts fails the test if brokenCounts finds something.
func (s *testServer) checkCounts() {
	s.t.Helper()
	if err := brokenCounts(s.t.Context(), s.store); err != nil {
		s.t.Error(err)
	}
}

// brokenCounts compares the numbers in a store with what they count, and the entries for children with the
// resources. It returns what differs.
func brokenCounts(ctx context.Context, s store.Store) error {
	return s.View(ctx, func(tx store.Tx) error {
		counts, want := map[store.Key]string{}, map[store.Key]string{}
		children, wantChildren := map[store.Key]string{}, map[store.Key]string{}
		numbers := map[store.Key]int{}
		for key, value := range tx.Scan("", "") {
			name, _ := key.Name()
			switch name.Kind {
			case store.KindCount:
				counts[key] = string(value)
			case store.KindChild:
				children[key] = string(value)
			case store.KindResource:
				r, err := decode[apigw.Resource](key, value)
				if err != nil {
					return err
				}
				if r.ParentId != nil {
					wantChildren[name.API.Child(*r.ParentId, *r.PathPart)] = strconv.Quote(*r.Id)
				}
			}
			if family, kind := key.Family(); counted[kind].limit != nil {
				numbers[family.Count()]++
			}
		}
		for key, n := range numbers {
			want[key] = strconv.Itoa(n)
		}
		if diff := cmp.Diff(want, counts); diff != "" {
			return fmt.Errorf("numbers (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(wantChildren, children); diff != "" {
			return fmt.Errorf("entries for children (-want +got):\n%s", diff)
		}
		return tx.Err()
	})
}
