// Hot path.

package policy

import (
	"strings"
	"unicode/utf8"
)

// pattern is a text of a policy with what can stand in for others: "*" for any text, "?" for one
// character, ${...} for a value of the request.
//
// AWS: IAM policy elements: Variables and tags.
type pattern struct {
	tokens []token // a plain text is one literal, the empty one none
}

// token is a part of a pattern.
type token struct {
	kind     tokenKind
	text     string // of a literal; the default of a variable
	fallback bool   // a variable has a default
	key      key    // of a variable
}

type tokenKind uint8

const (
	literal tokenKind = iota
	anyText
	anyCharacter
	variable
)

// syntax says what has a meaning in a text.
type syntax uint8

const (
	plain     syntax = 0
	wildcards syntax = 1 << iota
	variables
)

// parsePattern reads a pattern. What is no variable is text: "${" without an end, too.
func parsePattern(text string, s syntax) pattern {
	var p pattern
	from := 0
	flush := func(to int) {
		if from < to {
			p.tokens = append(p.tokens, token{kind: literal, text: text[from:to]})
		}
	}
	for i := 0; i < len(text); {
		t, length := token{}, 0
		switch {
		case s&wildcards != 0 && text[i] == '*':
			t, length = token{kind: anyText}, 1
		case s&wildcards != 0 && text[i] == '?':
			t, length = token{kind: anyCharacter}, 1
		case s&variables != 0 && strings.HasPrefix(text[i:], "${"):
			if end := strings.IndexByte(text[i:], '}'); end > 0 {
				t, length = parseVariable(text[i+2:i+end]), end+1
			}
		}
		if length == 0 {
			i++
			continue
		}
		flush(i)
		p.tokens = append(p.tokens, t)
		i += length
		from = i
	}
	flush(len(text))
	return p
}

// parseVariable reads what stands between "${" and "}": a condition key, with a default or without, or one
// of the characters that have a meaning.
func parseVariable(text string) token {
	switch text {
	case "*", "?", "$":
		return token{kind: literal, text: text}
	}
	name, rest, found := strings.Cut(text, ",")
	t := token{kind: variable, key: parseKey(strings.TrimSpace(name))}
	if rest = strings.TrimSpace(rest); found && len(rest) >= 2 && rest[0] == '\'' && rest[len(rest)-1] == '\'' {
		t.text, t.fallback = rest[1:len(rest)-1], true
	}
	return t
}

// eachVariable calls visit with the condition key of each variable of the pattern.
func (p *pattern) eachVariable(visit func(key)) {
	for i := range p.tokens {
		if p.tokens[i].kind == variable {
			visit(p.tokens[i].key)
		}
	}
}

// value returns what the token stands for in a request. A variable of a key that is absent, or that has
// several values, stands for nothing at all.
func (t *token) value(r *Request) (string, bool) {
	if t.kind == literal {
		return t.text, true
	}
	if v := t.key.at(r, 0); v.form != absent && t.key.values(r) == 1 {
		return v.asText(), true
	}
	return t.text, t.fallback
}

// match reports whether the pattern is one of a text.
//
// It goes through pattern and text at once. Where they part, the last "*" takes one character more: what
// an earlier one could take instead is no better, since it took as little as it could.
func (p *pattern) match(text string, r *Request) bool {
	star, taken := -1, 0 // the last "*", and where what it takes ends
	i, at := 0, 0
	for {
		if i == len(p.tokens) && at == len(text) {
			return true
		}
		if i < len(p.tokens) {
			if p.tokens[i].kind == anyText {
				star, taken = i, at
				i++
				continue
			}
			length, resolved := p.tokens[i].length(text[at:], r)
			if !resolved {
				return false
			}
			if length >= 0 {
				at += length
				i++
				continue
			}
		}
		if star < 0 || taken == len(text) {
			return false
		}
		_, width := utf8.DecodeRuneInString(text[taken:])
		taken += width
		i, at = star+1, taken
	}
}

// length returns how much of the beginning of a text the token is, -1 if it is not there. It reports
// false for a variable that stands for nothing.
func (t *token) length(text string, r *Request) (int, bool) {
	if t.kind == anyCharacter {
		if text == "" {
			return -1, true
		}
		_, width := utf8.DecodeRuneInString(text)
		return width, true
	}
	v, ok := t.value(r)
	if !ok || !strings.HasPrefix(text, v) {
		return -1, ok
	}
	return len(v), true
}

// equalFold reports whether the pattern, which has no wildcards, is a text but for the case of letters.
func (p *pattern) equalFold(text string, r *Request) bool {
	if len(p.tokens) == 1 && p.tokens[0].kind == literal {
		return strings.EqualFold(p.tokens[0].text, text)
	}
	var b strings.Builder
	for i := range p.tokens {
		v, ok := p.tokens[i].value(r)
		if !ok {
			return false
		}
		b.WriteString(v)
	}
	return strings.EqualFold(b.String(), text)
}

// arnParts is the number of parts of an ARN, which colons separate; only the last may hold colons.
const arnParts = 6

// arnPattern is a pattern of ARNs: each part is a pattern of its own, so that no wildcard reaches beyond a
// colon, except in the last one. Parts that are missing stand for any. A pattern that does not begin like
// an ARN is one for the whole text.
//
// AWS: IAM JSON policy elements: Resource.
type arnPattern struct {
	parts [arnParts]pattern
	whole bool // parts[0] is for the whole text
}

// parseARNPattern reads a pattern of ARNs.
func parseARNPattern(text string, s syntax) arnPattern {
	if !strings.HasPrefix(text, "arn:") {
		return arnPattern{parts: [arnParts]pattern{parsePattern(text, s)}, whole: true}
	}
	var a arnPattern
	for i := range a.parts {
		end := partEnd(text, s)
		if i == arnParts-1 || end < 0 {
			a.parts[i] = parsePattern(text, s)
			for missing := i + 1; missing < arnParts; missing++ {
				a.parts[missing] = pattern{tokens: []token{{kind: anyText}}}
			}
			break
		}
		a.parts[i], text = parsePattern(text[:end], s), text[end+1:]
	}
	return a
}

// partEnd returns where the first part of an ARN pattern ends, at a colon that is not within a variable; -1
// if there is no further one.
func partEnd(text string, s syntax) int {
	within := false
	for i := range len(text) {
		switch {
		case s&variables != 0 && strings.HasPrefix(text[i:], "${"):
			within = strings.IndexByte(text[i:], '}') > 0
		case text[i] == '}':
			within = false
		case text[i] == ':' && !within:
			return i
		}
	}
	return -1
}

// eachVariable calls visit with the condition key of each variable of the pattern.
func (a *arnPattern) eachVariable(visit func(key)) {
	for i := range a.parts {
		a.parts[i].eachVariable(visit)
	}
}

// match reports whether the pattern is one of an ARN.
func (a *arnPattern) match(arn string, r *Request) bool {
	if a.whole {
		return a.parts[0].match(arn, r)
	}
	for i := range a.parts {
		part := arn
		if i < arnParts-1 {
			var ok bool
			if part, arn, ok = strings.Cut(arn, ":"); !ok {
				return false
			}
		}
		if !a.parts[i].match(part, r) {
			return false
		}
	}
	return true
}
