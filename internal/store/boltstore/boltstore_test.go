package boltstore_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/boltstore"
	"github.com/sluice-gateway/sluice/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Store { return open(t, t.TempDir()) })
}

// open opens the store of a directory. The test closes it.
func open(t testing.TB, dir string) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(boltstore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
