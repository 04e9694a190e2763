package jsonpath

import (
	"math"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// function computes the result of a function at v. args are the values of its arguments; paths of several
// values are arrays.
type function func(v jsonvalue.Value, args []jsonvalue.Value) (jsonvalue.Value, error)

var functions = map[string]function{
	"length": length,
	"size":   length,
	"keys":   keys,
	"concat": concat,
	"append": appendTo,
	"min":    aggregate(func(a, b float64) float64 { return min(a, b) }, nil),
	"max":    aggregate(func(a, b float64) float64 { return max(a, b) }, nil),
	"sum":    aggregate(add, nil),
	"avg":    aggregate(add, func(sum, _ float64, n int) float64 { return sum / float64(n) }),
	"stddev": aggregate(add, deviation),
	"first":  func(v jsonvalue.Value, _ []jsonvalue.Value) (jsonvalue.Value, error) { return pick(v, 0) },
	"last":   func(v jsonvalue.Value, _ []jsonvalue.Value) (jsonvalue.Value, error) { return pick(v, -1) },
	"index":  index,
}

// errOutOfRange is a position that an array doesn't have. Where the path came through an element
// of an array it only selects nothing.
var errOutOfRange = &EvalError{"the array has no element at this position"}

func (e *evaluator) function(i int, s *step, v jsonvalue.Value) error {
	switch {
	case s.call.function == nil:
		return &EvalError{"there is no function " + s.call.name}
	case e.locating:
		return errNoPlace
	}
	args, err := e.arguments(s.call, v)
	if err != nil {
		return err
	}
	result, err := s.call.function(v, args)
	if err != nil {
		return err
	}
	if !s.leaf {
		// json-path adds the result of a function that stands in the middle, too.
		if err := e.add(result); err != nil {
			return err
		}
	}
	return e.run(i+1, result)
}

// arguments evaluates the arguments of a function.
func (e *evaluator) arguments(c *call, v jsonvalue.Value) ([]jsonvalue.Value, error) {
	var args []jsonvalue.Value
	for n, a := range c.args {
		if a.bad {
			return nil, &EvalError{"an argument of " + c.name + " is no JSON"}
		}
		if a.path == nil {
			args = append(args, a.json)
			continue
		}
		found, err := a.path.evaluate(e.root, e.root, false)
		if err != nil {
			return nil, err
		}
		arg := found[max(len(found)-1, 0):]
		if !a.path.definite {
			arg = []jsonvalue.Value{arrayOf(found)}
		}
		if isLength(c.name) && n == 0 && !a.path.function {
			arg = []jsonvalue.Value{children(arg[0], a.path.definite)}
		}
		args = append(args, arg...)
	}
	return args, nil
}

func isLength(name string) bool { return name == "length" || name == "size" }

// children returns the values inside v, or inside the values that an indefinite path found, as an array: what length counts
// of a path.
func children(v jsonvalue.Value, definite bool) jsonvalue.Value {
	var b jsonvalue.Builder
	b.BeginArray()
	if definite {
		for i := range v.Len() {
			b.Value(v.At(i))
		}
	} else {
		for _, found := range v.Elements() {
			for i := range found.Len() {
				b.Value(found.At(i))
			}
		}
	}
	b.End()
	return b.Finish()
}

// build returns a document that is what add adds.
func build(add func(b *jsonvalue.Builder)) jsonvalue.Value {
	var b jsonvalue.Builder
	add(&b)
	return b.Finish()
}

func null() jsonvalue.Value { return build((*jsonvalue.Builder).Null) }

func length(v jsonvalue.Value, args []jsonvalue.Value) (jsonvalue.Value, error) {
	if len(args) > 0 && args[0].Kind() == jsonvalue.Array {
		v = args[0]
	}
	if v.Kind() != jsonvalue.Array && v.Kind() != jsonvalue.Object {
		return null(), nil
	}
	return build(func(b *jsonvalue.Builder) { b.Int(int64(v.Len())) }), nil
}

func keys(v jsonvalue.Value, _ []jsonvalue.Value) (jsonvalue.Value, error) {
	if v.Kind() != jsonvalue.Object {
		return null(), nil
	}
	return build(func(b *jsonvalue.Builder) {
		b.BeginArray()
		for name := range v.Members() {
			b.Str(name)
		}
		b.End()
	}), nil
}

// concat joins the strings of an array and whatever the arguments are.
func concat(v jsonvalue.Value, args []jsonvalue.Value) (jsonvalue.Value, error) {
	var text []byte
	for _, e := range v.Elements() {
		if e.Kind() == jsonvalue.String {
			text = append(text, e.Text()...)
		}
	}
	for _, arg := range args {
		if arg.Kind() != jsonvalue.Array {
			text = appendText(text, arg)
			continue
		}
		for _, e := range arg.Elements() {
			text = appendText(text, e)
		}
	}
	return build(func(b *jsonvalue.Builder) { b.Str(string(text)) }), nil
}

// appendText appends a value as text: strings as they are, null as nothing.
func appendText(dst []byte, v jsonvalue.Value) []byte {
	switch v.Kind() {
	case jsonvalue.Null:
		return dst
	case jsonvalue.String:
		return append(dst, v.Text()...)
	}
	return v.Append(dst, jsonvalue.Compact)
}

func appendTo(v jsonvalue.Value, args []jsonvalue.Value) (jsonvalue.Value, error) {
	if v.Kind() != jsonvalue.Array {
		return v, nil
	}
	return build(func(b *jsonvalue.Builder) {
		b.BeginArray()
		for _, e := range v.Elements() {
			b.Value(e)
		}
		for _, arg := range args {
			b.Value(arg)
		}
		b.End()
	}), nil
}

func add(a, b float64) float64 { return a + b }

func deviation(sum, squares float64, n int) float64 {
	count := float64(n)
	return math.Sqrt(squares/count - sum*sum/count/count)
}

// aggregate folds the numbers of an array and of the arguments. Its results are Java Doubles.
func aggregate(fold func(a, b float64) float64, finish func(folded, squares float64, n int) float64) function {
	return func(v jsonvalue.Value, args []jsonvalue.Value) (jsonvalue.Value, error) {
		n, result, squares := 0, 0.0, 0.0
		take := func(v jsonvalue.Value) {
			f, ok := v.Float64()
			if !ok {
				return
			}
			if n++; n == 1 {
				result = f
			} else {
				result = fold(result, f)
			}
			squares += f * f
		}
		for _, e := range v.Elements() {
			take(e)
		}
		for _, arg := range args {
			take(arg)
			for _, e := range arg.Elements() {
				take(e)
			}
		}
		if n == 0 {
			return jsonvalue.Value{}, &EvalError{"there are no numbers to compute with"}
		}
		if finish != nil {
			result = finish(result, squares, n)
		}
		return build(func(b *jsonvalue.Builder) { b.Float(result) }), nil
	}
}

// pick returns an element, counted from the end if i is negative.
func pick(v jsonvalue.Value, i int) (jsonvalue.Value, error) {
	if v.Kind() != jsonvalue.Array {
		return jsonvalue.Value{}, &EvalError{"there is no array to take an element from"}
	}
	if e := element(v, i); e.Exists() {
		return e, nil
	}
	if i >= 0 {
		return jsonvalue.Value{}, errOutOfRange
	}
	return jsonvalue.Value{}, &EvalError{"the array has not so many elements"}
}

func index(v jsonvalue.Value, args []jsonvalue.Value) (jsonvalue.Value, error) {
	for _, arg := range args {
		if f, ok := arg.Float64(); ok {
			return pick(v, int(f))
		}
		for _, e := range arg.Elements() {
			if f, ok := e.Float64(); ok {
				return pick(v, int(f))
			}
		}
	}
	return jsonvalue.Value{}, errOutOfRange
}
