package mapping

// Hot path.

// texts is the memory of the texts that a rendering makes. They lie one behind the other in blocks, of which the largest is used
// again for the next rendering.
type texts struct {
	block []byte // with the texts that are in it
}

// The sizes of blocks. What is longer has memory of its own.
const (
	minTextBlock = 256
	maxTextBlock = 64 << 10
)

// begin returns an empty slice for a text of about that many bytes, for [texts.keep].
func (t *texts) begin(size int) []byte {
	if cap(t.block)-len(t.block) < size {
		t.block = make([]byte, 0, min(max(size, 2*cap(t.block), minTextBlock), max(size, maxTextBlock)))
	}
	return t.block[len(t.block):]
}

// keep returns the text that was appended to what begin returned last.
func (t *texts) keep(text []byte) string {
	if cap(text) == cap(t.block)-len(t.block) { // else it has grown out of the block
		t.block = t.block[:len(t.block)+len(text)]
	}
	return asText(text)
}

// reset forgets all texts. Nothing may refer to one any more.
func (t *texts) reset() {
	if cap(t.block) > maxTextBlock {
		t.block = nil
	}
	t.block = t.block[:0]
}
