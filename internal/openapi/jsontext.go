package openapi

import (
	"bytes"
	"encoding/json"
)

// maxTextBytes bounds the JSON text of one value: that of a model.
//
// AWS: Amazon API Gateway quotas and important notes
const maxTextBytes = 400 << 10

// textWriter writes nodes as JSON and stops once the text is too long. Without that a few
// lines of aliases could ask for terabytes.
type textWriter struct {
	text []byte
	full bool
}

// json returns the JSON text of n; where it is too long it says so and reports false.
func (b *builder) json(n *node) (string, bool) {
	var w textWriter
	w.value(n)
	if w.full {
		b.fail(n.pos, "The value has more than %d bytes as JSON text", maxTextBytes)
		return "", false
	}
	return string(w.text), true
}

// raw appends text as it is.
func (w *textWriter) raw(text string) {
	if w.full || len(w.text)+len(text) > maxTextBytes {
		w.full = true
		return
	}
	w.text = append(w.text, text...)
}

// quoted appends a string in quotes.
func (w *textWriter) quoted(text string) {
	if w.full || len(w.text)+len(text) > maxTextBytes {
		w.full = true
		return
	}
	w.raw(quote(text))
}

// quote returns text as a JSON string.
func quote(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // every string can be written
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// value appends n as it is.
func (w *textWriter) value(n *node) {
	if w.full {
		return
	}
	switch n.kind {
	case kindNull:
		w.raw("null")
	case kindBool, kindNumber:
		w.raw(n.text)
	case kindString:
		w.quoted(n.text)
	case kindArray:
		w.array(n, w.value)
	case kindObject:
		w.object(n, func(m member) { w.value(m.value) })
	}
}

// array appends the items of n, each written by write.
func (w *textWriter) array(n *node, write func(*node)) {
	w.raw("[")
	for i, item := range n.items {
		if i > 0 {
			w.raw(",")
		}
		write(item)
	}
	w.raw("]")
}

// object appends the members of n, the value of each written by write.
func (w *textWriter) object(n *node, write func(member)) {
	w.raw("{")
	for i, m := range n.members {
		if i > 0 {
			w.raw(",")
		}
		w.quoted(m.key)
		w.raw(":")
		write(m)
	}
	w.raw("}")
}
