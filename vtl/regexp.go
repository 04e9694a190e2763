package vtl

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// RegexpEngine runs the regular expressions that look around, refer back or don't give back what they took. The patterns
// that it is given are Java's, rewritten to what Perl, .NET and Java understand alike: classes are spelled
// out, flags and names of groups are gone.
type RegexpEngine interface {
	// Compile compiles a pattern of which one match may take as long as limit.
	Compile(pattern string, limit time.Duration) (Regexp, error)
}

// Regexp is a compiled pattern of a [RegexpEngine]. It is safe for concurrent use.
type Regexp interface {
	// Next returns the first match in s that begins at the byte from or later: the positions in bytes where it and then each
	// group begin and end, -1 for a group that took no part. It returns nil if there is none. An error is
	// a match that took too long.
	Next(s string, from int) ([]int, error)
}

// pattern is a compiled regular expression of Java's.
type pattern struct {
	source  string
	literal string // what it matches, if that is a plain text
	plain   bool
	java    *translation
	limit   time.Duration
	engine  RegexpEngine

	mu     sync.Mutex
	whole  *regexp.Regexp // anchored at both ends; made when first needed
	search *regexp.Regexp
	after  *regexp.Regexp // anchored behind one character, for matches of nothing behind a match
	full   Regexp         // of the engine, anchored at both ends
	other  Regexp         // of the engine
}

// patternCache keeps the patterns that a template uses. It is safe for concurrent use.
type patternCache struct {
	mu sync.Mutex
	m  map[string]*pattern
}

const (
	maxPatterns      = 64      // in a cache
	maxPatternLength = 1 << 14 // in bytes
)

