package vtl

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
	"unicode"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

type callFunc = func(r *run, this Value, args []Value) (Value, error)

// of0 to of2 make methods of functions of the receiver and the arguments.
func of0(f func(v Value) Value) callFunc {
	return func(_ *run, this Value, _ []Value) (Value, error) { return f(this), nil }
}

func of1(f func(a Value) Value) callFunc {
	return func(_ *run, _ Value, args []Value) (Value, error) { return f(args[0]), nil }
}

func of2(f func(a, b Value) Value) callFunc {
	return func(_ *run, _ Value, args []Value) (Value, error) { return f(args[0], args[1]), nil }
}

var numberClasses = []class{
	classByte, classShort, classInteger, classLong, classFloat, classDouble, classBigInteger, classBigDecimal,
}

var numberTables = []classTable{
	{numberClasses, []row{
		{"byteValue()", of0(func(v Value) Value { return byteOf(int8(v.int32())) })},
		{"shortValue()", of0(func(v Value) Value { return short(int16(v.int32())) })},
		{"intValue()", of0(func(v Value) Value { return Int(v.int32()) })},
		{"longValue()", of0(func(v Value) Value { return Long(v.int64Value()) })},
		{"floatValue()", of0(func(v Value) Value { return Float(float32(v.float())) })},
		{"doubleValue()", of0(func(v Value) Value { return Double(v.float()) })},
		{"compareTo(Boxed)", func(_ *run, this Value, args []Value) (Value, error) {
			if args[0].IsNull() {
				return Null, errNull
			}
			if k := this.Kind(); k == KindByte || k == KindShort {
				return Int(int32(this.i64() - args[0].i64())), nil
			}
			return Int(int32(compareNumbers(this, args[0]))), nil
		}},
	}},
	{[]class{classInteger}, integerRows("Int", "int", 32, func(i int64) Value { return Int(int32(i)) })},
	{[]class{classLong}, integerRows("Long", "long", 64, Long)},
	{[]class{classShort}, smallRows("Short", "short", 16, func(i int64) Value { return short(int16(i)) })},
	{[]class{classByte}, smallRows("Byte", "byte", 8, func(i int64) Value { return byteOf(int8(i)) })},
	{[]class{classDouble}, floatRows("Double", "double", 64, Double)},
	{[]class{classFloat}, floatRows("Float", "float", 32, func(f float64) Value { return Float(float32(f)) })},
	{[]class{classBoolean}, booleanRows},
	{[]class{classCharacter}, characterRows},
	{[]class{classBigInteger}, bigIntegerRows},
	{[]class{classBigDecimal}, bigDecimalRows},
}

// numberFormat is NumberFormatException.
func numberFormat(s string) error {
	return exception("NumberFormatException", "For input string: %q", s)
}

// parseInteger is Integer.parseInt and its like.
func parseInteger(v Value, radix int64, size int) (int64, error) {
	s, ok := v.Text()
	if !ok {
		return 0, exception("NumberFormatException", "null")
	}
	if radix < 2 || radix > 36 || strings.Contains(s, "_") {
		return 0, numberFormat(s)
	}
	i, err := strconv.ParseInt(s, int(radix), size)
	if err != nil {
		return 0, numberFormat(s)
	}
	return i, nil
}

func parseRow(radix bool, bits int, of func(int64) Value) callFunc {
	return func(_ *run, _ Value, args []Value) (Value, error) {
		base := int64(10)
		if radix {
			base = args[1].i64()
		}
		i, err := parseInteger(args[0], base, bits)
		return of(i), err
	}
}

// decode is Integer.decode: decimal, 0x, # or 0 for other bases.
func decodeRow(size int, of func(int64) Value) callFunc {
	return func(_ *run, _ Value, args []Value) (Value, error) {
		s, ok := args[0].Text()
		if !ok {
			return Null, errNull
		}
		digits := strings.TrimLeft(s, "+-")
		sign := s[:len(s)-len(digits)]
		base := int64(10)
		for prefix, b := range map[string]int64{"0x": 16, "0X": 16, "#": 16} {
			if rest, ok := strings.CutPrefix(digits, prefix); ok {
				digits, base = rest, b
			}
		}
		if base == 10 && len(digits) > 1 && digits[0] == '0' {
			digits, base = digits[1:], 8
		}
		if len(sign) > 1 {
			return Null, numberFormat(s)
		}
		i, err := parseInteger(String(sign+digits), base, size)
		return of(i), err
	}
}

