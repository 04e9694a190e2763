package jsonvalue

// Hot path.

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// NumberClass is the Java class that a number of a document becomes in a template. It decides how the
// number prints there and how it computes.
type NumberClass uint8

// The classes of numbers. A document has NaN only if it was parsed leniently.
const (
	NoNumber   NumberClass = iota // the value is no number
	Integer                       // java.lang.Integer: whole, fits 32 bits
	Long                          // java.lang.Long: whole, fits 64 bits
	BigInteger                    // java.math.BigInteger: whole, larger
	Double                        // java.lang.Double: with a fraction or an exponent
	BigDecimal                    // java.math.BigDecimal: such a number of more than 18 characters
	NaN                           // java.lang.Float: the word NaN
)

// maxDoubleChars is how long a number with a fraction or exponent may be to be read as a Double.
const maxDoubleChars = 18

// Class returns the Java class of the number v, NoNumber for other kinds.
func (v Value) Class() NumberClass {
	if v.doc == nil {
		return NoNumber
	}
	return v.node().class
}

// Int64 returns the whole number v, if it is an [Integer] or [Long].
func (v Value) Int64() (int64, bool) {
	switch v.Class() {
	case Integer, Long:
		return atoi(v.Text()), true
	}
	return 0, false
}

// Float64 returns the number that is nearest to v, if v is a number. Numbers beyond the range of float64 are infinite.
func (v Value) Float64() (float64, bool) {
	switch v.Class() {
	case NoNumber:
		return 0, false
	case Integer, Long:
		return float64(atoi(v.Text())), true
	case NaN:
		return math.NaN(), true
	}
	f, err := strconv.ParseFloat(v.Text(), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// Big returns the exact number v, if it is a finite number whose exponent is at most 10,000; the others are beyond use
// and would take any amount of memory.
func (v Value) Big() (*big.Rat, bool) {
	if v.Class() == NoNumber || v.Class() == NaN {
		return nil, false
	}
	text := v.Text()
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if exp, err := strconv.Atoi(text[i+1:]); err != nil || exp > maxExponent || exp < -maxExponent {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

const maxExponent = 10_000

// classify returns the class of the number in s, which has the form of a JSON number apart from
// leading zeros and missing digits. whole tells that it has neither fraction nor exponent.
func classify(s string, whole bool) NumberClass {
	if !whole {
		if len(s) > maxDoubleChars {
			return BigDecimal
		}
		return Double
	}
	digits, limit := s, len("2147483647")
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) < limit {
		return Integer
	}
	// json-smart counts leading zeros: beyond 19 characters it always is a BigInteger.
	if len(digits) > 19 {
		return BigInteger
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil:
		return BigInteger
	case n > math.MaxInt32 || n < math.MinInt32:
		return Long
	}
	return Integer
}

// atoi reads a whole number that is known to fit. A sign alone is 0.
func atoi(s string) int64 {
	negative := s[0] == '-'
	if negative {
		s = s[1:]
	}
	var n int64
	for i := range len(s) {
		n = n*10 - int64(s[i]-'0')
	}
	if negative {
		return n
	}
	return -n
}

// equalNumbers compares two numbers as Java's equals does.
func equalNumbers(v, w Value) bool {
	if v.Class() != w.Class() {
		return false
	}
	switch v.Class() {
	case Integer, Long:
		return atoi(v.Text()) == atoi(w.Text())
	case Double:
		a, _ := v.Float64()
		b, _ := w.Float64()
		return math.Float64bits(a) == math.Float64bits(b)
	case NaN:
		return true
	}
	return string(appendNumber(nil, v)) == string(appendNumber(nil, w))
}

// appendNumber appends a number as its Java class prints it inside JSON.
func appendNumber(dst []byte, v Value) []byte {
	text := v.Text()
	switch v.Class() {
	case Integer, Long:
		if text[0] == '-' || text[0] == '0' { // -0, -, 007
			return strconv.AppendInt(dst, atoi(text), 10)
		}
		return append(dst, text...)
	case Double:
		f, _ := v.Float64()
		if math.IsInf(f, 0) {
			return append(dst, "null"...)
		}
		return AppendDouble(dst, f)
	case BigInteger:
		i, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return append(dst, '0')
		}
		return i.Append(dst, 10)
	case BigDecimal:
		return appendDecimal(dst, text)
	}
	return append(dst, text...)
}

// AppendDouble appends f as Java's Double.toString prints it: 1.0, 100.0, 1.0E7, 1.2E-4, NaN, Infinity.
func AppendDouble(dst []byte, f float64) []byte {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case a == 0 || a >= 1e-3 && a < 1e7:
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		for _, c := range dst[start:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, ".0"...)
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], f, 'e', -1, 64)
	mantissa, exp, _ := strings.Cut(string(text), "e")
	dst = append(dst, mantissa...)
	if !strings.Contains(mantissa, ".") {
		dst = append(dst, ".0"...)
	}
	n, _ := strconv.Atoi(exp)
	return strconv.AppendInt(append(dst, 'E'), int64(n), 10)
}

// appendDecimal appends the number in text as Java's BigDecimal prints it: digits as written, the exponent
// only where there must be one.
func appendDecimal(dst []byte, text string) []byte {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	exp := 0
	if exponent != "" {
		exp, _ = strconv.Atoi(exponent)
	}
	if mantissa[0] == '-' {
		mantissa = mantissa[1:]
		if strings.Trim(mantissa, "0.") != "" {
			dst = append(dst, '-')
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	scale := len(fraction) - exp
	if digits == "" {
		digits = "0"
	}
	adjusted := len(digits) - 1 - scale
	if scale >= 0 && adjusted >= -6 {
		point := len(digits) - scale
		switch {
		case scale == 0:
			return append(dst, digits...)
		case point > 0:
			return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
		}
		dst = append(dst, "0."...)
		dst = append(dst, strings.Repeat("0", -point)...)
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	if adjusted == 0 {
		return dst
	}
	dst = append(dst, 'E')
	if adjusted > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(adjusted), 10)
}
