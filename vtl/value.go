package vtl

// Hot path.

import (
	"math"
	"math/big"
	"unsafe"
)

// Kind tells what a [Value] holds, as the Java class it stands for.
type Kind uint8

// The kinds. What is neither a scalar, a List nor a Map is a KindObject: objects of the
// host, and what only the language itself makes, such as iterators and map entries.
const (
	KindNull       Kind = iota // null
	KindBool                   // java.lang.Boolean
	KindChar                   // java.lang.Character, one UTF-16 unit
	KindByte                   // java.lang.Byte
	KindShort                  // java.lang.Short
	KindInt                    // java.lang.Integer
	KindLong                   // java.lang.Long
	KindFloat                  // java.lang.Float
	KindDouble                 // java.lang.Double
	KindBigInt                 // java.math.BigInteger
	KindBigDecimal             // java.math.BigDecimal
	KindString                 // java.lang.String
	KindList                   // a Java list or array: *List
	KindMap                    // a Java map: *Map
	KindObject                 // anything else
)

// Value is what an expression of a template can be: a Java value or object. The zero Value
// is null. Values are small and passed by copying; those of kind List, Map and Object share
// what they refer to, as Java's references do.
//
// A Java string is a sequence of UTF-16 units, a Go string one of bytes: strings are held
// as UTF-8, a surrogate without its other half as the three bytes that UTF-8 forbids (WTF-8),
// and written as "?", as Java's encoder does.
type Value struct {
	num uint64 // the scalar, or the length of a string
	ref any    // nil, a Kind for scalars, stringData, or what the value refers to
}

// stringData marks a string inside Value.ref: it points to the bytes, Value.num counts them.
// A pointer is stored in an interface without allocating, which a string is not.
type stringData *byte

// Null is the null value, the zero Value.
var Null Value

// String returns a java.lang.String.
func String(s string) Value {
	return Value{num: uint64(len(s)), ref: stringData(unsafe.StringData(s))}
}

// Bool returns a java.lang.Boolean.
func Bool(b bool) Value {
	if b {
		return Value{num: 1, ref: KindBool}
	}
	return Value{ref: KindBool}
}

// Int returns a java.lang.Integer.
func Int(i int32) Value { return Value{num: uint64(int64(i)), ref: KindInt} }

// Long returns a java.lang.Long.
func Long(i int64) Value { return Value{num: uint64(i), ref: KindLong} }

// Double returns a java.lang.Double.
func Double(f float64) Value { return Value{num: math.Float64bits(f), ref: KindDouble} }

// Float returns a java.lang.Float.
func Float(f float32) Value { return Value{num: math.Float64bits(float64(f)), ref: KindFloat} }

// BigInt returns a java.math.BigInteger. The caller must not change i afterwards.
func BigInt(i *big.Int) Value { return Value{ref: i} }

// Decimal returns a java.math.BigDecimal. The caller must not change d afterwards.
func Decimal(d *BigDecimal) Value { return Value{ref: d} }

// Of returns a value that refers to o, an object of the host.
func Of(o Object) Value { return Value{ref: o} }

// ListOf returns a value that refers to l.
func ListOf(l *List) Value { return Value{ref: l} }

// MapOf returns a value that refers to m.
func MapOf(m *Map) Value { return Value{ref: m} }

func char(u uint16) Value  { return Value{num: uint64(u), ref: KindChar} }
func byteOf(b int8) Value  { return Value{num: uint64(int64(b)), ref: KindByte} }
func short(i int16) Value  { return Value{num: uint64(int64(i)), ref: KindShort} }
func builtin(o any) Value  { return Value{ref: o} }
func size(n int) Value     { return Int(int32(n)) }
func (v Value) i64() int64 { return int64(v.num) }

// Kind tells what v holds.
func (v Value) Kind() Kind {
	switch r := v.ref.(type) {
	case nil:
		return KindNull
	case Kind:
		return r
	case stringData:
		return KindString
	case *Map:
		return KindMap
	case *List:
		return KindList
	case *big.Int:
		return KindBigInt
	case *BigDecimal:
		return KindBigDecimal
	}
	return KindObject
}

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.ref == nil }

// Text returns the string that v is. It reports false for any other kind; see
// [Value.AppendText] for the text of any value.
func (v Value) Text() (string, bool) {
	if p, ok := v.ref.(stringData); ok {
		return unsafe.String((*byte)(p), int(v.num)), true
	}
	return "", false
}

// str returns the string that v is known to be.
func (v Value) str() string {
	p, _ := v.ref.(stringData)
	return unsafe.String((*byte)(p), int(v.num))
}

// Truth returns the Boolean that v is, and whether it is one.
func (v Value) Truth() (b, ok bool) {
	if k, _ := v.ref.(Kind); k == KindBool {
		return v.num != 0, true
	}
	return false, false
}

// Int64 returns the number that v is, if it is a Byte, Short, Integer or Long.
func (v Value) Int64() (int64, bool) {
	switch k, _ := v.ref.(Kind); k {
	case KindByte, KindShort, KindInt, KindLong:
		return v.i64(), true
	}
	return 0, false
}

// Float64 returns the number that v is, if it is a Float or Double.
func (v Value) Float64() (float64, bool) {
	switch k, _ := v.ref.(Kind); k {
	case KindFloat, KindDouble:
		return math.Float64frombits(v.num), true
	}
	return 0, false
}

// f64 returns the number that v is known to be, a Float or a Double.
func (v Value) f64() float64 { return math.Float64frombits(v.num) }

// BigInt returns the BigInteger that v is, or nil. The caller must not change it.
func (v Value) BigInt() *big.Int { i, _ := v.ref.(*big.Int); return i }

// Decimal returns the BigDecimal that v is, or nil. The caller must not change it.
func (v Value) Decimal() *BigDecimal { d, _ := v.ref.(*BigDecimal); return d }

// List returns the list that v refers to, or nil.
func (v Value) List() *List { l, _ := v.ref.(*List); return l }

// Map returns the map that v refers to, or nil.
func (v Value) Map() *Map { m, _ := v.ref.(*Map); return m }

// Elements returns the elements of a collection: of a list, an array, or what keySet(), values() and entrySet() of a map return. It
// reports false for anything else.
func (v Value) Elements() ([]Value, bool) {
	switch v.ref.(type) {
	case *List, *mapView:
		return elementsOf(v), true
	}
	return nil, false
}

// Object returns the host's object that v refers to, or nil.
func (v Value) Object() Object { o, _ := v.ref.(Object); return o }

// is reports whether v is a scalar of kind k.
func (v Value) is(k Kind) bool { r, _ := v.ref.(Kind); return r == k && k != KindNull }
