// Package patch applies the patchOperations of the control plane's Update operations.
//
// What a resource lets its clients change is data: a Table with one Row for each path,
// saying which operations the path takes and what they do. This package is the
// one engine behind all tables; the tables stand beside their resources in
// package control, and docs/patch.md is printed from them.
//
// It is not JSON Patch (RFC 6902): values are strings whatever the type of the member, a path
// may stand for an entry of a map or for an element of a list named by value, and what is not
// supported is refused in the service's words, which differ by resource (see Family).
//
// Start with Table.Apply.
//
// AWS: "Patch operations" in the Amazon API Gateway API reference.
package patch

import (
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
)

// Table is what PATCH may change on one kind of resource, held in Go as T. A Table is not
// changed after it is written down, and is then safe for concurrent use.
type Table[T any] struct {
	Resource string   // the resource's name in the model: "Method"
	Source   string   // the document that the rows come from, unless a row names its own
	Family   Family   // how an operation that no row takes is refused
	Rows     []Row[T] // in the order in which refusals and the documentation name them
}

// Row is one path of a Table.
type Row[T any] struct {
	// Path is a pattern of segments, each literal or a variable: "/requestModels/{type}". A
	// variable stands for one segment; "{path+}" for one or more, its slashes unescaped.
	Path string

	// Ops are the operations that the path takes.
	Ops Ops

	// Apply carries an operation out on t, which is a copy: it may write into
	// the maps and slices that it finds. It answers the client's mistakes with an *apigw.Error.
	Apply func(t *T, c Change) error

	Value  string // what the value is, for the documentation: "true or false"
	Source string // the document or observation behind the row, where the table's is not it
	Refuse string // the message for an operation that the path does not take, where the family's is not it
}

// Change is one operation as the row that takes it sees it.
type Change struct {
	Op    Ops     // exactly one operation
	Path  string  // as the client sent it
	Value *string // nil when the client sent none
	From  string  // for Copy: where to read, as sent

	vars []string
}

// Text returns the value, "" when the client sent none.
func (c Change) Text() string { return apigw.Value(c.Value) }

// Var returns what the i-th variable of the row's path stands for, its escapes undone.
func (c Change) Var(i int) string { return c.vars[i] }

// Apply carries out ops in order on a copy of target and stores the copy in target when
// all of them succeed. On an error, always an *apigw.Error, target is untouched.
func (t *Table[T]) Apply(target *T, ops []apigw.PatchOperation) error {
	next := clone(*target)
	for _, op := range ops {
		if err := t.apply(&next, op); err != nil {
			return err
		}
	}
	*target = next
	return nil
}

func (t *Table[T]) apply(target *T, op apigw.PatchOperation) error {
	path, want := apigw.Value(op.Path), opOf(op)
	refusal := ""
	for _, row := range t.Rows {
		vars, ok := match(row.Path, path)
		if !ok {
			continue
		}
		if row.Ops&want != 0 {
			return row.Apply(target, Change{Op: want, Path: path, Value: op.Value, From: apigw.Value(op.From), vars: vars})
		}
		refusal = row.Refuse
	}
	if refusal != "" {
		return apigw.BadRequest(refusal)
	}
	return t.Family(t, op)
}

// OpsFor returns the operations that path takes, none where no row matches it.
func (t *Table[T]) OpsFor(path string) Ops {
	var ops Ops
	for _, row := range t.Rows {
		if _, ok := match(row.Path, path); ok {
			ops |= row.Ops
		}
	}
	return ops
}

// PathsFor returns the patterns of the paths that take any of ops, in the table's order.
func (t *Table[T]) PathsFor(ops Ops) []string {
	var paths []string
	for _, row := range t.Rows {
		if row.Ops&ops != 0 && !slices.Contains(paths, row.Path) {
			paths = append(paths, row.Path)
		}
	}
	return paths
}
