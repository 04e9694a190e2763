// Package syntax reads the text of Velocity 1.7 templates: [Parse] gives a tree, [Print] writes one back so
// that it parses to the same tree.
//
// It knows the language's form only: nothing here evaluates, and a reference to anything
// parses. Velocity's scanner is a machine with states, and templates in the
// field depend on its oddities ("$!x" without x, "#endx", the white space that a
// directive swallows); scanner.go imitates the machine, state for state, rather than a
// grammar that would be nicer.
//
// Start reading with ast.go (the tree), then scanner.go and parser.go.
package syntax
