package main

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
)

// templateGenerator makes random mapping templates that are mostly valid, together with a request
// that gives most of their references a value. Two generators of one seed make the same cases.
type templateGenerator struct {
	r     *rand.Rand
	b     strings.Builder
	depth int // nesting of blocks and expressions, to keep templates small
}

// templateCase is one line of the protocol of "sluice template render --jsonl".
type templateCase struct {
	ID             string            `json:"id"`
	Template       string            `json:"template"`
	Input          string            `json:"input,omitempty"`
	Params         map[string]any    `json:"params"`
	Context        map[string]any    `json:"context"`
	StageVariables map[string]string `json:"stageVariables"`
	Vars           json.RawMessage   `json:"vars"`
}

// No method cuts the string u between the halves of its last character: a half alone is seen otherwise by patterns.
const (
	maxDepth  = 4
	variables = `{"i": 7, "j": -3, "z": 0, "big": 2147483647, "long": 9007199254740993, "d": 2.5, "s": "Hello, World", "e": "", "n": "42", "u": "é€xyz😀",` +
		` "t": true, "f": false, "l": ["a", "b", "c"], "nums": [3, 1, 2], "el": [], "m": {"a": 1, "b": "two", "c": [1, 2]}, "em": {}, "ll": [[1, 2], ["x"], {"k": "v"}], "path-x": "hy"}`
)

var documents = []string{
	`{"id": 17, "name": "Rex", "price": 9.5, "tags": ["a/b", "c"], "owner": {"name": "Ann \"Q\"", "zip": null}, "items": [{"k": 1, "v": "x"}, {"k": 2, "v": "y"}], "ok": true}`,
	`[1, "two", {"three": 3.0}, null, [4, 5]]`,
	`{}`,
	`{"a": {"b": {"c": [1, {"d": "deep"}]}}, "s": "plain", "n": 12345678901, "e": 1e3, "u": "é\u2028</x>"}`,
	"",
}

// newCase makes the case number n.
func (g *templateGenerator) newCase(n int) templateCase {
	g.b.Reset()
	g.depth = 0
	for range 1 + g.r.IntN(7) {
		g.piece()
	}
	return templateCase{
		ID:       strconv.Itoa(n),
		Template: g.b.String(),
		Input:    pick(g.r, documents),
		Params: map[string]any{
			"path":        map[string]string{"id": "p7"},
			"querystring": map[string]string{"q": "a b&c"},
			"header":      map[string]string{"X-H": "h'1\""},
		},
		Context:        map[string]any{"stage": "dev", "identity": map[string]string{"sourceIp": "10.0.0.1", "userAgent": "ua/1"}, "requestId": "r-1"},
		StageVariables: map[string]string{"url": "example.com"},
		Vars:           json.RawMessage(variables),
	}
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func (g *templateGenerator) write(parts ...string) {
	for _, p := range parts {
		g.b.WriteString(p)
	}
}

// oneIn reports true once in n calls, on average.
func (g *templateGenerator) oneIn(n int) bool { return g.r.IntN(n) == 0 }

var (
	texts = []string{
		"x", " ", "\n", "  ", "\t", "{", "}", `"k": `, ", ", "\n  ", "  \n", ".", "a.b", ")", "[0]", "-", "!", "5", "é", "'", `"`, "{}", "]]", "|", "\r\n", "&", "/", "@",
	}
	// junk is what may begin something, and what breaks many a template. A # that $ and more punctuation follow is left out:
	// docs/differences.md says why.
	junk = []string{"(", "$", "$ ", "$5", "# ", "#foo", "##", `\`, `\\`, "$$", "$.", "#{", "*#", "#end", "#else", "#literal()", "${", "$[", "#*"}
)

func (g *templateGenerator) text() {
	if g.oneIn(8) {
		g.write(pick(g.r, junk))
		return
	}
	g.write(pick(g.r, texts))
}

// piece writes one piece of a block.
func (g *templateGenerator) piece() {
	switch n := g.r.IntN(44); {
	case n < 12:
		g.text()
	case n < 20:
		g.printed()
	case n < 26:
		g.set()
	case n < 30:
		g.ifElse()
	case n < 33:
		g.foreach()
	case n < 35:
		g.write(pick(g.r, []string{"## c\n", "#* c *#", "#**d*#", "#[[ $i #if ]]#", "##\n"}))
	case n < 37:
		g.escaped()
	case n == 37:
		g.define()
	case n == 38:
		g.macro()
	case n == 39:
		g.write(pick(g.r, []string{"#stop", "#break", "#evaluate('$i')", "#evaluate(\"#set($q=1)$q\")", "#literal()$i#if(1)#*c*#x#end \\$i#end", "#foo($i 'x')"}))
	default:
		g.body()
	}
}

// body writes what most mapping templates are: a JSON document with references in it.
func (g *templateGenerator) body() {
	g.write(pick(g.r, []string{"#set($root = $input.path('$'))\n", "#set($root = $m)\n", ""}), "{\n")
	for i := range 1 + g.r.IntN(4) {
		if i > 0 {
			g.write(",\n")
		}
		g.write(pick(g.r, []string{"  ", "\t", "    "}), `"`, pick(g.r, []string{"id", "name", "a-b"}), `": `)
		switch g.r.IntN(6) {
		case 0:
			g.write(`"$root.`, pick(g.r, properties), `"`)
		case 1:
			g.write("$", pick(g.r, specials))
		case 2:
			g.write(`"$util.escapeJavaScript($!{`, pick(g.r, names), `})"`)
		case 3:
			g.write(`#if($root.ok == true && $`, pick(g.r, names), `)"y"#else null#end`)
		case 4:
			g.bodyList()
		default:
			g.write(`"`)
			g.printed()
			g.write(`"`)
		}
	}
	g.write("\n}\n")
}

