package vtl

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
)

var stringTables = []classTable{{[]class{classString}, stringRows}, {[]class{classString}, stringStatics}}

// str1 is a method of a string without arguments that gives a string.
func str1(f func(s string) string) func(*run, Value, []Value) (Value, error) {
	return func(r *run, this Value, _ []Value) (Value, error) { return String(f(this.str())), nil }
}

// test is a method of a string and another one.
func test(f func(s, t string) bool) func(*run, Value, []Value) (Value, error) {
	return func(_ *run, this Value, args []Value) (Value, error) {
		return Bool(f(this.str(), args[0].str())), needed(args[0])
	}
}

var stringRows = []row{
	{"length()", func(_ *run, this Value, _ []Value) (Value, error) { return size(unitLen(this.str())), nil }},
	{"isEmpty()", func(_ *run, this Value, _ []Value) (Value, error) { return Bool(this.num == 0), nil }},
	{"isBlank()", func(_ *run, this Value, _ []Value) (Value, error) {
		return Bool(strings.TrimFunc(this.str(), isJavaSpace) == ""), nil
	}},
	{"charAt(int)", func(_ *run, this Value, args []Value) (Value, error) {
		u, ok := unitAt(this.str(), args[0].i64())
		if !ok {
			return Null, exception("StringIndexOutOfBoundsException", "index %d", args[0].i64())
		}
		return char(u), nil
	}},
	{"codePointAt(int)", func(_ *run, this Value, args []Value) (Value, error) {
		us, i := unitsOf(this.str()), args[0].i64()
		if i < 0 || i >= int64(len(us)) {
			return Null, exception("StringIndexOutOfBoundsException", "index %d", i)
		}
		if isHigh(us[i]) && i+1 < int64(len(us)) && isLow(us[i+1]) {
			return Int(joinSurrogates(rune(us[i]), rune(us[i+1]))), nil
		}
		return Int(int32(us[i])), nil
	}},
	{"codePointCount(int, int)", func(_ *run, this Value, args []Value) (Value, error) {
		s, err := substring(this.str(), args[0].i64(), args[1].i64())
		return size(len([]rune(s))), err
	}},
	{"equalsIgnoreCase(String)", func(_ *run, this Value, args []Value) (Value, error) {
		s, ok := args[0].Text()
		return Bool(ok && foldUnits(this.str(), s)), nil
	}},
	{"contentEquals(CharSequence)", test(func(s, t string) bool { return s == t })},
	{"compareTo(String)", func(_ *run, this Value, args []Value) (Value, error) {
		return Int(compareStrings(this.str(), args[0].str())), needed(args[0])
	}},
	{"compareToIgnoreCase(String)", func(_ *run, this Value, args []Value) (Value, error) {
		return Int(compareIgnoringCase(this.str(), args[0].str())), needed(args[0])
	}},
	{"contains(CharSequence)", test(strings.Contains)},
	{"startsWith(String)", test(strings.HasPrefix)},
	{"startsWith(String, int)", func(_ *run, this Value, args []Value) (Value, error) {
		n, i := int64(unitLen(this.str())), args[1].i64()
		if i < 0 || i > n {
			return Bool(false), needed(args[0])
		}
		return Bool(strings.HasPrefix(unitSlice(this.str(), int(i), int(n)), args[0].str())), needed(args[0])
	}},
	{"endsWith(String)", test(strings.HasSuffix)},
	{"regionMatches(int, String, int, int)", func(_ *run, this Value, args []Value) (Value, error) {
		return regionMatches(this.str(), false, args)
	}},
	{"regionMatches(boolean, int, String, int, int)", func(_ *run, this Value, args []Value) (Value, error) {
		return regionMatches(this.str(), args[0].num != 0, args[1:])
	}},
	{"indexOf(int)", indexOfChar(false)}, {"indexOf(int, int)", indexOfChar(false)},
	{"indexOf(String)", indexOfString}, {"indexOf(String, int)", indexOfString},
	{"lastIndexOf(int)", indexOfChar(true)}, {"lastIndexOf(int, int)", indexOfChar(true)},
	{"lastIndexOf(String)", lastIndexOfString}, {"lastIndexOf(String, int)", lastIndexOfString},
	{"substring(int)", func(_ *run, this Value, args []Value) (Value, error) {
		s, err := substring(this.str(), args[0].i64(), int64(unitLen(this.str())))
		return String(s), err
	}},
	{"substring(int, int)", substringMethod}, {"subSequence(int, int)", substringMethod},
	{"concat(String)", func(r *run, this Value, args []Value) (Value, error) {
		return String(concat(this.str(), args[0].str())), needed(args[0])
	}},
	{"replace(char, char)", func(_ *run, this Value, args []Value) (Value, error) {
		return String(replaceUnit(this.str(), uint16(args[0].num), uint16(args[1].num))), nil
	}},
	{"replace(CharSequence, CharSequence)", func(r *run, this Value, args []Value) (Value, error) {
		if args[0].IsNull() || args[1].IsNull() {
			return Null, errNull
		}
		return r.replaceText(this.str(), args[0].str(), args[1].str())
	}},
	{"matches(String)", func(r *run, this Value, args []Value) (Value, error) {
		return r.matches(this.str(), args)
	}},
	{"replaceFirst(String, String)", func(r *run, this Value, args []Value) (Value, error) {
		return r.replacePattern(this.str(), args, 1)
	}},
	{"replaceAll(String, String)", func(r *run, this Value, args []Value) (Value, error) {
		return r.replacePattern(this.str(), args, -1)
	}},
	{"split(String)", func(r *run, this Value, args []Value) (Value, error) {
		return r.split(this.str(), args[0], 0)
	}},
	{"split(String, int)", func(r *run, this Value, args []Value) (Value, error) {
		return r.split(this.str(), args[0], int(args[1].i64()))
	}},
	{"toLowerCase()", str1(lowerCase)}, {"toUpperCase()", str1(upperCase)},
	{"trim()", str1(func(s string) string {
		return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	})},
	{"strip()", str1(func(s string) string { return strings.TrimFunc(s, isJavaSpace) })},
	{"stripLeading()", str1(func(s string) string { return strings.TrimLeftFunc(s, isJavaSpace) })},
	{"stripTrailing()", str1(func(s string) string { return strings.TrimRightFunc(s, isJavaSpace) })},
	{"intern()", str1(func(s string) string { return s })},
	{"repeat(int)", func(r *run, this Value, args []Value) (Value, error) {
		n := args[0].i64()
		if n < 0 {
			return Null, exception("IllegalArgumentException", "count is negative: %d", n)
		}
		if this.num > 0 && n > int64(r.memory)/int64(this.num) {
			return Null, limitError("bytes of memory", r.t.limits.MemoryBytes)
		}
		return String(strings.Repeat(this.str(), int(n))), nil
	}},
	{"toCharArray()", func(r *run, this Value, _ []Value) (Value, error) {
		if !r.charge(r.callPos, elementBytes*len(this.str())) {
			return Null, r.err
		}
		us := unitsOf(this.str())
		elems := make([]Value, len(us))
		for i, u := range us {
			elems[i] = char(u)
		}
		return ListOf(NewList(charArray, elems)), nil
	}},
	{"getBytes()", func(r *run, this Value, _ []Value) (Value, error) {
		return r.bytes(encodeText(bytes.Clone([]byte(this.str()))))
	}},
	{"getBytes(String)", func(r *run, this Value, args []Value) (Value, error) {
		b, err := encode(this.str(), args[0].str())
		if err != nil {
			return Null, err
		}
		return r.bytes(b)
	}},
	{"formatted(Object...)", func(r *run, this Value, args []Value) (Value, error) {
		return r.format(this, args[0])
	}},
}

