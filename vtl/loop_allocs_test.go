//go:build !race

package vtl_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/vtl"
)

// The race detector makes pools forget at random, so that only builds without it can count.
func TestLoopsAllocateNothing(t *testing.T) {
	template, err := vtl.Parse("loops", `#foreach($i in $l)#foreach($j in $l)$foreach.index#if($foreach.hasNext),#end#end#end`, vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	vars := []vtl.Var{{Name: "l", Value: vtl.ListOf(vtl.NewList(vtl.ArrayList, []vtl.Value{vtl.Int(1), vtl.Int(2), vtl.Int(3)}))}}
	out := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { out, err = template.Append(out[:0], vars) }); n > 0 || err != nil {
		t.Errorf("%v allocations a rendering, want none; error %v", n, err)
	}
}