// bodyList writes a JSON array that a loop fills.
func (g *templateGenerator) bodyList() {
	g.write("[\n", pick(g.r, []string{"", "    "}), "#foreach($item in ", pick(g.r, []string{"$root.items", "$input.path('$.items')", "$ll", "$m.entrySet()", "$root.keySet()"}), ")\n")
	g.write(pick(g.r, []string{
		`    {"k": "$item.k", "v": $input.json('$.id')}`, `      "$item"`, "      #set($q = $item.v)\n      \"$!q\"", "      $item.value", "## one\n      [$foreach.index, $velocityCount]",
	}))
	g.write(pick(g.r, []string{"#if($foreach.hasNext),#end\n\n", "#if( $velocityCount < 2 ),#end\n", "#if($foreach.hasNext()),#{else}\n#end"}), pick(g.r, []string{"#end", "    #end\n", "#end\n  "}), "]")
}

// block writes a nested block of pieces.
func (g *templateGenerator) block() {
	if g.depth >= maxDepth {
		g.text()
		return
	}
	g.depth++
	for range 1 + g.r.IntN(3) {
		g.piece()
	}
	g.depth--
}

// printed writes a reference in the text, in one of its notations.
func (g *templateGenerator) printed() {
	r := g.reference()
	switch g.r.IntN(6) {
	case 0:
		g.write("$!", r)
	case 1:
		g.write("${", r, "}")
	case 2:
		g.write("$!{", r, "}")
	default:
		g.write("$", r)
	}
	if g.oneIn(4) {
		g.text()
	}
}

