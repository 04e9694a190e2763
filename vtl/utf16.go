package vtl

import (
	"bytes"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file is Java's view of text. A Java string is made of UTF-16 units; lengths, indexes and
// parts of strings count those. Text is held as WTF-8 (see [Value]): most of it is ASCII, where units
// and bytes are the same, so everything here has a short way for that.

const (
	surrogateMin = 0xD800
	lowMin       = 0xDC00
	surrogateMax = 0xDFFF
	supplement   = 0x10000
)

// isASCII reports whether every unit of s is a byte of it.
func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decodeUnit returns the character at the beginning of s, which is not empty, and its length. A lone
// surrogate is a character here; a byte that is no UTF-8 at all is U+FFFD.
func decodeUnit(s string) (rune, int) {
	if c := s[0]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	if len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0 && s[1] <= 0xBF && s[2]&0xC0 == 0x80 {
		return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	return utf8.DecodeRuneInString(s)
}

// units goes through the UTF-16 units of s.
func units(s string) iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for len(s) > 0 {
			r, n := decodeUnit(s)
			s = s[n:]
			if r >= supplement {
				r -= supplement
				if !yield(uint16(surrogateMin+r>>10)) || !yield(uint16(lowMin+r&0x3FF)) {
					return
				}
			} else if !yield(uint16(r)) {
				return
			}
		}
	}
}

// unitLen returns how many UTF-16 units s has. It counts what [units] yields, bytes that are no UTF-8 too.
func unitLen(s string) int {
	n := 0
	for i := 0; i < len(s); n++ {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := decodeUnit(s[i:])
		i += size
		if r >= supplement {
			n++
		}
	}
	return n
}

// unitsOf returns the UTF-16 units of s.
func unitsOf(s string) []uint16 {
	us := make([]uint16, 0, len(s))
	for u := range units(s) {
		us = append(us, u)
	}
	return us
}

// fromUnits returns the text of UTF-16 units, pairs of surrogates joined.
func fromUnits(us []uint16) string {
	b := make([]byte, 0, len(us))
	for i := 0; i < len(us); i++ {
		r := rune(us[i])
		if isHigh(us[i]) && i+1 < len(us) && isLow(us[i+1]) {
			i++
			r = joinSurrogates(r, rune(us[i]))
		}
		b = appendChar(b, r)
	}
	return string(b)
}

func isHigh(u uint16) bool { return u >= surrogateMin && u < lowMin }
func isLow(u uint16) bool  { return u >= lowMin && u <= surrogateMax }

func joinSurrogates(high, low rune) rune {
	return supplement + (high-surrogateMin)<<10 + (low - lowMin)
}

// appendChar appends a character, which may be a lone surrogate.
func appendChar(b []byte, r rune) []byte {
	if r >= surrogateMin && r <= surrogateMax {
		return append(b, 0xED, 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(b, r)
}

// charString returns the string of one UTF-16 unit.
func charString(u uint16) string {
	return string(appendChar(nil, rune(u)))
}

// unitSlice returns the units of s from begin up to end, which must be in range.
func unitSlice(s string, begin, end int) string {
	if isASCII(s) {
		return s[begin:end]
	}
	return fromUnits(unitsOf(s)[begin:end])
}

// unitOffset returns how many units come before the byte at offset.
func unitOffset(s string, offset int) int { return unitLen(s[:offset]) }

// byteOffset returns where in the bytes of s its unit at index is; the half of a pair counts as
// the place after the pair.
func byteOffset(s string, index int) int {
	at := 0
	for index > 0 && at < len(s) {
		r, n := decodeUnit(s[at:])
		at += n
		index--
		if r >= supplement {
			index--
		}
	}
	return at
}

// endsHigh reports whether s ends in a high surrogate that lacks the low one.
func endsHigh[T string | []byte](s T) bool {
	n := len(s)
	return n >= 3 && s[n-3] == 0xED && s[n-2] >= 0xA0 && s[n-2] <= 0xAF
}

// beginsLow reports whether s begins with a low surrogate that lacks the high one.
func beginsLow(s string) bool {
	return len(s) >= 3 && s[0] == 0xED && s[1] >= 0xB0 && s[1] <= 0xBF
}

// concat joins two strings; halves of a pair that meet become one character.
func concat(a, b string) string {
	if beginsLow(b) && endsHigh(a) {
		return fromUnits(append(unitsOf(a), unitsOf(b)...))
	}
	return a + b
}

// appendText appends s, joining the halves of a pair that meet.
func appendText(dst []byte, s string) []byte {
	if len(s) >= 3 && s[0] == 0xED && beginsLow(s) && endsHigh(dst) {
		n := len(dst) - 3
		high, _ := decodeUnit(string(dst[n:]))
		low, _ := decodeUnit(s)
		return append(utf8.AppendRune(dst[:n], joinSurrogates(high, low)), s[3:]...)
	}
	return append(dst, s...)
}

// EncodeText returns b, which is WTF-8, as the UTF-8 that Java writes: "?" for a surrogate without its other
// half. It changes b in place.
func encodeText(b []byte) []byte {
	i := 0
	for {
		next := bytes.IndexByte(b[i:], 0xED)
		if next < 0 || i+next+2 >= len(b) {
			return b
		}
		if i += next; b[i+1] >= 0xA0 {
			break
		}
		i++
	}
	n := i
	for i < len(b) {
		if i+2 < len(b) && b[i] == 0xED && b[i+1] >= 0xA0 {
			b[n] = '?'
			n++
			i += 3
			continue
		}
		b[n] = b[i]
		n++
		i++
	}
	return b[:n]
}

// foldUnits reports whether two strings are equal to Java's equalsIgnoreCase: unit for unit, by
// upper case and then by lower case.
func foldUnits(a, b string) bool {
	if len(a) == len(b) && strings.EqualFold(a, b) && isASCII(a) {
		return true
	}
	x, y := unitsOf(a), unitsOf(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !foldUnit(x[i], y[i]) {
			return false
		}
	}
	return true
}

func foldUnit(a, b uint16) bool {
	if a == b {
		return true
	}
	x, y := unicode.ToUpper(rune(a)), unicode.ToUpper(rune(b))
	return x == y || unicode.ToLower(x) == unicode.ToLower(y)
}
