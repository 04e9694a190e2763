package jsonpath

import (
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// call is a function with its arguments.
type call struct {
	name     string
	function function // nil if there is none of that name, which is an error of evaluation only
	args     []argument
}

// argument is a path, evaluated on the whole document, or JSON.
type argument struct {
	path *Path
	json jsonvalue.Value
	bad  bool // the JSON is none
}

// arguments reads the arguments of a function up to its closing parenthesis. Paths and JSON numbers,
// strings in double quotes and objects are arguments; others are skipped.
func (p *pathParser) arguments() ([]argument, error) {
	var args []argument
	start, depth, quoted := p.pos, 0, false
	for ; p.inside(p.pos); p.pos++ {
		c := p.text[p.pos]
		switch {
		case c == '"':
			quoted = !quoted || p.text[p.pos-1] == '\\'
		case quoted:
		case c == '(' || c == '[' || c == '{':
			depth++
		case depth > 0 && (c == ')' || c == ']' || c == '}'):
			depth--
		case c == ']' || c == '}':
			return nil, p.fail("unexpected closing bracket in the arguments")
		case depth == 0 && (c == ',' || c == ')'):
			arg, ok, err := p.argument(strings.TrimLeft(p.text[start:p.pos], " \t\r\n"))
			if err != nil {
				return nil, err
			}
			if ok {
				args = append(args, arg)
			}
			if start = p.pos + 1; c == ')' {
				p.pos++
				return args, nil
			}
		}
	}
	return nil, p.fail("the arguments are not closed")
}

// argument reads one argument. It reports false for what is none.
func (p *pathParser) argument(text string) (argument, bool, error) {
	if text == "" {
		return argument{}, false, nil
	}
	switch c := text[0]; {
	case c == '$' || c == '@':
		path, err := compile(text, p.options)
		return argument{path: path}, true, err
	case c == '{' || c == '"' || c == '-' || isDigit(c):
		v, err := jsonvalue.ParseLenientString(text)
		return argument{json: v, bad: err != nil}, true, nil
	}
	return argument{}, false, nil
}
