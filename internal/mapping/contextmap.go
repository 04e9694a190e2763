package mapping

// Hot path.

import (
	"github.com/sluice-gateway/sluice/jsonvalue"
	"github.com/sluice-gateway/sluice/vtl"
)

// $context is a hash map, as are the maps in it, and all of them print as nothing. It is made of the fields of
// [Context] as far as a template looks: one value at a time, all of them only if it asks
// for the keys or changes something. The overrides are the same maps in all templates of an exchange.
//
// Observed: the order of the keys is that of a java.util.HashMap.

// contextSource is what the map $context of one rendering is read from.
type contextSource struct {
	context *Context
	nested  []nestedMap // those that were looked at
}

// nestedMap is a map in $context: the same one each time it is looked at.
type nestedMap struct {
	name string
	m    *vtl.Map
}

func silent(m *vtl.Map) *vtl.Map {
	m.SetSilent()
	return m
}

// Names of the maps in $context.
const (
	nameIdentity         = "identity"
	nameClientCert       = "clientCert" // in identity
	nameAuthorizer       = "authorizer"
	nameError            = "error"
	nameRequestOverride  = "requestOverride"
	nameResponseOverride = "responseOverride"
)

// reset forgets everything but the memory.
func (s *contextSource) reset() {
	clear(s.nested)
	*s = contextSource{nested: s.nested[:0]}
}

// LookupMap implements [vtl.MapLookup].
func (s *contextSource) LookupMap(key string) (vtl.Value, bool) {
	switch key {
	case nameRequestOverride:
		return s.context.requestOverride(), true
	case nameResponseOverride:
		return s.context.responseOverride(), true
	}
	if doc := s.context.Document; doc.Kind() == jsonvalue.Object {
		return s.object(key, doc.Get(key))
	}
	switch key {
	case nameIdentity, nameError:
		return s.group(key)
	case nameAuthorizer:
		return s.object(key, s.context.Authorizer)
	}
	v := find(contextVariables, key)
	if v == nil {
		return vtl.Null, false
	}
	return v.value(s.context)
}

// LoadMap implements [vtl.MapSource].
func (s *contextSource) LoadMap(m *vtl.Map) {
	if doc := s.context.Document; doc.Kind() == jsonvalue.Object {
		for i := range doc.Len() {
			v, _ := s.LookupMap(doc.Key(i))
			m.Put(doc.Key(i), v)
		}
	} else {
		loadVariables(m, contextVariables, s.context)
		for _, name := range []string{nameIdentity, nameAuthorizer, nameError} {
			if v, ok := s.LookupMap(name); ok {
				m.Put(name, v)
			}
		}
	}
	m.Put(nameRequestOverride, s.context.requestOverride())
	m.Put(nameResponseOverride, s.context.responseOverride())
}

// value returns the variable in a template; it reports false if it isn't there.
func (v *variable) value(c *Context) (vtl.Value, bool) {
	text := v.get(c)
	switch {
	case text == "" && v.optional:
		return vtl.Null, false
	case v.name == "requestTimeEpoch" && text != "":
		return vtl.Long(c.RequestTime.UnixMilli()), true
	}
	return vtl.String(text), true
}

func loadVariables(m *vtl.Map, list []variable, c *Context) {
	m.Grow(len(list) + 3)
	for i := range list {
		if v, ok := list[i].value(c); ok {
			m.Put(list[i].name, v)
		}
	}
}

// variableSource is what a map of variables is read from.
type variableSource struct {
	context *Context
	list    []variable
	name    string          // of the object below, "" if there is none
	object  jsonvalue.Value // is in the map, too
}

// LookupMap implements [vtl.MapLookup].
func (s *variableSource) LookupMap(key string) (vtl.Value, bool) {
	if key == s.name && s.name != "" {
		return vtl.MapOf(hashMapOf(s.object)), true
	}
	if v := find(s.list, key); v != nil {
		return v.value(s.context)
	}
	return vtl.Null, false
}

// LoadMap implements [vtl.MapSource].
func (s *variableSource) LoadMap(m *vtl.Map) {
	loadVariables(m, s.list, s.context)
	if s.name != "" {
		m.Put(s.name, vtl.MapOf(hashMapOf(s.object)))
	}
}

