package jsonvalue_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// testdata/lenient.jsonl has texts with what json-smart 2.2 (Debian 12) in permissive mode made of
// them, printed in its two styles.
func TestParseLenient(t *testing.T) {
	f, err := os.Open("testdata/lenient.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c struct {
			Text, Compact, WebSafe string
			Error                  bool
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		v, err := jsonvalue.ParseLenientString(c.Text)
		if err != nil {
			if !c.Error {
				t.Errorf("%q: %v, want %s", c.Text, err, c.Compact)
			}
			continue
		}
		if c.Error {
			t.Errorf("%q: got %s, want an error", c.Text, v)
			continue
		}
		if got := string(v.Append(nil, jsonvalue.Compact)); got != c.Compact {
			t.Errorf("%q: compact: got %s, want %s", c.Text, got, c.Compact)
		}
		if c.WebSafe == "" {
			c.WebSafe = c.Compact
		}
		if got := string(v.Append(nil, jsonvalue.WebSafe)); got != c.WebSafe {
			t.Errorf("%q: web-safe: got %s, want %s", c.Text, got, c.WebSafe)
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"members keep their order", ` { "b" : 1 , "a" : [ true , false , null ] } `, `{"b":1,"a":[true,false,null]}`},
		{"numbers keep their text", `[1.10, 1E5, -0, 12345678901234567890, 1e999]`, `[1.10,1E5,-0,12345678901234567890,1e999]`},
		{"the last of two members counts", `{"a":1,"b":2,"a":{"c":3}}`, `{"a":{"c":3},"b":2}`},
		{"escapes are undone", `"\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t\u0000"`, `"é😀/\"\\\b\f\n\r\t\u0000"`},
		{"half a character survives", `["\ud83d", "\ude00x"]`, `["\uD83D","\uDE00x"]`},
		{"names may have escapes", `{"\u0061":1,"a":2}`, `{"a":2}`},
		{"DEL is a character", "[\"\x7f\", \"a\x7fb\\n\x7f\", \"\\n\x7fc\x7f\"]", "[\"\x7f\",\"a\x7fb\\n\x7f\",\"\\n\x7fc\x7f\"]"},
		{"empty ones", `[{},[],""]`, `[{},[],""]`},
		{"a scalar is a document", ` 7 `, `7`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := jsonvalue.Parse([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := v.String(); got != tt.want {
				t.Errorf("Parse(%s) = %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestParseError(t *testing.T) {
	deep := strings.Repeat("[", jsonvalue.MaxDepth+1)
	tests := []struct{ text, want string }{
		{``, `1:1: unexpected end of the text, want a value`},
		{"{\n  \"a\": tru\n}", `2:8: unexpected 't', want a value`},
		{`{a:1}`, `1:2: unexpected 'a', want a member's name in quotes`},
		{`{"a" 1}`, `1:6: unexpected '1', want :`},
		{`{"a":1 "b":2}`, `1:8: unexpected '"', want , or }`},
		{`[1 2]`, `1:4: unexpected '2', want , or ]`},
		{`[1,]`, `1:4: unexpected ']', want a value`},
		{`01`, `1:1: a number must not begin with 0`},
		{`1.`, `1:3: unexpected end of the text, want a digit`},
		{`-`, `1:2: unexpected end of the text, want a digit`},
		{`1e+`, `1:4: unexpected end of the text, want a digit`},
		{`"a`, `1:3: the string is not closed`},
		{"\"a\nb\"", `1:3: a control character in a string must be escaped`},
		{`"\x"`, `1:2: unknown escape in a string`},
		{`"\u12"`, `1:2: unknown escape in a string`},
		{`1 2`, `1:3: unexpected '2' after the document`},
		{"\"\xff\"", `1:2: the text is not UTF-8`},
		{deep, `1:401: the document is nested deeper than 400`},
	}
	for _, tt := range tests {
		_, err := jsonvalue.Parse([]byte(tt.text))
		var syntax *jsonvalue.SyntaxError
		if !errors.As(err, &syntax) || err.Error() != tt.want {
			t.Errorf("Parse(%.40q): %v, want %v", tt.text, err, tt.want)
		}
	}
	if _, err := jsonvalue.ParseLenientString(deep); err == nil {
		t.Error("ParseLenient of a document nested too deeply: no error")
	}
}

func TestValue(t *testing.T) {
	v, err := jsonvalue.ParseString(`{"s":"x","n":12,"a":[1,"two",3.5],"o":{"k":null},"t":true}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Get("s").Text(); got != "x" {
		t.Errorf("s = %q", got)
	}
	if n, ok := v.Get("n").Int64(); n != 12 || !ok {
		t.Errorf("n = %d, %v", n, ok)
	}
	if f, ok := v.Get("a").At(2).Float64(); f != 3.5 || !ok {
		t.Errorf("a[2] = %g, %v", f, ok)
	}
	if !v.Get("t").Bool() || !v.Get("o").Get("k").IsNull() || v.Get("o").Key(0) != "k" {
		t.Error("t, o.k are not as written")
	}
	for _, absent := range []jsonvalue.Value{v.Get("none"), v.At(9), v.Get("a").At(-1), v.Get("s").Get("x"), {}} {
		if absent.Exists() || absent.Kind() != jsonvalue.Invalid || absent.Len() != 0 || absent.Text() != "" || absent.String() != "null" {
			t.Errorf("%v is a value", absent)
		}
	}
	var names []string
	for name, member := range v.Members() {
		names = append(names, fmt.Sprint(name, " ", member.Kind()))
	}
	if got, want := strings.Join(names, ", "), "s string, n number, a array, o object, t boolean"; got != want {
		t.Errorf("members: got %s, want %s", got, want)
	}
	sum := 0.0
	for _, elem := range v.Get("a").Elements() {
		f, _ := elem.Float64()
		sum += f
	}
	if sum != 4.5 {
		t.Errorf("sum of a = %g, want 4.5", sum)
	}
	seen := make([]bool, v.Count())
	for _, w := range []jsonvalue.Value{v, v.At(0), v.Get("a"), v.Get("a").At(0), v.Get("o").At(0)} {
		if seen[w.Ordinal()] {
			t.Errorf("%v: its ordinal is another's", w)
		}
		seen[w.Ordinal()] = true
		if !w.SharesDocument(v) {
			t.Errorf("%v: not in its document", w)
		}
	}
	if other, _ := jsonvalue.ParseString("1"); other.SharesDocument(v) || (jsonvalue.Value{}).SharesDocument(jsonvalue.Value{}) {
		t.Error("values of two documents share one")
	}
}

func TestEqual(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2,"x"]}`, `{"b":[2,"x"],"a":1}`, true},
		{`1`, `1.0`, false},
		{`1.0`, `1.00`, true},
		{`100000000000000000000`, `100000000000000000000`, true},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`"1"`, `1`, false},
		{`null`, `null`, true},
		{`true`, `false`, false},
	}
	for _, tt := range tests {
		a, _ := jsonvalue.ParseString(tt.a)
		b, _ := jsonvalue.ParseString(tt.b)
		if got := a.Equal(b); got != tt.want {
			t.Errorf("%s equal to %s: got %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestBuilder(t *testing.T) {
	inner, _ := jsonvalue.ParseString(`{"x":[1.50,{"y":"z"}]}`)
	var b jsonvalue.Builder
	b.BeginObject()
	b.Key("s")
	b.Str("a\"b")
	b.Key("list")
	b.BeginArray()
	b.Int(-3)
	b.Float(2)
	b.Float(math.Inf(1))
	b.Num("1e3")
	b.Bool(true)
	b.Null()
	b.End()
	b.Key("copy")
	b.Value(inner)
	b.Key("s")
	b.Str("again")
	b.Key("e")
	b.BeginObject()
	b.End()
	b.End()
	const want = `{"s":"again","list":[-3,2.0,null,1e3,true,null],"copy":{"x":[1.50,{"y":"z"}]},"e":{}}`
	if got := b.Finish().String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	b.Str("next")
	if got := b.Finish().String(); got != `"next"` {
		t.Errorf("a builder used again: %s", got)
	}
}

func TestParser(t *testing.T) {
	var p jsonvalue.Parser
	var kept []string
	for i, text := range []string{`{"a":["x\u00e9",1]}`, `[`, `{b:'c',}`, `[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]`, ``} {
		want, wantErr := jsonvalue.ParseLenientString(text)
		got, err := p.ParseLenient(text)
		if got.String() != want.String() || (err == nil) != (wantErr == nil) {
			t.Errorf("%q: got %v, %v, want %v, %v", text, got, err, want, wantErr)
		}
		if i == 0 {
			kept = append(kept, got.Key(0), got.At(0).At(0).Text())
		}
	}
	if got, want := strings.Join(kept, " "), "a x\u00e9"; got != want {
		t.Errorf("strings of an earlier document: got %s, want %s", got, want)
	}
	p.Forget()
	text := `{"a":[1,2,{"b":"c"}]}`
	if n := testing.AllocsPerRun(100, func() { _, _ = p.ParseLenient(text) }); n != 0 {
		t.Errorf("parsing again: %v allocations, want none", n)
	}
}

// Control characters vanish from strings that have an escape, wherever they stand.
func TestLenientControlCharacters(t *testing.T) {
	v, err := jsonvalue.ParseLenientString("[\"a\x01b\x7f\", \"a\x01b\\n\x7fc\x7fd\"]")
	if got, want := v.At(0).Text()+v.At(1).Text(), "a\x01b\x7fab\ncd"; got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestManyMembers(t *testing.T) {
	var text, want strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, `,"m%d":%d`, i%50, i)
	}
	for i := range 50 {
		fmt.Fprintf(&want, `,"m%d":%d`, i, i+50)
	}
	v, err := jsonvalue.ParseString("{" + text.String()[1:] + "}")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.String(); got != "{"+want.String()[1:]+"}" {
		t.Errorf("got %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u00e9"],"b":null}`, `{a:'b',c d,[}`, `"\ud83d\ude00"`, "1 2", `[[[`, "{\"a\":1,\"a\":2}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := jsonvalue.ParseString(text); err == nil {
			again, err := jsonvalue.ParseString(v.String())
			if err != nil {
				t.Fatalf("%q is printed as %s: %v", text, v, err)
			}
			if !v.Equal(again) {
				t.Fatalf("%q is printed as %s, which reads as %s", text, v, again)
			}
			if !json.Valid([]byte(text)) {
				t.Fatalf("%q is taken for JSON", text)
			}
			if lenient, err := jsonvalue.ParseLenientString(text); err != nil || lenient.Kind() != v.Kind() {
				t.Fatalf("%q is JSON, leniently it is %v, %v", text, lenient, err)
			}
		}
		if v, err := jsonvalue.ParseLenientString(text); err == nil {
			for _, style := range []jsonvalue.Style{jsonvalue.Verbatim, jsonvalue.Compact, jsonvalue.WebSafe} {
				v.Append(nil, style)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	item := `{"pk": {"S": "item-0001"}, "price": {"N": "4.01"}, "active": {"BOOL": true}, "tags": {"L": [{"S": "t1"}, {"S": "common"}]}}`
	text := "[" + strings.Repeat(item+", ", 99) + item + "]"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonvalue.ParseLenientString(text); err != nil {
			b.Fatal(err)
		}
	}
}
