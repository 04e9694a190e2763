package vtl

// Hot path.

import (
	"errors"
	"math"
	"math/big"
	"strconv"
)

// ErrTooLarge is what printing a value ends with when the text passes the limit, which a small
// value can do that holds itself, or holds another many times.
var ErrTooLarge = errors.New("the text of the value is too large")

// errTooDeep is what printing a value ends with that holds itself. Java's stack overflows there.
var errTooDeep = errors.New("the value is nested too deeply")

// maxPrintDepth bounds how deep values may lie in each other to be printed.
const maxPrintDepth = 500

// AppendText appends v as its Java toString prints it: null is "null", a list is [1, 2], a map {a=1, b=x}, a list
// of class JSONArray is JSON. The result may be at most limit bytes longer than dst, else it fails
// with [ErrTooLarge].
func (v Value) AppendText(dst []byte, limit int) ([]byte, error) {
	p := printer{max: len(dst) + limit}
	dst = p.text(dst, v)
	return dst, p.err
}

// AppendJSON appends v as JSON, the way json-smart writes it: strings without needless escapes, except
// that "/" becomes "\/" if slashes is set. Everything that isn't JSON is written as the string
// that it prints as. The limit is as in [Value.AppendText].
func (v Value) AppendJSON(dst []byte, slashes bool, limit int) ([]byte, error) {
	p := printer{max: len(dst) + limit}
	dst = p.json(dst, v, slashes)
	return dst, p.err
}

// printer writes values, up to a size and a depth.
type printer struct {
	max   int
	depth int
	err   error
}

func (p *printer) enter(dst []byte) bool {
	switch {
	case p.err != nil:
	case len(dst) > p.max:
		p.err = ErrTooLarge
	case p.depth > maxPrintDepth:
		p.err = errTooDeep
	default:
		p.depth++
		return true
	}
	return false
}

// done checks the size after a value.
func (p *printer) done(dst []byte) bool {
	if p.err == nil && len(dst) > p.max {
		p.err = ErrTooLarge
	}
	return p.err != nil
}

func (p *printer) text(dst []byte, v Value) []byte {
	switch x := v.ref.(type) {
	case nil:
		return append(dst, "null"...)
	case stringData:
		dst = appendText(dst, v.str())
	case Kind:
		return appendScalar(dst, x, v)
	case *Map:
		dst = p.mapText(dst, x)
	case *List:
		dst = p.listText(dst, x)
	case *big.Int:
		dst = x.Append(dst, 10)
	case *BigDecimal:
		dst = x.AppendText(dst)
	case Object:
		dst = x.AppendText(dst)
	default:
		dst = p.builtinText(dst, v)
	}
	p.done(dst)
	return dst
}

func appendScalar(dst []byte, k Kind, v Value) []byte {
	switch k {
	case KindBool:
		return strconv.AppendBool(dst, v.num != 0)
	case KindChar:
		return appendText(dst, charString(uint16(v.num)))
	case KindDouble:
		return appendFloat(dst, v.f64(), 64)
	case KindFloat:
		return appendFloat(dst, v.f64(), 32)
	}
	return strconv.AppendInt(dst, v.i64(), 10)
}

func (p *printer) mapText(dst []byte, m *Map) []byte {
	if m.silent || !p.enter(dst) {
		return dst
	}
	defer func() { p.depth-- }()
	m.load()
	dst = append(dst, '{')
	first := true
	for k, v := range m.All() {
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		dst = p.member(dst, k, m)
		dst = append(dst, '=')
		dst = p.member(dst, v, m)
		if p.err != nil {
			return dst
		}
	}
	return append(dst, '}')
}

// member writes what a map holds; Java has words for a map that holds itself.
func (p *printer) member(dst []byte, v Value, of *Map) []byte {
	if v.ref == any(of) {
		return append(dst, "(this Map)"...)
	}
	return p.text(dst, v)
}

