package vtl_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/vtl"
)

var fuzzSeeds = []string{
	"$a.b.c $l[0] $m.k ${s}x $!u", "#set($x = $l.size() * 2 + $d)$x", "#foreach($e in $m.entrySet())$e.key=$e.value#if($foreach.hasNext),#end#end",
	"#macro(f $x)$x#if($x.length() < 5)#f($x.concat('y'))#end#end#f($s)", "#evaluate($s)#define($d)$d#end$d", `$s.replaceAll('(\w)(.)', '$2$1').split(',')[0].substring(1, 3)`,
	"$s.format('%5s|%05d|%.2f|%x', $s, 42, 1.5, 255)", "#set($l[0] = $l)$l $l.hashCode() $l.equals($l)", "#set($m.x = $m)$m $m.keySet() #set($v = $m.values().iterator().next())$v",
	"#if($s == 'x' || !($d > 2) && $l != [1])#elseif(1 <= 2)y#else z#end", "#set($n = 9223372036854775807 + 1)$n #set($n = $n * $n / 3 % 7)$n", `$s.matches('(?i)[a-z&&[^b]]+\p{Alpha}*?')`,
}

// FuzzRender renders anything. It must end soon, without a panic, within its limits, and any error must have a place.
func FuzzRender(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
	limits := vtl.Limits{Steps: 20_000, OutputBytes: 1 << 16, MemoryBytes: 1 << 20, RegexpTime: 20 * time.Millisecond}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 2000 {
			return
		}
		template, err := vtl.Parse("fuzz", source, vtl.Options{Limits: limits, Regexp: testEngine{}})
		if err != nil {
			return
		}
		inner := vtl.NewMap(vtl.HashMap, 0)
		inner.Put("k", vtl.String("v"))
		inner.Put("é", vtl.Double(0.5))
		start := time.Now()
		out, err := template.Append(nil, []vtl.Var{
			{Name: "s", Value: vtl.String("some, tëxt 😀")}, {Name: "d", Value: vtl.Double(2.5)},
			{Name: "l", Value: vtl.ListOf(vtl.NewList(vtl.JSONArray, []vtl.Value{vtl.Int(1), vtl.Null, vtl.MapOf(inner)}))},
			{Name: "m", Value: vtl.MapOf(inner)}, {Name: "h", Value: vtl.Of(&host{})},
		})
		var e *vtl.RenderError
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%q: %v is no RenderError", source, err)
		}
		if e != nil && e.Pos.Line == 0 {
			t.Errorf("%q: %v has no place", source, err)
		}
		if len(out) > 2*limits.OutputBytes {
			t.Errorf("%q: %d bytes of output", source, len(out))
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%q: took %v", source, d)
		}
	})
}

// FuzzParse compiles anything; the tree's own properties are fuzzed in package syntax.
func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		template, err := vtl.Parse("fuzz", source, vtl.Options{})
		if (err == nil) == (template == nil) {
			t.Errorf("%q: got %v and %v", source, template, err)
		}
	})
}
