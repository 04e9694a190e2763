package vtl

var collectionTables = []classTable{
	{[]class{classList, classArray, classSet, classCollection}, collectionRows},
	{[]class{classList, classArray}, listRows},
	{[]class{classMap}, mapRows},
	{[]class{classEntry}, []row{
		{"getKey()", func(_ *run, this Value, _ []Value) (Value, error) { return this.ref.(*entry).key(), nil }},
		{"getValue()", func(_ *run, this Value, _ []Value) (Value, error) { return this.ref.(*entry).value(), nil }},
		{"setValue(Object)", func(_ *run, this Value, args []Value) (Value, error) {
			return this.ref.(*entry).setValue(args[0]), nil
		}},
	}},
	{[]class{classIterator}, []row{
		{"hasNext()", func(_ *run, this Value, _ []Value) (Value, error) {
			return Bool(this.ref.(*iterator).hasNext()), nil
		}},
		{"next()", func(_ *run, this Value, _ []Value) (Value, error) { return this.ref.(*iterator).next() }},
		{"void remove()", func(_ *run, this Value, _ []Value) (Value, error) {
			return Null, this.ref.(*iterator).remove()
		}},
	}},
	{[]class{classLoop}, []row{
		{"getIndex()", loopGetter("index")}, {"getCount()", loopGetter("count")},
		{"hasNext()", loopGetter("hasNext")}, {"getHasNext()", loopGetter("hasNext")},
		{"isFirst()", loopGetter("first")}, {"isLast()", loopGetter("last")},
		{"getFirst()", loopGetter("first")}, {"getLast()", loopGetter("last")},
		{"getParent()", loopGetter("parent")}, {"getTopmost()", loopGetter("topmost")},
		{"getReplaced()", loopGetter("replaced")}, {"getInfo()", loopGetter("info")},
		{"size()", func(_ *run, this Value, _ []Value) (Value, error) {
			return size(this.ref.(*loop).custom().Len()), nil
		}},
		{"get(Object)", func(_ *run, this Value, args []Value) (Value, error) {
			v, _ := this.ref.(*loop).custom().get(args[0])
			return v, nil
		}},
		{"put(Object, Object)", func(_ *run, this Value, args []Value) (Value, error) {
			return this.ref.(*loop).custom().put(args[0], args[1]), nil
		}},
		{"keySet()", func(_ *run, this Value, _ []Value) (Value, error) {
			return builtin(&mapView{this.ref.(*loop).custom(), viewKeys}), nil
		}},
	}},
	{[]class{classLoopInfo}, []row{
		{"getName()", func(*run, Value, []Value) (Value, error) { return String("foreach"), nil }},
		{"getType()", func(*run, Value, []Value) (Value, error) { return String("block"), nil }},
		{"getLine()", func(_ *run, this Value, _ []Value) (Value, error) {
			return size(this.ref.(*loopInfo).l.f.pos.Line), nil
		}},
		{"getColumn()", func(_ *run, this Value, _ []Value) (Value, error) {
			return size(this.ref.(*loopInfo).l.f.pos.Col), nil
		}},
		{"getTemplate()", func(r *run, _ Value, _ []Value) (Value, error) { return String(r.t.name), nil }},
		{"getDepth()", func(_ *run, this Value, _ []Value) (Value, error) {
			n := 0
			for l := this.ref.(*loopInfo).l; l != nil; l = l.parent {
				n++
			}
			return size(n), nil
		}},
	}},
}

func loopGetter(name string) callFunc {
	return func(_ *run, this Value, _ []Value) (Value, error) {
		v, _ := this.ref.(*loop).property(name)
		return v, nil
	}
}

func (e *entry) setValue(v Value) Value {
	old := e.value()
	if _, ok := e.m.get(e.k); ok {
		e.m.put(e.k, v)
	}
	e.v = v
	return old
}

