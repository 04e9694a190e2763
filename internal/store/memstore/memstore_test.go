package memstore_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
	"github.com/sluice-gateway/sluice/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Store { return memstore.New() })
}

func BenchmarkGet(b *testing.B) {
	b.ReportAllocs()
	s := memstore.New()
	api := store.In("000000000000", "us-east-1").API("a1b2c3d4e5")
	values := map[store.Key]string{}
	for i := range 10000 {
		values[api.SnapshotChunk("d", i)] = "{}"
	}
	storetest.Put(b, s, values)
	key := api.SnapshotChunk("d", 5000)
	for b.Loop() {
		err := s.View(b.Context(), func(tx store.Tx) error {
			_, _, err := tx.Get(key)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
