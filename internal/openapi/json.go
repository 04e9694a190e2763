package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"unicode/utf8"
)

// syntaxError says why a text is no readable document.
type syntaxError struct {
	pos     Position
	message string
}

func (e *syntaxError) Error() string { return e.pos.String() + ": " + e.message }

// jsonReader builds nodes from the tokens of encoding/json.
type jsonReader struct {
	text     []byte
	lines    []int // offset at which each line begins
	decoder  *json.Decoder
	problems []Problem

	// The position that was asked for last. A document of one line, as programs write it, would
	// otherwise be counted from its start for each value.
	lastOffset int
	last       Position
}

// readJSON reads a JSON text. Keys given twice are problems, anything else is a *syntaxError.
func readJSON(text []byte) (*node, []Problem, error) {
	r := &jsonReader{text: text, lines: lineStarts(text), decoder: json.NewDecoder(bytes.NewReader(text))}
	r.decoder.UseNumber()
	root, err := r.value(0)
	if err != nil {
		return nil, nil, r.explain(err)
	}
	if at := r.next(); at < len(text) {
		return nil, nil, &syntaxError{r.position(at), "text after the end of the document"}
	}
	return root, r.problems, nil
}

// value reads the next value whole.
func (r *jsonReader) value(depth int) (*node, error) {
	at := r.next()
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	n := &node{pos: r.position(at), size: 1}
	if depth > maxDepth {
		return nil, &syntaxError{n.pos, fmt.Sprintf("nested more than %d levels deep", maxDepth)}
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return n, r.object(n, depth)
		}
		return n, r.array(n, depth)
	case string:
		n.kind, n.text = kindString, v
	case json.Number:
		n.kind, n.text = kindNumber, v.String()
		n.written = n.text
	case bool:
		n.kind, n.text = kindBool, fmt.Sprint(v)
		n.written = n.text
	}
	return n, nil
}

func (r *jsonReader) object(n *node, depth int) error {
	n.kind = kindObject
	for r.decoder.More() {
		pos := r.position(r.next())
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		value, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		if !n.add(member{key, pos, value}) {
			r.problems = append(r.problems, duplicateKey(pos, key))
		}
	}
	_, err := r.decoder.Token()
	return err
}

func (r *jsonReader) array(n *node, depth int) error {
	n.kind = kindArray
	for r.decoder.More() {
		value, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, value)
		n.grow(value)
	}
	_, err := r.decoder.Token()
	return err
}

// next returns the offset of the token that comes next.
func (r *jsonReader) next() int {
	at := int(r.decoder.InputOffset())
	for at < len(r.text) && bytes.IndexByte([]byte(" \t\r\n,:"), r.text[at]) >= 0 {
		at++
	}
	return at
}

// explain gives an error of the decoder its place.
func (r *jsonReader) explain(err error) error {
	var syntax *json.SyntaxError
	var ours *syntaxError
	switch {
	case errors.As(err, &ours):
		return err
	case errors.As(err, &syntax):
		return &syntaxError{r.position(max(0, int(syntax.Offset)-1)), syntax.Error()}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &syntaxError{r.position(len(r.text)), "unexpected end of the document"}
	}
	return &syntaxError{r.position(r.next()), err.Error()}
}

// position returns the position of an offset. Offsets mostly grow.
func (r *jsonReader) position(offset int) Position {
	offset = min(offset, len(r.text))
	passed := r.text[min(r.lastOffset, offset):offset]
	if r.last.Line > 0 && offset >= r.lastOffset && bytes.IndexByte(passed, '\n') < 0 {
		r.last.Column += utf8.RuneCount(passed)
	} else {
		r.last = positionAt(r.text, r.lines, offset)
	}
	r.lastOffset = offset
	return r.last
}

// lineStarts returns the offset at which each line of text begins.
func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, c := range text {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// positionAt turns an offset into a line and a column of characters.
func positionAt(text []byte, lines []int, offset int) Position {
	offset = min(offset, len(text))
	line := sort.Search(len(lines), func(i int) bool { return lines[i] > offset })
	return Position{Line: line, Column: 1 + utf8.RuneCount(text[lines[line-1]:offset])}
}

func duplicateKey(pos Position, key string) Problem {
	return Problem{Position: pos, Severity: SeverityError, Message: fmt.Sprintf("Duplicate key '%s'", key)}
}
