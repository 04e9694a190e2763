package main

import (
	"bytes"
	"fmt"
	"go/format"
	"slices"
	"strings"
)

// writeOperations returns apigw/operations_gen.go: the operations as typed rows, and the shapes that
// they use as data.
func writeOperations(m *model) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(header)
	b.WriteString("package apigw\n\n")
	for _, name := range m.operationNames() {
		writeOperation(&b, m, name)
	}
	b.WriteString("\n// Operations returns the rows of all operations, by name.\n")
	b.WriteString("func Operations() []*OperationInfo {\n\treturn []*OperationInfo{\n")
	for _, name := range m.operationNames() {
		fmt.Fprintf(&b, "\t\t%s.OperationInfo,\n", name)
	}
	b.WriteString("\t}\n}\n\n")
	for _, name := range m.shapeNames() {
		if err := writeShapeData(&b, m, name); err != nil {
			return nil, err
		}
	}
	return format.Source(b.Bytes())
}

func writeOperation(b *bytes.Buffer, m *model, name string) {
	op := m.Operations[name]
	code := op.HTTP.ResponseCode
	if code == 0 {
		code = 200
	}
	output := op.Output.Shape
	if output == "" {
		output = "Empty"
	}
	fmt.Fprintf(b, "// %s is the operation %s %s.\n", name, op.HTTP.Method, op.HTTP.RequestURI)
	fmt.Fprintf(b, "var %s = Operation[%s, %s]{&OperationInfo{\n\tName: %q, Method: %q, URI: %q, Code: %d,\n\tInput: shape%s",
		name, op.Input.Shape, output, name, op.HTTP.Method, op.HTTP.RequestURI, code, op.Input.Shape)
	if op.Output.Shape != "" {
		fmt.Fprintf(b, ", Output: shape%s", op.Output.Shape)
	}
	if reason := m.notImplemented[name]; reason != "" {
		fmt.Fprintf(b, ", NotImplemented: %q", reason)
	}
	b.WriteString(",\n}}\n\n")
}

var kinds = map[string]string{
	"structure": "KindStructure", "list": "KindList", "map": "KindMap", "string": "KindString",
	"boolean": "KindBoolean", "integer": "KindInteger", "long": "KindLong", "double": "KindDouble",
	"timestamp": "KindTimestamp", "blob": "KindBlob",
}

var locations = map[string]string{
	"": "", "uri": "LocationURI", "querystring": "LocationQuery", "header": "LocationHeader", "payload": "LocationPayload", "others": "LocationOtherQueries",
}

func writeShapeData(b *bytes.Buffer, m *model, name string) error {
	s := m.Shapes[name]
	kind, ok := kinds[s.Type]
	if !ok {
		return fmt.Errorf("shape %s has the unknown type %s", name, s.Type)
	}
	fmt.Fprintf(b, "var shape%s = &Shape{Name: %q, Kind: %s", name, name, kind)
	if len(s.Enum) > 0 {
		order := s.Enum
		if s.enumOrder != nil {
			order = s.enumOrder
		}
		fmt.Fprintf(b, ", Enum: []string{%s}", quotedList(order))
	}
	if s.Pattern != "" {
		fmt.Fprintf(b, ", Pattern: %q", s.Pattern)
	}
	if s.Nullable {
		b.WriteString(", Nullable: true")
	}
	if element := s.Member.Shape + s.Value.Shape; element != "" {
		fmt.Fprintf(b, ", Element: shape%s", element)
	}
	if len(s.Members) > 0 {
		b.WriteString(", Members: []Member{\n")
		for _, memberName := range s.memberNames() {
			if err := writeMemberData(b, s, memberName); err != nil {
				return fmt.Errorf("shape %s: %w", name, err)
			}
		}
		b.WriteString("}")
	}
	b.WriteString("}\n\n")
	return nil
}

func writeMemberData(b *bytes.Buffer, s *shape, name string) error {
	mem := s.Members[name]
	place := mem.Location
	if name == s.Payload {
		place = "payload"
	}
	if place == "querystring" && mem.LocationName == "" {
		place = "others"
	}
	location, ok := locations[place]
	if !ok {
		return fmt.Errorf("member %s has the unknown location %s", name, place)
	}
	fmt.Fprintf(b, "\t{Name: %q", name)
	if wire := mem.wireName(name); wire != name {
		fmt.Fprintf(b, ", Wire: %q", wire)
	}
	fmt.Fprintf(b, ", Shape: shape%s", mem.Shape)
	if location != "" {
		fmt.Fprintf(b, ", Location: %s", location)
	}
	if slices.Contains(s.Required, name) {
		b.WriteString(", Required: true")
	}
	b.WriteString("},\n")
	return nil
}

func quotedList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(quoted, ", ")
}