var (
	names    = []string{"i", "j", "z", "big", "long", "d", "s", "e", "n", "u", "t", "f", "l", "nums", "el", "m", "em", "ll", "q", "v", "w", "nope", "foreach.index", "foreach.count", "velocityCount", "path-x", "i-1"}
	specials = []string{
		`input.path('$')`, `input.path('$.name')`, `input.path("$.items")`, `input.path('$.tags')`, `input.path('$.nope')`, `input.path('$.owner')`, `input.path('$[1]')`, `input.path('$.a.b')`,
		`input.json('$')`, `input.json('$.items')`, `input.json('$.tags[0]')`, `input.json('$.u')`, `input.json('$.a')`, `input.body`, `input.params('id')`, `input.params('q')`, `input.params('nope')`, `input.params()`, `input.params().header.get('X-H')`,
		`context.stage`, `context.identity.sourceIp`, `context.nope`, `context.identity`, `context.requestOverride.header.x`, `stageVariables.url`, `stageVariables.nope`, `stageVariables`, `context`, `context.keySet()`, `context.identity.keySet()`,
		`util.escapeJavaScript($s)`, `util.escapeJavaScript($u)`, `util.urlEncode('a b/é~*')`, `util.base64Encode($s)`, `util.base64Decode('SGk=')`, `util.parseJson('{"a":[1,{"b":2}]}')`, `util.parseJson($n)`, `util.urlDecode('a+b%20c')`,
	}
	properties = []string{"a", "b", "name", "items", "length", "size", "empty", "class.name", "k", "nope", "owner.name", "first"}
	methods    = []string{
		"length()", "size()", "sort($x.y)", "substring(5)", "toUpperCase()", "toLowerCase()", "trim()", "substring(1)", "substring(1, 3)", "indexOf('l')", "contains('a')", "startsWith('H')", "endsWith('d')", "replace('l', 'L')", "replaceAll('[lo]+', '-')",
		"replaceAll('(\\w)(\\w)', '$2$1')", "replaceFirst('l', '_')", "split(',')", "split('')", "split('o').size()", "charAt(0)", "concat('x')", "equals('x')", "equalsIgnoreCase('hello, world')", "isEmpty()", "matches('\\w+')", "hashCode()", "compareTo('a')",
		"lastIndexOf('o')", "toString()", "get(0)", "get('a')", "get($z)", "add('n')", "addAll($l)", "remove(0)", "remove('a')", "put('p', 1)", "containsKey('a')", "containsValue(1)", "keySet()", "values()", "entrySet()", "set(0, 'S')", "clear()",
		"subList(0, 1)", "intValue()", "doubleValue()", "longValue()", "parseInt('12')", "valueOf(3)", "toArray().size()", "indexOf(2)", "keySet().toArray().size()", "getClass().getName()", "class.simpleName", "nosuch()", "equals($i)", "compareTo(3)", "iterator().next()",
		"getOrDefault('zz', 'dflt')", "putIfAbsent('a', 9)", "format('%05d', 3)", "getBytes().size()", "toCharArray().size()", "entrySet().iterator().next().key", "retainAll($l)", "containsAll($el)", "lastIndexOf($i)", "isEmpty().toString()", "putAll($m)", "charAt(0).toString()",
	}
	indices    = []string{"[0]", "[$z]", "['a']", `["b"]`, "['$e']"}
	farIndices = []string{"[1]", "[-1]", "[9]", "[$i]"}
)

// reference writes the inside of a reference: name, properties, methods, indices.
func (g *templateGenerator) reference() string {
	var s strings.Builder
	head := pick(g.r, names)
	if g.oneIn(4) {
		head = pick(g.r, specials)
	}
	s.WriteString(head)
	for g.oneIn(2) {
		part := "." + pick(g.r, methods)
		switch g.r.IntN(6) {
		case 0, 1:
			part = "." + pick(g.r, properties)
		case 2:
			part = pick(g.r, indices)
			if g.oneIn(8) {
				part = pick(g.r, farIndices)
			}
		}
		if strings.HasPrefix(head, "context") && strings.Contains(strings.ToLower(part), "class") {
			continue // the class of $context is one of the oracle program
		}
		if part == ".hashCode()" && strings.Contains(s.String(), "values()") {
			continue // an identity, which no run repeats
		}
		s.WriteString(part)
	}
	return s.String()
}

var assigned = []string{"q", "v", "w", "i", "s", "m.x", "m['y']", "l[0]", "m.c", "context.requestOverride.header.x", "context.responseOverride.status", "context.responseOverride.header['y']", "em.a"}

func (g *templateGenerator) set() {
	g.write(pick(g.r, []string{"#set($", "#set( $", "#{set}($", "#set(\n$"}), pick(g.r, assigned), pick(g.r, []string{" = ", "=", " =", "= "}))
	g.expression()
	g.write(pick(g.r, []string{")", " )", ")\n", ")  \n", ") "}))
}