// stringStatics are the static methods, which can be called on any string.
var stringStatics = []row{
	{"static format(String, Object...)", func(r *run, _ Value, args []Value) (Value, error) {
		return r.format(args[0], args[1])
	}},
	{"static join(CharSequence, Iterable)", func(r *run, _ Value, args []Value) (Value, error) {
		return r.join(args[0], elementsOf(args[1]))
	}},
	{"static join(CharSequence, CharSequence...)", func(r *run, _ Value, args []Value) (Value, error) {
		return r.join(args[0], elementsOf(args[1]))
	}},
	{"static valueOf(char[])", charsToString}, {"static copyValueOf(char[])", charsToString},
	{"static valueOf(boolean)", textOf}, {"static valueOf(char)", textOf}, {"static valueOf(int)", textOf},
	{"static valueOf(long)", textOf}, {"static valueOf(float)", textOf}, {"static valueOf(double)", textOf},
	{"static valueOf(Object)", textOf},
}

func textOf(r *run, _ Value, args []Value) (Value, error) {
	return String(r.text(r.callPos, args[0])), nil
}

func charsToString(_ *run, _ Value, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Null, errNull
	}
	items := args[0].List().items()
	us := make([]uint16, len(items))
	for i, v := range items {
		us[i] = uint16(v.num)
	}
	return String(fromUnits(us)), nil
}

