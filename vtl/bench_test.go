package vtl_test

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/vtl"
)

func benchmarkItems(n int) vtl.Value {
	items := make([]vtl.Value, n)
	for i := range items {
		name := vtl.NewMap(vtl.LinkedHashMap, 1)
		name.Put("S", vtl.String("name "+strings.Repeat("x", i%7)))
		m := vtl.NewMap(vtl.LinkedHashMap, 2)
		m.Put("name", vtl.MapOf(name))
		m.Put("qty", vtl.Int(int32(i)))
		items[i] = vtl.MapOf(m)
	}
	return vtl.ListOf(vtl.NewList(vtl.JSONArray, items))
}

func BenchmarkAppend(b *testing.B) {
	benchmarks := []struct{ name, source string }{
		{"text", strings.Repeat(`{"a": 1}`, 100)},
		{"references", `#foreach($i in $items)"$i.name.S": $i.qty#if($foreach.hasNext),#end#end`},
		{"methods", `#foreach($i in $items)$i.name.S.substring(2).replace('x', 'y').length()#end`},
		{"arithmetic", `#set($n = 0)#foreach($i in $items)#set($n = $n + $i.qty * 2)#end$n`},
		{"macros", `#macro(m $x)[$x]#end#foreach($i in $items)#m($i.qty)#end`},
		{"strings", `#foreach($i in $items)#set($s = "${i.qty}: $i.name.S")$s#end`},
	}
	vars := []vtl.Var{{Name: "items", Value: benchmarkItems(100)}}
	for _, bench := range benchmarks {
		b.Run(bench.name, func(b *testing.B) {
			template, err := vtl.Parse(bench.name, bench.source, vtl.Options{})
			if err != nil {
				b.Fatal(err)
			}
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				if out, err = template.Append(out[:0], vars); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	source := strings.Repeat("#set($a = $b.c('x', [1, 2]))\n#if($a && $b > 1){\"k\": \"$a.d\"}#else${e}#end\n", 20)
	b.ReportAllocs()
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := vtl.Parse("bench", source, vtl.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
