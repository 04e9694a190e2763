package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/store"
)

func TestRestAPIRoundTrip(t *testing.T) {
	s := newTestServer(t)
	created := s.must(`POST /restapis {"name":"a","description":null,"binaryMediaTypes":[],"tags":{}}`)
	vars := map[string]string{"id": created["id"].(string), "root": created["rootResourceId"].(string)}
	vars["shape"] = `"id":"` + vars["id"] + `","name":"a","createdDate":1700000001,"apiKeySource":"HEADER","disableExecuteApiEndpoint":false,` +
		`"endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"rootResourceId":"` + vars["root"] + `"`
	want := map[string]any{}
	if err := json.Unmarshal([]byte("{"+vars["shape"]+"}"), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("create (-want +got):\n%s", diff)
	}
	s.run(vars, []exchange{
		{`GET /restapis/{id}`, `200 {{shape},"tags":{}}`},
		{`GET /restapis`, `200 {"item":[{{shape}}]}`},
		{`PATCH /restapis/{id} {}`, `200 {{shape},"tags":{}}`},
		{`GET /restapis/{id}/resources`, `200 {"item":[{"id":"{root}","path":"/"}]}`},
		{`DELETE /restapis/{id}`, `202 null`},
		{`GET /restapis/{id}`, `404 NotFoundException: Invalid API identifier specified 123456789012:{id}`},
		{`PATCH /restapis/{id} {}`, `404 NotFoundException: Invalid API identifier specified 123456789012:{id}`},
		{`DELETE /restapis/{id}`, `404 NotFoundException: Invalid API identifier specified 123456789012:{id}`},
		{`GET /restapis/{id}/resources`, `404 NotFoundException: Invalid API identifier specified 123456789012:{id}`},
		{`GET /restapis/{id}/resources/{root}`, `404 NotFoundException: Invalid Resource identifier specified`},
		{`GET /restapis`, `200 {"item":[]}`},
	})
}

func TestCreateRestAPI(t *testing.T) {
	const bad = "400 BadRequestException: "
	tests := []struct{ name, body, want string }{
		{"everything", `{"name":"a","description":"d","version":"v1","apiKeySource":"AUTHORIZER","binaryMediaTypes":["image/png","*/*"],` +
			`"disableExecuteApiEndpoint":true,"endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"dualstack"},"minimumCompressionSize":0,"tags":{"k":"v"}}`,
			`{"name":"a","description":"d","version":"v1","apiKeySource":"AUTHORIZER","binaryMediaTypes":["image/png","*/*"],` +
				`"disableExecuteApiEndpoint":true,"endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"dualstack"},"minimumCompressionSize":0,"tags":{"k":"v"}}`},
		{"private", `{"name":"a","endpointConfiguration":{"types":["PRIVATE"],"vpcEndpointIds":["vpce-1"]}}`,
			`{"name":"a","apiKeySource":"HEADER","disableExecuteApiEndpoint":false,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack","vpcEndpointIds":["vpce-1"]}}`},
		{"empty endpoint configuration", `{"name":"a","endpointConfiguration":{}}`,
			`{"name":"a","apiKeySource":"HEADER","disableExecuteApiEndpoint":false,"endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"}}`},
		{"no name", `{}`, "400 ValidationException: 1 validation error detected: Value null at 'createRestApiInput.name' failed to satisfy constraint: Member must not be null"},
		{"empty name", `{"name":""}`, bad + "Name cannot be empty"},
		{"empty description", `{"name":"a","description":"","endpointConfiguration":{"types":[]}}`, bad + "Description cannot be an empty string"},
		{"no type", `{"name":"a","endpointConfiguration":{"types":[]}}`, bad + "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."},
		{"two types", `{"name":"a","endpointConfiguration":{"types":["EDGE","REGIONAL"]}}`, bad + "Cannot create an api with multiple Endpoint Types."},
		{"private over IPv4, before the size", `{"name":"a","minimumCompressionSize":-1,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}}`,
			bad + "Private APIs only support the dualstack IP address type."},
		{"VPC endpoint of an edge API", `{"name":"a","endpointConfiguration":{"vpcEndpointIds":["vpce-1"]}}`, bad + "VPCEndpoints can only be specified with PRIVATE apis."},
		{"compression too small", `{"name":"a","minimumCompressionSize":-1}`, bad + "Invalid minimum compression size, must be between 0 and 10485760"},
		{"compression too large", `{"name":"a","minimumCompressionSize":10485761}`, bad + "Invalid minimum compression size, must be between 0 and 10485760"},
		{"access mode without a policy that has it", `{"name":"a","endpointAccessMode":"STRICT"}`, bad + "EndpointAccessMode can only..."},
		{"policy that is none", `{"name":"a","policy":"x"}`, bad + "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."},
		{"unknown clone", `{"name":"a","cloneFrom":"nope"}`, "404 NotFoundException: Invalid API identifier specified 123456789012:nope"},
		{"reserved tag", `{"name":"a","tags":{"aws:x":"y"}}`, bad + "Invalid tag key specified: aws:x. Keys must not begin with aws:"},
		{"pinned id that no host can have", `{"name":"a","tags":{"_custom_id_":"a/b"}}`, bad + "Invalid API identifier in tag _custom_id_..."},
	}
	s := newTestServer(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.do("POST /restapis " + tt.body)
			if a.kind != "" {
				if prefix, ok := strings.CutSuffix(tt.want, "..."); a.String() != tt.want && !(ok && strings.HasPrefix(a.String(), prefix)) {
					t.Errorf("%s\n got %s\nwant %s", tt.body, a, tt.want)
				}
				return
			}
			for _, name := range []string{"id", "rootResourceId", "createdDate"} {
				if a.body[name] == nil {
					t.Errorf("%s: answer lacks %s", tt.body, name)
				}
				delete(a.body, name)
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatalf("%s: got %s, want %s", tt.body, a, tt.want)
			}
			if diff := cmp.Diff(want, a.body); diff != "" || a.status != 201 {
				t.Errorf("%s: status %d (-want +got):\n%s", tt.body, a.status, diff)
			}
		})
	}
	s.run(nil, []exchange{{`GET /restapis?limit=2`, `200 {...`}})
}

