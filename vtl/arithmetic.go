package vtl

import (
	"math"
	"math/big"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// This file is Velocity's arithmetic: integers grow from Integer to Long to BigInteger when they must and
// never shrink again; one Float, Double or BigDecimal makes the result one. Division by zero has no result.

// isNumber reports whether v is a java.lang.Number.
func (v Value) isNumber() bool {
	switch k := v.Kind(); {
	case k >= KindByte && k <= KindBigDecimal:
		return true
	}
	return false
}

// asInt returns the int that v can be passed as.
func (v Value) asInt() (int, bool) {
	switch k, _ := v.ref.(Kind); k {
	case KindByte, KindShort, KindInt:
		return int(v.i64()), true
	}
	return 0, false
}

// int64Value is Number.longValue.
func (v Value) int64Value() int64 {
	switch k := v.Kind(); k {
	case KindFloat, KindDouble:
		return truncate(v.f64(), math.MinInt64, math.MaxInt64)
	case KindBigInt:
		return lowBits(v.BigInt())
	case KindBigDecimal:
		return lowBits(v.Decimal().whole())
	}
	return v.i64()
}

// int32 is Number.intValue.
func (v Value) int32() int32 {
	if k := v.Kind(); k == KindFloat || k == KindDouble {
		return int32(truncate(v.f64(), math.MinInt32, math.MaxInt32))
	}
	return int32(v.int64Value())
}

// float is Number.doubleValue.
func (v Value) float() float64 {
	switch k := v.Kind(); k {
	case KindFloat, KindDouble:
		return v.f64()
	case KindBigInt:
		f, _ := new(big.Float).SetInt(v.BigInt()).Float64()
		return f
	case KindBigDecimal:
		return v.Decimal().float()
	}
	return float64(v.i64())
}

// truncate is Java's narrowing of a double.
func truncate(f float64, lowest, highest int64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f <= float64(lowest):
		return lowest
	case f >= float64(highest):
		return highest
	}
	return int64(f)
}

// lowBits returns the low 64 bits.
func lowBits(i *big.Int) int64 {
	if i.IsInt64() {
		return i.Int64()
	}
	low := new(big.Int).And(i, new(big.Int).SetUint64(math.MaxUint64))
	return int64(low.Uint64())
}

// whole returns the number without its fraction.
func (d *BigDecimal) whole() *big.Int {
	if d.Scale <= 0 {
		return new(big.Int).Mul(d.Unscaled, pow10(-d.Scale))
	}
	return new(big.Int).Quo(d.Unscaled, pow10(d.Scale))
}

func pow10(n int32) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(min(max(n, 0), maxBits))), nil)
}

// bigInt returns an integer of any kind as a big one.
func (v Value) bigInt() *big.Int {
	if i := v.BigInt(); i != nil {
		return i
	}
	return big.NewInt(v.i64())
}

// decimal returns a number as a BigDecimal; a Float or Double exactly as its bits are.
func (v Value) decimal() *BigDecimal {
	switch k := v.Kind(); k {
	case KindBigDecimal:
		return v.Decimal()
	case KindFloat, KindDouble:
		return exactDecimal(v.f64())
	}
	return &BigDecimal{Unscaled: v.bigInt()}
}

// exactDecimal returns the decimal that f is, digit for digit; 0 for what is no number.
func exactDecimal(f float64) *BigDecimal {
	r := new(big.Rat)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return &BigDecimal{Unscaled: new(big.Int)}
	}
	r.SetFloat64(f)
	// The denominator is a power of two; as many fives make it one of ten.
	scale := int64(r.Denom().BitLen() - 1)
	unscaled := new(big.Int).Mul(r.Num(), new(big.Int).Exp(big.NewInt(5), big.NewInt(scale), nil))
	return &BigDecimal{Unscaled: unscaled, Scale: int32(scale)}
}

