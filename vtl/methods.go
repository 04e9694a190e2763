package vtl

// Hot path.

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// The methods that templates can call are tables of rows, one a method: its signature as Java declares it,
// and what it does. What isn't in a table doesn't exist; nothing is reflected upon. Of several methods of
// a name the one is called that Velocity would choose for the arguments' classes.

// class is a Java class, or several that have the same methods.
type class uint8

const (
	classNone class = iota
	classBoolean
	classCharacter
	classByte
	classShort
	classInteger
	classLong
	classFloat
	classDouble
	classBigInteger
	classBigDecimal
	classString
	classList  // ArrayList, JSONArray and the lists that are views
	classArray // arrays, which Velocity wraps into a list
	classMap
	classSet        // keySet(), entrySet()
	classCollection // values()
	classEntry
	classIterator
	classClass
	classLoop
	classLoopInfo
	classBlock
	classHost // objects of the host
	classCount
)

// classOf returns the class whose methods v has.
func classOf(v Value) class {
	switch x := v.ref.(type) {
	case Kind:
		return classBoolean + class(x-KindBool)
	case stringData:
		return classString
	case *Map:
		return classMap
	case *List:
		if x.isArray() {
			return classArray
		}
		return classList
	case *mapView:
		if x.isSet() {
			return classSet
		}
		return classCollection
	case *entry:
		return classEntry
	case *iterator:
		return classIterator
	case *classObject:
		return classClass
	case *loop:
		return classLoop
	case *loopInfo:
		return classLoopInfo
	case *blockValue:
		return classBlock
	case Object:
		return classHost
	}
	switch v.Kind() {
	case KindBigInt:
		return classBigInteger
	case KindBigDecimal:
		return classBigDecimal
	}
	return classNone
}

// row declares a method.
type row struct {
	// name(parameter types), with static or void before it, and the last type followed by ... if it takes any
	// number of arguments.
	signature string
	call      func(r *run, this Value, args []Value) (Value, error)
}

// param is the type of a parameter.
type param uint8

const (
	paramObject param = iota
	paramBoolean
	paramChar
	paramByte
	paramShort
	paramInt
	paramLong
	paramFloat
	paramDouble
	paramString
	paramCharSequence
	paramCollection
	paramList
	paramMap
	paramIterable
	paramChars
	paramBytes
	paramObjects
	paramBoxed // a class of number, of the same kind as the object: Integer in compareTo(Integer)
	paramLocale
	paramNumber
	paramFunction // what templates have none of: null alone goes for it
)

var paramNames = map[string]param{
	"Object": paramObject, "boolean": paramBoolean, "char": paramChar, "byte": paramByte, "short": paramShort,
	"int": paramInt, "long": paramLong, "float": paramFloat, "double": paramDouble, "String": paramString,
	"CharSequence": paramCharSequence, "Collection": paramCollection, "List": paramList, "Map": paramMap,
	"Iterable": paramIterable, "char[]": paramChars, "byte[]": paramBytes, "Object[]": paramObjects,
	"Boxed": paramBoxed, "Locale": paramLocale, "Number": paramNumber,
	"Function": paramFunction,
}

// javaMethod is a row that is ready to be called.
type javaMethod struct {
	params   []param
	variadic bool // the last parameter takes any number of arguments
	static   bool
	void     bool // no result: Velocity makes that the empty string
	class    class
	call     func(r *run, this Value, args []Value) (Value, error)
}

// methodSet is all methods of a name.
type methodSet struct{ byClass [classCount][]javaMethod }

// methodSets is all methods there are, by name.
var methodSets = buildMethods()

func buildMethods() map[string]*methodSet {
	sets := map[string]*methodSet{}
	for _, table := range classTables() {
		for _, c := range table.classes {
			for _, r := range table.rows {
				name, m := parseSignature(r)
				m.class = c
				s := sets[name]
				if s == nil {
					s = new(methodSet)
					sets[name] = s
				}
				s.byClass[c] = append(s.byClass[c], m)
			}
		}
	}
	return sets
}

// classTable gives classes their methods.
type classTable struct {
	classes []class
	rows    []row
}

