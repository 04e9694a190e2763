package jsonpath

import "github.com/sluice-gateway/sluice/jsonvalue"

// evaluator walks a document along a path. Each step hands every value that it leads to to the next one.
type evaluator struct {
	path  *Path
	root  jsonvalue.Value // of the whole document
	found []jsonvalue.Value

	// require makes a missing member an error even where it would only select nothing: so filters ask
	// whether a path exists.
	require bool

	// arrayIndex is the last array position at which a scan entered the last step, -1 at first. See leafAllowed.
	arrayIndex int

	// With locating set, place is the way to the value at hand, and places has the ways to those found.
	locating bool
	place    Location
	places   []Location
}

// evaluate returns what the path, which stands in a filter or is an argument, selects in doc.
func (p *Path) evaluate(doc, root jsonvalue.Value, require bool) ([]jsonvalue.Value, error) {
	if p.simple {
		v, err := p.walk(doc)
		if err != nil {
			return nil, err
		}
		return []jsonvalue.Value{v}, nil
	}
	e := evaluator{path: p, root: root, arrayIndex: -1, require: require}
	if err := e.run(0, doc); err != nil {
		return nil, err
	}
	if p.definite && len(e.found) == 0 {
		return nil, ErrNotFound
	}
	return e.found, nil
}

// run evaluates the steps from i on at v.
func (e *evaluator) run(i int, v jsonvalue.Value) error {
	if i == len(e.path.steps) {
		return e.add(v)
	}
	s := &e.path.steps[i]
	switch s.kind {
	case stepMember:
		return e.member(i, s, v)
	case stepMembers:
		return e.members(i, s, v)
	case stepWildcard:
		return e.wildcard(i, s, v)
	case stepFilter:
		return e.filter(i, s, v)
	case stepScan:
		if s.leaf {
			return &EvalError{"a path must not end with a scan"}
		}
		return e.scan(i+1, v)
	case stepFunction:
		return e.function(i, s, v)
	}
	return e.elements(i, s, v)
}

// add adds a result.
func (e *evaluator) add(v jsonvalue.Value) error {
	e.found = append(e.found, v)
	if e.locating {
		e.places = append(e.places, append(Location(nil), e.place...))
	}
	return nil
}

// down runs the steps from i on at v, a child of the value at hand.
func (e *evaluator) down(i int, v jsonvalue.Value, name string, index int) error {
	if !e.locating {
		return e.run(i, v)
	}
	e.place = append(e.place, Step{Name: name, Index: index})
	err := e.run(i, v)
	e.place = e.place[:len(e.place)-1]
	return err
}

func (e *evaluator) member(i int, s *step, v jsonvalue.Value) error {
	if v.Kind() != jsonvalue.Object {
		return e.missing(s.definite)
	}
	child := v.Get(s.name)
	if !child.Exists() {
		return e.missing(s.definite || e.require)
	}
	if s.leaf && !e.leafAllowed() {
		return nil
	}
	return e.down(i+1, child, s.name, -1)
}

// missing is the end of a way. It is an error where the path is definite so far.
func (e *evaluator) missing(isError bool) error {
	if isError {
		return ErrNotFound
	}
	return nil
}

// leafAllowed reports whether the members that the last step leads to count. After a scan had the last step entered
// from the elements of an array, they count only if it is at the element that the step before the last names.
//
// json-path 2.7 and later lose results that way: $..*.name finds nothing below arrays. Kept, as templates can see it.
func (e *evaluator) leafAllowed() bool {
	if e.arrayIndex < 0 {
		return true
	}
	steps := e.path.steps
	if len(steps) < 2 {
		return true
	}
	before := &steps[len(steps)-2]
	return before.kind == stepElement && before.index == e.arrayIndex
}

func (e *evaluator) members(i int, s *step, v jsonvalue.Value) error {
	if v.Kind() != jsonvalue.Object {
		return e.missing(s.definite)
	}
	if s.leaf {
		return e.merge(s, v)
	}
	for _, name := range s.names {
		child := v.Get(name)
		if !child.Exists() {
			if e.require {
				return ErrNotFound
			}
			continue
		}
		if err := e.down(i+1, child, name, -1); err != nil {
			return err
		}
	}
	return nil
}

// merge makes an object of several members.
func (e *evaluator) merge(s *step, v jsonvalue.Value) error {
	if e.locating {
		return errNoPlace
	}
	var b jsonvalue.Builder
	b.BeginObject()
	for _, name := range s.names {
		if child := v.Get(name); child.Exists() {
			b.Key(name)
			b.Value(child)
		} else if e.require {
			return ErrNotFound
		}
	}
	b.End()
	return e.add(b.Finish())
}

var errNoPlace = &EvalError{"what the path makes has no place in the document"}

