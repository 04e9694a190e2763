package mapping

// Hot path.

import (
	"errors"
	"sync"

	"github.com/sluice-gateway/sluice/jsonvalue"
	"github.com/sluice-gateway/sluice/vtl"
	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// Template is a compiled mapping template. It doesn't change and is safe for concurrent use.
type Template struct {
	program *vtl.Template
	paths   pathCache
}

// CompileTemplate compiles a mapping template; name stands in messages. [Position] tells where an error is.
func CompileTemplate(name, source string) (*Template, error) {
	program, err := vtl.Parse(name, source, vtl.Options{Regexp: regexpEngine{}})
	if err != nil {
		return nil, err
	}
	return &Template{program: program}, nil
}

// Render appends what the template makes of an exchange to dst. What it puts into the overrides stays in s.Context.
// [Position] tells where an error is; dst is returned as it was then.
func (t *Template) Render(dst []byte, s *Scope) ([]byte, error) {
	return t.RenderTraced(dst, s, nil)
}

// RenderTraced is [Template.Render] that tells tracer, unless that is nil, what is evaluated.
func (t *Template) RenderTraced(dst []byte, s *Scope, tracer vtl.Tracer) ([]byte, error) {
	r, _ := renderings.Get().(*rendering)
	r.begin(t, s)
	out, err := t.program.AppendTraced(dst, r.vars, tracer)
	s.Context.keepOverrides(&r.contextMap)
	if tracer == nil && !s.Context.overridden() {
		r.end()
	}
	return out, err
}

// rendering is what one rendering shows to its template. It is used again for the next one, unless the template can
// have put a map or list of it into the overrides, which live longer.
type rendering struct {
	input      input
	util       util
	context    contextSource
	contextMap vtl.Map
	stage      stageSource
	stageMap   vtl.Map
	vars       []vtl.Var
}

var renderings = sync.Pool{New: func() any { return new(rendering) }}

// begin makes the variables.
func (r *rendering) begin(t *Template, s *Scope) {
	r.input.scope, r.input.paths, r.input.texts = s, &t.paths, &r.util.texts
	r.context.context = s.Context
	r.contextMap.InitLazy(vtl.HashMap, &r.context, nil)
	r.contextMap.SetSilent()
	r.stage.list = s.StageVariables
	r.stageMap.InitLazy(vtl.LinkedHashMap, &r.stage, nil)
	r.vars = append(r.vars[:0],
		vtl.Var{Name: "input", Value: vtl.Of(&r.input)},
		vtl.Var{Name: "util", Value: vtl.Of(&r.util)},
		vtl.Var{Name: "context", Value: vtl.MapOf(&r.contextMap)},
		vtl.Var{Name: "stageVariables", Value: vtl.MapOf(&r.stageMap)},
	)
	if s.Variables.Kind() == jsonvalue.Object {
		doc := document{root: s.Variables, plain: true}
		for i := range s.Variables.Len() {
			r.vars = append(r.vars, vtl.Var{Name: s.Variables.Key(i), Value: doc.valueOf(s.Variables.At(i))})
		}
	}
}

// end gives the memory back for the next rendering.
func (r *rendering) end() {
	r.input.reset()
	r.util.texts.reset()
	r.contextMap.Reset()
	r.stageMap.Reset()
	clear(r.vars)
	r.context.reset()
	r.stage.list = nil
	renderings.Put(r)
}

// stageSource is what the map $stageVariables is read from.
type stageSource struct{ list []Param }

// LookupMap implements [vtl.MapLookup].
func (s *stageSource) LookupMap(key string) (vtl.Value, bool) {
	v, ok := last(s.list, key, false)
	if !ok {
		return vtl.Null, false
	}
	return vtl.String(v), true
}

// LoadMap implements [vtl.MapSource].
func (s *stageSource) LoadMap(m *vtl.Map) {
	m.Grow(len(s.list))
	for i := range s.list {
		m.Put(s.list[i].Name, vtl.String(s.list[i].Value))
	}
}

// Position returns where in its text an error of compiling or rendering is, and what it says without that; line
// and column are 0 if it has no place.
func Position(err error) (line, column int, message string) {
	var parse *syntax.Error
	if errors.As(err, &parse) {
		return parse.Pos.Line, parse.Pos.Col, parse.Msg
	}
	var render *vtl.RenderError
	if errors.As(err, &render) {
		return render.Pos.Line, render.Pos.Col, render.Err.Error()
	}
	return 0, 0, err.Error()
}
