package syntax

import "fmt"

// kind is the kind of a token.
type kind uint8

// The kinds of tokens.
const (
	tokEOF              kind = iota
	tokBad                   // nothing that the scanner knows
	tokText                  // text outside of everything
	tokBracket               // [ behind a $ without a name
	tokRunt                  // $. or $[
	tokTextBlock             // #[[ ... ]]#
	tokLineComment           // ## ... with its line end
	tokBlockComment          // #* ... *#
	tokBackslash             // a \ that escapes nothing
	tokDoubleBackslash       // \\
	tokEscapedDirective      // \#name, with an odd number of backslashes
	tokSet                   // #set( with the blanks before it
	tokIf                    // #if
	tokElseIf                // #elseif
	tokElse                  // #else with blanks and a line end after it
	tokEnd                   // #end with blanks and a line end after it
	tokName                  // #name, of a directive or macro
	tokIdent                 // an identifier in a reference, with $ or $! before it if it is the first
	tokRefOpen               // { in a reference, with $ or $! before it
	tokRefClose              // } in a reference
	tokDot                   // . between a reference and a property or method
	tokIndexOpen             // [ after a reference
	tokIndexClose            // ] after an index
	tokParenOpen             // (
	tokParenClose            // ) of a directive or expression, with blanks and a line end after it
	tokCallClose             // ) of a method call
	tokListOpen              // [
	tokListClose             // ]
	tokMapOpen               // {
	tokMapClose              // }
	tokComma                 // ,
	tokColon                 // :
	tokDotDot                // ..
	tokSpace                 // blanks and line ends inside of a directive, call or index
	tokString                // "..." or '...'
	tokInt                   // an integer
	tokFloat                 // a number with a point or exponent
	tokTrue                  // true
	tokFalse                 // false
	tokWord                  // any other word in a directive
	tokAssign                // =
	tokOr                    // || or
	tokAnd                   // && and
	tokEqual                 // == eq
	tokNotEqual              // != ne
	tokLess                  // < lt
	tokLessEqual             // <= le
	tokGreater               // > gt
	tokGreaterEqual          // >= ge
	tokPlus                  // +
	tokMinus                 // -
	tokTimes                 // *
	tokDivide                // /
	tokModulo                // %
	tokNot                   // ! not
)

var kindNames = [...]string{
	tokEOF: "the end of the template", tokText: "text", tokBracket: "[", tokRunt: "$", tokTextBlock: "a text block", tokLineComment: "a comment",
	tokBlockComment: "a comment", tokBackslash: `\`, tokDoubleBackslash: `\\`, tokEscapedDirective: "an escaped directive",
	tokSet: "#set(", tokIf: "#if", tokElseIf: "#elseif", tokElse: "#else", tokEnd: "#end", tokName: "a directive",
	tokIdent: "an identifier", tokRefOpen: "{", tokRefClose: "}", tokDot: ".", tokIndexOpen: "[", tokIndexClose: "]",
	tokParenOpen: "(", tokParenClose: ")", tokCallClose: ")", tokListOpen: "[", tokListClose: "]", tokMapOpen: "{", tokMapClose: "}",
	tokComma: ",", tokColon: ":", tokDotDot: "..", tokSpace: "white space", tokString: "a string", tokInt: "an integer",
	tokFloat: "a number", tokTrue: "true", tokFalse: "false", tokWord: "a word", tokAssign: "=", tokOr: "||", tokAnd: "&&",
	tokEqual: "==", tokNotEqual: "!=", tokLess: "<", tokLessEqual: "<=", tokGreater: ">", tokGreaterEqual: ">=", tokPlus: "+",
	tokMinus: "-", tokTimes: "*", tokDivide: "/", tokModulo: "%", tokNot: "!",
}

// String returns the kind in words or as it is written.
func (k kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "no token"
}

// token is a piece of a template. All tokens in order, from the first to tokEOF, make up the
// template without gaps.
type token struct {
	kind kind

	// offset and end are where the token lies in the source, in bytes. A token can begin with what
	// the scanner took for the beginning of something else and gave up, such as the $ of "$ 5".
	offset, end int

	// core is where the token proper begins, after such a beginning.
	core int
}

// Pos is a place in a template.
type Pos struct {
	Line int // from 1
	Col  int // from 1, in characters
}

// String returns line:column.
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Col) }

// Error is a template that is no Velocity.
type Error struct {
	Name string // the template's name as given to [Parse]
	Pos  Pos    // where it was noticed
	Msg  string // what was expected, what was found
}

// Error returns name:line:column: message.
func (e *Error) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("%v: %s", e.Pos, e.Msg)
	}
	return fmt.Sprintf("%s:%v: %s", e.Name, e.Pos, e.Msg)
}