// elements evaluates the steps with numbers.
func (e *evaluator) elements(i int, s *step, v jsonvalue.Value) error {
	if v.Kind() != jsonvalue.Array {
		return e.missing(s.definite)
	}
	switch s.kind {
	case stepElement:
		return e.element(i, v, s.index)
	case stepElements:
		for _, n := range s.list {
			if err := e.element(i, v, n); err != nil {
				return err
			}
		}
		return nil
	}
	from, to := s.slice.bounds(v.Len())
	for n := from; n < to; n++ {
		if err := e.element(i, v, n); err != nil {
			return err
		}
	}
	return nil
}

// bounds returns where the slice of an array of that length begins and ends. With both ends given, a negative
// beginning is not counted from the array's end: [-4:1] goes on over the array's end from -1 to 0.
func (s slice) bounds(length int) (from, to int) {
	from, to = 0, length
	switch {
	case s.hasFrom && s.hasTo:
		return max(s.from, -length), min(s.to, length)
	case s.hasFrom:
		if from = s.from; from < 0 {
			from = max(from+length, 0)
		}
	default:
		if to = s.to; to < 0 {
			to += length
		}
		to = min(to, length)
	}
	return from, to
}

// element goes on at the element n of the array v, if there is one.
func (e *evaluator) element(i int, v jsonvalue.Value, n int) error {
	if n < 0 {
		n += v.Len()
	}
	child := v.At(n)
	if !child.Exists() {
		return nil
	}
	err := e.down(i+1, child, "", n)
	if err == errOutOfRange {
		return nil
	}
	return err
}

func (e *evaluator) wildcard(i int, s *step, v jsonvalue.Value) error {
	switch v.Kind() {
	case jsonvalue.Object:
		for n := range v.Len() {
			if s.leaf && !e.leafAllowed() {
				continue
			}
			if err := e.tolerate(e.down(i+1, v.At(n), v.Key(n), -1)); err != nil {
				return err
			}
		}
	case jsonvalue.Array:
		for n := range v.Len() {
			if err := e.tolerate(e.element(i, v, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tolerate drops the error of a child that is not there.
func (e *evaluator) tolerate(err error) error {
	if err == ErrNotFound && !e.require {
		return nil
	}
	return err
}

func (e *evaluator) filter(i int, s *step, v jsonvalue.Value) error {
	c := filterContext{item: v, root: e.root}
	switch v.Kind() {
	case jsonvalue.Object:
		if ok, err := passes(s.filter, &c); !ok || err != nil {
			return err
		}
		return e.run(i+1, v)
	case jsonvalue.Array:
		for n := range v.Len() {
			c.item = v.At(n)
			ok, err := passes(s.filter, &c)
			if err == nil && ok {
				err = e.element(i, v, n)
			}
			if err != nil {
				return err
			}
		}
	default:
		if s.definite {
			return &EvalError{"a filter is for arrays and objects"}
		}
	}
	return nil
}

// scan evaluates the steps from i on at v and at everything below it.
func (e *evaluator) scan(i int, v jsonvalue.Value) error {
	s := &e.path.steps[i]
	if v.Len() == 0 && v.Kind() != jsonvalue.Object && v.Kind() != jsonvalue.Array {
		return nil
	}
	enters, err := e.scanEnters(s, v)
	if err != nil {
		return err
	}
	if enters {
		if v.Kind() == jsonvalue.Object || s.leaf {
			err = e.run(i, v)
		} else {
			err = e.enterElements(i+1, v)
		}
		if err != nil {
			return err
		}
	}
	object := v.Kind() == jsonvalue.Object
	for n := range v.Len() {
		if e.locating {
			step := Step{Index: n}
			if object {
				step = Step{Name: v.Key(n), Index: -1}
			}
			e.place = append(e.place, step)
		}
		err := e.scan(i, v.At(n))
		if e.locating {
			e.place = e.place[:len(e.place)-1]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scanEnters reports whether the step after a scan is evaluated at v at all.
func (e *evaluator) scanEnters(s *step, v jsonvalue.Value) (bool, error) {
	switch s.kind {
	case stepWildcard:
		return true, nil
	case stepMember:
		return v.Find(s.name) >= 0, nil
	case stepMembers:
		if v.Kind() != jsonvalue.Object || !s.leaf {
			return v.Kind() == jsonvalue.Object, nil
		}
		for _, name := range s.names {
			if v.Find(name) < 0 {
				return false, nil
			}
		}
		return true, nil
	case stepElement, stepElements, stepSlice:
		return v.Kind() == jsonvalue.Array, nil
	case stepFilter:
		return passes(s.filter, &filterContext{item: v, root: e.root})
	}
	return false, nil
}

// enterElements runs the steps from i on, which follow the one after a scan, at each element of an array. That the
// step itself is not asked which elements it means is json-path's way; see leafAllowed.
func (e *evaluator) enterElements(i int, v jsonvalue.Value) error {
	for n := range v.Len() {
		if i == len(e.path.steps)-1 {
			e.arrayIndex = n
		}
		if err := e.down(i, v.At(n), "", n); err != nil {
			return err
		}
	}
	return nil
}
