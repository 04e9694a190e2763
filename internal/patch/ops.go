package patch

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// Ops is a set of operations.
type Ops uint8

// The operations that the model knows. Move and Test are understood and taken by no resource.
const (
	Add Ops = 1 << iota
	Remove
	Replace
	Copy
	Move
	Test

	// Entry is what a member of a map takes.
	Entry = Add | Remove | Replace
)

var opNames = []struct {
	op   Ops
	name apigw.Op
}{
	{Add, apigw.OpAdd},
	{Remove, apigw.OpRemove},
	{Replace, apigw.OpReplace},
	{Copy, apigw.OpCopy},
	{Move, apigw.OpMove},
	{Test, apigw.OpTest},
}

// String lists the operations: "add, remove, replace".
func (o Ops) String() string {
	var names []string
	for _, n := range opNames {
		if o&n.op != 0 {
			names = append(names, string(n.name))
		}
	}
	return strings.Join(names, ", ")
}

// opOf returns the operation that op asks for, the empty set where it names none.
func opOf(op apigw.PatchOperation) Ops {
	for _, n := range opNames {
		if apigw.Value(op.Op) == n.name {
			return n.op
		}
	}
	return 0
}
