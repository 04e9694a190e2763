package vtl

import "iter"

// The objects that only the language makes: entries and views of maps, iterators, classes.

// entry is a java.util.Map.Entry. It stays the entry of its map: setValue changes the map.
type entry struct {
	m *Map
	k Value
	v Value // the value as it was last seen; what counts once the key has left the map
}

func (e *entry) key() Value { return e.k }

func (e *entry) value() Value {
	if v, ok := e.m.get(e.k); ok {
		e.v = v
	}
	return e.v
}

// viewPart says what of a map a view shows.
type viewPart uint8

const (
	viewKeys viewPart = iota
	viewValues
	viewEntries
)

// mapView is what keySet(), values() and entrySet() return: it shows the map as it is at
// the time of looking.
type mapView struct {
	m    *Map
	part viewPart
}

func (v *mapView) isSet() bool { return v.part != viewValues }

// all goes through the view's elements.
func (v *mapView) all() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for k, x := range v.m.All() {
			if !yield(v.of(k, x)) {
				return
			}
		}
	}
}

// of returns what the view shows of an entry.
func (v *mapView) of(key, value Value) Value {
	switch v.part {
	case viewKeys:
		return key
	case viewValues:
		return value
	}
	return builtin(&entry{m: v.m, k: key, v: value})
}

func (v *mapView) contains(x Value) bool {
	switch v.part {
	case viewKeys:
		_, ok := v.m.get(x)
		return ok
	case viewEntries:
		e, ok := x.ref.(*entry)
		if !ok {
			return false
		}
		value, ok := v.m.get(e.key())
		return ok && equal(value, e.value())
	}
	for _, value := range v.m.All() {
		if equal(value, x) {
			return true
		}
	}
	return false
}

// javaClass returns the name of the Java class.
func (v *mapView) javaClass() string {
	if v.m.class == HashMap {
		return [...]string{"java.util.HashMap$KeySet", "java.util.HashMap$Values", "java.util.HashMap$EntrySet"}[v.part]
	}
	return [...]string{"java.util.LinkedHashMap$LinkedKeySet", "java.util.LinkedHashMap$LinkedValues",
		"java.util.LinkedHashMap$LinkedEntrySet"}[v.part]
}

// classObject is a java.lang.Class.
type classObject struct {
	name  string
	class class // whose static methods can be called on it
}

func (it *iterator) javaClass() string {
	switch {
	case it.list != nil:
		return "java.util.ArrayList$Itr"
	case it.view == nil:
		return "org.apache.velocity.util.ArrayIterator"
	case it.view.m.class == HashMap:
		return [...]string{"java.util.HashMap$KeyIterator", "java.util.HashMap$ValueIterator", "java.util.HashMap$EntryIterator"}[it.view.part]
	}
	return [...]string{"java.util.LinkedHashMap$LinkedKeyIterator", "java.util.LinkedHashMap$LinkedValueIterator",
		"java.util.LinkedHashMap$LinkedEntryIterator"}[it.view.part]
}

// className returns the name of the Java class of v, which isn't null.
func className(v Value) string {
	switch x := v.ref.(type) {
	case Kind:
		return scalarClasses[x]
	case *List:
		return x.javaClass()
	case *Map:
		if x.class == HashMap {
			return "java.util.HashMap"
		}
		return "java.util.LinkedHashMap"
	case *entry:
		if x.m.class == HashMap {
			return "java.util.HashMap$Node"
		}
		return "java.util.LinkedHashMap$Entry"
	case *mapView:
		return x.javaClass()
	case *classObject:
		return "java.lang.Class"
	case *blockValue:
		return "org.apache.velocity.runtime.directive.Block$Reference"
	case *loop:
		return "org.apache.velocity.runtime.directive.ForeachScope"
	case *loopInfo:
		return "org.apache.velocity.runtime.directive.Scope$Info"
	case *iterator:
		return x.javaClass()
	case Object:
		return x.Class()
	}
	return scalarClasses[v.Kind()]
}

var scalarClasses = [...]string{
	KindBool: "java.lang.Boolean", KindChar: "java.lang.Character", KindByte: "java.lang.Byte",
	KindShort: "java.lang.Short", KindInt: "java.lang.Integer", KindLong: "java.lang.Long",
	KindFloat: "java.lang.Float", KindDouble: "java.lang.Double", KindBigInt: "java.math.BigInteger",
	KindBigDecimal: "java.math.BigDecimal", KindString: "java.lang.String", KindObject: "java.lang.Object",
}
