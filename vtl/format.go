package vtl

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// formatSpec is a %… of String.format.
type formatSpec struct {
	index     int // of the argument, from 1; 0: the next, -1: the same as before
	flags     string
	width     int // -1: none
	precision int // -1: none
	verb      byte
}

const maxFormatWidth = 1 << 16

func formatError(name, detail string) error {
	return errors.New("java.util." + name + "Exception: " + detail)
}

// format is String.format. Dates (%t) are not there.
func (r *run) format(layout, list Value) (Value, error) {
	s, ok := layout.Text()
	if !ok {
		return Null, errNull
	}
	args := elementsOf(list)
	var b []byte
	next, last := 0, -1
	for s != "" {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			i = len(s)
		}
		b = append(b, s[:i]...)
		if s = s[i:]; s == "" {
			break
		}
		spec, n, err := parseFormat(s)
		if err != nil {
			return Null, err
		}
		s = s[n:]
		arg := Null
		if spec.verb != 'n' && spec.verb != '%' {
			switch {
			case spec.index > 0:
				last = spec.index - 1
			case spec.index == 0:
				last = next
				next++
			}
			if last < 0 || last >= len(args) {
				return Null, formatError("MissingFormatArgument", fmt.Sprintf("Format specifier '%%%c'", spec.verb))
			}
			arg = args[last]
		}
		if b, err = r.formatOne(b, spec, arg); err != nil {
			return Null, err
		}
		if len(b) > r.memory {
			return Null, limitError("bytes of memory", r.t.limits.MemoryBytes)
		}
	}
	return String(string(b)), nil
}

// parseFormat reads a %… and returns its length.
func parseFormat(s string) (formatSpec, int, error) {
	spec := formatSpec{width: -1, precision: -1}
	unknown := formatError("UnknownFormatConversion", "Conversion = '%'")
	i := 1
	number := func() int {
		from := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		n, err := strconv.Atoi(s[from:i])
		if err != nil {
			return -1
		}
		return n
	}
	if i < len(s) && s[i] == '<' {
		spec.index = -1
		i++
	} else if n := number(); n > 0 && i < len(s) && s[i] == '$' {
		spec.index = n
		i++
	} else {
		i = 1
	}
	for i < len(s) && strings.IndexByte("-#+ 0,(", s[i]) >= 0 {
		if strings.IndexByte(spec.flags, s[i]) >= 0 {
			return spec, 0, formatError("DuplicateFormatFlags", "Flags = '"+s[i:i+1]+"'")
		}
		spec.flags += s[i : i+1]
		i++
	}
	spec.width = number()
	if i < len(s) && s[i] == '.' {
		i++
		if spec.precision = number(); spec.precision < 0 {
			return spec, 0, unknown
		}
	}
	if spec.width > maxFormatWidth || spec.precision > maxFormatWidth {
		return spec, 0, limitError("characters of width", maxFormatWidth)
	}
	if i >= len(s) || strings.IndexByte("bBhHsScCdoxXeEfgG%n", s[i]) < 0 {
		return spec, 0, unknown
	}
	spec.verb = s[i]
	if (spec.has('-') || spec.has('0')) && spec.width < 0 {
		return spec, 0, formatError("MissingFormatWidth", s[:i+1])
	}
	return spec, i + 1, nil
}

func (f *formatSpec) has(flag byte) bool { return strings.IndexByte(f.flags, flag) >= 0 }

// formatOne appends one argument.
func (r *run) formatOne(b []byte, f formatSpec, v Value) ([]byte, error) {
	var s string
	var err error
	switch f.verb {
	case 'n':
		return append(b, '\n'), nil
	case '%':
		s = "%"
	case 'b', 'B':
		truth, isBool := v.Truth()
		s = f.cut(strconv.FormatBool(!v.IsNull() && (!isBool || truth)))
	case 's', 'S':
		s = f.cut(r.text(r.callPos, v))
	case 'h', 'H':
		s = "null"
		if !v.IsNull() {
			s = strconv.FormatUint(uint64(uint32(hashCode(v))), 16)
		}
		s = f.cut(s)
	case 'c', 'C':
		s, err = formatChar(v)
	case 'd', 'o', 'x', 'X':
		s, err = f.integer(v)
	default:
		s, err = f.decimal(v)
	}
	if err != nil {
		return nil, err
	}
	if strings.IndexByte("BHSCXEG", f.verb) >= 0 {
		s = upperCase(s)
	}
	if n := f.width - unitLen(s); n > 0 {
		if pad := strings.Repeat(" ", n); f.has('-') {
			s += pad
		} else {
			s = pad + s
		}
	}
	return append(b, s...), nil
}

// cut shortens a text to the precision.
func (f *formatSpec) cut(s string) string {
	if f.precision >= 0 && unitLen(s) > f.precision {
		return unitSlice(s, 0, f.precision)
	}
	return s
}

// mismatch is a conversion that doesn't fit the argument.
func mismatch(verb byte, v Value) error {
	return formatError("IllegalFormatConversion", fmt.Sprintf("%c != %s", verb, className(v)))
}

func formatChar(v Value) (string, error) {
	switch k := v.Kind(); k {
	case KindNull:
		return "null", nil
	case KindChar:
		return charString(uint16(v.num)), nil
	case KindByte, KindShort, KindInt:
		if c := v.i64(); c >= 0 && c <= 0x10FFFF {
			return string(appendChar(nil, rune(c))), nil
		}
		return "", formatError("IllegalFormatCodePoint", fmt.Sprintf("Code point = 0x%x", v.i64()))
	}
	return "", mismatch('c', v)
}

