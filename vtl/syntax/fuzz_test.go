package syntax

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// ignorePositions compares trees as they were without their places in the source.
var ignorePositions = cmpopts.IgnoreTypes(At{})

var seeds = []string{
	"", "$", "#", "plain text", "$a.b(1, 'x')[0].c", "${a}b $!{c.d} $!e", `\$a \\$a \\\$!{b} \#if \\#if(true)x#end`,
	"  #set( $a = {'k': [1, 2.5, true], $b: \"x$c ## d\"} )  \n\ny",
	"#if($a && !($b == 1) || $c lt 2)\n a\n#elseif(true) b #{else}\n c#end\n\nd",
	"#foreach($i in [1..$n])$i#if($foreach.hasNext),#end#end",
	"#macro(m $x)[$x $!bodyContent]#end#@m(1 'b')body#end#m({})#nope($a)",
	"#define($d)x#end#evaluate('y')#break#stop#[[ $raw ]]# ## c\n#* d *#",
	"$!!x $.a $a{b} $\\!c #$d $$e ${} ${f", "#set($x = \"#if(true)y#end\")", "#set($s = \"\\u00e9\\ud83d\\ude00\")",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		tree, err := Parse("t", source)
		if err != nil {
			return
		}
		printed := Print(tree)
		again, err := Parse("t", printed)
		if err != nil {
			t.Fatalf("%q prints as %q, which doesn't parse: %v", source, printed, err)
		}
		if d := cmp.Diff(tree, again, ignorePositions); d != "" {
			t.Fatalf("%q prints as %q, which is another tree:\n%s", source, printed, d)
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		s := newScanner(source)
		at := 0
		for {
			tok, ok := s.scan()
			if tok.offset != at || tok.core < tok.offset || tok.end < tok.core {
				t.Fatalf("%q: token %+v doesn't follow %d", source, tok, at)
			}
			if !ok || tok.kind == tokEOF {
				return
			}
			if tok.end == at {
				t.Fatalf("%q: empty token %+v", source, tok)
			}
			at = tok.end
		}
	})
}
