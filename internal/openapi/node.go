package openapi

import (
	"strconv"
	"strings"
)

// Position is a place in a document. Line and Column count from 1, columns in characters;
// the zero Position is no place.
type Position struct {
	Line, Column int
}

// String returns "line L, column C".
func (p Position) String() string {
	return "line " + strconv.Itoa(p.Line) + ", column " + strconv.Itoa(p.Column)
}

// kind is the JSON type of a node.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

func (k kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// node is one value of a document, read-only once read. YAML aliases make nodes shared, so
// that the tree is an acyclic graph; size bounds the work of walking it.
type node struct {
	kind    kind
	text    string // of a string its value, of a number JSON text, of a boolean true or false
	written string // a scalar as it stands in the document: 1.10 stays 1.10
	items   []*node
	members []member
	index   map[string]int // key to its place in members, of large objects
	pos     Position
	size    int  // nodes below and including this one, aliases expanded
	literal bool // a YAML literal block: its lines are lines of the document
}

// member is one entry of an object.
type member struct {
	key   string
	pos   Position // of the key
	value *node
}

// indexFrom is the number of members from which an object gets an index.
const indexFrom = 9

// get returns the value of key, nil where n has no such member or is no object.
func (n *node) get(key string) *node {
	if m := n.member(key); m != nil {
		return m.value
	}
	return nil
}

// member returns the entry of key, nil where n has none or is no object.
func (n *node) member(key string) *member {
	if n == nil {
		return nil
	}
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return &n.members[i]
		}
		return nil
	}
	for i := range n.members {
		if n.members[i].key == key {
			return &n.members[i]
		}
	}
	return nil
}

// add appends a member to an object that is being read. It reports false, and
// changes nothing, where the key is there already.
func (n *node) add(m member) bool {
	if n.member(m.key) != nil {
		return false
	}
	n.members = append(n.members, m)
	switch {
	case n.index != nil:
		n.index[m.key] = len(n.members) - 1
	case len(n.members) == indexFrom:
		n.index = make(map[string]int, 2*indexFrom)
		for i := range n.members {
			n.index[n.members[i].key] = i
		}
	}
	n.grow(m.value)
	return true
}

// grow counts child into the size of n. The sum stops at a value far above every limit.
func (n *node) grow(child *node) {
	const enough = 1 << 40
	n.size = min(n.size+child.size, enough)
}

// is reports whether n exists and is of kind k.
func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// scalar returns the text of a string, number or boolean as it stands in the document.
func (n *node) scalar() (string, bool) {
	if n == nil {
		return "", false
	}
	switch n.kind {
	case kindString:
		return n.text, true
	case kindNumber, kindBool:
		return n.written, true
	}
	return "", false
}

// pointer follows a JSON pointer ("/a/b~1c") from n, nil where it leads nowhere.
func (n *node) pointer(pointer string) *node {
	if pointer == "" {
		return n
	}
	rest, ok := strings.CutPrefix(pointer, "/")
	for ok && n != nil {
		var token string
		token, rest, ok = strings.Cut(rest, "/")
		token = pointerUnescaper.Replace(token)
		switch n.kind {
		case kindObject:
			n = n.get(token)
		case kindArray:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(n.items) {
				return nil
			}
			n = n.items[i]
		default:
			return nil
		}
	}
	return n
}

var (
	pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
	pointerEscaper   = strings.NewReplacer("~", "~0", "/", "~1")
)
