package jsonpath

import (
	"strings"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// filterParser reads a filter, parentheses included, as json-path's compiler does:
//
//	or       = and { "||" and }
//	and      = operand { "&&" operand }
//	operand  = "!" operand | "(" or ")" | relation
//	relation = value [ operator value ]
//
// A relation without operator must be a path and asks whether it exists. A "!" right before a path
// belongs to that question, and means nothing if an operator follows.
type filterParser struct {
	cursor
	options *Options
	depth   int
}

const maxFilterDepth = 100

func parseFilter(text string, o *Options) (expression, error) {
	p := &filterParser{cursor: newCursor(text), options: o}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.skip(); !p.atEnd() {
		return nil, p.fail("unexpected text after the filter")
	}
	return e, nil
}

func (p *filterParser) fail(message string) error {
	return &SyntaxError{Path: p.text, Offset: max(p.pos, 0), Message: message}
}

func (p *filterParser) or() (expression, error) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.fail("the filter is nested too deeply")
	}
	defer func() { p.depth-- }()
	list, err := p.chain("||", p.and)
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return orExpression(list), nil
}

func (p *filterParser) and() (expression, error) {
	list, err := p.chain("&&", p.operand)
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return andExpression(list), nil
}

func first(list []expression) expression {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// chain reads expressions that are joined by an operator.
func (p *filterParser) chain(operator string, read func() (expression, error)) ([]expression, error) {
	var list []expression
	for {
		e, err := read()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		if p.skip(); p.pos > p.last+1 || !strings.HasPrefix(p.text[p.pos:p.last+1], operator) {
			return list, nil
		}
		p.pos += len(operator)
	}
}

func (p *filterParser) operand() (expression, error) {
	p.skip()
	if p.cur() == '!' {
		if c := p.next(p.pos); c != '$' && c != '@' {
			if p.depth++; p.depth > maxFilterDepth {
				return nil, p.fail("the filter is nested too deeply")
			}
			p.pos++
			e, err := p.operand()
			p.depth--
			return notExpression{e}, err
		}
	}
	if p.cur() != '(' {
		return p.relation()
	}
	p.pos++
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.skip(); p.cur() != ')' {
		return nil, p.fail("want )")
	}
	p.pos++
	return e, nil
}

func (p *filterParser) relation() (expression, error) {
	left, not, err := p.value()
	if err != nil {
		return nil, err
	}
	saved := p.pos
	if op := p.operator(); op != nil {
		right, _, err := p.value()
		if err == nil {
			return &relation{left: left, operator: op, right: right}, nil
		}
	}
	p.pos = saved
	path, ok := left.(*pathOperand)
	if !ok {
		return nil, p.fail("a value that is no path needs an operator and another value")
	}
	return &existence{path: path.path, want: !not}, nil
}

// operator reads an operator. It returns nil if there is none that is known.
func (p *filterParser) operator() operator {
	p.skip()
	begin := p.pos
	if isOperatorChar(p.cur()) {
		for p.inside(p.pos) && isOperatorChar(p.cur()) {
			p.pos++
		}
	} else {
		for p.inside(p.pos) && p.cur() != ' ' {
			p.pos++
		}
	}
	return operatorNamed(strings.ToUpper(p.text[begin:min(p.pos, len(p.text))]))
}

func isOperatorChar(b byte) bool {
	return b == '<' || b == '>' || b == '=' || b == '~' || b == '!'
}

// value reads one side of a relation. not reports a "!" before a path.
func (p *filterParser) value() (v operandSource, not bool, err error) {
	p.skip()
	if p.cur() == '!' {
		not = true
		p.pos++
		if p.skip(); p.cur() != '$' && p.cur() != '@' {
			return nil, false, p.fail("want a path after !")
		}
	}
	switch c := p.cur(); {
	case c == '$' || c == '@':
		v, err = p.path()
	case c == '\'' || c == '"':
		v, err = p.stringLiteral(c)
	case c == '[' || c == '{':
		v, err = p.jsonLiteral(c)
	case c == '/':
		v, err = p.pattern()
	case c == 't' || c == 'f' || c == 'n':
		v, err = p.word()
	default:
		v, err = p.number()
	}
	return v, not, err
}

// path reads a path up to an operator, a blank or a parenthesis that is none of its own.
func (p *filterParser) path() (operandSource, error) {
	begin := p.pos
	for p.pos++; p.inside(p.pos); p.pos++ {
		if p.cur() == '[' {
			end := p.matching(p.pos, '[', ']', false)
			if end < 0 {
				return nil, p.fail("the brackets of a path are not closed")
			}
			p.pos = end + 1
		}
		c := p.cur()
		if !p.inside(p.pos) || isOperatorChar(c) || c == ' ' || c == ')' && !p.closesCall(begin) {
			break
		}
	}
	path, err := compile(p.text[begin:min(p.pos, p.last+1)], p.options)
	if err != nil {
		return nil, err
	}
	return &pathOperand{path: path, root: p.text[begin] == '$'}, nil
}

// closesCall reports whether the parenthesis at the position closes a call without arguments in the path
// that begins at begin.
func (p *filterParser) closesCall(begin int) bool {
	i := p.previousIndex()
	if p.at(i) != '(' {
		return false
	}
	return i > begin && strings.LastIndexByte(p.text[begin+1:i], '.') >= 0
}

func (p *filterParser) stringLiteral(quote byte) (operandSource, error) {
	end := p.unescaped(p.pos, quote)
	if end < 0 {
		return nil, p.fail("the string is not closed")
	}
	s, ok := unescape(p.text[p.pos+1 : end])
	if !ok {
		return nil, p.fail("broken \\u escape in a string")
	}
	p.pos = end + 1
	return literal{kind: opString, text: s}, nil
}

// jsonLiteral reads an array or object. That it is none is an error of evaluation, as in json-path.
func (p *filterParser) jsonLiteral(open byte) (operandSource, error) {
	closing := byte(']')
	if open == '{' {
		closing = '}'
	}
	end := p.matching(p.pos, open, closing, false)
	if end < 0 {
		return nil, p.fail("the brackets are not closed")
	}
	v, err := jsonvalue.ParseLenientString(p.text[p.pos : end+1])
	p.pos = end + 1
	return literal{kind: opJSON, json: v, unparsed: true, bad: err != nil}, nil
}

func (p *filterParser) word() (operandSource, error) {
	rest := p.text[p.pos : p.last+1]
	for _, w := range []struct {
		text string
		op   operand
	}{{"true", operand{kind: opBool, truth: true}}, {"false", operand{kind: opBool}}, {"null", operand{kind: opNull}}} {
		if strings.HasPrefix(rest, w.text) {
			p.pos += len(w.text)
			return literal(w.op), nil
		}
	}
	return nil, p.fail("want true, false or null")
}

func (p *filterParser) number() (operandSource, error) {
	begin := p.pos
	for p.inside(p.pos) && (isDigit(p.cur()) || strings.IndexByte("-.eE", p.cur()) >= 0) {
		p.pos++
	}
	text := p.text[begin:min(p.pos, len(p.text))]
	if !isDecimal(text) {
		return nil, p.fail("want a path, a string, a number, true, false, null, [, { or /")
	}
	return literal{kind: opNumber, text: text}, nil
}

// pattern reads /pattern/flags.
func (p *filterParser) pattern() (operandSource, error) {
	begin := p.pos
	end := p.unescaped(begin, '/')
	if end < 0 {
		return nil, p.fail("the pattern is not closed")
	}
	p.pos = end + 1
	for p.inside(p.pos) && strings.IndexByte("dixmsuU", p.cur()) >= 0 {
		p.pos++
	}
	m, err := p.options.regexp(p.text[begin+1:end], p.text[end+1:p.pos])
	if err != nil {
		return nil, p.fail(err.Error())
	}
	return literal{kind: opPattern, pattern: m}, nil
}