// isJavaSpace is Character.isWhitespace.
func isJavaSpace(r rune) bool {
	switch r {
	case 0xA0, 0x2007, 0x202F:
		return false
	case '\t', '\n', '\v', '\f', '\r', 0x1C, 0x1D, 0x1E, 0x1F:
		return true
	}
	return unicode.Is(unicode.Z, r)
}

func unitAt(s string, i int64) (uint16, bool) {
	if i < 0 || i >= int64(len(s)) {
		return 0, false
	}
	if isASCII(s) {
		return uint16(s[i]), true
	}
	for u := range units(s) {
		if i == 0 {
			return u, true
		}
		i--
	}
	return 0, false
}

func substring(s string, begin, end int64) (string, error) {
	n := int64(unitLen(s))
	if begin < 0 || end > n || begin > end {
		return "", exception("StringIndexOutOfBoundsException", "begin %d, end %d, length %d", begin, end, n)
	}
	return unitSlice(s, int(begin), int(end)), nil
}

func substringMethod(_ *run, this Value, args []Value) (Value, error) {
	s, err := substring(this.str(), args[0].i64(), args[1].i64())
	return String(s), err
}

// compareStrings is String.compareTo: the difference of the first units that differ, or of the lengths.
func compareStrings(s, t string) int32 {
	a, b := unitsOf(s), unitsOf(t)
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			return int32(a[i]) - int32(b[i])
		}
	}
	return int32(len(a) - len(b))
}

func compareIgnoringCase(s, t string) int32 {
	a, b := unitsOf(s), unitsOf(t)
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := unicode.ToLower(unicode.ToUpper(rune(a[i]))), unicode.ToLower(unicode.ToUpper(rune(b[i])))
		if x != y {
			return x - y
		}
	}
	return int32(len(a) - len(b))
}

func regionMatches(s string, ignoreCase bool, args []Value) (Value, error) {
	if args[1].IsNull() {
		return Null, errNull
	}
	a, b := unitsOf(s), unitsOf(args[1].str())
	i, j, n := args[0].i64(), args[2].i64(), args[3].i64()
	if i < 0 || j < 0 || i > int64(len(a))-n || j > int64(len(b))-n {
		return Bool(false), nil
	}
	for k := range n {
		x, y := a[i+k], b[j+k]
		if x != y && (!ignoreCase || !foldUnit(x, y)) {
			return Bool(false), nil
		}
	}
	return Bool(true), nil
}

// indexOfChar is indexOf and lastIndexOf of a code point.
func indexOfChar(last bool) func(*run, Value, []Value) (Value, error) {
	return func(r *run, this Value, args []Value) (Value, error) {
		s := String(string(appendChar(nil, rune(args[0].i64()))))
		if c := args[0].i64(); c < 0 || c > unicode.MaxRune {
			return Int(-1), nil
		}
		rest := append([]Value{s}, args[1:]...)
		if last {
			return lastIndexOfString(r, this, rest)
		}
		return indexOfString(r, this, rest)
	}
}

func indexOfString(_ *run, this Value, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Null, errNull
	}
	s, t, from := this.str(), args[0].str(), 0
	if len(args) > 1 {
		from = byteOffset(s, int(min(max(args[1].i64(), 0), int64(len(s)))))
		if t == "" {
			return size(min(max(int(args[1].i64()), 0), unitLen(s))), nil
		}
	}
	i := strings.Index(s[from:], t)
	if i < 0 {
		return Int(-1), nil
	}
	return size(unitOffset(s, from+i)), nil
}