// integerRows are the static methods of Integer and Long, which have the same but for names and sizes.
func integerRows(name, prim string, size int, of func(int64) Value) []row {
	unsigned := func(v Value) uint64 { return v.num & (math.MaxUint64 >> (64 - size)) }
	text := func(base int) callFunc {
		return of1(func(a Value) Value { return String(strconv.FormatUint(unsigned(a), base)) })
	}
	two := func(sig string) string { return "static " + sig + "(" + prim + ", " + prim + ")" }
	return []row{
		{"static parse" + name + "(String)", parseRow(false, size, of)},
		{"static parse" + name + "(String, int)", parseRow(true, size, of)},
		{"static valueOf(" + prim + ")", of1(func(a Value) Value { return of(a.i64()) })},
		{"static valueOf(String)", parseRow(false, size, of)},
		{"static valueOf(String, int)", parseRow(true, size, of)},
		{"static decode(String)", decodeRow(size, of)},
		{"static toString(" + prim + ")", of1(func(a Value) Value { return String(strconv.FormatInt(a.i64(), 10)) })},
		{"static toString(" + prim + ", int)", of2(func(a, b Value) Value {
			return String(strconv.FormatInt(a.i64(), radix(b)))
		})},
		{"static toBinaryString(" + prim + ")", text(2)},
		{"static toOctalString(" + prim + ")", text(8)},
		{"static toHexString(" + prim + ")", text(16)},
		{"static toUnsignedString(" + prim + ")", text(10)},
		{"static hashCode(" + prim + ")", of1(func(a Value) Value { return Int(hashCode(of(a.i64()))) })},
		{two("compare"), of2(func(a, b Value) Value { return Int(int32(compareOrdered(a.i64(), b.i64()))) })},
		{two("max"), of2(func(a, b Value) Value { return of(max(a.i64(), b.i64())) })},
		{two("min"), of2(func(a, b Value) Value { return of(min(a.i64(), b.i64())) })},
		{two("sum"), of2(func(a, b Value) Value { return of(a.i64() + b.i64()) })},
		{"static signum(" + prim + ")", of1(func(a Value) Value { return Int(int32(compareOrdered(a.i64(), 0))) })},
		{"static bitCount(" + prim + ")", of1(func(a Value) Value { return Int(int32(bits.OnesCount64(unsigned(a)))) })},
		{"static highestOneBit(" + prim + ")", of1(func(a Value) Value {
			if a.num == 0 {
				return of(0)
			}
			return of(1 << (bits.Len64(unsigned(a)) - 1))
		})},
		{"static lowestOneBit(" + prim + ")", of1(func(a Value) Value { return of(a.i64() & -a.i64()) })},
		{"static numberOfLeadingZeros(" + prim + ")", of1(func(a Value) Value {
			return Int(int32(size - bits.Len64(unsigned(a))))
		})},
		{"static numberOfTrailingZeros(" + prim + ")", of1(func(a Value) Value {
			return Int(int32(min(bits.TrailingZeros64(unsigned(a)), size)))
		})},
		{"static reverse(" + prim + ")", of1(func(a Value) Value { return of(int64(bits.Reverse64(a.num) >> (64 - size))) })},
		{"static reverseBytes(" + prim + ")", of1(func(a Value) Value {
			return of(int64(bits.ReverseBytes64(a.num) >> (64 - size)))
		})},
	}
}

func radix(v Value) int {
	if r := v.i64(); r >= 2 && r <= 36 {
		return int(r)
	}
	return 10
}

