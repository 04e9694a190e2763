package control

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// sampler writes a mapping template that makes a document of a schema from one like it.
type sampler struct {
	schemas
	writing []string // the models being written, outermost first
	loops   int      // how many #foreach are open
	b       strings.Builder
}

// sampleTemplate returns a mapping template that copies a document of a model member by member.
//
// AWS: "GetModelTemplate", and the mapping templates of "Examples using variables for mapping
// template transformations".
func (a *api) sampleTemplate(m *apigw.Model) (string, error) {
	s := &sampler{schemas: schemas{a, map[string]jsonvalue.Value{}}, writing: []string{*m.Name}}
	s.b.WriteString("#set($inputRoot = $input.path('$'))\n")
	document, err := jsonvalue.ParseString(*m.Schema)
	if err != nil {
		s.b.WriteString("{ }") // not a JSON schema, see checkModel
		return s.b.String(), nil
	}
	if err := s.write(document, "$inputRoot", ""); err != nil {
		return "", err
	}
	return s.b.String(), nil
}

// write writes the value that v describes and that source holds.
func (s *sampler) write(v jsonvalue.Value, source, indent string) error {
	schema, name, err := s.resolve(v)
	if err != nil {
		return err
	}
	if name != "" {
		if slices.Contains(s.writing, name) {
			s.b.WriteString("null")
			return nil
		}
		s.writing = append(s.writing, name)
		defer func() { s.writing = s.writing[:len(s.writing)-1] }()
	}
	switch kind := schema.Get("type").Text(); {
	case kind == "array":
		return s.writeArray(schema.Get("items"), source, indent)
	case kind == "object" || schema.Get("properties").Exists():
		return s.writeObject(schema.Get("properties"), source, indent)
	case kind == "integer" || kind == "number" || kind == "boolean":
		s.b.WriteString(source)
	default:
		fmt.Fprintf(&s.b, `"%s"`, source)
	}
	return nil
}

func (s *sampler) writeObject(properties jsonvalue.Value, source, indent string) error {
	if properties.Len() == 0 {
		s.b.WriteString("{ }")
		return nil
	}
	inner, separator := indent+"  ", "{\n"
	for name, property := range properties.Members() {
		fmt.Fprintf(&s.b, "%s%s%s : ", separator, inner, jsonvalue.AppendString(nil, name, jsonvalue.Verbatim))
		if err := s.write(property, memberOf(source, name), inner); err != nil {
			return err
		}
		separator = ",\n"
	}
	s.b.WriteString("\n" + indent + "}")
	return nil
}

func (s *sampler) writeArray(items jsonvalue.Value, source, indent string) error {
	element := "$elem"
	if s.loops > 0 {
		element = fmt.Sprintf("$elem%d", s.loops+1)
	}
	s.loops++
	fmt.Fprintf(&s.b, "[\n#foreach(%s in %s)\n%s", element, source, indent+"  ")
	if err := s.write(items, element, indent+"  "); err != nil {
		return err
	}
	s.loops--
	s.b.WriteString("#if($foreach.hasNext),#end\n\n#end\n" + indent + "]")
	return nil
}

// property is what a template can name after a dot.
var property = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]*$`)

// memberOf returns the reference to a member of what source refers to.
func memberOf(source, name string) string {
	if property.MatchString(name) {
		return source + "." + name
	}
	return fmt.Sprintf("%s.get('%s')", source, strings.ReplaceAll(name, "'", "''"))
}
