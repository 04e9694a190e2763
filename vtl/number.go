package vtl

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// BigDecimal is a java.math.BigDecimal: Unscaled × 10^-Scale.
type BigDecimal struct {
	Unscaled *big.Int // the digits; not nil
	Scale    int32    // how many of them follow the decimal point; negative: zeros before it
}

// ParseDecimal reads a decimal number as the constructor of BigDecimal does: "12.50" keeps its zero. It
// reports false if s isn't one, or has an exponent beyond all use.
func ParseDecimal(s string) (*BigDecimal, bool) {
	mantissa, exp := s, int64(0)
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.ParseInt(s[i+1:], 10, 32)
		if err != nil || n > maxExponent || n < -maxExponent {
			return nil, false
		}
		mantissa, exp = s[:i], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if strings.Trim(strings.TrimLeft(digits, "+-"), "0123456789") != "" || strings.ContainsAny(fraction, "+-") {
		return nil, false
	}
	unscaled, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return nil, false
	}
	return &BigDecimal{Unscaled: unscaled, Scale: int32(int64(len(fraction)) - exp)}, true
}

// maxExponent bounds the exponents of decimals, so that bringing two to the same scale stays cheap.
const maxExponent = 10_000

// AppendText appends the number as BigDecimal's toString prints it.
func (d *BigDecimal) AppendText(dst []byte) []byte {
	digits := d.Unscaled.String()
	if d.Scale == 0 {
		return append(dst, digits...)
	}
	if digits[0] == '-' {
		dst, digits = append(dst, '-'), digits[1:]
	}
	adjusted := int64(len(digits)-1) - int64(d.Scale)
	if d.Scale > 0 && adjusted >= -6 {
		point := len(digits) - int(d.Scale)
		if point > 0 {
			dst = append(dst, digits[:point]...)
			dst = append(dst, '.')
			return append(dst, digits[point:]...)
		}
		dst = append(dst, "0."...)
		for ; point < 0; point++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	if adjusted != 0 {
		dst = append(dst, 'E')
		if adjusted > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, adjusted, 10)
	}
	return dst
}

// float returns the nearest float64.
func (d *BigDecimal) float() float64 {
	f, _ := strconv.ParseFloat(string(d.AppendText(nil)), 64)
	return f
}

// appendFloat appends f as Double.toString (bits 64) or Float.toString (bits 32) prints it.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		n := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
		for _, c := range dst[n:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, ".0"...)
	}
	if f < 0 {
		dst, f = append(dst, '-'), -f
	}
	digits, exp := javaDigits(f, bits)
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	dst = append(dst, digits[0], '.')
	if len(digits) > 1 {
		dst = append(dst, digits[1:]...)
	} else {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(append(dst, 'E'), int64(exp-1), 10)
}

func float32Bits(f float64) uint32 { return math.Float32bits(float32(f)) }
