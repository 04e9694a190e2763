package restjson

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
)

// plan is a shape joined with the Go type that holds it, so that a request needs no look-up by name.
type plan struct {
	shape   *apigw.Shape
	typ     reflect.Type // of a value; of a nullable string the pointer
	element *plan        // of a list or map
	members []memberPlan // of a structure, in the order of checks
	body    map[string]int
	payload int            // index in members of the member that is the whole body, -1 if none
	pattern *regexp.Regexp // matches whole
	checked bool           // a value may violate a constraint, and the violation names its path
}

// memberPlan is a member of a structure and its field.
type memberPlan struct {
	*apigw.Member
	field   int
	pointer bool // the field is a pointer to the value
	plan    *plan
}

// planner builds plans, one per shape.
type planner map[*apigw.Shape]*plan

// structure returns the plan of a structure. A type that does not fit its shape is a bug in the
// generated code and panics.
func (p planner) structure(s *apigw.Shape, t reflect.Type) *plan {
	if s.Kind != apigw.KindStructure || t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("restjson: shape %s and type %s are not both structures", s.Name, t))
	}
	return p.build(s, t)
}

func (p planner) build(s *apigw.Shape, t reflect.Type) *plan {
	if known := p[s]; known != nil {
		return known
	}
	b := &plan{shape: s, typ: t, payload: -1}
	p[s] = b
	if s.Pattern != "" {
		b.pattern = regexp.MustCompile(`\A(?:` + s.Pattern + `)\z`)
	}
	switch s.Kind {
	case apigw.KindList, apigw.KindMap:
		b.element = p.build(s.Element, t.Elem())
		b.checked = b.element.checked
	case apigw.KindStructure:
		b.checked = true
		p.members(b)
	default:
		b.checked = s.Pattern != "" || len(s.Enum) > 0
	}
	return b
}

// members fills in the members of a structure.
func (p planner) members(b *plan) {
	b.body = map[string]int{}
	for i := range b.shape.Members {
		m := &b.shape.Members[i]
		field, ok := b.typ.FieldByName(m.Field())
		if !ok {
			panic(fmt.Sprintf("restjson: type %s has no field %s", b.typ, m.Field()))
		}
		t := field.Type
		pointer := t.Kind() == reflect.Pointer
		if pointer {
			t = t.Elem()
		}
		switch m.Location {
		case apigw.LocationBody:
			b.body[m.WireName()] = i
		case apigw.LocationPayload:
			b.payload = i
		}
		b.members = append(b.members, memberPlan{Member: m, field: field.Index[0], pointer: pointer, plan: p.build(m.Shape, t)})
	}
}

// below returns the path of a part of a value at path; where nothing in the part can be wrong it is not needed.
func (p *plan) below(path, part, suffix string) string {
	if !p.checked {
		return ""
	}
	return path + "." + part + suffix
}

// settable returns the place for the value of a member in a structure, made if it is behind a pointer.
func (m *memberPlan) settable(structure reflect.Value) reflect.Value {
	field := structure.Field(m.field)
	if !m.pointer {
		return field
	}
	field.Set(reflect.New(m.plan.typ))
	return field.Elem()
}

// enumViolates reports whether the text is none of the enumeration's values.
func (p *plan) enumViolates(text string) bool {
	return len(p.shape.Enum) > 0 && !slices.Contains(p.shape.Enum, text)
}
