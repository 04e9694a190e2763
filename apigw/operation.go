// Package apigw is the vocabulary of the control plane: the shapes, operations and errors of the
// Amazon API Gateway REST service (2015-07-09), with the names of its model.
//
// It holds data and no behaviour. Generated from model/ are the shapes (shapes_gen.go) and one row
// per operation with the shapes as data (operations_gen.go); what the rows mean stands in
// operation.go, the errors in errors.go. The wire form is the business of internal/protocol/restjson.
//
// In the shapes an optional scalar or structure is a pointer, nil where it is absent; lists and maps
// are nil where they are absent and empty where they are present and empty. The JSON of a shape
// by encoding/json is the form in which the store keeps it.
package apigw

import "strings"

// Operation is a row of the table of operations, typed with the Go types of its input and output.
type Operation[In, Out any] struct {
	*OperationInfo
}

// OperationInfo says how an operation looks on the wire. It is not changed after start.
type OperationInfo struct {
	Name   string // PutIntegration
	Method string // HTTP method
	URI    string // template; {label} is one segment, {label+} the rest; may end in ?name=value that must be sent
	Code   int    // status of success
	Input  *Shape // a structure
	Output *Shape // a structure; nil where the answer has no body

	NotImplemented string // why nothing is bound to the operation; empty for the others
}

// Empty is the output of operations that answer without a body.
type Empty struct{}

// Shape describes a shape of the model.
type Shape struct {
	Name     string
	Kind     Kind
	Members  []Member // of a structure, in the order in which the service checks them
	Element  *Shape   // of the elements of a list, of the values of a map
	Enum     []string // of a string: the allowed values, as the service prints them; nil for all
	Pattern  string   // of a string: the regular expression that it matches whole; empty for all
	Nullable bool     // of a string in a map: may be null
}

// Member describes a member of a structure.
type Member struct {
	Name     string   // in the model; the Go field is the same with a capital letter
	Wire     string   // in the JSON body, path template, query or header; empty where it is Name
	Location Location // where in the message
	Required bool
	Shape    *Shape
}

// Field returns the name of the field of the Go struct.
func (m *Member) Field() string { return strings.ToUpper(m.Name[:1]) + m.Name[1:] }

// WireName returns the name in the message.
func (m *Member) WireName() string {
	if m.Wire != "" {
		return m.Wire
	}
	return m.Name
}

// Kind is the kind of a shape.
type Kind uint8

// The kinds of shapes.
const (
	KindStructure Kind = iota
	KindList
	KindMap
	KindString
	KindBoolean
	KindInteger // 32 bits
	KindLong    // 64 bits
	KindDouble
	KindTimestamp
	KindBlob
)

// Location is the part of the message that holds a member.
type Location uint8

// The locations of members.
const (
	LocationBody         Location = iota // a member of the JSON object
	LocationURI                          // a label of the path
	LocationQuery                        // a query parameter
	LocationHeader                       // a header
	LocationOtherQueries                 // a map of all query parameters that no other member names
	LocationPayload                      // the whole body, as it is
)

// Value returns what p points to, the zero value where p is nil.
func Value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
