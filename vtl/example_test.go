package vtl_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/sluice-gateway/sluice/vtl"
	"github.com/sluice-gateway/sluice/vtl/syntax"
)

func Example() {
	source := `#set($total = 0)
#foreach($line in $lines)
#set($total = $total + $line.qty)
$foreach.count. $line.sku x $line.qty
#end
$total pieces, note: "$note"`
	template, err := vtl.Parse("order", source, vtl.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	line := func(sku string, qty int32) vtl.Value {
		m := vtl.NewMap(vtl.LinkedHashMap, 2)
		m.Put("sku", vtl.String(sku))
		m.Put("qty", vtl.Int(qty))
		return vtl.MapOf(m)
	}
	lines := vtl.NewList(vtl.JSONArray, []vtl.Value{line("A1", 2), line("B2", 1)})
	if err := template.Execute(os.Stdout, []vtl.Var{{Name: "lines", Value: vtl.ListOf(lines)}}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1. A1 x 2
	// 2. B2 x 1
	// 3 pieces, note: ""
}

func ExampleParse() {
	_, err := vtl.Parse("greeting", "Hello\n#if($name)$name", vtl.Options{})
	var e *syntax.Error
	if errors.As(err, &e) {
		fmt.Println(e.Pos.Line, e.Msg)
	}
	// Output: 2 expected #end, found the end of the template
}

func ExampleLimits() {
	template, err := vtl.Parse("loop", "#foreach($i in [1..1000])$i #end", vtl.Options{Limits: vtl.Limits{OutputBytes: 100}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = template.Append(nil, nil)
	fmt.Println(err, errors.Is(err, vtl.ErrLimit))
	// Output: loop:1:26: limit exceeded: more than 100 bytes of output true
}

func ExampleValue_AppendText() {
	list := vtl.ListOf(vtl.NewList(vtl.ArrayList, []vtl.Value{vtl.String("a/b"), vtl.Double(1)}))
	array := vtl.ListOf(vtl.NewList(vtl.JSONArray, []vtl.Value{vtl.String("a/b"), vtl.Double(1)}))
	for _, v := range []vtl.Value{list, array} {
		text, err := v.AppendText(nil, 1000)
		fmt.Println(string(text), err)
	}
	// Output:
	// [a/b, 1.0] <nil>
	// ["a\/b",1.0] <nil>
}