func TestPinnedIDs(t *testing.T) {
	s := newTestServer(t)
	s.run(nil, []exchange{
		{`POST /restapis {"name":"a","tags":{"_custom_id_":"my-api"}}`, `201 {"apiKeySource":"HEADER",...`},
		{`GET /restapis/my-api/models/Empty`, `200 {"contentType":"application/json","description":"This is a default empty schema model",...`},
		{`GET /restapis/My-Api`, `404 NotFoundException: Invalid API identifier specified 123456789012:My-Api`},
		{`POST /restapis {"name":"a","tags":{"sluice:id":"my-api"}}`, `409 ConflictException: API identifier in tag sluice:id already exists: my-api`},
		{`POST /restapis {"name":"a","tags":{"sluice:id":"other","_custom_id_":"my-api"}}`, `201 {...`},
		{`GET /restapis/other/resources`, `200 {...`},
	})
}

// patchOf writes a PATCH of an API from operations of the form "op path value".
func patchOf(path string, operations ...string) string {
	list := []map[string]string{}
	for _, op := range operations {
		f := strings.SplitN(op, " ", 3)
		o := map[string]string{"op": f[0], "path": f[1]}
		if len(f) == 3 {
			o["value"] = f[2]
		}
		list = append(list, o)
	}
	body, err := json.Marshal(map[string]any{"patchOperations": list})
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("PATCH %s %s", path, body)
}

