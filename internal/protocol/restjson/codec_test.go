package restjson

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
)

// What decodes is encoded to a text that decodes to the same and is encoded to the same.
func FuzzCodec(f *testing.F) {
	f.Add(`{"type":"HTTP","timeoutInMillis":29000,"requestTemplates":{"a":null,"b":"x"},"integrationResponses":{"200":{"statusCode":"200"}}}`, 0)
	f.Add(`{"createdDate":1795344358.25,"methodSettings":{"*/*":{"throttlingRateLimit":1e21}},"canarySettings":{"percentTraffic":2}}`, 1)
	f.Add(`{"createdDate":"1","policy":"\u2028<>\ud800","tags":{"":""},"binaryMediaTypes":[null,""],"minimumCompressionSize":1.9}`, 2)
	p := planner{}
	plans := []*plan{
		p.structure(apigw.GetIntegration.Output, reflect.TypeFor[apigw.Integration]()),
		p.structure(apigw.GetStage.Output, reflect.TypeFor[apigw.Stage]()),
		p.structure(apigw.GetRestApi.Output, reflect.TypeFor[apigw.RestApi]()),
	}
	f.Fuzz(func(t *testing.T, body string, which int) {
		p := plans[uint(which)%uint(len(plans))]
		first, err := decodeForTest(p, []byte(body))
		if err != nil {
			return
		}
		text := appendStructure(nil, p, first)
		if !json.Valid(text) {
			t.Fatalf("not JSON: %s", text)
		}
		second, err := decodeForTest(p, text)
		if err != nil {
			t.Fatalf("decode %s: %v", text, err)
		}
		again := appendStructure(nil, p, second)
		if diff := cmp.Diff(string(text), string(again)); diff != "" {
			t.Error(diff)
		}
	})
}

func decodeForTest(p *plan, body []byte) (reflect.Value, error) {
	v := reflect.New(p.typ).Elem()
	return v, decodeBody(p, body, v, "x", make([][]string, len(p.members)), make([]bool, len(p.members)))
}

func BenchmarkPutIntegration(b *testing.B) {
	p := planner{}.structure(apigw.PutIntegration.Input, reflect.TypeFor[apigw.PutIntegrationRequest]())
	body := []byte(`{"type":"HTTP","httpMethod":"POST","uri":"http://example.com","requestTemplates":{"application/json":"$input.body"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeForTest(p, body); err != nil {
			b.Fatal(err)
		}
	}
}
