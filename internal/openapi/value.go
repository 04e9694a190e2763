package openapi

import (
	"math"
	"net/url"
	"strconv"
	"strings"
)

// The readers below take the value of a member that may be absent (nil), say what is wrong
// where it has the wrong type, and name the member in that sentence.

// object returns n where it is an object, nil otherwise.
func (b *builder) object(n *node, name string) *node {
	if n == nil || b.wrong(n, name, kindObject) {
		return nil
	}
	return n
}

// array returns the items of an array.
func (b *builder) array(n *node, name string) []*node {
	if n == nil || b.wrong(n, name, kindArray) {
		return nil
	}
	return n.items
}

// text returns a string, nil where it is absent. A number counts as the text it is written as.
func (b *builder) text(n *node, name string) *string {
	if n == nil || n.kind == kindNull {
		return nil
	}
	if s, ok := n.scalar(); ok {
		return &s
	}
	b.wrong(n, name, kindString)
	return nil
}

// flag returns a boolean, nil where it is absent. The strings "true" and "false" count.
func (b *builder) flag(n *node, name string) *bool {
	if n == nil || n.kind == kindNull {
		return nil
	}
	if n.kind == kindBool || n.kind == kindString {
		switch strings.ToLower(n.text) {
		case "true":
			return new(true)
		case "false":
			return new(false)
		}
	}
	b.wrong(n, name, kindBool)
	return nil
}

// number returns a whole number, nil where it is absent. A string of digits counts.
func (b *builder) number(n *node, name string) *int32 {
	if n == nil || n.kind == kindNull {
		return nil
	}
	if n.kind == kindNumber || n.kind == kindString {
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && f == math.Trunc(f) && math.Abs(f) <= math.MaxInt32 {
			return new(int32(f))
		}
	}
	b.wrong(n, name, kindNumber)
	return nil
}

// texts returns an array of strings, nil where it is absent.
func (b *builder) texts(n *node, name string) []string {
	if n == nil || n.kind == kindNull || b.wrong(n, name, kindArray) {
		return nil
	}
	list := make([]string, 0, len(n.items))
	for _, item := range n.items {
		if s := b.text(item, name); s != nil {
			list = append(list, *s)
		}
	}
	return list
}

// wrong reports whether n is not of the kind that is wanted and, if so, says it.
func (b *builder) wrong(n *node, name string, want kind) bool {
	if n.kind == want {
		return false
	}
	b.fail(n.pos, "Expected %s for '%s', got %s", want, name, n.kind)
	return true
}

// maxReferences bounds a chain of references to references.
const maxReferences = 32

// resolve follows the $ref of n, and of what it leads to, within the document. It
// returns nil where that leads nowhere, having said so; n itself where it has no $ref.
func (b *builder) resolve(n *node) *node {
	from := n
	for range maxReferences {
		ref := n.get("$ref")
		if !ref.is(kindString) {
			return n
		}
		target := b.lookup(ref)
		if target == nil {
			return nil
		}
		if !b.spend(ref.pos, target) {
			return nil
		}
		n = target
	}
	b.fail(from.pos, "Reference leads back to itself")
	return nil
}

// lookup returns the value that a reference within the document names.
func (b *builder) lookup(ref *node) *node {
	pointer, ok := strings.CutPrefix(ref.text, "#")
	if !ok {
		b.fail(ref.pos, "Reference '%s' leads out of the document: only '#/...' is supported", ref.text)
		return nil
	}
	if plain, err := url.PathUnescape(pointer); err == nil {
		pointer = plain
	}
	target := b.root.pointer(pointer)
	if target == nil {
		b.fail(ref.pos, "Reference '%s' not found", ref.text)
	}
	return target
}

// spend takes the size of a value that a reference adds off the budget.
func (b *builder) spend(pos Position, target *node) bool {
	spent := b.budget <= 0
	b.budget -= target.size
	if b.budget <= 0 && !spent {
		b.fail(pos, "More than %d values once references are expanded", maxNodes)
	}
	return b.budget > 0
}
