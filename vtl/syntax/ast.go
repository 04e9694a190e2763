package syntax

// Node is a part of a template: what stands in its text.
type Node interface {
	// Pos returns where the node begins.
	Pos() Pos
	node()
}

// Expr is what stands in the arguments of directives and methods: something with a value.
type Expr interface {
	Pos() Pos
	expr()
}

// At is the position of a node; each has one.
type At struct{ Begin Pos }

// Pos returns where the node begins.
func (a At) Pos() Pos { return a.Begin }

// Template is a whole template.
type Template struct {
	Name string
	Body []Node
}

type (
	// Text is what is printed as it is. Value is what is printed, Source how it is written, which differs
	// where something is escaped.
	Text struct {
		At
		Value, Source string
	}

	// Comment is a comment with its marks; it prints nothing, and neither does a $ directly before a block comment,
	// which belongs to it.
	Comment struct {
		At
		Source string
	}

	// Set is #set($target = value).
	Set struct {
		At
		Lead   string // the blanks before it, which don't print; also a $ or # that belongs to the token
		Braced bool   // #{set}
		Target *Reference
		Value  Expr
		Tail   string // the blanks and the line end after it, which don't print
	}

	// If is #if with its #elseif, #else and #end.
	If struct {
		At
		Branches []Branch // at least one
		Else     *Branch  // nil: none
		End      Mark
	}

	// Directive is any directive but #set and #if, or the use of a macro. A name that is
	// neither known as a directive nor, when rendering, as a macro prints as it is written: [Directive.Literal].
	Directive struct {
		At
		Name   string // without # and braces; with @ before it for a macro with a body
		Braced bool   // #{name}
		Parens bool   // there are parentheses
		Args   []Expr
		Tail   string // the blanks and the line end after the parenthesis
		Block  bool   // there is a body and an #end
		Body   []Node
		End    Mark
		Source string // of everything up to the body
		Raw    string // the source of the body, of #literal only
		Shown  string // what prints of #literal, and of the use of a macro that doesn't exist if there are parentheses
	}
)

// Branch is a condition of [If] with what it guards; Cond is nil for #else.
type Branch struct {
	At
	Lead   string // a $ that belongs to the token and doesn't print
	Braced bool   // #{if}, #{elseif}, #{else}
	Cond   Expr
	Tail   string // the blanks and the line end before the body
	Body   []Node
}

// Mark is an #end.
type Mark struct {
	Lead   string // a $ that belongs to the token and doesn't print
	Braced bool   // #{end}
	Tail   string // the blanks and the line end after it
}

type (
	// Reference is $name with what follows it. It is a node and an expression.
	Reference struct {
		At
		Slashes int    // backslashes that it begins with; an odd number escapes the reference
		Prefix  string // text before the $ that belongs to the token: the # of "#$a"
		Void    bool   // there are backslashes between $ and !, and so it never has a value
		Quiet   bool   // $!
		Formal  bool   // ${name}
		Bare    bool   // a name without $, which has no value: the argument in $a.b(c)
		Name    string
		Path    []Part
		Source  string // as it is written, from the $; Print writes this unless it is empty
	}

	// Property is .name in a reference.
	Property struct {
		At
		Name string
	}

	// Method is .name(args) in a reference.
	Method struct {
		At
		Name string
		Args []Expr
	}

	// Index is [key] in a reference.
	Index struct {
		At
		Key Expr
	}
)

// Part is a step of a reference's path: *Property, *Method or *Index.
type Part interface {
	Pos() Pos
	part()
}

type (
	// StringLit is a string. One in double quotes that contains a $ or # is a template of its own: Body.
	StringLit struct {
		At
		Double bool
		Value  string // the text between the quotes, with its escapes resolved
		Source string // with the quotes
		Body   []Node // what Value is as a template
		Parsed bool   // whether Body counts
	}

	// NumberLit is an integer or a number with a point or exponent.
	NumberLit struct {
		At
		Text  string
		Float bool
	}

	// BoolLit is true or false.
	BoolLit struct {
		At
		Value bool
	}

	// WordLit is a word as the argument of a directive: the in of #foreach, the name of #macro.
	WordLit struct {
		At
		Word string
	}

	// ListLit is [a, b].
	ListLit struct {
		At
		Elems []Expr
	}

	// RangeLit is [from..to].
	RangeLit struct {
		At
		From, To Expr
	}

	// MapLit is {key: value}.
	MapLit struct {
		At
		Keys, Values []Expr
	}

	// Paren is an expression in parentheses.
	Paren struct {
		At
		X     Expr
		Inner string // X as it is written; Print writes this unless it is empty
	}

	// NotExpr is !x.
	NotExpr struct {
		At
		X Expr
	}

	// Binary is x op y; At is the place of the operator.
	Binary struct {
		At
		Op   Op
		X, Y Expr

		// Right is Y as it is written, with the white space around it; Print writes this unless it is empty.
		// Joined to a string, an operation without a result such as 1 / 0 is this text.
		Right string
	}
)

func (*Text) node()      {}
func (*Comment) node()   {}
func (*Set) node()       {}
func (*If) node()        {}
func (*Directive) node() {}
func (*Reference) node() {}

func (*Property) part() {}
func (*Method) part()   {}
func (*Index) part()    {}

func (*Reference) expr() {}
func (*StringLit) expr() {}
func (*NumberLit) expr() {}
func (*BoolLit) expr()   {}
func (*WordLit) expr()   {}
func (*ListLit) expr()   {}
func (*RangeLit) expr()  {}
func (*MapLit) expr()    {}
func (*Paren) expr()     {}
func (*NotExpr) expr()   {}
func (*Binary) expr()    {}
