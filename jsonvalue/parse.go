package jsonvalue

// Hot path.

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// MaxDepth is how deep arrays and objects may be nested in a document.
const MaxDepth = 400

// SyntaxError tells why a text is no JSON document, and where.
type SyntaxError struct {
	Offset  int    // bytes before the place
	Line    int    // from 1
	Column  int    // from 1, in bytes
	Message string // what is wrong
}

// Error returns the message with its position.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// Parse reads one JSON document by the rules of RFC 8259. Of members with the same
// name the last one counts, at the place of the first. An error is a [*SyntaxError].
func Parse(text []byte) (Value, error) { return ParseString(string(text)) }

// ParseString is [Parse] for a string, which the values share.
func ParseString(text string) (Value, error) { return parse(text, false) }

// ParseLenient reads one document as the parser behind mapping templates does: keys and strings may have single
// quotes or none, so that bare text is a string; commas may be missing after strings or be too many; what follows
// the document is ignored. Text in which bytes are not UTF-8 is read with U+FFFD in their place.
//
// Observed: the service parses {statusCode: 200}, and form posts as strings.
func ParseLenient(text []byte) (Value, error) { return ParseLenientString(string(text)) }

// ParseLenientString is [ParseLenient] for a string, which the values share.
func ParseLenientString(text string) (Value, error) { return parse(validUTF8(text), true) }

// validUTF8 returns text in which what is no UTF-8 is U+FFFD.
func validUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func parse(text string, lenient bool) (Value, error) {
	p := parser{src: text, lenient: lenient}
	if !lenient && !utf8.ValidString(text) {
		return Value{}, p.errorAt(p.invalidUTF8(), "the text is not UTF-8")
	}
	d := new(document)
	if err := p.parse(d); err != nil {
		return Value{}, err
	}
	return d.root(), nil
}

// root returns the root of a document, its last node.
func (d *document) root() Value { return Value{d, uint32(len(d.nodes) - 1)} }

// parse reads the document.
func (p *parser) parse(d *document) error {
	if len(p.src) > math.MaxUint32/2 {
		return p.errorAt(0, "the document is too large")
	}
	if p.nodes == nil {
		p.nodes = make([]node, 0, len(p.src)/9+4)
		p.open = make([]node, 0, 32)
	}
	root, ok := p.wellFormed()
	if !ok {
		*p = parser{src: p.src, lenient: p.lenient, nodes: p.nodes[:0], open: p.open[:0]}
		var err error
		if root, err = p.document(); err != nil {
			return err
		}
	}
	*d = document{src: p.src, nodes: append(p.nodes, root)}
	if len(p.extra) > 0 {
		d.extra = unsafe.String(&p.extra[0], len(p.extra)) // p.extra is not written any more
	}
	return nil
}

// parser reads a document by recursive descent. The nodes of arrays and objects that are not closed yet
// wait on a stack; when one closes, its children move to the table together.
type parser struct {
	src     string
	pos     int
	nodes   []node // finished
	open    []node // children of what is open, outermost first
	extra   []byte // texts of strings that have escapes
	depth   int
	lenient bool
}

func (p *parser) document() (node, error) {
	if p.lenient {
		return p.lenientValue(stopAtEnd)
	}
	p.space()
	root, err := p.value()
	if err != nil {
		return node{}, err
	}
	if p.space(); p.pos < len(p.src) {
		return node{}, p.errorAt(p.pos, "unexpected "+p.found()+" after the document")
	}
	return root, nil
}

// space skips white space.
func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// peek returns the byte at the position, 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// value reads a value. Its key is for the caller to set.
func (p *parser) value() (node, error) {
	switch c := p.peek(); {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		at, n, err := p.quoted()
		return node{kind: String, at: at, n: n}, err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, w := range words {
		if strings.HasPrefix(p.src[p.pos:], w.text) {
			p.pos += len(w.text)
			return node{kind: w.kind}, nil
		}
	}
	return node{}, p.unexpected("want a value")
}

var words = [...]struct {
	text string
	kind Kind
}{{"true", True}, {"false", False}, {"null", Null}}

func (p *parser) array() (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	mark := len(p.open)
	p.pos++
	if p.space(); p.peek() == ']' {
		return p.close(Array, mark), nil
	}
	for {
		p.space()
		elem, err := p.value()
		if err != nil {
			return node{}, err
		}
		p.open = append(p.open, elem)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			return p.close(Array, mark), nil
		default:
			return node{}, p.unexpected("want , or ]")
		}
	}
}

func (p *parser) object() (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	mark := len(p.open)
	p.pos++
	if p.space(); p.peek() == '}' {
		return p.close(Object, mark), nil
	}
	for {
		p.space()
		member, err := p.member()
		if err != nil {
			return node{}, err
		}
		p.open = append(p.open, member)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			return p.close(Object, mark), nil
		default:
			return node{}, p.unexpected("want , or }")
		}
	}
}

// member reads a name, a colon and a value.
func (p *parser) member() (node, error) {
	if p.peek() != '"' {
		return node{}, p.unexpected("want a member's name in quotes")
	}
	keyAt, keyLen, err := p.quoted()
	if err != nil {
		return node{}, err
	}
	if p.space(); p.peek() != ':' {
		return node{}, p.unexpected("want :")
	}
	p.pos++
	p.space()
	member, err := p.value()
	member.keyAt, member.keyLen, member.mark = keyAt, keyLen, p.mark(keyAt, keyLen)
	return member, err
}

