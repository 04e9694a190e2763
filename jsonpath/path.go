package jsonpath

// Hot path.

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// ErrNotFound is the error of a path that leads nowhere in a document. A definite path whose value is
// null is found; so is an indefinite path that selects nothing.
var ErrNotFound = errors.New("jsonpath: no value at this path")

// SyntaxError says why a text is no path.
type SyntaxError struct {
	Path    string // the text
	Offset  int    // bytes before the place in question; in a filter, before the filter's text
	Message string // what is wrong
}

// Error returns the message with the path and the place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("jsonpath: %q, at %d: %s", e.Path, e.Offset, e.Message)
}

// EvalError says why a path can't be evaluated on a document at all, for example the
// average of nothing.
type EvalError struct {
	Message string
}

// Error returns the message.
func (e *EvalError) Error() string { return "jsonpath: " + e.Message }

// Matcher is a compiled regular expression.
type Matcher interface {
	// MatchString reports whether the whole of s matches.
	MatchString(s string) (bool, error)
}

// Options change how a path is compiled. The zero Options is what [Compile] uses.
type Options struct {
	// Regexp compiles the patterns of =~, which are written in Java's syntax; flags are the letters after the
	// pattern, of "dimsuxU". Nil: package regexp, which knows no look-around and no references back.
	Regexp func(pattern, flags string) (Matcher, error)
}

// Path is a compiled path. It doesn't change and is safe for concurrent use.
type Path struct {
	text     string
	steps    []step
	definite bool
	simple   bool // only members and elements: needs no evaluator
	function bool // the last step is a function
}

// Compile compiles a path. An error is a [*SyntaxError].
func Compile(path string) (*Path, error) { return Options{}.Compile(path) }

// MustCompile is [Compile] for paths in programs. It panics on an error.
func MustCompile(path string) *Path {
	p, err := Compile(path)
	if err != nil {
		panic(err)
	}
	return p
}

// Compile compiles a path. An error is a [*SyntaxError].
func (o Options) Compile(path string) (*Path, error) {
	p, err := compile(path, &o)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// String returns the text that the path was compiled from.
func (p *Path) String() string { return p.text }

// Definite reports whether the path leads to one value at most, so that its result is that value and
// not a list.
func (p *Path) Definite() bool { return p.definite }

// Get returns the value that the path leads to in doc; for an indefinite path, an array of them. It does not
// allocate for definite paths without functions. The error is [ErrNotFound] or an [*EvalError].
func (p *Path) Get(doc jsonvalue.Value) (jsonvalue.Value, error) {
	if p.simple && !doc.IsNull() {
		return p.walk(doc)
	}
	found, err := p.Select(nil, doc)
	if err != nil {
		return jsonvalue.Value{}, err
	}
	if p.definite {
		return found[len(found)-1], nil
	}
	return arrayOf(found), nil
}

// Select appends the values that the path leads to in doc to dst, in the order in which they are found. For a definite
// path that is one value. The error is [ErrNotFound] or an [*EvalError].
func (p *Path) Select(dst []jsonvalue.Value, doc jsonvalue.Value) ([]jsonvalue.Value, error) {
	if doc.IsNull() || !doc.Exists() {
		return dst, errNullDocument
	}
	if p.simple {
		v, err := p.walk(doc)
		if err != nil {
			return dst, err
		}
		return append(dst, v), nil
	}
	e := evaluator{path: p, root: doc, found: dst, arrayIndex: -1}
	if err := e.run(0, doc); err != nil {
		return dst, err
	}
	if p.definite && len(e.found) > len(dst) {
		return append(dst, e.found[len(e.found)-1]), nil
	}
	if p.definite {
		return dst, ErrNotFound
	}
	return e.found, nil
}

var errNullDocument = &EvalError{"the document is null"}

// Step is one step of a [Location]: into a member of an object, or an element of an array.
type Step struct {
	Name  string // of the member
	Index int    // of the element; -1 for a member
}

// Location is the way from a document to one of its values.
type Location []Step

// String returns the location as a definite path: $['lines'][0]['sku'].
func (l Location) String() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range l {
		if s.Index < 0 {
			b.WriteString("['" + escapeName.Replace(s.Name) + "']")
		} else {
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		}
	}
	return b.String()
}

var escapeName = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// Locate returns where the values are that the path leads to in doc, in the order of [Path.Select]. What a path makes
// itself, such as the results of functions, has no place: the error is an [*EvalError] then.
func (p *Path) Locate(doc jsonvalue.Value) ([]Location, error) {
	if doc.IsNull() || !doc.Exists() {
		return nil, errNullDocument
	}
	e := evaluator{path: p, root: doc, arrayIndex: -1, locating: true}
	if err := e.run(0, doc); err != nil {
		return nil, err
	}
	if p.definite && len(e.places) == 0 {
		return nil, ErrNotFound
	}
	if p.definite {
		return e.places[len(e.places)-1:], nil
	}
	return e.places, nil
}

// walk follows a simple path.
func (p *Path) walk(v jsonvalue.Value) (jsonvalue.Value, error) {
	for i := range p.steps {
		s := &p.steps[i]
		if s.kind == stepMember {
			v = v.Get(s.name)
		} else {
			v = element(v, s.index)
		}
		if !v.Exists() {
			return v, ErrNotFound
		}
	}
	return v, nil
}

// element returns the element of an array, from its end if i is negative.
func element(v jsonvalue.Value, i int) jsonvalue.Value {
	if v.Kind() != jsonvalue.Array {
		return jsonvalue.Value{}
	}
	if i < 0 {
		i += v.Len()
	}
	return v.At(i)
}

// arrayOf returns a document that is an array of copies of vs.
func arrayOf(vs []jsonvalue.Value) jsonvalue.Value {
	var b jsonvalue.Builder
	b.BeginArray()
	for _, v := range vs {
		b.Value(v)
	}
	b.End()
	return b.Finish()
}
