package vtl

import "math/big"

// walk goes through values that may hold each other, in circles even. What it may visit is
// bounded; a comparison that runs out of it says "not equal" and leaves left negative.
type walk struct{ left, depth int }

const (
	walkSteps = 1 << 20
	walkDepth = 256
)

func newWalk() walk { return walk{left: walkSteps} }

func (w *walk) enter() bool {
	w.left--
	w.depth++
	if w.depth > walkDepth {
		w.left = -1
	}
	return w.left >= 0
}

// equal is Java's equals.
func equal(a, b Value) bool {
	w := newWalk()
	return w.equal(a, b)
}

func (w *walk) equal(a, b Value) bool {
	switch x := a.ref.(type) {
	case nil:
		return b.ref == nil
	case Kind:
		y, _ := b.ref.(Kind)
		return x == y && a.num == b.num
	case stringData:
		y, ok := b.Text()
		return ok && a.str() == y
	case *big.Int:
		y := b.BigInt()
		return y != nil && x.Cmp(y) == 0
	case *BigDecimal:
		y := b.Decimal()
		return y != nil && x.Scale == y.Scale && x.Unscaled.Cmp(y.Unscaled) == 0
	case *List:
		y := b.List()
		return y != nil && w.equalLists(x, y)
	case *Map:
		y := b.Map()
		return y != nil && w.equalMaps(x, y)
	case *entry:
		y, ok := b.ref.(*entry)
		return ok && w.equal(x.key(), y.key()) && w.equal(x.value(), y.value())
	case *mapView:
		y, ok := b.ref.(*mapView)
		return ok && (x == y || x.isSet() && y.isSet() && w.equalSets(x, y))
	case *classObject:
		y, ok := b.ref.(*classObject)
		return ok && x.name == y.name
	}
	return a.ref == b.ref
}

func (w *walk) equalLists(x, y *List) bool {
	if x == y {
		return true
	}
	if x.isArray() || y.isArray() || !w.enter() {
		return false
	}
	defer func() { w.depth-- }()
	a, b := x.items(), y.items()
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		w.left--
		if w.left < 0 || !w.equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (w *walk) equalMaps(x, y *Map) bool {
	if x == y {
		return true
	}
	if !w.enter() {
		return false
	}
	defer func() { w.depth-- }()
	if x.Len() != y.Len() {
		return false
	}
	for k, v := range x.All() {
		w.left--
		other, ok := y.get(k)
		if !ok || w.left < 0 || !w.equal(v, other) {
			return false
		}
	}
	return true
}

func (w *walk) equalSets(x, y *mapView) bool {
	if x.m.Len() != y.m.Len() || !w.enter() {
		return false
	}
	defer func() { w.depth-- }()
	for v := range x.all() {
		w.left--
		if w.left < 0 || !y.contains(v) {
			return false
		}
	}
	return true
}

// hashCode is Java's hashCode. Objects that Java hashes by identity have 0.
func hashCode(v Value) int32 {
	w := newWalk()
	return w.hash(v)
}

func (w *walk) hash(v Value) int32 {
	switch x := v.ref.(type) {
	case Kind:
		return hashScalar(x, v)
	case stringData:
		return hashString(v.str())
	case *big.Int:
		return hashBig(x)
	case *BigDecimal:
		return 31*hashBig(x.Unscaled) + x.Scale
	case *List:
		return w.hashList(x)
	case *Map:
		return w.hashMap(x)
	case *entry:
		return w.hash(x.key()) ^ w.hash(x.value())
	case *mapView:
		if x.isSet() && w.enter() {
			var h int32
			for e := range x.all() {
				h += w.hash(e)
			}
			w.depth--
			return h
		}
	}
	return 0
}

func hashScalar(k Kind, v Value) int32 {
	switch k {
	case KindBool:
		if v.num != 0 {
			return 1231
		}
		return 1237
	case KindLong, KindDouble:
		return int32(v.num ^ v.num>>32)
	case KindFloat:
		return int32(float32Bits(v.f64()))
	}
	return int32(v.num)
}

// hashBig is BigInteger's: over the magnitude in words of 32 bits, highest first.
func hashBig(i *big.Int) int32 {
	var h int32
	b := i.Bytes()
	for len(b) > 0 {
		n := len(b) % 4
		if n == 0 {
			n = 4
		}
		var word uint32
		for _, c := range b[:n] {
			word = word<<8 | uint32(c)
		}
		h = 31*h + int32(word)
		b = b[n:]
	}
	if i.Sign() < 0 {
		return -h
	}
	return h
}

func (w *walk) hashList(l *List) int32 {
	if l.isArray() || !w.enter() {
		return 0
	}
	h := int32(1)
	for _, v := range l.items() {
		w.left--
		if w.left < 0 {
			return 0
		}
		h = 31*h + w.hash(v)
	}
	w.depth--
	return h
}

func (w *walk) hashMap(m *Map) int32 {
	if !w.enter() {
		return 0
	}
	var h int32
	for k, v := range m.All() {
		w.left--
		if w.left < 0 {
			return 0
		}
		h += w.hash(k) ^ w.hash(v)
	}
	w.depth--
	return h
}
