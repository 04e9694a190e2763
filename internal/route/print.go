package route

import (
	"maps"
	"slices"
	"strings"
)

// String prints the tree in the order in which it is searched, one node a line, with the verbs that
// it serves:
//
//	/
//	  pets GET POST
//	    {petId} GET
//	  {proxy+} ANY
func (t *Tree[M]) String() string {
	if t == nil {
		return ""
	}
	var b strings.Builder
	t.root.print(&b, "/", 0)
	return b.String()
}

// print writes a node and everything below it.
func (n *node[M]) print(b *strings.Builder, label string, depth int) {
	b.WriteString(strings.Repeat("  ", depth))
	b.WriteString(label)
	for v := range verbCount {
		if n.has.contains(v) {
			b.WriteByte(' ')
			b.WriteString(verbNames[v])
		}
	}
	b.WriteByte('\n')
	for _, part := range slices.Sorted(maps.Keys(n.literals)) {
		n.literals[part].print(b, part, depth+1)
	}
	if n.param != nil {
		n.param.print(b, "{"+n.param.name+"}", depth+1)
	}
	if n.greedy != nil {
		n.greedy.print(b, "{"+n.greedy.name+"+}", depth+1)
	}
}
