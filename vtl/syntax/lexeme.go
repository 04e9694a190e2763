package syntax

import "strings"

// What the scanner recognises, as functions from text to a length: 0 where it is something else.

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isBlank(c byte) bool  { return c == ' ' || c == '\t' }

// identLen is the length of a reference's name.
func identLen(s string) int {
	if s == "" || !isLetter(s[0]) && s[0] != '_' {
		return 0
	}
	n := 1
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '_' || s[n] == '-') {
		n++
	}
	return n
}

// wordLen is the length of a word in a directive.
func wordLen(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || s[n] == '_' || s[n] == '@' || n > 0 && isDigit(s[n])) {
		n++
	}
	return n
}

// nameLen is the length of a directive's name behind its #, braces included.
func nameLen(s string) int {
	if s == "" {
		return 0
	}
	if s[0] != '{' {
		return wordLen(s)
	}
	n := 1 + wordLen(s[1:])
	if n > 1 && s[1] != '@' && n < len(s) && s[n] == '}' {
		return n + 1
	}
	return 0
}

// setLen is the length of #set( with the blanks before it and before the parenthesis.
func setLen(s string) int {
	n := 0
	for n < len(s) && isBlank(s[n]) {
		n++
	}
	switch {
	case strings.HasPrefix(s[n:], "#set"):
		n += len("#set")
	case strings.HasPrefix(s[n:], "#{set}"):
		n += len("#{set}")
	default:
		return 0
	}
	for n < len(s) && s[n] == ' ' {
		n++
	}
	if n < len(s) && s[n] == '(' {
		return n + 1
	}
	return 0
}

// tailLen is the length of the blanks and the line end that a directive swallows; 0 if something
// else follows the blanks.
func tailLen(s string) int {
	n := 0
	for n < len(s) && isBlank(s[n]) {
		n++
	}
	if end := lineEndLen(s[n:]); end > 0 {
		return n + end
	}
	return 0
}

func lineEndLen(s string) int {
	switch {
	case strings.HasPrefix(s, "\r\n"):
		return 2
	case s != "" && (s[0] == '\n' || s[0] == '\r'):
		return 1
	}
	return 0
}

// blockLen is the length of a block comment; 0 if it isn't closed. What looks like the beginning of another one hides
// the end that it overlaps.
func blockLen(s string) int {
	for i := 2; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "*#"):
			return i + 2
		case strings.HasPrefix(s[i:], "#*"):
			i++
		}
	}
	return 0
}

// lineLen is the length of a line with its end.
func lineLen(s string) int {
	n := strings.IndexAny(s, "\r\n")
	if n < 0 {
		return len(s)
	}
	return n + lineEndLen(s[n:])
}

// endsOpen reports whether a comment that the template's end cuts off ends in what could begin something.
func endsOpen(s string) bool {
	if bang, ok := strings.CutSuffix(s, "!"); ok {
		return strings.HasSuffix(strings.TrimRight(bang, `\`), "$")
	}
	return strings.HasSuffix(s, "$") || strings.HasSuffix(s, "#") || strings.HasSuffix(s, "#*") || strings.HasSuffix(s, "#[[")
}

// isRunt reports whether a $ is followed by what never belongs to a reference's beginning.
func isRunt(s string) bool { return strings.HasPrefix(s, "$.") || strings.HasPrefix(s, "$[") }

// dollarLen is the number of backslashes before a $; -1 if there is none.
func dollarLen(s string) int {
	n := len(s) - len(strings.TrimLeft(s, `\`))
	if n < len(s) && s[n] == '$' {
		return n
	}
	return -1
}

// literal is the kind and length of white space, a string, a number or a word.
func literal(s string) (kind, int) {
	switch c := s[0]; {
	case isBlank(c) || c == '\n' || c == '\r':
		return tokSpace, len(s) - len(strings.TrimLeft(s, " \t\r\n"))
	case c == '"' || c == '\'':
		return tokString, stringLen(s)
	case isDigit(c) || c == '-' || c == '.':
		return number(s)
	}
	if n := wordLen(s); n > 0 {
		switch s[:n] {
		case "true":
			return tokTrue, n
		case "false":
			return tokFalse, n
		}
		return tokWord, n
	}
	return 0, 0
}

// stringLen is the length of a string with its quotes; two quotes in it are one that is meant. In
// text that runs out, it ends at the last place where it could have.
func stringLen(s string) int {
	quote, closed := s[0], 0
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		closed = i + 1
		if i+1 == len(s) || s[i+1] != quote {
			return closed
		}
		i++
	}
	return closed
}

// number is the kind and length of a number. In 1..3 the number is 1.
func number(s string) (kind, int) {
	n := 0
	if s[0] == '-' {
		n = 1
	}
	whole := digits(s[n:])
	i := n + whole
	if whole > 0 && strings.HasPrefix(s[i:], "..") {
		return tokInt, i
	}
	kind := tokInt
	if i < len(s) && s[i] == '.' {
		fraction := digits(s[i+1:])
		if whole+fraction == 0 {
			return 0, 0
		}
		kind = tokFloat
		i += 1 + fraction
	} else if whole == 0 {
		return 0, 0
	}
	if e := exponent(s[i:]); e > 0 {
		return tokFloat, i + e
	}
	return kind, i
}

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func exponent(s string) int {
	if s == "" || s[0]|0x20 != 'e' {
		return 0
	}
	n := 1
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		n++
	}
	d := digits(s[n:])
	if d == 0 {
		return 0
	}
	return n + d
}

// punctuation is what lists, maps and ranges are made of.
func punctuation(s string) (kind, int) {
	switch s[0] {
	case '[':
		return tokListOpen, 1
	case ']':
		return tokListClose, 1
	case '{':
		return tokMapOpen, 1
	case '}':
		return tokMapClose, 1
	case ',':
		return tokComma, 1
	case ':':
		return tokColon, 1
	case '.':
		if strings.HasPrefix(s, "..") {
			return tokDotDot, 2
		}
	}
	return 0, 0
}

// operator is what expressions are made of.
func operator(s string) (kind, int) {
	two := map[string]kind{"&&": tokAnd, "||": tokOr, "<=": tokLessEqual, ">=": tokGreaterEqual, "==": tokEqual, "!=": tokNotEqual}
	if len(s) > 1 {
		if k, ok := two[s[:2]]; ok {
			return k, 2
		}
	}
	switch s[0] {
	case '<':
		return tokLess, 1
	case '>':
		return tokGreater, 1
	case '=':
		return tokAssign, 1
	case '!':
		return tokNot, 1
	case '+':
		return tokPlus, 1
	case '-':
		return tokMinus, 1
	case '*':
		return tokTimes, 1
	case '/':
		return tokDivide, 1
	case '%':
		return tokModulo, 1
	}
	return 0, 0
}

// wordKind returns the operator that a word is, or Word.
func wordKind(s string) kind {
	switch s {
	case "or":
		return tokOr
	case "and":
		return tokAnd
	case "eq":
		return tokEqual
	case "ne":
		return tokNotEqual
	case "lt":
		return tokLess
	case "le":
		return tokLessEqual
	case "gt":
		return tokGreater
	case "ge":
		return tokGreaterEqual
	case "not":
		return tokNot
	}
	return tokWord
}
