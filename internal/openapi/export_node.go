package openapi

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

func newObject() *node { return &node{kind: kindObject, size: 1} }

func newText(text string) *node { return &node{kind: kindString, text: text, size: 1} }

func newArray(items []*node) *node { return &node{kind: kindArray, items: items, size: 1} }

func newTexts(texts []string) *node {
	n := newArray(nil)
	for _, t := range texts {
		n.items = append(n.items, newText(t))
	}
	return n
}

// newTextMap returns an object of strings, by key.
func newTextMap(texts map[string]string) *node {
	n := newObject()
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		n.setText(key, texts[key])
	}
	return n
}

// newTemplates returns an object of templates, which may be null, by key.
func newTemplates(templates map[string]*string) *node {
	n := newObject()
	for _, key := range slices.Sorted(maps.Keys(templates)) {
		if templates[key] == nil {
			n.set(key, &node{kind: kindNull, size: 1})
			continue
		}
		n.setText(key, *templates[key])
	}
	return n
}

// jsonNode reads a JSON text.
func jsonNode(text string) (*node, error) {
	n, _, err := readJSON([]byte(text))
	return n, err
}

func (n *node) set(key string, value *node) { n.add(member{key: key, value: value}) }

func (n *node) setText(key, text string) { n.set(key, newText(text)) }

func (n *node) setOptional(key string, text *string) {
	if text != nil {
		n.setText(key, *text)
	}
}

func (n *node) setFlag(key string, flag bool) {
	n.set(key, &node{kind: kindBool, text: strconv.FormatBool(flag), size: 1})
}

func (n *node) setNumber(key string, number int64) {
	n.set(key, &node{kind: kindNumber, text: strconv.FormatInt(number, 10), size: 1})
}

func (n *node) setUnlessEmpty(key string, value *node) {
	if len(value.members) > 0 {
		n.set(key, value)
	}
}

// render writes a document, as JSON with two blanks for each level or as YAML.
func (n *node) render(asYAML bool) ([]byte, error) {
	var b bytes.Buffer
	if !asYAML {
		n.writeJSON(&b, "\n")
		b.WriteByte('\n')
		return b.Bytes(), nil
	}
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(n.yaml()); err != nil {
		return nil, err
	}
	err := encoder.Close()
	return b.Bytes(), err
}

// writeJSON writes n; newline is a line end with the indentation of the line.
func (n *node) writeJSON(b *bytes.Buffer, newline string) {
	inner := newline + "  "
	switch n.kind {
	case kindNull:
		b.WriteString("null")
	case kindBool, kindNumber:
		b.WriteString(n.text)
	case kindString:
		b.WriteString(quote(n.text))
	case kindArray:
		b.WriteByte('[')
		for i, item := range n.items {
			b.WriteString(separator(i, inner))
			item.writeJSON(b, inner)
		}
		b.WriteString(closing(len(n.items), newline) + "]")
	case kindObject:
		b.WriteByte('{')
		for i, m := range n.members {
			b.WriteString(separator(i, inner) + quote(m.key) + ": ")
			m.value.writeJSON(b, inner)
		}
		b.WriteString(closing(len(n.members), newline) + "}")
	}
}

func separator(i int, inner string) string {
	if i > 0 {
		return "," + inner
	}
	return inner
}

func closing(length int, newline string) string {
	if length > 0 {
		return newline
	}
	return ""
}

// yaml returns n as a node of the YAML library, which decides how strings are quoted.
func (n *node) yaml() *yaml.Node {
	switch n.kind {
	case kindObject:
		y := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, m := range n.members {
			y.Content = append(y.Content, newText(m.key).yaml(), m.value.yaml())
		}
		return y
	case kindArray:
		y := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range n.items {
			y.Content = append(y.Content, item.yaml())
		}
		return y
	case kindString:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: n.text, Style: yamlStyle(n.text)}
	case kindNumber:
		tag := "!!int"
		if strings.ContainsAny(n.text, ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: n.text}
	case kindBool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: n.text}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

// yamlStyle returns the style in which a string survives. A literal block is for people to read; it cannot
// hold everything, and what is not printable needs the escapes of double quotes.
func yamlStyle(text string) yaml.Style {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		blankStart := i == 0 && (line == "" || line[0] == ' ') && len(lines) > 1
		if blankStart || strings.HasSuffix(line, " ") || strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) {
			return yaml.DoubleQuotedStyle
		}
	}
	if len(lines) > 1 {
		return yaml.LiteralStyle
	}
	return 0 // the library quotes what would be read as something else
}