// known returns the map of that name that was made before, or nil.
func (s *contextSource) known(name string) *vtl.Map {
	for i := range s.nested {
		if s.nested[i].name == name {
			return s.nested[i].m
		}
	}
	return nil
}

// keep notes a map that was made.
func (s *contextSource) keep(name string, m *vtl.Map) (vtl.Value, bool) {
	s.nested = append(s.nested, nestedMap{name, m})
	return vtl.MapOf(m), true
}

// group returns the map of a group of variables.
func (s *contextSource) group(name string) (vtl.Value, bool) {
	list := identityVariables
	if name == nameError {
		if s.context.Error.ResponseType == "" {
			return vtl.Null, false
		}
		list = errorVariables
	}
	if m := s.known(name); m != nil {
		return vtl.MapOf(m), true
	}
	source := &variableSource{context: s.context, list: list}
	if cert := s.context.Identity.ClientCert; name == nameIdentity && cert.Kind() == jsonvalue.Object {
		source.name, source.object = nameClientCert, cert
	}
	return s.keep(name, silent(vtl.NewLazyMap(vtl.HashMap, source, nil)))
}

// object returns a value of a document that is $context or a part of it.
func (s *contextSource) object(name string, v jsonvalue.Value) (vtl.Value, bool) {
	if v.Kind() != jsonvalue.Object {
		return valueApart(v), v.Exists()
	}
	if m := s.known(name); m != nil {
		return vtl.MapOf(m), true
	}
	return s.keep(name, hashMapOf(v))
}

// hashMapOf returns an object as a hash map that prints as nothing; so are the objects in it.
func hashMapOf(v jsonvalue.Value) *vtl.Map {
	m := silent(vtl.NewMap(vtl.HashMap, v.Len()))
	for i := range v.Len() {
		if e := v.At(i); e.Kind() == jsonvalue.Object {
			m.Put(v.Key(i), vtl.MapOf(hashMapOf(e)))
		} else {
			m.Put(v.Key(i), valueApart(e))
		}
	}
	return m
}

// requestOverride returns the map of that name, making it if need be.
//
// Observed: it has path, header and querystring from the start.
func (c *Context) requestOverride() vtl.Value {
	if c.overrides.request.IsNull() {
		c.overrides.request = c.newOverride(nameRequestOverride, "header", "path", "querystring")
	}
	return c.overrides.request
}

// responseOverride returns the map of that name, making it if need be.
//
// Observed: it has header from the start, status only once it is set.
func (c *Context) responseOverride() vtl.Value {
	if c.overrides.response.IsNull() {
		c.overrides.response = c.newOverride(nameResponseOverride, "header")
	}
	return c.overrides.response
}

// newOverride returns a map of overrides that has the named maps.
func (c *Context) newOverride(name string, maps ...string) vtl.Value {
	given := c.Document.Get(name)
	m := hashMapOf(given)
	for _, inner := range maps {
		if !given.Get(inner).Exists() {
			m.Put(inner, vtl.MapOf(silent(vtl.NewMap(vtl.HashMap, 0))))
		}
	}
	return vtl.MapOf(m)
}

// keepOverrides notes what a template put in place of the maps of overrides. m is its $context.
func (c *Context) keepOverrides(m *vtl.Map) {
	if m.Source() != nil {
		return // it was never changed
	}
	if v, _ := m.Get(nameRequestOverride); !v.IsNull() {
		c.overrides.request = v
	}
	if v, _ := m.Get(nameResponseOverride); !v.IsNull() {
		c.overrides.response = v
	}
}

// OverrideDocuments returns what templates have put into $context.requestOverride and $context.responseOverride so far, as
// JSON objects without what is empty in them. An override that is empty altogether is no value.
func (c *Context) OverrideDocuments() (request, response jsonvalue.Value) {
	return overrideDocument(c.overrides.request), overrideDocument(c.overrides.response)
}

func overrideDocument(v vtl.Value) jsonvalue.Value {
	m := v.Map()
	if m == nil {
		return jsonvalue.Value{}
	}
	c := copier{}
	c.b.BeginObject()
	for key, e := range m.All() {
		if e.Map() == nil || e.Map().Len() > 0 {
			c.b.Key(textOf(key))
			c.add(e, 1)
		}
	}
	c.b.End()
	doc := c.b.Finish()
	if doc.Len() == 0 {
		return jsonvalue.Value{}
	}
	return doc
}
