package vtl

// mapRows are the methods of java.util.Map.
var mapRows = []row{
	{"size()", func(_ *run, this Value, _ []Value) (Value, error) { return size(this.Map().Len()), nil }},
	{"isEmpty()", func(_ *run, this Value, _ []Value) (Value, error) { return Bool(this.Map().Len() == 0), nil }},
	{"get(Object)", func(_ *run, this Value, args []Value) (Value, error) {
		v, _ := this.Map().get(args[0])
		return v, nil
	}},
	{"getOrDefault(Object, Object)", func(_ *run, this Value, args []Value) (Value, error) {
		if v, ok := this.Map().get(args[0]); ok {
			return v, nil
		}
		return args[1], nil
	}},
	{"containsKey(Object)", func(_ *run, this Value, args []Value) (Value, error) {
		_, ok := this.Map().get(args[0])
		return Bool(ok), nil
	}},
	{"containsValue(Object)", func(r *run, this Value, args []Value) (Value, error) {
		view := &mapView{this.Map(), viewValues}
		return Bool(view.contains(args[0])), r.chargeElements(this)
	}},
	{"put(Object, Object)", func(r *run, this Value, args []Value) (Value, error) {
		r.charge(r.callPos, entryBytes)
		return this.Map().put(args[0], args[1]), nil
	}},
	{"putIfAbsent(Object, Object)", func(r *run, this Value, args []Value) (Value, error) {
		m := this.Map()
		if old, _ := m.get(args[0]); !old.IsNull() {
			return old, nil
		}
		r.charge(r.callPos, entryBytes)
		return m.put(args[0], args[1]), nil
	}},
	{"void putAll(Map)", func(r *run, this Value, args []Value) (Value, error) {
		from := args[0].Map()
		if from == nil {
			return Null, errNull
		}
		if from == this.Map() {
			return Null, nil
		}
		r.charge(r.callPos, entryBytes*from.Len())
		for k, v := range from.All() {
			this.Map().put(k, v)
		}
		return Null, nil
	}},
	{"remove(Object)", func(_ *run, this Value, args []Value) (Value, error) {
		old, _ := this.Map().remove(args[0])
		return old, nil
	}},
	{"remove(Object, Object)", func(_ *run, this Value, args []Value) (Value, error) {
		m := this.Map()
		old, ok := m.get(args[0])
		if !ok || !equal(old, args[1]) {
			return Bool(false), nil
		}
		m.remove(args[0])
		return Bool(true), nil
	}},
	{"replace(Object, Object)", func(_ *run, this Value, args []Value) (Value, error) {
		m := this.Map()
		if _, ok := m.get(args[0]); !ok {
			return Null, nil
		}
		return m.put(args[0], args[1]), nil
	}},
	{"replace(Object, Object, Object)", func(_ *run, this Value, args []Value) (Value, error) {
		m := this.Map()
		old, ok := m.get(args[0])
		if !ok || !equal(old, args[1]) {
			return Bool(false), nil
		}
		m.put(args[0], args[2])
		return Bool(true), nil
	}},
	{"void clear()", func(_ *run, this Value, _ []Value) (Value, error) {
		this.Map().reset()
		return Null, nil
	}},
	{"keySet()", mapViewOf(viewKeys)},
	{"values()", mapViewOf(viewValues)},
	{"entrySet()", mapViewOf(viewEntries)},
	{"clone()", func(r *run, this Value, _ []Value) (Value, error) {
		m := this.Map()
		c := NewMap(m.class, m.Len())
		if !r.charge(r.callPos, entryBytes*m.Len()) {
			return Null, r.err
		}
		for k, v := range m.All() {
			c.put(k, v)
		}
		return MapOf(c), nil
	}},
}

func mapViewOf(part viewPart) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, this Value, _ []Value) (Value, error) {
		return builtin(&mapView{this.Map(), part}), nil
	}
}
