package patch

import (
	"fmt"
	"strings"
)

// Documented is a Table of any type as the documentation sees it.
type Documented interface {
	// Markdown describes the table: a heading, its source, one line for each row.
	Markdown() string
}

// Markdown implements Documented.
func (t *Table[T]) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\nAWS: %s\n\n| path | operations | value | source |\n| --- | --- | --- | --- |\n", t.Resource, t.Source)
	for _, row := range t.Rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", row.Path, row.Ops, row.Value, row.Source)
	}
	return b.String()
}
