package jsonvalue

// Hot path.

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unsafe"
)

// Nearly all documents are well-formed, and for those there is one loop without calls for each value. Whatever
// it doesn't like it leaves to the careful parsers, which begin anew: they know what is allowed and what to say
// of the rest. On 20 KB of small objects the loop takes a third of their time.

// wellFormed reads a document by RFC 8259. It reports false if it is none.
//
// A value that is being read is the last node of p.open; below an array or object that is open lie its children, which move to
// the table when it closes.
func (p *parser) wellFormed() (node, bool) {
	s := p.src
	var room [16]uint32
	places := room[:0] // in p.open, of the arrays and objects that are open
	kind := Invalid    // of the innermost of them
	p.open = append(p.open, node{})
	for i := skipSpace(s, 0); ; {
		if i >= len(s) {
			return node{}, false
		}
		n := &p.open[len(p.open)-1]
		if c := s[i]; c == '{' || c == '[' {
			if kind = Array; c == '{' {
				kind = Object
			}
			n.kind = kind
			if i = skipSpace(s, i+1); len(places) == MaxDepth || i >= len(s) {
				return node{}, false
			}
			places = append(places, uint32(len(p.open)-1))
			if s[i] != closer[kind] {
				if i = p.next(i, kind); i < 0 {
					return node{}, false
				}
				continue
			}
		} else if i = p.scalar(n, i); i < 0 {
			return node{}, false
		}
		// A value is complete: on to the next one, after whatever closes here.
		for {
			if i = skipSpace(s, i); len(places) == 0 {
				return p.open[0], i == len(s)
			}
			if i >= len(s) {
				return node{}, false
			}
			if s[i] == ',' {
				if i = p.next(skipSpace(s, i+1), kind); i < 0 {
					return node{}, false
				}
				break
			}
			if s[i] != closer[kind] {
				return node{}, false
			}
			i++
			last := len(places) - 1
			p.shut(places[last])
			if places = places[:last]; last > 0 {
				kind = p.open[places[last-1]].kind
			}
		}
	}
}

// shut moves the children of the array or object at that place of p.open to the table.
func (p *parser) shut(place uint32) {
	children := p.open[place+1:]
	n := &p.open[place]
	n.at, n.n = uint32(len(p.nodes)), uint32(len(children))
	if len(children) == 1 {
		p.nodes = append(p.nodes, children[0])
	} else {
		if n.kind == Object {
			children = p.unique(children)
			n.n = uint32(len(children))
		}
		p.nodes = append(p.nodes, children...)
	}
	p.open = p.open[:place+1]
}

// closer has the bracket that closes an array or object.
var closer = [...]byte{Array: ']', Object: '}'}

// skipSpace returns the position of the first character from i on that is no white space.
func skipSpace(s string, i int) int {
	for i < len(s) && s[i] <= ' ' && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// next begins the next value of an array or object, in an object with its key, at the position after white space. It returns
// the position of the value, -1 if there can be none.
func (p *parser) next(i int, kind Kind) int {
	p.open = append(p.open, node{})
	if kind == Array {
		return i
	}
	s := p.src
	if i >= len(s) || s[i] != '"' {
		return -1
	}
	n := &p.open[len(p.open)-1]
	if n.keyAt, n.keyLen, i = p.str(i + 1); i < 0 {
		return -1
	}
	n.mark = p.mark(n.keyAt, n.keyLen)
	if i = skipSpace(s, i); i >= len(s) || s[i] != ':' {
		return -1
	}
	return skipSpace(s, i+1)
}

// inString tells which bytes go on a string. DEL is left to the careful parsers, one of which drops it.
var inString = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\' && c != 0x7F
	}
	return t
}()

// Eight bytes at once: each is a word with one byte repeated.
const (
	low   = 0x0101010101010101
	high  = 0x80 * low
	space = ' ' * low
	quote = '"' * low
	slash = '\\' * low
	del   = 0x7F * low
)

// endOfString returns the position of the first byte from i on that doesn't go on a string.
func endOfString(s string, i int) int {
	for len(s)-i >= 8 {
		w := binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData(s), len(s))[i:])
		// The highest bit of a byte of found is set where it ends the string. It may be set in bytes after such a one as well, from
		// which a subtraction has borrowed: the first counts.
		found := ((w - space) | (w ^ quote - low) | (w ^ slash - low) | (w ^ del - low)) &^ w & high
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
		i += 8
	}
	for i < len(s) && inString[s[i]] {
		i++
	}
	return i
}

// str reads a string after its opening quote. It returns where its text lies and the position after it, -1 if
// it is broken.
func (p *parser) str(start int) (at, n uint32, end int) {
	s, i := p.src, endOfString(p.src, start)
	switch {
	case i >= len(s):
		return 0, 0, -1
	case s[i] == '"':
		return uint32(start), uint32(i - start), i + 1
	case s[i] != '\\':
		return 0, 0, -1
	}
	at, n, err := p.escaped(start, i)
	if err != nil {
		return 0, 0, -1
	}
	return at, n, p.pos
}

// scalar reads a string, number or word. It returns the position after it, -1 if there is none.
func (p *parser) scalar(n *node, i int) int {
	s := p.src
	switch c := s[i]; {
	case c == '"':
		n.kind = String
		n.at, n.n, i = p.str(i + 1)
		return i
	case c == '-' || c-'0' <= 9:
		p.pos = i
		number, err := p.number()
		if err != nil {
			return -1
		}
		n.kind, n.class, n.at, n.n = Number, number.class, number.at, number.n
		return p.pos
	case c == 't' && strings.HasPrefix(s[i:], "true"):
		n.kind = True
		return i + 4
	case c == 'f' && strings.HasPrefix(s[i:], "false"):
		n.kind = False
		return i + 5
	case c == 'n' && strings.HasPrefix(s[i:], "null"):
		n.kind = Null
		return i + 4
	}
	return -1
}