// remove removes the element that next returned last.
func (it *iterator) remove() error {
	if it.last < 0 {
		return exception("IllegalStateException", "nothing to remove")
	}
	switch {
	case it.list != nil:
		if !it.list.canGrow() {
			return errUnsupported
		}
		it.list.cut(it.last, it.last+1)
		it.pos = it.last
		it.mod = it.list.mod
	case it.view != nil:
		m := it.view.m
		m.removeEntry(it.last)
		it.mod = m.mod
	default:
		return errUnsupported
	}
	it.last = -1
	return nil
}

// sizeOf is size(), for what has it.
func sizeOf(v Value) (int, bool) {
	switch x := v.ref.(type) {
	case *List:
		return x.Len(), true
	case *Map:
		return x.Len(), true
	case *mapView:
		return x.m.Len(), true
	case *loop:
		return x.custom().Len(), true
	}
	return 0, false
}

// elementsOf returns the elements of a collection.
func elementsOf(v Value) []Value {
	switch x := v.ref.(type) {
	case *List:
		return x.items()
	case *mapView:
		elems := make([]Value, 0, x.m.Len())
		for e := range x.all() {
			elems = append(elems, e)
		}
		return elems
	}
	return nil
}

func contains(v, x Value) bool {
	if view, ok := v.ref.(*mapView); ok {
		return view.contains(x)
	}
	return indexOf(elementsOf(v), x) >= 0
}

func indexOf(elems []Value, x Value) int {
	for i, e := range elems {
		if equal(x, e) {
			return i
		}
	}
	return -1
}

// collectionRows are the methods of java.util.Collection.
var collectionRows = []row{
	{"size()", func(_ *run, this Value, _ []Value) (Value, error) {
		n, _ := sizeOf(this)
		return size(n), nil
	}},
	{"isEmpty()", func(_ *run, this Value, _ []Value) (Value, error) {
		n, _ := sizeOf(this)
		return Bool(n == 0), nil
	}},
	{"contains(Object)", func(r *run, this Value, args []Value) (Value, error) {
		if err := r.chargeElements(this); err != nil {
			return Null, err
		}
		return Bool(contains(this, args[0])), nil
	}},
	{"containsAll(Collection)", func(r *run, this Value, args []Value) (Value, error) {
		for _, x := range elementsOf(args[0]) {
			if err := r.chargeElements(this); err != nil {
				return Null, err
			}
			if !contains(this, x) {
				return Bool(false), nil
			}
		}
		return Bool(true), needed(args[0])
	}},
	{"iterator()", func(_ *run, this Value, _ []Value) (Value, error) {
		it := new(iterator)
		it.over(this)
		return builtin(it), nil
	}},
	{"toArray()", func(r *run, this Value, _ []Value) (Value, error) {
		return r.newList(objectArray, elementsOf(this))
	}},
	{"add(Object)", func(r *run, this Value, args []Value) (Value, error) {
		l := this.List()
		if l == nil || !l.canGrow() {
			return Null, errUnsupported
		}
		r.charge(r.callPos, elementBytes)
		l.insert(l.Len(), args[0])
		return Bool(true), nil
	}},
	{"addAll(Collection)", func(r *run, this Value, args []Value) (Value, error) {
		return addAll(r, this, -1, args[0])
	}},
	{"remove(Object)", func(r *run, this Value, args []Value) (Value, error) {
		if err := r.chargeElements(this); err != nil {
			return Null, err
		}
		return removeElement(this, args[0])
	}},
	{"removeAll(Collection)", func(r *run, this Value, args []Value) (Value, error) {
		return removeWhere(r, this, func(x Value) bool { return contains(args[0], x) })
	}},
	{"retainAll(Collection)", func(r *run, this Value, args []Value) (Value, error) {
		return removeWhere(r, this, func(x Value) bool { return !contains(args[0], x) })
	}},
	{"void clear()", func(_ *run, this Value, _ []Value) (Value, error) {
		if v, ok := this.ref.(*mapView); ok {
			v.m.reset()
			return Null, nil
		}
		l := this.List()
		if !l.canGrow() {
			return Null, errUnsupported
		}
		l.cut(0, l.Len())
		return Null, nil
	}},
}