func TestUpdateRestAPI(t *testing.T) {
	const bad = "400 BadRequestException: "
	s := newTestServer(t)
	tests := []struct {
		name   string
		create string // further members of the API
		ops    []string
		want   string // an error, or the members that the answer differs in from the created API, null where they are gone
	}{
		{"texts", ``, []string{"replace /name b", "replace /version v", "replace /description d"}, `{"name":"b","version":"v","description":"d"}`},
		{"remove description", `,"description":"d"`, []string{"remove /description"}, `{"description":null}`},
		{"empty description", `,"description":"d"`, []string{"replace /description "}, `{"description":null}`},
		{"key source", ``, []string{"replace /apiKeySource AUTHORIZER"}, `{"apiKeySource":"AUTHORIZER"}`},
		{"default endpoint", ``, []string{"replace /disableExecuteApiEndpoint true"}, `{"disableExecuteApiEndpoint":true}`},
		{"compression", ``, []string{"replace /minimumCompressionSize 0"}, `{"minimumCompressionSize":0}`},
		{"compression off", `,"minimumCompressionSize":5`, []string{"replace /minimumCompressionSize"}, `{"minimumCompressionSize":null}`},
		{"media types in order", `,"binaryMediaTypes":["a/a","b/b"]`,
			[]string{"remove /binaryMediaTypes/a~1a", "remove /binaryMediaTypes/b~1b", "add /binaryMediaTypes/c~1c", "add /binaryMediaTypes/a~1a", "add /binaryMediaTypes/c~1c"},
			`{"binaryMediaTypes":["c/c","a/a"]}`},
		{"replace media type", `,"binaryMediaTypes":["a/a","b/b"]`, []string{"replace /binaryMediaTypes/a~1a c/c"}, `{"binaryMediaTypes":["c/c","b/b"]}`},
		{"replace a media type that is not there", `,"binaryMediaTypes":["a/a"]`, []string{"replace /binaryMediaTypes/x~1x c/c"}, `{"binaryMediaTypes":["a/a","c/c"]}`},
		{"last media type", `,"binaryMediaTypes":["a/a"]`, []string{"remove /binaryMediaTypes/a~1a"}, `{"binaryMediaTypes":null}`},
		{"endpoint type by index", ``, []string{"replace /endpointConfiguration/types/0 REGIONAL"}, `{"endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"ipv4"}}`},
		{"endpoint type by name", ``, []string{"replace /endpointConfiguration/types/EDGE REGIONAL"}, `{"endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"ipv4"}}`},
		{"private is dual-stack", ``, []string{"replace /endpointConfiguration/types/0 PRIVATE", "add /endpointConfiguration/vpcEndpointIds vpce-1"},
			`{"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack","vpcEndpointIds":["vpce-1"]}}`},
		{"several on one path", ``, []string{"replace /endpointConfiguration/types/0 PRIVATE", "replace /endpointConfiguration/types/0 REGIONAL"},
			`{"endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"dualstack"}}`},
		{"VPC endpoints replaced", `,"endpointConfiguration":{"types":["PRIVATE"],"vpcEndpointIds":["vpce-1","vpce-2"]}`,
			[]string{"remove /endpointConfiguration/vpcEndpointIds vpce-1", "remove /endpointConfiguration/vpcEndpointIds vpce-2", "add /endpointConfiguration/vpcEndpointIds vpce-2"},
			`{"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack","vpcEndpointIds":["vpce-2"]}}`},
		{"security policy", ``, []string{"replace /securityPolicy SecurityPolicy_TLS13_1_3_2025_09", "replace /endpointAccessMode STRICT"},
			`{"securityPolicy":"SecurityPolicy_TLS13_1_3_2025_09","endpointAccessMode":"STRICT"}`},
		{"policy taken away", `,"policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}}"`, []string{"replace /policy "}, `{"policy":null}`},

		{"unknown path", ``, []string{"replace /tags/a b"}, bad + "Invalid patch path /tags/a"},
		{"wrong operation", ``, []string{"add /name b"}, bad + "Invalid patch operation specified. Must be one of: [replace]"},
		{"wrong operation on types", ``, []string{"remove /endpointConfiguration/types/0"}, bad + "Invalid patch operation specified. Must be 'add'|'remove'|'replace'"},
		{"unsupported operation", ``, []string{"test /name a"}, bad + "Invalid patch operation specified. Must be one of: [replace]"},
		{"unknown endpoint type", ``, []string{"replace /endpointConfiguration/types/0 LOCAL"}, bad + "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"},
		{"unknown index", ``, []string{"replace /endpointConfiguration/types/1 EDGE"}, bad + "Invalid patch path /endpointConfiguration/types/1"},
		{"no operation", ``, []string{"frob /name b"}, "400 ValidationException: 1 validation error detected: Value 'frob' at 'updateRestApiInput.patchOperations.1.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]"},
		{"all or nothing", ``, []string{"replace /name b", "replace /minimumCompressionSize -1"}, bad + "Invalid minimum compression size, must be between 0 and 10485760"},
		{"checked at the end", `,"endpointConfiguration":{"types":["PRIVATE"],"vpcEndpointIds":["v"]}`, []string{"replace /endpointConfiguration/types/0 EDGE"}, bad + "VPCEndpoints can only be specified with PRIVATE apis."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			created := s.must(`POST /restapis {"name":"a"` + tt.create + `}`)
			created["tags"] = map[string]any{}
			path := "/restapis/" + created["id"].(string)
			a := s.do(patchOf(path, tt.ops...))
			if a.kind != "" {
				if a.String() != tt.want {
					t.Errorf("%v\n got %s\nwant %s", tt.ops, a, tt.want)
				}
			} else {
				var changed map[string]any
				if err := json.Unmarshal([]byte(tt.want), &changed); err != nil {
					t.Fatalf("%v: got %s, want %s", tt.ops, a, tt.want)
				}
				for name, value := range changed {
					created[name] = value
					if value == nil {
						delete(created, name)
					}
				}
				if diff := cmp.Diff(created, a.body); diff != "" {
					t.Errorf("%v (-want +got):\n%s", tt.ops, diff)
				}
			}
			if diff := cmp.Diff(created, s.must("GET "+path)); diff != "" {
				t.Errorf("%v, read again (-want +got):\n%s", tt.ops, diff)
			}
		})
	}
}

