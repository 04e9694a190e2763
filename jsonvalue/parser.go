package jsonvalue

// Hot path.

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

// ParseLenient is [ParseLenientString].
func (p *Parser) ParseLenient(text string) (Value, error) {
	if cap(p.doc.nodes) > maxKeptNodes || cap(p.extra) > maxKeptText {
		*p = Parser{}
	}
	work := parser{src: validUTF8(text), lenient: true, nodes: p.doc.nodes[:0], open: p.open[:0], extra: p.extra[:0]}
	err := work.parse(&p.doc)
	p.open, p.extra = work.open, work.extra
	if err != nil {
		return Value{}, err
	}
	return p.doc.root(), nil
}

// Forget drops the text of the last document, whose values must not be used any more then, and keeps the memory for the next one.
func (p *Parser) Forget() { p.doc.src, p.doc.extra = "", "" }
