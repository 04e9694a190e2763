// Package jsonvalue holds JSON documents as they were written: members keep their order,
// numbers keep their text, and nothing changes once a document is built, so that values may be
// shared freely between goroutines.
//
// [Parse] reads RFC 8259; [ParseLenient] reads what the JSON parser behind API Gateway's
// mapping templates lets through as well, down to bare text. [Builder] makes documents from a
// program. A [Value] is one place in a document. Values are written in one of three [Style]s: as read, or in one of the two
// manners of that same parser's library (json-smart), which templates show.
//
// It is not a way to decode JSON into Go structs (encoding/json is), nor does it change
// documents. Package jsonpath selects values from them.
//
// Start reading with value.go; parse.go and lenient.go make documents, write.go prints them.
package jsonvalue
