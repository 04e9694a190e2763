package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlReader builds nodes from a YAML tree. Aliases are not expanded: the node of the
// anchor is used again.
type yamlReader struct {
	problems []Problem
	anchors  map[*yaml.Node]*node // nil while the anchored node is being read
	merged   int                  // members looked at for merging
}

// readYAML reads a text of exactly one YAML document. Keys given twice and tags that mean
// nothing here are problems, anything else is a *syntaxError.
func readYAML(text []byte) (*node, []Problem, error) {
	lines := &lineReader{rest: text}
	decoder := yaml.NewDecoder(lines)
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil, &syntaxError{Position{1, 1}, "the document is empty"}
		}
		return nil, nil, yamlError(text, lines, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, nil, &syntaxError{Position{second.Line, second.Column}, "a second YAML document begins here; only one is read"}
	case !errors.Is(err, io.EOF):
		return nil, nil, yamlError(text, lines, err)
	}
	r := &yamlReader{anchors: make(map[*yaml.Node]*node)}
	root, err := r.value(&document, 0)
	if err != nil {
		return nil, nil, err
	}
	return root, r.problems, nil
}

// value reads y and what is below it.
func (r *yamlReader) value(y *yaml.Node, depth int) (*node, error) {
	pos := Position{y.Line, y.Column}
	if depth > maxDepth {
		return nil, &syntaxError{pos, fmt.Sprintf("nested more than %d levels deep", maxDepth)}
	}
	switch y.Kind {
	case yaml.DocumentNode:
		return r.value(y.Content[0], depth)
	case yaml.AliasNode:
		return r.alias(y)
	}
	if y.Anchor != "" {
		r.anchors[y] = nil
	}
	n := &node{pos: pos, size: 1}
	var err error
	switch y.Kind {
	case yaml.MappingNode:
		err = r.object(n, y, depth)
	case yaml.SequenceNode:
		err = r.array(n, y, depth)
	default:
		r.scalar(n, y)
	}
	if err == nil && n.size > maxNodes {
		err = &syntaxError{pos, fmt.Sprintf("more than %d values once aliases are expanded", maxNodes)}
	}
	if y.Anchor != "" {
		r.anchors[y] = n
	}
	return n, err
}

func (r *yamlReader) alias(y *yaml.Node) (*node, error) {
	n := r.anchors[y.Alias]
	if n == nil {
		return nil, &syntaxError{Position{y.Line, y.Column}, fmt.Sprintf("alias '%s' contains itself", y.Value)}
	}
	return n, nil
}

func (r *yamlReader) object(n *node, y *yaml.Node, depth int) error {
	n.kind = kindObject
	var merges []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, pos := y.Content[i], Position{y.Content[i].Line, y.Content[i].Column}
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return &syntaxError{pos, "a key must be a plain value"}
		}
		value, err := r.value(y.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if !n.add(member{key.Value, pos, value}) {
			r.problems = append(r.problems, duplicateKey(pos, key.Value))
		}
	}
	for _, from := range merges {
		if err := r.merge(n, from); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the members of from that n does not have: the meaning of the key <<.
func (r *yamlReader) merge(n, from *node) error {
	switch from.kind {
	case kindObject:
		if r.merged += len(from.members); r.merged > maxNodes {
			return &syntaxError{from.pos, fmt.Sprintf("more than %d values to merge", maxNodes)}
		}
		for _, m := range from.members {
			n.add(m)
		}
		return nil
	case kindArray:
		for _, item := range from.items {
			if item.kind != kindObject {
				return &syntaxError{item.pos, "only an object can be merged"}
			}
			if err := r.merge(n, item); err != nil {
				return err
			}
		}
		return nil
	}
	return &syntaxError{from.pos, "only an object can be merged"}
}

func (r *yamlReader) array(n *node, y *yaml.Node, depth int) error {
	n.kind = kindArray
	for _, item := range y.Content {
		value, err := r.value(item, depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, value)
		n.grow(value)
	}
	return nil
}

// scalar fills n from a plain value. Dates and binary data stay the text they are.
func (r *yamlReader) scalar(n *node, y *yaml.Node) {
	n.kind, n.text, n.written = kindString, y.Value, y.Value
	switch tag := y.ShortTag(); tag {
	case "!!null":
		n.kind, n.text = kindNull, ""
	case "!!bool":
		n.kind, n.text = kindBool, strings.ToLower(y.Value)
	case "!!int", "!!float":
		if text, ok := jsonNumber(y); ok {
			n.kind, n.text = kindNumber, text
		}
	case "!!str", "!!timestamp", "!!binary":
		n.literal = y.Style&yaml.LiteralStyle != 0
	default:
		r.problems = append(r.problems, Problem{Position: n.pos, Severity: SeverityError,
			Message: fmt.Sprintf("Unsupported YAML tag '%s'", tag)})
	}
}

// jsonNumber writes a YAML number as JSON, which knows neither 0x10 nor .5 nor .inf.
func jsonNumber(y *yaml.Node) (string, bool) {
	if json.Valid([]byte(y.Value)) {
		return y.Value, true
	}
	var i int64
	if y.ShortTag() == "!!int" && y.Decode(&i) == nil {
		return strconv.FormatInt(i, 10), true
	}
	var f float64
	if err := y.Decode(&f); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return "", false
	}
	return strconv.FormatFloat(f, 'g', -1, 64), true
}

var (
	yamlErrorLine   = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	yamlErrorAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// lineReader hands out a text line by line. The parser reads no further than it must, so that the
// line handed out last is the one on which it has failed; the line that its errors
// name is where the surrounding block begins.
type lineReader struct {
	rest  []byte
	lines int // handed out
	ended bool
}

// Read implements io.Reader.
func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		r.ended = true
		return 0, io.EOF
	}
	n := len(r.rest)
	if at := bytes.IndexByte(r.rest, '\n'); at >= 0 {
		n = at + 1
	}
	if n > len(p) {
		n = len(p)
	} else {
		r.lines++
	}
	copy(p, r.rest[:n])
	r.rest = r.rest[n:]
	return n, nil
}

// yamlError gives an error of the YAML parser its place: the line on which the parser failed, or, when
// something is still open at the end, the line that the error names; the column is that of
// the line's first character that is not blank.
func yamlError(text []byte, read *lineReader, err error) error {
	match := yamlErrorLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	if match == nil {
		return &syntaxError{Position{1, 1}, err.Error()}
	}
	if anchor := yamlErrorAnchor.FindStringSubmatch(match[2]); anchor != nil {
		at := max(0, bytes.Index(text, []byte("*"+anchor[1])))
		return &syntaxError{positionAt(text, lineStarts(text), at), match[2]}
	}
	line := read.lines
	if read.ended {
		line, _ = strconv.Atoi(match[1])
	}
	lines := bytes.Split(text, []byte("\n"))
	line = min(max(line, 1), len(lines))
	content := lines[line-1]
	column := 1 + len(content) - len(bytes.TrimLeft(content, " \t"))
	return &syntaxError{Position{line, column}, match[2]}
}
