package vtl_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/vtl"
)

// TestLimits renders templates that would take forever, or all memory. Each must fail soon, with a place.
func TestLimits(t *testing.T) {
	loop := "#foreach($i in [1..1000])"
	tests := []struct{ name, source string }{
		{"steps", loop + loop + loop + "#set($x = 1)#end#end#end"},
		{"output", loop + loop + strings.Repeat("x", 100) + "#end#end"},
		{"doubling string", "#set($s = 'ab')" + loop + `#set($s = "$s$s")#end`},
		{"adding string", "#set($s = 'ab')" + loop + "#set($s = $s + $s)#end"},
		{"concat", "#set($s = 'ab')" + loop + "#set($s = $s.concat($s))#end"},
		{"replace", "#set($s = 'ab')" + loop + "#set($s = $s.replace('a', 'aa'))#set($s = $s.replaceAll('a', 'aa'))#end"},
		{"repeat", "#set($s = 'ab')#set($s = $s.repeat(2000000000))"},
		{"join", "#set($s = 'ab')" + loop + "#set($s = $s.join($s, [$s, $s]))#end"},
		{"format", "#set($s = 'ab')" + loop + "#set($s = $s.format('%s%s', $s, $s))#end"},
		{"wide format", "#set($s = 'ab')$s.format('%999999999d', 1)"},
		{"doubling list", "#set($l = [1])" + loop + "#set($d = $l.addAll($l))#end"},
		{"nested lists", "#set($l = [1])" + loop + "#set($l = [$l, $l])#end$l"},
		{"nested lists compared", "#set($l = [1])#set($m = [1])#foreach($i in [1..64])#set($l = [$l, $l])#set($m = [$m, $m])#end#if($l == $m)x#end"},
		{"big numbers", "#set($n = 99999999999999999999)" + loop + "#set($n = $n * $n)#end"},
		{"power", "#set($n = 99999999999999999999)$n.pow(2000000000)"},
		{"range", "#set($n = 2147483647)#set($l = [-2147483648..$n])"},
		{"evaluation", `#set($s = '#evaluate($s)')#evaluate($s)`},
		{"recursion", "#macro(m $x)#m([$x, $x])#end#m(1)"},
		{"arguments", `#macro(m $x $n)#if($n > 0)#set($k = $n - 1)#m("$x$x" $k)#end$x#end#m("${b}x" 18)`},
		{"split", "#set($s = 'ab')#foreach($i in [1..20])#set($s = $s + $s)#end" + loop + "#set($x = $s.split(''))#end"},
		{"list in itself", "#set($l = [1])#set($m = {'l': $l})#set($d = $l.add($m))$l"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			template, err := vtl.Parse("t", tt.source, vtl.Options{Limits: vtl.Limits{MemoryBytes: 8 << 20}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = template.Append(nil, nil); err == nil {
				t.Fatal("got no error")
			}
			var e *vtl.RenderError
			if !errors.As(err, &e) || e.Pos.Line == 0 {
				t.Errorf("got %v, want a place", err)
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// TestRegexpTime needs an engine that goes back over the text: the pattern has a look-ahead.
func TestRegexpTime(t *testing.T) {
	source := `#set($s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')$s.matches('(?=a)(a+)+$')`
	_, kind, err := render(source)
	if kind != "render" || err == nil {
		t.Fatalf("got %q %v, want an error of rendering", kind, err)
	}
}

func TestNoRegexpEngine(t *testing.T) {
	template, err := vtl.Parse("t", `#set($s = 'ab')$s.replaceAll('(?=b)', '-')`, vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := template.Append(nil, nil); err == nil {
		t.Errorf("got %q, want an error that says an engine is needed", out)
	}
}

func TestLimitsAreGiven(t *testing.T) {
	tests := []struct {
		name, source string
		limits       vtl.Limits
	}{
		{"steps", "#foreach($i in [1..10])$i#end", vtl.Limits{Steps: 10}},
		{"output", "$x$x$x", vtl.Limits{OutputBytes: 4}},
		{"memory", "#set($y = $x + $x + $x)", vtl.Limits{MemoryBytes: 4}},
		{"depth", "#if(true)#if(true)x#end#end", vtl.Limits{Depth: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			template, err := vtl.Parse("name", tt.source, vtl.Options{Limits: tt.limits})
			if err != nil {
				t.Fatal(err)
			}
			dst := []byte("before ")
			out, err := template.Append(dst, []vtl.Var{{Name: "x", Value: vtl.String("xx")}})
			if !errors.Is(err, vtl.ErrLimit) {
				t.Errorf("got %q %v, want a limit exceeded", out, err)
			}
			if string(out) != "before " {
				t.Errorf("got %q, want dst as it was", out)
			}
		})
	}
}