func smallRows(name, prim string, size int, of func(int64) Value) []row {
	return []row{
		{"static parse" + name + "(String)", parseRow(false, size, of)},
		{"static parse" + name + "(String, int)", parseRow(true, size, of)},
		{"static valueOf(" + prim + ")", of1(func(a Value) Value { return of(a.i64()) })},
		{"static valueOf(String)", parseRow(false, size, of)},
		{"static toString(" + prim + ")", of1(func(a Value) Value { return String(strconv.FormatInt(a.i64(), 10)) })},
	}
}

// parseFloat is Double.parseDouble: blanks around and a type's letter behind are fine.
func parseFloat(v Value, size int) (float64, error) {
	s, ok := v.Text()
	if !ok {
		return 0, errNull
	}
	t := strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	switch strings.TrimLeft(t, "+-") {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		if t[0] == '-' {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	}
	if !strings.ContainsAny(t, "xX") {
		t = strings.TrimRight(t, "dDfF")
	}
	if strings.ContainsAny(t, "_iInN") || t == "" {
		return 0, numberFormat(s)
	}
	f, err := strconv.ParseFloat(t, size)
	if err != nil && !math.IsInf(f, 0) {
		return 0, numberFormat(s)
	}
	return f, nil
}

func floatRows(name, prim string, size int, of func(float64) Value) []row {
	parse := func(_ *run, _ Value, args []Value) (Value, error) {
		f, err := parseFloat(args[0], size)
		return of(f), err
	}
	text := func(r *run, _ Value, args []Value) (Value, error) {
		return String(r.text(r.callPos, of(args[0].float()))), nil
	}
	two := func(sig string) string { return "static " + sig + "(" + prim + ", " + prim + ")" }
	return []row{
		{"isNaN()", of0(func(v Value) Value { return Bool(math.IsNaN(v.f64())) })},
		{"isInfinite()", of0(func(v Value) Value { return Bool(math.IsInf(v.f64(), 0)) })},
		{"static isNaN(" + prim + ")", of1(func(a Value) Value { return Bool(math.IsNaN(a.float())) })},
		{"static isInfinite(" + prim + ")", of1(func(a Value) Value { return Bool(math.IsInf(a.float(), 0)) })},
		{"static isFinite(" + prim + ")", of1(func(a Value) Value {
			return Bool(!math.IsInf(a.float(), 0) && !math.IsNaN(a.float()))
		})},
		{"static parse" + name + "(String)", parse},
		{"static valueOf(" + prim + ")", of1(func(a Value) Value { return of(a.float()) })},
		{"static valueOf(String)", parse},
		{"static toString(" + prim + ")", text},
		{"static toHexString(" + prim + ")", of1(func(a Value) Value { return String(hexFloat(a.float())) })},
		{"static hashCode(" + prim + ")", of1(func(a Value) Value { return Int(hashCode(of(a.float()))) })},
		{two("compare"), of2(func(a, b Value) Value { return Int(int32(compareFloats(a.float(), b.float()))) })},
		{two("max"), of2(func(a, b Value) Value { return of(max(a.float(), b.float())) })},
		{two("min"), of2(func(a, b Value) Value { return of(min(a.float(), b.float())) })},
		{two("sum"), of2(func(a, b Value) Value { return of(a.float() + b.float()) })},
	}
}

// hexFloat is Double.toHexString: 2.5 is 0x1.4p1.
func hexFloat(f float64) string {
	switch {
	case f == 0 && math.Signbit(f):
		return "-0x0.0p0"
	case f == 0:
		return "0x0.0p0"
	case math.IsNaN(f) || math.IsInf(f, 0):
		return string(appendFloat(nil, f, 64))
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(f, 'x', -1, 64), "p")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exp)
	return mantissa + "p" + strconv.Itoa(n)
}

func parseBool(v Value) Value {
	s, _ := v.Text()
	return Bool(strings.EqualFold(s, "true") && isASCII(s))
}

