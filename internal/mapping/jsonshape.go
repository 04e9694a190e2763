package mapping

import (
	"strings"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// Whether a template's output can be JSON is found out without rendering it. A scanner of JSON goes through the template's text in
// all ways at once in which the template can run: each branch of an #if, no round, one and two rounds of an
// #foreach, a reference as a value, as part of a string or as nothing. What is kept is the set of states that the scanner can
// be in. If none is left the text before cannot begin a JSON document; if none is an end state, the text is cut off.

// shape is a state of the scanner: the brackets that are open, innermost last, and what may come next.
type shape struct {
	open string // of [ and {
	at   place
}

// place says where in a value the scanner is.
type place uint8

const (
	placeValue      place = iota // a value must come
	placeFirstElem               // a value or ]
	placeFirstName               // a name or }
	placeName                    // a name
	placeNameString              // inside a name's quotes
	placeNameEscape              // after a backslash in a name
	placeColon                   // a colon
	placeString                  // inside a value's quotes
	placeEscape                  // after a backslash in a value
	placeWord                    // inside a number, true, false or null
	placeAfter                   // after a value
)

// maxShapes is how many states are followed before giving up, which reports nothing.
const maxShapes = 500

// shapes is a set of states.
type shapes map[shape]bool

// jsonLinter goes through a template.
type jsonLinter struct {
	found  []Problem
	gaveUp bool
	stops  shapes          // states at #stop
	breaks shapes          // states at #break in the loop at hand
	opaque map[string]bool // references that print whole parts of the output
}

func lintJSON(tree *syntax.Template) []Problem {
	l := &jsonLinter{stops: shapes{}, breaks: shapes{}, opaque: map[string]bool{}}
	out := l.nodes(shapes{{at: placeValue}: true}, tree.Body)
	if l.gaveUp || len(l.found) > 0 {
		return l.found
	}
	for _, set := range []shapes{out, l.stops, l.breaks} {
		for s := range set {
			if s.open == "" && (s.at == placeAfter || s.at == placeWord) {
				return nil
			}
		}
	}
	if onlyNothing(out) {
		return nil // an empty body is passed on
	}
	return []Problem{{1, 1, "the output can't be JSON: it ends too early"}}
}

// onlyNothing reports whether no JSON has begun at all.
func onlyNothing(set shapes) bool {
	for s := range set {
		if s != (shape{at: placeValue}) {
			return false
		}
	}
	return true
}

// nodes takes the states through a list of nodes.
func (l *jsonLinter) nodes(in shapes, list []syntax.Node) shapes {
	for _, n := range list {
		if len(in) > maxShapes {
			l.gaveUp = true
		}
		if l.gaveUp || len(l.found) > 0 || len(in) == 0 {
			return in
		}
		in = l.node(in, n)
	}
	return in
}

func (l *jsonLinter) node(in shapes, n syntax.Node) shapes {
	switch n := n.(type) {
	case *syntax.Text:
		return l.text(in, n)
	case *syntax.Reference:
		if l.opaque[n.Name] && len(n.Path) == 0 {
			l.gaveUp = true
		}
		return references(in)
	case *syntax.If:
		return l.branches(in, n)
	case *syntax.Directive:
		return l.directive(in, n)
	}
	return in
}

func (l *jsonLinter) text(in shapes, n *syntax.Text) shapes {
	line, column := n.Pos().Line, n.Pos().Col
	for _, r := range n.Value {
		out := shapes{}
		for s := range in {
			if next, ok := s.read(r); ok {
				out[next] = true
			}
		}
		if len(out) == 0 {
			l.found = append(l.found, Problem{line, column, "the output can't be JSON: " + quoteRune(r) + " can't stand here"})
			return out
		}
		in = out
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	return in
}

func quoteRune(r rune) string {
	switch r {
	case '\n':
		return "a line end"
	case '\t':
		return "a tab"
	}
	return "'" + string(r) + "'"
}

// branches takes the states through each way of an #if.
func (l *jsonLinter) branches(in shapes, n *syntax.If) shapes {
	out := shapes{}
	for _, b := range n.Branches {
		out.add(l.nodes(in, b.Body))
	}
	if n.Else != nil {
		out.add(l.nodes(in, n.Else.Body))
	} else {
		out.add(in)
	}
	return out
}

func (s shapes) add(more shapes) {
	for m := range more {
		s[m] = true
	}
}

func (l *jsonLinter) directive(in shapes, d *syntax.Directive) shapes {
	switch d.Name {
	case "foreach":
		outer := l.breaks
		l.breaks = shapes{}
		once := l.nodes(in, d.Body)
		before := len(l.found)
		twice := l.nodes(once, d.Body)
		if before == 0 && len(l.found) > 0 {
			l.found[0].Message += ", in the second round of the loop"
		}
		out := shapes{}
		for _, set := range []shapes{in, once, twice, l.breaks} {
			out.add(set)
		}
		l.breaks = outer
		return out
	case "break":
		l.breaks.add(in)
		return shapes{}
	case "stop":
		l.stops.add(in)
		return shapes{}
	case "define":
		if len(d.Args) > 0 {
			if r, ok := d.Args[0].(*syntax.Reference); ok {
				l.opaque[r.Name] = true
			}
		}
		return in
	case "macro":
		return in
	}
	l.gaveUp = true // the use of a macro, or an evaluation: it can print anything
	return in
}

// references returns the states after a reference.
func references(in shapes) shapes {
	out := shapes{}
	for s := range in {
		out[s] = true // nothing
		switch s.at {
		case placeValue, placeFirstElem:
			out[shape{s.open, placeAfter}] = true
			out[shape{s.open, placeWord}] = true
		case placeFirstName, placeName:
			out[shape{s.open, placeColon}] = true
		case placeEscape:
			out[shape{s.open, placeString}] = true
		case placeNameEscape:
			out[shape{s.open, placeNameString}] = true
		}
	}
	return out
}

// read returns the state after a character; false if it can't stand there.
func (s shape) read(r rune) (shape, bool) {
	switch s.at {
	case placeString, placeNameString:
		return s.inString(r)
	case placeEscape, placeNameEscape:
		s.at--
		return s, strings.ContainsRune(`"\/bfnrtu`, r)
	case placeWord:
		if strings.ContainsRune("0123456789+-.eEtrufalsn", r) {
			return s, true
		}
		s.at = placeAfter
	}
	if strings.ContainsRune(" \t\r\n", r) {
		return s, true
	}
	switch s.at {
	case placeValue, placeFirstElem:
		return s.value(r)
	case placeFirstName, placeName:
		if r == '"' {
			return shape{s.open, placeNameString}, true
		}
		if r == '}' && s.at == placeFirstName {
			return s.close('{')
		}
		return s, false
	case placeColon:
		return shape{s.open, placeValue}, r == ':'
	}
	return s.after(r)
}

func (s shape) inString(r rune) (shape, bool) {
	switch {
	case r == '"' && s.at == placeString:
		s.at = placeAfter
	case r == '"':
		s.at = placeColon
	case r == '\\':
		s.at++
	case r < ' ':
		return s, false
	}
	return s, true
}

func (s shape) value(r rune) (shape, bool) {
	switch {
	case r == '{':
		return shape{s.open + "{", placeFirstName}, len(s.open) < 100
	case r == '[':
		return shape{s.open + "[", placeFirstElem}, len(s.open) < 100
	case r == '"':
		return shape{s.open, placeString}, true
	case r == ']' && s.at == placeFirstElem:
		return s.close('[')
	case strings.ContainsRune("-0123456789tfn", r):
		return shape{s.open, placeWord}, true
	}
	return s, false
}

func (s shape) after(r rune) (shape, bool) {
	switch {
	case r == '}':
		return s.close('{')
	case r == ']':
		return s.close('[')
	case r == ',' && strings.HasSuffix(s.open, "{"):
		return shape{s.open, placeName}, true
	case r == ',' && strings.HasSuffix(s.open, "["):
		return shape{s.open, placeValue}, true
	}
	return s, false
}

// close returns the state after the bracket that closes open.
func (s shape) close(open byte) (shape, bool) {
	n := len(s.open)
	if n == 0 || s.open[n-1] != open {
		return s, false
	}
	return shape{s.open[:n-1], placeAfter}, true
}
