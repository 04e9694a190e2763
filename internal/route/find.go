// Hot path.

package route

import "strings"

// Find returns the method for a verb and a raw path (without stage, query and decoding), and the
// path parameters, which it appends to params. It allocates nothing when params has room.
//
// A method of the verb goes before ANY of the same resource. Verbs other than the seven that ANY
// stands for are never found.
func (t *Tree[M]) Find(verb, path string, params []Param) (M, []Param, bool) {
	var none M
	v, ok := parseVerb(verb)
	if t == nil || !ok || v == verbAny {
		return none, params, false
	}
	n, params := t.root.find(v, strings.Trim(path, "/"), params)
	if n == nil {
		return none, params, false
	}
	if n.has.contains(v) {
		return n.methods[v], params, true
	}
	return n.methods[verbAny], params, true
}

// find returns the node below or at n that serves the verb for the rest of the path; nil if there
// is none, and then params is as long as it was.
func (n *node[M]) find(v verb, rest string, params []Param) (*node[M], []Param) {
	if rest == "" {
		if n.has.serves(v) {
			return n, params
		}
		return nil, params
	}
	if part, after := cut(rest); part != "" {
		if found, p := n.findLiteral(v, part, after, params); found != nil {
			return found, p
		}
		if n.param != nil {
			if found, p := n.param.find(v, after, append(params, Param{n.param.name, part})); found != nil {
				return found, p
			}
		}
	}
	if n.greedy != nil && n.greedy.has.serves(v) {
		return n.greedy, append(params, Param{n.greedy.name, rest})
	}
	return nil, params
}

// findLiteral goes on through the literal child whose part is the segment as it stands, then
// through the one whose part is the segment decoded.
func (n *node[M]) findLiteral(v verb, part, after string, params []Param) (*node[M], []Param) {
	if len(n.literals) == 0 {
		return nil, params
	}
	if next := n.literals[part]; next != nil {
		if found, p := next.find(v, after, params); found != nil {
			return found, p
		}
	}
	if strings.IndexByte(part, '%') < 0 {
		return nil, params
	}
	var buf [maxPartBytes]byte
	decoded, ok := unescape(buf[:0], part)
	if !ok {
		return nil, params
	}
	if next := n.literals[string(decoded)]; next != nil {
		return next.find(v, after, params)
	}
	return nil, params
}

// cut splits off the first segment of a path that has no slash at its end. What is left keeps the
// slashes that would make it begin with an empty segment.
func cut(path string) (part, after string) {
	i := strings.IndexByte(path, '/')
	if i < 0 {
		return path, ""
	}
	return path[:i], path[i+1:]
}

// maxPartBytes is the longest segment that is compared decoded.
const maxPartBytes = 256

// unescape appends text with its percent-encoding decoded to dst, and reports whether it is well
// formed and fits into dst's capacity.
func unescape(dst []byte, text string) ([]byte, bool) {
	for i := 0; i < len(text); i++ {
		if len(dst) == cap(dst) {
			return dst, false
		}
		c := text[i]
		if c == '%' {
			if i+2 >= len(text) {
				return dst, false
			}
			hi, lo := unhex(text[i+1]), unhex(text[i+2])
			if hi < 0 || lo < 0 {
				return dst, false
			}
			c = byte(hi<<4 | lo)
			i += 2
		}
		dst = append(dst, c)
	}
	return dst, true
}

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