var booleanRows = []row{
	{"booleanValue()", of0(func(v Value) Value { return v })},
	{"compareTo(Boxed)", func(_ *run, this Value, args []Value) (Value, error) {
		return Int(int32(this.i64() - args[0].i64())), needed(args[0])
	}},
	{"static parseBoolean(String)", of1(parseBool)},
	{"static valueOf(boolean)", of1(func(a Value) Value { return a })},
	{"static valueOf(String)", of1(parseBool)},
	{"static toString(boolean)", of1(func(a Value) Value { return String(strconv.FormatBool(a.num != 0)) })},
	{"static hashCode(boolean)", of1(func(a Value) Value { return Int(hashCode(a)) })},
	{"static compare(boolean, boolean)", of2(func(a, b Value) Value { return Int(int32(a.i64() - b.i64())) })},
	{"static logicalAnd(boolean, boolean)", of2(func(a, b Value) Value { return Bool(a.num&b.num != 0) })},
	{"static logicalOr(boolean, boolean)", of2(func(a, b Value) Value { return Bool(a.num|b.num != 0) })},
	{"static logicalXor(boolean, boolean)", of2(func(a, b Value) Value { return Bool(a.num != b.num) })},
}

// isChar makes the methods isX(char) and isX(int).
func isChar(name string, f func(r rune) bool) []row {
	call := of1(func(a Value) Value { return Bool(f(rune(a.i64()))) })
	return []row{{"static " + name + "(char)", call}, {"static " + name + "(int)", call}}
}

func isJavaAlphabetic(r rune) bool {
	return unicode.IsLetter(r) || unicode.Is(unicode.Other_Alphabetic, r)
}

var characterRows = concatRows(
	isChar("isDigit", unicode.IsDigit), isChar("isLetter", unicode.IsLetter),
	isChar("isLetterOrDigit", func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }),
	isChar("isUpperCase", unicode.IsUpper), isChar("isLowerCase", unicode.IsLower),
	isChar("isWhitespace", isJavaSpace),
	isChar("isSpaceChar", func(r rune) bool { return unicode.Is(unicode.Z, r) }),
	[]row{
		{"charValue()", of0(func(v Value) Value { return v })},
		{"compareTo(Boxed)", func(_ *run, this Value, args []Value) (Value, error) {
			return Int(int32(this.i64() - args[0].i64())), needed(args[0])
		}},
		{"static isAlphabetic(int)", of1(func(a Value) Value { return Bool(isJavaAlphabetic(rune(a.i64()))) })},
		{"static toUpperCase(char)", of1(func(a Value) Value { return char(uint16(unicode.ToUpper(rune(a.num)))) })},
		{"static toLowerCase(char)", of1(func(a Value) Value { return char(uint16(unicode.ToLower(rune(a.num)))) })},
		{"static toUpperCase(int)", of1(func(a Value) Value { return Int(unicode.ToUpper(rune(a.i64()))) })},
		{"static toLowerCase(int)", of1(func(a Value) Value { return Int(unicode.ToLower(rune(a.i64()))) })},
		{"static getNumericValue(char)", of1(numericValue)}, {"static getNumericValue(int)", of1(numericValue)},
		{"static digit(char, int)", of2(digitOf)}, {"static digit(int, int)", of2(digitOf)},
		{"static valueOf(char)", of1(func(a Value) Value { return a })},
		{"static toString(char)", of1(func(a Value) Value { return String(charString(uint16(a.num))) })},
		{"static hashCode(char)", of1(func(a Value) Value { return Int(int32(a.num)) })},
		{"static compare(char, char)", of2(func(a, b Value) Value { return Int(int32(a.i64() - b.i64())) })},
	})