func isInteger(k Kind) bool { return k >= KindByte && k <= KindLong || k == KindBigInt }

// compareNumbers compares numbers of any kinds.
func compareNumbers(x, y Value) int {
	a, b := x.Kind(), y.Kind()
	switch {
	case isInteger(a) && isInteger(b):
		if a == KindBigInt || b == KindBigInt {
			return x.bigInt().Cmp(y.bigInt())
		}
		return compareOrdered(x.i64(), y.i64())
	case a == KindBigDecimal || b == KindBigDecimal || a == KindBigInt || b == KindBigInt:
		p, q := sameScale(x.decimal(), y.decimal())
		return p.Cmp(q)
	}
	return compareFloats(x.float(), y.float())
}

func compareOrdered[T int64 | int32 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compareFloats is Double.compareTo.
func compareFloats(a, b float64) int {
	if c := compareOrdered(a, b); c != 0 {
		return c
	}
	if a == b && a != 0 {
		return 0
	}
	return compareOrdered(orderedBits(a), orderedBits(b))
}

// orderedBits orders zero below, and NaN above, everything of the same sign.
func orderedBits(f float64) int64 {
	if math.IsNaN(f) {
		return math.MaxInt64
	}
	return int64(math.Float64bits(f))
}

// sameScale returns the unscaled numbers of two decimals, brought to the larger scale.
func sameScale(x, y *BigDecimal) (p, q *big.Int) {
	p, q = x.Unscaled, y.Unscaled
	switch {
	case x.Scale < y.Scale:
		p = new(big.Int).Mul(p, pow10(y.Scale-x.Scale))
	case x.Scale > y.Scale:
		q = new(big.Int).Mul(q, pow10(x.Scale-y.Scale))
	}
	return p, q
}

// maxBits bounds the numbers that BigInteger and BigDecimal calculate with: some 40,000 digits.
const maxBits = 1 << 17

// chargeBig counts what calculating with two numbers takes.
func (r *run) chargeBig(x, y Value) error {
	bits := x.bitLen() + y.bitLen()
	if bits > maxBits {
		return limitError("bits of a number", maxBits)
	}
	r.memory -= bits / 8
	r.steps -= bits / 1024
	if r.memory < 0 {
		return limitError("bytes of memory", r.t.limits.MemoryBytes)
	}
	return nil
}

// bitLen is the length of a BigInteger or BigDecimal, 0 of other numbers.
func (v Value) bitLen() int {
	switch x := v.ref.(type) {
	case *big.Int:
		return x.BitLen()
	case *BigDecimal:
		return x.Unscaled.BitLen() + 4*int(min(max(x.Scale, -x.Scale), maxBits))
	}
	return 0
}

// calculate returns x op y for numbers, null where there is no result. What Velocity's arithmetic throws is an error.
func calculate(op syntax.Op, x, y Value) (Value, error) {
	a, b := x.Kind(), y.Kind()
	switch {
	case isInteger(a) && isInteger(b):
		if a == KindBigInt || b == KindBigInt {
			return calculateBig(op, x.bigInt(), y.bigInt())
		}
		return calculateInt(op, x, y)
	case a == KindBigDecimal || b == KindBigDecimal || a == KindBigInt || b == KindBigInt:
		return calculateDecimal(op, x.decimal(), y.decimal())
	case a != KindDouble && b != KindDouble:
		v := calculateFloat(op, x.float(), y.float())
		if v.IsNull() {
			return v, nil
		}
		return Float(float32(v.f64())), nil
	}
	return calculateFloat(op, x.float(), y.float()), nil
}

func calculateFloat(op syntax.Op, x, y float64) Value {
	switch op {
	case syntax.Plus:
		return Double(x + y)
	case syntax.Minus:
		return Double(x - y)
	case syntax.Times:
		return Double(x * y)
	}
	switch {
	case y == 0:
		return Null
	case op == syntax.Divide:
		return Double(x / y)
	}
	return Double(math.Mod(x, y))
}

// calculateInt calculates with Longs. What doesn't fit the larger kind of the two becomes a larger one; overflow is noticed as
// Velocity notices it, which misses -2^63 * -1 and -2^63 / -1.
func calculateInt(op syntax.Op, x, y Value) (Value, error) {
	p, q := x.i64(), y.i64()
	var n int64
	switch op {
	case syntax.Plus:
		if n = p + q; (p^n)&(q^n) < 0 {
			return calculateBig(op, x.bigInt(), y.bigInt())
		}
	case syntax.Minus:
		if n = p - q; (p^q)&(p^n) < 0 {
			return calculateBig(op, x.bigInt(), y.bigInt())
		}
	case syntax.Times:
		if n = p * q; q != 0 && n/q != p {
			return calculateBig(op, x.bigInt(), y.bigInt())
		}
	default:
		if q == 0 {
			return Null, nil
		}
		if n = p / q; op == syntax.Modulo {
			n = p % q
		}
	}
	return wrap(n, max(x.Kind(), y.Kind())), nil
}

// wrap makes an integer of the kind, or of the next larger one that it fits.
func wrap(n int64, k Kind) Value {
	switch {
	case k <= KindByte && int64(int8(n)) == n:
		return byteOf(int8(n))
	case k <= KindShort && int64(int16(n)) == n:
		return short(int16(n))
	case k <= KindInt && int64(int32(n)) == n:
		return Int(int32(n))
	}
	return Long(n)
}

func calculateBig(op syntax.Op, x, y *big.Int) (Value, error) {
	n := new(big.Int)
	switch op {
	case syntax.Plus:
		n.Add(x, y)
	case syntax.Minus:
		n.Sub(x, y)
	case syntax.Times:
		n.Mul(x, y)
	default:
		switch {
		case y.Sign() == 0:
			return Null, nil
		case op == syntax.Divide:
			n.Quo(x, y)
		case y.Sign() < 0:
			return Null, exception("ArithmeticException", "BigInteger: modulus not positive")
		default:
			n.Mod(x, y)
		}
	}
	return BigInt(n), nil
}

func calculateDecimal(op syntax.Op, x, y *BigDecimal) (Value, error) {
	n := &BigDecimal{Unscaled: new(big.Int), Scale: max(x.Scale, y.Scale)}
	if op == syntax.Times {
		n.Unscaled.Mul(x.Unscaled, y.Unscaled)
		n.Scale = x.Scale + y.Scale
		return Decimal(n), nil
	}
	if op >= syntax.Divide && y.Unscaled.Sign() == 0 {
		return Null, nil
	}
	p, q := sameScale(x, y)
	switch op {
	case syntax.Plus:
		n.Unscaled.Add(p, q)
	case syntax.Minus:
		n.Unscaled.Sub(p, q)
	case syntax.Divide:
		n.Scale = x.Scale
		n.Unscaled = divideHalfDown(x, y)
	default:
		return Null, exception("ArithmeticException", "cannot calculate the modulo of BigDecimals")
	}
	return Decimal(n), nil
}

// divideHalfDown is x.divide(y, ROUND_HALF_DOWN): with as many decimals as x has.
func divideHalfDown(x, y *BigDecimal) *big.Int {
	p, q := x.Unscaled, y.Unscaled
	if y.Scale >= 0 {
		p = new(big.Int).Mul(p, pow10(y.Scale))
	} else {
		q = new(big.Int).Mul(q, pow10(-y.Scale))
	}
	quotient, rest := new(big.Int).QuoRem(p, q, new(big.Int))
	if new(big.Int).Lsh(rest.Abs(rest), 1).CmpAbs(q) > 0 {
		one := big.NewInt(1)
		if p.Sign()*q.Sign() < 0 {
			one.Neg(one)
		}
		quotient.Add(quotient, one)
	}
	return quotient
}
