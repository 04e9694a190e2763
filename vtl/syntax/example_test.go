package syntax_test

import (
	"fmt"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

func ExampleParse() {
	tree, err := syntax.Parse("t", `#set($greeting="Hello $name")$greeting!`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range tree.Body {
		switch n := n.(type) {
		case *syntax.Set:
			fmt.Println(n.Pos(), "set", n.Target.Name, "to", syntax.Source(n.Value))
		case *syntax.Reference:
			fmt.Println(n.Pos(), "reference to", n.Name)
		case *syntax.Text:
			fmt.Printf("%v text %q\n", n.Pos(), n.Value)
		}
	}
	fmt.Println(syntax.Print(tree))
	// Output:
	// 1:1 set greeting to "Hello $name"
	// 1:30 reference to greeting
	// 1:39 text "!"
	// #set($greeting = "Hello $name")$greeting!
}