func TestRestAPIPolicy(t *testing.T) {
	s := newTestServer(t)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["execute-api:Invoke"],"Resource":["execute-api:/*"]},` +
		`{"Effect":"Deny","Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Action":"execute-api:Invoke","Resource":["execute-api:/a/*","arn:aws:execute-api:*"],"Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}}]}`
	body, err := json.Marshal(map[string]string{"name": "a", "policy": policy})
	if err != nil {
		t.Fatal(err)
	}
	created := s.must("POST /restapis " + string(body))
	id := created["id"].(string)
	want := strings.ReplaceAll(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-1:123456789012:ID/*"},`+
		`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"execute-api:Invoke","Resource":["arn:aws:execute-api:eu-west-1:123456789012:ID/a/*","arn:aws:execute-api:*"],"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`, "ID", id)
	want = strings.ReplaceAll(want, `"`, `\"`)
	for name, shown := range map[string]map[string]any{
		"create": created,
		"get":    s.must("GET /restapis/" + id),
		"update": s.must(patchOf("/restapis/"+id, "replace /name b")),
		"list":   s.must("GET /restapis")["item"].([]any)[0].(map[string]any),
	} {
		if got := shown["policy"]; got != want {
			t.Errorf("%s: got policy\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestNormalPolicyRefuses(t *testing.T) {
	for _, policy := range []string{
		``, `x`, `[]`, `{}`, `{"Statement":[]}`, `{"Statement":[1]}`,
		`{"Statement":{"Effect":"Maybe","Principal":"*","Action":"*","Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":{},"Action":"*","Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":[],"Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":{"a":1},"Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","NotResource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":""}}`,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/*"},"Action":"*","Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"ann"},"Action":"*","Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"IsLike":{"aws:SourceIp":"x"}}}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/40"}}}}`,
		`{"Version":"2020-01-01","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`,
	} {
		if got, err := normalPolicy(policy, "arn/"); err != errPolicy {
			t.Errorf("%s: got %s, %v, want %v", policy, got, err, errPolicy)
		}
	}
}

func TestPolicySize(t *testing.T) {
	s := newTestServer(t)
	create := func(resources int) answer {
		policy := `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":[` + strings.Repeat(`"execute-api:/*",`, resources) + `"*"]}}`
		body, err := json.Marshal(map[string]string{"name": "a", "policy": policy})
		if err != nil {
			t.Fatal(err)
		}
		return s.do("POST /restapis " + string(body))
	}
	if got, want := create(500).String(), "429 LimitExceededException: Maximum policy size of 8192 characters has been exceeded."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// The limit is on what is given, not on what becomes of it.
	id := create(450).body["id"].(string)
	s.must(patchOf("/restapis/"+id, "replace /name b"))
}

func TestPolicyIsKeptInNormalForm(t *testing.T) {
	policy := `{"Statement":{"Effect":"Allow","NotPrincipal":"*","NotAction":["a"],"NotResource":["execute-api:/x"]}}`
	once, err := normalPolicy(policy, "arn/")
	if err != nil {
		t.Fatal(err)
	}
	twice, err := normalPolicy(once, "arn/")
	if err != nil || once != twice {
		t.Errorf("got %s after %s, %v", twice, once, err)
	}
}

func TestDeleteRestAPILeavesNothing(t *testing.T) {
	s := newTestServer(t)
	other, _ := s.api()
	before := len(s.keys())
	id, root := s.api()
	child := s.resource(id, root, "a")
	vars := map[string]string{"id": id, "child": child}
	for _, request := range []string{
		`PUT /restapis/{id}/resources/{child}/methods/GET {"authorizationType":"NONE"}`,
		`POST /restapis/{id}/requestvalidators {}`,
		`PUT /restapis/{id}/gatewayresponses/THROTTLED {}`,
	} {
		s.run(vars, []exchange{{request, `201 {...`}})
	}
	s.must("DELETE /restapis/" + id)
	if got := s.keys(); len(got) != before {
		t.Errorf("after the deletion the store holds %v", got)
	}
	if got := s.applied.Load(); got != 1 {
		t.Errorf("the data plane was waited for %d times, want once", got)
	}
	s.must("GET /restapis/" + other + "/models/Error")
}

// keys returns all keys of the store.
func (s *testServer) keys() (keys []store.Key) {
	s.t.Helper()
	err := s.store.View(s.t.Context(), func(tx store.Tx) error {
		for key := range tx.Scan("", "") {
			keys = append(keys, key)
		}
		return tx.Err()
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return keys
}

func TestAPIIDsAreUniqueAmongAccounts(t *testing.T) {
	s := newTestServer(t)
	pinned := &apigateway.CreateRestApiInput{Name: new("a"), Tags: map[string]string{"sluice:id": "mine"}}
	if _, err := s.sdk.CreateRestApi(t.Context(), pinned); err != nil {
		t.Fatal(err)
	}
	_, err := s.sdk.CreateRestApi(t.Context(), pinned, func(o *apigateway.Options) { o.Region = "us-east-1" })
	if _, ok := errors.AsType[*types.ConflictException](err); !ok {
		t.Errorf("the same id in another region: got %v, want ConflictException", err)
	}
}

func TestAccountsAndRegionsShareNothing(t *testing.T) {
	s := newTestServer(t)
	id, _ := s.api()
	for _, options := range []func(*apigateway.Options){
		func(o *apigateway.Options) { o.Region = "us-east-1" },
		func(o *apigateway.Options) {
			o.Credentials = credentials.NewStaticCredentialsProvider("210987654321", "secret", "")
		},
	} {
		_, err := s.sdk.GetRestApi(t.Context(), &apigateway.GetRestApiInput{RestApiId: &id}, options)
		if _, ok := errors.AsType[*types.NotFoundException](err); !ok {
			t.Errorf("got %v, want NotFoundException", err)
		}
	}
	if _, err := s.sdk.GetRestApi(t.Context(), &apigateway.GetRestApiInput{RestApiId: &id}); err != nil {
		t.Error(err)
	}
}

func TestPagesMissAndRepeatNothingWhileAPIsComeAndGo(t *testing.T) {
	s := newTestServer(t)
	var want []string
	for range 7 {
		id, _ := s.api()
		want = append(want, id)
	}
	var got []string
	pages := apigateway.NewGetRestApisPaginator(s.sdk, &apigateway.GetRestApisInput{Limit: new(int32(2))})
	for n := 0; pages.HasMorePages(); n++ {
		p, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range p.Items {
			got = append(got, *item.Id)
		}
		switch n {
		case 0: // what was seen last goes, and what comes is last
			s.must("DELETE /restapis/" + want[1])
			id, _ := s.api()
			want = append(want, id)
		case 1:
			s.must("DELETE /restapis/" + want[0])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPaging(t *testing.T) {
	s := newTestServer(t)
	for range 26 {
		s.api()
	}
	length := func(query string) int { return len(s.must("GET /restapis" + query)["item"].([]any)) }
	for query, want := range map[string]int{"": 25, "?limit=0": 25, "?limit=-1": 25, "?limit=1": 1, "?limit=26": 26, "?limit=500": 26} {
		if got := length(query); got != want {
			t.Errorf("%s: got %d APIs, want %d", query, got, want)
		}
	}
	if p := s.must("GET /restapis?limit=26")["position"]; p != nil {
		t.Errorf("a full page that ends the collection has position %v", p)
	}
	position := s.must("GET /restapis")["position"].(string)
	rest := s.must("GET /restapis?position=" + position)
	if len(rest["item"].([]any)) != 1 || rest["position"] != nil {
		t.Errorf("after %s: got %v, want the last API", position, rest)
	}
	s.run(nil, []exchange{
		{`GET /restapis?limit=501`, `400 BadRequestException: Invalid limit parameter. The maximum is 500.`},
		{`GET /restapis?position=nonsense`, `400 BadRequestException: Invalid position parameter.`},
		{`GET /restapis?position=!`, `400 BadRequestException: Invalid position parameter.`},
	})
}

func TestParallelUpdatesOfOneAPIAreAllKept(t *testing.T) {
	s := newTestServer(t)
	id, _ := s.api()
	var all sync.WaitGroup
	want := map[string]bool{}
	for n := range 20 {
		mediaType := fmt.Sprintf("image/%d", n)
		want[mediaType] = true
		all.Go(func() {
			_, err := s.sdk.UpdateRestApi(context.Background(), &apigateway.UpdateRestApiInput{
				RestApiId:       &id,
				PatchOperations: []types.PatchOperation{{Op: types.OpAdd, Path: new("/binaryMediaTypes/" + strings.ReplaceAll(mediaType, "/", "~1"))}},
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got := map[string]bool{}
	for _, v := range s.must("GET /restapis/" + id)["binaryMediaTypes"].([]any) {
		got[v.(string)] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