func lastIndexOfString(_ *run, this Value, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Null, errNull
	}
	s, t := this.str(), args[0].str()
	end := len(s)
	if len(args) > 1 {
		if args[1].i64() < 0 {
			return Int(-1), nil
		}
		end = min(byteOffset(s, int(min(args[1].i64(), int64(len(s)))))+len(t), len(s))
	}
	i := strings.LastIndex(s[:end], t)
	if i < 0 {
		return Int(-1), nil
	}
	return size(unitOffset(s, i)), nil
}

func replaceUnit(s string, old, new uint16) string {
	us := unitsOf(s)
	for i := range us {
		if us[i] == old {
			us[i] = new
		}
	}
	return fromUnits(us)
}

// replaceText is replace(old, new). An empty old is before, between and behind all units.
func (r *run) replaceText(s, old, new string) (Value, error) {
	n := strings.Count(s, old)
	if old != "" && n == 0 {
		return String(s), nil
	}
	if grow := len(new) - len(old); grow > 0 && n > r.memory/grow {
		return Null, limitError("bytes of memory", r.t.limits.MemoryBytes)
	}
	if old != "" || isASCII(s) {
		return String(strings.ReplaceAll(s, old, new)), nil
	}
	b := []byte(new)
	for u := range units(s) {
		b = appendText(appendText(b, charString(u)), new)
	}
	return String(string(b)), nil
}

func (r *run) join(separator Value, elems []Value) (Value, error) {
	if separator.IsNull() {
		return Null, errNull
	}
	var b []byte
	for i, e := range elems {
		if k := e.Kind(); k != KindString && k != KindNull {
			return Null, exception("ClassCastException", "class %s cannot be cast to class java.lang.CharSequence", className(e))
		}
		if i > 0 {
			b = appendText(b, separator.str())
		}
		if e.IsNull() {
			b = append(b, "null"...)
		}
		b = appendText(b, e.str())
		if len(b) > r.memory {
			return Null, limitError("bytes of memory", r.t.limits.MemoryBytes)
		}
	}
	return String(string(b)), nil
}

// bytes makes a byte array.
func (r *run) bytes(b []byte) (Value, error) {
	if !r.charge(r.callPos, elementBytes*len(b)) {
		return Null, r.err
	}
	elems := make([]Value, len(b))
	for i, c := range b {
		elems[i] = byteOf(int8(c))
	}
	return ListOf(NewList(byteArray, elems)), nil
}

// encode is getBytes(charset), for the charsets that every Java has.
func encode(s, charset string) ([]byte, error) {
	highest := uint16(0xFF)
	switch strings.ToUpper(charset) {
	case "UTF-8", "UTF8":
		return encodeText([]byte(s)), nil
	case "UTF-16", "UTF-16BE", "UTF-16LE":
		return encodeUTF16(s, strings.ToUpper(charset)), nil
	case "US-ASCII", "ASCII":
		highest = 0x7F
	case "ISO-8859-1", "LATIN1":
	default:
		return nil, errors.New("java.io.UnsupportedEncodingException: " + charset)
	}
	var b []byte
	for _, r := range s {
		if r > rune(highest) {
			r = '?'
		}
		b = append(b, byte(r))
	}
	return b, nil
}

func encodeUTF16(s, charset string) []byte {
	var b []byte
	if charset == "UTF-16" {
		b = append(b, 0xFE, 0xFF)
	}
	for u := range units(s) {
		if charset == "UTF-16LE" {
			b = append(b, byte(u), byte(u>>8))
		} else {
			b = append(b, byte(u>>8), byte(u))
		}
	}
	return b
}

// upperCase and lowerCase are Java's, which know the few characters whose other case is several.
func upperCase(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	return specialUpper.Replace(strings.ToUpper(s))
}

var specialUpper = strings.NewReplacer("ß", "SS", "ŉ", "ʼN", "ǰ", "J̌", "ﬀ", "FF", "ﬁ", "FI", "ﬂ", "FL", "ﬃ", "FFI", "ﬄ", "FFL", "ﬅ", "ST", "ﬆ", "ST", "և", "ԵՒ")

func lowerCase(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	rs := []rune(strings.ReplaceAll(s, "İ", "i̇"))
	for i, r := range rs {
		if r == 'Σ' && i > 0 && unicode.IsLetter(rs[i-1]) && (i+1 == len(rs) || !unicode.IsLetter(rs[i+1])) {
			rs[i] = 'ς'
			continue
		}
		rs[i] = unicode.ToLower(r)
	}
	return string(rs)
}