func parseSignature(r row) (string, javaMethod) {
	signature, static := strings.CutPrefix(r.signature, "static ")
	signature, void := strings.CutPrefix(signature, "void ")
	name, list, _ := strings.Cut(strings.TrimSuffix(signature, ")"), "(")
	m := javaMethod{call: r.call, static: static, void: void}
	if list == "" {
		return name, m
	}
	for _, t := range strings.Split(list, ", ") {
		t, m.variadic = strings.CutSuffix(t, "...")
		m.params = append(m.params, paramNames[t])
	}
	return name, m
}

// HasMethod reports whether any class that templates meet, besides the host's own objects, has a method of the name that they
// can use: none that takes a function.
func HasMethod(name string) bool {
	s := methodSets[name]
	if s == nil {
		return false
	}
	for _, methods := range s.byClass {
		for i := range methods {
			if !slices.Contains(methods[i].params, paramFunction) {
				return true
			}
		}
	}
	return false
}

// find returns the method for the arguments, nil if there is none: one whose parameters are exactly
// the arguments' classes, or else the first, as the tables have them in the order of preference, that takes them.
func (s *methodSet) find(c class, args []Value) *javaMethod {
	methods := s.byClass[c]
	var found *javaMethod
	for i := range methods {
		m := &methods[i]
		if len(m.params) != len(args) && !m.variadic {
			continue
		}
		switch m.fits(args) {
		case fitsExactly:
			return m
		case fitsSomehow:
			if found == nil {
				found = m
			}
		}
	}
	if found == nil && len(args) > 0 {
		return uncallable(methods)
	}
	return found
}

// uncallable returns a method without parameters for a call with arguments that fit nothing else. Velocity
// finds it, and then fails to call it.
func uncallable(methods []javaMethod) *javaMethod {
	for i := range methods {
		if len(methods[i].params) == 0 {
			return &wrongCount
		}
	}
	return nil
}

var wrongCount = javaMethod{call: func(*run, Value, []Value) (Value, error) {
	return Null, exception("IllegalArgumentException", "wrong number of arguments")
}}

// fit tells how well arguments fit parameters.
type fit uint8

const (
	fitsNot fit = iota
	fitsSomehow
	fitsExactly
)

func (m *javaMethod) fits(args []Value) fit {
	how := fitsExactly
	n := len(m.params)
	if m.variadic {
		if len(args) < n-1 {
			return fitsNot
		}
		for _, a := range args[n-1:] {
			if m.takes(m.params[n-1], a) == fitsNot && (len(args) != n || !isArrayFor(a)) {
				return fitsNot
			}
		}
		how = fitsSomehow
		n--
	}
	for i := range n {
		switch m.takes(m.params[i], args[i]) {
		case fitsNot:
			return fitsNot
		case fitsSomehow:
			how = fitsSomehow
		}
	}
	return how
}

// isArrayFor reports whether an argument is an array that can stand for all variable arguments.
func isArrayFor(v Value) bool {
	l := v.List()
	return l != nil && l.isArray()
}

// takes tells how a parameter takes an argument: a null goes for everything but a primitive, a number for a
// primitive of at least its own size.
func (m *javaMethod) takes(p param, v Value) fit {
	k := v.Kind()
	if k == KindNull {
		if p >= paramBoolean && p <= paramDouble {
			return fitsNot
		}
		return fitsSomehow
	}
	exact := func(ok bool) fit {
		if ok {
			return fitsExactly
		}
		return fitsNot
	}
	switch p {
	case paramObject:
		return fitsSomehow
	case paramBoolean, paramChar:
		return exact(k == KindBool+Kind(p-paramBoolean))
	case paramByte, paramShort, paramInt, paramLong, paramFloat, paramDouble:
		want := KindByte + Kind(p-paramByte)
		if k == want {
			return fitsExactly
		}
		if k >= KindByte && k < want {
			return fitsSomehow
		}
		return fitsNot
	case paramString:
		return exact(k == KindString)
	case paramBoxed:
		return exact(k == KindBool+Kind(m.class-classBoolean))
	}
	return takesObject(p, v, k)
}

func takesObject(p param, v Value, k Kind) fit {
	ok := false
	l := v.List()
	view, isView := v.ref.(*mapView)
	switch p {
	case paramCharSequence:
		ok = k == KindString
	case paramCollection, paramIterable:
		ok = l != nil && !l.isArray() || isView && view != nil
	case paramList:
		ok = l != nil && !l.isArray()
	case paramMap:
		ok = k == KindMap
	case paramChars:
		ok = l != nil && l.class == charArray
	case paramBytes:
		ok = l != nil && l.class == byteArray
	case paramObjects:
		ok = l != nil && (l.class == objectArray || l.class == stringArray)
	case paramNumber:
		ok = v.isNumber()
	}
	if ok {
		return fitsSomehow
	}
	return fitsNot
}

