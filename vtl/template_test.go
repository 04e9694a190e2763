package vtl_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/vtl"
	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// host is an object of the host's with a property, two methods and elements.
type host struct{ name vtl.Value }

func (h *host) Property(name string) (vtl.Value, bool) { return h.name, name == "name" }

func (h *host) Call(name string, args []vtl.Value) (vtl.Value, bool, error) {
	switch {
	case name == "count":
		return vtl.Int(int32(len(args))), true, nil
	case name == "fail":
		return vtl.Null, true, errors.New("no")
	}
	return vtl.Null, false, nil
}

func (h *host) AppendText(dst []byte) []byte { return append(dst, "host"...) }
func (h *host) Class() string                { return "Host" }
func (h *host) Elements() []vtl.Value        { return []vtl.Value{vtl.Int(1), vtl.String("two")} }

func (h *host) SetProperty(name string, v vtl.Value) bool {
	if name == "name" {
		h.name = v
	}
	return name == "name"
}

func TestHost(t *testing.T) {
	tests := []struct{ source, want string }{
		{"$h", "host"},
		{"$h.name ${h['name']} $h.nope", "n n "},
		{"$h.count(1, 'x') $h.count() $h.nope()", "2 0 "},
		{"$h.class.name", "Host"},
		{"#set($h.name = 5)$h.name", "5"},
		{"#set($h['name'] = 6)#set($h.other = 1)$h.name$h.other", "6"},
		{"#foreach($x in $h)[$x]#end", "[1][two]"},
		{"#if($h == $h)same#end #if($h == 'host')text#end", "same text"},
		{"$h.equals($h) $h.toString() [$h.x.y.z]", "true host []"},
		{"#set($l = [$h])$l|#set($m = {'h': $h})$m", "[host]|{h=host}"},
		{"$h.fail()", "error"},
	}
	for _, tt := range tests {
		output, kind, _ := render(tt.source, vtl.Var{Name: "h", Value: vtl.Of(&host{name: vtl.String("n")})})
		if kind != "" {
			output = "error"
		}
		if output != tt.want {
			t.Errorf("%q: got %q, want %q", tt.source, output, tt.want)
		}
	}
}

// lazy is a source of a map and a list that counts how often it is read.
type lazy struct{ loads, lookups int }

func (l *lazy) LoadMap(m *vtl.Map) {
	l.loads++
	m.Put("a", vtl.Int(1))
	m.Put("b", vtl.Int(2))
}

func (l *lazy) LookupMap(key string) (vtl.Value, bool) {
	l.lookups++
	return vtl.Int(1), key == "a"
}

func (l *lazy) LoadList(list *vtl.List) {
	l.loads++
	list.Append(vtl.Int(1))
}

func TestLazyValues(t *testing.T) {
	tests := []struct {
		name, source, want string
		loads, lookups     int
		changed            bool
	}{
		{"not used", "x", "x", 0, 0, false},
		{"one entry", "$m.a$m.a", "11", 0, 2, false},
		{"printed", "$m$m $l", "{a=1, b=2}{a=1, b=2} [1]", 2, 0, false},
		{"entry set", "#set($m.c = 3)$m", "{a=1, b=2, c=3}", 1, 0, true},
		{"element added", "$l.add(2)$l.size()", "true2", 1, 0, true},
		{"removed", "$m.remove('a')$m", "1{b=2}", 1, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var source lazy
			var changes vtl.Changes
			output, _, err := render(tt.source,
				vtl.Var{Name: "m", Value: vtl.MapOf(vtl.NewLazyMap(vtl.LinkedHashMap, &source, &changes))},
				vtl.Var{Name: "l", Value: vtl.ListOf(vtl.NewLazyList(vtl.JSONArray, &source, &changes))})
			if err != nil || output != tt.want {
				t.Errorf("got %q %v, want %q", output, err, tt.want)
			}
			if source.loads != tt.loads || source.lookups != tt.lookups {
				t.Errorf("got %d loads and %d lookups, want %d and %d", source.loads, source.lookups, tt.loads, tt.lookups)
			}
			if changes.Changed() != tt.changed {
				t.Errorf("got changed %v, want %v", changes.Changed(), tt.changed)
			}
		})
	}
}

// TestHashMapOrder has the orders in which a HashMap of OpenJDK 17 goes through keys that were put into it.
func TestHashMapOrder(t *testing.T) {
	tests := []struct{ put, want string }{
		{
			"resourceId resourcePath httpMethod",
			"resourceId resourcePath httpMethod",
		},
		{
			"cognitoIdentityPoolId accountId cognitoIdentityId caller sourceIp principalOrgId accessKey cognitoAuthenticationType cognitoAuthenticationProvider userArn userAgent user",
			"cognitoIdentityPoolId accountId cognitoIdentityId caller sourceIp principalOrgId accessKey cognitoAuthenticationType cognitoAuthenticationProvider userArn userAgent user",
		},
		{
			"Aa BB AaAa BBBB AaBB BBAa x é 😀 k1 k2 k3 k4 k5 k6 k7 k8 k9 k10 k11 k12 k13 k14 k15 k16 k17 k18 k19 k20",
			"Aa BB k11 k10 k13 k12 k15 k14 k17 k16 k19 k18 AaAa BBBB AaBB BBAa k1 k2 k3 k20 é k4 k5 k6 k7 k8 k9 x 😀",
		},
	}
	for _, tt := range tests {
		m := vtl.NewMap(vtl.HashMap, 0)
		for _, k := range strings.Fields(tt.put) {
			m.Put(k, vtl.String(k))
		}
		var got []string
		for k := range m.All() {
			s, _ := k.Text()
			got = append(got, s)
		}
		if d := cmp.Diff(strings.Fields(tt.want), got); d != "" {
			t.Error(d)
		}
	}
}

