package vtl

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode"
)

// runeSet is a set of characters: pairs of a first and a last one, in order, with gaps between.
type runeSet []rune

// add returns the set with a range more.
func (s runeSet) add(first, last rune) runeSet {
	return append(s[:len(s):len(s)], first, last).normal()
}

// union returns both sets in one.
func (s runeSet) union(o runeSet) runeSet { return append(s[:len(s):len(s)], o...).normal() }

// normal sorts the ranges and joins those that touch.
func (s runeSet) normal() runeSet {
	pairs := make([][2]rune, 0, len(s)/2)
	for i := 0; i < len(s); i += 2 {
		pairs = append(pairs, [2]rune{s[i], s[i+1]})
	}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i][0] < pairs[j][0] })
	var out runeSet
	for _, p := range pairs {
		if n := len(out); n > 0 && p[0] <= out[n-1]+1 {
			out[n-1] = max(out[n-1], p[1])
			continue
		}
		out = append(out, p[0], p[1])
	}
	return out
}

func (s runeSet) negate() runeSet {
	var out runeSet
	next := rune(0)
	for i := 0; i < len(s); i += 2 {
		if s[i] > next {
			out = append(out, next, s[i]-1)
		}
		next = s[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

func (s runeSet) intersect(o runeSet) runeSet {
	return s.negate().union(o.negate()).negate()
}

// folded returns the set with the other case of its letters: those of ASCII, or all.
func (s runeSet) folded(all bool) runeSet {
	out := s
	for i := 0; i < len(s); i += 2 {
		for r := s[i]; r <= s[i+1] && r <= 0x1FFFF; r++ {
			switch {
			case r < 0x80 && (r|0x20 >= 'a' && r|0x20 <= 'z'):
				out = append(out[:len(out):len(out)], r^0x20, r^0x20)
			case all && unicode.IsLetter(r):
				u, l := unicode.ToUpper(r), unicode.ToLower(r)
				out = append(out[:len(out):len(out)], u, u, l, l)
			case r == 0x80 && !all:
				r = s[i+1]
			}
		}
	}
	return out.normal()
}

// text writes the set as a class that every engine understands.
func (s runeSet) text() string {
	if len(s) == 0 {
		return `[^\x00-` + string(unicode.MaxRune) + `]`
	}
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i < len(s); i += 2 {
		b.WriteString(quoteRune(s[i]))
		if s[i+1] > s[i] {
			b.WriteByte('-')
			b.WriteString(quoteRune(s[i+1]))
		}
	}
	b.WriteByte(']')
	return b.String()
}

// quoteRune writes a character so that it is meant as it is, in a class and outside.
func quoteRune(r rune) string {
	switch {
	case r < 0x20 || r == 0x7F:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x80 && !(r|0x20 >= 'a' && r|0x20 <= 'z') && !(r >= '0' && r <= '9'):
		return `\` + string(r)
	case r >= surrogateMin && r <= surrogateMax:
		// No text has it: it is the neighbour that a range can end with.
		if r < lowMin {
			return "\uD7FF"
		}
		return "\uE000"
	}
	return string(r)
}

var (
	lineTerminators = runeSet{'\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029}
	verticalSpace   = runeSet{'\n', '\r', 0x85, 0x85, 0x2028, 0x2029}
	horizontalSpace = runeSet{'\t', '\t', ' ', ' ', 0xA0, 0xA0, 0x1680, 0x1680, 0x180E, 0x180E, 0x2000, 0x200A, 0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000}
	asciiSpace      = runeSet{'\t', '\r', ' ', ' '}
	asciiDigits     = runeSet{'0', '9'}
	asciiWord       = runeSet{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
)

// classEscape reads an escape that stands for a class, behind its backslash.
func (t *translator) classEscape() (runeSet, bool, error) {
	sets := map[byte]runeSet{'d': asciiDigits, 's': asciiSpace, 'w': asciiWord, 'h': horizontalSpace, 'v': verticalSpace}
	c := t.in[t.pos]
	if s, ok := sets[c]; ok {
		t.pos++
		return s, true, nil
	}
	if s, ok := sets[c|0x20]; ok && c >= 'A' && c <= 'Z' {
		t.pos++
		return s.negate(), true, nil
	}
	if c != 'p' && c != 'P' {
		return nil, false, nil
	}
	t.pos++
	name := ""
	if t.take("{") {
		end := strings.IndexByte(t.in[t.pos:], '}')
		if end < 0 {
			return nil, false, errors.New("unclosed character family")
		}
		name = t.in[t.pos : t.pos+end]
		t.pos += end + 1
	} else if t.more() {
		name = string(t.rune())
	}
	s, err := propertySet(name)
	if c == 'P' {
		s = s.negate()
	}
	return s, true, err
}

var posixClasses = map[string]runeSet{
	"Lower": {'a', 'z'}, "Upper": {'A', 'Z'}, "ASCII": {0, 0x7F}, "Alpha": {'A', 'Z', 'a', 'z'}, "Digit": {'0', '9'},
	"Alnum": {'0', '9', 'A', 'Z', 'a', 'z'}, "Punct": {'!', '/', ':', '@', '[', '`', '{', '~'}, "Graph": {'!', '~'},
	"Print": {' ', '~'}, "Blank": {'\t', '\t', ' ', ' '}, "Cntrl": {0, 0x1F, 0x7F, 0x7F},
	"XDigit": {'0', '9', 'A', 'F', 'a', 'f'}, "Space": asciiSpace,
}

// propertySet returns the class \p{name}.
func propertySet(name string) (runeSet, error) {
	if s, ok := posixClasses[name]; ok {
		return s, nil
	}
	if rest, ok := strings.CutPrefix(name, "java"); ok {
		return javaProperty(rest)
	}
	for _, prefix := range []string{"general_category=", "gc=", "script=", "sc=", "Is"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name = rest
			break
		}
	}
	switch name {
	case "L1":
		return runeSet{0, 0xFF}, nil
	case "LC":
		return ofTable(unicode.Lu).union(ofTable(unicode.Ll)).union(ofTable(unicode.Lt)), nil
	case "Alphabetic", "ALPHABETIC":
		return ofTable(unicode.L).union(ofTable(unicode.Nl)).union(ofTable(unicode.Other_Alphabetic)), nil
	case "Letter":
		name = "L"
	case "Uppercase":
		return ofTable(unicode.Lu).union(ofTable(unicode.Other_Uppercase)), nil
	case "Lowercase":
		return ofTable(unicode.Ll).union(ofTable(unicode.Other_Lowercase)), nil
	case "White_Space", "WhiteSpace":
		return ofTable(unicode.White_Space), nil
	}
	if table := unicode.Categories[name]; table != nil {
		return ofTable(table), nil
	}
	if table := unicode.Scripts[name]; table != nil {
		return ofTable(table), nil
	}
	return nil, fmt.Errorf("unknown character property name {%s}", name)
}

func javaProperty(name string) (runeSet, error) {
	switch name {
	case "LowerCase":
		return ofTable(unicode.Ll).union(ofTable(unicode.Other_Lowercase)), nil
	case "UpperCase":
		return ofTable(unicode.Lu).union(ofTable(unicode.Other_Uppercase)), nil
	case "Digit":
		return ofTable(unicode.Nd), nil
	case "Letter", "Alphabetic":
		return ofTable(unicode.L), nil
	case "LetterOrDigit":
		return ofTable(unicode.L).union(ofTable(unicode.Nd)), nil
	case "Whitespace":
		return ofTable(unicode.Z).union(runeSet{'\t', '\r', 0x1C, 0x1F}).intersect(runeSet{0xA0, 0xA0, 0x2007, 0x2007, 0x202F, 0x202F}.negate()), nil
	case "SpaceChar":
		return ofTable(unicode.Z), nil
	}
	return nil, fmt.Errorf("unknown character property name {java%s}", name)
}

// ofTable returns the set that a table of package unicode is.
func ofTable(t *unicode.RangeTable) runeSet {
	var s runeSet
	for _, r := range t.R16 {
		for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
			s = append(s, c, c)
		}
	}
	for _, r := range t.R32 {
		for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
			s = append(s, c, c)
		}
	}
	return s.normal()
}

// class reads a class behind its opening bracket: unions, [^…], classes in classes, &&.
func (t *translator) class(depth int) (runeSet, error) {
	if depth > maxGroupDepth {
		return nil, errors.New("classes nested too deeply")
	}
	negated := t.take("^")
	var set, whole runeSet
	intersected := false
	for first := true; ; first = false {
		if !t.more() {
			return nil, errors.New("unclosed character class")
		}
		switch {
		case t.has("]") && !first:
			t.pos++
			if intersected {
				set = whole.intersect(set)
			}
			if t.flags.fold {
				set = set.folded(t.flags.unicodeCase)
			}
			if negated {
				set = set.negate()
			}
			return set, nil
		case t.take("&&"):
			if intersected {
				set = whole.intersect(set)
			}
			whole, set, intersected = set, nil, true
		case t.take("["):
			inner, err := t.class(depth + 1)
			if err != nil {
				return nil, err
			}
			set = set.union(inner)
		default:
			part, err := t.classRange()
			if err != nil {
				return nil, err
			}
			set = set.union(part)
		}
	}
}

// classRange reads a character, a range or an escape inside of a class.
func (t *translator) classRange() (runeSet, error) {
	if t.take(`\Q`) {
		text, rest, _ := strings.Cut(t.in[t.pos:], `\E`)
		t.pos = len(t.in) - len(rest)
		var s runeSet
		for _, r := range text {
			s = s.add(r, r)
		}
		return s, nil
	}
	first, set, err := t.classChar()
	if err != nil || set != nil {
		return set, err
	}
	if t.has("-") && t.pos+1 < len(t.in) && t.in[t.pos+1] != ']' && t.in[t.pos+1] != '[' {
		t.pos++
		last, set, err := t.classChar()
		if err != nil {
			return nil, err
		}
		if set != nil || last < first {
			return nil, errors.New("illegal character range")
		}
		return runeSet{first, last}, nil
	}
	return runeSet{first, first}, nil
}

// classChar reads a character inside of a class, or an escape that is a class itself.
func (t *translator) classChar() (rune, runeSet, error) {
	if !t.take(`\`) {
		return t.rune(), nil, nil
	}
	if !t.more() {
		return 0, nil, errors.New("unclosed character class")
	}
	if s, ok, err := t.classEscape(); ok || err != nil {
		return 0, s, err
	}
	r, err := t.escapedChar()
	return r, nil, err
}
