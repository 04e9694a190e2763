package control

import (
	"testing"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

func TestEveryOperationIsBoundOrListedAsMissing(t *testing.T) {
	mux := restjson.NewMux(restjson.Config{})
	New(Config{Store: memstore.New()}).Bind(mux)
	bound := map[string]bool{}
	for _, name := range mux.Bound() {
		bound[name] = true
	}
	for _, op := range apigw.Operations() {
		if bound[op.Name] == (op.NotImplemented != "") {
			t.Errorf("operation %s: bound %v, listed as not implemented %q", op.Name, bound[op.Name], op.NotImplemented)
		}
	}
}