// invoke calls a method. What it throws ends the rendering.
func (r *run) invoke(pos syntax.Pos, m *javaMethod, this Value, args []Value) Value {
	r.callPos = pos
	if m.variadic {
		args = gather(m, args)
	}
	v, err := m.call(r, this, args)
	if err != nil {
		r.fail(pos, err)
		return Null
	}
	if m.void {
		return undefined
	}
	if _, ok := v.ref.(stringData); ok {
		r.charge(pos, int(v.num))
	}
	return v
}

// gather makes a list of the variable arguments.
func gather(m *javaMethod, args []Value) []Value {
	n := len(m.params) - 1
	if len(args) == n+1 && isArrayFor(args[n]) {
		return args
	}
	rest := append([]Value(nil), args[n:]...)
	return append(append([]Value(nil), args[:n]...), ListOf(NewList(objectArray, rest)))
}

// gettersOf returns the methods that $object.name can mean.
func gettersOf(name string) []*methodSet {
	var sets []*methodSet
	first, rest := name[:1], name[1:]
	flipped := strings.ToUpper(first)
	if flipped == first {
		flipped = strings.ToLower(first)
	}
	for _, getter := range []string{"get" + name, "get" + flipped + rest, "is" + name, "is" + flipped + rest} {
		if s := methodSets[getter]; s != nil {
			sets = append(sets, s)
		}
	}
	return sets
}

// exception is what a Java method throws.
func exception(name, format string, args ...any) error {
	return errors.New("java.lang." + name + ": " + fmt.Sprintf(format, args...))
}

func errIndex(i, n int) error {
	return exception("IndexOutOfBoundsException", "index %d out of bounds for length %d", i, n)
}

var (
	errNull        = errors.New("java.lang.NullPointerException")
	errNoInstance  = errors.New("java.lang.IllegalArgumentException: object is not an instance of declaring class")
	errUnsupported = errors.New("java.lang.UnsupportedOperationException")
)

// needed reports an error if an argument that must not be null is.
func needed(v Value) error {
	if v.IsNull() {
		return errNull
	}
	return nil
}

// objectRows are the methods of every object.
var objectRows = []row{
	{"getClass()", func(_ *run, this Value, _ []Value) (Value, error) {
		return builtin(&classObject{className(this), classOf(this)}), nil
	}},
	{"toString()", func(r *run, this Value, _ []Value) (Value, error) {
		return String(r.text(r.callPos, this)), nil
	}},
	{"hashCode()", func(_ *run, this Value, _ []Value) (Value, error) { return Int(hashCode(this)), nil }},
	{"equals(Object)", func(r *run, this Value, args []Value) (Value, error) {
		w := newWalk()
		same := w.equal(this, args[0])
		r.steps -= (walkSteps - w.left) / 16
		if w.left < 0 {
			return Null, errTooDeep
		}
		return Bool(same), nil
	}},
}

// classTables is the tables of all classes.
func classTables() []classTable {
	all := make([]class, 0, classCount)
	for c := classBoolean; c < classCount; c++ {
		if c != classClass {
			all = append(all, c)
		}
	}
	tables := []classTable{
		{all, objectRows},
		{[]class{classClass}, []row{{"getName()", func(_ *run, this Value, _ []Value) (Value, error) {
			return String(this.ref.(*classObject).name), nil
		}}, objectRows[0]}},
	}
	comparable := []class{classBoolean, classCharacter, classByte, classShort, classInteger, classLong, classFloat,
		classDouble, classBigInteger, classBigDecimal, classString}
	tables = append(tables, stringTables...)
	tables = append(tables, collectionTables...)
	tables = append(tables, numberTables...)
	tables = append(tables, functionTables...)
	return append(tables, classTable{comparable, []row{{"compareTo(Object)", compareToOther}}})
}

// compareToOther is compareTo for what can't be compared.
func compareToOther(_ *run, this Value, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Null, errNull
	}
	return Null, exception("ClassCastException", "class %s cannot be cast to class %s", className(args[0]), className(this))
}
