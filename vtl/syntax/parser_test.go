package syntax

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, source string
		want         []Node
	}{
		{"text", "a $ 5", []Node{&Text{Value: "a ", Source: "a "}, &Text{Value: "$ 5", Source: "$ 5"}}},
		{"reference", "$!{a.b[0].c(1)}", []Node{&Reference{
			Quiet: true, Formal: true, Name: "a", Source: "$!{a.b[0].c(1)}",
			Path: []Part{
				&Property{Name: "b"},
				&Index{Key: &NumberLit{Text: "0"}},
				&Method{Name: "c", Args: []Expr{&NumberLit{Text: "1"}}},
			},
		}}},
		{"set", "  #set( $a = 1 + $b )\nx", []Node{
			&Set{
				Lead: "  ", Tail: "\n", Target: &Reference{Name: "a", Source: "$a"},
				Value: &Binary{Op: Plus, X: &NumberLit{Text: "1"}, Y: &Reference{Name: "b", Source: "$b"}, Right: " $b "},
			},
			&Text{Value: "x", Source: "x"},
		}},
		{"if", "#if(true)a#elseif(false)b#{else}c#end \n", []Node{&If{
			Branches: []Branch{
				{Cond: &BoolLit{Value: true}, Body: []Node{&Text{Value: "a", Source: "a"}}},
				{Cond: &BoolLit{}, Body: []Node{&Text{Value: "b", Source: "b"}}},
			},
			Else: &Branch{Braced: true, Body: []Node{&Text{Value: "c", Source: "c"}}},
			End:  Mark{Tail: " \n"},
		}}},
		{"foreach", "#foreach($i in [1..3])$i#end", []Node{&Directive{
			Name: "foreach", Parens: true, Block: true, Source: "#foreach($i in [1..3])",
			Args: []Expr{
				&Reference{Name: "i", Source: "$i"}, &WordLit{Word: "in"},
				&RangeLit{From: &NumberLit{Text: "1"}, To: &NumberLit{Text: "3"}},
			},
			Body: []Node{&Reference{Name: "i", Source: "$i"}},
		}}},
		{"precedence", "#if(1 || 2 && !(3 < 4))#end", []Node{&If{Branches: []Branch{{Cond: &Binary{
			Op: Or, X: &NumberLit{Text: "1"}, Right: " 2 && !(3 < 4)",
			Y: &Binary{
				Op: And, X: &NumberLit{Text: "2"}, Right: " !(3 < 4)",
				Y: &NotExpr{X: &Paren{Inner: "3 < 4", X: &Binary{
					Op: Less, X: &NumberLit{Text: "3"}, Y: &NumberLit{Text: "4"}, Right: " 4",
				}}},
			},
		}}}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := Parse("t", tt.source)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, tree.Body, ignorePositions); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ source, want string }{
		{"a $", `t:1:4: expected text or a directive, found "$" at the end of the template`},
		{"#if(true)", "t:1:10: expected #end, found the end of the template"},
		{"x\n#end", `t:2:2: expected text or a directive, found "end"`},
		{"#set($a 1)", `t:1:9: expected =, found "1"`},
		{"#set($a = [1, 2)", `t:1:16: expected ], found ")"`},
		{"#set($a = 'x)", `t:1:11: expected a value, found "'"`},
		{"${a", "t:1:4: expected }, found the end of the template"},
		{"$a[x]", `t:1:4: expected a string, an integer or a reference, found "x"`},
		{"#foreach", "t:1:2: expected the arguments of #foreach in parentheses"},
		{"#macro($a)#end", "t:1:2: expected the name of the macro as the first argument of #macro"},
		{"#evaluate(1)", "t:1:2: expected a string or a reference as the argument of #evaluate"},
		{"#[[ x", "t:1:1: the text block is not closed by ]]#"},
		{"#set($a = \"#if(true)\")", "t:1:22: expected #end, found the end of the template"},
		{strings.Repeat("#if(true)", 500), "t:1:3587: nested more than 400 deep"},
	}
	for _, tt := range tests {
		_, err := Parse("t", tt.source)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.30q: got %v, want an *Error", tt.source, err)
			continue
		}
		if e.Error() != tt.want {
			t.Errorf("%.30q:\n got %s\nwant %s", tt.source, e, tt.want)
		}
	}
}

// TestPrint prints what the engine was recorded with and parses it again.
func TestPrint(t *testing.T) {
	f, err := os.Open("../testdata/velocity.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c struct{ Template string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		tree, err := Parse("t", c.Template)
		if err != nil {
			continue
		}
		printed := Print(tree)
		again, err := Parse("t", printed)
		if err != nil {
			t.Errorf("%q prints as %q: %v", c.Template, printed, err)
			continue
		}
		if d := cmp.Diff(tree, again, ignorePositions); d != "" {
			t.Errorf("%q prints as %q:\n%s", c.Template, printed, d)
		}
	}
}

// TestPrintWithoutSource prints a tree that no parser made.
func TestPrintWithoutSource(t *testing.T) {
	tree := &Template{Body: []Node{&Set{
		Target: &Reference{Name: "a", Path: []Part{&Property{Name: "b"}, &Index{Key: &StringLit{Source: `'k'`}}}},
		Value: &Binary{Op: And, X: &NotExpr{X: &Paren{X: &BoolLit{}}}, Y: &MapLit{
			Keys:   []Expr{&NumberLit{Text: "1"}},
			Values: []Expr{&ListLit{Elems: []Expr{&BoolLit{Value: true}, &Reference{Quiet: true, Formal: true, Name: "c"}}}},
		}},
	}}}
	const want = `#set($a.b['k'] = !(false) && {1: [true, $!{c}]})`
	if got := Print(tree); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
