package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/vtl"
	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// Problem is something in a mapping template that can't be meant.
type Problem struct {
	Line, Column int // from 1
	Message      string
}

// String returns line:column: message.
func (p Problem) String() string { return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message) }

// Lint looks for problems in a mapping template without rendering it: text that is no template, names and functions that
// don't exist on $context, $util and $input, methods that no value has, JSONPaths that are none, directives that the service
// doesn't run. With json set it also reports a template whose output can't be JSON, whatever its references print
// (each is taken to print one JSON value, a part of a string, or nothing).
func Lint(source string, json bool) []Problem {
	tree, err := syntax.Parse("", source)
	if err != nil {
		var parse *syntax.Error
		if !errors.As(err, &parse) {
			return []Problem{{1, 1, err.Error()}}
		}
		return []Problem{{parse.Pos.Line, parse.Pos.Col, parse.Msg}}
	}
	l := linter{assigned: map[string]bool{}}
	l.nodes(tree.Body)
	if json {
		l.found = append(l.found, lintJSON(tree)...)
	}
	slices.SortStableFunc(l.found, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(l.found)
}

// linter walks a template.
type linter struct {
	found    []Problem
	assigned map[string]bool // the four names that the template made something else of
}

func (l *linter) report(at syntax.Pos, format string, args ...any) {
	l.found = append(l.found, Problem{at.Line, at.Col, fmt.Sprintf(format, args...)})
}

func (l *linter) nodes(list []syntax.Node) {
	for _, n := range list {
		switch n := n.(type) {
		case *syntax.Set:
			l.expr(n.Value)
			if len(n.Target.Path) == 0 {
				l.assigned[n.Target.Name] = true
			} else {
				l.reference(n.Target, true)
			}
		case *syntax.If:
			for _, b := range n.Branches {
				l.expr(b.Cond)
				l.nodes(b.Body)
			}
			if n.Else != nil {
				l.nodes(n.Else.Body)
			}
		case *syntax.Directive:
			l.directive(n)
		case *syntax.Reference:
			l.reference(n, false)
		}
	}
}

func (l *linter) directive(d *syntax.Directive) {
	switch d.Name {
	case "parse", "include":
		l.report(d.Pos(), "#%s can't load anything: the rendering fails", d.Name)
	case "evaluate":
		l.report(d.Pos(), "#evaluate is reported not to work on the service")
	}
	args := d.Args
	if d.Name == "foreach" && len(args) > 0 {
		if loop, ok := args[0].(*syntax.Reference); ok {
			l.assigned[loop.Name] = true
			args = args[1:]
		}
	}
	for _, a := range args {
		l.expr(a)
	}
	l.nodes(d.Body)
}

func (l *linter) expr(e syntax.Expr) {
	switch e := e.(type) {
	case *syntax.Reference:
		l.reference(e, false)
	case *syntax.StringLit:
		l.nodes(e.Body)
	case *syntax.ListLit:
		l.exprs(e.Elems)
	case *syntax.RangeLit:
		l.expr(e.From)
		l.expr(e.To)
	case *syntax.MapLit:
		l.exprs(e.Keys)
		l.exprs(e.Values)
	case *syntax.Paren:
		l.expr(e.X)
	case *syntax.NotExpr:
		l.expr(e.X)
	case *syntax.Binary:
		l.expr(e.X)
		l.expr(e.Y)
	}
}

func (l *linter) exprs(list []syntax.Expr) {
	for _, e := range list {
		l.expr(e)
	}
}

// reference looks at one reference; set tells that it is assigned to.
func (l *linter) reference(r *syntax.Reference, set bool) {
	if r.Slashes%2 == 1 || r.Bare || r.Void {
		return
	}
	for i, p := range r.Path {
		switch p := p.(type) {
		case *syntax.Index:
			l.expr(p.Key)
		case *syntax.Method:
			l.exprs(p.Args)
			if i > 0 || !isServiceObject(r.Name) || l.assigned[r.Name] {
				l.method(p)
			}
		}
	}
	if len(r.Path) == 0 || l.assigned[r.Name] {
		return
	}
	switch r.Name {
	case "util":
		l.util(r.Path[0])
	case "input":
		l.input(r.Path[0])
	case "context":
		l.context(r.Path, set)
	}
}

func isServiceObject(name string) bool { return name == "util" || name == "input" }

// method reports a method that no value of templates has.
func (l *linter) method(m *syntax.Method) {
	if !vtl.HasMethod(m.Name) {
		l.report(m.Pos(), "no value has a method %s()", m.Name)
	}
}

func (l *linter) util(p syntax.Part) {
	m, ok := p.(*syntax.Method)
	switch {
	case !ok:
		l.report(p.Pos(), "$util has functions only")
	case utilFunctions[m.Name] == nil:
		l.report(m.Pos(), "$util has no function %s()", m.Name)
	case len(m.Args) != 1:
		l.report(m.Pos(), "$util.%s() takes one string", m.Name)
	}
}

func (l *linter) input(p syntax.Part) {
	switch p := p.(type) {
	case *syntax.Property:
		if p.Name != "body" {
			l.report(p.Pos(), "$input has no property %s", p.Name)
		}
	case *syntax.Method:
		switch p.Name {
		case "path", "json":
			if len(p.Args) != 1 {
				l.report(p.Pos(), "$input.%s() takes one JSONPath", p.Name)
				return
			}
			l.path(p.Args[0])
		case "params":
			if len(p.Args) > 1 {
				l.report(p.Pos(), "$input.params() takes a name or nothing")
			}
		default:
			l.report(p.Pos(), "$input has no function %s()", p.Name)
		}
	}
}

// path reports a constant JSONPath that is none.
func (l *linter) path(e syntax.Expr) {
	s, ok := e.(*syntax.StringLit)
	if !ok || s.Parsed {
		return
	}
	if _, err := pathOptions.Compile(s.Value); err != nil {
		l.report(s.Pos(), "%v", err)
	}
}

// context reports names that $context never has.
func (l *linter) context(path []syntax.Part, set bool) {
	first, ok := constantName(path[0])
	if !ok {
		return
	}
	at := path[0].Pos()
	second := ""
	if len(path) > 1 {
		second, _ = constantName(path[1])
	}
	switch first {
	case nameAuthorizer:
	case nameIdentity:
		if second != "" && second != nameClientCert && find(identityVariables, second) == nil {
			l.report(path[1].Pos(), "$context.identity has no %s", second)
		}
	case nameError:
		if second != "" && find(errorVariables, second) == nil {
			l.report(path[1].Pos(), "$context.error has no %s", second)
		}
	case nameRequestOverride:
		l.override(path, first, second, set, "header", "path", "querystring")
	case nameResponseOverride:
		l.override(path, first, second, set, "header", "status")
	default:
		if find(contextVariables, first) == nil && !slices.Contains(otherContextNames, first) {
			l.report(at, "$context has no %s", first)
		}
	}
}

// otherContextNames are names that exist on the service, but not here.
var otherContextNames = []string{"customDomain", "isCanaryRequest", "wafResponseCode", "webaclArn", "integration"}

// override reports values that are set where they have no effect.
func (l *linter) override(path []syntax.Part, first, second string, set bool, known ...string) {
	if set && second != "" && !slices.Contains(known, second) {
		l.report(path[1].Pos(), "$context.%s.%s has no effect: it knows %s", first, second, strings.Join(known, ", "))
	}
}

// constantName returns the name in .name or ['name'].
func constantName(p syntax.Part) (string, bool) {
	switch p := p.(type) {
	case *syntax.Property:
		return p.Name, true
	case *syntax.Index:
		if s, ok := p.Key.(*syntax.StringLit); ok && !s.Parsed {
			return s.Value, true
		}
	}
	return "", false
}
