package vtl_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/vtl"
)

// A $foreach that is kept goes on telling where its loop was when it ended; others are used again by the next loop.
func TestKeptLoops(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"kept beyond its loop", `#foreach($i in [1..2])#set($k = $foreach)#end#foreach($j in [1..3])$k.count#end`, "222"},
		{"kept from within", `#foreach($i in [1..2])#foreach($j in [1..3])#set($k = $foreach.parent)#end#foreach($j in [1])$k.count#end#end`, "12"},
		{"parent of a parent", `#foreach($i in [1..2])#foreach($j in [1])#foreach($k in [1])$foreach.topmost.count$foreach.parent.count#end#end#end`, "1121"},
		{"only where it is", `#foreach($i in [1..2])#foreach($j in [1..2])$foreach.index#if($foreach.hasNext),#end#end;#end$!foreach.index`, "0,1;0,1;"},
		{"left early", `#foreach($i in [1..3])#foreach($j in [1..3])$foreach.count#break#end$foreach.count#end`, "111213"},
		{"evaluated", `#foreach($i in [1..2])#evaluate('#set($k = $foreach)')#end#foreach($j in [1])$k.count#end`, "2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			template, err := vtl.Parse(tt.name, tt.source, vtl.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second rendering uses the memory of the first
				out, err := template.Append(nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				if string(out) != tt.want {
					t.Errorf("%s: got %q, want %q", tt.source, out, tt.want)
				}
			}
		})
	}
}
