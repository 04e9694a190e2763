package syntax

import "strings"

// Print returns the source of a template that parses to the same tree, positions aside. It is as
// it was written but for white space between parentheses. The tree must be one that Parse made
// or one like it: text that isn't printed as it stands carries its Source.
func Print(t *Template) string {
	var p printer
	p.nodes(t.Body)
	return p.b.String()
}

// Source returns the source of an expression, as [Print] writes it.
func Source(x Expr) string {
	var p printer
	p.expr(x)
	return p.b.String()
}

type printer struct{ b strings.Builder }

func (p *printer) write(ss ...string) {
	for _, s := range ss {
		p.b.WriteString(s)
	}
}

// word writes #name or #{name}.
func (p *printer) word(name string, braced bool) {
	if braced {
		p.write("#{", name, "}")
		return
	}
	p.write("#", name)
}

func (p *printer) nodes(nodes []Node) {
	for _, n := range nodes {
		p.node(n)
	}
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case *Text:
		p.write(n.Source)
	case *Comment:
		p.write(n.Source)
	case *Reference:
		p.reference(n)
	case *Set:
		p.write(n.Lead)
		p.word("set", n.Braced)
		p.write("(")
		p.reference(n.Target)
		p.write(" = ")
		p.expr(n.Value)
		p.write(")", n.Tail)
	case *If:
		p.ifNode(n)
	case *Directive:
		p.directive(n)
	}
}

func (p *printer) ifNode(n *If) {
	name := "if"
	for i := range n.Branches {
		b := &n.Branches[i]
		p.write(b.Lead)
		p.word(name, b.Braced)
		p.write("(")
		p.expr(b.Cond)
		p.write(")", b.Tail)
		p.nodes(b.Body)
		name = "elseif"
	}
	if n.Else != nil {
		p.write(n.Else.Lead)
		p.word("else", n.Else.Braced)
		p.write(n.Else.Tail)
		p.nodes(n.Else.Body)
	}
	p.end(n.End)
}

func (p *printer) end(m Mark) {
	p.write(m.Lead)
	p.word("end", m.Braced)
	p.write(m.Tail)
}

func (p *printer) directive(d *Directive) {
	p.write(d.Source)
	if d.Raw != "" {
		p.write(d.Raw)
	} else {
		p.nodes(d.Body)
	}
	if d.Block {
		p.end(d.End)
	}
}

func (p *printer) reference(r *Reference) {
	p.write(strings.Repeat(`\`, r.Slashes), r.Prefix)
	if r.Bare {
		p.bare(r)
		return
	}
	if r.Source != "" {
		p.write(r.Source)
		return
	}
	p.write("$")
	if r.Void {
		p.write(`\`)
	}
	if r.Quiet {
		p.write("!")
	}
	if r.Formal {
		p.write("{")
	}
	p.write(r.Name)
	p.path(r.Path)
	if r.Formal {
		p.write("}")
	}
}

// bare writes a reference without $; what is in braces has its opening one as prefix.
func (p *printer) bare(r *Reference) {
	p.write(r.Name)
	p.path(r.Path)
	if r.Formal {
		p.write("}")
	}
}

func (p *printer) path(path []Part) {
	for _, part := range path {
		switch part := part.(type) {
		case *Property:
			p.write(".", part.Name)
		case *Method:
			p.write(".", part.Name, "(")
			p.exprs(part.Args)
			p.write(")")
		case *Index:
			p.write("[")
			p.expr(part.Key)
			p.write("]")
		}
	}
}

func (p *printer) exprs(list []Expr) {
	for i, x := range list {
		if i > 0 {
			p.write(", ")
		}
		p.expr(x)
	}
}

func (p *printer) expr(x Expr) {
	switch x := x.(type) {
	case *Reference:
		p.reference(x)
	case *StringLit:
		p.write(x.Source)
	case *NumberLit:
		p.write(x.Text)
	case *BoolLit:
		if x.Value {
			p.write("true")
		} else {
			p.write("false")
		}
	case *WordLit:
		p.write(x.Word)
	case *ListLit:
		p.write("[")
		p.exprs(x.Elems)
		p.write("]")
	case *RangeLit:
		p.write("[")
		p.expr(x.From)
		p.write("..")
		p.expr(x.To)
		p.write("]")
	case *MapLit:
		p.mapLit(x)
	case *Paren:
		p.write("(")
		if x.Inner != "" {
			p.write(x.Inner)
		} else {
			p.expr(x.X)
		}
		p.write(")")
	case *NotExpr:
		p.write("!")
		p.expr(x.X)
	case *Binary:
		p.binary(x)
	}
}

func (p *printer) binary(x *Binary) {
	p.expr(x.X)
	if left, ok := x.X.(*Binary); !ok || left.Right == "" {
		p.write(" ")
	}
	p.write(x.Op.String())
	if x.Right != "" {
		p.write(x.Right)
		return
	}
	p.write(" ")
	p.expr(x.Y)
}

func (p *printer) mapLit(m *MapLit) {
	p.write("{")
	for i, k := range m.Keys {
		if i > 0 {
			p.write(", ")
		}
		p.expr(k)
		p.write(": ")
		p.expr(m.Values[i])
	}
	p.write("}")
}