func concatRows(lists ...[]row) []row {
	var all []row
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// numericValue is Character.getNumericValue for ASCII and decimal digits.
func numericValue(a Value) Value {
	r := unicode.ToLower(rune(a.i64()))
	switch {
	case r >= 'a' && r <= 'z':
		return Int(r - 'a' + 10)
	case r >= '0' && r <= '9':
		return Int(r - '0')
	}
	return Int(-1)
}

func digitOf(a, b Value) Value {
	n := numericValue(a)
	if n.i64() < b.i64() {
		return n
	}
	return Int(-1)
}

func big1(f func(z, x *big.Int) *big.Int) callFunc {
	return of0(func(v Value) Value { return BigInt(f(new(big.Int), v.BigInt())) })
}

// big2 is a method of two BigIntegers.
func big2(f func(z, x, y *big.Int) *big.Int) callFunc {
	return func(r *run, this Value, args []Value) (Value, error) {
		x, y := this.BigInt(), args[0].BigInt()
		if y == nil {
			return Null, errNull
		}
		return BigInt(f(new(big.Int), x, y)), r.chargeBig(this, args[0])
	}
}

// bigDivide is a division of BigIntegers.
func bigDivide(f func(z, x, y *big.Int) *big.Int) callFunc {
	call := big2(f)
	return func(r *run, this Value, args []Value) (Value, error) {
		if y := args[0].BigInt(); y != nil && y.Sign() == 0 {
			return Null, exception("ArithmeticException", "BigInteger divide by zero")
		}
		return call(r, this, args)
	}
}

var bigIntegerRows = []row{
	{"add(Boxed)", big2((*big.Int).Add)}, {"subtract(Boxed)", big2((*big.Int).Sub)},
	{"multiply(Boxed)", big2((*big.Int).Mul)}, {"divide(Boxed)", bigDivide((*big.Int).Quo)},
	{"remainder(Boxed)", bigDivide((*big.Int).Rem)}, {"mod(Boxed)", func(r *run, this Value, args []Value) (Value, error) {
		if args[0].IsNull() {
			return Null, errNull
		}
		v, err := calculate(syntax.Modulo, this, args[0])
		if err == nil && v.IsNull() {
			err = exception("ArithmeticException", "BigInteger: modulus not positive")
		}
		return v, err
	}},
	{"gcd(Boxed)", big2(func(z, x, y *big.Int) *big.Int {
		return z.GCD(nil, nil, new(big.Int).Abs(x), new(big.Int).Abs(y))
	})},
	{"abs()", big1((*big.Int).Abs)}, {"negate()", big1((*big.Int).Neg)},
	{"max(Boxed)", big2(func(_, x, y *big.Int) *big.Int {
		if x.Cmp(y) >= 0 {
			return x
		}
		return y
	})},
	{"min(Boxed)", big2(func(_, x, y *big.Int) *big.Int {
		if x.Cmp(y) <= 0 {
			return x
		}
		return y
	})},
	{"signum()", of0(func(v Value) Value { return Int(int32(v.BigInt().Sign())) })},
	{"bitCount()", of0(func(v Value) Value {
		n, i := 0, v.BigInt()
		if i.Sign() < 0 { // the bits that differ from the sign
			i = new(big.Int).Not(i)
		}
		for _, word := range i.Bits() {
			n += bits.OnesCount(uint(word))
		}
		return size(n)
	})},
	{"bitLength()", of0(func(v Value) Value { return size(v.BigInt().BitLen()) })},
	{"pow(int)", func(r *run, this Value, args []Value) (Value, error) {
		n := args[0].i64()
		if n < 0 {
			return Null, exception("ArithmeticException", "Negative exponent")
		}
		x := this.BigInt()
		if cost := int64(x.BitLen()) * n; n > maxBits || cost > maxBits || !r.charge(r.callPos, int(cost/8)) {
			return Null, limitError("bits of a number", maxBits)
		}
		return BigInt(new(big.Int).Exp(x, big.NewInt(n), nil)), nil
	}},
	{"toString(int)", func(_ *run, this Value, args []Value) (Value, error) {
		return String(this.BigInt().Text(radix(args[0]))), nil
	}},
	{"static valueOf(long)", of1(func(a Value) Value { return BigInt(big.NewInt(a.i64())) })},
}

// decimal2 is an operation of two BigDecimals.
func decimal2(f func(x, y *BigDecimal) *BigDecimal) callFunc {
	return func(r *run, this Value, args []Value) (Value, error) {
		x, y := this.Decimal(), args[0].Decimal()
		if y == nil {
			return Null, errNull
		}
		if err := r.chargeBig(this, args[0]); err != nil {
			return Null, err
		}
		return Decimal(f(x, y)), nil
	}
}

var bigDecimalRows = []row{
	{"add(Boxed)", decimal2(func(x, y *BigDecimal) *BigDecimal {
		p, q := sameScale(x, y)
		return &BigDecimal{new(big.Int).Add(p, q), max(x.Scale, y.Scale)}
	})},
	{"subtract(Boxed)", decimal2(func(x, y *BigDecimal) *BigDecimal {
		p, q := sameScale(x, y)
		return &BigDecimal{new(big.Int).Sub(p, q), max(x.Scale, y.Scale)}
	})},
	{"multiply(Boxed)", decimal2(func(x, y *BigDecimal) *BigDecimal {
		return &BigDecimal{new(big.Int).Mul(x.Unscaled, y.Unscaled), x.Scale + y.Scale}
	})},
	{"remainder(Boxed)", func(_ *run, this Value, args []Value) (Value, error) {
		x, y := this.Decimal(), args[0].Decimal()
		if y == nil {
			return Null, errNull
		}
		if y.Unscaled.Sign() == 0 {
			return Null, exception("ArithmeticException", "Division by zero")
		}
		p, q := sameScale(x, y)
		return Decimal(&BigDecimal{new(big.Int).Rem(p, q), max(x.Scale, y.Scale)}), nil
	}},
	{"max(Boxed)", decimal2(func(x, y *BigDecimal) *BigDecimal {
		if compareNumbers(Decimal(x), Decimal(y)) >= 0 {
			return x
		}
		return y
	})},
	{"min(Boxed)", decimal2(func(x, y *BigDecimal) *BigDecimal {
		if compareNumbers(Decimal(x), Decimal(y)) <= 0 {
			return x
		}
		return y
	})},
	{"static valueOf(long)", of1(func(a Value) Value { return Decimal(a.decimal()) })},
	{"static valueOf(double)", func(r *run, _ Value, args []Value) (Value, error) {
		d, ok := ParseDecimal(string(appendFloat(nil, args[0].float(), 64)))
		if !ok {
			return Null, exception("NumberFormatException", "Infinite or NaN")
		}
		return Decimal(d), nil
	}},
	{"negate()", of0(func(v Value) Value {
		return Decimal(&BigDecimal{new(big.Int).Neg(v.Decimal().Unscaled), v.Decimal().Scale})
	})},
	{"abs()", of0(func(v Value) Value {
		return Decimal(&BigDecimal{new(big.Int).Abs(v.Decimal().Unscaled), v.Decimal().Scale})
	})},
	{"signum()", of0(func(v Value) Value { return Int(int32(v.Decimal().Unscaled.Sign())) })},
	{"scale()", of0(func(v Value) Value { return Int(v.Decimal().Scale) })},
	{"precision()", of0(func(v Value) Value {
		return size(len(new(big.Int).Abs(v.Decimal().Unscaled).String()))
	})},
	{"unscaledValue()", of0(func(v Value) Value { return BigInt(v.Decimal().Unscaled) })},
	{"toBigInteger()", of0(func(v Value) Value { return BigInt(v.Decimal().whole()) })},
	{"toPlainString()", of0(func(v Value) Value { return String(v.Decimal().plain()) })},
	{"stripTrailingZeros()", of0(func(v Value) Value { return Decimal(v.Decimal().strip()) })},
}

// plain returns the number without an exponent.
func (d *BigDecimal) plain() string {
	if d.Scale <= 0 {
		return d.whole().String()
	}
	digits := new(big.Int).Abs(d.Unscaled).String()
	if n := int(d.Scale) + 1 - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	point := len(digits) - int(d.Scale)
	s := digits[:point] + "." + digits[point:]
	if d.Unscaled.Sign() < 0 {
		return "-" + s
	}
	return s
}

// strip removes the zeros at the end.
func (d *BigDecimal) strip() *BigDecimal {
	if d.Unscaled.Sign() == 0 {
		return &BigDecimal{Unscaled: new(big.Int)}
	}
	digits := d.Unscaled.String()
	short := strings.TrimRight(digits, "0")
	unscaled, _ := new(big.Int).SetString(short, 10)
	return &BigDecimal{unscaled, d.Scale - int32(len(digits)-len(short))}
}
