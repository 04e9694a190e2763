package control

import (
	"fmt"
	"testing"

	"github.com/sluice-gateway/sluice/apigw"
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