// integer formats %d, %o and %x. The last two show a negative number as its bits, but a BigInteger with a sign.
func (f *formatSpec) integer(v Value) (string, error) {
	k := v.Kind()
	if k == KindNull {
		return "null", nil
	}
	if !isInteger(k) {
		return "", mismatch(f.verb, v)
	}
	if f.precision >= 0 {
		return "", formatError("IllegalFormatPrecision", strconv.Itoa(f.precision))
	}
	if f.verb == 'd' {
		i := v.bigInt()
		return f.sign(new(big.Int).Abs(i).String(), i.Sign() < 0), nil
	}
	base, prefix := 16, "0x"
	if f.verb == 'o' {
		base, prefix = 8, "0"
	}
	var s string
	negative := false
	if k == KindBigInt {
		i := v.BigInt()
		s, negative = new(big.Int).Abs(i).Text(base), i.Sign() < 0
	} else {
		size := 64
		switch k {
		case KindByte:
			size = 8
		case KindShort:
			size = 16
		case KindInt:
			size = 32
		}
		s = strconv.FormatUint(v.num&(math.MaxUint64>>(64-size)), base)
	}
	if f.has('#') {
		s = prefix + s
	}
	for f.has('0') && len(s) < f.width {
		s = "0" + s
	}
	if negative {
		s = "-" + s
	}
	return s, nil
}

// sign gives digits their sign, groups of three and zeros in front.
func (f *formatSpec) sign(digits string, negative bool) string {
	whole, fraction := digits, ""
	if i := strings.IndexAny(digits, ".e"); i >= 0 {
		whole, fraction = digits[:i], digits[i:]
	}
	if f.has(',') {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	before, behind := "", ""
	switch {
	case negative && f.has('('):
		before, behind = "(", ")"
	case negative:
		before = "-"
	case f.has('+'):
		before = "+"
	case f.has(' '):
		before = " "
	}
	s := whole + fraction
	if n := f.width - len(before) - len(s) - len(behind); f.has('0') && n > 0 {
		s = strings.Repeat("0", n) + s
	}
	return before + s + behind
}

// decimal formats %e, %f and %g. Java rounds half up, what the shortest decimal of a double says.
func (f *formatSpec) decimal(v Value) (string, error) {
	var d *BigDecimal
	switch k := v.Kind(); k {
	case KindNull:
		return "null", nil
	case KindFloat, KindDouble:
		x := v.f64()
		if math.IsNaN(x) {
			return "NaN", nil
		}
		if math.IsInf(x, 0) {
			plain := *f
			plain.flags = strings.ReplaceAll(f.flags, "0", "")
			return plain.sign("Infinity", x < 0), nil
		}
		d, _ = ParseDecimal(strings.TrimPrefix(string(appendFloat(nil, x, floatBits(k))), "+"))
		if x == 0 && math.Signbit(x) {
			d = &BigDecimal{Unscaled: new(big.Int), Scale: -1}
			return f.signed(d, true), nil
		}
	case KindBigDecimal:
		d = v.Decimal()
	default:
		return "", mismatch(f.verb, v)
	}
	return f.signed(d, d.Unscaled.Sign() < 0), nil
}

func floatBits(k Kind) int {
	if k == KindFloat {
		return 32
	}
	return 64
}

// signed formats a decimal's digits by the conversion.
func (f *formatSpec) signed(d *BigDecimal, negative bool) string {
	precision := f.precision
	if precision < 0 {
		precision = 6
	}
	d = &BigDecimal{new(big.Int).Abs(d.Unscaled), d.Scale}
	switch f.verb {
	case 'f':
		return f.sign(d.rounded(int32(precision)).plain(), negative)
	case 'e', 'E':
		return f.sign(d.scientific(precision), negative)
	}
	if precision == 0 {
		precision = 1
	}
	if d.Unscaled.Sign() == 0 {
		return f.sign(d.rounded(int32(precision-1)).plain(), negative)
	}
	exp := d.exponent()
	if r := d.rounded(int32(precision - 1 - exp)); r.exponent() > exp {
		exp++
	}
	if exp >= -4 && exp < precision {
		return f.sign(d.rounded(int32(precision-1-exp)).plain(), negative)
	}
	return f.sign(d.scientific(precision-1), negative)
}

// exponent returns the power of ten of the first digit.
func (d *BigDecimal) exponent() int { return len(d.Unscaled.String()) - 1 - int(d.Scale) }

// rounded returns the number, which isn't negative, with so many decimals, rounded half up.
func (d *BigDecimal) rounded(scale int32) *BigDecimal {
	if scale >= d.Scale {
		return &BigDecimal{new(big.Int).Mul(d.Unscaled, pow10(scale-d.Scale)), scale}
	}
	q, rest := new(big.Int).QuoRem(d.Unscaled, pow10(d.Scale-scale), new(big.Int))
	if new(big.Int).Lsh(rest, 1).Cmp(pow10(d.Scale-scale)) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	return &BigDecimal{q, scale}
}

// scientific writes the number, which isn't negative, as d.ddde+dd.
func (d *BigDecimal) scientific(precision int) string {
	exp := 0
	if d.Unscaled.Sign() != 0 {
		exp = d.exponent()
	}
	r := (&BigDecimal{d.Unscaled, d.Scale + int32(exp)}).rounded(int32(precision))
	if r.Unscaled.Sign() != 0 && r.exponent() > 0 {
		exp++
		r = (&BigDecimal{d.Unscaled, d.Scale + int32(exp)}).rounded(int32(precision))
	}
	return fmt.Sprintf("%se%+03d", r.plain(), exp)
}
