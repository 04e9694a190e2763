package jsonvalue

// Hot path.

import "unicode/utf8"

// maxKeptNodes and maxKeptText are the largest table and the longest text that a [Parser] keeps for its next document.
const (
	maxKeptNodes = 1 << 16
	maxKeptText  = 1 << 20
)

// Parser parses documents one after the other into the same memory. A value that it returned, and the strings that it gave
// out, must not be used any more once it parses again. The zero Parser is ready. It is not safe for concurrent use.
type Parser struct {
	doc   document
	open  []node
	extra []byte // memory of doc.extra
}

// Parse is [ParseString].
func (p *Parser) Parse(text string) (Value, error) {
	if !utf8.ValidString(text) {
		return ParseString(text) // it says where not
	}
	return p.parse(parser{src: text})
}

// ParseLenient is [ParseLenientString].
func (p *Parser) ParseLenient(text string) (Value, error) {
	return p.parse(parser{src: validUTF8(text), lenient: true})
}

// parse lets work parse into the memory of p.
func (p *Parser) parse(work parser) (Value, error) {
	if cap(p.doc.nodes) > maxKeptNodes || cap(p.extra) > maxKeptText {
		*p = Parser{}
	}
	work.nodes, work.open, work.extra = p.doc.nodes[:0], p.open[:0], p.extra[:0]
	err := work.parse(&p.doc)
	p.open, p.extra = work.open, work.extra
	if err != nil {
		return Value{}, err
	}
	return p.doc.root(), nil
}

// Forget drops the text of the last document, whose values must not be used any more then, and keeps the memory for the next one.
func (p *Parser) Forget() {
	p.doc = document{nodes: p.doc.nodes[:0]}
	p.open, p.extra = p.open[:0], p.extra[:0]
}
