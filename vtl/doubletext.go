package vtl

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// The text of a Double is not always the shortest that reads back as it: Java up to 18 writes 2.0E-3's neighbours and large
// numbers with more digits than needed (JDK-4511638). It generates digits until the rest is less than half a unit in
// the last place, like Steele and White, but in the exponent form never stops before the second digit, and
// of whole numbers up to 2^63 it drops the digits beyond the precision instead. Between 1e-3 and 1e7 the result is the shortest text, which
// strconv gives faster.

const mantissaBits = 52

// javaDigits returns the digits of a positive finite number that Java prints, and where the point is: 0.digits × 10^exp.
func javaDigits(f float64, size int) (digits []byte, exp int) {
	b := math.Float64bits(f)
	binExp := int(b>>mantissaBits) - 1023
	fraction := b & (1<<mantissaBits - 1)
	significant := mantissaBits + 1
	if size == 32 {
		significant = 24
	}
	switch {
	case binExp == -1023: // subnormal: shift until the leading bit is where it is in others
		shift := bits.LeadingZeros64(fraction) - 11
		fraction <<= shift
		binExp = -1022 - shift
		significant = mantissaBits + 1 - shift
	default:
		fraction |= 1 << mantissaBits
		if size == 32 && binExp < -126 {
			significant = 24 - (-126 - binExp)
		}
	}
	tail := bits.TrailingZeros64(fraction)
	width := mantissaBits + 1 - tail // bits of the mantissa that count
	tiny := max(0, width-binExp-1)   // of them behind the point
	if tiny == 0 && binExp <= 62 && binExp >= -21 {
		return wholeDigits(fraction, binExp, significant)
	}
	return generateDigits(fraction>>tail, binExp, width, tiny, significant)
}

// wholeDigits returns the digits of a whole number below 2^63, those beyond the precision rounded away.
func wholeDigits(fraction uint64, binExp, significant int) ([]byte, int) {
	if binExp >= mantissaBits {
		fraction <<= binExp - mantissaBits
	} else {
		fraction >>= mantissaBits - binExp
	}
	dropped := 0
	if p := binExp - significant - 1; binExp > significant && p > 1 {
		dropped = int(float64(p) * math.Log10(2))
		unit := uint64(math.Pow10(dropped))
		rest := fraction % unit
		if fraction /= unit; rest >= unit/2 && dropped > 0 {
			fraction++
		}
	}
	digits := strconv.AppendUint(nil, fraction, 10)
	exp := len(digits) + dropped
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, exp
}

// generateDigits makes digits of value/scale, one at a time, until what is left is within half a unit.
func generateDigits(mantissa uint64, binExp, width, tiny, significant int) ([]byte, int) {
	exp := estimateExponent(mantissa<<(mantissaBits+1-width), binExp)
	value5 := max(0, -exp)
	value2 := value5 + tiny + binExp
	scale5 := max(0, exp)
	scale2 := scale5 + tiny
	half2 := value2 - significant
	value2 -= width - 1
	common := min(value2, scale2)
	value2, scale2, half2 = value2-common, scale2-common, half2-common
	if width == 1 {
		half2--
	}
	if half2 < 0 {
		value2, scale2, half2 = value2-half2, scale2-half2, 0
	}
	five := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(n)), nil) }
	value := five(value5)
	half := new(big.Int).Lsh(value, uint(half2))
	value.Lsh(value.Mul(value, new(big.Int).SetUint64(mantissa)), uint(value2))
	scale := new(big.Int).Lsh(five(scale5), uint(scale2))
	ten := big.NewInt(10)
	tens := new(big.Int).Mul(scale, ten)

	var digits []byte
	low, high := false, false
	next := func() byte {
		q := new(big.Int)
		q.QuoRem(value, scale, value)
		value.Mul(value, ten)
		half.Mul(half, ten)
		low = value.Cmp(half) < 0
		high = new(big.Int).Add(value, half).Cmp(tens) > 0
		return '0' + byte(q.Uint64())
	}
	first := next()
	if first == '0' && !high {
		exp--
	} else {
		digits = append(digits, first)
	}
	if exp < -3 || exp >= 8 {
		low, high = false, false
	}
	for !low && !high {
		digits = append(digits, next())
	}
	if high {
		rest := new(big.Int).Lsh(value, 1).Cmp(tens)
		if !low || rest > 0 || rest == 0 && digits[len(digits)-1]&1 != 0 {
			digits, exp = roundUp(digits, exp)
		}
	}
	return digits, exp + 1
}

// roundUp adds one to the last digit.
func roundUp(digits []byte, exp int) ([]byte, int) {
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '9' {
			digits[i]++
			return digits, exp
		}
		digits[i] = '0'
	}
	digits[0] = '1'
	return digits, exp + 1
}

// estimateExponent guesses the exponent of the first digit; it may be one too large.
func estimateExponent(fraction uint64, binExp int) int {
	m := math.Float64frombits(1023<<mantissaBits | fraction&(1<<mantissaBits-1))
	return int(math.Floor((m-1.5)*0.289529654 + 0.176091259 + float64(binExp)*0.301029995663981))
}
