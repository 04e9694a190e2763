package control

import (
	"encoding/json"
	"errors"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// patched applies operations to a record as it may stand in the store, and reports a refusal
// that left a trace or that the client could not be shown.
type patched func(t *rapid.T, ops []apigw.PatchOperation)

func patches[T any](table *patch.Table[T], record string) patched {
	return func(t *rapid.T, ops []apigw.PatchOperation) {
		var got, want T
		for _, r := range []*T{&got, &want} {
			if err := json.Unmarshal([]byte(record), r); err != nil {
				t.Fatal(err)
			}
		}
		err := table.Apply(&got, ops)
		if err == nil {
			return
		}
		if _, ok := errors.AsType[*apigw.Error](err); !ok {
			t.Errorf("%s: got %T %v, want *apigw.Error", table.Resource, err, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: refused operations left a trace (-want +got):\n%s", table.Resource, diff)
		}
	}
}

// TestPatchTablesStandAnything applies operations that clients might make up to every table.
func TestPatchTablesStandAnything(t *testing.T) {
	tables := []struct {
		apply patched
		paths []string
	}{
		{patches(&accountPatch, `{}`), accountPatch.PathsFor(^patch.Ops(0))},
		{patches(&authorizerPatch, `{"name":"a","type":"TOKEN"}`), authorizerPatch.PathsFor(^patch.Ops(0))},
		{patches(&deploymentPatch, `{"id":"a"}`), deploymentPatch.PathsFor(^patch.Ops(0))},
		{patches(&documentationPartPatch, `{"id":"a"}`), documentationPartPatch.PathsFor(^patch.Ops(0))},
		{patches(&documentationVersionPatch, `{"version":"a"}`), documentationVersionPatch.PathsFor(^patch.Ops(0))},
		{patches(&gatewayResponsePatch, `{"responseType":"THROTTLED"}`), gatewayResponsePatch.PathsFor(^patch.Ops(0))},
		{patches(&integrationPatch, `{"type":"MOCK","requestParameters":{"a":"b"},"cacheKeyParameters":["a"]}`), integrationPatch.PathsFor(^patch.Ops(0))},
		{patches(&integrationResponsePatch, `{"statusCode":"200"}`), integrationResponsePatch.PathsFor(^patch.Ops(0))},
		{patches(&methodPatch, `{"httpMethod":"GET","requestModels":{"a":"b"}}`), methodPatch.PathsFor(^patch.Ops(0))},
		{patches(&methodResponsePatch, `{"statusCode":"200","responseParameters":{"a":true}}`), methodResponsePatch.PathsFor(^patch.Ops(0))},
		{patches(&modelPatch, `{"name":"a"}`), modelPatch.PathsFor(^patch.Ops(0))},
		{patches(&requestValidatorPatch, `{"id":"a"}`), requestValidatorPatch.PathsFor(^patch.Ops(0))},
		{patches(&resourcePatch, `{"id":"a","parentId":"b"}`), resourcePatch.PathsFor(^patch.Ops(0))},
		{patches(&restAPIPatch, `{"name":"a","endpointConfiguration":{"types":["EDGE"]},"binaryMediaTypes":["a"]}`), restAPIPatch.PathsFor(^patch.Ops(0))},
		{patches(&stagePatch, `{"stageName":"a","deploymentId":"b"}`), stagePatch.PathsFor(^patch.Ops(0))},
	}
	variables := regexp.MustCompile(`\{[^}]*\}`)
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a", "b", "0", "-1", "99999999999999", "true", "EDGE", "PRIVATE", "~1pets", "*", "GET"}))
	rapid.Check(t, func(t *rapid.T) {
		table := rapid.SampledFrom(tables).Draw(t, "table")
		operation := rapid.Custom(func(t *rapid.T) apigw.PatchOperation {
			path := variables.ReplaceAllLiteralString(rapid.SampledFrom(append(table.paths, "/nope")).Draw(t, "path"), texts.Draw(t, "variable"))
			op := rapid.SampledFrom([]apigw.Op{apigw.OpAdd, apigw.OpRemove, apigw.OpReplace, apigw.OpCopy, apigw.OpMove, apigw.OpTest}).Draw(t, "op")
			return apigw.PatchOperation{
				Op:    rapid.Ptr(rapid.Just(op), true).Draw(t, "op or none"),
				Path:  rapid.Ptr(rapid.Just(path), true).Draw(t, "path or none"),
				Value: rapid.Ptr(texts, true).Draw(t, "value"),
				From:  rapid.Ptr(rapid.SampledFrom([]string{"/canarySettings/deploymentId", "/canarySettings/stageVariableOverrides", "/a"}), true).Draw(t, "from"),
			}
		})
		table.apply(t, rapid.SliceOfN(operation, 1, 4).Draw(t, "operations"))
	})
}
