package jsonpath

import "strings"

// cursor is a text that is being read, up to and including its last position. Only blanks count as white space
// in paths. Reading outside of the text gives 0, which is no character of the grammar.
type cursor struct {
	text string
	pos  int
	last int
}

func newCursor(text string) cursor {
	c := cursor{text: text, last: len(text) - 1}
	c.trim()
	return c
}

// trim moves both ends past blanks.
func (c *cursor) trim() {
	for c.pos < c.last && c.text[c.pos] == ' ' {
		c.pos++
	}
	for c.last > c.pos && c.text[c.last] == ' ' {
		c.last--
	}
}

func (c *cursor) inside(i int) bool { return i >= 0 && i <= c.last }

// at returns the character at i.
func (c *cursor) at(i int) byte {
	if i < 0 || i >= len(c.text) {
		return 0
	}
	return c.text[i]
}

// cur returns the character at the position.
func (c *cursor) cur() byte { return c.at(c.pos) }

// atEnd reports whether nothing is left.
func (c *cursor) atEnd() bool { return c.pos > c.last }

// skip moves past blanks.
func (c *cursor) skip() {
	for c.inside(c.pos) && c.text[c.pos] == ' ' {
		c.pos++
	}
}

// nextIndex returns the position of the first character after i that is no blank.
func (c *cursor) nextIndex(i int) int {
	for i++; c.inside(i) && c.text[i] == ' '; i++ {
	}
	return i
}

// next returns the first character after i that is no blank, a blank if there is none.
func (c *cursor) next(i int) byte {
	if i = c.nextIndex(i); c.inside(i) {
		return c.text[i]
	}
	return ' '
}

// expectNext returns the position of the first character after i that is no blank if it is b, else -1.
func (c *cursor) expectNext(i int, b byte) int {
	if i = c.nextIndex(i); c.at(i) == b {
		return i
	}
	return -1
}

// previousIndex returns the position of the last character before the position that is no blank, or -1.
func (c *cursor) previousIndex() int {
	i := c.pos - 1
	for c.inside(i) && c.text[i] == ' ' {
		i--
	}
	return i
}

// unescaped returns the position of the next b after i that has no backslash before it, or -1.
func (c *cursor) unescaped(i int, b byte) int {
	for i++; c.inside(i); i++ {
		switch c.text[i] {
		case '\\':
			i++
		case b:
			return i
		}
	}
	return -1
}

// matching returns the position of the bracket that closes the one at i, skipping strings and, if patterns is set,
// regular expressions. It returns -1 if there is none.
func (c *cursor) matching(i int, open, close byte, patterns bool) int {
	depth := 1
	for i++; c.inside(i); i++ {
		if q := c.text[i]; q == '\'' || q == '"' {
			if i = c.unescaped(i, q); i < 0 {
				return -1
			}
			i++
		}
		if patterns && c.at(i) == '/' {
			if i = c.unescaped(i, '/'); i < 0 {
				return -1
			}
			i++
		}
		switch c.at(i) {
		case 0:
			return -1
		case open:
			depth++
		case close:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// index returns the position of the next b from i on, or -1.
func (c *cursor) index(i int, b byte) int {
	if i <= c.last {
		if n := strings.IndexByte(c.text[i:c.last+1], b); n >= 0 {
			return i + n
		}
	}
	return -1
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