func (p *printer) listText(dst []byte, l *List) []byte {
	if l.class == JSONArray {
		return p.json(dst, ListOf(l), true)
	}
	if l.isArray() {
		return append(append(dst, l.javaClass()...), "@0"...)
	}
	if !p.enter(dst) {
		return dst
	}
	defer func() { p.depth-- }()
	dst = append(dst, '[')
	for i, v := range l.items() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if v.ref == any(l) {
			dst = append(dst, "(this Collection)"...)
		} else {
			dst = p.text(dst, v)
		}
		if p.err != nil {
			return dst
		}
	}
	return append(dst, ']')
}

func (p *printer) builtinText(dst []byte, v Value) []byte {
	if !p.enter(dst) {
		return dst
	}
	defer func() { p.depth-- }()
	switch x := v.ref.(type) {
	case *entry:
		dst = append(p.text(dst, x.key()), '=')
		return p.text(dst, x.value())
	case *mapView:
		dst = append(dst, '[')
		first := true
		for e := range x.all() {
			if !first {
				dst = append(dst, ", "...)
			}
			first = false
			if dst = p.text(dst, e); p.err != nil {
				return dst
			}
		}
		return append(dst, ']')
	case *classObject:
		return append(append(dst, "class "...), x.name...)
	case interface {
		appendText(p *printer, dst []byte) []byte
	}:
		return x.appendText(p, dst)
	}
	return append(append(dst, className(v)...), "@0"...)
}

// json writes v as json-smart does.
func (p *printer) json(dst []byte, v Value, slashes bool) []byte {
	switch x := v.ref.(type) {
	case nil:
		return append(dst, "null"...)
	case stringData:
		dst = appendQuoted(dst, v.str(), slashes)
		p.done(dst)
		return dst
	case Kind:
		return appendJSONScalar(dst, x, v)
	case *Map:
		return p.jsonMap(dst, x, slashes)
	case *List:
		return p.jsonList(dst, x, slashes)
	case *big.Int, *BigDecimal:
		return p.text(dst, v)
	case *mapView:
		elems := make([]Value, 0, x.m.Len())
		for e := range x.all() {
			elems = append(elems, e)
		}
		return p.jsonList(dst, NewList(ArrayList, elems), slashes)
	}
	return appendQuoted(dst, string(p.text(nil, v)), slashes)
}

func appendJSONScalar(dst []byte, k Kind, v Value) []byte {
	switch k {
	case KindFloat, KindDouble:
		if f := v.f64(); math.IsInf(f, 0) {
			return append(dst, "null"...)
		}
	case KindChar:
		return appendQuoted(dst, charString(uint16(v.num)), true)
	}
	return appendScalar(dst, k, v)
}

func (p *printer) jsonMap(dst []byte, m *Map, slashes bool) []byte {
	if !p.enter(dst) {
		return dst
	}
	defer func() { p.depth-- }()
	dst = append(dst, '{')
	first := true
	for k, v := range m.All() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if s, ok := k.Text(); ok {
			dst = appendQuoted(dst, s, slashes)
		} else {
			dst = appendQuoted(dst, string(p.text(nil, k)), slashes)
		}
		dst = p.json(append(dst, ':'), v, slashes)
		if p.err != nil {
			return dst
		}
	}
	return append(dst, '}')
}

func (p *printer) jsonList(dst []byte, l *List, slashes bool) []byte {
	if !p.enter(dst) {
		return dst
	}
	defer func() { p.depth-- }()
	dst = append(dst, '[')
	for i, v := range l.items() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst = p.json(dst, v, slashes); p.err != nil {
			return dst
		}
	}
	return append(dst, ']')
}

// appendQuoted writes a JSON string with json-smart's escapes.
func appendQuoted(dst []byte, s string, slashes bool) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && (c != '/' || !slashes) {
			i++
			continue
		}
		r, n := decodeUnit(s[i:])
		short := shortEscape(r, slashes)
		if short == 0 && r >= 0x20 && (r < 0x7F || r > 0x9F) && (r < 0x2000 || r > 0x20FF) {
			i += n
			continue
		}
		dst = append(dst, s[start:i]...)
		if short != 0 {
			dst = append(dst, '\\', short)
		} else {
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += n
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

func shortEscape(r rune, slashes bool) byte {
	switch r {
	case '"', '\\':
		return byte(r)
	case '/':
		if slashes {
			return '/'
		}
	case '\b':
		return 'b'
	case '\f':
		return 'f'
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return 0
}
