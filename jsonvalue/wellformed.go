package jsonvalue

// Hot path.

import "strings"

// Nearly all documents are well-formed, and for those there is one loop without calls for each value. Whatever
// it doesn't like it leaves to the careful parsers, which begin anew: they know what is allowed and what to say
// of the rest. On 20 KB of small objects the loop takes a third of their time.

// frame is an array or object that is open.
type frame struct {
	keyAt, keyLen uint32 // of the array or object
	keyMark       uint8
	mark          int // where its children begin on the stack
	kind          Kind
}

// wellFormed reads a document by RFC 8259. It reports false if it is none.
func (p *parser) wellFormed() (node, bool) {
	s := p.src
	var room [16]frame
	frames := room[:0]
	var n node // the value at hand; it has its key already
	for i := 0; ; {
		if i = skipSpace(s, i); i >= len(s) {
			return node{}, false
		}
		if c := s[i]; c == '{' || c == '[' {
			f := frame{keyAt: n.keyAt, keyLen: n.keyLen, keyMark: n.mark, mark: len(p.open), kind: Array}
			if i = skipSpace(s, i+1); c == '{' {
				f.kind = Object
			}
			if len(frames) == MaxDepth || i >= len(s) {
				return node{}, false
			}
			frames = append(frames, f)
			n = node{}
			if s[i] != c+2 { // "{" and "}" are two apart, so are "[" and "]"
				if i = p.next(&n, i, f.kind); i < 0 {
					return node{}, false
				}
				continue
			}
		} else {
			if i = p.scalar(&n, i); i < 0 {
				return node{}, false
			}
			if len(frames) == 0 {
				return n, skipSpace(s, i) == len(s)
			}
			p.open = append(p.open, n)
		}
		// A value is complete: on to the next one, after whatever closes here.
		for {
			if i = skipSpace(s, i); i >= len(s) {
				return node{}, false
			}
			f := &frames[len(frames)-1]
			if s[i] == ',' {
				n = node{}
				if i = p.next(&n, i+1, f.kind); i < 0 {
					return node{}, false
				}
				break
			}
			if s[i] != closer[f.kind] {
				return node{}, false
			}
			i++
			n = p.gather(f.kind, f.mark)
			n.keyAt, n.keyLen, n.mark = f.keyAt, f.keyLen, f.keyMark
			if frames = frames[:len(frames)-1]; len(frames) == 0 {
				return n, skipSpace(s, i) == len(s)
			}
			p.open = append(p.open, n)
		}
	}
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

// next reads what comes before the next value of an array or object: in an object its key. It returns -1 if
// that isn't there.
func (p *parser) next(n *node, i int, kind Kind) int {
	if kind == Array {
		return i
	}
	s := p.src
	if i = skipSpace(s, i); i >= len(s) || s[i] != '"' {
		return -1
	}
	if n.keyAt, n.keyLen, i = p.str(i + 1); i < 0 {
		return -1
	}
	n.mark = p.mark(n.keyAt, n.keyLen)
	if i = skipSpace(s, i); i >= len(s) || s[i] != ':' {
		return -1
	}
	return i + 1
}

// inString tells which bytes go on a string. DEL is left to the careful parsers, one of which drops it.
var inString = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\' && c != 0x7F
	}
	return t
}()

// str reads a string after its opening quote. It returns where its text lies and the position after it, -1 if
// it is broken.
func (p *parser) str(start int) (at, n uint32, end int) {
	s, i := p.src, start
	for i < len(s) && inString[s[i]] {
		i++
	}
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