// chargeElements counts a walk over a collection as steps.
func (r *run) chargeElements(v Value) error {
	n, _ := sizeOf(v)
	r.steps -= n / 8
	if r.steps < 0 {
		return limitError("steps", r.t.limits.Steps)
	}
	return nil
}

// newList returns a new list with copies of the elements.
func (r *run) newList(c ListClass, elems []Value) (Value, error) {
	if !r.charge(r.callPos, elementBytes*len(elems)) {
		return Null, r.err
	}
	return ListOf(NewList(c, append([]Value(nil), elems...))), nil
}

// canGrow reports whether elements can be added and removed.
func (l *List) canGrow() bool {
	return l.class == ArrayList || l.class == JSONArray || l.class == subList
}

// replace is set(i, v) without its result.
func (l *List) replace(i int, v Value) error {
	if n := l.Len(); i < 0 || i >= n {
		return errIndex(i, n)
	}
	if l.class == stringArray && v.Kind() != KindString || l.class == charArray || l.class == byteArray {
		return exception("IllegalArgumentException", "the array can't hold a %s", className(v))
	}
	l.set(i, v)
	return nil
}

func addAll(r *run, this Value, at int, from Value) (Value, error) {
	l := this.List()
	if err := needed(from); err != nil {
		return Null, err
	}
	elems := elementsOf(from)
	if l == nil || !l.canGrow() {
		if len(elems) == 0 {
			return Bool(false), nil
		}
		return Null, errUnsupported
	}
	n := l.Len()
	if at < 0 {
		at = n
	}
	if at > n {
		return Null, errIndex(at, n)
	}
	if !r.charge(r.callPos, elementBytes*len(elems)) {
		return Null, r.err
	}
	l.insert(at, append([]Value(nil), elems...)...)
	return Bool(len(elems) > 0), nil
}

func removeElement(this, x Value) (Value, error) {
	if l := this.List(); l != nil {
		i := indexOf(l.items(), x)
		if i < 0 {
			return Bool(false), nil
		}
		if !l.canGrow() {
			return Null, errUnsupported
		}
		l.cut(i, i+1)
		return Bool(true), nil
	}
	v, ok := this.ref.(*mapView)
	if !ok || !v.contains(x) {
		return Bool(false), nil
	}
	switch v.part {
	case viewKeys:
		v.m.remove(x)
	case viewEntries:
		v.m.remove(x.ref.(*entry).key())
	default:
		for key, value := range v.m.All() {
			if equal(value, x) {
				v.m.remove(key)
				break
			}
		}
	}
	return Bool(true), nil
}

// removeWhere removes the elements for which drop is true.
func removeWhere(r *run, this Value, drop func(Value) bool) (Value, error) {
	if err := r.chargeElements(this); err != nil {
		return Null, err
	}
	changed := false
	if l := this.List(); l != nil {
		for i := l.Len() - 1; i >= 0; i-- {
			r.steps--
			if drop(l.items()[i]) {
				if !l.canGrow() {
					return Null, errUnsupported
				}
				l.cut(i, i+1)
				changed = true
			}
		}
		return Bool(changed), nil
	}
	for _, x := range elementsOf(this) {
		r.steps--
		if drop(x) {
			removed, err := removeElement(this, x)
			if err != nil {
				return Null, err
			}
			changed = removed.num != 0 || changed
		}
	}
	return Bool(changed), nil
}