var operators = []string{"+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "and", "or", "eq", "ne", "lt", "gt", "le", "ge"}

// expression writes the right side of #set or a condition.
func (g *templateGenerator) expression() {
	if g.depth >= maxDepth {
		g.write("$", pick(g.r, names))
		return
	}
	g.depth++
	defer func() { g.depth-- }()
	switch n := g.r.IntN(20); {
	case n < 6:
		g.write("$", g.reference())
	case n < 11:
		g.literal()
	case n < 16:
		g.expression()
		g.write(" ", pick(g.r, operators), " ")
		g.expression()
	case n < 18:
		g.write("(")
		g.expression()
		g.write(")")
	default:
		g.write(pick(g.r, []string{"!", "! ", "not "}))
		g.expression()
	}
}

var literals = []string{
	"1", "0", "-5", "42", "2147483647", "2147483648", "1.5", "-0.25", "1e3", "1.0", "100000000000000000000", "true", "false", "''", `""`, "'x'", `"x"`, `'it''s'`, `"q""q"`, `"a$i"`, `"${s}b"`, `"$nope"`, `'$i'`, `"\u0041\n"`, `'\u0041\n'`,
	"[]", "[1, 2]", "['a', $i, \"$s\"]", "[1..3]", "[3..1]", "[$z..$i]", "{}", `{"a": 1, "b": [1, {"c": $i}]}`, "{'k': $nope}", `"#if($t)y#{else}n#end"`, `"#foreach($x in [1..2])$x,#end"`, `"a#set($q = 9)$q"`, "[[1], []]", `" \$i "`, `"\\$i"`, "10000000000", "3.14159265358979",
}

func (g *templateGenerator) literal() { g.write(pick(g.r, literals)) }

func (g *templateGenerator) ifElse() {
	g.write(pick(g.r, []string{"#if(", "#if( ", "#{if}(", "#if ("}))
	g.expression()
	g.write(pick(g.r, []string{")", " )", ")\n", ") \n", ")  "}))
	g.block()
	if g.oneIn(4) {
		g.write("#elseif(")
		g.expression()
		g.write(")")
		g.block()
	}
	if g.oneIn(2) {
		g.write(pick(g.r, []string{"#else", "#{else}", "#else\n", "#else ", "#else  \n"}))
		g.block()
	}
	g.write(pick(g.r, []string{"#end", "#{end}", "#end\n", "#end ", "#end  \n"}))
}

func (g *templateGenerator) foreach() {
	g.write("#foreach($", pick(g.r, []string{"v", "w", "q", "i"}), pick(g.r, []string{" in ", " in  ", "\nin "}))
	switch g.r.IntN(3) {
	case 0:
		g.write(pick(g.r, []string{"[1..3]", "[1, 'b', 2.5]", "$l", "$nums", "$m", "$ll", "$m.keySet()", "$m.entrySet()", "['x']", "[]", "$el"}))
	default:
		g.write("$", g.reference())
	}
	g.write(pick(g.r, []string{")", ")\n", " )", ") "}))
	g.block()
	if g.oneIn(2) {
		g.write(pick(g.r, []string{"$foreach.index", "$foreach.count", "$foreach.hasNext", "#if($foreach.hasNext),#end", "$velocityCount", "$velocityHasNext", "$foreach.first$foreach.last", "#break", "#if($foreach.index == 1)#break#end", "$!foreach.parent.index", "$foreach.topmost.count"}))
	}
	g.write(pick(g.r, []string{"#end", "#end\n", "#{end}", "#end "}))
}

var escapes = []string{`\$i`, `\\$i`, `\$nope`, `\\$nope`, `\$!i`, `\${i}`, `\#if(true)x#end`, `\\#if(true)x#end`, `\#set($i = 1)`, `\#foo`, `\#end`, `\\\$i`, `\\\#set($q = 2)`, `$\i`, `\$m.a`, `\#else`, `\\$m.a\\`, `$!\{i}`, `\$`, `\#`, `\#foreach`, `\$input.body`, `\#{end}`}

func (g *templateGenerator) escaped() { g.write(pick(g.r, escapes)) }

// define writes a block of a name that nothing else uses: what a block does that uses itself is an accident.
func (g *templateGenerator) define() {
	g.write(pick(g.r, []string{"#define($block)", "#define( $block )", "#define($block)\n"}))
	g.block()
	g.write("#end", pick(g.r, []string{"$block", "$block$block", "", "\n"}))
}

func (g *templateGenerator) macro() {
	use := pick(g.r, []string{"#mac('A' $i)", "#mac(1)", "#mac()", "#mac($l 2 3)", "#mac(\"x$i\", [1])", "#{mac}(1 2)"})
	if g.oneIn(2) {
		g.write(use)
	}
	g.write("#macro(mac $a $b)", pick(g.r, []string{"", "\n", " "}), pick(g.r, []string{"<$a>", "$a $!b", "[$b]\n", "#set($a = 5)$a"}))
	g.block()
	g.write("#end", pick(g.r, []string{"", "\n", " "}), use)
}
