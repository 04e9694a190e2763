package restjson

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
)

// decoder reads a JSON body along the plans, in the order of its text, so that of two clashes of
// types the first is reported. Its text is valid JSON: the tokens cannot fail.
type decoder struct {
	json *json.Decoder
}

// decodeBody fills the members of a structure that are in the body. An empty body and null are an empty
// object; members that the model does not know are skipped.
func decodeBody(p *plan, body []byte, in reflect.Value, path string, violations [][]string, seen []bool) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if !json.Valid(body) {
		return apigw.Serialization("The request body is not valid JSON.")
	}
	d := decoder{json: json.NewDecoder(bytes.NewReader(body))}
	d.json.UseNumber()
	token, err := d.json.Token()
	switch {
	case err != nil:
		return err
	case token == nil:
		return nil
	case token != json.Delim('{'):
		return clash(token, "structure")
	}
	return d.members(p, in, path, violations, seen)
}

// members reads the rest of an object into a structure.
func (d *decoder) members(p *plan, in reflect.Value, path string, violations [][]string, seen []bool) error {
	for d.json.More() {
		name, err := d.name()
		if err != nil {
			return err
		}
		i, known := p.body[name]
		if !known {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		token, err := d.json.Token()
		if err != nil {
			return err
		}
		m := &p.members[i]
		in.Field(m.field).SetZero()
		violations[i], seen[i] = nil, token != nil
		if token == nil {
			continue
		}
		if violations[i], err = d.value(m.plan, m.settable(in), token, m.plan.below(path, m.Name, "")); err != nil {
			return err
		}
	}
	return d.end()
}

// value reads the value that begins with token. It returns the violations in it.
func (d *decoder) value(p *plan, into reflect.Value, token json.Token, path string) ([]string, error) {
	switch p.shape.Kind {
	case apigw.KindStructure:
		return d.structure(p, into, token, path)
	case apigw.KindList:
		return d.list(p, into, token, path)
	case apigw.KindMap:
		return d.mapping(p, into, token, path)
	}
	return p.setToken(into, token, path)
}

func (d *decoder) structure(p *plan, into reflect.Value, token json.Token, path string) ([]string, error) {
	if token != json.Delim('{') {
		return nil, clash(token, "structure")
	}
	violations := make([][]string, len(p.members))
	seen := make([]bool, len(p.members))
	if err := d.members(p, into, path, violations, seen); err != nil {
		return nil, err
	}
	for i := range p.members {
		if m := &p.members[i]; m.Required && !seen[i] {
			violations[i] = []string{missingViolation(path + "." + m.Name)}
		}
	}
	return slices.Concat(violations...), nil
}

func (d *decoder) list(p *plan, into reflect.Value, token json.Token, path string) ([]string, error) {
	if token != json.Delim('[') {
		return nil, clash(token, "list")
	}
	var violations, texts []string
	list := reflect.MakeSlice(p.typ, 0, 0)
	for n := 1; d.json.More(); n++ {
		token, err := d.json.Token()
		if err != nil {
			return nil, err
		}
		element := reflect.New(p.typ.Elem()).Elem()
		if token != nil {
			v, err := d.value(p.element, element, token, p.element.below(path, strconv.Itoa(n), ".member"))
			if err != nil {
				return nil, err
			}
			violations = append(violations, v...)
		}
		if text, ok := token.(string); ok {
			texts = append(texts, text)
		}
		list = reflect.Append(list, element)
	}
	into.Set(list)
	if len(p.element.shape.Enum) > 0 {
		violations = p.listViolations(texts, path)
	}
	return violations, d.end()
}

// mapping reads a map. A null value is kept as null where the shape allows it and is the zero value elsewhere.
func (d *decoder) mapping(p *plan, into reflect.Value, token json.Token, path string) ([]string, error) {
	if token != json.Delim('{') {
		return nil, clash(token, "map")
	}
	var violations []string
	result := reflect.MakeMap(p.typ)
	for d.json.More() {
		name, err := d.name()
		if err != nil {
			return nil, err
		}
		token, err := d.json.Token()
		if err != nil {
			return nil, err
		}
		element := reflect.New(p.typ.Elem()).Elem()
		if token != nil {
			v, err := d.value(p.element, element, token, p.element.below(path, name, ".member"))
			if err != nil {
				return nil, err
			}
			violations = append(violations, v...)
		}
		result.SetMapIndex(reflect.ValueOf(name), element)
	}
	into.Set(result)
	return violations, d.end()
}

// name reads the name of a member.
func (d *decoder) name() (string, error) {
	token, err := d.json.Token()
	if err != nil {
		return "", err
	}
	name, ok := token.(string)
	if !ok {
		return "", io.ErrUnexpectedEOF
	}
	return name, nil
}

// skip reads over a value.
func (d *decoder) skip() error {
	var value json.RawMessage
	return d.json.Decode(&value)
}

// end reads the end of an object or list.
func (d *decoder) end() error {
	_, err := d.json.Token()
	return err
}

// setToken sets a scalar from a token of a body.
func (p *plan) setToken(into reflect.Value, token json.Token, path string) ([]string, error) {
	switch t := token.(type) {
	case string:
		return p.setText(into, t, path)
	case json.Number:
		if p.shape.Kind != apigw.KindString && p.shape.Kind != apigw.KindBoolean && p.shape.Kind != apigw.KindBlob {
			return nil, p.setNumber(into, t.String(), token)
		}
	case bool:
		if p.shape.Kind == apigw.KindBoolean {
			into.SetBool(t)
			return nil, nil
		}
	}
	return nil, clash(token, typeNames[p.shape.Kind])
}

// setText sets a scalar from a text: a string of a body, a label, a query parameter or a header.
// It returns the violations of the text.
func (p *plan) setText(into reflect.Value, text, path string) ([]string, error) {
	switch p.shape.Kind {
	case apigw.KindString:
		if p.shape.Nullable {
			into.Set(reflect.ValueOf(&text))
			return nil, nil
		}
		into.SetString(text)
		return p.textViolations(text, path), nil
	case apigw.KindBoolean:
		switch {
		case strings.EqualFold(text, "true"):
			into.SetBool(true)
		case strings.EqualFold(text, "false"):
			into.SetBool(false)
		default:
			return nil, clash(text, "Boolean")
		}
		return nil, nil
	case apigw.KindBlob:
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, clash(text, "Blob")
		}
		into.SetBytes(raw)
		return nil, nil
	}
	return nil, p.setNumber(into, text, text)
}

