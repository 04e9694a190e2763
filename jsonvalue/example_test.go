package jsonvalue_test

import (
	"fmt"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

func ExampleParse() {
	v, err := jsonvalue.Parse([]byte(`{"total": 119.0, "lines": [{"sku": "A1"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Get("total").Text(), v.Get("lines").At(0).Get("sku").Text())
	fmt.Println(v)
	// Output:
	// 119.0 A1
	// {"total":119.0,"lines":[{"sku":"A1"}]}
}

func ExampleParseLenient() {
	for _, body := range []string{`{statusCode: 200}`, `name=Ada&city=Oslo`} {
		v, err := jsonvalue.ParseLenient([]byte(body))
		fmt.Println(v, err)
	}
	// Output:
	// {"statusCode":200} <nil>
	// "name=Ada&city=Oslo" <nil>
}

func ExampleValue_Append() {
	v, _ := jsonvalue.ParseString(`["a/b", 1e2, "\u20ac"]`)
	for _, style := range []jsonvalue.Style{jsonvalue.Verbatim, jsonvalue.Compact, jsonvalue.WebSafe} {
		fmt.Printf("%s\n", v.Append(nil, style))
	}
	// Output:
	// ["a/b",1e2,"€"]
	// ["a/b",100.0,"\u20AC"]
	// ["a\/b",100.0,"\u20AC"]
}

func ExampleBuilder() {
	var b jsonvalue.Builder
	b.BeginObject()
	b.Key("ids")
	b.BeginArray()
	b.Int(7)
	b.Str("x")
	b.End()
	b.End()
	fmt.Println(b.Finish())
	// Output: {"ids":[7,"x"]}
}
