package vtl

import (
	"io"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// Options are what a template is compiled with. The zero Options are good.
type Options struct {
	// Limits bounds each rendering.
	Limits Limits

	// Regexp runs the regular expressions that the standard library's can't: those that look around or
	// back. Nil: a template that uses one fails.
	Regexp RegexpEngine
}

// Template is a compiled template. It is immutable and safe for concurrent use.
type Template struct {
	name   string
	body   block
	macros map[string]*macro
	slots  map[string]int
	limits Limits
	regexp RegexpEngine
	size   int // of the source, the first guess of the output's

	// keepsLoops says that a $foreach may be kept beyond its loop: the template does more with one than asking where it is.
	keepsLoops bool

	// countsRounds says that the template can read $velocityCount or $velocityHasNext.
	countsRounds bool

	patterns patternCache
}

// Var is a variable that a template can refer to from its beginning.
type Var struct {
	Name  string // without $
	Value Value
}

// Parse compiles a template. The name is for errors only. An error is a *[syntax.Error].
func Parse(name, source string, options Options) (*Template, error) {
	tree, err := syntax.Parse(name, source)
	if err != nil {
		return nil, err
	}
	return Compile(tree, len(source), options), nil
}

// Compile compiles a template that is parsed already. The size is that of the source, or
// another guess of how long the output may be.
func Compile(tree *syntax.Template, size int, options Options) *Template {
	t := &Template{
		name: tree.Name, limits: options.Limits.withDefaults(), regexp: options.Regexp,
		slots: map[string]int{}, macros: map[string]*macro{}, size: size,
	}
	c := compiler{t: t, slots: t.slots, macros: t.macros}
	t.body = c.block(tree.Body)
	c.link()
	return t
}

// Name returns the template's name as given to [Parse].
func (t *Template) Name() string { return t.name }

// Uses reports whether the template's text refers to the variable $name. What it evaluates when
// rendering may refer to others.
func (t *Template) Uses(name string) bool {
	_, ok := t.slots[name]
	return ok
}

// Execute renders the template to w. Nothing is written if it fails; then the error is a *[RenderError], or
// it is from w.
func (t *Template) Execute(w io.Writer, vars []Var) error {
	out, err := t.Append(nil, vars)
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// Append renders the template and appends the output, which is UTF-8. If it fails the error is a *[RenderError] and
// dst is returned as it was.
func (t *Template) Append(dst []byte, vars []Var) ([]byte, error) {
	return t.AppendTraced(dst, vars, nil)
}

// AppendTraced is [Template.Append] that tells tracer, unless that is nil, what is evaluated.
func (t *Template) AppendTraced(dst []byte, vars []Var, tracer Tracer) ([]byte, error) {
	r := newRun(t, tracer)
	defer r.free()
	for i := range vars {
		if slot, ok := t.slots[vars[i].Name]; ok {
			r.vars[slot] = vars[i].Value
		} else {
			r.given = append(r.given, vars[i])
		}
	}
	if dst == nil {
		dst = make([]byte, 0, t.size+t.size/2+64)
	}
	start := len(dst)
	r.out, r.base = dst, start
	r.render(t.body)
	out := r.out
	r.out = nil
	if r.err != nil {
		return dst[:start], r.err
	}
	return out[:start+len(encodeText(out[start:]))], nil
}
