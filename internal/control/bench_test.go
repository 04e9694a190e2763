package control

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

// BenchmarkCreateResource creates resources in an API that has some already. It costs the same however many these are.
func BenchmarkCreateResource(b *testing.B) {
	for _, present := range []int{10, 3000} {
		b.Run(fmt.Sprint(present), func(b *testing.B) {
			c := New(Config{Store: memstore.New(), Limits: &Limits{}})
			api, err := c.createRestApi(b.Context(), &apigw.CreateRestApiRequest{Name: "a"})
			if err != nil {
				b.Fatal(err)
			}
			create := func(parent, part string) string {
				r, err := c.createResource(b.Context(), &apigw.CreateResourceRequest{RestApiId: *api.Id, ParentId: parent, PathPart: part})
				if err != nil {
					b.Fatal(err)
				}
				return *r.Id
			}
			for n := range present {
				create(*api.RootResourceId, fmt.Sprintf("p%d", n))
			}
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				n++
				create(*api.RootResourceId, fmt.Sprintf("n%d", n))
			}
		})
	}
}

// BenchmarkPutIntegration puts integrations over the wire codec, without network, signature and disk.
func BenchmarkPutIntegration(b *testing.B) {
	ctx := restjson.WithCaller(b.Context(), restjson.Caller{AccountID: "000000000000", Region: "us-east-1", Partition: "aws"})
	c := New(Config{Store: memstore.New()})
	mux := restjson.NewMux(restjson.Config{})
	c.Bind(mux)
	api, err := c.createRestApi(ctx, &apigw.CreateRestApiRequest{Name: "a"})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := c.putMethod(ctx, &apigw.PutMethodRequest{RestApiId: *api.Id, ResourceId: *api.RootResourceId, HttpMethod: "GET", AuthorizationType: "NONE"}); err != nil {
		b.Fatal(err)
	}
	const body = `{"type":"HTTP","httpMethod":"POST","uri":"http://backend.example.com/pets/1","timeoutInMillis":1000,"passthroughBehavior":"WHEN_NO_TEMPLATES",` +
		`"requestParameters":{"integration.request.header.X-Kind":"'pet'","integration.request.querystring.caller":"context.identity.sourceIp"},` +
		`"requestTemplates":{"application/json":"#set($in = $input.path('$'))\n{\"name\": $input.json('$.name')}"}}`
	path := "/restapis/" + *api.Id + "/resources/" + *api.RootResourceId + "/methods/GET/integration"
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodPut, path, strings.NewReader(body)))
		if w.Code != http.StatusCreated {
			b.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
}