// setNumber sets a number or a date from decimal text. Integers lose their fraction, as in the service.
func (p *plan) setNumber(into reflect.Value, text string, token json.Token) error {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return clash(token, typeNames[p.shape.Kind])
	}
	switch p.shape.Kind {
	case apigw.KindDouble:
		into.SetFloat(f)
		return nil
	case apigw.KindTimestamp:
		into.Set(reflect.ValueOf(time.Unix(0, int64(f*1e9)).UTC()))
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		if f = math.Trunc(f); f < math.MinInt64 || f >= math.MaxInt64 {
			return clash(token, typeNames[p.shape.Kind])
		}
		n = int64(f)
	}
	if into.OverflowInt(n) {
		return clash(token, typeNames[p.shape.Kind])
	}
	into.SetInt(n)
	return nil
}

// typeNames are the names of kinds in messages about clashes.
var typeNames = map[apigw.Kind]string{
	apigw.KindString: "String", apigw.KindBoolean: "Boolean", apigw.KindInteger: "Integer", apigw.KindLong: "Long",
	apigw.KindDouble: "Double", apigw.KindTimestamp: "Timestamp", apigw.KindBlob: "Blob",
}

// clash is the error of a value whose JSON type is not that of its member. The service names the
// Java class that holds the value.
//
// Observed: put-integration-response with a number as a template.
func clash(token json.Token, want string) error {
	class := "java.lang.String"
	switch t := token.(type) {
	case json.Number:
		class = "com.amazon.coral.value.json.numbers.TruncatingBigNumber"
	case bool:
		class = "java.lang.Boolean"
	case json.Delim:
		class = "java.util.LinkedHashMap"
		if t == '[' {
			class = "java.util.ArrayList"
		}
	}
	return apigw.Serialization("class " + class + " can not be converted to an " + want)
}
