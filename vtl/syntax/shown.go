package syntax

import (
	"sort"
	"strings"
)

// What #literal prints, and the use of a macro that doesn't exist, is the source of their tokens, and these aren't all as
// they are written: comments are missing, and so is what stands before a token and belongs to it, such as the
// backslashes of a reference. While such a part is parsed the parser notes how it will show.

// Literal returns what is printed in place of the use of a macro that doesn't exist. For #literal it returns what
// that prints.
func (d *Directive) Literal() string {
	if d.Parens {
		return d.Shown
	}
	return d.Source
}

// extent is a part of the source.
type extent struct{ from, to int }

// edit replaces a part of the source where that is shown.
type edit struct {
	extent
	by string
}

// beginShown begins a part of the source that will be shown; these can lie in each other.
func (p *parser) beginShown() { p.shows++ }

// endShown ends a part of the source that beginShown began.
func (p *parser) endShown() {
	if p.shows--; p.shows == 0 {
		p.edits = p.edits[:0]
	}
}

// edit notes that a part of the source shows otherwise than it is written.
func (p *parser) edit(from, to int, by string) {
	if p.shows > 0 && from < to {
		p.edits = append(p.edits, edit{extent{from, to}, by})
	}
}

// shown returns a part of the source with its edits.
func (p *parser) shown(x extent) string {
	first := sort.Search(len(p.edits), func(i int) bool { return p.edits[i].from >= x.from })
	var b strings.Builder
	at := x.from
	for _, e := range p.edits[first:] {
		if e.from < at || e.to > x.to {
			continue
		}
		b.WriteString(p.scan.src[at:e.from])
		b.WriteString(e.by)
		at = e.to
	}
	b.WriteString(p.scan.src[at:x.to])
	return b.String()
}

// shownComment is what is left of a block comment.
func shownComment(source string) string {
	switch {
	case source == "#***#":
		return source
	case len(source) > len("#**#") && strings.HasPrefix(source, "#**"):
		return "*#"
	}
	return ""
}