func (p *parser) enter() error {
	if p.depth++; p.depth > MaxDepth {
		return p.errorAt(p.pos, fmt.Sprintf("the document is nested deeper than %d", MaxDepth))
	}
	return nil
}

// close ends an array or object at its last bracket: its children are what waits above mark.
func (p *parser) close(kind Kind, mark int) node {
	p.pos++
	p.depth--
	return p.gather(kind, mark)
}

// gather moves the nodes that wait above mark to the table, as the children of the array or object that it returns.
func (p *parser) gather(kind Kind, mark int) node {
	children := p.open[mark:]
	if kind == Object {
		children = p.unique(children)
	}
	n := node{kind: kind, at: uint32(len(p.nodes)), n: uint32(len(children))}
	if len(children) == 1 {
		p.nodes = append(p.nodes, children[0])
	} else {
		p.nodes = append(p.nodes, children...)
	}
	p.open = p.open[:mark]
	return n
}

// unique lets the last of several members with the same name take the place of the first.
func (p *parser) unique(members []node) []node {
	if len(members) < 2 {
		return members
	}
	var seen [4]uint64
	for i := range members {
		mark := members[i].mark
		bit := uint64(1) << (mark & 63)
		if seen[mark>>6]&bit != 0 {
			return p.uniqueByName(members)
		}
		seen[mark>>6] |= bit
	}
	return members
}

// mark returns the mark of a name that was read.
func (p *parser) mark(at, n uint32) uint8 { return markOf(p.text(at, n)) }

// markOf returns a number that is mostly another for another name.
func markOf(name string) uint8 {
	n := uint(len(name))
	if n == 0 {
		return 0
	}
	return uint8(n) + 7*name[0] + 13*name[n/2] + 29*name[n-1]
}

func (p *parser) uniqueByName(members []node) []node {
	if len(members) > manyMembers {
		return p.uniqueOfMany(members)
	}
	kept := members[:0]
next:
	for _, m := range members {
		for i := range kept {
			if kept[i].keyLen == m.keyLen && p.text(kept[i].keyAt, m.keyLen) == p.text(m.keyAt, m.keyLen) {
				m.keyAt = kept[i].keyAt
				kept[i] = m
				continue next
			}
		}
		kept = append(kept, m)
	}
	return kept
}

// manyMembers is how many members an object may have to compare each name with each.
const manyMembers = 24

func (p *parser) uniqueOfMany(members []node) []node {
	places := make(map[string]int, len(members))
	kept := members[:0]
	for _, m := range members {
		name := p.text(m.keyAt, m.keyLen)
		if i, known := places[name]; known {
			kept[i] = m
			continue
		}
		places[name] = len(kept)
		kept = append(kept, m)
	}
	return kept
}

// text returns a string that was read. It is valid until the next one with escapes is read.
func (p *parser) text(at, n uint32) string {
	switch {
	case n == 0:
		return ""
	case int(at) < len(p.src):
		return p.src[at : at+n]
	}
	at -= uint32(len(p.src))
	return unsafe.String(&p.extra[at], n)
}

// number reads a number by JSON's grammar.
func (p *parser) number() (node, error) {
	start := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	switch first := p.pos; {
	case p.digits() == 0:
		return node{}, p.unexpected("want a digit")
	case p.src[first] == '0' && p.pos > first+1:
		return node{}, p.errorAt(first, "a number must not begin with 0")
	}
	whole := true
	if p.peek() == '.' {
		p.pos++
		if whole = false; p.digits() == 0 {
			return node{}, p.unexpected("want a digit")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		if whole = false; p.digits() == 0 {
			return node{}, p.unexpected("want a digit")
		}
	}
	return p.numberNode(start, p.pos, whole), nil
}

// digits skips digits and returns how many there were.
func (p *parser) digits() int {
	start := p.pos
	for p.pos < len(p.src) && p.src[p.pos]-'0' <= 9 {
		p.pos++
	}
	return p.pos - start
}

func (p *parser) numberNode(start, end int, whole bool) node {
	class := classify(p.src[start:end], whole)
	return node{kind: Number, class: class, at: uint32(start), n: uint32(end - start)}
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8.
func (p *parser) invalidUTF8() int {
	for i := 0; i < len(p.src); {
		r, size := utf8.DecodeRuneInString(p.src[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(p.src)
}

// unexpected is an error about what stands at the position.
func (p *parser) unexpected(want string) error {
	return p.errorAt(p.pos, "unexpected "+p.found()+", "+want)
}

// found names what stands at the position, for messages.
func (p *parser) found() string {
	if p.pos >= len(p.src) {
		return "end of the text"
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
	return fmt.Sprintf("%q", r)
}

func (p *parser) errorAt(offset int, message string) error {
	before := p.src[:min(offset, len(p.src))]
	return &SyntaxError{
		Offset:  offset,
		Line:    strings.Count(before, "\n") + 1,
		Column:  offset - strings.LastIndexByte(before, '\n'),
		Message: message,
	}
}
