package vtl

import (
	"cmp"
	"slices"
)

// The methods of Java that take a function. A template has no functions to give them, but it can give them null,
// and most of them throw then.

var functionTables = []classTable{
	{[]class{classList, classArray, classSet, classCollection}, []row{
		{"void forEach(Function)", withoutFunction},
		{"removeIf(Function)", withoutFunction},
	}},
	{[]class{classList, classArray}, []row{
		{"void replaceAll(Function)", withoutFunction},
		{"void sort(Function)", sortList},
	}},
	{[]class{classIterator}, []row{{"void forEachRemaining(Function)", withoutFunction}}},
	{[]class{classMap}, []row{
		{"void forEach(Function)", withoutFunction},
		{"void replaceAll(Function)", withoutFunction},
		{"compute(Object, Function)", withoutFunction},
		{"computeIfAbsent(Object, Function)", withoutFunction},
		{"computeIfPresent(Object, Function)", withoutFunction},
		{"merge(Object, Object, Function)", withoutFunction},
	}},
}

func withoutFunction(*run, Value, []Value) (Value, error) { return Null, errNull }

// sortList is sort(null), which sorts by the elements' own order.
func sortList(r *run, this Value, _ []Value) (Value, error) {
	if err := r.chargeElements(this); err != nil {
		return Null, err
	}
	l := this.List()
	items := slices.Clone(l.items())
	var failure error
	slices.SortStableFunc(items, func(x, y Value) int {
		if failure != nil {
			return 0
		}
		var order int
		order, failure = naturalOrder(x, y)
		return order
	})
	if failure != nil {
		return Null, failure
	}
	for i, v := range items {
		l.set(i, v)
	}
	l.mod++
	return Null, nil
}

// naturalOrder is x.compareTo(y), which only values of one class have.
func naturalOrder(x, y Value) (int, error) {
	if x.IsNull() || y.IsNull() {
		return 0, errNull
	}
	c := classOf(x)
	switch {
	case c != classOf(y) || c < classBoolean || c > classString:
		return 0, exception("ClassCastException", "class %s can't be compared to class %s", className(y), className(x))
	case c == classString:
		return int(compareStrings(x.str(), y.str())), nil
	case c == classBoolean || c == classCharacter:
		return cmp.Compare(x.i64(), y.i64()), nil
	case c == classFloat || c == classDouble:
		return compareFloats(x.f64(), y.f64()), nil
	}
	return compareNumbers(x, y), nil
}