func TestErrorsHavePlaces(t *testing.T) {
	tests := []struct{ source, want string }{
		{"a\n  #if(true)", "name:2:12: expected #end, found the end of the template"},
		{"x #set($a = )", `name:1:13: expected a value, found ")"`},
		{"é $a.b[", "name:1:8: expected a string, an integer or a reference, found the end of the template"},
		{"$a\n#set($l = [1])\n$l.get(5)", "name:3:4: java.lang.IndexOutOfBoundsException: index 5 out of bounds for length 1"},
		{"\n #set($x = \"a\n$l[$y]#set($l = [])$l[3]\")", "name:3:22: java.lang.IndexOutOfBoundsException: index 3 out of bounds for length 0"},
	}
	for _, tt := range tests {
		template, err := vtl.Parse("name", tt.source, vtl.Options{})
		if err == nil {
			_, err = template.Append(nil, nil)
		}
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.source, err, tt.want)
		}
	}
}

type recorder []string

func (r *recorder) Trace(e vtl.Event) {
	text, _ := e.Value.AppendText(nil, 100)
	*r = append(*r, fmt.Sprintf("%v %s %s %d-%d", e.Pos, e.What, text, e.From, e.To))
}

func TestTrace(t *testing.T) {
	template, err := vtl.Parse("t", "#set($a = 5)<$a>#if($a == 5)yes#end\n#foreach($i in [1, 2])$i#end", vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got recorder
	out, err := template.AppendTraced([]byte("before "), nil, &got)
	if err != nil {
		t.Fatal(err)
	}
	want := recorder{
		"1:1 set 5 0-0",
		"1:14 reference 5 1-2",
		"1:17 if true 3-3",
		"2:23 reference 1 6-7",
		"2:23 reference 2 7-8",
		"2:1 foreach [1, 2] 6-8",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("output %q:\n%s", out, d)
	}
}

func TestSurrogates(t *testing.T) {
	source := `#set($h = $s.substring(0, 1))#set($l = $s.substring(1))$h$l|$h|$l|$h.length()|#if($h.concat($l) == $s)same#end|"$h$l"|$h.concat($l).length()`
	output, _, err := render(source, vtl.Var{Name: "s", Value: vtl.String("😀")})
	if want := `😀|?|?|1|same|"😀"|2`; err != nil || output != want {
		t.Errorf("got %q %v, want %q", output, err, want)
	}
}

func TestNumbersOfTheHost(t *testing.T) {
	huge, _ := new(big.Int).SetString("12345678901234567890", 10)
	exact, ok := vtl.ParseDecimal("0.12345678901234567890")
	if !ok {
		t.Fatal("not a decimal")
	}
	output, _, err := render("$i $i.class.name $d $d.class.name\n#set($x = $i + 1)$x\n#set($x = $d + 1)$x\n#set($x = $d * 2.5)$x $f $f.class.name",
		vtl.Var{Name: "i", Value: vtl.BigInt(huge)}, vtl.Var{Name: "d", Value: vtl.Decimal(exact)},
		vtl.Var{Name: "f", Value: vtl.Float(1.1)})
	want := "12345678901234567890 java.math.BigInteger 0.12345678901234567890 java.math.BigDecimal " +
		"12345678901234567891 1.12345678901234567890 0.308641972530864197250 1.1 java.lang.Float"
	if strings.Join(strings.Fields(output), " ") != want || err != nil {
		t.Errorf("got %q %v,\nwant %q", output, err, want)
	}
}

func TestConcurrentUse(t *testing.T) {
	template, err := vtl.Parse("t", `#macro(m $x)[$x]#end#foreach($i in [1..9])#m($i)#evaluate('$n')$n.replaceAll('(\d)', '<$1>')#end`, vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			digit := fmt.Sprint(n)
			var want strings.Builder
			for i := 1; i <= 9; i++ {
				fmt.Fprintf(&want, "[%d]%s<%s>", i, digit, digit)
			}
			for range 50 {
				out, err := template.Append(nil, []vtl.Var{{Name: "n", Value: vtl.String(digit)}})
				if err != nil || string(out) != want.String() {
					t.Errorf("got %q %v, want %q", out, err, want.String())
					return
				}
			}
		})
	}
	group.Wait()
}

func TestUses(t *testing.T) {
	template, err := vtl.Parse("t", `#if($a)"$b"#set($x = "${c}")#end`, vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"a": true, "b": true, "c": true, "x": true, "d": false} {
		if got := template.Uses(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestSyntaxErrorType(t *testing.T) {
	_, err := vtl.Parse("t", "#if(", vtl.Options{})
	var e *syntax.Error
	if !errors.As(err, &e) || e.Pos != (syntax.Pos{Line: 1, Col: 5}) {
		t.Errorf("got %v", err)
	}
}
