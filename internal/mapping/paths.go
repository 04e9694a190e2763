package mapping

// Hot path.

import (
	"maps"
	"strings"
	"sync/atomic"

	"github.com/sluice-gateway/sluice/jsonpath"
)

// pathCache keeps the compiled paths of one template. Templates nearly always name the same few; those that
// compute theirs fill the cache once and compile what doesn't fit anew. It is safe for
// concurrent use.
type pathCache struct {
	known atomic.Pointer[map[string]*jsonpath.Path]
}

// maxCachedPaths is how many paths a template keeps.
const maxCachedPaths = 64

// compile returns the compiled path, nil if the text is none.
func (c *pathCache) compile(text string) *jsonpath.Path {
	known := c.known.Load()
	if known != nil {
		if p, ok := (*known)[text]; ok {
			return p
		}
	}
	text = strings.Clone(text) // which may lie in memory that the next rendering uses again
	p, err := pathOptions.Compile(text)
	if err != nil {
		p = nil
	}
	if known == nil {
		c.known.CompareAndSwap(nil, &map[string]*jsonpath.Path{text: p})
	} else if len(*known) < maxCachedPaths {
		grown := maps.Clone(*known)
		grown[text] = p
		c.known.CompareAndSwap(known, &grown)
	}
	return p
}