// listRows are the methods of java.util.List and ArrayList.
var listRows = []row{
	{"get(int)", func(_ *run, this Value, args []Value) (Value, error) {
		items, i := this.List().items(), int(args[0].i64())
		if i < 0 || i >= len(items) {
			return Null, errIndex(i, len(items))
		}
		return items[i], nil
	}},
	{"set(int, Object)", func(_ *run, this Value, args []Value) (Value, error) {
		l, i := this.List(), int(args[0].i64())
		old := Null
		if i >= 0 && i < l.Len() {
			old = l.At(i)
		}
		return old, l.replace(i, args[1])
	}},
	{"void add(int, Object)", func(r *run, this Value, args []Value) (Value, error) {
		l, i := this.List(), int(args[0].i64())
		if !l.canGrow() {
			return Null, errUnsupported
		}
		if n := l.Len(); i < 0 || i > n {
			return Null, errIndex(i, n)
		}
		if err := r.chargeElements(this); err != nil {
			return Null, err
		}
		r.charge(r.callPos, elementBytes)
		l.insert(i, args[1])
		return Null, nil
	}},
	{"addAll(int, Collection)", func(r *run, this Value, args []Value) (Value, error) {
		if args[0].i64() < 0 {
			return Null, errIndex(int(args[0].i64()), this.List().Len())
		}
		return addAll(r, this, int(args[0].i64()), args[1])
	}},
	{"remove(int)", func(r *run, this Value, args []Value) (Value, error) {
		l, i := this.List(), int(args[0].i64())
		if !l.canGrow() {
			return Null, errUnsupported
		}
		if n := l.Len(); i < 0 || i >= n {
			return Null, errIndex(i, n)
		}
		if err := r.chargeElements(this); err != nil {
			return Null, err
		}
		old := l.At(i)
		l.cut(i, i+1)
		return old, nil
	}},
	{"indexOf(Object)", func(r *run, this Value, args []Value) (Value, error) {
		return size(indexOf(this.List().items(), args[0])), r.chargeElements(this)
	}},
	{"lastIndexOf(Object)", func(r *run, this Value, args []Value) (Value, error) {
		items := this.List().items()
		i := len(items) - 1
		for i >= 0 && !equal(args[0], items[i]) {
			i--
		}
		return size(i), r.chargeElements(this)
	}},
	{"subList(int, int)", func(_ *run, this Value, args []Value) (Value, error) {
		l, from, to := this.List(), int(args[0].i64()), int(args[1].i64())
		switch n := l.Len(); {
		case from < 0:
			return Null, exception("IndexOutOfBoundsException", "fromIndex = %d", from)
		case to > n:
			return Null, exception("IndexOutOfBoundsException", "toIndex = %d", to)
		case from > to:
			return Null, exception("IllegalArgumentException", "fromIndex(%d) > toIndex(%d)", from, to)
		}
		return ListOf(&List{class: subList, parent: l, offset: from, length: to - from}), nil
	}},
	{"clone()", func(r *run, this Value, _ []Value) (Value, error) {
		return r.newList(this.List().class, this.List().items())
	}},
	{"void ensureCapacity(int)", func(*run, Value, []Value) (Value, error) { return Null, nil }},
	{"void trimToSize()", func(*run, Value, []Value) (Value, error) { return Null, nil }},
	{"listIterator()", func(_ *run, this Value, _ []Value) (Value, error) {
		it := new(iterator)
		it.over(this)
		return builtin(it), nil
	}},
	{"toJSONString()", jsonArrayOnly(func(r *run, this Value, _ []Value) (Value, error) {
		return String(r.text(r.callPos, this)), nil
	})},
	{"appendElement(Object)", jsonArrayOnly(func(r *run, this Value, args []Value) (Value, error) {
		r.charge(r.callPos, elementBytes)
		this.List().insert(this.List().Len(), args[0])
		return this, nil
	})},
}

// jsonArrayOnly is a method that of all lists only a JSONArray has; of the others the call has no value.
func jsonArrayOnly(call func(*run, Value, []Value) (Value, error)) func(*run, Value, []Value) (Value, error) {
	return func(r *run, this Value, args []Value) (Value, error) {
		if this.List().class != JSONArray {
			return Null, nil
		}
		return call(r, this, args)
	}
}
