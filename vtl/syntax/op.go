package syntax

// Op is an operator of [Binary].
type Op uint8

// The operators, those that bind less first.
const (
	Or Op = iota
	And
	Equal
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	Plus
	Minus
	Times
	Divide
	Modulo
)

var opNames = [...]string{
	Or: "||", And: "&&", Equal: "==", NotEqual: "!=", Less: "<", LessEqual: "<=", Greater: ">",
	GreaterEqual: ">=", Plus: "+", Minus: "-", Times: "*", Divide: "/", Modulo: "%",
}

// String returns the operator as it is written.
func (o Op) String() string {
	if int(o) < len(opNames) {
		return opNames[o]
	}
	return "?"
}

// level returns how strongly the operator binds, from 1.
func (o Op) level() int {
	switch o {
	case Or:
		return 1
	case And:
		return 2
	case Equal, NotEqual:
		return 3
	case Less, LessEqual, Greater, GreaterEqual:
		return 4
	case Plus, Minus:
		return 5
	}
	return 6
}

// opOf returns the operator that a token is.
func opOf(k kind) (Op, bool) {
	if k >= tokOr && k <= tokModulo {
		return Or + Op(k-tokOr), true
	}
	return 0, false
}