// pattern returns the compiled pattern that v is.
func (r *run) pattern(v Value) (*pattern, error) {
	source, ok := v.Text()
	if !ok {
		return nil, errNull
	}
	c := &r.t.patterns
	c.mu.Lock()
	p := c.m[source]
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	if len(source) > maxPatternLength {
		return nil, limitError("bytes of a regular expression", maxPatternLength)
	}
	source = strings.Clone(source) // which may lie in memory that the host uses again after the rendering
	p = &pattern{source: source, limit: r.t.limits.RegexpTime, engine: r.t.regexp}
	if !strings.ContainsAny(source, `\[](){}.*+?^$|`) {
		p.plain, p.literal = true, source
	}
	var err error
	if p.java, err = translate(source); err != nil {
		return nil, fmt.Errorf("java.util.regex.PatternSyntaxException: %w in %q", err, source)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxPatterns {
		c.m = make(map[string]*pattern)
	}
	c.m[source] = p
	return p, nil
}

// needsEngine reports whether the standard library can't find the pattern in s: because of the pattern, or
// because it looks for the ends of lines or words and s has others than the library knows.
func (p *pattern) needsEngine(s string) bool {
	if p.java.beyond || p.java.edges && !isASCII(s) {
		return true
	}
	if !p.java.lineEnds || s == "" {
		return false
	}
	return strings.HasSuffix(s, "\n") || strings.ContainsAny(s, "\r\u0085\u2028\u2029")
}

var errNoEngine = errors.New("the regular expression needs look-around or back-references, and no engine for these is given")

// compiled returns what is in place, or makes it.
func (p *pattern) compiled(place **regexp.Regexp, source string) (*regexp.Regexp, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if *place == nil {
		re, err := regexp.Compile(source)
		if err != nil {
			return nil, err
		}
		*place = re
	}
	return *place, nil
}

func (p *pattern) compiledByEngine(place *Regexp, source string) (Regexp, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if *place == nil {
		if p.engine == nil {
			return nil, errNoEngine
		}
		re, err := p.engine.Compile(source, p.limit)
		if err != nil {
			return nil, err
		}
		*place = re
	}
	return *place, nil
}

// matches reports whether the pattern matches all of s.
func (p *pattern) matches(s string) (bool, error) {
	if p.plain {
		return s == p.literal, nil
	}
	if p.java.beyond || p.needsEngine(s) {
		re, err := p.compiledByEngine(&p.full, `\A(?:`+p.java.perl+`)\z`)
		if err != nil {
			return false, err
		}
		m, err := re.Next(s, 0)
		return m != nil, err
	}
	re, err := p.compiled(&p.whole, `\A(?:`+p.java.re2+`)\z`)
	if err != nil {
		return false, err
	}
	return re.MatchString(s), nil
}

// find returns up to n matches in s, all if n is negative, as Java's Matcher.find finds them: a match of nothing may
// follow right behind another match.
func (p *pattern) find(s string, n int) ([][]int, error) {
	if p.needsEngine(s) {
		return p.findByEngine(s, n)
	}
	re, err := p.compiled(&p.search, p.java.re2)
	if err != nil {
		// Such as {2000}, which the library finds too large.
		return p.findByEngine(s, n)
	}
	found := re.FindAllStringSubmatchIndex(s, n)
	if !p.java.empty || n == 1 {
		return found, nil
	}
	after, err := p.compiled(&p.after, `\A(?s:.)(?:`+p.java.re2+`)`)
	if err != nil {
		return nil, err
	}
	return withEmpty(after, s, found, n), nil
}

// withEmpty adds the matches of nothing that the library leaves out: those right behind another match.
func withEmpty(after *regexp.Regexp, s string, found [][]int, n int) [][]int {
	all := make([][]int, 0, len(found))
	for i, m := range found {
		all = append(all, m)
		end := m[1]
		if end == m[0] || i+1 < len(found) && found[i+1][0] == end {
			continue
		}
		before := end - 1
		for before > m[0] && s[before]&0xC0 == 0x80 {
			before--
		}
		_, width := decodeUnit(s[before:])
		e := after.FindStringSubmatchIndex(s[before:])
		if e == nil || before+e[1] != before+width {
			continue
		}
		for j := range e {
			if e[j] >= 0 {
				e[j] += before
			}
		}
		e[0] = end
		all = append(all, e)
	}
	if n >= 0 && len(all) > n {
		all = all[:n]
	}
	return all
}

func (p *pattern) findByEngine(s string, n int) ([][]int, error) {
	re, err := p.compiledByEngine(&p.other, p.java.perl)
	if err != nil {
		return nil, err
	}
	var found [][]int
	for from := 0; from <= len(s) && (n < 0 || len(found) < n); {
		m, err := re.Next(s, from)
		if err != nil {
			return nil, err
		}
		if m == nil {
			break
		}
		found = append(found, m)
		from = m[1]
		if m[0] == m[1] {
			if from == len(s) {
				break
			}
			_, width := decodeUnit(s[from:])
			from += width
		}
	}
	return found, nil
}

func (r *run) matches(s string, args []Value) (Value, error) {
	p, err := r.pattern(args[0])
	if err != nil {
		return Null, err
	}
	r.steps -= len(s) / 64
	ok, err := p.matches(s)
	return Bool(ok), err
}

// replacePattern is replaceFirst (n is 1) and replaceAll (-1).
func (r *run) replacePattern(s string, args []Value, n int) (Value, error) {
	p, err := r.pattern(args[0])
	if err != nil {
		return Null, err
	}
	replacement, ok := args[1].Text()
	if !ok {
		return Null, errNull
	}
	r.steps -= len(s) / 64
	if p.plain && p.literal != "" && !strings.ContainsAny(replacement, `\$`) {
		if n == 1 {
			return String(strings.Replace(s, p.literal, replacement, 1)), nil
		}
		return r.replaceText(s, p.literal, replacement)
	}
	found, err := p.find(s, n)
	if err != nil {
		return Null, err
	}
	if len(found) == 0 {
		return String(s), nil
	}
	b := make([]byte, 0, len(s)+len(found)*len(replacement))
	last := 0
	for _, m := range found {
		b = append(b, s[last:m[0]]...)
		if b, err = p.expand(b, s, m, replacement); err != nil {
			return Null, err
		}
		if last = m[1]; len(b) > r.memory {
			return Null, limitError("bytes of memory", r.t.limits.MemoryBytes)
		}
	}
	return String(string(append(b, s[last:]...))), nil
}

// expand appends a replacement with its groups: $1, ${name}; a backslash takes what follows as it is.
func (p *pattern) expand(b []byte, s string, m []int, replacement string) ([]byte, error) {
	for i := 0; i < len(replacement); i++ {
		switch c := replacement[i]; c {
		case '\\':
			if i++; i == len(replacement) {
				return nil, exception("IllegalArgumentException", "character to be escaped is missing")
			}
			b = append(b, replacement[i])
		case '$':
			group, n, err := p.groupAt(replacement[i+1:], len(m)/2)
			if err != nil {
				return nil, err
			}
			i += n
			if m[2*group] >= 0 {
				b = append(b, s[m[2*group]:m[2*group+1]]...)
			}
		default:
			b = append(b, c)
		}
	}
	return b, nil
}

// groupAt reads the number or name of a group behind a $; groups is how many there are. It returns how long the text is.
func (p *pattern) groupAt(s string, groups int) (group, n int, err error) {
	if strings.HasPrefix(s, "{") {
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return 0, 0, exception("IllegalArgumentException", "named capturing group is missing trailing '}'")
		}
		group, ok := p.java.names[s[1:end]]
		if !ok {
			return 0, 0, exception("IllegalArgumentException", "No group with name {%s}", s[1:end])
		}
		return group, end + 1, nil
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, 0, exception("IllegalArgumentException", "Illegal group reference")
	}
	group, n = int(s[0]-'0'), 1
	if group >= groups {
		return 0, 0, exception("IndexOutOfBoundsException", "No group %d", group)
	}
	for n < len(s) && s[n] >= '0' && s[n] <= '9' && group*10+int(s[n]-'0') < groups {
		group = group*10 + int(s[n]-'0')
		n++
	}
	return group, n, nil
}

// split is String.split: without a limit, empty parts at the end are dropped.
func (r *run) split(s string, separator Value, limit int) (Value, error) {
	p, err := r.pattern(separator)
	if err != nil {
		return Null, err
	}
	r.steps -= len(s) / 64
	n := -1
	if limit > 0 {
		n = limit
	}
	found, err := p.find(s, n)
	if err != nil {
		return Null, err
	}
	if !r.charge(r.callPos, elementBytes*(len(found)+1)) {
		return Null, r.err
	}
	parts := make([]Value, 0, len(found)+1)
	last := 0
	for _, m := range found {
		if limit > 0 && len(parts) == limit-1 {
			break
		}
		if m[1] == 0 {
			continue // a match of nothing at the beginning separates nothing
		}
		parts = append(parts, String(s[last:m[0]]))
		last = m[1]
	}
	if len(parts) == 0 {
		return ListOf(NewList(stringArray, []Value{String(s)})), nil
	}
	parts = append(parts, String(s[last:]))
	if limit == 0 {
		for len(parts) > 0 && parts[len(parts)-1].num == 0 {
			parts = parts[:len(parts)-1]
		}
	}
	return ListOf(NewList(stringArray, parts)), nil
}
