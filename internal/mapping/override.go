package mapping

import (
	"strconv"

	"github.com/sluice-gateway/sluice/vtl"
)

// RequestOverride is what templates changed of the endpoint request.
//
// AWS: Use a mapping template to override an API's request and response parameters and status codes.
type RequestOverride struct {
	Header      Overrides
	Path        Overrides
	QueryString Overrides
}

// ResponseOverride is what templates changed of the response.
type ResponseOverride struct {
	Header Overrides
	Status int // 0: unchanged, or set to what is no number
}

// Overrides are values by name, in the order in which they were set first.
type Overrides []Override

// Override is one value, or several where a template set a list.
type Override struct {
	Name   string
	Values []string // at least one
}

// Get returns the values of that name exactly, nil if there is none.
func (o Overrides) Get(name string) []string {
	for i := range o {
		if o[i].Name == name {
			return o[i].Values
		}
	}
	return nil
}

// overrides holds $context.requestOverride and $context.responseOverride over the templates of an exchange: the
// maps that templates put values into, or whatever else they assigned in their place. Null: not looked at yet.
type overrides struct {
	request  vtl.Value
	response vtl.Value
}

// overridden reports whether a template has looked at the overrides, and so may have changed them.
func (c *Context) overridden() bool {
	return !c.overrides.request.IsNull() || !c.overrides.response.IsNull()
}

// maxOverrideBytes bounds the text of one override.
const maxOverrideBytes = 64 << 10

// RequestOverride returns what templates have put into $context.requestOverride so far. What they put under
// other names has no effect.
func (c *Context) RequestOverride() RequestOverride {
	m := c.overrides.request.Map()
	if m == nil {
		return RequestOverride{}
	}
	return RequestOverride{
		Header:      overridesOf(m, "header"),
		Path:        overridesOf(m, "path"),
		QueryString: overridesOf(m, "querystring"),
	}
}

// ResponseOverride returns what templates have put into $context.responseOverride so far.
func (c *Context) ResponseOverride() ResponseOverride {
	m := c.overrides.response.Map()
	if m == nil {
		return ResponseOverride{}
	}
	o := ResponseOverride{Header: overridesOf(m, "header")}
	if status, ok := m.Get("status"); ok {
		o.Status = wholeNumber(status)
	}
	return o
}

// overridesOf returns the texts of the map of that name in m.
func overridesOf(m *vtl.Map, name string) Overrides {
	v, _ := m.Get(name)
	if v.Map() == nil || v.Map().Len() == 0 {
		return nil
	}
	var list Overrides
	for key, value := range v.Map().All() {
		name, ok := overrideText(key)
		if !ok {
			continue
		}
		if values := overrideValues(value); len(values) > 0 {
			list = append(list, Override{Name: name, Values: values})
		}
	}
	return list
}

// overrideValues returns the texts of a value: of each element of a list or set, else one. Null has none.
func overrideValues(v vtl.Value) []string {
	elems, ok := v.Elements()
	if !ok {
		if text, ok := overrideText(v); ok {
			return []string{text}
		}
		return nil
	}
	var values []string
	for _, e := range elems {
		if text, ok := overrideText(e); ok {
			values = append(values, text)
		}
	}
	return values
}

func overrideText(v vtl.Value) (string, bool) {
	if v.IsNull() {
		return "", false
	}
	if text, ok := v.Text(); ok {
		return text, true
	}
	text, err := v.AppendText(nil, maxOverrideBytes)
	return string(text), err == nil
}

// wholeNumber returns a number, or the one that a string spells; 0 for everything else.
func wholeNumber(v vtl.Value) int {
	if n, ok := v.Int64(); ok {
		return int(n)
	}
	if text, ok := v.Text(); ok {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return 0
}
